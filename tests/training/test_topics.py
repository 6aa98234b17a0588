"""Learning the weights of the carried topics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment.topics.model import TopicModel, load_weights, topics_of
from sentiment.topics.seeded import Topic
from sentiment.training.corpus import COLUMNS
from sentiment.training.topics import TopicScores, best_thresholds, fit_topics, save_weights

TOPICS = {
    "payment": Topic("payment", "支付", "Payment", ("退款",), (), ("钱没退",)),
    "takeout": Topic("takeout", "外卖", "Takeout", ("外卖",), (), ("外卖没到",)),
}
SAID = {
    "payment": ("退款没到账", "信用卡被扣", "信用卡没退款"),
    "takeout": ("外卖没到", "盒饭凉透", "盒饭外卖"),
}


def _labels() -> pd.DataFrame:
    rows = [
        {"text": f"{said}{end}", "topics": topic, "writer": writer, "label": "complaint"}
        for writer in ("a", "b", "c")
        for topic, texts in SAID.items()
        for said in texts
        for end in ("了", "啊", f"，{writer}")
    ]
    rows += [{"text": "今天天气好", "topics": "", "writer": "reviews", "label": "neutral"}]
    return pd.DataFrame(rows).reindex(columns=[*COLUMNS, "writer"], fill_value="")


@pytest.fixture(scope="module")
def scores() -> TopicScores:
    return fit_topics(_labels(), TOPICS)


def test_words_beside_the_seeds_are_learnt(scores: TopicScores) -> None:
    model = TopicModel(TOPICS, scores.weights)
    assert topics_of("信用卡被扣", model=model) == ("payment",)
    assert not scores.seeds.all(axis=0).any()
    assert (scores.given == scores.gold).mean() > (scores.seeds == scores.gold).mean()


def test_files_without_topics_are_left_out(scores: TopicScores) -> None:
    assert len(scores.gold) == 54
    assert scores.weights.about["posts"] == 54


def test_a_post_is_scored_without_its_writer() -> None:
    labels = _labels()
    labels.loc[labels["writer"] == "a", "topics"] = "payment"
    misled = fit_topics(labels, TOPICS)
    mine = (labels.loc[labels["topics"] != "", "writer"] == "a").to_numpy()
    takeout = labels.loc[labels["topics"] != "", "text"].str.contains("外卖|盒饭").to_numpy()
    assert misled.given[mine & takeout, 1].all()
    assert not misled.gold[mine & takeout, 1].any()


def test_stored_weights_come_back(scores: TopicScores, tmp_path: Path) -> None:
    first, second = tmp_path / "one.npz", tmp_path / "two.npz"
    save_weights(scores.weights, first)
    save_weights(scores.weights, second)
    assert first.read_bytes() == second.read_bytes()
    back = load_weights(first)
    assert (back.ids, back.vocabulary) == (scores.weights.ids, scores.weights.vocabulary)
    np.testing.assert_allclose(back.weights, scores.weights.weights, atol=1e-3)


def test_the_threshold_is_where_f1_is_best() -> None:
    shares = np.array([[0.1], [0.2], [0.4], [0.6]])
    gold = np.array([[False], [False], [True], [True]])
    assert 0.2 < best_thresholds(shares, gold)[0] <= 0.4
