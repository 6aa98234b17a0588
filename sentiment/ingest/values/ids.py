"""Post and user ids, also after Excel had its way with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeGuard

from sentiment.ingest.values.cells import is_missing, plain

_EXPONENT: Final = re.compile(r"(\d{1,2}(?:\.\d{1,25})?)[eE]\+?(\d{1,3})")
_POINT_ZERO: Final = re.compile(r"(\d{1,25})\.0{1,6}")
_DIGITS: Final = re.compile(r"\d{8,25}")
EXCEL_DIGITS: Final = 15
"""Significant digits that Excel keeps of a number."""
ROUNDED: Final = 8
"""Different long ids that must all end in 0 before that is no chance."""


def clean_id(value: object) -> str:
    r"""Return an id as text, empty where it is missing or its digits are lost.

    >>> clean_id("5241594890422484\t"), clean_id(5241594890422484), clean_id("5.24E+15"), clean_id("None")
    ('5241594890422484', '5241594890422484', '', '')
    >>> clean_id("5.241594890422484E+15")
    '5241594890422484'
    """
    if is_missing(value) or isinstance(value, bool):
        return ""
    if isinstance(value, float) and abs(value) >= 10**EXCEL_DIGITS:
        return ""  # a 16-digit number in a float cell has been rounded
    text = plain(value).strip().strip("\ufeff'\"").strip()
    if (whole := _POINT_ZERO.fullmatch(text)) is not None:
        return whole[1]
    if (power := _EXPONENT.fullmatch(text)) is not None:
        return _exact(*power.groups())
    return text[:200]


def _exact(mantissa: str, exponent: str) -> str:
    kept = len(mantissa.replace(".", ""))
    if kept < int(exponent) + 1:
        return ""
    return str(int(Decimal(f"{mantissa}E{exponent}")))


def id_from_url(mangled: object, *urls: object) -> str:
    """Return the full id that an address still holds, empty where none agrees with the mangled one.

    >>> id_from_url("5.24159E+15", "https://m.weibo.cn/detail/5241594890422484?x=1")
    '5241594890422484'
    >>> id_from_url("5.24E+15", "https://m.weibo.cn/detail/4111111111111111")
    ''
    """
    shown = _leading_digits(mangled)
    if not shown:
        return ""
    for url in urls:
        for number in _DIGITS.findall(plain(url)[:2000]):
            if len(number) == shown[1] and _rounds_to(number, shown[0]):
                return str(number)
    return ""


def _leading_digits(mangled: object) -> tuple[str, int] | None:
    """The significant digits that are left of an id, and how many digits it had."""
    text = plain(mangled).strip()
    power = _EXPONENT.fullmatch(text)
    if power is not None:
        return power[1].replace(".", ""), int(power[2]) + 1
    if text.isascii() and text.isdigit() and len(text) > EXCEL_DIGITS:
        return text[:EXCEL_DIGITS], len(text)
    return None


def _rounds_to(number: str, shown: str) -> bool:
    scale = 10 ** (len(number) - len(shown))
    return bool(abs(int(number) - int(shown) * scale) <= scale)


def clean_ids(
    values: Sequence[object], urls: Sequence[Sequence[object]] = ()
) -> tuple[list[str], list[bool]]:
    """Return ids as text and a flag a row: True where the id's digits are lost for good.

    Args:
        values: The id cells.
        urls: Columns of addresses in which a lost id is looked for.

    >>> clean_ids(["5.24159E+15", "77"], [["https://m.weibo.cn/detail/5241594890422484", ""]])
    (['5241594890422484', '77'], [False, False])
    """
    ids = id_texts(values)
    if _rounded_by_excel(ids):
        ids = ["" if len(text) > EXCEL_DIGITS else text for text in ids]
    for n, text in enumerate(ids):
        if not text and not is_missing(values[n]):
            ids[n] = id_from_url(values[n], *(column[n] for column in urls))
    return ids, [not text and not is_missing(value) for text, value in zip(ids, values, strict=True)]


def id_texts(values: Sequence[object]) -> list[str]:
    """Return :func:`clean_id` for a column.

    >>> id_texts([7, "5.24E+15", None])
    ['7', '', '']
    """
    return ["" if value is None else value if _is_number(value) else clean_id(value) for value in values]


def _is_number(value: object) -> TypeGuard[str]:
    return type(value) is str and value.isdigit() and value.isascii() and len(value) < 200


def _rounded_by_excel(ids: Sequence[str]) -> bool:
    """Excel keeps 15 digits: a column of 16-digit ids that all end in 0 went through it."""
    long = {text for text in ids if len(text) > EXCEL_DIGITS and text.isascii() and text.isdigit()}
    return len(long) >= ROUNDED and all(text.endswith("0") for text in long)
