"""Counts made elsewhere, a row a minute and service, as :func:`count_posts` would have made them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sentiment.incidents.counts import MAX_ZERO_ROWS, SERIES, TOTAL
from sentiment.incidents.minutes import Integers, active_minutes, minute_times, wall_minutes
from sentiment.schema import COUNTS, TIME, empty


def complete_counts(
    wide: pd.DataFrame, *, min_service_posts: int = 30, service: str | None = None
) -> pd.DataFrame:
    """Return long counts of the services named often enough, minutes without a post as zeros.

    Args:
        wide: One row a minute and service: ``bucket`` (time), ``service`` (``*``: all posts) and a column
            for each of :data:`sentiment.incidents.counts.SERIES`.
        min_service_posts: Timed posts by people that must name a service.
        service: The posts are of this one service or of none: count all of them as it.

    Returns:
        Frame of :data:`sentiment.schema.COUNTS`, sorted by service, series and bucket.

    >>> row = {"bucket": pd.Timestamp("2025-04-11 17:05+08:00"), "service": "*", **dict.fromkeys(SERIES, 2)}
    >>> complete_counts(pd.DataFrame([row]))["n"].sum()
    np.int64(16)
    """
    totals = wide[wide["service"] == TOTAL]
    if totals.empty:
        return empty(COUNTS)
    grid = active_minutes(wall_minutes(totals["bucket"]))
    tables = {TOTAL: totals, **_named(wide, totals, min_service_posts, service)}
    zeros = len(tables) * len(SERIES) * len(grid) <= MAX_ZERO_ROWS
    return pd.concat(
        [_long(grid, name, rows, zeros=zeros) for name, rows in tables.items()], ignore_index=True
    )


def _named(
    wide: pd.DataFrame, totals: pd.DataFrame, least: int, service: str | None
) -> dict[str, pd.DataFrame]:
    if service is not None:
        return {service: totals}
    people = wide[["complaint", "understanding", "neutral"]].sum(axis=1)
    often = people.groupby(wide["service"]).sum()
    names = sorted(str(name) for name in often.index[often >= least] if name not in (TOTAL, ""))
    return {name: wide[wide["service"] == name] for name in names}


def _long(grid: Integers, service: str, rows: pd.DataFrame, *, zeros: bool) -> pd.DataFrame:
    place = np.searchsorted(grid, wall_minutes(rows["bucket"]))
    names = sorted(SERIES)
    full = np.zeros((len(names), len(grid)), dtype=np.int64)
    for n, name in enumerate(names):
        np.add.at(full[n], place, rows[name].to_numpy(dtype=np.int64))
    series, at = np.nonzero(np.ones_like(full, dtype=bool) if zeros else full > 0)
    columns = {
        "bucket": pd.Series(minute_times(grid[at]), dtype=TIME),
        "service": pd.Series([service] * len(at), dtype="str"),
        "series": pd.Series(np.array(names, dtype=object)[series], dtype="str"),
        "n": pd.Series(full[series, at], dtype="Int64"),
    }
    return pd.DataFrame(columns)[list(COUNTS)]
