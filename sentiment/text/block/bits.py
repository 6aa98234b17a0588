"""Sets of columns as bitmaps: columns marked in any order, taken out once each and in ascending order."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numba.core import types
from numpy.typing import NDArray

from sentiment.text.block.compiling import compiled, instruction

Words = NDArray[np.uint64]
Places = NDArray[np.int64]
Counts = NDArray[np.int32]

TOP: Final = 18
"""Bits of a column that say where it is below its top (see :class:`Marks`)."""


class Marks(NamedTuple):
    """Columns in use, and which of them are marked.

    Attributes:
        bits: Of each word of 64 columns the used ones and the marked ones, side by side, shape (n, 2).
        summary: Which words hold a mark, 64 in one.
        tops: Which of these hold one, 64 in one.
    """

    bits: Words
    summary: Words
    tops: Words


@instruction
def popcount(_context: Any, word: Any) -> Any:  # noqa: ANN401
    """Return how many bits of a word are set: one instruction, which numba has no name for."""

    def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.ctpop(arguments[0])

    return types.uint64(word), code


def packed(flags: NDArray[np.bool_]) -> tuple[Words, Counts]:
    """Return flags as a bitmap (their number is a multiple of 64), and how many are set before each word."""
    words = np.packbits(flags, bitorder="little").view(np.dtype("<u8")).astype(np.uint64)
    before = np.cumsum(flags.reshape(-1, 64).sum(axis=1, dtype=np.int32), dtype=np.int32)
    return words, np.append(np.int32(0), before)[:-1]


@compiled
def unmarked(used: Words) -> Marks:
    """Return the columns in use, none of them marked."""
    tops = -(-len(used) // 64)
    bits = np.zeros((len(used), 2), np.uint64)
    bits[:, 0] = used
    return Marks(bits, np.zeros(tops, np.uint64), np.zeros(-(-tops // 64), np.uint64))


@compiled
def mark(column: np.uint64, marks: Marks) -> None:
    """Mark a column if it is used.

    Without a branch, which the processor would guess wrong at every other column.
    """
    low, one = np.uint64(63), np.uint64(1)
    word, top = column >> np.uint64(6), column >> np.uint64(12)
    bit = marks.bits[word, 0] & (one << (column & low))
    seen = np.uint64(bit != 0)
    marks.bits[word, 1] |= bit
    marks.summary[top] |= seen << (word & low)
    marks.tops[top >> np.uint64(6)] |= seen << (top & low)


@compiled
def take(out: Places, size: int, touched: Places, marks: Marks, first: int, last: int, before: Counts) -> int:
    """Write which used columns are marked, ascending, and unmark them; return the end of what is written.

    Args:
        out: Written to: of each column its place among the used ones.
        size: Where to begin.
        touched: Room for the words of the bitmap, one more than columns may be marked.
        marks: The used and the marked columns.
        first: First of the tops to look at.
        last: One past the last.
        before: How many are used before each word.
    """
    one, count = np.uint64(1), _take_words(touched, marks, first, last)
    for n in range(count):
        word = touched[n]
        known, rest = marks.bits[word]
        marks.bits[word, 1] = 0
        while rest:
            out[size] = before[word] + np.int64(popcount(known & (_lowest(rest) - one)))
            size += 1
            rest &= rest - one
    return size


@compiled
def _take_words(touched: Places, marks: Marks, first: int, last: int) -> int:
    """Write which words of the bitmap are marked, and unmark them; return how many.

    Most words of the summary have two bits at most: no branch is taken on them, nobody could guess it.
    """
    one, count = np.uint64(1), 0
    for n in range(first, last):
        rest = marks.tops[n]
        marks.tops[n] = 0
        while rest:
            top = (n << 6) + np.int64(popcount(_lowest(rest) - one))
            rest &= rest - one
            words = marks.summary[top]
            marks.summary[top] = 0
            for _ in range(2):
                touched[count] = (top << 6) + np.int64(popcount(_lowest(words) - one))
                count += words != 0
                words &= words - one
            while words:
                touched[count] = (top << 6) + np.int64(popcount(_lowest(words) - one))
                count += 1
                words &= words - one
    return count


@compiled
def _lowest(word: np.uint64) -> np.uint64:
    """Return the lowest bit set, 0 where none is."""
    return word & (~word + np.uint64(1))
