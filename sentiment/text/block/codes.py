"""Texts one behind the other as code points, and what is to know of each code point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text import segment
from sentiment.text.block.compiling import compiled
from sentiment.text.clean import INVISIBLES, halve_width, simplify

Points = NDArray[np.uint32]
Places = NDArray[np.int64]

SPACE: Final = 1
INVISIBLE: Final = 2
TRADITIONAL: Final = 4
"""OpenCC may write a text with this character differently."""
ODD: Final = 8
"""The lower case depends on what stands around, or is two characters."""
DIGIT: Final = 16
RARE: Final = 32
"""The fast segmentation engine and jieba disagree about it."""

_ALL: Final = 0x110000
_LOWERED_BY_CONTEXT: Final = "[İΣ]"
_TRADITIONAL_PLANES: Final = ((0x2E80, 0xD800), (0xF900, 0x10000), (0x20000, 0x32400))
_VARIATION_SELECTORS: Final = ((0xFE00, 0xFE10), (0xE0100, 0xE01F0))
"""Marks behind a character that are part of what OpenCC matches."""
_IN_PHRASES: Final = "沈坏藉哩覆瞭衹甦"
"""Characters that OpenCC changes inside phrases only (沈默, 打坏); a test reads its dictionary."""


@dataclass(frozen=True, slots=True)
class Codes:
    """Texts as code points.

    Attributes:
        points: All texts, one behind the other.
        starts: Where each begins, and the end of the last: shape (texts + 1,).
    """

    points: Points
    starts: Places

    @classmethod
    def of(cls, texts: Sequence[str]) -> Codes:
        """Return texts as code points."""
        points = _points("".join(texts))
        starts = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=starts[1:])
        return cls(points, starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def text(self, row: int) -> str:
        """Return one text."""
        return self.piece(int(self.starts[row]), int(self.starts[row + 1]))

    def piece(self, start: int, end: int) -> str:
        """Return the characters between two places."""
        return self.points[start:end].tobytes().decode("utf-32-le", "surrogatepass")

    def lengths(self) -> Places:
        """Return the number of characters of each text."""
        return np.diff(self.starts)

    def replaced(self, rows: Places, texts: Sequence[str]) -> Codes:
        """Return the texts with some of them (rows ascending) replaced."""
        if not len(rows):
            return self
        return Codes(*_splice(self.points, self.starts, rows, *Codes.of(texts)._parts()))

    def taken(self, rows: Places) -> Codes:
        """Return some of the texts."""
        lengths = self.lengths()[rows]
        starts = np.append(0, np.cumsum(lengths))
        places = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], lengths)
        return Codes(self.points[places], starts)

    def _parts(self) -> tuple[Points, Places]:
        return self.points, self.starts


@compiled
def _splice(
    points: Points, starts: Places, rows: Places, new: Points, new_starts: Places
) -> tuple[Points, Places]:
    size = len(points) + len(new)
    for row in rows:
        size -= starts[row + 1] - starts[row]
    out, out_starts = np.empty(size, np.uint32), np.zeros(len(starts), np.int64)
    done, at = 0, 0
    for row in range(len(starts) - 1):
        if done < len(rows) and rows[done] == row:
            source, first, last = new, new_starts[done], new_starts[done + 1]
            done += 1
        else:
            source, first, last = points, starts[row], starts[row + 1]
        for place in range(first, last):
            out[at] = source[place]
            at += 1
        out_starts[row + 1] = at
    return out, out_starts


@lru_cache(maxsize=1)
def traits() -> NDArray[np.uint8]:
    """Return what is to know of each code point, as bits: shape (0x110000,)."""
    every = _every_character()
    found = np.zeros(_ALL, dtype=np.uint8)
    for trait, pattern in (
        (SPACE, r"\s"),
        (DIGIT, r"\d"),
        (ODD, _LOWERED_BY_CONTEXT),
        (INVISIBLE, INVISIBLES),
        (RARE, segment.RARE),
    ):
        found[[match.start() for match in re.finditer(pattern, every)]] |= trait
    found[_changed_by_opencc(every)] |= TRADITIONAL
    return found


@lru_cache(maxsize=1)
def lowered() -> Points:
    """Return the lower case of each code point that is not :data:`ODD`: shape (0x110000,)."""
    return _points(re.sub(_LOWERED_BY_CONTEXT, " ", _every_character()).lower())


@lru_cache(maxsize=1)
def plain_forms() -> Points:
    """Return each code point half-width and in lower case, as model texts have it: shape (0x110000,)."""
    return lowered()[_points(halve_width(_every_character()))]


def _every_character() -> str:
    return "".join(map(chr, range(_ALL)))


def _points(text: str) -> Points:
    """Return code points that can be written to: a loop is compiled again for arrays that cannot."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).copy()


def _changed_by_opencc(every: str) -> list[int]:
    """Return the code points of traditional script: changed alone, or part of what is changed together.

    Both orders are converted, since in one of them two neighbours may happen to be a phrase.
    """
    changed = {ord(char) for char in _IN_PHRASES}
    for first, last in _TRADITIONAL_PLANES:
        for part in (every[first:last], every[first:last][::-1]):
            changed.update(ord(old) for old, new in zip(part, simplify(part), strict=True) if old != new)
    return sorted(changed.union(*(range(first, last) for first, last in _VARIATION_SELECTORS)))
