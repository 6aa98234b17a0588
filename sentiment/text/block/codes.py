"""Texts one behind the other as code points, and what is to know of each code point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

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

    @classmethod
    def read(cls, column: Any) -> Codes:  # noqa: ANN401 - pyarrow has no types
        """Return the texts of an Arrow array (or what one can be made of) without missing ones."""
        texts = pa.array(column, type=pa.large_string())
        if isinstance(texts, pa.ChunkedArray):
            texts = pa.concat_arrays(texts.chunks) if texts.num_chunks != 1 else texts.chunk(0)
        _, starts, letters = texts.buffers()
        if not len(texts) or letters is None:
            return cls(np.zeros(0, np.uint32), np.zeros(len(texts) + 1, np.int64))
        ends = np.frombuffer(starts, np.int64, len(texts) + 1, 8 * texts.offset)
        held = np.frombuffer(letters, np.uint8, ends[-1] - ends[0], ends[0])
        return cls(*_decode(held.copy(), ends - ends[0]))

    def written(self) -> Any:  # noqa: ANN401
        """Return the texts as an Arrow array; halves of characters must not be among them."""
        letters, starts = _encode(self.points, self.starts)
        return pa.LargeStringArray.from_buffers(len(self), pa.py_buffer(starts), pa.py_buffer(letters))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def text(self, row: int) -> str:
        """Return one text."""
        return self.piece(int(self.starts[row]), int(self.starts[row + 1]))

    def texts(self, rows: Places) -> list[str]:
        """Return some of the texts, decoded together."""
        some = self.taken(rows)
        text = some.piece(0, len(some.points))
        return [text[begin:end] for begin, end in pairwise(some.starts.tolist())]

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
        return Codes(*_splice(self.points, self.starts, rows, *Codes.of(texts).parts()))

    def taken(self, rows: Places) -> Codes:
        """Return some of the texts."""
        lengths = self.lengths()[rows]
        starts = np.append(0, np.cumsum(lengths))
        places = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], lengths)
        return Codes(self.points[places], starts)

    def parts(self) -> tuple[Points, Places]:
        """Return code points and starts, as loops take them."""
        return self.points, self.starts


@compiled
def _decode(letters: NDArray[np.uint8], starts: Places) -> tuple[Points, Places]:
    """Return the code points of texts in UTF-8."""
    out, out_starts = np.empty(len(letters), np.uint32), np.zeros(len(starts), np.int64)
    at = 0
    for row in range(len(starts) - 1):
        place, last = starts[row], starts[row + 1]
        while place < last:
            point, more = np.uint32(letters[place]), 0
            if point >= 0xF0:
                point, more = point & np.uint32(0x07), 3
            elif point >= 0xE0:
                point, more = point & np.uint32(0x0F), 2
            elif point >= 0x80:
                point, more = point & np.uint32(0x1F), 1
            for n in range(place + 1, place + 1 + more):
                point = point << np.uint32(6) | np.uint32(letters[n] & 0x3F)
            out[at] = point
            at += 1
            place += 1 + more
        out_starts[row + 1] = at
    return out[:at].copy(), out_starts


@compiled
def _encode(points: Points, starts: Places) -> tuple[NDArray[np.uint8], Places]:
    """Return texts in UTF-8 and where each begins (and the last ends)."""
    size = 0
    for point in points:
        size += 1 + (point >= 0x80) + (point >= 0x800) + (point >= 0x10000)
    out, out_starts, at = np.empty(size, np.uint8), np.zeros(len(starts), np.int64), 0
    for row in range(len(starts) - 1):
        for place in range(starts[row], starts[row + 1]):
            point = points[place]
            if point < 0x80:
                out[at] = point
                at += 1
            elif point < 0x800:
                out[at], out[at + 1] = 0xC0 | point >> 6, 0x80 | point & 0x3F
                at += 2
            elif point < 0x10000:
                out[at], out[at + 1] = 0xE0 | point >> 12, 0x80 | point >> 6 & 0x3F
                out[at + 2] = 0x80 | point & 0x3F
                at += 3
            else:
                out[at], out[at + 1] = 0xF0 | point >> 18, 0x80 | point >> 12 & 0x3F
                out[at + 2], out[at + 3] = 0x80 | point >> 6 & 0x3F, 0x80 | point & 0x3F
                at += 4
        out_starts[row + 1] = at
    return out, out_starts


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
