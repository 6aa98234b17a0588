"""Arrays of one value a post: long ones lie in temporary files and are mapped."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

from sentiment.errors import SentimentError
from sentiment.mapped.resting import look, watch

Value = TypeVar("Value", bound=np.generic)
Column = TypeVar("Column", pd.Series, pd.DataFrame)

LEAST: Final = 8 << 20
"""Bytes of an array from which it lies in a file."""
AT_ONCE: Final = 500_000
"""Posts of a column that a stage takes at once."""
NEAR: Final = 200_000
"""Posts side by side of which some are taken at once."""
FAR: Final = 256
"""Posts that lie anywhere and are taken at once."""


def blank(size: int, dtype: DTypeLike) -> NDArray[Any]:
    """Return an array of zeros to be filled; a long one lies in a file that goes with it.

    Raises:
        SentimentError: if there is no room for the file.

    >>> blank(2, "i8").tolist()
    [0, 0]
    """
    length = size * np.dtype(dtype).itemsize
    if length < LEAST:
        return np.zeros(size, dtype=dtype)
    try:
        with tempfile.TemporaryFile(prefix="sentiment-") as file:
            _reserve(file, length)
            mapped = mmap.mmap(file.fileno(), length)
    except OSError as error:
        raise SentimentError(
            f"Cannot set numbers aside in {tempfile.gettempdir()}: {error.strerror or error}; "
            "free some space there or point TMPDIR to another folder."
        ) from None
    watch(mapped)
    return np.frombuffer(mapped, dtype=dtype)


def _reserve(file: BinaryIO, length: int) -> None:
    """Make a file so long: a full disk must be an error now, not a signal when a page is written."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, length)
        return
    zeros = bytes(1 << 20)
    for start in range(0, length, len(zeros)):
        file.write(zeros[: length - start])
    file.flush()


def set_aside(values: NDArray[Any]) -> NDArray[Any]:
    """Return the same values; those of a long array lie in a file.

    >>> set_aside(np.array([3, 1])).tolist()
    [3, 1]
    """
    if values.nbytes < LEAST:
        return values
    out = blank(len(values), values.dtype)
    out[:] = values
    return out


def stretches(size: int, at_once: int | None = None) -> Iterator[slice]:
    """Give the places of so many values some at a time, :data:`AT_ONCE` unless another number is given.

    Between them pages of files are let go of, if many have been looked at.

    >>> list(stretches(5, 3))
    [slice(0, 3, None), slice(3, 5, None)]
    """
    at_once = at_once or AT_ONCE
    for start in range(0, size, at_once):
        yield slice(start, min(start + at_once, size))
        look()


def true_places(where: NDArray[np.bool_] | pd.Series) -> NDArray[np.intp]:
    """Return where values are True; many places lie in a file.

    >>> true_places(np.array([True, False, True])).tolist()
    [0, 2]
    """
    asked = np.asarray(where, dtype=bool)
    out, first = blank(int(np.count_nonzero(asked)), np.intp), 0
    for part in stretches(len(asked)):
        here = np.flatnonzero(asked[part])
        out[first : first + len(here)] = part.start + here
        first += len(here)
    return out


def pick(values: NDArray[Value], at: NDArray[np.intp]) -> NDArray[Value]:
    """Return the values at some places; many lie in a file.

    >>> pick(np.array([5, 6, 7]), np.array([2, 0])).tolist()
    [7, 5]
    """
    out: NDArray[Value] = blank(len(at), values.dtype)
    for part in stretches(len(at)):
        out[part] = values[at[part]]
    return out


def take(column: Column, rows: NDArray[np.intp]) -> Column:
    """Return some rows of a column or frame, as ``iloc`` does, and let go of pages on the way.

    A row that is looked at brings in 64 kB around it: a few thousand here and there are a whole file.

    Args:
        column: A column or frame.
        rows: Which rows; many pages are held where they do not nearly ascend.

    >>> take(pd.Series(["a", "b", "c"]), np.array([0, 2])).tolist()
    ['a', 'c']
    """
    parts, start = [], 0
    while start < len(rows):
        near = int(np.searchsorted(rows, rows[start] + NEAR))
        stop = min(max(near, start + FAR), len(rows))
        parts.append(column.iloc[rows[start:stop]])
        look()
        start = stop
    if len(parts) < 2:
        return parts[0] if parts else column.iloc[:0]
    taken: Column = pd.concat(parts)
    return taken


def take_anywhere(column: Column, rows: NDArray[np.intp]) -> Column:
    """Return some rows as :func:`take` does, whatever their order.

    >>> take_anywhere(pd.Series(["a", "b", "c"]), np.array([2, 0, 1])).tolist()
    ['c', 'a', 'b']
    """
    order = np.argsort(rows, kind="stable")
    return take(column, rows[order]).iloc[np.argsort(order)]


def number_values(
    column: pd.Series, rows: NDArray[np.intp] | None = None
) -> tuple[NDArray[np.int32], list[Any]]:
    """Return a number for each value, -1 where it is missing, and the values in order of their numbers.

    As :func:`pandas.factorize`, some values at a time: meant for columns of few different ones.

    Args:
        column: Values.
        rows: Which of them; None: all.

    >>> numbers, values = number_values(pd.Series(["a", "b", None, "a"]))
    >>> numbers.tolist(), values
    ([0, 1, -1, 0], ['a', 'b'])
    """
    size = len(column) if rows is None else len(rows)
    numbers, known = blank(size, np.int32), dict[Any, int]()
    for part in stretches(size):
        here, values = pd.factorize(column.iloc[part if rows is None else rows[part]])
        places = [known.setdefault(value, len(known)) for value in values]
        numbers[part] = np.array([*places, -1], dtype=np.int32)[here]
    return numbers, list(known)
