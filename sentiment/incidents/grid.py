"""Counts on the minutes of active days, a grid a service; minutes without a post are not written down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sentiment.incidents.counts import SERIES, TOTAL, rows_by_series
from sentiment.incidents.minutes import Floats, Integers, active_minutes, crawl_gaps, distinct, wall_minutes
from sentiment.incidents.trailing import Sparse
from sentiment.schema import COUNTS, require


@dataclass(frozen=True, slots=True)
class Grid:
    """Counts of one service on the minutes of active days.

    Attributes:
        minutes: Wall-clock minute numbers (Shanghai), increasing, shape ``(n,)``.
        counts: Posts of each series.
        width: Minutes a bucket.
    """

    minutes: Integers
    counts: Mapping[str, Sparse]
    width: int = 1

    def counted(self, name: str) -> Sparse:
        """Return one series, empty where the counts hold none of it."""
        return self.counts.get(name) or Sparse(np.zeros(0, dtype=np.int64), np.zeros(0), len(self.minutes))

    def series(self, name: str) -> Floats:
        """Return one series bucket by bucket, shape ``(n,)``."""
        return self.counted(name).values


def grids(
    counts: pd.DataFrame, *, max_minutes: int = 400_000, names: Collection[str] = SERIES
) -> Iterator[tuple[str, Grid]]:
    """Give each service's grid, minutes without a row as zeros; the total comes first.

    Buckets widen to 5 or 15 minutes where the active days hold more than ``max_minutes`` (about nine
    months): years of reviews need no minute resolution. The grids of all services share one ``minutes``.

    Args:
        counts: Of :func:`count_posts`.
        max_minutes: Buckets a grid may have.
        names: Series wanted.

    Raises:
        SchemaError: if the frame is not one of counts.
    """
    require(counts, COUNTS, stage="find_incidents")
    if counts.empty:
        return
    rows: dict[str, dict[str, Integers]] = {}
    for service, series, at in rows_by_series(counts):
        rows.setdefault(service, {})[series] = at
    total = rows.get(TOTAL, {}).get("all")
    posted, posts = _posted(counts, np.arange(len(counts)) if total is None else total)
    if len(posted) == 0:
        return
    grid = active_minutes(posted)
    if total is not None:
        # The total is one row a minute, in order of time.
        order = np.argsort(posted, kind="stable")
        gaps = crawl_gaps(posted[order], posts[order].astype(np.int64))
        grid = np.setdiff1d(grid, gaps, assume_unique=True)
    width = next((w for w in (1, 5) if len(grid) <= max_minutes * w), 15)
    grid = distinct(grid // width * width)
    places = _places(grid, width)
    for service in sorted(rows):  # "*" sorts before every name
        found = {}
        for series in set(rows[service]) & set(names):
            minutes, values = _read(counts, rows[service][series])
            place = places(minutes // width * width if width > 1 else minutes)
            found[series] = Sparse.summed(place, values, len(grid))
        yield service, Grid(grid, found, width)


def _read(counts: pd.DataFrame, at: Integers) -> tuple[Integers, Floats]:
    """Return minutes and posts of some rows."""
    posts = counts["n"].iloc[at].to_numpy(dtype="float64", na_value=0.0)
    return wall_minutes(counts["bucket"].iloc[at]), posts


def _posted(counts: pd.DataFrame, at: Integers) -> tuple[Integers, Floats]:
    """Return minutes and posts of the rows with a post."""
    minutes, posts = _read(counts, at)
    return minutes[posts > 0], posts[posts > 0]


def _places(grid: Integers, width: int) -> Callable[[Integers], Integers]:
    """Return what gives the place of minutes in a grid; one that is not in it has the place of the next.

    A grid has few holes: only its stretches are searched.
    """
    first = np.flatnonzero(np.diff(grid, prepend=grid[0] - 2 * width) != width)
    after = np.append(first[1:], len(grid) - 1)

    def places(minutes: Integers) -> Integers:
        if len(first) == 1:
            stretch: Integers | int = 0
        else:
            stretch = np.maximum(np.searchsorted(grid[first], minutes, side="right") - 1, 0)
        away = minutes - grid[first][stretch]
        return np.clip(first[stretch] + (away // width if width > 1 else away), 0, after[stretch])

    return places
