"""A long text in parts that a channel takes: cut at posts and sentences, nothing lost, order kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from sentiment.errors import ConfigError

_SENTENCE: Final = re.compile(r"[^。！？!?；;…\n]*[。！？!?；;…\n]+|[^。！？!?；;…\n]+")
_JOINER: Final = "\u200d"

Cost = Callable[[str], int]
"""Bytes that a text takes within a message; of two texts together, the sum."""


def utf8_bytes(text: str) -> int:
    """Return the bytes of a text in UTF-8.

    >>> utf8_bytes("崩了a")
    7
    """
    return len(text.encode("utf-8"))


def split_text(text: str, most: int, *, cost: Cost = utf8_bytes) -> list[str]:
    """Return parts of at most ``most`` bytes that give the text when joined.

    A part ends with a line where it can, else with a sentence, else between two characters as a reader sees
    them, so that no emoji or accent is torn.

    Raises:
        ConfigError: if one character takes more than ``most`` bytes.

    >>> split_text("打不开。退款！", 12)
    ['打不开。', '退款！']
    """
    parts, room = [""], most
    for atom in _atoms(text, most, cost):
        size = cost(atom)
        if size > room and parts[-1]:
            parts.append("")
            room = most
        parts[-1] += atom
        room -= size
    return parts


def number_parts(text: str, most: int, *, cost: Cost = utf8_bytes, reserve: str = "") -> list[str]:
    r"""Return the parts of a text with their place before each, as ``（1/3）``; one that fits stays as it is.

    Args:
        text: The whole text.
        most: Bytes that a part may take.
        cost: Bytes that a text takes.
        reserve: What may still be put before a part: room is kept for it.

    >>> number_parts("打不开。退款！谁来管。", 31)
    ['（1/2）\n打不开。退款！', '（2/2）\n谁来管。']
    """
    room = most - cost(reserve)
    if cost(text) <= room:
        return [text]
    digits = "9"
    while True:
        pieces = split_text(text, room - cost(_place(digits, digits)), cost=cost)
        if len(str(len(pieces))) <= len(digits):
            break
        digits += "9"
    return [_place(n, len(pieces)) + piece for n, piece in enumerate(pieces, start=1)]


def _place(n: int | str, of: int | str) -> str:
    return f"（{n}/{of}）\n"


def _atoms(text: str, most: int, cost: Cost) -> Iterator[str]:
    """Yield the largest pieces that fit: lines, else sentences, else characters."""
    for line in text.splitlines(keepends=True):
        if cost(line) <= most:
            yield line
            continue
        for sentence in _SENTENCE.findall(line):
            if cost(sentence) <= most:
                yield sentence
            else:
                yield from _letters(sentence, most, cost)


def _letters(text: str, most: int, cost: Cost) -> Iterator[str]:
    for letter in characters(text):
        if cost(letter) <= most:
            yield letter
        elif len(letter) > 1 and all(cost(sign) <= most for sign in letter):
            yield from letter
        else:
            raise ConfigError(
                f"A part of {most} bytes is too small for one character; allow more bytes a part."
            )


def characters(text: str) -> list[str]:
    """Return a text as characters that a reader sees: marks, selectors and joined emoji stay together.

    >>> characters("é👨‍👩‍👧🇨🇳好") == ["é", "👨‍👩‍👧", "🇨🇳", "好"]
    True
    """
    out: list[str] = []
    for sign in text:
        if out and _belongs(out[-1], sign):
            out[-1] += sign
        else:
            out.append(sign)
    return out


def _belongs(before: str, sign: str) -> bool:
    if before == "\r":
        return sign == "\n"
    return (
        unicodedata.category(sign) in ("Mn", "Me", "Mc")
        or sign == _JOINER
        or before.endswith(_JOINER)
        or "\U0001f3fb" <= sign <= "\U0001f3ff"
        or "\U000e0020" <= sign <= "\U000e007f"
        or (_is_flag(sign) and len(before) == 1 and _is_flag(before))
    )


def _is_flag(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"
