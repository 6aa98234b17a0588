"""The course of topics, and which are rising."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.topics.phases import phases_of, rising_topics, topic_course


def _at(clock: str) -> pd.Timestamp:
    return pd.Timestamp(f"2026-03-12 {clock}", tz="Asia/Shanghai")


def _frame(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["clock", "topics", "stance"])
    frame["author"] = [f"a{n % 3}" for n in range(len(frame))]
    frame["region"] = ["北京", "上海", "北京"][: len(frame)] + ["上海"] * (len(frame) - 3)
    return frame.assign(
        created_at=[_at(clock) for clock in frame["clock"]],
        account_kind="person", hijack=False, tokens="崩了", service="美团",
    )  # fmt: skip


def test_phases_follow_one_another() -> None:
    phases = phases_of(_at("12:00"), _at("12:30"), _at("14:00"), _at("18:00"))
    assert [phase.name for phase in phases] == ["before", "growth", "decline", "after"]
    assert all(one.end == two.start for one, two in pairwise(phases))
    assert phases[0].start == _at("10:00")


def test_an_open_incident_has_no_after() -> None:
    phases = phases_of(_at("12:00"), _at("12:30"), None, _at("13:00"))
    assert [phase.name for phase in phases] == ["before", "growth", "decline"]
    assert phases[-1].end == _at("13:00")


def test_shares_are_of_the_phase_and_say_who_is_hit() -> None:
    posts = _frame(
        [
            ("12:05", "access;payment", "complaint"),
            ("12:06", "access", "understanding"),
            ("12:07", "", "neutral"),
            ("12:50", "payment", "complaint"),
        ]
    )
    phases = phases_of(_at("12:00"), _at("12:30"), _at("13:00"), _at("13:00"))
    course = topic_course(posts, phases).set_index(["phase", "topic"])
    access = course.loc[("growth", "access")]
    assert (access["posts"], access["share"], access["complaint"], access["understanding"]) == (
        2,
        0.6667,
        1,
        1,
    )
    assert (access["authors"], access["regions"], access["services"]) == (2, "上海;北京", "美团")
    assert course.loc[("decline", "payment"), "share"] == 1.0


def test_discovered_topics_take_part() -> None:
    posts = _frame(
        [("12:05", "other", "complaint"), ("12:06", "access", "neutral"), ("12:07", "other", "neutral")]
    )
    phases = phases_of(_at("12:00"), _at("12:30"), None, _at("12:30"))
    course = topic_course(posts, phases, found=pd.Series({0: "d1", 2: ""}))
    assert course.set_index("topic").loc["d1", "posts"] == 1


def test_a_topic_that_grows_is_rising_and_one_that_keeps_its_share_is_not() -> None:
    early = [(f"12:{n:02d}", "access" if n % 2 else "payment", "neutral") for n in range(60)]
    late = [(f"13:{n:02d}", "access" if n % 2 else "compensation", "neutral") for n in range(60)]
    table = rising_topics(_frame([*early, *late]), now=_at("14:00")).set_index("topic")
    assert table["rising"].to_dict() == {"compensation": True, "access": False, "payment": False}
    assert table.loc["compensation", "posts"] == 30
    assert table.loc["payment", "before"] == 30


def test_nothing_is_rising_without_a_time_before() -> None:
    posts = _frame([("12:05", "access", "neutral")] * 30)
    assert not rising_topics(posts)["rising"].any()
    assert rising_topics(posts.head(0)).empty


def test_a_window_of_no_length_is_refused() -> None:
    with pytest.raises(InputError, match="longer than nothing"):
        rising_topics(_frame([("12:05", "access", "neutral")] * 3), window=pd.Timedelta(0))
