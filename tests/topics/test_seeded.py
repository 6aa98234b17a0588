"""Seeded topics of one post."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment.annotation import annotate
from sentiment.errors import ConfigError, InputError
from sentiment.schema import TOPIC_IDS
from sentiment.text.clean import model_text
from sentiment.topics.model import load_topic_model, load_weights, read_words, topics_of
from sentiment.topics.seeded import load_topics, topic_words


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


def _own(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_users_topic_and_word_count_at_once(tmp_path: Path) -> None:
    file = _own(
        tmp_path,
        '[exam]\nzh = "考试"\nen = "Exam"\nwords = ["交卷", "監考"]\n[payment]\nwords = ["退款", "钱飞了"]\n',
    )
    model = load_topic_model(file)
    assert model.ids == ("exam", "payment")
    assert topics_of("交卷时卡住了", model=model) == ("exam",)
    assert topics_of("监考老师也懵", model=model) == ("exam",)
    assert "payment" in topics_of("我的钱飞了", model=model)
    assert "payment" not in topics_of("我的钱飞了")


def test_a_topic_taken_out_is_gone(tmp_path: Path) -> None:
    model = load_topic_model(_own(tmp_path, '[takeout]\nwords = ["外卖"]\n'))
    assert topics_of("电影票没了", model=model) == ("other",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a", "not valid TOML"),
        ("[Pay]\nwords=['a']", "no topic id"),
        ("[d7]\nwords=['a']", "no topic id"),
        ("pay = 1", "must be a table"),
        ("[pay]\nword=['a']", "did you mean 'words'"),
        ("[pay]\nwords='退款'", "must be a list of texts"),
        ("[pay]\nzh='付'", "has no words"),
    ],
)
def test_a_wrong_topic_file_is_refused_in_a_sentence(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_topics(_own(tmp_path, text))


def test_an_absent_topic_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Cannot read the topic file"):
        load_topics(tmp_path / "none.toml")


def test_probabilities_do_not_depend_on_the_posts_beside() -> None:
    model = load_topic_model()
    plain, words = zip(
        *(read_words(text) for text in ("外卖退款", "", "取票码刷不出来", "你好")), strict=True
    )
    together = model.score(plain, words)
    alone = np.vstack([model.score([text], [word]) for text, word in zip(plain, words, strict=True)])
    np.testing.assert_allclose(together, alone)
    assert ((together >= 0) & (together <= 1)).all()


def test_probabilities_stand_beside_the_topics() -> None:
    row = annotate(pd.DataFrame({"text": ["外卖点不了，钱扣了没订单，退款也不给"]})).iloc[0]
    shares = [float(share) for share in row["p_topics"].split(";")]
    assert len(shares) == len(row["topics"].split(";"))
    assert max(shares) > 0.5


def test_weights_that_are_none_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "weights.npz"
    file.write_bytes(b"no")
    with pytest.raises(InputError, match="does not hold topic weights"):
        load_weights(file)


def test_the_weights_were_learnt_with_the_carried_words() -> None:
    words = {name: topic.words for name, topic in load_topics().items() if name != "other"}
    assert load_weights().words == words, "topics.toml has changed: run `make topics`"
