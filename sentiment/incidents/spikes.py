"""Counts -> surprise -> anomaly score -> alarms, minute by minute and causally."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import tzinfo
from typing import Final

import numpy as np
import pandas as pd

from sentiment.config import DetectionSettings
from sentiment.display import COLOURS, Drawing, html_result, new_figure, plot_style
from sentiment.errors import ConfigError, InputError, unknown
from sentiment.incidents.baseline import Baseline, Expectation, SeasonalBaseline, Series
from sentiment.incidents.counts import TOTAL, rows_by_series
from sentiment.incidents.minutes import Flags, Floats, sum_at
from sentiment.incidents.novelty import novelty, told
from sentiment.incidents.surprise import RULES, Rule, Surprise, alarm_surprise, share_surprise
from sentiment.schema import COUNTS, ZONE

ALARM_SCORE: Final = 0.5
SHARE_DECADES: Final = 0.6
"""Part of an alarm's decades that a share needs: the count beside it must reach all of them."""
HALF_NOVELTY: Final = 3.0
"""Decades of novelty that stand halfway up the score's upper band."""


def score(
    surprise: Floats,
    new: Floats,
    minutes: Floats,
    *,
    threshold: float,
    hysteresis: float = 1.0,
    silence: float,
    renotify: float,
) -> tuple[Floats, Flags]:
    """Turn surprise and novelty into a score in [0, 1] and the alarm state that is its threshold at 0.5.

    Below 0.5: nothing. 0.5 to 0.6: an alarm that lasts (some minute of the last ``silence`` minutes passed
    the threshold), by its surprise. 0.6 to 1: a minute of an alarm that reaches a level of novelty not told
    for
    ``renotify`` minutes, by that level. So the first minutes of an alarm stand out, a higher cut of the same
    score keeps what is newest to the series, and no cut tells the same twice a day.

    Args:
        surprise: shape ``(n,)``.
        new: Novelty in decades, NaN where the past is too short: there the surprise stands in for it.
        minutes: Time of each value in minutes, increasing.
        threshold: Surprise that raises an alarm.
        hysteresis: Part of the threshold that keeps an alarm alive once it is raised.
        silence: Minutes below that part that end an alarm.
        renotify: Minutes for which a level of novelty stays silent once told.

    >>> values = np.array([0.0, 9.0, 0.0, 0.0])
    >>> score(values, values, np.arange(4.0) * 20, threshold=6.0, silence=30.0, renotify=1440.0)[1].tolist()
    [False, True, True, False]
    """
    alarm = _alarm_state(surprise, minutes, threshold, hysteresis * threshold, silence)
    strength = surprise / (surprise + threshold)
    value = np.where(alarm, 0.5 + 0.1 * strength, np.minimum(strength, np.nextafter(ALARM_SCORE, 0.0)))
    level = told(np.where(alarm, np.where(np.isnan(new), surprise, new), -np.inf), minutes, renotify=renotify)
    return np.where(level > 0, 0.6 + 0.4 * level / (level + HALF_NOVELTY), value), alarm


def _alarm_state(surprise: Floats, minutes: Floats, start: float, stay: float, silence: float) -> Flags:
    """Return where an alarm lasts: raised at ``start``, alive until ``silence`` minutes below ``stay``."""
    last = pd.Series(np.where(surprise >= stay, minutes, np.nan)).ffill().to_numpy()
    alive = minutes - np.nan_to_num(last, nan=-np.inf) <= silence
    stretch = np.cumsum(~alive)  # grows outside, so it is one number throughout a stretch
    raised = pd.Series(surprise >= start).groupby(stretch).cummax().to_numpy()
    return np.asarray(alive & raised)


@dataclass(frozen=True, slots=True)
class Detection:
    """Everything the detector says about one series, one value a bucket."""

    series: Series
    expectation: Expectation
    surprise: Surprise
    score: Floats
    alarm: Flags


def detect(
    series: Series,
    *,
    complaints: Series | None = None,
    rule: str = "nb",
    baseline: Baseline | None = None,
    settings: DetectionSettings = DetectionSettings(),  # noqa: B008 - frozen
) -> Detection:
    """Score one series; with complaints, an alarm needs unusual complaints in an unusual share.

    Raises:
        ConfigError: if the rule is unknown.
    """
    if rule not in RULES:
        raise ConfigError(unknown("detection rule", rule, RULES))
    model: Baseline = baseline or SeasonalBaseline()
    expectation = model.expect(series)
    if complaints is None:
        judged, usual = series, expectation
        surprise = RULES[rule]().surprise(series, expectation)
    else:
        judged, usual = complaints, model.expect(complaints)
        surprise = _gated(series, expectation, judged, usual, RULES[rule]())
    value, alarm = score(
        surprise.value,
        novelty(judged, usual),
        series.minutes,
        threshold=alarm_surprise(settings),
        hysteresis=_hysteresis(settings),
        silence=float(settings.silence_minutes),
        renotify=float(settings.renotify_minutes),
    )
    return Detection(series, expectation, surprise, value, alarm)


def _hysteresis(settings: DetectionSettings) -> float:
    if not 0.0 < settings.hysteresis <= 1.0:
        raise ConfigError(
            f"detection.hysteresis must be above 0 and at most 1, not {settings.hysteresis}: try 0.7."
        )
    return settings.hysteresis


def _gated(
    whole: Series, expected_whole: Expectation, part: Series, expected_part: Expectation, rule: Rule
) -> Surprise:
    found = rule.surprise(part, expected_part)
    share = share_surprise(part, whole, expected_part, expected_whole, found.value > 0)
    return Surprise(np.minimum(found.value, share / SHARE_DECADES), found.scale)


@dataclass(frozen=True, slots=True)
class Spike:
    """One stretch of alarm in one series."""

    service: str
    series: str
    start: pd.Timestamp
    end: pd.Timestamp
    peak: pd.Timestamp
    observed: float
    expected: float
    score: float
    scale_minutes: int


@dataclass(frozen=True, slots=True)
class Spikes:
    """The spikes of one or more series with the scored table they come from.

    Attributes:
        spikes: In order of start.
        table: The rows as given, plus ``expected``, ``anomaly_score`` and ``alarm``.
        time_column: Column of the table with the times.
        value_column: Column with the counts.
    """

    spikes: tuple[Spike, ...]
    table: pd.DataFrame = field(repr=False)
    time_column: str
    value_column: str

    def plot(self) -> Drawing:
        """Draw counts, expectation and alarms; return the figure and the numbers drawn."""
        numbers = self._drawn()
        with plot_style():
            figure = new_figure()
            axes = figure.add_subplot()
            axes.plot(
                numbers["time"], numbers["value"], color=COLOURS["volume"], lw=0.8, label="观测 observed"
            )
            axes.plot(numbers["time"], numbers["expected"], color=COLOURS["expected"], label="预期 expected")
            for spike in self.spikes:
                axes.axvspan(
                    _drawn_at(spike.start), _drawn_at(spike.end), color=COLOURS["incident"], zorder=0
                )
            axes.legend(loc="upper left")
        return Drawing(figure, numbers)

    def _repr_html_(self) -> str:
        times = self.table[self.time_column]
        spikes = pd.DataFrame([asdict(spike) for spike in self.spikes])
        return html_result(f"{len(self.spikes)} spikes in {len(times):,} rows", tables=[spikes])

    def _drawn(self) -> pd.DataFrame:
        """Return one row a time, on the wall clock; a long counts frame shows its total."""
        table = self.table
        if set(COUNTS) <= set(table.columns):
            first = table["service"].iloc[0] if len(table) and TOTAL not in set(table["service"]) else TOTAL
            table = table[(table["service"] == first) & (table["series"] == "all")]
        times = _wall(table[self.time_column])
        numbers = pd.DataFrame(
            {
                "time": times.to_numpy(),
                "value": pd.to_numeric(table[self.value_column], errors="coerce").to_numpy(dtype="float64"),
                "expected": table["expected"].to_numpy(),
                "anomaly_score": table["anomaly_score"].to_numpy(),
                "alarm": table["alarm"].to_numpy(),
            }
        )
        return numbers.dropna(subset=["time"]).sort_values("time", kind="stable", ignore_index=True)


def find_spikes(
    counts_or_series: pd.DataFrame | pd.Series,
    *,
    time_column: str = "timestamp",
    value_column: str = "value",
    complaint_column: str | None = None,
    rule: str = "nb",
    settings: DetectionSettings = DetectionSettings(),  # noqa: B008 - frozen
) -> Spikes:
    """Find spikes in any count series: any bucket width, naive or zoned times, rows in any order.

    A frame of :func:`count_posts` is scored series by series. Rows that share a time are added up; a time
    that has no row is unknown, not zero; a missing value scores 0.

    Args:
        counts_or_series: A frame, or a Series indexed by time.
        time_column: Column with the start of each bucket.
        value_column: Column with the counts.
        complaint_column: Column with the complaints among them: an alarm then needs unusual complaints in
            an unusual share.
        rule: ``nb`` (negative-binomial tail) or ``ewma`` (smoothed residuals).
        settings: Wanted false alarms a week and silence.

    Returns:
        The spikes, and the rows as given plus ``expected``, ``anomaly_score`` (0 to 1, 0 while warming up,
        never missing) and ``alarm`` (``anomaly_score >= 0.5``).

    Raises:
        InputError: if a column is missing or holds no times or counts.
        ConfigError: if the rule is unknown or a setting out of range.

    >>> frame = pd.DataFrame({"timestamp": pd.date_range("2025-04-11", periods=300, freq="min"), "value": 5})
    >>> frame.loc[200:220, "value"] = 60
    >>> [str(spike.start) for spike in find_spikes(frame).spikes]
    ['2025-04-11 03:20:00']
    """
    table, times, values = _columns(counts_or_series, time_column, value_column)
    if set(COUNTS) <= set(table.columns) and (time_column, value_column) == ("timestamp", "value"):
        return _spikes_of_counts(table, rule, settings)
    clock = _clock(table, times)
    amounts = _amounts(table, values)
    complaints = _amounts(table, complaint_column) if complaint_column is not None else None
    scored, spikes = _score_rows(clock, amounts, complaints, rule, settings)
    zone = _zone(table[times])
    return Spikes(
        spikes=tuple(_spike(raw, "", values, zone) for raw in spikes),
        table=_with_columns(table, scored),
        time_column=times,
        value_column=values,
    )


def _columns(given: pd.DataFrame | pd.Series, times: str, values: str) -> tuple[pd.DataFrame, str, str]:
    if isinstance(given, pd.Series):
        return pd.DataFrame({times: given.index, values: given.to_numpy()}), times, values
    return given, times, values


def _clock(table: pd.DataFrame, column: str) -> Floats:
    """Return wall-clock minutes of each row, NaN where the time cannot be read."""
    if column not in table.columns:
        raise InputError(
            f"The counts have no column {column!r}; they have: {', '.join(map(str, table.columns))}. "
            "Name the column with --time-column (time_column=)."
        )
    times = _wall(table[column])
    if len(times) and times.isna().all():
        raise InputError(
            f"Column {column!r} holds no time that can be read, e.g. {table[column].iloc[0]!r}; "
            "write times like 2025-04-11 17:05:00."
        )
    stamps = times.to_numpy(dtype="datetime64[ms]")
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / 60_000.0)


def _wall(column: pd.Series) -> pd.Series:
    """Return times as read on their own clock, without a zone."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.tz_localize(None) if column.dt.tz is not None else column
    text = column.astype("str")
    naive = text.str.replace(_OFFSET, "", regex=True)
    return pd.to_datetime(naive, errors="coerce", format="mixed")


_OFFSET: Final = r"(?<=\d)\s*(?:Z|[+-]\d{2}:?\d{2})$"


def _zone(column: pd.Series) -> tzinfo | None:
    return column.dt.tz if pd.api.types.is_datetime64_any_dtype(column) else None


def _amounts(table: pd.DataFrame, column: str) -> Floats:
    if column not in table.columns:
        raise InputError(
            f"The counts have no column {column!r}; they have: {', '.join(map(str, table.columns))}. "
            "Name the column with --value-column or --complaint-column."
        )
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    if len(values) and np.isnan(values).all():
        raise InputError(
            f"Column {column!r} holds no number, e.g. {table[column].iloc[0]!r}; give post counts."
        )
    if (values < 0).any():
        raise InputError(
            f"Column {column!r} holds {np.nanmin(values):g}; counts are 0 or more. Remove or mend those rows."
        )
    return np.where(np.isinf(values), np.nan, values)


@dataclass(frozen=True, slots=True)
class _Scored:
    expected: Floats
    score: Floats
    alarm: Flags


def _score_rows(
    clock: Floats, amounts: Floats, complaints: Floats | None, rule: str, settings: DetectionSettings
) -> tuple[_Scored, list[_RawSpike]]:
    used = ~np.isnan(clock) & ~np.isnan(amounts)
    scored = _Scored(np.zeros(len(clock)), np.zeros(len(clock)), np.zeros(len(clock), dtype=bool))
    alarm_surprise(settings)
    if rule not in RULES:
        raise ConfigError(unknown("detection rule", rule, RULES))
    if not used.any():
        return scored, []
    minutes, place = np.unique(clock[used], return_inverse=True)
    width = _width(minutes)
    series = Series(minutes, sum_at(place, amounts[used], len(minutes)), width)
    part = None
    if complaints is not None:
        part = Series(minutes, sum_at(place, np.nan_to_num(complaints[used]), len(minutes)), width)
    found = detect(series, complaints=part, rule=rule, settings=settings)
    scored.expected[used] = found.expectation.mean[place]
    scored.score[used] = found.score[place]
    scored.alarm[used] = found.alarm[place]
    return scored, raw_spikes(found)


def _width(minutes: Floats) -> float:
    """Return the bucket width: the commonest step between times (1 minute where there is one time)."""
    if len(minutes) < 2:
        return 1.0
    steps, times = np.unique(np.round(np.diff(minutes), 4), return_counts=True)
    return float(steps[np.argmax(times)])


@dataclass(frozen=True, slots=True)
class _RawSpike:
    start: float
    end: float
    peak: float
    observed: float
    expected: float
    score: float
    scale: float


def raw_spikes(found: Detection) -> list[_RawSpike]:
    """Return each stretch of alarm with its strongest bucket, times in wall-clock minutes."""
    edges = np.diff(np.concatenate([[0], found.alarm.astype(np.int8), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [_raw_spike(found, a, b) for a, b in zip(starts.tolist(), stops.tolist(), strict=True)]


def _raw_spike(found: Detection, first: int, stop: int) -> _RawSpike:
    top = first + int(np.argmax(found.surprise.value[first:stop]))
    scale = float(found.surprise.scale[top])
    rows = slice(max(0, top + 1 - round(scale / found.series.width)), top + 1)
    hot = np.flatnonzero(found.surprise.value[first:stop] > 0)
    last = first + int(hot[-1]) if len(hot) else first
    return _RawSpike(
        start=float(found.series.minutes[first]),
        end=float(found.series.minutes[last] + found.series.width),
        peak=float(found.series.minutes[top]),
        observed=float(found.series.values[rows].sum()),
        expected=float(found.expectation.mean[rows].sum()),
        score=float(found.score[first:stop].max()),
        scale=scale,
    )


def _spike(raw: _RawSpike, service: str, series: str, zone: tzinfo | str | None) -> Spike:
    start, end, peak = (_stamp(at, zone) for at in (raw.start, raw.end, raw.peak))
    return Spike(
        service, series, start, end, peak, raw.observed, raw.expected, raw.score, max(1, round(raw.scale))
    )


def _stamp(minutes: float, zone: tzinfo | str | None) -> pd.Timestamp:
    stamp = pd.Timestamp(round(minutes * 60_000), unit="ms")
    return stamp if zone is None else stamp.tz_localize(zone, nonexistent="shift_forward", ambiguous=False)


def _drawn_at(stamp: pd.Timestamp) -> float:
    """Return a time as matplotlib counts it: days since 1970, on the wall clock."""
    return float((stamp.tz_localize(None) - pd.Timestamp(0)) / pd.Timedelta(days=1))


def _with_columns(table: pd.DataFrame, scored: _Scored) -> pd.DataFrame:
    return table.assign(expected=scored.expected, anomaly_score=scored.score, alarm=scored.alarm)


def _spikes_of_counts(table: pd.DataFrame, rule: str, settings: DetectionSettings) -> Spikes:
    clock, amounts = _clock(table, "bucket"), _amounts(table, "n")
    whole = _Scored(np.zeros(len(table)), np.zeros(len(table)), np.zeros(len(table), dtype=bool))
    spikes: list[Spike] = []
    for service, series, at in rows_by_series(table):
        scored, raws = _score_rows(clock[at], amounts[at], None, rule, settings)
        whole.expected[at], whole.score[at], whole.alarm[at] = scored.expected, scored.score, scored.alarm
        spikes += [_spike(raw, service, series, ZONE) for raw in raws]
    spikes.sort(key=lambda spike: (spike.start, spike.service, spike.series))
    return Spikes(tuple(spikes), _with_columns(table, whole), "bucket", "n")
