"""The course of one spike: when it began (with an interval), peaked, recovered and ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sentiment.incidents.minutes import Flags, Floats
from sentiment.incidents.surprise import LONG_WINDOWS, WINDOWS
from sentiment.incidents.trailing import trailing_sum

QUIET_MINUTES: Final = 30
QUIET_SHARE: Final = 0.8
SMOOTH_MINUTES: Final = 10
PEAK_POSTS: Final = 100.0
"""Posts that the busiest bucket should hold: fewer, and its minute is a matter of luck."""
_INTERVAL_DROP: Final = 1.92
"""Half the 95 % point of chi-square(1): how far the log likelihood may fall inside the onset's interval."""


@dataclass(frozen=True, slots=True)
class Onset:
    """Row at which counts changed, with the rows that fit the data almost as well."""

    row: int
    low: int
    high: int

    def shifted(self, rows: int) -> Onset:
        """Return the same onset in rows counted from elsewhere."""
        return Onset(self.row + rows, self.low + rows, self.high + rows)


@dataclass(frozen=True, slots=True)
class Course:
    """Rows of the landmarks; ``None`` where the data end before they are reached."""

    onset: Onset
    escalation: int
    peak: int
    peak_rows: int
    recovery: int | None
    end: int | None

    def shifted(self, rows: int) -> Course:
        """Return the same course in rows counted from elsewhere."""
        later = [None if at is None else at + rows for at in (self.recovery, self.end)]
        return Course(
            self.onset.shifted(rows),
            self.escalation + rows,
            self.peak + rows,
            self.peak_rows,
            later[0],
            later[1],
        )


def locate_onset(values: Floats, expected: Floats, *, alarm: int, first: int) -> Onset:
    """Find where a raised rate best explains the counts up to the alarm.

    Maximises the Poisson log likelihood ratio of "as expected before row r, k times as much from r on"
    over r, k free; the interval holds the rows whose profile likelihood is within 1.92 of the best.

    Args:
        values: Counts, shape ``(n,)``.
        expected: Expected counts, shape ``(n,)``.
        alarm: Row of the alarm.
        first: Earliest row the onset may have.

    >>> locate_onset(np.array([1.0, 1, 0, 1, 9, 9]), np.ones(6), alarm=5, first=0)
    Onset(row=4, low=4, high=4)
    """
    first = min(first, alarm)
    seen = np.cumsum(values[first : alarm + 1][::-1])[::-1]
    usual = np.maximum(np.cumsum(expected[first : alarm + 1][::-1])[::-1], 1e-9)
    above = seen > usual
    ratio = np.where(above, np.maximum(seen, 1e-9) / usual, 1.0)
    likelihood = np.where(above, seen * np.log(ratio) - seen + usual, 0.0)
    best = int(np.argmax(likelihood))
    fitting = np.flatnonzero(likelihood >= likelihood[best] - _INTERVAL_DROP)
    return Onset(first + best, first + int(fitting[0]), first + int(fitting[-1]))


def follow(
    values: Floats,
    expected: Floats,
    dispersion: Floats,
    *,
    onset: Onset,
    last_alarm: int,
    scale: float,
    width: float,
    recovery_minutes: int,
) -> Course:
    """Follow a spike from its onset to its end.

    Args:
        values: Counts, shape ``(n,)``.
        expected: Expected counts without the spike.
        dispersion: Extra relative variance of the expectation.
        onset: Where it began.
        last_alarm: Row of the last alarm known to belong to it: it cannot end before.
        scale: Minutes of the window that raised the alarm.
        width: Minutes a bucket.
        recovery_minutes: Minutes below half of the excess that count as recovery.
    """
    smooth = _rows(max(SMOOTH_MINUTES, scale), width)
    end = _end(values, expected, dispersion, last_alarm, smooth, _rows(max(QUIET_MINUTES, scale), width))
    stop = len(values) if end is None else max(end, onset.row + 1)
    peak, peak_rows = busiest(values, onset.row, stop, width)
    excess = _centred(values, smooth) - _centred(expected, smooth)
    half = max(float(excess[onset.row : stop].max()), 0.0) / 2.0
    raised = np.flatnonzero(excess[onset.row : peak + 1] >= half)
    escalation = onset.row + int(raised[0]) if len(raised) else peak
    run = first_run(
        excess < half, max(peak, last_alarm if end is None else peak), _rows(recovery_minutes, width)
    )
    recovery = run if run is not None and (end is None or run <= end) else end
    return Course(onset, escalation, peak, peak_rows, recovery, end)


def _end(
    values: Floats, expected: Floats, dispersion: Floats, start: int, smooth: int, quiet: int
) -> int | None:
    usual = trailing_sum(expected, smooth)
    band = usual + 2.0 * np.sqrt(usual + dispersion * usual**2)
    run = first_run(trailing_sum(values, smooth) <= band, start, quiet, share=QUIET_SHARE)
    # The trailing sum comes down half a window after the counts do.
    return None if run is None else max(start, run - smooth // 2)


def first_run(state: Flags, start: int, length: int, *, share: float = 1.0) -> int | None:
    """Return the first row from ``start`` on that begins a state of ``length`` rows, or None.

    With a ``share`` below 1, so many of the rows are enough: one noisy minute does not undo quiet.

    >>> first_run(np.array([True, False, True, True]), 0, 2)
    2
    """
    holds = trailing_sum(state[start:].astype(np.float64), length)[length - 1 :]
    found = np.flatnonzero((holds >= share * length) & state[start : start + len(holds)])
    return start + int(found[0]) if len(found) else None


def busiest(values: Floats, start: int, stop: int, width: float) -> tuple[int, int]:
    """Return the middle row of the busiest bucket in ``[start, stop)`` and the bucket's rows.

    The bucket is the shortest window that holds at least 100 posts, else the longest that fits.

    >>> busiest(np.array([0.0, 150.0, 0.0]), 0, 3, 1.0)
    (1, 1)
    """
    inside = values[start:stop]
    best = (start + int(np.argmax(inside)), 1)
    for minutes in (*WINDOWS, *LONG_WINDOWS):
        rows = _rows(minutes, width)
        if rows > len(inside):
            break
        sums = np.convolve(inside, np.ones(rows), mode="valid")
        first = int(np.argmax(sums))
        best = (start + first + rows // 2, rows)
        if sums[first] >= PEAK_POSTS:
            break
    return best


def _rows(minutes: float, width: float) -> int:
    return max(1, round(minutes / width))


def _centred(values: Floats, rows: int) -> Floats:
    total = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low, high = np.maximum(at - rows // 2, 0), np.minimum(at - rows // 2 + rows, len(values))
    return np.asarray((total[high] - total[low]) / np.maximum(high - low, 1))
