"""The loops behind seasonal baselines and their bounds, compiled: loaded where many series are read.

Every sum is taken in NumPy's order, so the numbers are to the bit those of the functions that do without.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from sentiment.incidents.minutes import Flags, Floats, Integers
from sentiment.text.block.compiling import compiled

TERMS: Final = 8
"""Terms of a tail beyond the first that are looked at."""
ROUNDING: Final = 1e-10
"""Part of a running total that rounding cannot reach in 400,000 rows."""


@compiled
def summed(values: Floats, first: int, length: int) -> float:
    """Return the sum of at most 128 values, added as NumPy adds a row of them: eight sums side by side."""
    total, whole = 0.0, length - length % 8
    if whole:
        s, t, u, v = values[first], values[first + 1], values[first + 2], values[first + 3]
        w, x, y, z = values[first + 4], values[first + 5], values[first + 6], values[first + 7]
        for j in range(first + 8, first + whole, 8):
            s += values[j]
            t += values[j + 1]
            u += values[j + 2]
            v += values[j + 3]
            w += values[j + 4]
            x += values[j + 5]
            y += values[j + 6]
            z += values[j + 7]
        total = ((s + t) + (u + v)) + ((w + x) + (y + z))
    for j in range(first + whole, first + length):
        total += values[j]
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
def remove(ordered: Floats, shown: int, value: float) -> None:
    """Take a value from its place among the first ``shown``."""
    k = 0
    while ordered[k] != value:
        k += 1
    for j in range(k, shown - 1):
        ordered[j] = ordered[j + 1]


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

    Within a day the past is compared with one season, so from block to block one rate comes and one goes;
    the first block of a day looks at all of it.

    Args:
        sums: Posts of each block.
        season: Posts a minute by day and slot.
        day: Position of each block's day.
        slot: Block of the day.
        minutes: Observed minutes.
        reach: Blocks to look back, the same throughout a day.
        length: The most of them.
        least: Least divisor.
        always: Posts that no cut takes away.
        out: To be filled, shape ``(2, blocks)``: posts, exposure.
    """
    # Block b stands at b + length: those before the first are 0, and so are those out of reach.
    expected, kept = np.zeros(len(sums) + length), np.zeros(len(sums) + length)
    rate, ordered, row = np.zeros(len(sums)), np.zeros(length + 1), np.zeros(length)
    high = np.zeros(len(sums), dtype=np.int64)
    start = known = shown = lowest = highest = 0
    for i in range(len(sums)):
        first, fresh = max(i - min(length, reach[i]), 0), i == 0 or day[i] != day[i - 1]
        if fresh:
            expected[i : i + length] = 0.0
            kept[i : i + length] = 0.0
            start, known, shown, lowest, highest = first, 0, 0, 0, 0
        for b in range(first if fresh else max(i - 1, first), i):
            usual = season[day[i], slot[b]] * minutes[b]
            rate[b] = sums[b] / max(usual, least) if sums[b] > 0.0 else 0.0
            expected[b + length], kept[b + length] = usual, rate[b] * usual
            if usual > 0.0:
                known += 1
                if rate[b] > 0.0:
                    insert(ordered, shown, rate[b])
                    shown += 1
                if sums[b] > always:
                    high[highest] = b
                    highest += 1
        for b in range(start, first):
            if expected[b + length] > 0.0:
                known -= 1
                if rate[b] > 0.0:
                    remove(ordered, shown, rate[b])
                    shown -= 1
            if lowest < highest and high[lowest] == b:
                lowest += 1
            expected[b + length] = kept[b + length] = 0.0
        start = first
        out[0, i], out[1, i] = summed(kept, i, length), summed(expected, i, length)
        if lowest == highest:
            continue
        middle, changed = median(ordered, shown, known), False
        for k in range(lowest, highest):
            b = high[k]
            if rate[b] > 1.3 * middle:
                less = cut(rate[b], middle, max(expected[b + length], least), 1.3)
                if less < rate[b]:
                    if not changed:
                        row[:] = kept[i : i + length]
                        changed = True
                    row[b - i + length] = less * expected[b + length]
        if changed:
            out[0, i] = summed(row, 0, length)


@compiled
def remember(cells: Floats, minutes: Floats, weights: Floats, always: float, seen: Floats) -> None:
    """Fill the weighted posts a minute of the days before each day, cut where unusual.

    From day to day one rate comes and one goes.

    Args:
        cells: Posts around each slot, shape ``(days, slots)``.
        minutes: Minutes observed around each slot, same shape.
        weights: Of the days before, shape ``(days, history, slots)``.
        always: Posts that no cut takes away.
        seen: To be filled, shape ``(days, slots)``.
    """
    (days, slots), history = cells.shape, weights.shape[1]
    rates, ordered = np.zeros((days, slots)), np.zeros((slots, history + 1))
    known, shown = np.zeros(slots, dtype=np.int64), np.zeros(slots, dtype=np.int64)
    high, middle = np.zeros(slots, dtype=np.int64), np.zeros(slots)
    for day in range(days):
        for slot in range(slots if day else 0):
            new, old = day - 1, day - 1 - history
            if minutes[new, slot] > 0:
                known[slot] += 1
                if cells[new, slot] > 0.0:
                    rates[new, slot] = cells[new, slot] / minutes[new, slot]
                    insert(ordered[slot], shown[slot], rates[new, slot])
                    shown[slot] += 1
            high[slot] += cells[new, slot] > always
            if old >= 0:
                known[slot] -= minutes[old, slot] > 0
                high[slot] -= cells[old, slot] > always
                if rates[old, slot] > 0.0:
                    remove(ordered[slot], shown[slot], rates[old, slot])
                    shown[slot] -= 1
            middle[slot] = median(ordered[slot], shown[slot], known[slot]) if high[slot] > 0 else 0.0
        seen[day] = 0.0
        for past in range(max(day - history, 0), day):
            for slot in range(slots):
                rate = rates[past, slot]
                if cells[past, slot] > always and rate > 1.5 * middle[slot]:
                    rate = cut(rate, middle[slot], minutes[past, slot], 1.5)
                seen[day, slot] += rate * weights[day, past - day + history, slot]


@compiled
def typical(
    stretches: Floats,
    ordered: Floats,
    firsts: Integers,
    lasts: Integers,
    levels: tuple[float, float],
    points: tuple[float, float],
    found: Floats,
) -> None:
    """Fill the typical square and the median of the posts of windows that move a little at a time.

    Args:
        stretches: Squares and posts, shape ``(2, stretches)``.
        ordered: Both of the first window, sorted, with room for one more than the longest window.
        firsts: First stretch of each window, ascending.
        lasts: Last stretch of each window.
        levels: Quantiles of the squares.
        points: What each of them is divided by: the larger quotient is typical.
        found: To be filled, shape ``(2, windows)``: typical squares, median posts.
    """
    one, other = ordered
    squares, posts = stretches
    start, stop = firsts[0], lasts[0] + 1
    for n in range(len(firsts)):
        while start < firsts[n]:
            remove(one, stop - start, squares[start])
            remove(other, stop - start, posts[start])
            start += 1
        while stop <= lasts[n]:
            insert(one, stop - start, squares[stop])
            insert(other, stop - start, posts[stop])
            stop += 1
        quotients = [quantile(one, stop - start, levels[k]) / points[k] for k in range(2)]
        found[0, n], found[1, n] = max(quotients[0], quotients[1]), quantile(other, stop - start, 0.5)


@compiled
def quantile(ordered: Floats, shown: int, q: float) -> float:
    """Return a quantile of the first ``shown`` values, drawn straight between neighbours."""
    place = q * (shown - 1)
    low = int(place)
    if low + 1 >= shown:
        return float(ordered[shown - 1])
    if q == 0.5 and place > low:
        return float((ordered[low] + ordered[low + 1]) / 2.0)
    return float(ordered[low] + (ordered[low + 1] - ordered[low]) * (place - low))


@compiled
def surprises(count: float, expected: float, dispersion: float, threshold: float) -> bool:
    """Tell whether a count may surprise so much; False is certain.

    The first terms of the tail are a part of it: where they alone make it too likely, the rest need not be
    known.
    """
    size = 1.0 / dispersion
    chance = expected / (expected + size)
    first = (
        math.lgamma(count + size)
        - math.lgamma(count + 1.0)
        - math.lgamma(size)
        + count * math.log(chance)
        + size * math.log(size / (expected + size))
    )
    total, term = 0.5, 1.0
    for k in range(TERMS):
        term *= (count + k + size) / (count + k + 1.0) * chance
        total += term
    return -(first + math.log(total)) / math.log(10.0) >= threshold


@compiled
def beyond(count: float, expected: float, dispersion: float, far: float) -> bool:
    """Tell whether a count lies so many standard deviations above the expected one, rounding aside."""
    above = count - expected
    return above > 0.0 and above * above * (1.0 + 1e-9) > far * far * (
        expected + dispersion * expected * expected
    )


@compiled
def climb(steps: Floats, starts: Integers, rows: int) -> Floats:
    """Return the running total before each block and after the last, added row by row.

    Args:
        steps: Value of each row of a block.
        starts: First row of each block.
        rows: All rows.
    """
    before, total = np.zeros(len(steps) + 1), 0.0
    for b in range(len(steps)):
        for _ in range(starts[b], starts[b + 1] if b + 1 < len(steps) else rows):
            total += steps[b]
        before[b + 1] = total
    return before


@compiled
def climb_to(before: Floats, steps: Floats, block: Integers, starts: Integers, rows: Integers) -> Floats:
    """Return the running total of some rows, added row by row from the start of their block on."""
    found = np.empty(len(rows))
    for n in range(len(rows)):
        b = block[rows[n]]
        total = before[b]
        for _ in range(starts[b], rows[n] + 1):
            total += steps[b]
        found[n] = total
    return found


@compiled
def about(before: Floats, steps: Floats, block: Integers, starts: Integers, row: int) -> float:
    """Return the running total of a row, but for rounding; 0 before the first."""
    if row < 0:
        return 0.0
    b = block[row]
    return float(before[b] + steps[b] * (row - starts[b] + 1))


@compiled
def suspect(  # noqa: C901 - one pass over memory
    posted: Integers,
    posts: Floats,
    before: Floats,
    steps: Floats,
    block: Integers,
    starts: Integers,
    sizes: Integers,
    long: Flags,
    limits: tuple[float, float, float, float, float],
    caution: float,
    doubts: Floats,
    warm: Flags,
) -> tuple[Integers, Integers]:
    """Return the windows and the buckets they end at that may surprise enough; none is left out.

    From one post to the next a count can only fall: a stretch is judged first, by the least that can have
    been expected and the least dispersion, then its blocks in the same way, then their buckets.

    Args:
        posted: Buckets that hold a post.
        posts: How many, whole numbers.
        before: Running total of the expected counts before each block.
        steps: Expected count of a bucket by block.
        block: Of each bucket.
        starts: First bucket of each block.
        sizes: Buckets of each window.
        long: Windows, the last ones, that are looked at only where the one before expects little.
        limits: That little; least count; least dispersion; standard deviations; surprise.
        caution: Factor against rounding.
        doubts: Least dispersion by block.
        warm: Whether a block can be judged.

    Returns:
        Window and bucket of each, the windows in order.
    """
    full, few, least, far, surprise = limits
    found, n = np.empty((2, 256), dtype=np.int64), 0
    until, total, rounding = np.append(posted[1:], len(block)), np.empty(len(posted)), ROUNDING * before[-1]
    for k in range(len(posted)):
        total[k] = about(before, steps, block, starts, posted[k]) - rounding
    for w in range(len(sizes)):
        size, smaller = sizes[w], sizes[max(w - 1, 0)]
        count, oldest = 0.0, 0
        for k in range(len(posted)):
            at = posted[k]
            count += posts[k]
            while posted[oldest] <= at - size:
                count -= posts[oldest]
                oldest += 1
            if count < few:
                continue
            if long[w]:
                first = min(until[k], at + smaller) - smaller - 1
                if (total[k] - about(before, steps, block, starts, first)) * caution >= full:
                    continue
            stop = min(until[k], at + size)
            usual = (total[k] - about(before, steps, block, starts, stop - size - 1)) * caution
            if not beyond(count, max(usual, 1e-9), least, far):
                continue
            held, first, row = count, oldest, at
            while row < stop and held >= few:
                b = block[row]
                end = min(stop, starts[b + 1]) if b + 1 < len(starts) else stop
                usual = about(before, steps, block, starts, row) - rounding
                usual = max((usual - about(before, steps, block, starts, end - 1 - size)) * caution, 1e-9)
                if not warm[b] or not beyond(held, usual, doubts[b], far):
                    row = end
                while row < end and held >= few:
                    usual = about(before, steps, block, starts, row) - rounding
                    usual = max((usual - about(before, steps, block, starts, row - size)) * caution, 1e-9)
                    if beyond(held, usual, doubts[b], far) and surprises(held, usual, doubts[b], surprise):
                        if n == found.shape[1]:
                            found = np.concatenate((found, np.empty_like(found)), axis=1)
                        found[0, n], found[1, n] = w, row
                        n += 1
                    row += 1
                    while first <= k and posted[first] <= row - size:
                        held -= posts[first]
                        first += 1
                while first <= k and posted[first] <= row - size:
                    held -= posts[first]
                    first += 1
    return found[0, :n], found[1, :n]
