"""Sets of columns as bitmaps: columns marked in any order, taken out once each and in ascending order."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from sentiment.text.block.compiling import compiled

Words = NDArray[np.uint64]


@intrinsic  # type: ignore[misc] - numba has no types
def popcount(_context: Any, word: Any) -> Any:  # noqa: ANN401
    """Return how many bits of a word are set: one instruction, which numba has no name for."""

    def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.ctpop(arguments[0])

    return types.uint64(word), code


@intrinsic  # type: ignore[misc] - numba has no types
def fetch(_context: Any, rows: Any, row: Any) -> Any:  # noqa: ANN401
    """Ask the processor to bring a row of an array nearer: changes nothing but the time of reading it."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        number = context.cast(builder, arguments[1], signature.args[1], types.intp)
        stride = builder.extract_value(array.strides, 0)
        place = cgutils.pointer_add(builder, array.data, builder.mul(number, stride))
        pointer, kind = ir.IntType(8).as_pointer(), ir.IntType(32)
        prefetch = builder.module.declare_intrinsic(
            "llvm.prefetch", [pointer], ir.FunctionType(ir.VoidType(), [pointer, kind, kind, kind])
        )
        builder.call(prefetch, [builder.bitcast(place, pointer), kind(0), kind(3), kind(1)])
        return context.get_dummy_value()

    return types.void(rows, row), code


def packed(flags: NDArray[np.bool_]) -> tuple[Words, NDArray[np.int64]]:
    """Return flags as a bitmap (their number is a multiple of 64), and how many are set before each word."""
    words = np.packbits(flags, bitorder="little").view(np.dtype("<u8")).astype(np.uint64)
    before = np.cumsum(flags.reshape(-1, 64).sum(axis=1, dtype=np.int64))
    return words, np.append(0, before)[:-1]


@compiled
def mark(column: np.uint64, used: Words, bits: Words, summary: Words) -> None:
    """Mark a column that is used in the bitmap, and its word of 64 columns in the bitmap of words.

    Without a branch, which the processor would guess wrong at every other column.
    """
    word = column >> np.uint64(6)
    bit = used[word] & (np.uint64(1) << (column & np.uint64(63)))
    bits[word] |= bit
    summary[word >> np.uint64(6)] |= np.uint64(bit != 0) << (word & np.uint64(63))


@compiled
def take(
    out: NDArray[np.int64],
    size: int,
    bits: Words,
    summary: Words,
    first: int,
    last: int,
    used: Words,
    before: NDArray[np.int64],
) -> int:
    """Write which of the used columns are marked, ascending, and unmark them; return the end of what is written.

    Args:
        out: Written to: of each column its place among the used ones.
        size: Where to begin.
        bits: The marked columns.
        summary: Their words of 64.
        first: First word of the summary to look at.
        last: One past the last.
        used: The used columns.
        before: How many are used before each word.
    """
    one = np.uint64(1)
    for top in range(first, last):
        words = summary[top]
        summary[top] = 0
        while words:
            word = (top << 6) + popcount((words & (~words + one)) - one)
            words &= words - one
            rest = bits[word]
            bits[word] = 0
            while rest:
                out[size] = before[word] + popcount(used[word] & ((rest & (~rest + one)) - one))
                size += 1
                rest &= rest - one
    return size
