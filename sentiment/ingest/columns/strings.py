"""Columns of text as Arrow arrays: read by distinct value, or only where a cell can need reading at all.

Cells that need work are found by patterns that RE2 runs over the whole column; they may find too many,
never too few.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sentiment.ingest.values import is_missing

TEXT: Final = pa.large_string()
_LONGEST_ABSENT: Final = 44
"""Bytes of the longest cell that may be missing: eleven characters, some of them wide blanks."""
_ABSENT_STARTS: Final = np.isin(
    np.arange(256), [*b" \t\n\v\f\r\x1c\x1d\x1e\x1fnNuU<\\[{", 0xC2, 0xE1, 0xE2, 0xE3]
)
"""First bytes of blanks and of the words that scrapers write for nothing."""


def texts_of(values: list[str]) -> pa.Array:
    """Return strings as a column."""
    return pa.array(values, TEXT)


def text_column(texts: pd.Series) -> pa.Array:
    """Return a pandas column of texts as one Arrow array."""
    cells = pa.array(texts, TEXT)
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells


def series_of(column: pa.Array) -> pd.Series:
    """Return a column without nulls as pandas has it."""
    return pd.Series(pd.array(column, dtype="str"))


def joined(columns: list[pa.Array]) -> pa.Array:
    """Return columns one after the other."""
    return columns[0] if len(columns) == 1 else pa.concat_arrays(columns)


def same(text: str, count: int) -> pa.Array:
    """Return a column of one text."""
    return pa.repeat(pa.scalar(text, TEXT), count)


def offsets_of(column: pa.Array) -> np.ndarray:
    """Return where in the data each cell begins, and where the last ends: ``int64``."""
    offsets: np.ndarray = np.frombuffer(column.buffers()[1], dtype=np.int64)
    return offsets[column.offset : column.offset + len(column) + 1]


def bytes_of(column: pa.Array) -> np.ndarray:
    """Return the data, one byte more than it has, so that the end of the last cell is in it."""
    data = column.buffers()[2]
    found: np.ndarray = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, np.uint8)
    return found if len(found) > offsets_of(column)[-1] else np.append(found, np.uint8(0))


def filled(column: pa.Array) -> pa.Array:
    """Return a column with null for every cell that holds nothing (:func:`is_missing`).

    >>> filled(texts_of(["3", "None", " "])).to_pylist()
    ['3', None, None]
    """
    offsets = offsets_of(column)
    sizes = np.diff(offsets)
    empty = sizes == 0
    if empty.all():
        return pa.nulls(len(column), TEXT)
    doubtful = ~empty & (sizes <= _LONGEST_ABSENT) & _ABSENT_STARTS[bytes_of(column)[offsets[:-1]]]
    if column.null_count:
        doubtful &= ~nulls(column)
    at = np.flatnonzero(doubtful)
    if len(at):
        empty[at] = marks(column.take(pa.array(at)), is_missing)
    return pc.if_else(pa.array(empty), pa.scalar(None, TEXT), column) if empty.any() else column


def nulls(column: pa.Array) -> np.ndarray:
    """Return where a column has no value."""
    if not column.null_count:
        return np.zeros(len(column), dtype=bool)
    found: np.ndarray = column.is_null().to_numpy(zero_copy_only=False)
    return found


def marks(column: pa.Array, test: Callable[[str], bool]) -> np.ndarray:
    """Return which cells pass a test; equal ones are tested once, null passes none."""
    coded = column.dictionary_encode()
    passed = np.array([*map(test, coded.dictionary.to_pylist()), False], dtype=bool)
    found: np.ndarray = passed[coded.indices.fill_null(-1).to_numpy()]
    return found


def by_value(column: pa.Array, read: Callable[[str], str], *, missing: str = "") -> pa.Array:
    """Return what each cell reads as; equal ones are read once.

    >>> by_value(pa.array(["a", None, "a"], TEXT), str.upper).to_pylist()
    ['A', '', 'A']
    """
    if column.null_count == len(column):
        return same(missing, len(column))
    coded = column.dictionary_encode()
    values = texts_of([*map(read, coded.dictionary.to_pylist()), missing])
    return values.take(coded.indices.fill_null(len(values) - 1))


def matching(column: pa.Array, pattern: str) -> np.ndarray:
    """Return in which cells RE2 finds a pattern; not in null."""
    found = pc.match_substring_regex(column, pattern)
    hits: np.ndarray = found.fill_null(False).to_numpy(zero_copy_only=False)
    return hits


def replaced(column: pa.Array, at: np.ndarray, values: list[str]) -> pa.Array:
    """Return a column with other values at some ascending places."""
    if not len(at):
        return column
    mask = np.zeros(len(column), dtype=bool)
    mask[at] = True
    return pc.replace_with_mask(column, pa.array(mask), texts_of(values))


def taken(column: pa.Array, at: np.ndarray) -> list[str]:
    """Return the cells at some places as strings."""
    return list(column.take(pa.array(at)).to_pylist()) if len(at) else []


def digits(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return which cells are ASCII digits alone, at least one, and each cell's size in bytes."""
    offsets, data = offsets_of(column), bytes_of(column)
    sizes = np.diff(offsets)
    low, high = int(offsets[0]), int(offsets[-1])
    counted = np.zeros(high - low + 1, dtype=np.int32)
    np.cumsum(data[low:high] - np.uint8(ord("0")) < 10, out=counted[1:])
    numbers = np.diff(counted[offsets - low])
    return (numbers == sizes) & (sizes > 0), sizes
