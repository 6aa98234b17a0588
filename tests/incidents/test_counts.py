"""Counting posts a minute."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.errors import InputError, SchemaError
from sentiment.incidents import count_posts, display_counts
from sentiment.incidents.counts import SERIES, display_width
from sentiment.incidents.grid import grids
from sentiment.incidents.minutes import active_minutes, crawl_gaps, minute_times, wall_minutes
from sentiment.schema import COUNTS, TIME, ZONE, complete_posts


def n_of(counts: pd.DataFrame, service: str, series: str) -> pd.Series:
    chosen = counts[(counts["service"] == service) & (counts["series"] == series)]
    return chosen.set_index("bucket")["n"]


@pytest.fixture(name="few")
def _few(scene: SimpleNamespace) -> pd.DataFrame:
    rows = [
        # minute, stance, outage, service, author, account_kind, hijack, asks_help, root_id
        (0.2, "complaint", True, "美团", "a", "person", False, True, ""),
        (0.8, "complaint", True, "美团", "a", "person", False, False, "r1"),
        (2.0, "understanding", False, "", "b", "person", False, False, "r1"),
        (2.1, "neutral", True, "", "c", "media", False, True, "r1"),
        (2.2, "complaint", True, "美团", "d", "person", True, False, ""),
        (2.3, "neutral", False, "美团", "", "unknown", False, False, ""),
        (2.4, "neutral", False, "美团", "", "unknown", False, False, ""),
    ]
    names = [
        "minute",
        "stance",
        "outage",
        "service",
        "author",
        "account_kind",
        "hijack",
        "asks_help",
        "root_id",
    ]
    frame = pd.DataFrame(rows, columns=names)
    at = pd.Timestamp("2025-04-11 10:00", tz=ZONE) + pd.to_timedelta(frame.pop("minute"), unit="min")
    return scene.together(frame.assign(created_at=at.astype(TIME)))


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ("all", [2, 0, 5]),
        ("complaint", [2, 0, 0]),
        ("understanding", [0, 0, 1]),
        ("neutral", [0, 0, 2]),
        ("outage", [2, 0, 0]),
        ("help", [1, 0, 0]),
        ("authors", [1, 0, 3]),  # b and two unknown ones; media and hijack are left out
        ("roots", [2, 0, 4]),
    ],
)
def test_series_of_the_total(few: pd.DataFrame, series: str, expected: object):
    assert n_of(count_posts(few), "*", series).tolist() == expected


def test_the_frame_follows_the_contract(few: pd.DataFrame):
    counts = count_posts(few, min_service_posts=1)
    assert list(counts.columns) == list(COUNTS)
    assert {name: str(dtype) for name, dtype in counts.dtypes.items()} == dict(COUNTS)
    assert counts.equals(counts.sort_values(["service", "series", "bucket"], ignore_index=True))
    assert set(counts["series"]) == set(SERIES)


def test_a_service_needs_enough_posts_by_people(few: pd.DataFrame):
    assert "美团" in set(count_posts(few, min_service_posts=4)["service"])
    assert "美团" not in set(count_posts(few, min_service_posts=5)["service"])  # the hijack post is no voice


def test_one_service_takes_all_posts(few: pd.DataFrame):
    counts = count_posts(few, service="饿了么")
    assert set(counts["service"]) == {"*", "饿了么"}
    assert n_of(counts, "饿了么", "all").tolist() == n_of(counts, "*", "all").tolist()


def test_untimed_posts_are_left_out_and_the_input_is_unchanged(few: pd.DataFrame):
    few.loc[0, "created_at"] = pd.NaT
    before = few.copy(deep=True)
    assert n_of(count_posts(few), "*", "all").sum() == 6
    pd.testing.assert_frame_equal(few, before)


def test_only_untimed_posts_give_an_empty_frame(few: pd.DataFrame):
    few["created_at"] = pd.Series(pd.DatetimeIndex([pd.NaT] * len(few)).tz_localize(ZONE))
    assert count_posts(few).empty
    assert list(count_posts(few).columns) == list(COUNTS)


def test_days_without_a_post_cost_nothing(few: pd.DataFrame):
    few.loc[6, "created_at"] = few.loc[0, "created_at"] + pd.Timedelta(days=40)
    counts = count_posts(few)
    assert len(n_of(counts, "*", "all")) == 14 * 60 + 10 * 60 + 1  # 10:00 to midnight, midnight to 10:00


def test_missing_columns_are_named():
    with pytest.raises(SchemaError, match="count_posts needs the columns post_id, created_at"):
        count_posts(pd.DataFrame({"text": ["又崩了"]}))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60))
def test_counts_add_up_to_posts(scene: SimpleNamespace, minutes: list[int]):
    posts = scene.together(scene.posts_at(np.array(minutes), np.random.default_rng(0)))
    counts = count_posts(posts)
    assert n_of(counts, "*", "all").sum() == len(minutes)
    stances = sum(n_of(counts, "*", name).sum() for name in ("complaint", "understanding", "neutral"))
    assert stances == len(minutes)
    assert display_counts(counts).groupby("series")["n"].sum()["all"] == len(minutes)


def test_zero_rows_can_be_left_out_without_loss(outage_day: pd.DataFrame):
    full, bare = count_posts(outage_day, zeros=True), count_posts(outage_day, zeros=False)
    assert (bare["n"] > 0).all()
    assert len(bare) < len(full) / 2
    for (name, one), (other, two) in zip(grids(full), grids(bare), strict=True):
        assert name == other
        assert all((one.series(series) == two.series(series)).all() for series in SERIES)


def test_grids_put_the_total_first_and_widen_for_years(outage_day: pd.DataFrame):
    counts = count_posts(outage_day)
    names = [name for name, _ in grids(counts)]
    assert names == ["*", "美团"]
    wide = dict(grids(counts, max_minutes=2000))["*"]
    assert wide.width == 5
    assert wide.series("all").sum() == len(outage_day)


def test_an_absent_series_is_zero(outage_day: pd.DataFrame):
    grid = dict(grids(count_posts(outage_day)))["*"]
    assert grid.series("no such series").sum() == 0


def test_grids_of_nothing():
    assert list(grids(pd.DataFrame({name: [] for name in COUNTS}))) == []


@pytest.mark.parametrize(
    ("minutes", "length"), [([], 0), ([7], 1), ([0, 1439], 1440), ([0, 5 * 1440], 1441), ([1430, 1450], 21)]
)
def test_active_minutes(minutes: list[int], length: int):
    assert len(active_minutes(np.array(minutes, dtype=np.int64))) == length


@given(st.integers(26_000_000, 40_000_000))  # 2019 on; clocks did not change
def test_minutes_and_times_are_inverse(minute: int):
    assert wall_minutes(pd.Series(minute_times(np.array([minute])))).tolist() == [minute]


@pytest.mark.parametrize(("minutes", "width"), [(300, 1), (1900, 5), (5000, 15), (20000, 60), (90000, 1440)])
def test_display_width_follows_the_span(minutes: list[int], width: int):
    ends = minute_times(np.array([29_000_160, 29_000_160 + minutes]))
    middle = minute_times(np.arange(29_000_160, 29_000_160 + minutes, 700))
    times = ends.append(middle)
    counts = pd.DataFrame({"bucket": times, "service": "*", "series": "all", "n": 1})
    assert display_width(counts) == width
    shown = display_counts(counts)
    assert shown["n"].sum() == len(times)
    assert len(shown) <= 400
    assert shown["bucket"].is_monotonic_increasing


def test_display_counts_wants_a_bucket(outage_day: pd.DataFrame):
    with pytest.raises(InputError, match="needs buckets of 1 or more, not 0"):
        display_counts(count_posts(outage_day), buckets=0)


def test_a_busy_crawl_that_stops_for_a_while_leaves_a_gap_not_zeros():
    busy = np.concatenate([np.arange(30), np.arange(90, 120)])
    assert crawl_gaps(busy, np.full(60, 5)).tolist() == list(range(30, 90))


@pytest.mark.parametrize(
    ("minutes", "posts"),
    [
        ([], []),
        ([5], [9]),
        (list(range(0, 3000, 40)), [3] * 75),
        ([*range(10), *range(12, 30)], [5] * 28),
        ([*range(0, 600, 30), *range(700, 720)], [1] * 20 + [60] * 20),
    ],
    ids=["none", "one", "sparse", "two quiet minutes", "quiet before an outage"],
)
def test_quiet_is_no_gap(minutes: list[int], posts: list[int]):
    assert crawl_gaps(np.array(minutes, dtype=np.int64), np.array(posts, dtype=np.int64)).tolist() == []


def test_posts_that_name_no_service_are_counted_once() -> None:
    """Sparse counts hold one row a cell, also where there is no service to count by itself."""
    moment = pd.Timestamp("2026-03-12 12:00", tz=ZONE)
    posts = complete_posts(pd.DataFrame({"text": ["又崩了"] * 3, "created_at": [moment] * 3}))
    annotated = posts.assign(stance="complaint", asks_help=False, outage=True, service="")
    counts = count_posts(annotated, min_service_posts=0, zeros=False)
    assert not counts.duplicated(["bucket", "service", "series"]).any()
    assert counts.loc[counts["series"] == "all", "n"].tolist() == [3]
