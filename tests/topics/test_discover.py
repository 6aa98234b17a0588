"""Topics that the topic file does not name."""

from __future__ import annotations

import json
from itertools import combinations

import pandas as pd
import pytest

from sentiment.errors import InputError, SchemaError
from sentiment.text.segment import Segmenter
from sentiment.topics.course import found_table
from sentiment.topics.discover import Discovered, TopicState, discover_topics
from sentiment.topics.words import says_something, stop_words

PLANTED = {
    "exam": ("考试", "交卷", "缺考", "监考", "成绩", "补考", "题目", "答题卡"),
    "game": ("排位", "赛季", "皮肤", "掉段", "队友", "段位", "英雄", "团战"),
    "meter": ("电表", "水费", "燃气", "缴费", "停水", "抄表", "阀门", "欠费"),
}


def _posts(names: list[str], each: int = 40, *, start: int = 0) -> pd.DataFrame:
    rows = []
    for name in names:
        words = PLANTED[name]
        for n in range(start, start + each):
            a, b, c = list(combinations(words, 3))[n * 11 % 56]
            rows.append((f"{name}{n}", f"我们今天{a}的时候{b}又{c}了", name))
    frame = pd.DataFrame(rows, columns=["post_id", "own_text", "planted"])
    cut = Segmenter(tuple(word for words in PLANTED.values() for word in words)).cut
    frame["tokens"] = [" ".join(cut(text)) for text in frame["own_text"]]
    return frame.assign(
        topics="other", dup_group=frame["post_id"], account_kind="person", hijack=False, stance="neutral",
        created_at=pd.Timestamp("2026-03-12 12:00", tz="Asia/Shanghai"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def posts() -> pd.DataFrame:
    return _posts(["exam", "game", "meter"])


def test_what_was_planted_is_found_and_named(posts: pd.DataFrame) -> None:
    found = discover_topics(posts)
    clear = found.assigned[found.assigned != ""]
    assert found.unclear < 0.25
    planted = pd.crosstab(clear, posts.loc[clear.index, "planted"])
    assert (planted.max(axis=1) == planted.sum(axis=1)).all()
    assert (planted.max(axis=0) > 0).all()
    vocabulary = {word for words in PLANTED.values() for word in words}
    for row in found.table.to_dict("records"):
        assert set(row["name"].split("·")) <= vocabulary
        assert len(row["quotes"]) == 3
        assert set(row["quotes"]) <= set(posts["own_text"])
        assert row["posts"] == found.assigned.eq(row["topic"]).sum()


def test_the_same_posts_in_any_order_give_the_same(posts: pd.DataFrame) -> None:
    shuffled = posts.sample(frac=1, random_state=3)
    once, again = discover_topics(posts), discover_topics(shuffled)
    pd.testing.assert_frame_equal(once.table, again.table)
    pd.testing.assert_series_equal(once.assigned, again.assigned.sort_index())


def test_yesterdays_topics_keep_their_ids(posts: pd.DataFrame) -> None:
    def main_id(found: Discovered, frame: pd.DataFrame, name: str) -> str:
        given = str(found.assigned[frame["planted"] == name].mode()[0])
        assert given
        return given

    first = discover_topics(posts)
    kept = TopicState.from_dict(json.loads(json.dumps(first.state.to_dict())))
    next_day = _posts(["meter", "exam"], each=50, start=3)
    second = discover_topics(next_day, state=kept)
    for name in ("exam", "meter"):
        assert main_id(second, next_day, name) == main_id(first, posts, name)
    third = discover_topics(posts, state=second.state)
    assert main_id(third, posts, "game") == main_id(first, posts, "game")


def test_a_new_topic_gets_an_id_never_given_before(posts: pd.DataFrame) -> None:
    old = discover_topics(_posts(["exam", "game"])).state
    new = discover_topics(_posts(["meter"], each=56), state=old)
    assert not set(new.table["topic"]) & {topic.id for topic in old.topics}
    assert {topic.id for topic in old.topics} < {topic.id for topic in new.state.topics}


@pytest.mark.parametrize("change", [{"topics": "payment"}, {"account_kind": "media"}, {"hijack": True}])
def test_only_users_posts_that_no_seeded_topic_fits_are_looked_at(posts: pd.DataFrame, change: dict) -> None:
    found = discover_topics(posts.assign(**change))
    assert found.assigned.empty
    assert found.table.empty
    assert found.unclear == 0.0


def test_few_posts_stay_unclear(posts: pd.DataFrame) -> None:
    found = discover_topics(posts.head(10))
    assert found.unclear == 1.0
    assert discover_topics(posts, most=0).unclear == 1.0


def test_copies_are_learnt_from_once(posts: pd.DataFrame) -> None:
    copies = pd.concat([posts.head(1).assign(post_id=f"copy{n}") for n in range(200)], ignore_index=True)
    assert discover_topics(copies).table.empty


def test_discovered_topics_are_rows_of_the_topic_table(posts: pd.DataFrame) -> None:
    found = discover_topics(posts)
    table = found_table(posts, found)
    assert table["posts"].tolist() == found.table["posts"].tolist()
    assert table["share"].sum() == pytest.approx(1 - found.unclear, abs=0.001)
    assert table["peak"].eq("2026-03-12T12:00+08:00").all()


def test_a_stop_word_or_a_service_is_no_name() -> None:
    assert not any(says_something(word) for word in [*stop_words(), "美团", "！！", "8"])
    assert says_something("取票码")


@pytest.mark.parametrize("data", [{}, {"topics": 3, "given": 0}, {"topics": [{"id": "d1"}], "given": 1}])
def test_a_state_that_is_none_is_refused(data: dict) -> None:
    with pytest.raises(InputError, match="topic state"):
        TopicState.from_dict(data)


def test_a_frame_without_tokens_is_refused() -> None:
    with pytest.raises(SchemaError, match="discover_topics needs the columns"):
        discover_topics(pd.DataFrame({"post_id": ["1"]}))
