"""The model card, and what it is written from."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sentiment.text.stance import load_model
from sentiment.training.__main__ import second_opinion
from sentiment.training.agreement import agreement
from sentiment.training.card import Findings, write_model_card
from sentiment.training.corpus import read_labels
from sentiment.training.evaluate import cross_validate, evaluate
from sentiment.training.fit import Features
from sentiment.training.held_out import SHARES, ablations, learning_curve
from sentiment.training.stacking import fit_model

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def few() -> pd.DataFrame:
    """Some posts of three writers and of the real reviews."""
    labels = read_labels(DATA / "labels")
    chosen = labels[labels["writer"].isin(["writer_a", "writer_g", "writer_v", "shipped_reviews"])]
    return chosen.groupby(["writer", "label"]).head(80).reset_index(drop=True)


@pytest.fixture(scope="module")
def held_out() -> pd.DataFrame:
    return read_labels(DATA / "labels" / "held_out")


@pytest.fixture(scope="module")
def exam(held_out: pd.DataFrame) -> pd.DataFrame:
    return held_out.groupby(["writer", "label"]).head(8)


def test_the_held_out_posts_are_of_other_writers_and_hardly_of_the_same_words(held_out: pd.DataFrame) -> None:
    corpus = read_labels(DATA / "labels")
    assert not set(held_out["writer"]) & set(corpus["writer"])
    assert 0.12 < len(held_out) / (len(held_out) + len(corpus)) < 0.25
    shared = held_out["text"].str.strip().isin(set(corpus["text"].str.strip()))
    assert shared.mean() < 0.01
    assert held_out["text"][shared].str.len().max() < 12


def test_every_ingredient_is_left_out_once(few: pd.DataFrame, exam: pd.DataFrame) -> None:
    table = ablations(Features.of(few["text"]), few, exam, stack=load_model().stack).set_index("without")
    assert {"nothing", "characters", "words", "phrases", "pairs"} <= set(table.index)
    assert table["macro_f1"].between(0.2, 1).all()
    assert table["macro_f1"].nunique() > 3, "leaving something out changes nothing"


def test_more_posts_are_read_by_a_better_model(few: pd.DataFrame, exam: pd.DataFrame) -> None:
    curve = learning_curve(Features.of(few["text"]), few, exam, stack=load_model().stack)
    assert curve["posts"].tolist() == [round(share * len(few)) for share in SHARES]
    assert curve["macro_f1"].iloc[-1] > curve["macro_f1"].iloc[0]


def test_the_card_tells_every_finding(few: pd.DataFrame, exam: pd.DataFrame) -> None:
    read = evaluate(exam, model=fit_model(few), snownlp=False)
    twice = pd.concat([exam.assign(annotator="one"), exam.assign(annotator="two")])
    found = Findings(
        held_out=read,
        crossed=cross_validate(few, snownlp=False),
        ablations=pd.DataFrame({"without": ["words"], "macro_f1": [0.5]}),
        curve=pd.DataFrame({"posts": [10], "macro_f1": [0.25]}),
        agreement=agreement(twice),
        known_services=0.25,
        deep=pd.DataFrame({"reader": ["linear"], "value": [0.75]}),
        log=pd.DataFrame({"date": ["2026-11-22"], "corpus": ["two writers"]}),
    )
    card = write_model_card(few, found)
    assert f"Fitted to {len(few):,} hand-labelled posts in 4 files" in card
    for told in (
        str(read.scores["macro_f1"]),
        "| words | 0.500 |",
        "| 10 | 0.250 |",
        "| linear | 0.750 |",
        "75% name one that no other writer does",
        "| 2026-11-22 | two writers |",
    ):
        assert told in card
    assert "100.0% the same stance" in card


def test_the_second_annotation_is_of_500_posts_and_blind_to_nothing_but_labels() -> None:
    labels = pd.concat([read_labels(DATA / "labels"), read_labels(DATA / "labels" / "held_out")])
    opinion = second_opinion(labels, DATA / "evaluation" / "second_annotation.csv")
    assert opinion.posts >= 490
    assert opinion.kappas["stance"].value > 0.7
