"""Try a range of settings on one's own history: alarms a week, outages hit and missed, delay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from sentiment.config import DetectionSettings
from sentiment.display import COLOURS, Drawing, html_result, new_figure, plot_style
from sentiment.errors import InputError
from sentiment.incidents.baseline import SeasonalBaseline
from sentiment.incidents.counts import count_posts
from sentiment.incidents.incident import find_incidents
from sentiment.incidents.minutes import wall_minutes
from sentiment.incidents.record import Incident
from sentiment.incidents.tables import read_table
from sentiment.schema import TIME, ZONE, require
from sentiment.text.service import canonical_name

RATES: Final = (0.1, 0.3, 1.0, 3.0, 10.0)
"""False alarms a week the detector's threshold stands for."""
AUTHORS: Final = (5, 8, 15)
"""Distinct authors an incident needs."""
ENOUGH: Final = 7
"""Days with posts below which alarms a week are a guess."""
SLACK: Final = pd.Timedelta(minutes=60)
"""An alarm this long before an event, or after one without an end, still tells of it."""
EVENT_COLUMNS: Final = {
    "start": ("start", "time", "onset", "开始", "时间"),
    "end": ("end", "结束"),
    "service": ("service", "服务"),
}
"""Columns of a table of known outages and their other names; all but the start may be absent."""
_MEASURES: Final = {
    "alarms_per_week": "alarms a week",
    "hit_share": "share of known outages hit",
    "delay": "median delay (minutes)",
}


@dataclass(frozen=True, slots=True)
class Backtest:
    """How settings would have done.

    Attributes:
        table: One row a setting: ``false_alarms_per_week`` and ``min_authors`` (the settings), ``alarms``
            (incidents told), ``other_spikes``, ``alarms_per_week``; with known outages also ``hits``,
            ``misses``, ``false_alarms``, ``hit_share`` and the median ``delay`` from an outage's start to
            its alarm in minutes (NaN where none was hit).
        weeks: Days with posts, in weeks.
        events: Known outages, None where none were given.
    """

    table: pd.DataFrame
    weeks: float
    events: int | None = None

    def plot(self) -> Drawing:
        """Return a figure of the measures over the settings, and the table drawn."""
        shown = [name for name in _MEASURES if name in self.table]
        with plot_style():
            figure = new_figure(width=4.2 * len(shown), height=3.6)
            panels = figure.subplots(1, len(shown), squeeze=False)[0]
            colours = (COLOURS["volume"], COLOURS["complaint"], COLOURS["understanding"], COLOURS["response"])
            for panel, name in zip(panels, shown, strict=True):
                for n, (authors, rows) in enumerate(self.table.groupby("min_authors")):
                    panel.plot(
                        rows["false_alarms_per_week"],
                        rows[name],
                        marker="osD^"[n % 4],
                        color=colours[n % len(colours)],
                        alpha=0.8,
                        ms=4 + 2 * (len(AUTHORS) - n if n < len(AUTHORS) else 0),
                        label=f"min_authors {authors}",
                    )
                panel.set_xscale("log")
                panel.set_xticks(sorted(set(self.table["false_alarms_per_week"])))
                panel.xaxis.set_major_formatter("{x:g}")
                panel.minorticks_off()
                panel.set_ylim(0, 1.05 if name == "hit_share" else None)
                panel.set_title(_MEASURES[name])
                panel.set_xlabel("setting false_alarms_per_week")
            panels[0].legend(fontsize=9)
        return Drawing(figure, self.table)

    def to_text(self) -> str:
        """Return the table for a terminal."""
        table = self.table.to_string(index=False, float_format=lambda value: f"{value:.2f}", na_rep="-")
        return "\n".join(filter(None, [self._span(), table, self.caution]))

    @property
    def caution(self) -> str:
        """A sentence where the history is too short for its alarms a week to mean much, else ``""``."""
        days = round(7 * self.weeks)
        if days >= ENOUGH:
            return ""
        back, on = SeasonalBaseline().days, f"{days} day{'s' * (days > 1)}"
        return (
            f"Too little history: a week's alarms are reckoned from posts on {on}, and the first has none"
            f" before it to be compared with; give {ENOUGH} days at least, at best {back + 1}, as each is"
            f" compared with the {back} before it."
        )

    def _span(self) -> str:
        known = "" if self.events is None else f", {self.events} known outages"
        return f"{self.weeks:.1f} weeks with posts{known}"

    def _repr_html_(self) -> str:
        return html_result(self._span(), tables=[self.table], notes=[self.caution] if self.caution else [])


def backtest(
    annotated: pd.DataFrame,
    *,
    truth: pd.DataFrame | None = None,
    service: str | None = None,
    false_alarms_per_week: Sequence[float] = RATES,
    min_authors: Sequence[int] = AUTHORS,
    settings: DetectionSettings = DetectionSettings(),  # noqa: B008 - frozen
    progress: Callable[[int], None] | None = None,
) -> Backtest:
    """Run the detection over a history once for each setting.

    Args:
        annotated: Posts with annotations.
        truth: Known outages: ``start``, and if wanted ``end`` and ``service``; see :func:`read_events`.
        service: The caller kept the posts of this one service.
        false_alarms_per_week: Thresholds to try.
        min_authors: Numbers of distinct authors to try.
        settings: The other detection settings.
        progress: Called with the settings tried so far.

    Returns:
        One row a setting. An incident hits a known outage when the two overlap (an hour's slack) and name
        the same service or none; several alarms on one outage are one hit.

    Raises:
        SchemaError: if a needed column is missing.
        ConfigError: if a setting is out of range.
        InputError: if there is no setting to try, or no post has a time.
    """
    require(annotated, ("created_at",), stage="backtest")
    times = annotated["created_at"].dropna()
    if times.empty:
        raise InputError("A backtest needs posts with times; none of these has one.")
    if not false_alarms_per_week or not min_authors:
        raise InputError("A backtest needs at least one setting of each kind to try.")
    events = None if truth is None else _events(truth)
    counts = count_posts(annotated, min_service_posts=settings.min_service_posts, service=service)
    weeks = len(np.unique(wall_minutes(times) // 1440)) / 7.0
    rows = []
    for done, (rate, authors) in enumerate(product(false_alarms_per_week, min_authors), start=1):
        tried = replace(settings, false_alarms_per_week=rate, min_authors=authors)
        found = find_incidents(annotated, counts, settings=tried)
        rows.append(
            {
                "false_alarms_per_week": rate,
                "min_authors": authors,
                "alarms": len(found.incidents),
                "other_spikes": len(found.other_spikes),
                "alarms_per_week": len(found.incidents) / weeks,
                **({} if events is None else _score(found.incidents, events)),
            }
        )
        if progress:
            progress(done)
    return Backtest(pd.DataFrame(rows), weeks, None if events is None else len(events))


def read_events(path: str | Path) -> pd.DataFrame:
    """Read a CSV table of known outages: a column of starts, and if wanted ends and services.

    Returns:
        Frame with ``start``, ``end`` (NaT where unknown) and ``service`` (empty where unknown).

    Raises:
        InputError: if the file cannot be read or a start cannot be.
    """
    return _events(read_table(path, EVENT_COLUMNS, needed="start", what="known outages"))


def _events(truth: pd.DataFrame) -> pd.DataFrame:
    if "start" not in truth:
        given = ", ".join(map(str, truth.columns)) or "none"
        raise InputError(f"Known outages need a column 'start'; the table has: {given}.")
    start = [_moment(cell) for cell in truth["start"]]
    wrong = [cell for cell, moment in zip(truth["start"], start, strict=True) if moment is None]
    if wrong:
        raise InputError(f"The start {wrong[0]!r} of a known outage cannot be read: write 2025-04-11 11:42.")
    end = [_moment(cell) for cell in truth["end"]] if "end" in truth else [None] * len(truth)
    names = truth["service"].fillna("") if "service" in truth else [""] * len(truth)
    return pd.DataFrame(
        {
            "start": pd.Series(start, dtype=TIME),
            "end": pd.Series(end, dtype=TIME),
            "service": pd.Series([canonical_name(str(name)) for name in names], dtype="str"),
        }
    )


def _moment(cell: object) -> pd.Timestamp | None:
    moment = pd.to_datetime(str(cell), errors="coerce")
    if pd.isna(moment):
        return None
    return moment.tz_localize(ZONE) if moment.tz is None else moment.tz_convert(ZONE)


def _score(incidents: Sequence[Incident], events: pd.DataFrame) -> dict[str, float]:
    told = [list(_told(event, incidents)) for event in events.itertuples(index=False)]
    pairs = zip(events["start"], told, strict=True)
    first = [min(one.detected_at for one in hit) - start for start, hit in pairs if hit]
    hitting = {id(one) for hit in told for one in hit}
    hits = sum(map(bool, told))
    delays = [gap.total_seconds() / 60 for gap in first]
    return {
        "hits": hits,
        "misses": len(events) - hits,
        "false_alarms": sum(id(one) not in hitting for one in incidents),
        "hit_share": hits / len(events) if len(events) else np.nan,
        "delay": float(np.median(delays)) if delays else np.nan,
    }


def _told(event: tuple[pd.Timestamp, pd.Timestamp, str], incidents: Sequence[Incident]) -> Iterator[Incident]:
    start, end, service = event
    last = start if pd.isna(end) else end
    forever = pd.Timestamp.max.tz_localize(ZONE)
    for one in incidents:
        same = not service or one.service in (None, service)
        if same and one.onset <= last + SLACK and (one.end or forever) >= start - SLACK:
            yield one
