"""What must happen to scraped text before it is written out for people."""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

_FORMULA: Final = r"\A('*[=+\-@\t\r])"
_ID_CARD: Final = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)")
_MAIL: Final = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}", re.A)
_PHONE: Final = re.compile(r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d([- ]?)\d{4}\1\d{4}(?!\d)")
_LANDLINE: Final = re.compile(r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)")
_LONG_ID: Final = re.compile(r"(?<!\d)\d{8,40}(?!\d)")


def guard_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy whose text cells no spreadsheet takes for a formula.

    A cell that begins with ``= + - @``, TAB or CR (apostrophes before it aside) gets a leading apostrophe;
    :func:`read_posts` takes it off again.

    >>> guard_cells(pd.DataFrame({"text": ["=1+1", "又崩了"], "n": [-1, 2]})).to_dict("list")
    {'text': ["'=1+1", '又崩了'], 'n': [-1, 2]}
    """
    columns = {name: _guarded(frame[name]) for name in frame.columns if _is_text(frame[name])}
    return frame.assign(**columns)


def _is_text(column: pd.Series) -> bool:
    return pd.api.types.is_string_dtype(column.dtype) or column.dtype == object


def _guarded(column: pd.Series) -> pd.Series:
    if column.dtype == object:
        return column.map(lambda cell: re.sub(_FORMULA, r"'\1", cell) if isinstance(cell, str) else cell)
    return column.str.replace(_FORMULA, r"'\1", regex=True)


def mask_private(text: str) -> str:
    """Return text with phone numbers, identity cards, e-mail addresses and long numbers masked.

    >>> mask_private("电话13912345678，邮箱a.b@c.com，订单5241594890422484")
    '电话[电话]，邮箱[邮箱]，订单[编号]'
    """
    for pattern, word in (
        (_MAIL, "[邮箱]"),
        (_ID_CARD, "[证件]"),
        (_PHONE, "[电话]"),
        (_LANDLINE, "[电话]"),
        (_LONG_ID, "[编号]"),
    ):
        text = pattern.sub(word, text)
    return text
