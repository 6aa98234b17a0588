"""How many posts a minute, per service and series.

The grid holds every minute of every day with a post (an *active* day), from the first post to the last;
days without a post are absent and cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sentiment.errors import InputError
from sentiment.schema import COUNTS, TIME, ZONE, empty, is_voice, require

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int32]

TOTAL: Final = "*"
SERIES: Final = ("all", "complaint", "outage", "understanding", "neutral", "help", "authors", "roots")
DAY: Final = 1440
DISPLAY_MINUTES: Final = (1, 5, 15, 60, DAY)
MAX_DISPLAY_BUCKETS: Final = 400
MAX_ZERO_ROWS: Final = 5_000_000
CLOCKS_FIXED: Final = 22 * 365 * DAY
"""Minute from which Shanghai's clocks were never changed again (the last change was in September 1991)."""
BATCH: Final = 20_000
"""Posts whose authors are told apart at a time: their names stay in the processor's cache."""
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
    known = annotated["created_at"].notna()
    timed = annotated[list(_NEEDED)] if known.all() else annotated.loc[known, list(_NEEDED)]
    if timed.empty:
        return empty(COUNTS)
    minutes = wall_minutes(timed["created_at"])
    rows = _Rows.of(timed, minutes)
    names, group = _services(timed, rows.people, min_service_posts, service)
    cells = [rows.count(np.zeros(len(minutes), dtype=np.int32))]
    if names:
        cells.append(rows.count(group + 1, least=1))
    grid = active_minutes(minutes)
    services = [TOTAL, *names]
    full = zeros if zeros is not None else len(services) * len(SERIES) * len(grid) <= MAX_ZERO_ROWS
    return _dense(cells, services, grid) if full else _sparse(cells, services)


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
    days = distinct(np.floor_divide(minutes, DAY))
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


def rows_by_series(counts: pd.DataFrame) -> Iterator[tuple[str, str, Integers]]:
    """Give service, series and row positions of each series in a counts frame, in sorted order.

    >>> frame = pd.DataFrame({"service": ["*", "*"], "series": ["all", "outage"]})
    >>> [(service, series, at.tolist()) for service, series, at in rows_by_series(frame)]
    [('*', 'all', [0]), ('*', 'outage', [1])]
    """
    service, series = counts["service"].array, counts["series"].array
    first = np.ones(len(counts), dtype=bool)
    first[1:] = flags(pd.Series(service[1:] != service[:-1])) | flags(pd.Series(series[1:] != series[:-1]))
    starts = np.flatnonzero(first)
    # Few stretches of equal names in sorted frames: the names of each are looked at once.
    (number, services), (part, names) = (
        pd.factorize(name.take(starts), sort=True) for name in (service, series)
    )
    number = number * len(names) + part
    stretches = np.split(np.arange(len(counts)), starts[1:])
    order = np.argsort(number, kind="stable")
    for at in np.split(order, np.flatnonzero(np.diff(number[order])) + 1):
        if len(at):
            which = number[at[0]]
            rows = np.concatenate([stretches[n] for n in at]) if len(at) > 1 else stretches[at[0]]
            yield str(services[which // len(names)]), str(names[which % len(names)]), rows


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
    grid = distinct(np.floor_divide(active_minutes(minutes), width) * width)
    place = np.searchsorted(grid, np.floor_divide(minutes, width) * width)
    values = counts["n"].to_numpy(dtype="float64", na_value=0.0)
    rows = [(name, sum_at(place[at], values[at], len(grid))) for *name, at in rows_by_series(counts)]
    each = np.repeat(np.arange(len(rows)), len(grid))
    service, series = ([name[part] for name, _ in rows] for part in (0, 1))
    sums = np.concatenate([n for _, n in rows]).astype(np.int64)
    return _counts_frame(np.tile(grid, len(rows)), _text(service, each), _text(series, each), sums)


def display_width(counts: pd.DataFrame, *, buckets: int = MAX_DISPLAY_BUCKETS) -> int:
    """Return the display bucket in minutes for a counts frame.

    >>> from sentiment.schema import COUNTS, empty
    >>> display_width(empty(COUNTS))
    1
    """
    length = len(active_minutes(wall_minutes(counts["bucket"])))
    return next((w for w in DISPLAY_MINUTES if length <= buckets * w), DISPLAY_MINUTES[-1])


@dataclass(frozen=True, slots=True)
class _Cells:
    """Counts of each minute and service that hold a post, in order of service and minute.

    Attributes:
        service: Position of the service among those counted, shape ``(n,)``.
        minute: Minute number, shape ``(n,)``.
        counts: Posts of each series, shape ``(n,)`` each.
    """

    service: Numbers
    minute: Integers
    counts: Mapping[str, Integers]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Timed posts in order of their minute; authors and roots as numbers that hold within a minute."""

    minute: Integers
    order: Integers
    people: Flags
    masks: Mapping[str, Flags]
    author: Integers
    root: Integers

    @classmethod
    def of(cls, posts: pd.DataFrame, minutes: Integers) -> _Rows:
        by_people = people(posts)
        masks = {
            name: by_people & posts["stance"].eq(name).to_numpy(dtype=bool)
            for name in ("complaint", "understanding", "neutral")
        }
        masks["all"] = np.ones(len(posts), dtype=bool)
        masks["outage"] = by_people & flags(posts["outage"])
        masks["help"] = by_people & flags(posts["asks_help"])
        order = np.argsort(minutes, kind="stable")
        author, root = (
            _numbered(posts[name], posts["post_id"], minutes, order) for name in ("author", "root_id")
        )
        return cls(minutes, order, by_people, masks, author, root)

    def count(self, group: Numbers, *, least: int = 0) -> _Cells:
        """Count the posts of each group; those of a group below ``least`` are left out (0 is the total)."""
        at = self.order[group[self.order] >= least] if group.min() < least else self.order
        at = at[_ordered(group[at])]
        minute, service = self.minute[at], group[at]
        first = np.flatnonzero((np.diff(minute, prepend=-1) != 0) | (np.diff(service, prepend=-1) != 0))
        cell = np.repeat(np.arange(len(first)), np.diff(first, append=len(at)))
        counts = {name: _total(cell[mask[at]], len(first)) for name, mask in self.masks.items()}
        mine = self.people[at]
        counts["authors"] = _distinct(cell[mine], self.author[at[mine]], len(first))
        counts["roots"] = _distinct(cell, self.root[at], len(first))
        return _Cells(service[first], minute[first], counts)


def _ordered(service: Numbers) -> Integers:
    """Return the stable order of services; NumPy counts numbers of 16 bits instead of comparing them."""
    narrow = service.max(initial=0) < 2**15
    return np.argsort(service.astype(np.int16) if narrow else service, kind="stable")


def _total(cell: Integers, size: int) -> Integers:
    return np.bincount(cell, minlength=size).astype(np.int64)


def _distinct(cell: Integers, number: Integers, size: int) -> Integers:
    """Return how many distinct numbers each cell holds, shape ``(size,)``."""
    span = int(number.max(initial=0)) + 1
    pairs = np.sort(cell * span + number)
    return _total(pairs[np.diff(pairs, prepend=-1) != 0] // span, size)


def _numbered(ids: pd.Series, instead: pd.Series, minutes: Integers, order: Integers) -> Integers:
    """Return a number for each id, equal for equal ids of a minute; an unknown one is the post's own.

    Only posts that share their minute with a known id are compared, a batch of minutes at a time: the ids of
    ten million posts need not be told apart at once.
    """
    known = ids.ne("").to_numpy(dtype=bool)
    minute = minutes[order]
    starts = np.flatnonzero(np.diff(minute, prepend=-1) != 0)
    shared = np.repeat(
        np.add.reduceat(known[order].astype(np.int64), starts) > 0, np.diff(starts, append=len(order))
    )
    asked = order[shared]
    number = np.arange(len(order), dtype=np.int64)
    cuts = np.unique(np.searchsorted(minutes[asked], minutes[asked[::BATCH]])) if len(asked) else asked
    for batch in np.split(asked, cuts[1:]):
        mixed = ids.iloc[batch]
        mixed = mixed if known[batch].all() else mixed.where(known[batch], instead.iloc[batch])
        number[batch] = pd.factorize(mixed)[0]
    return number


def _services(
    timed: pd.DataFrame, by_people: Flags, min_posts: int, service: str | None
) -> tuple[list[str], Numbers]:
    """Return the services counted by themselves, sorted, and the one of each post (-1: none of them)."""
    if service is not None:
        return [service], np.zeros(len(timed), dtype=np.int32)
    code, given = pd.factorize(timed["service"])
    told = by_people if min_posts > 0 else np.ones(len(code), dtype=bool)
    posts = np.bincount(code[told & (code >= 0)], minlength=len(given))
    often = {str(name): n for n, name in enumerate(given) if name and posts[n] >= min_posts}
    place = np.full(len(given) + 1, -1, dtype=np.int32)
    names = sorted(often)
    place[[often[name] for name in names]] = np.arange(len(names))
    return names, place[code]


def _sparse(cells: Sequence[_Cells], services: Sequence[str]) -> pd.DataFrame:
    """Return one row for each count above zero."""
    names = sorted(SERIES)
    shown = [[np.flatnonzero(part.counts[name]) for name in names] for part in cells]
    many = np.zeros((len(services), len(names)), dtype=np.int64)
    for part, found in zip(cells, shown, strict=True):
        for series, at in enumerate(found):
            many[:, series] += np.bincount(part.service[at], minlength=len(services))
    stops = np.cumsum(many).reshape(many.shape)
    minute, n = np.empty((2, many.sum()), dtype=np.int64)
    for part, found in zip(cells, shown, strict=True):
        for series, at in enumerate(found):
            own = part.minute[at], part.counts[names[series]][at]
            # Cells come service by service: each of them is one stretch.
            for service, first, stop in _stretches(part.service[at]):
                place = slice(stops[service, series] - (stop - first), stops[service, series])
                minute[place], n[place] = own[0][first:stop], own[1][first:stop]
    at = np.arange(many.size)
    of_service = _repeated(services, at // len(names), many.ravel())
    return _counts_frame(minute, of_service, _repeated(names, at % len(names), many.ravel()), n)


def _stretches(values: Numbers) -> Iterator[tuple[int, int, int]]:
    """Give each value with the first and the last position, exclusive, of its stretch."""
    edges = np.flatnonzero(np.diff(values, prepend=-1, append=-1)).tolist()
    for first, stop in pairwise(edges):
        yield int(values[first]), first, stop


def _dense(cells: Sequence[_Cells], services: Sequence[str], grid: Integers) -> pd.DataFrame:
    """Return one row for each minute of the grid, service and series."""
    wide = np.zeros((len(services), len(SERIES), len(grid)), dtype=np.int64)
    for part in cells:
        at = np.searchsorted(grid, part.minute)
        for number, name in enumerate(sorted(SERIES)):
            wide[part.service, number, at] = part.counts[name]
    service, series, place = np.unravel_index(np.arange(wide.size), wide.shape)
    return _counts_frame(grid[place], _text(services, service), _text(sorted(SERIES), series), wide.ravel())


def _text(names: Sequence[str], number: npt.NDArray[np.integer]) -> pd.Series:
    """Return a column of the names that the numbers stand for."""
    return pd.Series(pd.Series(names, dtype="str").array.take(number))


def _repeated(names: Sequence[str], number: Integers, times: Integers) -> pd.Series:
    """Return a column that holds the name of each number so many times in a row."""
    runs = pa.RunEndEncodedArray.from_arrays(
        np.cumsum(times)[times > 0], pa.array(names, pa.large_string()).take(number[times > 0])
    )
    return pd.Series(pc.run_end_decode(runs), dtype="str") if len(runs) else pd.Series([], dtype="str")


def _counts_frame(minutes: Integers, service: pd.Series, series: pd.Series, n: Integers) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "bucket": pd.Series(minute_times(minutes), dtype=TIME),
            "service": service,
            "series": series,
            "n": pd.Series(pd.arrays.IntegerArray(n, np.zeros(len(n), dtype=bool))),
        },
        copy=False,
    )
    return frame[list(COUNTS)]
