"""Sets of columns as bitmaps: columns marked in any order, taken out once each and in ascending order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import types
from numpy.typing import NDArray

from sentiment.text.block.compiling import compiled, instruction

Words = NDArray[np.uint64]
Places = NDArray[np.int64]
Counts = NDArray[np.int32]


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
def unmarked(used: Words) -> tuple[Words, Words, Words]:
    """Return nothing marked: of each word of 64 columns the used ones and the marked ones, side by side.

    Then bitmaps of the words that hold a mark, and of the words of these.
    """
    tops = -(-len(used) // 64)
    bits = np.zeros((len(used), 2), np.uint64)
    bits[:, 0] = used
    return bits, np.zeros(tops, np.uint64), np.zeros(-(-tops // 64), np.uint64)


@compiled
def mark(column: np.uint64, bits: Words, summary: Words, tops: Words) -> None:
    """Mark a column that is used in the bitmap, its word of 64 columns in that of words, and so on.

    Without a branch, which the processor would guess wrong at every other column.
    """
    low, one = np.uint64(63), np.uint64(1)
    word, top = column >> np.uint64(6), column >> np.uint64(12)
    bit = bits[word, 0] & (one << (column & low))
    seen = np.uint64(bit != 0)
    bits[word, 1] |= bit
    summary[top] |= seen << (word & low)
    tops[top >> np.uint64(6)] |= seen << (top & low)


@compiled
def take(
    out: Places,
    size: int,
    touched: Places,
    bits: Words,
    summary: Words,
    tops: Words,
    first: int,
    last: int,
    before: Counts,
) -> int:
    """Write which used columns are marked, ascending, and unmark them; return the end of what is written.

    Args:
        out: Written to: of each column its place among the used ones.
        size: Where to begin.
        touched: Room for the words of the bitmap, one more than columns may be marked.
        bits: The used and the marked columns, of each word of 64.
        summary: Their words of 64.
        tops: The words of these.
        first: First of the tops to look at.
        last: One past the last.
        before: How many are used before each word.
    """
    one, count = np.uint64(1), _take_words(touched, summary, tops, first, last)
    for n in range(count):
        word = touched[n]
        known, rest = bits[word]
        bits[word, 1] = 0
        while rest:
            out[size] = before[word] + np.int64(popcount(known & (_lowest(rest) - one)))
            size += 1
            rest &= rest - one
    return size


@compiled
def _take_words(touched: Places, summary: Words, tops: Words, first: int, last: int) -> int:
    """Write which words of the bitmap are marked, and unmark them; return how many.

    Most words of the summary have two bits at most: no branch is taken on them, nobody could guess it.
    """
    one, count = np.uint64(1), 0
    for n in range(first, last):
        rest = tops[n]
        tops[n] = 0
        while rest:
            top = (n << 6) + np.int64(popcount(_lowest(rest) - one))
            rest &= rest - one
            words = summary[top]
            summary[top] = 0
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
