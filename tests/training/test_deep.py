"""The reader beside the encoder: fitted, stored, and what it teaches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.schema import STANCES
from sentiment.text.stance import read_stance
from sentiment.training import deep, taught
from sentiment.training.stacking import fit_model

RNG = np.random.default_rng(0)
TRUTH = np.array(STANCES)[RNG.integers(0, 3, 300)]


def test_reader_learns_from_the_vector_what_the_linear_model_does_not_know(tmp_path: Path) -> None:
    vectors = np.eye(3)[[STANCES.index(name) for name in TRUTH]] + RNG.normal(0, 0.1, (300, 3))
    unsure = np.full((300, 3), 1 / 3)
    reader = deep.fit_reader(unsure, vectors.astype(np.float16), TRUTH, pd.Series(np.arange(300) < 100))
    says = np.array(STANCES)[reader.stances(unsure, vectors).argmax(axis=1)]
    assert (says == TRUTH).mean() > 0.95
    for name in ("one.npz", "two.npz"):
        deep.save_reader(reader, tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_known_vectors_are_not_encoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def encoder(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return np.ones((len(texts), 2))

    monkeypatch.setattr(deep, "load_encoder", lambda: encoder)
    path = tmp_path / "vectors.npz"
    deep.keep_vectors(pd.Series(["崩了", "还好"]), path)
    known = deep.keep_vectors(pd.Series(["崩了", "慢"]), path)
    assert sorted(asked) == ["崩了", "慢", "还好"]
    assert set(known) == {"崩了", "慢", "还好"}


def test_taught_lines_are_kept_as_places_and_hundredths(tmp_path: Path) -> None:
    lines = taught.unlabelled_lines(pd.DataFrame({"text": []})).head(3)
    shares = pd.DataFrame([[0.904, 0.05, 0.046], [0, 1, 0], [1 / 3] * 3], columns=[*STANCES])
    taught.write_taught(pd.concat([lines, shares], axis=1), tmp_path / "taught.csv")
    assert "text" not in (tmp_path / "taught.csv").read_text(encoding="utf-8").split("\n")[0]
    read = taught.read_taught(tmp_path / "taught.csv")
    assert read["text"].tolist() == lines["text"].tolist()
    assert read[list(STANCES)].iloc[0].tolist() == [0.9, 0.05, 0.05]


def test_labelled_lines_are_not_taught() -> None:
    lines = taught.unlabelled_lines(pd.DataFrame({"text": []}))
    fewer = taught.unlabelled_lines(lines.head(10))
    assert len(fewer) == len(lines) - 10
    assert lines["text"].str.len().between(6, 60).all()


def test_a_file_that_is_no_list_of_taught_lines_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="Cannot read taught lines"):
        taught.read_taught(tmp_path / "x.csv")


def test_the_fast_model_learns_from_taught_posts() -> None:
    columns = ["text", "label", "neutral_kind", "sarcasm", "mixed", "outage", "severity", "writer", "medium"]
    rows = [("又崩了退钱", "complaint", "", "1")] * 6 + [("今天天气不错", "neutral", "info", "0")] * 6
    labels = pd.DataFrame(
        [
            (text, label, kind, "0", "0", outage, "1" if label == "complaint" else "", "a", "weibo")
            for text, label, kind, outage in rows
        ],
        columns=columns,
    )
    told = pd.DataFrame({"text": ["不错哦退钱"] * 20, **{name: [0.0] * 20 for name in STANCES}})
    told["complaint"] = 1.0
    without, with_told = fit_model(labels), fit_model(labels, told)
    before, after = (read_stance("天气不错", model=model).probabilities for model in (without, with_told))
    assert after["complaint"] > before["complaint"]
