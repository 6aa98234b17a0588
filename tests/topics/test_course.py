"""Topics over many posts."""

from __future__ import annotations

import pandas as pd
import pytest

from sentiment.annotation import annotate
from sentiment.errors import SchemaError
from sentiment.schema import is_voice
from sentiment.topics.course import COLUMNS, topic_table


@pytest.fixture(scope="module")
def annotated() -> pd.DataFrame:
    texts = [
        "外卖没到，等了一个小时还没送",
        "外卖点不了，饿死了",
        "电影票没了，退款也不给",
        "你好呀",
        "卖手机壳 #美团崩了#",
    ]
    return annotate(
        pd.DataFrame(
            {
                "text": [*texts, "致歉公告"],
                "created_at": pd.date_range("2026-03-12 12:00", periods=6, freq="20min"),
                "account_kind": ["person"] * 5 + ["official"],
                "hijack": [False] * 4 + [True, False],
            }
        )
    )


def test_one_row_a_topic_most_posts_first(annotated: pd.DataFrame) -> None:
    table = topic_table(annotated)
    assert list(table.columns) == list(COLUMNS)
    assert table["posts"].is_monotonic_decreasing
    assert table.set_index("topic").loc["takeout", "posts"] == 2


def test_shares_are_of_voices_and_ids_are_of_posts(annotated: pd.DataFrame) -> None:
    table = topic_table(annotated).set_index("topic")
    assert table.loc["takeout", "share"] == 0.5
    assert set(table.loc["takeout", "post_ids"].split(";")) == {"row0", "row1"}
    assert table.loc["movie_tickets", "peak"] == "2026-03-12T12:30+08:00"


def test_official_and_hijack_posts_are_no_voices(annotated: pd.DataFrame) -> None:
    assert is_voice(annotated).tolist() == [True, True, True, True, False, False]


def test_no_posts_give_an_empty_table(annotated: pd.DataFrame) -> None:
    assert topic_table(annotated.head(0)).empty


def test_a_frame_without_topics_is_refused() -> None:
    with pytest.raises(SchemaError, match="topics needs the columns"):
        topic_table(pd.DataFrame({"text": ["崩了"]}))
