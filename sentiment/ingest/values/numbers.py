"""Counts as sites show them: ``13``, ``1.2万``, ``10万+``, ``转发``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from sentiment.ingest.values.cells import by_value, is_missing, plain

_COUNT: Final = re.compile(r"(\d{1,15}(?:\.\d{1,12})?)(万|亿|千|[wWkKmM])?\+?(?:次|个|人|条|赞|评论|转发)?")
_UNITS: Final = {"万": 10_000, "w": 10_000, "亿": 100_000_000, "千": 1000, "k": 1000, "m": 1_000_000}
_ZERO_LABELS: Final = frozenset({"转发", "评论", "赞", "点赞", "回复", "分享", "收藏", "抢首评", "喜欢"})
_LARGEST: Final = 2**53


def parse_count(value: object) -> int | None:
    """Return a count, or None where the cell holds none.

    A button's bare label (``赞``) is what sites show for zero; ``10万+`` is read as its lower bound.

    >>> [parse_count(v) for v in ("1.2万", "10万+", "1亿", "转发", "", "None", 7.0, "-3")]
    [12000, 100000, 100000000, 0, None, None, 7, None]
    """
    if is_missing(value) or isinstance(value, bool):
        return None
    text = unicodedata.normalize("NFKC", plain(value)[:40]).replace(",", "").replace(" ", "")
    if text in _ZERO_LABELS:
        return 0
    match = _COUNT.fullmatch(text)
    if match is None:
        return None
    number, unit = match.groups()
    count = round(float(number) * _UNITS.get((unit or "").lower(), 1))
    return count if count <= _LARGEST else None


def parse_counts(values: Sequence[object]) -> pd.Series:
    """Return a column of counts as ``Int64``, NA where a cell holds none.

    >>> parse_counts(["3", "1.2万", None]).tolist()
    [3, 12000, <NA>]
    """
    counts = np.array([-1 if count is None else count for count in by_value(values, parse_count)], "int64")
    return pd.Series(pd.arrays.IntegerArray(counts, counts < 0))
