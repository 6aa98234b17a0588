"""The loops behind seasonal baselines, compiled where the baselines of many series are asked for.

Every sum is taken in NumPy's order, so the numbers are those of :mod:`sentiment.incidents.baseline` to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sentiment.incidents.counts import Floats, Integers
from sentiment.text.block.compiling import can_compile, compiled

LONGEST: Final = 128
"""NumPy adds longer rows in halves; no look-back of ours is that long."""
FEW_BLOCKS: Final = 200_000
"""Quarter hours of baselines that a process works out without compiled loops: loading numba costs as much."""


@dataclass
class Loops:
    """Compiled loops for a process that has worked out many baselines, none before.

    Attributes:
        few: Blocks worked out without them.
    """

    few: int = FEW_BLOCKS
    _made: tuple[Callable[..., Any], Callable[..., Any]] | None = None

    def ready(self, blocks: int) -> bool:
        """Count blocks whose baseline is asked for; return whether loops should work it out."""
        self.few -= blocks
        return self.few < 0 and can_compile()

    def compared(self, *arrays: Any) -> None:
        """Fill winsorised posts and exposure: see :func:`compare`."""
        self._loops()[0](*arrays)

    def seasonal(self, *arrays: Any) -> None:
        """Fill weighted posts of the past days: see :func:`remember`."""
        self._loops()[1](*arrays)

    def _loops(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        if self._made is None:
            self._made = (compiled(compare), compiled(remember))
        return self._made


LOOPS: Final = Loops()


def compare(
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
        high, known, shown = False, 0, 0
        for b in range(first, i):
            high = high or sums[b] > always
        if high:
            for b in range(first, i):
                if expected[b] > 0.0:
                    known += 1
                    if rate[b] > 0.0:
                        k = shown - 1
                        while k >= 0 and ordered[k] > rate[b]:
                            ordered[k + 1] = ordered[k]
                            k -= 1
                        ordered[k + 1] = rate[b]
                        shown += 1
            low, up = max(known - 1, 0) // 2 - known + shown, known // 2 - known + shown
            median = ((ordered[low] if low >= 0 else 0.0) + (ordered[up] if up >= 0 else 0.0)) / 2.0
        for part in range(2):
            row[: length - i + first] = 0.0
            for b in range(first, i):
                j = b - i + length
                row[j] = expected[b] if part == 1 else kept[b]
                if part == 0 and high and sums[b] > always and expected[b] > 0.0:
                    room = np.sqrt(max(median * expected[b], 0.0) + 1.0) * 3.0 / max(expected[b], least)
                    row[j] = min(rate[b], room + 1.3 * median) * expected[b]
            total, whole = 0.0, length - length % 8 if length >= 8 else 0
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
            out[part, i] = total


def remember(cells: Floats, minutes: Floats, weights: Floats, always: float, seen: Floats) -> None:
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
            high, known, shown = False, 0, 0
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
                        k = shown - 1
                        while k >= 0 and ordered[k] > rates[j]:
                            ordered[k + 1] = ordered[k]
                            k -= 1
                        ordered[k + 1] = rates[j]
                        shown += 1
                low, up = max(known - 1, 0) // 2 - known + shown, known // 2 - known + shown
                median = ((ordered[low] if low >= 0 else 0.0) + (ordered[up] if up >= 0 else 0.0)) / 2.0
            total = 0.0
            for past in range(first, day):
                rate = rates[past - first]
                if high and cells[past, slot] > always and rate > 0.0:
                    exposure = minutes[past, slot]
                    room = np.sqrt(max(median * exposure, 0.0) + 1.0) * 3.0 / exposure
                    rate = min(rate, room + 1.5 * median)
                total += rate * weights[day, slot, past - day + history]
            seen[day, slot] = total
