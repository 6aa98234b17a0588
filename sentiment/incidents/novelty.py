"""How new the present volume is to the series itself: what ranks the alarms of a series that leaps often.

Surprise says whether counts fit the expectation; a series that leaps every day surprises every day. Novelty
says
how far the counts lie beyond what this series has shown before, on a scale that means the same everywhere.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sentiment.incidents.baseline import Expectation, Series
from sentiment.incidents.minutes import DAY, Floats
from sentiment.incidents.trailing import trailing_sum

SCALES: Final = (15, 30, 60, 120)
"""Minutes of the trailing sums compared with their own past."""
BLOCK_MINUTES: Final = 15
PAST_DAYS: Final = 28
TAIL: Final = 0.01
"""Share of the past beyond which the tail is taken for exponential."""
TAIL_PRIOR: Final = 0.5
"""Mean excess over that point in log units, assumed with the weight of one block."""
MIN_BLOCKS: Final = 20
LEVELS: Final = tuple(0.5 * 1.5**step for step in range(17))
"""Steps of novelty (decades of tail probability) at which an alarm is told again."""


def novelty(series: Series, expectation: Expectation) -> Floats:
    """Return how far each bucket's counts lie beyond the series' own past, in decades, shape ``(n,)``.

    The mean over four scales and over log volume and log excess of -log10 of the share of the last 28 days
    that
    was as high, beyond its 99 % point by an exponential tail (0 below that point). The past is the one
    known at the
    start of the day; NaN until that holds a day.

    >>> from sentiment.incidents.baseline import SeasonalBaseline
    >>> minutes = np.arange(0.0, 4 * 1440.0)
    >>> steady = np.where(minutes == 5000.0, 40.0, 1.0)
    >>> one = Series(minutes, steady, 1.0)
    >>> new = novelty(one, SeasonalBaseline().expect(one))
    >>> bool(np.isnan(new[1439])), bool(new[4999] == 0), bool(new[5000] > 2)
    (True, True, True)
    """
    found = np.zeros(len(series.values))
    for minutes in SCALES:
        rows = max(1, round(minutes / series.width))
        posts, usual = trailing_sum(series.values, rows), trailing_sum(expectation.mean, rows)
        for value in (np.log1p(posts), np.log1p(posts) - np.log1p(usual)):
            found += _beyond_past(value, series) / (2 * len(SCALES))
    return found


def told(new: Floats, minutes: Floats, *, renotify: float) -> Floats:
    """Return the level told at each bucket: a level speaks once, then rests for ``renotify`` minutes.

    Args:
        new: Novelty in decades, shape ``(n,)``; -inf where nothing may be told.
        minutes: Time of each value in minutes, increasing.
        renotify: Minutes for which a level stays silent once told.

    Returns:
        The highest level told at each bucket, 0 where none is.

    >>> told(np.array([0.0, 1.0, 1.0, 9.0]), np.arange(4.0), renotify=60.0).round(2).tolist()
    [0.0, 0.75, 0.0, 8.54]
    """
    highest = np.zeros(len(new))
    for level in LEVELS:
        at = np.flatnonzero(new >= level)
        times, place = minutes[at], 0
        while place < len(at):
            highest[at[place]] = level  # levels rise, so the last one written is the highest
            place = int(np.searchsorted(times, times[place] + renotify, side="right"))
    return highest


def _beyond_past(value: Floats, series: Series) -> Floats:
    length = max(float(BLOCK_MINUTES), series.width)
    ends = np.flatnonzero(np.diff(np.floor_divide(series.minutes, length), append=np.inf))
    blocks, stops = value[ends], series.minutes[ends]
    days, day = np.unique(np.floor_divide(series.minutes, DAY), return_inverse=True)
    needed, kept = max(MIN_BLOCKS, round(DAY / length)), round(PAST_DAYS * DAY / length)
    point, excess = np.full(len(days), np.nan), np.ones(len(days))
    for number, known in enumerate(np.searchsorted(stops, days * DAY).tolist()):
        if known >= needed:
            past = blocks[max(0, known - kept) : known]
            point[number] = np.quantile(past, 1.0 - TAIL)
            above = past[past > point[number]] - point[number]
            excess[number] = (above.sum() + TAIL_PRIOR) / (len(above) + 1.0)
    beyond = (value - point[day]) / excess[day]
    return np.where(beyond <= 0, 0.0, beyond / np.log(10.0) - np.log10(TAIL))
