"""Scores, alarms and spikes of any series."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.config import DetectionSettings
from sentiment.errors import ConfigError, InputError
from sentiment.incidents import count_posts, find_spikes
from sentiment.incidents.spikes import score
from sentiment.schema import ZONE


def table(days: float = 4.0, *, rate: float = 5.0, width: int = 1, seed: int = 1) -> pd.DataFrame:
    minutes = np.arange(0, days * 1440, width)
    mean = rate * width * (1.0 + 0.6 * np.sin(2 * np.pi * minutes / 1440))
    return pd.DataFrame(
        {
            "timestamp": pd.Timestamp("2025-04-08") + pd.to_timedelta(minutes, unit="min"),
            "value": np.random.default_rng(seed).poisson(mean),
        }
    )


def with_burst(frame: pd.DataFrame, start: int, length: int, times: int) -> pd.DataFrame:
    values = frame["value"].to_numpy().copy()
    values[start : start + length] *= times
    return frame.assign(value=values)


def test_a_planted_burst_is_found():
    frame = with_burst(table(), 5000, 40, 8)
    spikes = find_spikes(frame).spikes
    assert len(spikes) == 1
    onset = frame["timestamp"][5000]
    assert abs(spikes[0].start - onset) <= pd.Timedelta(minutes=3)
    assert pd.Timedelta(minutes=30) <= spikes[0].end - onset <= pd.Timedelta(hours=4)
    assert spikes[0].observed > 5 * spikes[0].expected


@pytest.mark.parametrize("rule", ["nb", "ewma"])
def test_both_rules_find_it_and_leave_clean_series_alone(rule: str):
    assert find_spikes(table(10), rule=rule).spikes == ()
    assert len(find_spikes(with_burst(table(10), 12000, 40, 10), rule=rule).spikes) == 1


def test_the_alarm_is_the_threshold_of_the_score():
    out = find_spikes(with_burst(table(), 5000, 40, 8)).table
    assert out["anomaly_score"].between(0, 1).all()
    assert (out["alarm"] == (out["anomaly_score"] >= 0.5)).all()
    assert out["alarm"].any()
    assert not out[["expected", "anomaly_score", "alarm"]].isna().any().any()


def test_scores_of_a_prefix_are_the_prefix_of_the_scores():
    frame = with_burst(table(), 5000, 40, 8)
    whole = find_spikes(frame).table
    for cut in (50, 1441, 4997, 5003, 5500):
        part = find_spikes(frame.iloc[:cut]).table
        pd.testing.assert_frame_equal(part, whole.iloc[:cut])


def test_rows_and_columns_stay_as_read():
    frame = with_burst(table(), 5000, 40, 8)
    frame["note"] = "x"
    shuffled = frame.sample(frac=1, random_state=3)
    before = shuffled.copy(deep=True)
    out = find_spikes(shuffled).table
    pd.testing.assert_frame_equal(shuffled, before)
    pd.testing.assert_frame_equal(out[before.columns], before)
    assert list(out.columns) == [*before.columns, "expected", "anomaly_score", "alarm"]
    pd.testing.assert_frame_equal(out.sort_index(), find_spikes(frame).table)


@pytest.mark.parametrize(
    "change",
    [
        lambda times: times.dt.strftime("%Y-%m-%d %H:%M:%S"),
        lambda times: times.dt.tz_localize(ZONE),
        lambda times: times.dt.strftime("%Y-%m-%dT%H:%M:%S+08:00"),
        lambda times: times.dt.strftime("%Y/%m/%d %H:%M"),
    ],
)
def test_times_may_be_naive_zoned_or_text(change: Callable[[pd.Series], pd.Series]):
    frame = with_burst(table(), 5000, 40, 8)
    found = find_spikes(frame.assign(timestamp=change(frame["timestamp"])))
    np.testing.assert_array_equal(found.table["anomaly_score"], find_spikes(frame).table["anomaly_score"])
    assert len(found.spikes) == 1


@settings(max_examples=8, deadline=None)
@given(st.integers(-60, 60))
def test_shifting_by_days_shifts_the_spikes(weeks: int):
    frame = with_burst(table(3), 3900, 40, 8)
    moved = frame.assign(timestamp=frame["timestamp"] + pd.Timedelta(weeks=weeks))
    one, two = find_spikes(frame).spikes, find_spikes(moved).spikes
    assert [spike.start + pd.Timedelta(weeks=weeks) for spike in one] == [spike.start for spike in two]


@pytest.mark.parametrize(
    ("width", "days", "at", "length"), [(5, 10, 2500, 20), (60, 30, 600, 5), (1440, 200, 150, 3)]
)
def test_any_bucket_width(width: int, days: float, at: int, length: int):
    frame = with_burst(table(days, rate=0.5, width=width), at, length, 12)
    spikes = find_spikes(frame).spikes
    assert any(spike.start <= frame["timestamp"][at + length - 1] <= spike.end for spike in spikes)
    assert len(spikes) <= 2


def test_a_complaint_column_silences_gossip():
    frame = with_burst(table(), 5000, 60, 6)
    rng = np.random.default_rng(5)
    gossip = frame.assign(complaint=rng.binomial(frame["value"], 0.04))
    assert len(find_spikes(gossip).spikes) == 1
    assert find_spikes(gossip, complaint_column="complaint").spikes == ()
    share = np.where(np.arange(len(frame)) // 60 == 5000 // 60, 0.8, 0.04)
    outage = frame.assign(complaint=rng.binomial(frame["value"], share))
    assert len(find_spikes(outage, complaint_column="complaint").spikes) == 1


def test_a_series_indexed_by_time():
    frame = with_burst(table(), 5000, 40, 8)
    assert len(find_spikes(frame.set_index("timestamp")["value"]).spikes) == 1


def test_the_frame_of_count_posts_is_scored_series_by_series(outage_day: pd.DataFrame):
    counts = count_posts(outage_day)
    found = find_spikes(counts)
    pd.testing.assert_frame_equal(found.table[counts.columns], counts)
    assert {(spike.service, spike.series) for spike in found.spikes} >= {("*", "all"), ("美团", "outage")}
    assert all(str(spike.start.tz) == ZONE for spike in found.spikes)


def test_missing_values_and_unreadable_times_score_zero():
    frame = with_burst(table(), 5000, 40, 8)
    frame["value"] = frame["value"].astype("float64")
    frame["timestamp"] = frame["timestamp"].astype("str")
    frame.loc[100, "value"] = np.nan
    frame.loc[200, "timestamp"] = "soon"
    out = find_spikes(frame).table
    assert out.loc[[100, 200], ["expected", "anomaly_score"]].to_numpy().tolist() == [[0.0, 0.0]] * 2
    assert not out.loc[[100, 200], "alarm"].any()


def test_rows_that_share_a_time_are_added_up():
    frame = with_burst(table(), 5000, 40, 8)
    halves = pd.concat(
        [frame.assign(value=frame["value"] // 2), frame.assign(value=frame["value"] - frame["value"] // 2)]
    )
    out = find_spikes(halves).table["anomaly_score"].to_numpy()
    np.testing.assert_array_equal(out[: len(frame)], find_spikes(frame).table["anomaly_score"])


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_tiny_series(n: int):
    found = find_spikes(table().iloc[:n])
    assert found.spikes == ()
    assert len(found.table) == n


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (table(), {"time_column": "when"}, "no column 'when'; they have: timestamp, value"),
        (table(), {"value_column": "n"}, "no column 'n'.*--value-column"),
        (table(), {"complaint_column": "c"}, "no column 'c'"),
        (table().assign(timestamp="soon"), {}, "no time that can be read, e.g. 'soon'"),
        (table().assign(value="many"), {}, "holds no number, e.g. 'many'"),
        (table().assign(value=-1), {}, "holds -1; counts are 0 or more"),
    ],
)
def test_unusable_input_is_explained(frame: pd.DataFrame, options: dict[str, str], message: str):
    with pytest.raises(InputError, match=message):
        find_spikes(frame, **options)


def test_an_unknown_rule_names_the_known_ones():
    with pytest.raises(ConfigError, match="Unknown detection rule 'nbb': did you mean 'nb'"):
        find_spikes(table(), rule="nbb")


def test_wanting_fewer_alarms_gives_no_more_of_them():
    frame = with_burst(table(), 5000, 12, 3)
    many = find_spikes(frame, settings=DetectionSettings(false_alarms_per_week=1000.0)).table["alarm"].sum()
    few = find_spikes(frame, settings=DetectionSettings(false_alarms_per_week=0.001)).table["alarm"].sum()
    assert many > few


def scored(surprise: np.ndarray, new: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    new = np.zeros(len(surprise)) if new is None else new
    times = np.arange(float(len(surprise)))
    return score(surprise, new, times, threshold=4.0, silence=30.0, renotify=120.0)


def test_one_state_lasts_through_short_silences():
    surprise = np.zeros(200)
    surprise[[50, 70, 150]] = 9.0
    _, alarm = scored(surprise)
    assert np.flatnonzero(np.diff(alarm.astype(int)) == 1).tolist() == [49, 149]
    assert alarm[100]
    assert not alarm[101]


def test_hysteresis_keeps_an_alarm_alive_below_the_threshold():
    surprise = np.zeros(200)
    surprise[50], surprise[70:120] = 9.0, 3.0
    times = np.arange(200.0)
    rest = {"threshold": 4.0, "silence": 10.0, "renotify": 60.0}
    _, strict = score(surprise, np.zeros(200), times, **rest)
    _, kept = score(surprise, np.zeros(200), times, hysteresis=0.7, **{**rest, "silence": 30.0})
    assert np.flatnonzero(strict).tolist() == list(range(50, 61))
    assert np.flatnonzero(kept).tolist() == list(range(50, 150))


@pytest.mark.parametrize("hysteresis", [0.0, 1.5])
def test_hysteresis_out_of_range(hysteresis: float):
    with pytest.raises(ConfigError, match=r"detection\.hysteresis must be above 0 and at most 1"):
        find_spikes(table(1), settings=DetectionSettings(hysteresis=hysteresis))


def test_what_is_new_to_the_series_stands_out_once():
    surprise, new = np.zeros(300), np.zeros(300)
    surprise[100:130], new[100:130] = 20.0, 3.0
    value, _ = scored(surprise, new)
    assert value[100] > 0.75
    assert (value[101:130] < 0.6).all()
    new[110:130] = 5.0
    value, _ = scored(surprise, new)
    assert value[110] > value[100]
    assert (value[111:130] < 0.6).all()


def test_novelty_without_surprise_is_no_alarm():
    value, alarm = scored(np.full(50, 3.9), np.full(50, 9.0))
    assert (value < 0.5).all()
    assert not alarm.any()


def test_surprise_stands_in_where_the_past_is_too_short():
    surprise = np.where(np.arange(50) == 20, 20.0, 0.0)
    value, _ = scored(surprise, np.full(50, np.nan))
    assert value[20] > 0.9


def test_plot_draws_the_numbers_it_returns(outage_day: pd.DataFrame):
    frame = with_burst(table(), 5000, 40, 8)
    figure, numbers = find_spikes(frame).plot()
    lines = figure.axes[0].lines
    np.testing.assert_array_equal(lines[0].get_ydata(), frame["value"])
    np.testing.assert_array_equal(lines[1].get_ydata(), numbers["expected"])
    assert len(figure.axes[0].patches) == 1
    _, total = find_spikes(count_posts(outage_day)).plot()
    assert total["value"].sum() == len(outage_day)
