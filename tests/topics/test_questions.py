"""Questions people ask, and whether somebody has answered."""

from __future__ import annotations

import pandas as pd
import pytest

from sentiment.errors import SchemaError
from sentiment.text.segment import Segmenter
from sentiment.topics.questions import COLUMNS, list_questions

ASKED = [
    ("12:00", "退款什么时候到账", "person", ""),
    ("12:02", "请问退款多久到账", "person", ""),
    ("12:04", "退款几天到账啊有人知道吗", "person", ""),
    ("12:01", "会员积分还能兑换吗", "person", ""),
    ("13:00", "订单退款将在三天内到账", "official", "美团"),
    ("12:30", "退款到账要等几天，记者问了", "official", "某某晚报"),
    ("14:00", "今天天气不错", "person", ""),
]


@pytest.fixture
def posts() -> pd.DataFrame:
    frame = pd.DataFrame(ASKED, columns=["clock", "own_text", "account_kind", "account_name"])
    frame["post_id"] = frame["dup_group"] = frame["author"] = [f"p{n}" for n in range(len(frame))]
    frame["created_at"] = pd.to_datetime("2026-03-12 " + frame["clock"]).dt.tz_localize("Asia/Shanghai")
    frame["tokens"] = [" ".join(Segmenter().cut(text)) for text in frame["own_text"]]
    asks = frame.index < 4
    return frame.assign(asks_help=asks, topics="payment", service="", hijack=False)


def test_posts_that_ask_the_same_are_one_question(posts: pd.DataFrame) -> None:
    table = list_questions(posts)
    assert list(table.columns) == list(COLUMNS)
    assert table["posts"].tolist() == [1, 3]
    assert set(table.loc[1, "post_ids"].split(";")) == {"p0", "p1", "p2"}
    assert table.loc[1, "question"] in set(posts["own_text"])


def test_the_services_own_account_answers_and_a_newspaper_does_not(posts: pd.DataFrame) -> None:
    table = list_questions(posts).set_index("posts")
    assert (table.loc[3, "answered"], table.loc[3, "answer_post_id"]) == (True, "p4")
    assert table.loc[3, "waiting_minutes"] == 58.0
    assert (table.loc[1, "answered"], table.loc[1, "answer"]) == (False, "")
    assert table.loc[1, "waiting_minutes"] == 119.0
    assert table.loc[1, "weight"] == 119.0


def test_an_earlier_text_is_no_answer(posts: pd.DataFrame) -> None:
    posts.loc[4, "created_at"] -= pd.Timedelta(hours=2)
    assert not list_questions(posts)["answered"].any()


def test_unanswered_questions_of_many_who_wait_long_come_first(posts: pd.DataFrame) -> None:
    silent = posts[posts["account_kind"] != "official"]
    table = list_questions(silent)
    assert table["posts"].tolist() == [3, 1]
    assert table["weight"].is_monotonic_decreasing


def test_no_questions_give_an_empty_table(posts: pd.DataFrame) -> None:
    assert list_questions(posts.assign(asks_help=False)).empty
    assert list_questions(posts.head(0)).empty


def test_a_question_without_words_is_kept(posts: pd.DataFrame) -> None:
    mute = posts.head(1).assign(own_text="？？？", tokens="？ ？ ？")
    assert list_questions(mute)["question"].tolist() == ["？？？"]


def test_a_frame_without_times_is_refused() -> None:
    with pytest.raises(SchemaError, match="list_questions needs the columns"):
        list_questions(pd.DataFrame({"post_id": ["1"]}))
