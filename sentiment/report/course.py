"""What happened over time, as arrays: posts per bucket, stance shares, the usual level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from sentiment.report.wording import shanghai

WIDTHS: Final = (1, 5, 15, 60, 360, 1440, 10080)
"""Display buckets in minutes."""
SERIES: Final = ("all", "complaint", "understanding", "neutral")
MIN_STANCE: Final = 5
"""Posts in a bucket below which its stance shares are not drawn."""
MIN_DAYS: Final = 2
"""Earlier days that a usual level needs."""


def display_width(minutes: float, *, most: int = 150) -> int:
    """Return the narrowest display bucket (minutes) that needs at most ``most`` of them.

    >>> display_width(90), display_width(4 * 1440), display_width(900 * 1440)
    (1, 60, 10080)
    """
    return next((width for width in WIDTHS if minutes / width <= most), WIDTHS[-1])


def focus(
    incident: Mapping[str, Any], first: pd.Timestamp, last: pd.Timestamp
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the period that shows an incident with enough before and after it, inside the data."""
    onset = shanghai(incident["onset"])
    end = shanghai(incident["end"]) if incident.get("end") else last
    length = max(end - onset, pd.Timedelta(minutes=30))
    return max(first, onset - length * 0.7), min(last, end + length * 0.5)


def count_course(
    counts: pd.DataFrame,
    *,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    service: str = "*",
    most: int = 150,
) -> dict[str, Any]:
    """Return posts per display bucket as plain arrays.

    Args:
        counts: Long frame of the schema COUNTS, any bucket width.
        start: First time shown; None: the first bucket.
        end: Last time shown; None: the last bucket.
        service: Whose series; ``*`` is all posts.
        most: Largest number of buckets.

    Returns:
        ``width`` (minutes), ``time`` (ISO 8601) and one list of numbers for each series and for
        ``expected`` (None where no earlier days tell what is usual). No buckets: empty lists.
    """
    mine = counts[counts["service"].eq(service) & counts["series"].isin(SERIES)]
    if mine.empty:
        return {"width": 0, "time": [], "expected": [], **{name: [] for name in SERIES}}
    first = mine["bucket"].min() if start is None else start
    last = mine["bucket"].max() if end is None else end
    step = _bucket_minutes(mine["bucket"])
    width = max(display_width((last - first) / pd.Timedelta(minutes=1), most=most), step)
    table = _aggregate(mine, width)
    shown = table.loc[_floor(pd.Series([first]), width).iloc[0] : last]
    usual = usual_level(table["all"], pd.DatetimeIndex(shown.index), width=width)
    return {
        "width": width,
        "time": [at.isoformat() for at in shown.index],
        "expected": usual,
        **{name: [int(n) for n in shown[name]] for name in SERIES},
    }


def _bucket_minutes(buckets: pd.Series) -> int:
    times = buckets.drop_duplicates().sort_values()
    gap = times.diff().min()
    return 1 if pd.isna(gap) else max(1, round(gap / pd.Timedelta(minutes=1)))


def _floor(times: pd.Series, width: int) -> pd.Series:
    floored: pd.Series = times.dt.floor(f"{width}min" if width < 1440 else "D")
    if width >= 10080:
        floored = floored - pd.to_timedelta(times.dt.day_of_week, unit="D")
    return floored


def _aggregate(mine: pd.DataFrame, width: int) -> pd.DataFrame:
    keyed = mine.assign(at=_floor(mine["bucket"], width), n=mine["n"].astype("float64"))
    table = keyed.pivot_table(index="at", columns="series", values="n", aggfunc="sum", fill_value=0.0)
    grid = pd.date_range(table.index.min(), table.index.max(), freq=f"{width}min")
    return table.reindex(grid, fill_value=0.0).reindex(columns=list(SERIES), fill_value=0.0)


def usual_level(series: pd.Series, shown: pd.DatetimeIndex, *, width: int) -> list[float | None]:
    """Return the median of earlier days at the same time of day for each bucket shown.

    Only days before the first bucket shown count, at least two of them; else there is no usual level.
    """
    earlier = series[series.index < shown[0].normalize()] if len(shown) else series.iloc[:0]
    if pd.DatetimeIndex(earlier.index).normalize().nunique() < MIN_DAYS or width > 60:
        return [None] * len(shown)
    # the neighbours of a time of day count too: single buckets of a thin series jump between 0 and 2
    smooth = earlier.rolling(5, center=True, min_periods=1).mean()
    by_time = smooth.groupby(pd.DatetimeIndex(smooth.index).time).median()
    return [None if pd.isna(v) else round(float(v), 2) for v in by_time.reindex(shown.time)]


def stance_course(course: Mapping[str, Any], *, least: int = MIN_STANCE, most: int = 40) -> dict[str, Any]:
    """Return stance shares over time from :func:`count_course`, wider buckets where posts are few.

    Returns:
        ``time``, ``minutes``, ``n`` and a share (0 to 1) per stance, None where fewer than ``least`` posts.
    """
    stances = SERIES[1:]
    group = max(1, -(-len(course["time"]) // most))
    out: dict[str, Any] = {
        "minutes": course["width"] * group,
        "time": [],
        "n": [],
        **{s: [] for s in stances},
    }
    for start in range(0, len(course["time"]), group):
        part = {s: sum(course[s][start : start + group]) for s in stances}
        n = sum(part.values())
        out["time"].append(course["time"][start])
        out["n"].append(n)
        for stance in stances:
            out[stance].append(round(part[stance] / n, 4) if n >= least else None)
    return _trim(out)


def _trim(course: dict[str, Any]) -> dict[str, Any]:
    """Cut the beginning and end where nothing is drawn."""
    drawn = [n for n, share in enumerate(course["complaint"]) if share is not None]
    keep = slice(drawn[0], drawn[-1] + 1) if drawn else slice(0, 0)
    return {name: value if name == "minutes" else value[keep] for name, value in course.items()}
