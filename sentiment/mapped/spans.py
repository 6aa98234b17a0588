"""From when to when posts reach, looked through some at a time: their times are a column like any other."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from sentiment.mapped.arrays import stretches


class Span(NamedTuple):
    """The first and last known time, timestamps or NaT where there is none, and how many are known."""

    first: Any
    last: Any
    known: int


def span_of(times: pd.Series, where: pd.Series | None = None) -> Span:
    """Return from when to when times reach.

    Args:
        times: Zoned times, missing ones NaT.
        where: Which of them count, one truth value each; None: all.

    >>> span_of(pd.Series(pd.to_datetime(["2025-04-12", None, "2025-04-11"]))).known
    2
    """
    firsts, lasts, known = [], [], 0
    for part in stretches(len(times)):
        here = times.iloc[part]
        here = (here if where is None else here[where.iloc[part].to_numpy(dtype=bool)]).dropna()
        if len(here):
            firsts.append(here.min())
            lasts.append(here.max())
            known += len(here)
    return Span(min(firsts, default=pd.NaT), max(lasts, default=pd.NaT), known)


def days_of(times: pd.Series) -> list[pd.Timestamp]:
    """Return the days of known times, in order.

    >>> [day.day for day in days_of(pd.Series(pd.to_datetime(["2025-04-12", None, "2025-04-11"])))]
    [11, 12]
    """
    days: set[pd.Timestamp] = set()
    for part in stretches(len(times)):
        days.update(times.iloc[part].dropna().dt.normalize().unique())
    return sorted(days)
