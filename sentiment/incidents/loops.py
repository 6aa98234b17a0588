"""The loops behind seasonal baselines and their bounds, compiled: loaded where many series are read.

Every sum is taken in NumPy's order, so the numbers are to the bit those of the functions that do without.
"""

from __future__ import annotations

import numpy as np

from sentiment.incidents.counts import Flags, Floats, Integers
from sentiment.text.block.compiling import compiled


@compiled
def summed(row: Floats) -> float:
    """Return the sum of a row of at most 128, added as NumPy adds it: eight sums side by side."""
    length, total = len(row), 0.0
    whole = length - length % 8
    if whole:
        s, t, u, v = row[0], row[1], row[2], row[3]
        w, x, y, z = row[4], row[5], row[6], row[7]
        for j in range(8, whole, 8):
            s += row[j]
            t += row[j + 1]
            u += row[j + 2]
            v += row[j + 3]
            w += row[j + 4]
            x += row[j + 5]
            y += row[j + 6]
            z += row[j + 7]
        total = ((s + t) + (u + v)) + ((w + x) + (y + z))
    for j in range(whole, length):
        total += row[j]
    return total


@compiled
def insert(ordered: Floats, shown: int, value: float) -> None:
    """Put a value into its place among the first ``shown``."""
    k = shown - 1
    while k >= 0 and ordered[k] > value:
        ordered[k + 1] = ordered[k]
        k -= 1
    ordered[k + 1] = value


@compiled
def median(ordered: Floats, shown: int, known: int) -> float:
    """Return the median of ``known`` values of which the largest ``shown`` are given and the others 0."""
    low, up = max(known - 1, 0) // 2 - known + shown, known // 2 - known + shown
    return ((ordered[low] if low >= 0 else 0.0) + (ordered[up] if up >= 0 else 0.0)) / 2.0


@compiled
def cut(rate: float, middle: float, exposure: float, slack: float) -> float:
    """Return a rate cut above ``slack`` times the median plus three Poisson deviations."""
    room = np.sqrt(max(middle * exposure, 0.0) + 1.0) * 3.0 / exposure
    return float(min(rate, room + slack * middle))


@compiled
def compare(  # noqa: C901 - one pass over memory
    sums: Floats,
    season: Floats,
    day: Integers,
    slot: Integers,
    minutes: Floats,
    reach: Integers,
    length: int,
    least: float,
    always: float,
    out: Floats,
) -> None:
    """Fill posts, cut where unusual, and exposure of the blocks before each block.

    Args:
        sums: Posts of each block.
        season: Posts a minute by day and slot.
        day: Position of each block's day.
        slot: Block of the day.
        minutes: Observed minutes.
        reach: Blocks to look back.
        length: The most of them.
        least: Least divisor.
        always: Posts that no cut takes away.
        out: To be filled, shape ``(2, blocks)``: posts, exposure.
    """
    expected, rate, kept = np.zeros(len(sums)), np.zeros(len(sums)), np.zeros(len(sums))
    row, ordered = np.zeros(length), np.zeros(length)
    for i in range(len(sums)):
        # Within a day the past is compared with one season: only its first block looks at all of it.
        for b in range(max(i - length, 0) if i == 0 or day[i] != day[i - 1] else i - 1, i):
            expected[b] = season[day[i], slot[b]] * minutes[b]
            rate[b] = sums[b] / max(expected[b], least) if sums[b] > 0.0 else 0.0
            kept[b] = rate[b] * expected[b]
        first = max(i - min(length, reach[i]), 0)
        high, known, shown, middle = False, 0, 0, 0.0
        for b in range(first, i):
            high = high or sums[b] > always
        if high:
            for b in range(first, i):
                if expected[b] > 0.0:
                    known += 1
                    if rate[b] > 0.0:
                        insert(ordered, shown, rate[b])
                        shown += 1
            middle = median(ordered, shown, known)
        for part in range(2):
            row[: length - i + first] = 0.0
            for b in range(first, i):
                j = b - i + length
                row[j] = expected[b] if part == 1 else kept[b]
                if part == 0 and high and sums[b] > always and expected[b] > 0.0:
                    row[j] = cut(rate[b], middle, max(expected[b], least), 1.3) * expected[b]
            out[part, i] = summed(row)


@compiled
def remember(  # noqa: C901 - one pass over memory
    cells: Floats, minutes: Floats, weights: Floats, always: float, seen: Floats
) -> None:
    """Fill the weighted posts a minute of the days before each day, cut where unusual.

    Args:
        cells: Posts around each slot, shape ``(days, slots)``.
        minutes: Minutes observed around each slot, same shape.
        weights: Of the days before, shape ``(days, slots, history)``.
        always: Posts that no cut takes away.
        seen: To be filled, shape ``(days, slots)``.
    """
    history = weights.shape[2]
    rates, ordered = np.zeros(history), np.zeros(history)
    for day in range(cells.shape[0]):
        first = max(day - history, 0)
        for slot in range(cells.shape[1]):
            high, known, shown, middle = False, 0, 0, 0.0
            for past in range(first, day):
                posts = cells[past, slot]
                high = high or posts > always
                rates[past - first] = 0.0
                if minutes[past, slot] > 0:
                    known += 1
                    if posts > 0.0:
                        rates[past - first] = posts / minutes[past, slot]
            if high:
                for j in range(day - first):
                    if rates[j] > 0.0:
                        insert(ordered, shown, rates[j])
                        shown += 1
                middle = median(ordered, shown, known)
            total = 0.0
            for past in range(first, day):
                rate = rates[past - first]
                if high and cells[past, slot] > always and rate > 0.0:
                    rate = cut(rate, middle, minutes[past, slot], 1.5)
                total += rate * weights[day, slot, past - day + history]
            seen[day, slot] = total


@compiled
def suspect(
    counted: Floats,
    usual: Floats,
    posted: Integers,
    until: Integers,
    sizes: Integers,
    long: Flags,
    limits: tuple[float, float, float, float, float],
    marked: Flags,
) -> None:
    """Mark the windows whose count is far enough above the least that can have been expected.

    Args:
        counted: Running total of the counts.
        usual: Running total of the expected counts.
        posted: Buckets that hold a post.
        until: The next of them.
        sizes: Buckets of each window.
        long: Windows that are looked at only where the one before expects little.
        limits: That little; least count; least dispersion; standard deviations; factor against rounding.
        marked: To be filled, shape ``(windows, posted)``.
    """
    full, few, least, far, caution = limits
    shorter = np.zeros(len(posted))
    for w in range(len(sizes)):
        size, seen = sizes[w], False
        for k in range(len(posted)):
            at = posted[k]
            stop = min(until[k], at + size)
            common = usual[at] - (usual[stop - size - 1] if stop > size else 0.0)
            common = max(common * caution, 1e-9)
            asked = counted[at] - (counted[at - size] if at >= size else 0.0)
            if not long[w] or shorter[k] < full:
                seen = True
                limit = common + far * np.sqrt(common + least * common * common)
                marked[w, k] = asked * (2.0 - caution) >= few and asked * (2.0 - caution) > limit * caution
            shorter[k] = common
        if not seen:
            break
