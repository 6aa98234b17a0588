"""When a post was written: relative times, clocks that are wrong, times after the crawl."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from sentiment.ingest.convert.cells import Cells
from sentiment.ingest.convert.spec import Spec
from sentiment.ingest.formats import Layout, pick_first
from sentiment.ingest.values import Times, parse_times, plain, shanghai
from sentiment.schema import TIME, ZONE

_WEIBO_EPOCH: Final = 515_483_463
"""Seconds to add to the upper bits of a Weibo id: ids carry their time."""
_A_DAY: Final = pd.Timedelta(days=1)
_EIGHT_HOURS: Final = pd.Timedelta(hours=8)


def post_times(
    cells: Cells, ids: Sequence[str], spec: Spec, crawled: pd.Series
) -> tuple[pd.Series, np.ndarray]:
    """Return post times, and which of them were read against the file's time or are only good to a day."""
    against, sure = clocks(crawled, spec)
    at = pd.Series(pd.NaT, index=range(len(cells)), dtype=TIME)
    guessed = np.zeros(len(cells), dtype=bool)
    for column in time_columns(cells.layout):
        missing = at.isna().to_numpy()
        if not missing.any():
            break
        read = parse_times(_time_cells(cells.rows, column), now=against)
        found = undo_clock_ahead(read, ids) if column == cells.layout.clock_ahead else read.at
        guessed |= missing & (read.coarse | (read.relative & ~sure))
        at = found if missing.all() else at.where(~missing, found)
    return shanghai(at), guessed & at.notna().to_numpy()


def time_columns(layout: Layout) -> list[str]:
    """Return the columns of times, best first; ``day+clock`` is one."""
    return [part for part in layout.fields.get("time", "").split("|") if part]


def _time_cells(rows: Sequence[Mapping[str, object]], column: str) -> list[object]:
    if "+" not in column:
        return pick_first(rows, [column])
    day, _, clock = column.partition("+")
    return [f"{plain(row.get(day)).split(' ')[0]} {plain(row.get(clock))}".strip() for row in rows]


def clocks(crawled: pd.Series, spec: Spec) -> tuple[list[object] | pd.Series | None, np.ndarray]:
    """Return for each row what a relative time is read against, and whether it is no mere file time."""
    given = spec.clock if spec.clock is not None else spec.file_time
    known = crawled.notna().to_numpy()
    if not known.any():
        clocks: list[object] | None = None if given is None else [given] * len(crawled)
        return clocks, np.full(len(crawled), given is not None and spec.clock is not None)
    filled = crawled if given is None else crawled.fillna(given)
    return filled.reset_index(drop=True), known | (spec.clock is not None)


def ahead_of_crawl(times: pd.Series, crawled: pd.Series, spec: Spec) -> np.ndarray:
    """Return which posts are from after they were crawled, more than a wrong time zone explains.

    A file's own time does not count: archives and version control set it to anything.
    """
    if spec.clock is None and crawled.isna().all():
        return np.zeros(len(times), dtype=bool)
    seen = crawled if spec.clock is None else crawled.fillna(spec.clock)
    return (times > seen + _A_DAY).to_numpy(dtype=bool)


def undo_clock_ahead(read: Times, ids: Sequence[str] | pd.Series) -> pd.Series:
    """Undo MediaCrawler's reading of Beijing clock time as UTC, unless the post ids say it was not done."""
    told = pd.to_numeric(
        pd.Series(ids, dtype="str").where(lambda s: s.str.fullmatch(r"[0-9]{16}")), errors="coerce"
    )
    seconds = (told // 2**22) + _WEIBO_EPOCH
    by_id = pd.to_datetime(seconds, unit="s", utc=True).dt.tz_convert(ZONE)
    ahead = (read.at - by_id).dropna()
    right = len(ahead) > 0 and abs(ahead.median()) < pd.Timedelta(hours=2)
    return read.at if right else read.at - _EIGHT_HOURS
