"""Arrays over time: buckets, the usual level, stance shares."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.report.course import (
    WIDTHS,
    count_course,
    display_width,
    focus,
    stance_course,
    usual_level,
)
from sentiment.schema import COUNTS, ZONE, empty


@given(st.floats(0, 5e6), st.integers(20, 400))
def test_display_width_is_the_narrowest_that_fits(minutes: float, most: int):
    width = display_width(minutes, most=most)
    assert minutes / width <= most or width == WIDTHS[-1]
    narrower = [w for w in WIDTHS if w < width]
    assert all(minutes / w > most for w in narrower)


@pytest.mark.parametrize("most", [10, 60, 150, 5000])
def test_no_post_is_lost_between_bucket_widths(world: SimpleNamespace, annotated: pd.DataFrame, most: int):
    course = count_course(world.counts(annotated), most=most)
    assert sum(course["all"]) == len(annotated)
    assert {len(course[name]) for name in ("all", "time", "expected", "complaint")} == {len(course["time"])}


def test_the_window_is_respected(world: SimpleNamespace, annotated: pd.DataFrame):
    start, end = (pd.Timestamp(f"2025-06-18 {clock}", tz=ZONE) for clock in ("12:00", "13:00"))
    course = count_course(world.counts(annotated), start=start, end=end)
    assert course["width"] == 1
    assert course["time"][0] == start.isoformat()
    assert course["time"][-1] == end.isoformat()
    inside = annotated["created_at"].between(start, end + pd.Timedelta("59s"))
    assert sum(course["all"]) == int(inside.sum())


def test_wide_input_buckets_are_never_split(world: SimpleNamespace, annotated: pd.DataFrame):
    counts = world.counts(annotated)
    hourly = counts.assign(bucket=counts["bucket"].dt.floor("h"))
    hourly = hourly.groupby(["bucket", "service", "series"], as_index=False)["n"].sum()
    course = count_course(hourly, most=100_000)
    assert course["width"] == 60
    assert sum(course["all"]) == len(annotated)


def test_years_are_shown_in_weeks():
    days = pd.date_range("2019-01-01", periods=1500, freq="D", tz=ZONE)
    counts = pd.DataFrame({"bucket": days, "service": "*", "series": "all", "n": 1})
    course = count_course(counts, most=250)
    assert course["width"] == 10080
    assert sum(course["all"]) == 1500
    assert pd.Timestamp(course["time"][3]).day_name() == "Monday"


def test_no_counts_give_empty_arrays():
    course = count_course(empty(COUNTS))
    assert course["time"] == course["all"] == []
    assert stance_course(course)["time"] == []


def test_usual_level_is_the_median_of_earlier_days():
    hours = pd.date_range("2025-06-01", periods=24 * 4, freq="h", tz=ZONE)
    level = pd.Series([10.0 if at.hour >= 12 else 2.0 for at in hours], index=hours)
    shown = hours[24 * 3 :]
    usual = usual_level(level, shown, width=60)
    assert usual[3] == 2.0
    assert usual[20] == 10.0


def test_one_earlier_day_is_no_usual_level():
    hours = pd.date_range("2025-06-01", periods=48, freq="h", tz=ZONE)
    usual = usual_level(pd.Series(1.0, index=hours), hours[24:], width=60)
    assert set(usual) == {None}


def test_an_outage_does_not_make_itself_usual(world: SimpleNamespace, annotated: pd.DataFrame):
    start = pd.Timestamp("2025-06-18 11:30", tz=ZONE)
    course = count_course(world.counts(annotated), start=start, end=start + pd.Timedelta("2h"))
    assert max(course["all"]) > 10
    assert max(value for value in course["expected"] if value is not None) < 2


def test_stance_shares_add_up_and_thin_buckets_stay_empty():
    course = {
        "width": 5,
        "time": ["t0", "t1", "t2", "t3"],
        "complaint": [0, 8, 1, 6],
        "understanding": [0, 1, 1, 2],
        "neutral": [0, 1, 1, 2],
    }
    shares = stance_course(course)
    assert shares["time"] == ["t1", "t2", "t3"]
    assert shares["complaint"] == [0.8, None, 0.6]
    assert shares["n"] == [10, 3, 10]
    for n in (0, 2):
        assert sum(shares[s][n] for s in ("complaint", "understanding", "neutral")) == pytest.approx(1)


def test_focus_stays_inside_the_data():
    first, last = (pd.Timestamp(f"2025-06-18 {clock}", tz=ZONE) for clock in ("11:50", "14:00"))
    incident = {"onset": "2025-06-18T12:00:00+08:00", "end": "2025-06-18T13:00:00+08:00"}
    start, end = focus(incident, first, last)
    assert start == first
    assert end == pd.Timestamp("2025-06-18 13:30", tz=ZONE)
    assert focus({**incident, "end": None}, first, last)[1] == last
