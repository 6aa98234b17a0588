"""Seeded topics of one post."""

from __future__ import annotations

import pytest

from sentiment.schema import TOPIC_IDS
from sentiment.text.clean import model_text
from sentiment.topics.seeded import load_topics, topic_words, topics_of


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("我的外卖怎么办？", {"takeout"}),
        ("刚看好的电影票没了！", {"movie_tickets"}),
        ("钱扣了没有订单，退款也不到账", {"payment"}),
        ("一打开就网络异常", {"access"}),
        ("客服电话打不通", {"support"}),
        ("以后再也不敢用了，信任没了", {"trust"}),
        ("卸载了，换平台", {"switching"}),
        ("十块钱优惠券打发谁", {"compensation"}),
        ("是不是被黑客攻击了", {"cause"}),
        ("中午高峰店里一单都没接到", {"merchants"}),
        ("酒店前台说查不到订单", {"hotel_travel"}),
        ("餓了，外賣點不了", {"takeout"}),
    ],
)
def test_posts_get_their_topics(text: str, topics: set[str]) -> None:
    assert topics <= set(topics_of(model_text(text)))


@pytest.mark.parametrize("text", ["你好", "", "今天天气真好"])
def test_the_rest_is_other(text: str) -> None:
    assert topics_of(text) == ("other",)


def test_a_phrase_of_unless_shields_its_words() -> None:
    assert "access" not in topics_of("心态崩了")
    assert "access" in topics_of("心态崩了，美团也崩了")


def test_topics_of_the_file_are_the_designs() -> None:
    assert tuple(sorted(load_topics())) == tuple(sorted(TOPIC_IDS))


@pytest.mark.parametrize("topic", [topic for topic in TOPIC_IDS if topic != "other"])
def test_examples_show_their_topic(topic: str) -> None:
    for example in load_topics()[topic].examples:
        assert topic in topics_of(model_text(example))


def test_words_are_in_the_form_they_are_matched_on() -> None:
    for topic in load_topics().values():
        assert len(topic.words) == len(set(topic.words)), topic.id


def test_the_words_found_are_told() -> None:
    assert topic_words("外卖没到，退款")["takeout"] == ("外卖",)
