"""What the page tells, against plain counting."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from sentiment.schema import is_voice
from sentiment.serve.room import look
from sentiment.store import Store, open_store, write_store
from tests.serve.conftest import NOW


@pytest.fixture(scope="module")
def posts(planted: Path) -> pd.DataFrame:
    with open_store(planted) as store:
        return store.posts()


def between(posts: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """Return the posts from ``start`` to ``end`` minutes before now, in whole minutes as counts are."""
    minute = posts["created_at"].dt.floor("min")
    at = pd.Timestamp(NOW).ceil("min")
    return posts[minute.ge(at - timedelta(minutes=start)) & minute.lt(at - timedelta(minutes=end))]


def test_flow_and_stances_are_those_of_the_posts(store: Store, posts: pd.DataFrame):
    room = look(store, now=NOW)
    assert room["flow"]["posts"] == len(between(posts, 15, 0)) > 5
    assert room["flow"]["before"] == len(between(posts, 30, 15))
    hour = between(posts, 60, 0)
    hour = hour[is_voice(hour)]
    for row in room["stances"]:
        assert row["n"] == int(hour["stance"].eq(row["stance"]).sum())
    assert sum(row["share"] for row in room["stances"]) == pytest.approx(1, abs=0.001)
    assert room["stances"][0]["diff"] == pytest.approx(
        room["stances"][0]["share"] - room["stances"][0]["share_before"], abs=0.0002
    )


def test_topics_are_those_of_the_last_hour(store: Store, posts: pd.DataFrame):
    hour = posts[posts["created_at"].ge(pd.Timestamp(NOW).ceil("min") - timedelta(hours=1)) & is_voice(posts)]
    rows = look(store, now=NOW)["topics"]
    assert rows
    for row in rows:
        carries = hour["topics"].str.split(";").map(lambda names, topic=row["topic"]: topic in names)
        assert row["posts"] == int(carries.sum())
        assert row["share"] == pytest.approx(carries.mean(), abs=0.0001)
    assert [row["posts"] for row in rows] == sorted((row["posts"] for row in rows), reverse=True)


def test_the_course_ends_with_a_whole_bucket_and_adds_up(store: Store, posts: pd.DataFrame):
    course = look(store, now=NOW, hours=1)["course"]
    assert course["width"] == 1
    assert course["time"][-1] == "2026-03-12T12:49:00+08:00"
    assert sum(course["all"]) == len(between(posts, 60, 1))
    wide = look(store, now=NOW, hours=24)["course"]
    assert pd.Timestamp(wide["time"][-1]) + timedelta(minutes=wide["width"]) <= pd.Timestamp(NOW)


def test_the_open_incident_is_told_with_its_phases(store: Store):
    (one,) = look(store, now=NOW)["open"]
    assert (one["service"], one["kind"], one["state"]) == ("美团", "outage", "open")
    assert one["minutes"] == round(
        (pd.Timestamp(NOW).ceil("min") - pd.Timestamp(one["onset"])).total_seconds() / 60
    )
    assert one["spans"][0]["from"] == 0
    assert one["spans"][-1]["to"] == 1
    assert one["phase"] == one["spans"][-1]["name"]


def test_representative_posts_are_late_diverse_and_masked(store: Store, posts: pd.DataFrame):
    shown = look(store, now=NOW)["posts"]
    assert 3 <= len(shown) <= 8
    authors = posts.set_index("post_id")["author"]
    assert len({authors[one["post_id"]] for one in shown}) == len(shown)
    assert all(pd.Timestamp(one["created_at"]) >= pd.Timestamp(NOW) - timedelta(hours=1) for one in shown)
    times = [one["created_at"] for one in shown]
    assert times == sorted(times, reverse=True)
    told = repr(look(store, now=NOW))
    assert "author" not in {name for one in shown for name in one}
    assert "13912345678" not in told
    assert "a.b@c.example" not in told


def test_one_service_alone(store: Store):
    room = look(store, now=NOW, service="美团")
    assert {one["service"] for one in room["posts"]} == {"美团"}
    assert room["flow"]["posts"] <= look(store, now=NOW)["flow"]["posts"]
    nobody = look(store, now=NOW, service="没有这个")
    assert (nobody["flow"]["posts"], nobody["posts"], nobody["open"]) == (0, [], [])


def test_a_store_that_nobody_feeds_is_shown_as_it_was(store: Store):
    room = look(store, now=NOW + timedelta(days=30))
    assert room["stale"]
    assert room["anchor"] == "2026-03-12T12:51:00+08:00"
    assert room["flow"]["posts"] > 5
    assert not look(store, now=NOW)["stale"]


def test_a_mark_is_measured_where_watch_has_done_so(store: Store):
    store.mark_response("2026-03-12 12:38", "我们深表歉意", service="美团", by="小王")
    (mark,) = look(store, now=NOW)["responses"]
    assert (mark["text"], mark["by"], mark["service"]) == ("我们深表歉意", "小王", "美团")
    known = [pd.Timestamp(one["at"]) for one in look(store, now=NOW)["open"][0]["responses"]]
    assert (mark["verdict"] is not None) == (pd.Timestamp("2026-03-12 12:38+08:00") in known)


def test_an_empty_store_says_so(tmp_path: Path):
    with write_store(tmp_path / "store"):
        pass
    with open_store(tmp_path / "store") as store:
        room = look(store, now=NOW)
    assert (room["totals"]["posts"], room["open"], room["posts"], room["topics"]) == (0, [], [], [])
    assert room["watch"]["state"] == "absent"
    assert [row["share"] for row in room["stances"]] == [None, None, None]
