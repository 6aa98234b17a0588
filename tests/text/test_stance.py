"""Complaint, understanding or neutral."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment.annotation import annotate
from sentiment.config import TextSettings
from sentiment.errors import InputError
from sentiment.schema import STANCES
from sentiment.text.features import prepare
from sentiment.text.stance import HEADS, head_slices, load_model, read_stance, readable


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("又崩了，付了钱订单没了，客服打不通", "complaint"),
        ("什么垃圾软件，动不动就闪退", "complaint"),
        ("程序员也不容易，大家别骂了", "understanding"),
        ("下雨天晚一点可以理解，小哥辛苦了", "understanding"),
        ("今天天气真好，出门散步", "neutral"),
        ("请问退款多久到账？", "neutral"),
        ("心态崩了，不想写作业", "neutral"),
    ],
)
def test_plain_cases_are_read_right(text: str, label: str) -> None:
    assert read_stance(text).label == label


@pytest.mark.parametrize("text", ["", "转发微博", "ok, got it", "//@某某:美团崩了", "12345"])
def test_nothing_to_read_is_neutral_and_not_sure(text: str) -> None:
    stance = read_stance(text)
    assert stance.label == "neutral"
    assert not stance.sure


def test_probabilities_add_up_and_words_come_from_the_post() -> None:
    stance = read_stance("真棒，又崩了，我的外卖呢")
    assert sum(stance.probabilities.values()) == pytest.approx(1, abs=1e-3)
    assert set(word for word, _ in stance.words) <= set(stance.tokens)
    assert [weight for _, weight in stance.words] == sorted((w for _, w in stance.words), reverse=True)


def test_the_abstain_band_is_a_setting() -> None:
    text = "又崩了，付了钱订单没了"
    assert read_stance(text, settings=TextSettings(abstain=0.0)).sure
    assert not read_stance(text, settings=TextSettings(abstain=1.01)).sure


def test_ten_thousand_characters_do_not_hurt() -> None:
    assert read_stance("美团崩了" * 2_500).label in ("complaint", "neutral", "understanding")


def test_scores_have_the_shape_of_the_heads() -> None:
    model = load_model()
    scores = model.score([prepare("又崩了", ["又", "崩了"]), prepare("", [])])
    assert {head: values.shape[1] for head, values in scores.items()} == {h: len(c) for h, c in HEADS.items()}
    assert np.allclose(scores["stance"].sum(axis=1), 1, atol=1e-5)
    assert model.weights.shape == (len(model.columns), max(part.stop for part in head_slices().values()))
    assert model.score([])["stance"].shape == (0, 3)


def test_readable_is_han_emoji_or_emoticon() -> None:
    assert [readable(text) for text in ("崩", "😡", "[doge]", "abc", "123!")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_a_file_that_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_bytes(b"not a zip")
    with pytest.raises(InputError, match=r"is not a stance model.*make model"):
        load_model(tmp_path / "model.npz")


def test_a_model_of_other_features_is_refused(tmp_path: Path) -> None:
    with (resources.files("sentiment") / "resources" / "model.npz").open("rb") as file:
        stored = dict(np.load(file))
    np.savez(tmp_path / "old.npz", **{**stored, "features": stored["features"] - 1})
    with pytest.raises(InputError, match="other features than this version"):
        load_model(tmp_path / "old.npz")


@pytest.mark.parametrize(
    "text", ["又崩了，付了钱订单没了", "", "转发微博", "😡😡", "ok fine", "サーバーが落ちた", "[允悲]"]
)
def test_one_post_is_read_as_a_frame_is(text: str) -> None:
    row, read = annotate(pd.DataFrame({"text": [text]})).iloc[0], read_stance(text)
    assert (read.label, read.sure, read.p_outage) == (row["stance"], row["stance_sure"], row["p_outage"])
    assert list(read.probabilities.values()) == [row[f"p_{name}"] for name in STANCES]


def test_own_words_and_model_of_the_settings_are_used(tmp_path: Path) -> None:
    assert (
        "取票码小程序"
        in read_stance("取票码小程序崩了", settings=TextSettings(words=("取票码小程序",))).tokens
    )
    with pytest.raises(InputError, match="is not a stance model"):
        read_stance("崩了", settings=TextSettings(model=str(tmp_path / "none.npz")))
