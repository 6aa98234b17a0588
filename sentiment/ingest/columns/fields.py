"""Columns of text read as ids, counts, times and clean text: the same values as cell by cell.

Each reader names the cells that are what they seem at a glance; the functions of
:mod:`sentiment.ingest.values` read the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sentiment.ingest.columns.strings import (
    by_value,
    bytes_of,
    digits,
    matching,
    nulls,
    offsets_of,
    replaced,
    taken,
    texts_of,
)
from sentiment.ingest.convert import clean_text
from sentiment.ingest.values import Times, clean_id, parse_count, parse_times, shanghai, undo_guard
from sentiment.ingest.values.ids import EXCEL_DIGITS, ROUNDED
from sentiment.ingest.values.text import MARKUP, html_to_text

BLANK: Final = "".join(chr(n) for n in range(0x3001) if chr(n).isspace())
_ANY_MARKUP: Final = (
    "[" + "".join(char if char in "[]-" else f"\\x{{{ord(char):x}}}" for char in MARKUP.pattern[1:-1]) + "]"
)
UNTIDY: Final = rf"{_ANY_MARKUP}|^['{BLANK}]|[{BLANK}]$"
"""Cells that :func:`html_to_text` or :func:`undo_guard` may change."""
_LINKED: Final = "[文c起d]$|转发内容"
"""Texts that may end with a link to more of them, or carry a quoted original."""
_MOST_DIGITS: Final = 15
_WHOLE_ID: Final = "^[A-Za-z0-9_-]{12,199}$"
"""Ids of letters and digits too long to be a missing cell's word or a number that Excel shortened."""


class LostIds(Exception):
    """Ids whose digits are lost or rounded: addresses are looked into, which needs whole rows."""


def read_ids(column: pa.Array) -> pa.Array:
    r"""Return ids as :func:`sentiment.ingest.values.clean_ids` does, missing ones empty.

    Raises:
        LostIds: if an id may be lost.

    >>> read_ids(pa.array(["77", None, "88\t"], pa.large_string())).to_pylist()
    ['77', '', '88']
    """
    ids = id_texts(column)
    if (np.diff(offsets_of(ids)) == 0).sum() > column.null_count:
        raise LostIds
    sure, sizes = digits(ids)
    long = sure & (sizes > EXCEL_DIGITS)
    last = bytes_of(ids)[offsets_of(ids)[1:][long] - 1]
    if (last == ord("0")).all() and len(set(taken(ids, np.flatnonzero(long)))) >= ROUNDED:
        raise LostIds
    return ids


def id_texts(column: pa.Array) -> pa.Array:
    """Return ids as :func:`sentiment.ingest.values.id_texts` does.

    >>> id_texts(pa.array(["77", None, "5.24E+15"], pa.large_string())).to_pylist()
    ['77', '', '']
    """
    ids = column.fill_null("")
    sure, sizes = digits(ids)
    odd = (sizes > 0) & ~(sure & (sizes < 200))
    if odd.any():
        odd &= ~matching(ids, _WHOLE_ID)
    at = np.flatnonzero(odd)
    return replaced(ids, at, [clean_id(cell) for cell in taken(ids, at)])


def read_counts(column: pa.Array) -> pd.Series:
    """Return counts as :func:`sentiment.ingest.values.parse_counts` does.

    >>> read_counts(pa.array(["3", "1.2万", None], pa.large_string())).tolist()
    [3, 12000, <NA>]
    """
    if column.null_count == len(column):
        counts = np.full(len(column), -1, dtype=np.int64)
        return pd.Series(pd.arrays.IntegerArray(counts, counts < 0))
    sure, sizes = digits(column.fill_null(""))
    sure &= sizes <= _MOST_DIGITS
    numbers = pc.if_else(pa.array(sure), column, pa.scalar("-1", column.type)).cast(pa.int64())
    counts = numbers.fill_null(-1).to_numpy().copy()
    odd = np.flatnonzero(~sure & ~nulls(column))
    if len(odd):
        cells = taken(column, odd)
        known = {cell: parse_count(cell) for cell in set(cells)}
        counts[odd] = [-1 if known[cell] is None else known[cell] for cell in cells]
    return pd.Series(pd.arrays.IntegerArray(counts, counts < 0))


def read_times(
    column: pa.Array,
    now: Sequence[object] | pd.Series | None = None,
    *,
    one_clock: bool = False,
    compiled: bool = False,
) -> Times:
    """Return times as :func:`sentiment.ingest.values.parse_times` does; equal cells are read once.

    Args:
        column: The cells, null where one is missing.
        now: For each row what a relative time is read against.
        one_clock: Whether that is the same for every row.
        compiled: Whether compiled loops may look at them first.
    """
    certain = np.zeros(len(column), dtype=bool)
    if (epochs := _epochs(column)) is not None:
        return Times(epochs, certain, certain.copy())
    if compiled and column.null_count < len(column):
        from sentiment.ingest.loops.times import read_full_times

        if (moments := read_full_times(column)) is not None:
            at = shanghai(pd.Series(moments.view("datetime64[ns]")).dt.tz_localize("UTC"))
            return Times(at, certain, certain.copy())
    coded = column.dictionary_encode()
    values = coded.dictionary.to_pylist()
    shared = None if now is None or not one_clock else now[: len(values)]
    if (now is not None and not one_clock) or len(values) * 2 > len(column):
        return parse_times(column.to_pylist(), now=now)
    read = parse_times([*values, None], now=None if shared is None else [*shared, None])
    at = coded.indices.fill_null(len(values)).to_numpy()
    return Times(read.at.take(at).reset_index(drop=True), read.relative[at], read.coarse[at])


def _epochs(column: pa.Array) -> pd.Series | None:
    """Epoch seconds or milliseconds, None unless all cells are such between 2001 and 2099."""
    sure, sizes = digits(column.fill_null(""))
    given = ~nulls(column)
    if not given.any() or not (sure & ((sizes == 10) | (sizes == 13)))[given].all():
        return None
    numbers = column.cast(pa.int64()).fill_null(0).to_numpy()
    seconds = np.where(sizes == 13, numbers // 1000, numbers)[given]
    if seconds.min() < 1_000_000_000 or seconds.max() >= 4_070_000_000:
        return None
    milliseconds = np.where(given, np.where(sizes == 13, numbers, numbers * 1000).astype("float64"), np.nan)
    return shanghai(pd.to_datetime(pd.Series(milliseconds), unit="ms", utc=True))


def clean_cells(column: pa.Array) -> pa.Array:
    """Return short text without markup: nicknames, places."""
    if column.null_count == len(column):
        return by_value(column, str)
    coded = column.dictionary_encode()
    values = coded.dictionary
    untidy = matching(values, UNTIDY) | (np.diff(offsets_of(values)) > 300)
    at = np.flatnonzero(untidy)
    tidy = replaced(values, at, [html_to_text(undo_guard(cell))[:300] for cell in taken(values, at)])
    return pa.concat_arrays([tidy, texts_of([""])]).take(coded.indices.fill_null(len(tidy)))


def clean_texts(column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Return texts as :func:`sentiment.ingest.convert.clean_text` does, and whether each was cut."""
    texts = column.fill_null("")
    cut = np.zeros(len(texts), dtype=bool)
    at = np.flatnonzero(matching(texts, f"{UNTIDY}|{_LINKED}"))
    found = [clean_text(cell) for cell in taken(texts, at)]
    cut[at] = [one for _, one in found]
    return replaced(texts, at, [text for text, _ in found]), cut
