"""Minutes of the wall clock, and the sums and distinct values of whole columns."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from sentiment.mapped import stretches
from sentiment.schema import TIME, ZONE

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int32]

DAY: Final = 1440
CLOCKS_FIXED: Final = 22 * 365 * DAY
"""Minute from which Shanghai's clocks were never changed again (the last change was in September 1991)."""
GAP_SIDE: Final = 10
"""Minutes on each side of an empty run that show how busy the crawl was."""
GAP_BUSY: Final = 30
"""Posts those minutes must hold: bursts of a sparse series are no sign of a crawl gap."""
GAP_EXPECTED: Final = 18.4
"""Posts that an empty run should have held: e^-18.4 is one in a hundred million."""


def wall_minutes(times: pd.Series) -> Integers:
    """Return the Shanghai wall-clock minute number of each time, shape ``(n,)``.

    >>> wall_minutes(pd.Series(pd.to_datetime(["1970-01-01 00:05:30+08:00"]))).tolist()
    [5]
    """
    if times.dt.tz is not None:
        since = pd.DatetimeIndex(times).asi8
        minutes = np.asarray(since // (pd.Timedelta(minutes=1) // pd.Timedelta(1, times.dt.unit)))
        if len(minutes) and minutes.min() >= CLOCKS_FIXED:
            return minutes + 480
        times = times.dt.tz_convert(ZONE).dt.tz_localize(None)
    return np.asarray(pd.DatetimeIndex(times).as_unit("s").asi8, dtype=np.int64) // 60


def minute_times(minutes: Integers) -> pd.DatetimeIndex:
    """Return wall-clock minute numbers as Shanghai times.

    >>> str(minute_times(np.array([5]))[0])
    '1970-01-01 00:05:00+08:00'
    """
    wall = np.asarray(minutes, dtype=np.int64)
    if len(wall) and wall.min() >= CLOCKS_FIXED:  # eight hours ahead ever since: no table to look into
        stamps = wall - 480
        stamps *= 60_000_000_000
        return pd.DatetimeIndex(stamps, dtype=TIME)
    stamps = wall.astype("datetime64[m]").astype("datetime64[ns]")
    # Clocks went forward in some years before 1992: an hour that never was moves to the next one.
    return pd.DatetimeIndex(stamps).tz_localize(ZONE, nonexistent="shift_forward", ambiguous=False)


def active_minutes(minutes: Integers) -> Integers:
    """Return all minutes of the days with a post, from the first post to the last.

    >>> len(active_minutes(np.array([0, 3 * 1440 + 9])))
    1450
    """
    if len(minutes) == 0:
        return np.zeros(0, dtype=np.int64)
    each = [distinct(np.floor_divide(minutes[part], DAY)) for part in stretches(len(minutes))]
    days = distinct(np.concatenate(each))
    grid: Integers = (days[:, None] * DAY + np.arange(DAY)).ravel()
    inside: Integers = grid[(grid >= minutes.min()) & (grid <= minutes.max())]
    return inside


def crawl_gaps(minutes: Integers, posts: Integers) -> Integers:
    """Return the empty minutes that a busy crawl cannot have been without: capped hours, a stopped crawler.

    A run of empty minutes is a gap when the ten minutes on both sides are busy enough to make it a chance
    of less than one in a hundred million. Those minutes are unknown, not zero.

    Args:
        minutes: Ascending minute numbers with a post, shape (n,).
        posts: Posts in each, shape (n,).

    >>> busy = np.concatenate([np.arange(10), np.arange(60, 70)])
    >>> len(crawl_gaps(busy, np.full(20, 5)))
    50
    """
    if len(minutes) < 2:
        return np.zeros(0, dtype=np.int64)
    summed = np.concatenate([[0], np.cumsum(posts)])
    before = summed[1:] - summed[np.searchsorted(minutes, minutes - GAP_SIDE + 1)]
    after = summed[np.searchsorted(minutes, minutes + GAP_SIDE)] - summed[:-1]
    empty = np.diff(minutes) - 1
    expected = empty * np.minimum(before[:-1], after[1:]) / GAP_SIDE
    busy = np.minimum(before[:-1], after[1:]) >= GAP_BUSY
    runs = np.flatnonzero((expected > GAP_EXPECTED) & busy)
    parts = [np.arange(minutes[run] + 1, minutes[run + 1], dtype=np.int64) for run in runs]
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def distinct(values: Integers) -> Integers:
    """Return the distinct values in ascending order (faster than a hash table where most differ).

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(values)
    return ordered[np.concatenate([[True], np.diff(ordered) != 0])] if len(ordered) else ordered


def sum_at(place: Integers, weights: Floats, size: int) -> Floats:
    """Return the sums of weights by place, shape ``(size,)``.

    >>> sum_at(np.array([0, 2, 2]), np.array([1.0, 2.0, 3.0]), 3).tolist()
    [1.0, 0.0, 5.0]
    """
    return np.asarray(np.bincount(place, weights=weights, minlength=size), dtype=np.float64)
