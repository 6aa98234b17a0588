"""Sums in single precision, in the order in which NumPy and SciPy add, so that they are equal to the last bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.compiling import compiled

Floats = NDArray[np.float32]
Places = NDArray[np.int64]


@compiled
def add_rows(scores: Floats, places: Places, values: Floats, count: int, weights: Floats) -> None:
    """Add rows of weights times values to scores, whose number is a multiple of eight."""
    for k in range(0, len(scores), 8):
        _add_eight(scores[k : k + 8], places, values, count, weights, k)


@compiled
def _add_eight(
    scores: Floats, places: Places, values: Floats, count: int, weights: Floats, first: int
) -> None:
    """Add the weights of eight scores: eight variables stay in registers, items of an array would not."""
    a, b, c, d = scores[0], scores[1], scores[2], scores[3]
    e, f, g, h = scores[4], scores[5], scores[6], scores[7]
    for n in range(count):
        row, value = weights[places[n]], values[n]
        a += value * row[first]
        b += value * row[first + 1]
        c += value * row[first + 2]
        d += value * row[first + 3]
        e += value * row[first + 4]
        f += value * row[first + 5]
        g += value * row[first + 6]
        h += value * row[first + 7]
    scores[0], scores[1], scores[2], scores[3] = a, b, c, d
    scores[4], scores[5], scores[6], scores[7] = e, f, g, h


@compiled
def norm(values: Floats, first: int, last: int) -> np.float32:
    """Return the length of a vector, squares summed as ``np.add.reduceat`` sums: the first, then the rest."""
    if first == last:
        return np.float32(0)
    return np.sqrt(values[first] * values[first] + pairwise_squares(values, first + 1, last - first - 1))


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
