"""One cell of any table as plain text."""

from __future__ import annotations

import re
from typing import Final

_ABSENT: Final = frozenset(
    {"", "none", "nan", "null", "nil", "n/a", "<na>", "nat", "undefined", "\\n", "[]", "{}"}
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def is_missing(value: object) -> bool:
    """Tell whether a cell holds nothing: None, NaN, blank, or the word a scraper wrote for it.

    >>> [is_missing(v) for v in (None, float("nan"), " ", "None", 0, "0")]
    [True, True, True, True, False, False]
    """
    if value is None:
        return True
    if isinstance(value, str):
        return len(value) < 12 and value.strip().lower() in _ABSENT
    return value != value  # NaN and NaT alone differ from themselves


def plain(value: object) -> str:
    r"""Return a cell as text; a missing, nested or unreadable one is empty.

    Lone surrogates (half an emoji, cut by a scraper) become U+FFFD, because no file can hold them.

    >>> plain(3.0), plain(None), plain({"a": 1}), plain("\ud83d!")
    ('3', '', '', '�!')
    """
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if value is None or isinstance(value, dict | list | tuple | set):
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if value != value:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return str(int(value))
    return str(value)
