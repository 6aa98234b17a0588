"""The fit of the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment.text.stance import load_model, read_stance
from sentiment.training.corpus import read_labels
from sentiment.training.fit import Features, corpus_hash, fit_heads, save_model
from sentiment.training.stacking import fit_model

LABELS = Path(__file__).parents[2] / "data" / "labels"


@pytest.fixture(scope="module")
def labels() -> pd.DataFrame:
    """A slice that holds every class of every head."""
    corpus = read_labels(LABELS)
    return corpus.groupby(["label", "severity", "neutral_kind"]).head(25).reset_index(drop=True)


def test_the_carried_model_was_fitted_to_the_corpus_in_the_repository() -> None:
    assert load_model().about["corpus_sha256"] == corpus_hash(read_labels(LABELS)), "run `make model`"


def test_the_same_corpus_gives_the_same_bytes(labels: pd.DataFrame, tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        save_model(fit_model(labels), tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_stored_model_answers_as_the_fitted_one(labels: pd.DataFrame, tmp_path: Path) -> None:
    fitted = fit_model(labels)
    save_model(fitted, tmp_path / "model.npz")
    stored = load_model(tmp_path / "model.npz")
    text = "又崩了，付了钱订单没了"
    one, two = read_stance(text, model=fitted), read_stance(text, model=stored)
    assert one.label == two.label
    assert one.probabilities["complaint"] == pytest.approx(two.probabilities["complaint"], abs=0.01)


def test_a_model_learns_what_it_is_shown(labels: pd.DataFrame) -> None:
    from sentiment.training.evaluate import evaluate

    model = fit_heads(Features.of(labels["text"]), labels)
    seen = evaluate(labels, model=model, snownlp=False)
    assert seen.scores["macro_f1"].value > 0.9


def test_weights_are_finite() -> None:
    model = load_model()
    for array in (model.scale, model.weights, model.bias, model.stack):
        assert np.isfinite(array).all()
    assert (np.diff(model.columns) > 0).all()


def test_answers_that_the_labels_never_give_are_never_given(labels: pd.DataFrame) -> None:
    two = labels[
        labels["label"].isin(["complaint", "neutral"]) & labels["neutral_kind"].isin(["", "info", "help"])
    ]
    model = fit_model(two)
    read = read_stance("又崩了，退钱", model=model)
    assert read.label == "complaint"
    assert read.probabilities["understanding"] < 1e-6
    assert sum(read.probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_a_name_that_no_list_has_is_taken_for_a_service_where_the_sentence_says_so() -> None:
    def heard(names: list[str]) -> float:
        return float(np.mean([read_stance(f"{name}崩了").p_outage for name in names]))

    assert heard(["云上课堂", "星愿岛", "阅书坊", "泡泡星球", "某某出行"]) > 0.6
    assert heard(["主角人设", "今天的妆", "股东信心", "这届年轻人的胃"]) < 0.1
