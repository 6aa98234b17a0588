"""The detector run over one service: which minutes hold unusual volume, complaints and outage evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

import numpy as np

from sentiment.config import DetectionSettings
from sentiment.incidents.baseline import Calendar, Outlook, SeasonalBaseline
from sentiment.incidents.course import QUIET_MINUTES, Course, Onset, follow, locate_onset
from sentiment.incidents.grid import Grid
from sentiment.incidents.minutes import DAY, Flags, Floats, Integers
from sentiment.incidents.surprise import (
    ALARM_SURPRISE,
    FULL_WINDOW,
    LONG_WINDOWS,
    WINDOWS,
    NegativeBinomialTail,
    alarm_surprise,
    share_surprise_at,
    tail_surprise,
)
from sentiment.incidents.trailing import Sparse, trailing_sum

EVIDENCE: Final = ("outage", "complaint")
SELECTED_SHARE: Final = 0.5
"""A usual share of evidence above this means that the crawl was selected on it: its share says nothing."""
SELECTED_DECADES: Final = 1.0
"""So much more surprise an alarm needs where the share cannot confirm it: ten times fewer false alarms."""
GAP_MINUTES: Final = 45
GAP_POSTS: Final = 12.0
"""Two waves are one incident when the quiet between them is at most 45 minutes, twice the detection window,
or
the time in which 12 posts are usual (a day at most): a sparse series cannot show a quiet hour."""
FADED: Final = 0.1
"""An incident that fell to this part of its height and then leaps is followed by another one."""
LEAP: Final = 3.0
SURGE: Final = 2.5
"""A wave in the midst of an incident reaches this many times its busiest ten minutes so far."""
LEAP_DISPERSION: Final = 0.05
FADED_MINUTES: Final = 60
LEAP_MINUTES: Final = 10
SAG_POSTS: Final = 30
"""Posts in ten minutes at the height: with fewer, a sag may be chance."""
LOOKBACK_MINUTES: Final = 120
MIDWAY_MINUTES: Final = 60
MIDWAY_SHARE: Final = 0.2
MIDWAY_FALL: Final = 3.0
MIDWAY_SPREAD: Final = 5
"""Minutes that must hold outage posts: a single burst shows no course."""


@dataclass(frozen=True, slots=True)
class Track:
    """One series of one service.

    Attributes:
        outlook: What was expected of it.
        counted: Its counts.
        loud: Rows that surprise, ascending.
        hot: Which of them raise an alarm: of all posts all do; of outage evidence and complaints those where
            they are unusual in an unusual share.
        scale: Minutes of the window that surprises most at each loud row.
    """

    outlook: Outlook
    counted: Sparse
    loud: Integers
    hot: Flags
    scale: Floats

    @property
    def alarms(self) -> Integers:
        """Rows that raise an alarm, ascending."""
        return self.loud[self.hot]

    def scale_at(self, row: int) -> float:
        """Return minutes of the window that surprises most at a row, loud or not."""
        place = np.searchsorted(self.loud, row)
        if place < len(self.loud) and self.loud[place] == row:
            return float(self.scale[place])
        return float(NegativeBinomialTail().at(self.counted, self.outlook, np.array([row])).scale[0])

    def alarm_scales(self, rows: Integers) -> Floats:
        """Return minutes of the window that surprises most at some rows, 0 where none raises an alarm."""
        alarms = np.append(self.alarms, -1)
        place = np.searchsorted(alarms[:-1], rows)
        return np.where(alarms[place] == rows, np.append(self.scale[self.hot], 0.0)[place], 0.0)


@dataclass(frozen=True, slots=True)
class Signals:
    """Counts of one service with what was expected of them and where they raise an alarm.

    Attributes:
        grid: The counts.
        tracks: By series name.
    """

    grid: Grid
    tracks: Mapping[str, Track]


@dataclass(frozen=True, slots=True)
class Finding:
    """A spike located in one service; times are wall-clock minutes.

    Attributes:
        service: Its name, ``*`` for the total.
        series: The series it was found in.
        onset: Best time of the change.
        low: Earliest fitting time, None where the data begin later.
        high: Latest fitting time.
        escalation: When half of the peak was reached.
        peak: Middle of the busiest bucket.
        peak_minutes: Length of that bucket.
        recovery: When half of the excess had gone.
        end: When counts were usual again, None while they are not.
        stop: End, or the end of the data.
        detected: When the alarm would have come live.
        scale: Minutes of the window that raised it.
        expected_posts: Posts of all kinds expected from onset to stop without it; None without a baseline.
        notes: Codes.
    """

    service: str
    series: str
    onset: float
    low: float | None
    high: float
    escalation: float | None
    peak: float
    peak_minutes: float
    recovery: float | None
    end: float | None
    stop: float
    detected: float
    scale: float
    expected_posts: float | None
    notes: tuple[str, ...]


def grid_calendar(grid: Grid) -> Calendar:
    """Return what the times of a grid alone say, for :func:`read_signals`."""
    return SeasonalBaseline().calendar(grid.minutes.astype(np.float64), float(grid.width))


def read_signals(grid: Grid, calendar: Calendar, settings: DetectionSettings) -> Signals:
    """Run the detector over one service's volume, outage evidence and complaints."""
    threshold = alarm_surprise(settings)
    whole, _ = _track(grid, "all", calendar, threshold)
    tracks = {"all": whole}
    for name in EVIDENCE:
        track, value = _track(grid, name, calendar, threshold)
        tracks[name] = replace(track, hot=_confirmed(track, value, whole, threshold))
    return Signals(grid, tracks)


def _track(grid: Grid, name: str, calendar: Calendar, threshold: float) -> tuple[Track, Floats]:
    """Return one series with its loud rows as hot ones, and the surprise of those."""
    counted = grid.counted(name)
    outlook = SeasonalBaseline().outlook(calendar, counted)
    rule = NegativeBinomialTail()
    loud = rule.loud(counted, outlook, threshold)
    if len(loud) == 0:
        return Track(outlook, counted, loud, np.zeros(0, dtype=bool), np.zeros(0)), np.zeros(0)
    found = rule.at(counted, outlook, loud)
    return Track(outlook, counted, loud, np.ones(len(loud), dtype=bool), found.scale), found.value


def _confirmed(part: Track, value: Floats, whole: Track, threshold: float) -> Flags:
    """Return where unusual evidence has an unusual share too, or stands alone in a crawl made of it."""
    loud = part.loud
    if len(loud) == 0:
        return part.hot
    calm = part.outlook.usual_calm, whole.outlook.usual_calm
    share = share_surprise_at(part.counted, whole.counted, *calm, loud, part.outlook.calendar.blocks.width)
    selected = part.outlook.usual.at(loud) >= SELECTED_SHARE * whole.outlook.usual.at(loud)
    alone = selected & (value >= threshold + SELECTED_DECADES)
    return (share >= threshold) | alone


def longest_window(signals: Signals) -> int:
    """Return the longest detection window in minutes, from the usual rate alone: 2 hours to 2 days."""
    rate = signals.tracks["all"].outlook.median / signals.grid.width
    return next((m for m in (WINDOWS[-1], *LONG_WINDOWS) if rate * m >= FULL_WINDOW), LONG_WINDOWS[-1])


def find_in_service(service: str, signals: Signals, settings: DetectionSettings) -> Iterator[Finding]:
    """Give the spikes of one service in order of time: those with evidence, then those of volume alone."""
    midway = _begun_midway(service, signals, settings)
    free = 0
    if midway is not None:
        yield midway
        free = int(np.searchsorted(signals.grid.minutes, ceil(midway.stop)))
    evidence = np.union1d(signals.tracks["outage"].alarms, signals.tracks["complaint"].alarms)
    taken = [] if midway is None else [midway]
    for name, alarms in (("evidence", evidence), ("all", signals.tracks["all"].alarms)):
        for finding in _waves(service, signals, name, alarms, free, settings):
            if name == "all" and any(overlap(finding, other) for other in taken):
                continue
            taken.append(finding)
            yield finding


def overlap(one: Finding, other: Finding) -> bool:
    """Return whether two findings share time."""
    return one.onset < other.stop and other.onset < one.stop


def _waves(
    service: str, signals: Signals, name: str, alarms: Integers, free: int, settings: DetectionSettings
) -> Iterator[Finding]:
    row = _next(alarms, free)
    while row is not None:
        series = _series_at(signals, row) if name == "evidence" else "all"
        course, waves, row_after = _one_incident(signals, series, alarms, row, free, settings)
        yield _finding(service, signals, series, course, row, waves)
        if course.end is None:
            return
        free, row = course.end, row_after


def _series_at(signals: Signals, row: int) -> str:
    """Return the evidence that alarms at a row or within the next half hour; outage before complaint."""
    ahead = row + max(1, round(30 / signals.grid.width))
    after = _next(signals.tracks["outage"].alarms, row)
    return "outage" if after is not None and after < ahead else "complaint"


def _one_incident(
    signals: Signals, series: str, alarms: Integers, row: int, free: int, settings: DetectionSettings
) -> tuple[Course, int, int | None]:
    """Follow an alarm through its waves; also return the next alarm that belongs to something else."""
    width, track = float(signals.grid.width), signals.tracks[series]
    scale = track.scale_at(row)
    lookback = round(max(LOOKBACK_MINUTES, 2 * scale) / width)
    first = min(max(free, row - lookback), row)
    seen, usual = (each.between(first, row + 1) for each in (track.counted, track.outlook.usual))
    onset = locate_onset(seen, usual, alarm=row - first, first=0).shifted(first)
    rate = float(signals.tracks["all"].outlook.usual.between(onset.row, onset.row + 1)[0]) / width
    gap = max(GAP_MINUTES, 2 * scale, min(GAP_POSTS / rate, DAY)) / width
    last, waves = row, 1
    while True:
        course = _followed(track, onset, last, scale, settings)
        again = _leap(track.counted, course, width, alarm_surprise(settings)) if series in EVIDENCE else None
        if again is not None:
            return replace(course, end=again), waves, again
        after = None if course.end is None else _next_fresh(signals, series, alarms, course.end)
        if after is None or course.end is None or after - course.end > gap:
            return course, waves, after
        last, waves = after, waves + 1


def _followed(track: Track, onset: Onset, last: int, scale: float, settings: DetectionSettings) -> Course:
    """Follow a spike as far as it goes; the rows long after its end are not looked at."""
    width, n = track.outlook.calendar.blocks.width, track.counted.size
    slack = round((2 * max(QUIET_MINUTES, scale) + settings.recovery_minutes) / width) + 2
    first, ahead = max(0, onset.row - slack), max(LOOKBACK_MINUTES / width, slack)
    while True:
        ahead = 2 * ahead
        stop = min(n, last + round(ahead))
        rows = np.arange(first, stop)
        doubt = track.outlook.dispersion(rows, scales=1)[0]
        if track.outlook.days(onset.row) == 0:
            # Without a daily shape the held level ages fast: twice the expectation is still usual.
            doubt = np.maximum(doubt, 0.25)
        course = follow(
            track.counted.between(first, stop),
            track.outlook.held(onset.row, first, stop),
            doubt,
            onset=onset.shifted(-first),
            last_alarm=last - first,
            scale=scale,
            width=width,
            recovery_minutes=settings.recovery_minutes,
        ).shifted(first)
        if stop == n or (course.end is not None and course.end + slack <= stop):
            return course


def _leap(counted: Sparse, course: Course, width: float, threshold: float) -> int | None:
    """Return the row at which another incident begins while this one still fades, or None.

    The first row after the peak whose last ten minutes are three times, and beyond chance, what the quietest
    hour since the peak had, that being below a tenth of the height before.
    """
    few, many = max(1, round(LEAP_MINUTES / width)), max(1, round(FADED_MINUTES / width))
    start, stop = course.onset.row, counted.size if course.end is None else course.end
    inside = counted.between(start, stop)
    if len(inside) <= few + many:
        return None
    short, long = trailing_sum(inside, few), trailing_sum(inside, many) / many
    long[: many - 1] = np.inf
    rows = np.arange(len(inside))
    height = np.maximum.accumulate(np.where(rows >= many - 1, long, 0.0))
    faded = np.where(long < FADED * height, long, np.inf)
    before = np.concatenate([np.full(few, np.inf), np.minimum.accumulate(faded)[:-few]])
    known = np.isfinite(before)
    usual = np.where(known, before * few, 1e9)
    surprise = tail_surprise(short, np.maximum(usual, 1e-9), np.full(len(short), LEAP_DISPERSION), known)
    size = short / few > np.maximum(LEAP * before, LEAP * FADED * height)
    found = np.flatnonzero(known & size & (surprise >= threshold))
    if len(found) == 0:
        return None
    row = int(found[0])
    flat = np.full(row + 1, usual[row] / few)
    return start + locate_onset(inside[: row + 1], flat, alarm=row, first=max(0, row - few)).row


def _next(alarms: Integers, start: int) -> int | None:
    place = int(np.searchsorted(alarms, start))
    return int(alarms[place]) if place < len(alarms) else None


def _next_fresh(signals: Signals, series: str, alarms: Integers, end: int) -> int | None:
    """Return the next alarm whose whole window lies after the end (older ones hold the last wave)."""
    rows = alarms[np.searchsorted(alarms, end) :]
    names = EVIDENCE if series in EVIDENCE else (series,)
    tracks = [signals.tracks[name] for name in names]
    scales = [track.alarm_scales(rows) for track in tracks]
    reach = np.round(np.max(scales, axis=0) / signals.grid.width)
    fresh = rows[rows - reach >= end]
    return int(fresh[0]) if len(fresh) else None


def _finding(service: str, signals: Signals, series: str, course: Course, alarm: int, waves: int) -> Finding:
    minutes, width = signals.grid.minutes, float(signals.grid.width)
    end = None if course.end is None else float(minutes[course.end])
    stop = float(minutes[-1] + width) if end is None else max(end, float(minutes[course.onset.row] + width))
    scale = signals.tracks[series].scale_at(alarm)
    return Finding(
        service=service,
        series=series,
        onset=float(minutes[course.onset.row]),
        low=float(minutes[course.onset.low]),
        high=float(minutes[course.onset.high]),
        escalation=float(minutes[course.escalation]),
        peak=float(minutes[course.peak]),
        peak_minutes=course.peak_rows * width,
        recovery=None if course.recovery is None else float(minutes[course.recovery]),
        end=end,
        stop=stop,
        detected=float(minutes[alarm] + width),
        scale=scale,
        expected_posts=_expected_posts(signals, course.onset.row, stop),
        notes=_notes(signals, series, course, alarm, waves, scale),
    )


def _expected_posts(signals: Signals, row: int, stop: float) -> float:
    # A whole number: a fraction would make a copy of all minutes as floats.
    last = int(np.searchsorted(signals.grid.minutes, ceil(stop)))
    return float(signals.tracks["all"].outlook.held(row, row, last).sum())


def _notes(
    signals: Signals, series: str, course: Course, alarm: int, waves: int, scale: float
) -> tuple[str, ...]:
    told = {
        "short_history": signals.tracks["all"].outlook.days(alarm) == 0,
        "sparse": scale > LOOKBACK_MINUTES,
        "second_wave": waves > 1 or _sags(signals, series, course) or _surges(signals, series, course),
        "ongoing": course.end is None,
    }
    return tuple(code for code, holds in told.items() if holds)


# --- crawls that begin in the middle of it -----------------------------------------------------------------


def _sags(signals: Signals, series: str, course: Course) -> bool:
    """Return whether posts fell below a quarter of their height and came back to half of it."""
    rows = _rows(signals.grid, LEAP_MINUTES)
    recent = trailing_sum(_during(signals, series, course), rows)
    if len(recent) == 0 or recent.max() < SAG_POSTS:
        return False
    high, low = recent >= recent.max() / 2.0, recent < recent.max() / 4.0
    sagged = np.logical_or.accumulate(low & np.logical_or.accumulate(high))
    return bool((sagged & high).any())


def _during(signals: Signals, series: str, course: Course) -> Floats:
    counted = signals.grid.counted(series)
    return counted.between(course.onset.row, counted.size if course.end is None else course.end)


def _surges(signals: Signals, series: str, course: Course) -> bool:
    """Return whether posts, an hour or more after the onset, leapt far above all there had been in it.

    The last ten minutes hold several times the busiest ten before them: no slow climb does that.
    """
    few, hour = (_rows(signals.grid, minutes) for minutes in (LEAP_MINUTES, FADED_MINUTES))
    recent = trailing_sum(_during(signals, series, course), few)
    height = np.maximum.accumulate(recent)[hour:-few]
    later = recent[hour + few :]
    surprise = tail_surprise(
        later, np.maximum(height, 1e-9), np.full(len(later), LEAP_DISPERSION), later > SURGE * height
    )
    return bool((surprise[later >= SAG_POSTS] >= ALARM_SURPRISE).any())


def _begun_midway(service: str, signals: Signals, settings: DetectionSettings) -> Finding | None:
    """Return the outage that was already on when the data begin, if one was.

    No earlier minute can say what is usual, so the evidence must be plain by itself: in the first hour
    enough outage posts, in a large share of all, at a rate that later hours do not keep up.
    """
    grid = signals.grid
    hour = _rows(grid, MIDWAY_MINUTES)
    begin, everything = (grid.counted(name).between(0, hour) for name in ("outage", "all"))
    first = begin.sum()
    if (begin > 0).sum() * grid.width < MIDWAY_SPREAD:
        return None
    if first < 2 * settings.min_authors or first < MIDWAY_SHARE * everything.sum():
        return None
    outage = grid.series("outage")
    if _later_rate(grid, outage) * hour * MIDWAY_FALL > first:
        return None
    return _midway_finding(service, grid, outage)


def _later_rate(grid: Grid, outage: Floats) -> float:
    """Return the usual outage posts a row more than 12 hours after the start (0 where data end)."""
    hour, half_day = _rows(grid, MIDWAY_MINUTES), _rows(grid, DAY // 2)
    later = outage[half_day:]
    hours = later[: len(later) // hour * hour].reshape(-1, hour)
    return float(np.median(hours.sum(axis=1))) / hour if len(hours) else 0.0


def _midway_finding(service: str, grid: Grid, outage: Floats) -> Finding:
    width, minutes = float(grid.width), grid.minutes
    start = int(np.flatnonzero(outage)[0])
    visible = _visible_onset(outage, _rows(grid, 2 * MIDWAY_MINUTES))
    course = _decay(grid, outage, visible or Onset(start, start, start))
    onset = course.onset
    end = None if course.end is None else float(minutes[course.end])
    return Finding(
        service=service,
        series="outage",
        onset=float(minutes[onset.row]),
        low=float(minutes[onset.low]) if visible else None,
        high=float(minutes[onset.high]),
        escalation=float(minutes[course.escalation]) if visible else None,
        peak=float(minutes[course.peak]),
        peak_minutes=course.peak_rows * width,
        recovery=None if course.recovery is None else float(minutes[course.recovery]),
        end=end,
        stop=float(minutes[-1] + width) if end is None else max(end, float(minutes[onset.row]) + width),
        detected=float(minutes[min(onset.row + _rows(grid, MIDWAY_MINUTES), len(outage)) - 1] + width),
        scale=width,
        expected_posts=None,
        notes=(
            "short_history" if visible else "onset_censored",
            "no_baseline",
            "ongoing" if end is None else "end_by_decay",
        ),
    )


def _decay(grid: Grid, outage: Floats, onset: Onset) -> Course:
    """Follow an outage without a baseline until a tenth of its peak (above the usual later rate) is left."""
    peak = float(trailing_sum(outage, _rows(grid, 10))[: _rows(grid, DAY // 2)].max()) / _rows(grid, 10)
    floor = np.full(len(outage), _later_rate(grid, outage) + 0.1 * peak)
    return follow(
        outage,
        floor,
        np.zeros(len(outage)),
        onset=onset,
        last_alarm=onset.row,
        scale=float(grid.width),
        width=float(grid.width),
        recovery_minutes=15,
    )


def _visible_onset(outage: Floats, rows: int) -> Onset | None:
    """Return the change inside the first rows if the data show the time before it, else None."""
    values = outage[: max(rows, 2)]
    before = np.concatenate([[0.0], np.cumsum(values)[:-1]])
    after = values.sum() - before
    n = np.arange(len(values))
    left, right = before / np.maximum(n, 1), after / (len(values) - n)
    flat = values.mean()
    gain = _loglik(before, left) + _loglik(after, right) - _loglik(values.sum(), flat)
    best = int(np.argmax(np.where(right > left, gain, -np.inf)))
    if best < 10 or right[best] < 4.0 * max(float(left[best]), 0.5 / best) or gain[best] < 10.0:
        return None
    fitting = np.flatnonzero((gain >= gain[best] - 1.92) & (right > left))
    return Onset(best, int(fitting[0]), int(fitting[-1]))


def _loglik(posts: Floats, rate: Floats) -> Floats:
    return np.asarray(posts * np.log(np.maximum(rate, 1e-12)))


def _rows(grid: Grid, minutes: float) -> int:
    return max(1, round(minutes / grid.width))
