"""How many posts a minute, per service and series.

The grid holds every minute of every day with a post (an *active* day), from the first post to the last;
days without a post are absent and cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sentiment.errors import InputError
from sentiment.incidents.cells import Cells, Timed, count_cells, find_services, flags
from sentiment.incidents.minutes import (
    DAY,
    Flags,
    Integers,
    Numbers,
    active_minutes,
    distinct,
    minute_times,
    sum_at,
    wall_minutes,
)
from sentiment.mapped import AT_ONCE, ColumnFiles, blank, set_aside, stretches
from sentiment.schema import COUNTS, TIME, empty, require

TOTAL: Final = "*"
SERIES: Final = ("all", "complaint", "outage", "understanding", "neutral", "help", "authors", "roots")
DISPLAY_MINUTES: Final = (1, 5, 15, 60, DAY)
MAX_DISPLAY_BUCKETS: Final = 400
MAX_ZERO_ROWS: Final = 5_000_000
_NEEDED: Final = (
    "post_id", "created_at", "author", "account_kind", "hijack", "root_id",
    "stance", "asks_help", "outage", "service",
)  # fmt: skip


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
    timed = Timed.of(annotated)
    if not len(timed.minutes):
        return empty(COUNTS)
    names, group = find_services(timed, min_service_posts, service)
    cells = count_cells(timed, group if names else None)
    grid = active_minutes(cells[0].minute)
    services = [TOTAL, *names]
    full = zeros if zeros is not None else len(services) * len(SERIES) * len(grid) <= MAX_ZERO_ROWS
    return _dense(cells, services, grid) if full else _sparse(cells, services)


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
    stops = np.append(starts[1:], len(counts))
    order = np.argsort(number, kind="stable")
    for at in np.split(order, np.flatnonzero(np.diff(number[order])) + 1):
        if len(at):
            which = number[at[0]]
            rows = np.concatenate([np.arange(starts[n], stops[n]) for n in at])
            yield str(services[which // len(names)]), str(names[which % len(names)]), rows


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
    minutes = set_aside(wall_minutes(counts["bucket"]))
    grid = distinct(np.floor_divide(active_minutes(minutes), width) * width)
    rows = []
    for *name, at in rows_by_series(counts):
        place = np.searchsorted(grid, np.floor_divide(minutes[at], width) * width)
        values = counts["n"].iloc[at].to_numpy(dtype="float64", na_value=0.0)
        rows.append((name, sum_at(place, values, len(grid))))
    service, series = ([name[part] for name, _ in rows] for part in (0, 1))
    runs = _Runs(service, series, np.full(len(rows), len(grid)))
    sums = np.concatenate([n for _, n in rows]).astype(np.int64)
    shown = np.tile(grid, len(rows))
    return _counts_frame(runs, lambda part: (shown[part], sums[part]))


def display_width(counts: pd.DataFrame, *, buckets: int = MAX_DISPLAY_BUCKETS) -> int:
    """Return the display bucket in minutes for a counts frame.

    >>> from sentiment.schema import COUNTS, empty
    >>> display_width(empty(COUNTS))
    1
    """
    length = len(active_minutes(wall_minutes(counts["bucket"])))
    return next((w for w in DISPLAY_MINUTES if length <= buckets * w), DISPLAY_MINUTES[-1])


@dataclass(frozen=True, slots=True)
class _Runs:
    """Rows of a counts frame that follow each other: service, series and how many rows they have."""

    service: Sequence[str]
    series: Sequence[str]
    rows: Integers

    @classmethod
    def of(cls, services: Sequence[str], series: Sequence[str], rows: Integers) -> _Runs:
        """Return those of each service and series, in this order; ``rows`` has a row for each service."""
        each = [(service, name) for service in services for name in series]
        return cls([service for service, _ in each], [name for _, name in each], rows.ravel())

    def names(self, part: slice) -> tuple[pd.Series, pd.Series]:
        """Return service and series of some rows."""
        ends = np.cumsum(self.rows)
        first, last = np.searchsorted(ends, [part.start, part.stop - 1], side="right")
        run = slice(first, last + 1)
        stops = np.minimum(ends[run], part.stop) - part.start
        held = np.diff(stops, prepend=0) > 0
        return tuple(_repeated(names[run], held, stops) for names in (self.service, self.series))  # type: ignore[return-value]


def _repeated(names: Sequence[str], held: Flags, stops: Integers) -> pd.Series:
    """Return a column that holds each of some names up to its stop."""
    values = pa.array(names, pa.large_string()).filter(pa.array(held))
    return pd.Series(pc.run_end_decode(pa.RunEndEncodedArray.from_arrays(stops[held], values)), dtype="str")


def _sparse(cells: Sequence[Cells], services: Sequence[str]) -> pd.DataFrame:
    """Return one row for each count above zero."""
    names = sorted(SERIES)
    many = np.zeros((len(services), len(names)), dtype=np.int64)
    for part in cells:
        for series, name in enumerate(names):
            many[:, series] += np.bincount(part.service[part.counts[name] > 0], minlength=len(services))
    stops = np.cumsum(many).reshape(many.shape)
    minute, n = (blank(int(many.sum()), np.int64) for _ in range(2))
    for part in cells:
        for series, name in enumerate(names):
            at = np.flatnonzero(part.counts[name])
            own = part.minute[at], part.counts[name][at]
            # Cells come service by service: each of them is one stretch.
            for service, first, stop in _stretches(part.service[at]):
                place = slice(stops[service, series] - (stop - first), stops[service, series])
                minute[place], n[place] = own[0][first:stop], own[1][first:stop]
    return _counts_frame(_Runs.of(services, names, many), lambda part: (minute[part], n[part]))


def _stretches(values: Numbers) -> Iterator[tuple[int, int, int]]:
    """Give each value with the first and the last position, exclusive, of its stretch."""
    edges = np.flatnonzero(np.diff(values, prepend=-1, append=-1)).tolist()
    for first, stop in pairwise(edges):
        yield int(values[first]), first, stop


def _dense(cells: Sequence[Cells], services: Sequence[str], grid: Integers) -> pd.DataFrame:
    """Return one row for each minute of the grid, service and series."""
    wide = blank(len(services) * len(SERIES) * len(grid), np.int64)
    shaped = wide.reshape(len(services), len(SERIES), len(grid))
    for part in cells:
        at = np.searchsorted(grid, part.minute)
        for number, name in enumerate(sorted(SERIES)):
            shaped[part.service, number, at] = part.counts[name]
    runs = _Runs.of(services, sorted(SERIES), np.full((len(services), len(SERIES)), len(grid)))
    return _counts_frame(runs, lambda part: (grid[np.arange(part.start, part.stop) % len(grid)], wide[part]))


def _counts_frame(runs: _Runs, read: Callable[[slice], tuple[Integers, Integers]]) -> pd.DataFrame:
    """Return a frame of counts; a long one lies in files.

    Args:
        runs: Names of the rows.
        read: Gives minute numbers and counts of some rows.
    """
    rows = int(runs.rows.sum())
    parts = (_counts_part(*runs.names(part), *read(part)) for part in stretches(rows))
    if rows <= AT_ONCE:
        return next(parts, empty(COUNTS))
    with ColumnFiles(COUNTS) as files:
        for part in parts:
            files.append(part)
        return files.frame()


def _counts_part(service: pd.Series, series: pd.Series, minutes: Integers, n: Integers) -> pd.DataFrame:
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
