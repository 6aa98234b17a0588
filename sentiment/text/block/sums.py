"""Sums in single precision, in the order in which NumPy and SciPy add: equal to the last bit."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba.core import types
from numpy.typing import NDArray

from sentiment.text.block.compiling import compiled, instruction

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

LINE: Final = 16
"""Numbers in single precision that fill a line of the cache and the widest vector."""


@instruction
def _add_line(_context: Any, scores: Any, value: Any, rows: Any, row: Any, first: Any) -> Any:  # noqa: ANN401
    """Add sixteen items of a row, from the first given, times a value to sixteen scores.

    As one vector of the processor, which stays in a register: a loop over the items goes to memory and
    back for each, four times as slow, and asks for the next row too late.
    """

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        row_array, score_array = (
            context.make_array(signature.args[n])(context, builder, arguments[n]) for n in (2, 0)
        )
        number, start = (context.cast(builder, arguments[n], signature.args[n], types.intp) for n in (3, 4))
        line, byte = ir.VectorType(ir.FloatType(), LINE), ir.IntType(8).as_pointer()

        def line_at(data: Any, offset: Any) -> Any:  # noqa: ANN401
            return builder.bitcast(builder.gep(builder.bitcast(data, byte), [offset]), line.as_pointer())

        first_byte = builder.mul(start, start.type(4))
        row_start = builder.mul(number, builder.extract_value(row_array.strides, 0))
        item = line_at(row_array.data, builder.add(row_start, first_byte))
        score = line_at(score_array.data, first_byte)
        nothing, lanes = ir.Constant(line, ir.Undefined), ir.VectorType(ir.IntType(32), LINE)
        factor = builder.shuffle_vector(
            builder.insert_element(nothing, arguments[1], ir.IntType(32)(0)),
            nothing,
            ir.Constant(lanes, [0] * LINE),
        )
        product = builder.fmul(factor, builder.load(item, align=4))
        builder.store(builder.fadd(builder.load(score, align=4), product), score, align=4)
        return context.get_dummy_value()

    return types.void(scores, types.float32, rows, row, first), code


@compiled
def add_rows(scores: Floats, places: Places, values: Floats, count: int, weights: Floats) -> None:
    """Add rows of weights times values to scores, whose number is a multiple of :data:`LINE`."""
    for first in range(0, len(scores), LINE):
        for n in range(count):
            _add_line(scores, values[n], weights, places[n], first)


@compiled
def norm(values: Floats, first: int, last: int) -> np.float32:
    """Return the length of a vector, squares summed as ``np.add.reduceat`` sums: the first, then the rest."""
    if first == last:
        return np.float32(0)
    square = values[first] * values[first] + pairwise_squares(values, first + 1, last - first - 1)
    return np.float32(np.sqrt(square))


@compiled
def pairwise_squares(values: Floats, first: int, count: int) -> np.float32:
    """Return the sum of squares in NumPy's order: halves down to 128 items, each half before their sum."""
    if count <= 128:
        return _short_squares(values, first, count)
    sums, found = np.empty(64, np.float32), 0
    firsts, counts, open_ = np.empty(128, np.int64), np.empty(128, np.int64), 1
    firsts[0], counts[0] = first, count
    while open_:
        open_ -= 1
        first, count = firsts[open_], counts[open_]
        if count < 0:
            found -= 1
            sums[found - 1] += sums[found]
        elif count <= 128:
            sums[found] = _short_squares(values, first, count)
            found += 1
        else:
            half = count // 2
            half -= half % 8
            counts[open_] = -1
            firsts[open_ + 1], counts[open_ + 1] = first + half, count - half
            firsts[open_ + 2], counts[open_ + 2] = first, half
            open_ += 3
    total: np.float32 = sums[0]
    return total


@compiled
def _short_squares(values: Floats, first: int, count: int) -> np.float32:
    """Return the sum of squares of at most 128 items: eight running sums, then what is left."""
    total, whole = np.float32(0), 0
    if count >= 8:
        whole = count - count % 8
        a, b, c, d, e, f, g, h = _eight_squares(values, first)
        for n in range(first + 8, first + whole, 8):
            i, j, k, l, m, o, p, q = _eight_squares(values, n)  # noqa: E741
            a, b, c, d, e, f, g, h = a + i, b + j, c + k, d + l, e + m, f + o, g + p, h + q
        total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for n in range(first + whole, first + count):
        total += values[n] * values[n]
    return total


@compiled
def _eight_squares(values: Floats, n: int) -> tuple[np.float32, ...]:
    a, b, c, d = values[n], values[n + 1], values[n + 2], values[n + 3]
    e, f, g, h = values[n + 4], values[n + 5], values[n + 6], values[n + 7]
    return a * a, b * b, c * c, d * d, e * e, f * f, g * g, h * h
