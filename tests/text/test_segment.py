"""Words of a post."""

from __future__ import annotations

import pickle

import jieba
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text.segment import Segmenter, domain_words


def test_domain_words_are_kept_whole() -> None:
    tokens = Segmenter().cut("饿了么又崩了，取票码刷不出来，锁座失败[笑cry]")
    assert {"饿了么", "取票码", "刷不出来", "锁座", "[笑cry]"} <= set(tokens)


def test_user_words_take_effect_for_that_segmenter_alone() -> None:
    before = Segmenter().cut("某某乐优选崩了")
    assert "某某乐优选" in Segmenter(("某某乐优选",)).cut("某某乐优选崩了")
    assert Segmenter().cut("某某乐优选崩了") == before


def test_the_global_tokenizer_never_changes() -> None:
    Segmenter(("崩了吧唧",)).cut("崩了吧唧")
    assert "崩了吧唧" not in jieba.dt.FREQ


def test_a_segmenter_travels_to_workers() -> None:
    segmenter = Segmenter(("崩了吧唧",))
    assert pickle.loads(pickle.dumps(segmenter)).cut("崩了吧唧") == ["崩了吧唧"]


def test_domain_words_are_distinct_and_clean() -> None:
    words = domain_words()
    assert len(words) == len(set(words))
    assert all(word == word.strip() and " " not in word for word in words)


@given(st.text(alphabet="美团崩了[允悲]饿么 a1，。😡", max_size=40))
def test_tokens_join_back_to_the_text(text: str) -> None:
    assert "".join(Segmenter().cut(text)) == "".join(text.split())
