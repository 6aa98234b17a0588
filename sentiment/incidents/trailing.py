"""Sums of the last rows of a series, for many lengths: of any values, of a few counts, of steps."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from sentiment.incidents.many import MANY
from sentiment.incidents.minutes import Floats, Integers, sum_at


class Trailing:
    """Sums of the last rows of one array; the running total is made once, when it is asked for.

    >>> Trailing(np.array([1.0, 2.0, 3.0])).sum(2).tolist()
    [1.0, 3.0, 5.0]
    """

    def __init__(self, values: Floats) -> None:
        self.values = values

    @cached_property
    def total(self) -> Floats:
        """Running total."""
        return np.cumsum(self.values)

    @cached_property
    def rows(self) -> Integers:
        """Rows that do not hold 0."""
        return np.flatnonzero(self.values != 0)

    @property
    def amounts(self) -> Floats:
        """What these rows hold."""
        return self.values[self.rows]

    def at(self, rows: Integers) -> Floats:
        """Return the values of some rows."""
        return self.values[rows]

    def between(self, first: int, stop: int) -> Floats:
        """Return the values of the rows ``[first, stop)``."""
        return self.values[first:stop]

    def upto(self, rows: Integers) -> Floats:
        """Return the running total of some rows."""
        return self.total[rows]

    def by_stretch(self, starts: Integers, stretch: Integers) -> Floats:
        """Return the sum of each stretch, given where each starts and which one each row is in."""
        return np.asarray(np.add.reduceat(self.values, starts))

    def sum(self, rows: int, at: Integers | None = None) -> Floats:
        """Return the sum of each value (or of some) and the ``rows - 1`` before it."""
        if at is not None:
            if rows == 1:
                return self.at(at)
            return self.upto(at) - np.where(at >= rows, self.upto(np.maximum(at - rows, 0)), 0.0)
        if rows == 1:
            return self.values
        summed = self.total.copy()
        summed[rows:] -= self.total[:-rows]
        return summed


class Sparse(Trailing):
    """Counts of which most are 0: the few rows that hold one. Whole numbers sum to the same in any order.

    >>> few = Sparse(np.array([1, 4]), np.array([2.0, 5.0]), 6)
    >>> few.sum(4, np.array([3, 4, 5])).tolist(), few.values.tolist()
    ([2.0, 7.0, 5.0], [0.0, 2.0, 0.0, 0.0, 5.0, 0.0])
    """

    def __init__(self, rows: Integers, amounts: Floats, size: int) -> None:
        self.rows, self._amounts, self.size = rows, amounts, size

    @classmethod
    def summed(cls, places: Integers, amounts: Floats, size: int) -> Sparse:
        """Return the sums of amounts by place."""
        if (np.diff(places) > 0).all() and (amounts > 0).all():
            return cls(places, amounts, size)
        dense = sum_at(places, amounts, size)
        rows = np.flatnonzero(dense)
        return cls(rows, dense[rows], size)

    @property
    def amounts(self) -> Floats:
        """What these rows hold."""
        return self._amounts

    @cached_property
    def values(self) -> Floats:  # type: ignore[override]
        """All rows."""
        return self.between(0, self.size)

    @cached_property
    def running(self) -> Floats:
        """Sum of the first so many amounts, shape ``(len(rows) + 1,)``."""
        return np.concatenate([[0.0], np.cumsum(self._amounts)])

    def at(self, rows: Integers) -> Floats:
        """Return the values of some rows."""
        first, stop = np.searchsorted(self.rows, [rows, rows + 1])
        return np.asarray(self.running[stop] - self.running[first])

    def between(self, first: int, stop: int) -> Floats:
        """Return the values of the rows ``[first, stop)``."""
        values = np.zeros(max(min(stop, self.size) - first, 0))
        low, high = np.searchsorted(self.rows, [first, stop])
        values[self.rows[low:high] - first] = self._amounts[low:high]
        return values

    def upto(self, rows: Integers) -> Floats:
        """Return the running total of some rows."""
        return self.running[np.searchsorted(self.rows, rows, side="right")]

    def by_stretch(self, starts: Integers, stretch: Integers) -> Floats:
        """Return the sum of each stretch, given where each starts and which one each row is in."""
        return sum_at(stretch[self.rows], self._amounts, len(starts))


class Steps(Trailing):
    """Values that are the same throughout a block.

    Args:
        steps: Value of each block.
        block: Block of each row.
        starts: First row of each block.
    """

    def __init__(self, steps: Floats, block: Integers, starts: Integers) -> None:
        self.steps, self.block, self.starts = steps, block, starts

    @cached_property
    def values(self) -> Floats:  # type: ignore[override]
        """All rows."""
        return self.steps[self.block]

    @cached_property
    def before(self) -> Floats:
        """Running total before each block and after the last, added row by row as a cumulative sum adds."""
        from sentiment.incidents.loops import climb

        return climb(self.steps, self.starts, len(self.block))

    def at(self, rows: Integers) -> Floats:
        """Return the values of some rows."""
        return self.steps[self.block[rows]]

    def between(self, first: int, stop: int) -> Floats:
        """Return the values of the rows ``[first, stop)``."""
        return self.steps[self.block[first:stop]]

    def upto(self, rows: Integers) -> Floats:
        """Return the running total of some rows."""
        if not MANY.ready():
            return self.total[rows]
        from sentiment.incidents.loops import climb_to

        return climb_to(self.before, self.steps, self.block, self.starts, rows)


def trailing_sum(values: Floats, rows: int) -> Floats:
    """Return the sum of each value and the ``rows - 1`` before it.

    >>> trailing_sum(np.array([1.0, 2.0, 3.0]), 2).tolist()
    [1.0, 3.0, 5.0]
    """
    return Trailing(values).sum(rows)
