"""Scoring in blocks gives what scoring one by one gives."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment import annotate, scoring
from sentiment.scoring import score_block, score_singly
from sentiment.text.block.codes import Codes
from sentiment.text.block.compiling import can_compile
from sentiment.text.segment import Segmenter
from sentiment.text.stance import load_model
from sentiment.topics.model import load_topic_model
from sentiment.training.corpus import read_labels

DATA = Path(__file__).parents[1] / "data"
PIECES = [
    "//@", "@美团客服:", "回复@小王:", "http://t.cn/A6xx", "O网页链接", "L某某的微博视频", "[超话]",
    "[允悲]", "[doge]", "[", "😡", "\ufe0f", "\u200b", "ＡＰＰ", "\uff11\uff12\uff13", "10:30.5",
    "3.5%", "c++", "啊啊啊啊啊", "！！！！", "  ", "\n", "\u3000", "當機", "餓了麼", "打坏", "沈默",
    "İ", "ΑΣ", "サーバー", "𠮷", "㐀", "\ud83d", "\ue000", "▲", "▽", "#美团崩了#", "#", "某某优选崩了",
    "服务器崩了", "回应系统故障", "心态崩了", "移动", "苹果", "断网", "转发微博", "\n开发者回复：", "-----",
    "我", "但是", "不能理解", "理解", "垃圾", "辛苦", "谢谢", "。。", "...", "…", "?", "MT", "b站",
    "app", "insist", "٣", "²", "退款", "外卖", "京东方涨停", "12306", "美团外卖", "客服", "\x00",
    "\x1c", "é", "Ⅷ", "取票码刷不出来",
]  # fmt: skip

pytestmark = pytest.mark.skipif(not can_compile(), reason="numba is switched off")


def assert_same(texts: list[str], *, segmenter: Segmenter | None = None, topics: str | None = None) -> None:
    parts = segmenter or Segmenter(), load_model(), load_topic_model(topics)
    block, singly = score_block(Codes.of(texts), *parts), score_singly(texts, *parts)
    for name in ("own", "tokens", "services", "mentions"):
        assert getattr(block, name).to_pylist() == getattr(singly, name), name
    for name in ("empty", "legible", "chinese"):
        np.testing.assert_array_equal(getattr(block, name), getattr(singly, name), err_msg=name)
    for head, shares in singly.shares.items():
        np.testing.assert_array_equal(block.shares[head], shares, err_msg=head)
    np.testing.assert_allclose(block.topics, singly.topics, rtol=0, atol=1e-12)


def test_labelled_posts_to_the_last_bit() -> None:
    assert_same(read_labels(DATA / "labels")["text"].iloc[::5].tolist())


def test_posts_put_together_at_random() -> None:
    chance = random.Random(0)
    posts = read_labels(DATA / "labels")["text"].iloc[::40].tolist()
    assert_same(["".join(chance.choices([*PIECES, *posts], k=chance.randint(0, 7))) for _ in range(1_500)])


@settings(max_examples=40)
@given(st.lists(st.text(max_size=30), max_size=5))
def test_any_text(texts: list[str]) -> None:
    assert_same(texts)


@pytest.mark.parametrize(
    "text",
    [
        "美团" * 3_000,
        "#" * 3_000,
        "[" * 3_000,
        "a" * 5_000,
        "崩了，但是理解" * 400,
        "退款 " * 900,
        "移动" * 1_000,
    ],
)
def test_long_posts(text: str) -> None:
    assert_same([text, "又崩了", text[:1_999]])


def test_no_posts() -> None:
    assert_same([])
    assert_same([""])


def test_words_and_topics_of_a_users_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        '[exam]\nwords = ["交卷", "考试"]\nunless = ["考试院"]\n[payment]\nwords = ["退款", "钱飞了"]\n'
    )
    texts = ["交卷时卡住了，钱飞了", "考试院崩了", "退款退款", "某某乐优选又崩", "你好"]
    assert_same(texts, segmenter=Segmenter(("某某乐优选", "ＡＰ優選")), topics=str(file))


def test_forgetting_words_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "MOST_WORDS", 3)
    assert_same(["美团又崩了", "程序员也不容易[允悲]"])
    assert_same(["美团又崩了", "外卖没到，退款"])


def test_frames_are_the_same_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"text": read_labels(DATA / "labels")["text"].iloc[:400].tolist()})
    monkeypatch.setattr(scoring, "BLOCK_FROM", 10**9)
    singly = annotate(frame)
    monkeypatch.setattr(scoring, "BLOCK_FROM", 1)
    pd.testing.assert_frame_equal(annotate(frame), singly, check_exact=True)


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import sentiment", {"pandas", "numpy", "scipy", "sklearn", "matplotlib", "numba", "jieba"}),
        (
            "from sentiment.cli import cli",
            {"pandas", "numpy", "scipy", "sklearn", "matplotlib", "numba", "jieba"},
        ),
        ("import sentiment; sentiment.read_stance('又崩了')", {"numba", "matplotlib", "sklearn"}),
        (
            "import pandas, sentiment; sentiment.annotate(pandas.DataFrame({'text': ['又崩了'] * 1000}))",
            {"numba", "matplotlib", "sklearn"},
        ),
    ],
)
def test_small_work_loads_nothing_heavy(code: str, absent: set[str]) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not absent & set(told.stdout.split())


def test_without_numba_posts_are_scored_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setattr(scoring, "BLOCK_FROM", 1)
    monkeypatch.setattr(scoring, "score_block", None)
    assert annotate(pd.DataFrame({"text": ["美团又崩了"]}))["service"].tolist() == ["美团"]
