"""How many posts a minute, per service and series.

The grid holds every minute of every day with a post (an *active* day), from the first post to the last;
days without a post are absent and cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from sentiment.errors import InputError
from sentiment.schema import COUNTS, TIME, ZONE, empty, is_voice, require

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

TOTAL: Final = "*"
SERIES: Final = ("all", "complaint", "outage", "understanding", "neutral", "help", "authors", "roots")
DAY: Final = 1440
DISPLAY_MINUTES: Final = (1, 5, 15, 60, DAY)
MAX_DISPLAY_BUCKETS: Final = 400
MAX_ZERO_ROWS: Final = 5_000_000
_NEEDED: Final = (
    "post_id", "created_at", "author", "account_kind", "hijack", "root_id",
    "stance", "asks_help", "outage", "service",
)  # fmt: skip
GAP_SIDE: Final = 10
"""Minutes on each side of an empty run that show how busy the crawl was."""
GAP_BUSY: Final = 30
"""Posts those minutes must hold: bursts of a sparse series are no sign of a crawl gap."""
GAP_EXPECTED: Final = 18.4
"""Posts that an empty run should have held: e^-18.4 is one in a hundred million."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Counts of one service on the minutes of active days.

    Attributes:
        minutes: Wall-clock minute numbers (Shanghai), increasing, shape ``(n,)``.
        counts: Posts a bucket for each series, shape ``(n,)`` each.
        width: Minutes a bucket.
    """

    minutes: Integers
    counts: Mapping[str, Floats]
    width: int = 1

    def series(self, name: str) -> Floats:
        """Return one series, zeros where the counts hold none of it."""
        return self.counts.get(name, np.zeros(len(self.minutes)))


def count_posts(
    annotated: pd.DataFrame,
    *,
    min_service_posts: int = 30,
    service: str | None = None,
    zeros: bool | None = None,
) -> pd.DataFrame:
    """Count posts a minute for the total (``*``) and for each service named often enough.

    Official, media, bot and hijack posts count in ``all`` and ``roots`` alone. Posts without a time are left
    out. ``authors`` and ``roots`` are distinct within their minute; an unknown author counts as one of their
    own.

    Args:
        annotated: Posts with their annotations.
        min_service_posts: Timed posts by people that must name a service; 0: any post that names it will do.
        service: The caller kept the posts of this one service: count all of them as it.
        zeros: Write the minutes without a post too. ``None``: unless that makes more than five million
            rows (100 services over 90 days would be 100 million); the non-zero rows are all that
            :func:`find_incidents` and :func:`display_counts` need.

    Returns:
        Frame of :data:`sentiment.schema.COUNTS`, sorted by service, series and bucket.

    Raises:
        SchemaError: if a needed column is missing.

    >>> from sentiment.schema import ANNOTATED, empty
    >>> count_posts(empty(ANNOTATED)).columns.tolist()
    ['bucket', 'service', 'series', 'n']
    """
    require(annotated, _NEEDED, stage="count_posts")
    timed = annotated.loc[annotated["created_at"].notna(), list(_NEEDED)]
    if timed.empty:
        return empty(COUNTS)
    minutes = wall_minutes(timed["created_at"])
    grid = active_minutes(minutes)
    rows = _Rows.of(timed, np.searchsorted(grid, minutes))
    services = list(_services(timed, rows.people, min_service_posts, service))
    full = zeros if zeros is not None else len(services) * len(SERIES) * len(grid) <= MAX_ZERO_ROWS
    frames = [_long(grid, name, rows.count(chosen, len(grid)), zeros=full) for name, chosen in services]
    return pd.concat(frames, ignore_index=True)


def people(annotated: pd.DataFrame) -> Flags:
    """Return which posts are a person's own voice: not official, media, bot or hijack, shape ``(n,)``.

    >>> frame = pd.DataFrame({"account_kind": ["person", "media"], "hijack": [False, False]})
    >>> people(frame).tolist()
    [True, False]
    """
    return is_voice(annotated).to_numpy(dtype=bool)


def flags(column: pd.Series) -> Flags:
    """Return a column of truth values as an array, missing ones as False.

    >>> flags(pd.Series([True, None, False])).tolist()
    [True, False, False]
    """
    return column.eq(True).fillna(False).to_numpy(dtype=bool)


def wall_minutes(times: pd.Series) -> Integers:
    """Return the Shanghai wall-clock minute number of each time, shape ``(n,)``.

    >>> wall_minutes(pd.Series(pd.to_datetime(["1970-01-01 00:05:30+08:00"]))).tolist()
    [5]
    """
    if times.dt.tz is not None:
        times = times.dt.tz_convert(ZONE).dt.tz_localize(None)
    return np.asarray(pd.DatetimeIndex(times).as_unit("s").asi8, dtype=np.int64) // 60


def minute_times(minutes: Integers) -> pd.DatetimeIndex:
    """Return wall-clock minute numbers as Shanghai times.

    >>> str(minute_times(np.array([5]))[0])
    '1970-01-01 00:05:00+08:00'
    """
    stamps = np.asarray(minutes, dtype=np.int64).astype("datetime64[m]").astype("datetime64[ns]")
    # Clocks went forward in some years before 1992: an hour that never was moves to the next one.
    return pd.DatetimeIndex(stamps).tz_localize(ZONE, nonexistent="shift_forward", ambiguous=False)


def active_minutes(minutes: Integers) -> Integers:
    """Return all minutes of the days with a post, from the first post to the last.

    >>> len(active_minutes(np.array([0, 3 * 1440 + 9])))
    1450
    """
    if len(minutes) == 0:
        return np.zeros(0, dtype=np.int64)
    days = np.unique(np.floor_divide(minutes, DAY))
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


def grids(counts: pd.DataFrame, *, max_minutes: int = 400_000) -> Iterator[tuple[str, Grid]]:
    """Give each service's grid, minutes without a row as zeros; the total comes first.

    Buckets widen to 5 or 15 minutes where the active days hold more than ``max_minutes`` (about nine
    months): years of reviews need no minute resolution.

    Raises:
        SchemaError: if the frame is not one of counts.
    """
    require(counts, COUNTS, stage="find_incidents")
    if counts.empty:
        return
    minutes = wall_minutes(counts["bucket"])
    posts = counts["n"].to_numpy(dtype="int64", na_value=0)
    grid = active_minutes(minutes[posts > 0])
    if len(grid) == 0:
        return
    total = ((counts["service"] == TOTAL) & (counts["series"] == "all")).to_numpy() & (posts > 0)
    grid = np.setdiff1d(grid, crawl_gaps(minutes[total], posts[total]))
    width = next((w for w in (1, 5) if len(grid) <= max_minutes * w), 15)
    grid = np.unique(grid // width * width)
    place = np.searchsorted(grid, minutes // width * width).clip(0, len(grid) - 1)
    found: dict[str, dict[str, Floats]] = {}
    values = counts["n"].to_numpy(dtype="float64", na_value=0.0)
    for service, series, at in rows_by_series(counts):
        found.setdefault(str(service), {})[str(series)] = sum_at(place[at], values[at], len(grid))
    for service in sorted(found):  # "*" sorts before every name
        yield service, Grid(grid, found[service], width)


def rows_by_series(counts: pd.DataFrame) -> Iterator[tuple[str, str, Integers]]:
    """Give service, series and row positions of each series in a counts frame, in sorted order.

    >>> frame = pd.DataFrame({"service": ["*", "*"], "series": ["all", "outage"]})
    >>> [(service, series, at.tolist()) for service, series, at in rows_by_series(frame)]
    [('*', 'all', [0]), ('*', 'outage', [1])]
    """
    number = counts.groupby(["service", "series"], sort=True).ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    service, series = counts["service"].to_numpy(dtype=object), counts["series"].to_numpy(dtype=object)
    for at in np.split(order.astype(np.int64), starts[1:]):
        yield str(service[at[0]]), str(series[at[0]]), at


def sum_at(place: Integers, weights: Floats, size: int) -> Floats:
    """Return the sums of weights by place, shape ``(size,)``.

    >>> sum_at(np.array([0, 2, 2]), np.array([1.0, 2.0, 3.0]), 3).tolist()
    [1.0, 0.0, 5.0]
    """
    return np.bincount(place, weights=weights, minlength=size).astype(np.float64)


def display_counts(counts: pd.DataFrame, *, buckets: int = MAX_DISPLAY_BUCKETS) -> pd.DataFrame:
    """Aggregate counts to the narrowest display width that needs at most ``buckets`` buckets.

    The widths are 1, 5, 15 and 60 minutes and a day; days without a post stay absent. ``authors`` and
    ``roots`` become sums of the per-minute numbers.

    Raises:
        SchemaError: if the frame is not one of counts.
        InputError: if ``buckets`` is below 1.

    >>> from sentiment.schema import COUNTS, empty
    >>> len(display_counts(empty(COUNTS)))
    0
    """
    require(counts, COUNTS, stage="display_counts")
    if buckets < 1:
        raise InputError(
            f"display_counts() needs buckets of 1 or more, not {buckets}: give how many to show."
        )
    if counts.empty:
        return empty(COUNTS)
    width = display_width(counts, buckets=buckets)
    minutes = wall_minutes(counts["bucket"])
    grid = np.unique(np.floor_divide(active_minutes(minutes), width) * width)
    bucket = np.floor_divide(minutes, width) * width
    sums = counts.assign(bucket=bucket).groupby(["service", "series", "bucket"])["n"].sum()
    names = counts[["service", "series"]].drop_duplicates().sort_values(["service", "series"])
    full = pd.MultiIndex.from_tuples(
        [(*name, minute) for name in names.itertuples(index=False) for minute in grid]
    )
    filled = sums.reindex(full, fill_value=0)
    return _counts_frame(
        full.get_level_values(2).to_numpy(),
        full.get_level_values(0).to_numpy(),
        full.get_level_values(1).to_numpy(),
        filled.to_numpy(dtype="int64"),
    )


def display_width(counts: pd.DataFrame, *, buckets: int = MAX_DISPLAY_BUCKETS) -> int:
    """Return the display bucket in minutes for a counts frame.

    >>> from sentiment.schema import COUNTS, empty
    >>> display_width(empty(COUNTS))
    1
    """
    length = len(active_minutes(wall_minutes(counts["bucket"])))
    return next((w for w in DISPLAY_MINUTES if length <= buckets * w), DISPLAY_MINUTES[-1])


@dataclass(frozen=True, slots=True)
class _Rows:
    """Timed posts with their place in the grid; authors and roots as numbers."""

    place: Integers
    people: Flags
    masks: Mapping[str, Flags]
    author: Integers
    root: Integers

    @classmethod
    def of(cls, posts: pd.DataFrame, place: Integers) -> _Rows:
        by_people = people(posts)
        stance = posts["stance"].to_numpy(dtype=object)
        masks = {name: by_people & (stance == name) for name in ("complaint", "understanding", "neutral")}
        masks["all"] = np.ones(len(posts), dtype=bool)
        masks["outage"] = by_people & flags(posts["outage"])
        masks["help"] = by_people & flags(posts["asks_help"])
        author, root = (_numbered(posts[name], posts["post_id"]) for name in ("author", "root_id"))
        return cls(place.astype(np.int64), by_people, masks, author, root)

    def count(self, chosen: Flags, size: int) -> dict[str, Floats]:
        at = np.flatnonzero(chosen)
        counts = {name: self._bincount(at[mask[at]], size) for name, mask in self.masks.items()}
        counts["authors"] = self._distinct(self.author, at[self.people[at]], size)
        counts["roots"] = self._distinct(self.root, at, size)
        return counts

    def _bincount(self, at: Integers, size: int) -> Floats:
        return np.bincount(self.place[at], minlength=size).astype(np.float64)

    def _distinct(self, ids: Integers, at: Integers, size: int) -> Floats:
        pairs = np.unique(self.place[at] * (len(self.place) + 1) + ids[at])
        return np.bincount(pairs // (len(self.place) + 1), minlength=size).astype(np.float64)


def _numbered(ids: pd.Series, instead: pd.Series) -> Integers:
    """Return a number for each distinct id; an unknown one has a number of its own."""
    return pd.factorize(ids.where(ids != "", instead))[0].astype(np.int64)


def _services(
    timed: pd.DataFrame, by_people: Flags, min_posts: int, service: str | None
) -> Iterator[tuple[str, Flags]]:
    everything = np.ones(len(timed), dtype=bool)
    yield TOTAL, everything
    if service is not None:
        yield service, everything
        return
    names = timed["service"].to_numpy(dtype=object)
    often = pd.Series(names[by_people] if min_posts > 0 else names, dtype="object").value_counts()
    for name in sorted(str(n) for n, posts in often.items() if n and posts >= min_posts):
        yield name, names == name


def _long(grid: Integers, service: str, counts: Mapping[str, Floats], *, zeros: bool) -> pd.DataFrame:
    names = np.array(sorted(SERIES), dtype=object)
    wide = np.vstack([counts[name] for name in names]).astype(np.int64)
    shown = np.ones_like(wide, dtype=bool) if zeros else wide > 0
    series, place = np.nonzero(shown)
    return _counts_frame(grid[place], np.full(len(place), service, dtype=object), names[series], wide[shown])


def _counts_frame(
    minutes: Integers, service: npt.NDArray[np.object_], series: npt.NDArray[np.object_], n: Integers
) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "bucket": pd.Series(minute_times(minutes), dtype=TIME),
            "service": pd.Series(service, dtype="str"),
            "series": pd.Series(series, dtype="str"),
            "n": pd.Series(n, dtype="Int64"),
        }
    )
    return frame[list(COUNTS)]
