"""What the times of a grid alone say: its quarter hours, the days and the hours before each.

The series of all services share one grid, so this is worked out once for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentiment.incidents.minutes import DAY, Flags, Floats, Integers, sum_at
from sentiment.incidents.trailing import Trailing


@dataclass(frozen=True, slots=True)
class Blocks:
    """Buckets in blocks of a quarter hour (or one bucket, where wider), absent blocks left out.

    Attributes:
        rows: Start of each bucket in minutes, strictly increasing, shape ``(n,)``.
        width: Minutes a bucket.
        length: Minutes a block.
        slots: Blocks a day.
        days: Day numbers that hold data, increasing.
        day: Position in ``days`` of each block, shape ``(blocks,)``.
        slot: Block of the day, shape ``(blocks,)``.
        minutes: Observed minutes, shape ``(blocks,)``.
        row_block: Block of each bucket, shape ``(n,)``.
        starts: First bucket of each block, shape ``(blocks,)``.
    """

    rows: Floats
    width: float
    length: float
    slots: int
    days: Integers
    day: Integers
    slot: Integers
    minutes: Floats
    row_block: Integers
    starts: Integers

    @classmethod
    def of(cls, rows: Floats, width: float) -> Blocks:
        """Divide buckets that start at these minutes."""
        length = max(15.0, width)
        numbers = np.floor_divide(rows, length)
        starts, row_block = runs(numbers)
        number = numbers[starts]
        slots = max(1, int(DAY // length))
        days, day = np.unique(np.floor_divide(number * length, DAY), return_inverse=True)
        return cls(
            rows=rows,
            width=width,
            length=length,
            slots=slots,
            days=days.astype(np.int64),
            day=day.astype(np.int64),
            slot=(np.floor_divide(number * length % DAY, length).astype(np.int64) % slots),
            minutes=sum_at(row_block, np.full(len(row_block), width), len(number)),
            row_block=row_block,
            starts=starts,
        )

    def sums(self, counted: Trailing) -> Floats:
        """Return the sum of each block."""
        return sum_at(self.row_block[counted.rows], counted.amounts, len(self.minutes))

    def daily(self, sums: Floats) -> Floats:
        """Return sums by day and slot, each with its two neighbours on either side.

        Neighbours across midnight are left out: the next day is not known yet.
        """
        shape = (len(self.days), self.slots)
        cells = sum_at(self.day * self.slots + self.slot, sums, shape[0] * shape[1]).reshape(shape)
        return _around(cells) if self.slots >= 24 else cells


@dataclass(frozen=True, slots=True)
class Past:
    """The observed days before each day.

    Attributes:
        minutes: Observed around each slot, shape ``(days, slots)``.
        before: The same of each day before, unobserved ones as 0, shape ``(days, slots, history)``.
        weights: How much those count: days of the same kind (weekday, weekend) double.
        exposure: Sum of the weights, shape ``(days, slots)``.
        history: How many earlier days there are, shape ``(days,)``.
    """

    minutes: Floats
    before: Floats
    weights: Floats
    exposure: Floats
    history: Integers

    @classmethod
    def of(cls, blocks: Blocks, days: int) -> Past:
        """Look back ``days`` observed days."""
        minutes = blocks.daily(blocks.minutes)
        before = previous(minutes, days, 0.0)
        same = _same_kind(blocks.days, days)[:, None, :]
        weights = np.where(before > 0, before, 0.0) * np.where(same, 1.0, 0.5)
        history = np.minimum(np.arange(len(blocks.days)), days)
        return cls(minutes, before, weights, weights.sum(axis=2), history)


@dataclass(frozen=True, slots=True)
class Lookback:
    """The blocks before each block.

    Attributes:
        before: Their positions, shape ``(blocks, length)``; that of no block where they are too far back.
        cell: Place of their slot on the day of the block itself, in a flat array of days and slots.
        minutes: Their observed minutes, 0 where they are too far back.
        reach: How many blocks count, shape ``(blocks,)``.
    """

    before: Integers
    cell: Integers
    minutes: Floats
    reach: Integers

    @classmethod
    def of(cls, blocks: Blocks, length: int, reach: Integers) -> Lookback:
        """Look back at most ``length`` blocks, and ``reach`` for each block."""
        back = np.arange(length, 0, -1)[None, :]
        before = np.arange(len(blocks.minutes))[:, None] - back
        there, before = (before >= 0) & (back <= reach[:, None]), np.maximum(before, 0)
        cell = blocks.day[:, None] * blocks.slots + blocks.slot[before]
        minutes = blocks.minutes[before] * there
        return cls(np.where(there, before, len(blocks.minutes)), cell, minutes, reach)


def runs(ascending: Floats) -> tuple[Integers, Integers]:
    """Return where each run of equal values starts, and the run that each value is in.

    >>> [part.tolist() for part in runs(np.array([1.0, 1.0, 4.0]))]
    [[0, 2], [0, 0, 1]]
    """
    first = np.diff(ascending, prepend=-np.inf) > 0
    return np.flatnonzero(first).astype(np.int64), (np.cumsum(first) - 1).astype(np.int64)


def previous(cells: Floats, days: int, fill: float) -> Floats:
    """Return the cells of the ``days`` days before each day, shape ``(days, slots, history)``."""
    padded = np.concatenate([np.full((days, cells.shape[1]), fill), cells])[:-1]
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, days, axis=0))


def _around(cells: Floats) -> Floats:
    """Sum each slot with its two neighbours on either side."""
    padded = np.zeros((cells.shape[0], cells.shape[1] + 4))
    padded[:, 2:-2] = cells
    total = padded[:, : cells.shape[1]].copy()
    for shift in range(1, 5):
        total += padded[:, shift : shift + cells.shape[1]]
    return total


def _same_kind(days: Integers, history: int) -> Flags:
    """Return whether each of the previous days is a weekend (or not) like the day itself."""
    weekend = ((days + 3) % 7 >= 5).astype(np.float64)  # day 0 was a Thursday
    past = previous(weekend[:, None], history, -1.0)[:, 0, :]
    return np.asarray(past == weekend[:, None])
