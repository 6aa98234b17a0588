"""One cell of any table as plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

_ABSENT: Final = frozenset(
    {"", "none", "nan", "null", "nil", "n/a", "<na>", "nat", "undefined", "\\n", "[]", "{}"}
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SIMPLE: Final = frozenset({str, type(None)})
T = TypeVar("T")


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
        return value if value.isascii() else _whole(value)
    if value is None or isinstance(value, dict | list | tuple | set):
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if value != value:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return str(int(value))
    return str(value)


def _whole(text: str) -> str:
    try:
        text.encode()  # much cheaper than to look for what it would stumble over
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def by_value(cells: Sequence[object], read: Callable[[object], T]) -> list[T]:
    """Return ``read`` of every cell; equal cells of one type are read once.

    >>> by_value(["3", None, "3"], plain)
    ['3', '', '3']
    """
    try:
        distinct = set(cells)
    except TypeError:  # nested objects
        return [read(cell) for cell in cells]
    if len(distinct) * 4 > len(cells) * 3 or any(type(cell) not in _SIMPLE for cell in distinct):
        return [read(cell) for cell in cells]  # 1, 1.0 and True are equal, but do not read alike
    known = {cell: read(cell) for cell in distinct}
    return [known[cell] for cell in cells]
