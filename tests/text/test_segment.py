"""Words of a post."""

from __future__ import annotations

import pickle
from pathlib import Path

import jieba
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import ConfigError
from sentiment.text.clean import model_text
from sentiment.text.dictionary import domain_words
from sentiment.text.segment import ENGINES, Segmenter
from sentiment.training.corpus import read_labels

LABELS = Path(__file__).parents[2] / "data" / "labels"


def test_domain_words_are_kept_whole() -> None:
    tokens = Segmenter().cut("饿了么又崩了，取票码刷不出来，锁座失败[笑cry]")
    assert {"饿了么", "取票码", "刷不出来", "锁座", "[笑cry]"} <= set(tokens)


@pytest.mark.parametrize("engine", ENGINES)
def test_user_words_take_effect_for_that_segmenter_alone(engine: str) -> None:
    before = Segmenter(engine=engine).cut("某某乐优选崩了")
    assert "某某乐优选" in Segmenter(("某某乐优选",), engine).cut("某某乐优选崩了")
    assert Segmenter(engine=engine).cut("某某乐优选崩了") == before


@pytest.mark.parametrize("engine", ENGINES)
def test_user_words_are_found_in_cleaned_text(engine: str) -> None:
    segmenter = Segmenter(("ＡＰ優選APP", "  ", ""), engine)
    assert segmenter.cut(model_text("AP優選App又崩了"))[0] == "ap优选app"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_global_tokenizer_never_changes(engine: str) -> None:
    Segmenter(("崩了吧唧",), engine).cut("崩了吧唧")
    assert "崩了吧唧" not in jieba.dt.FREQ


def test_a_wrong_engine_or_word_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match="did you mean 'jieba'"):
        Segmenter(engine="jeiba")
    with pytest.raises(ConfigError, match="must be texts, not 7"):
        Segmenter(("美团", 7))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10:30-24 t.cn/a_b", ["10", ":", "30", "-", "24", "t", ".", "cn", "/", "a", "_", "b"]),
        ("涨了3.5%，c++也崩", ["涨", "了", "3.5%", "，", "c++", "也", "崩"]),
        ("一直嘀嘀嘀", ["一直", "嘀嘀", "嘀"]),
        ("好好好至于内容方面", ["好", "好好", "至于", "内容", "方面"]),
        ("𠮷野家㐂", ["𠮷", "野家", "㐂"]),
        ("半个\ud83d字", ["半个", "\ud83d", "字"]),
    ],
)
def test_engines_agree_where_rjieba_alone_would_not(text: str, words: list[str]) -> None:
    assert Segmenter(engine="jieba").cut(text) == words
    assert Segmenter().cut(text) == words


@pytest.mark.parametrize("words", [(), ("取票码刷不", "崩了又崩", "美团", "打不开了")])
def test_engines_agree_on_the_corpus(words: tuple[str, ...]) -> None:
    slow, fast = Segmenter(words, "jieba"), Segmenter(words)
    for text in read_labels(LABELS)["text"].iloc[::4].map(model_text):
        assert fast.cut(text) == slow.cut(text)


@given(st.text(max_size=30))
def test_engines_agree_on_any_text(text: str) -> None:
    assert Segmenter().cut(text) == Segmenter(engine="jieba").cut(text)


@given(st.text(alphabet="哈嘀好的了不是又崩aB1.%-_+# ", max_size=12))
def test_engines_agree_on_repetitions(text: str) -> None:
    assert Segmenter().cut(text) == Segmenter(engine="jieba").cut(text)


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
