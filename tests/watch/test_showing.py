"""What an event shows: people's newest words, masked, and the topics hit; nothing where it was withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from sentiment.events import Event
from sentiment.schema import ANNOTATED, empty
from sentiment.topics import load_topic_model
from sentiment.watch.showing import with_posts

AT = datetime.fromisoformat("2026-03-12T12:00+08:00")
INCIDENT = {"onset": "2026-03-12T11:40:00+08:00", "end": None, "service": "美团"}
POSTS = [
    # minute, author, words, service, topics, account
    (39, "a", "美团崩了，这是之前的", "美团", "payment", "person"),
    (41, "b", "付不了钱，电话 13812345678", "美团", "payment", "person"),
    (42, "c", "取票码刷不出来怎么办", "", "movie_tickets;payment", "person"),
    (43, "d", "微信也崩了", "微信", "access", "person"),
    (44, "e", "我们已知悉，正在修复", "美团", "official_response", "official"),
    (45, "f", "又打不开", "美团", "other", "person"),
]


def posts() -> pd.DataFrame:
    rows = [
        {
            "post_id": author,
            "created_at": pd.Timestamp(f"2026-03-12 11:{minute}", tz="Asia/Shanghai"),
            "text": words,
            "own_text": words,
            "author": author,
            "dup_group": author,
            "account_kind": account,
            "service": service,
            "topics": topics,
            "stance": "complaint",
            "outage": True,
            "p_neutral": 0.1,
            "p_outage": 0.9,
            "stance_sure": True,
            "truncated": False,
            "hijack": False,
        }
        for minute, author, words, service, topics, account in POSTS
    ]
    return pd.concat([empty(ANNOTATED), pd.DataFrame(rows)], ignore_index=True)


def shown(note: str = "", **more: object) -> dict[str, Any]:
    event = Event("a/trigger-1", "trigger", "a", AT, "美团", 2, {**INCIDENT, **more}, note)
    (changed,) = with_posts([event], posts(), load_topic_model().topics)
    assert changed.to_dict() | {"incident": None} == event.to_dict() | {"incident": None}
    return dict(changed.incident)


def test_the_newest_words_of_people_come_first_and_hide_private_data() -> None:
    assert shown()["quotes"] == ["又打不开", "取票码刷不出来怎么办", "付不了钱，电话 [电话]"]


def test_topics_are_counted_in_the_posts_behind_the_incident() -> None:
    assert [(one["topic"], one["posts"]) for one in shown()["topics"]] == [
        ("payment", 2),
        ("movie_tickets", 1),
    ]
    assert {"name_zh", "name_en"} < set(shown()["topics"][0])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"end": "2026-03-12T11:41:30+08:00"}, ["付不了钱，电话 [电话]"]),
        ({"service": None, "onset": "2026-03-12T11:43:00+08:00"}, ["又打不开", "微信也崩了"]),
    ],
)
def test_only_posts_of_its_time_and_service_are_shown(more: dict[str, object], words: list[str]) -> None:
    assert shown(**more)["quotes"] == words


def test_a_withdrawn_incident_shows_nothing() -> None:
    assert "quotes" not in shown(note="withdrawn")
