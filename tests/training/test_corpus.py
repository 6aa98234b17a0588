"""Labelled posts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.training.corpus import COLUMNS, read_labels

LABELS = Path(__file__).parents[2] / "data" / "labels"


def write(folder: Path, text: str) -> Path:
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def corpus() -> pd.DataFrame:
    return read_labels(LABELS)


def test_the_corpus_keeps_the_codebook(corpus: pd.DataFrame) -> None:
    assert len(corpus) >= 600
    assert ((corpus["neutral_kind"] != "") == (corpus["label"] == "neutral")).all()
    assert ((corpus["severity"] != "") == (corpus["label"] == "complaint")).all()
    assert not corpus["id"].duplicated().any()


def test_writers_who_wrote_the_same_gave_it_the_same_label(corpus: pd.DataFrame) -> None:
    """Two voices may both say 闪退; beyond such short cries no text stands twice."""
    corpus = corpus[corpus["writer"] != "shipped_reviews"]
    text = corpus["text"].str.strip()
    twice = corpus[text.duplicated(keep=False)]
    assert twice.groupby(text)[["label", "outage"]].nunique().max().max() == 1
    assert twice["text"].str.len().max() <= 12
    assert len(twice) < 0.02 * len(corpus)


def test_shipped_reviews_are_kept_by_file_and_line_alone(corpus: pd.DataFrame) -> None:
    kept = pd.read_csv(LABELS / "shipped_reviews.csv", dtype="str")
    assert {"file", "line", "label"} <= set(kept.columns)
    assert "text" not in kept.columns
    reviews = corpus[corpus["writer"] == "shipped_reviews"]
    assert len(reviews) == len(kept) >= 2_000
    assert (reviews["text"].str.len() >= 4).all()


def test_posts_are_of_every_length_and_of_many_services(corpus: pd.DataFrame) -> None:
    lengths = corpus["text"].str.len()
    assert lengths.min() <= 3
    assert lengths.max() >= 150
    assert corpus["service"].nunique() >= 100


def test_no_sample_sentence_is_in_the_corpus(corpus: pd.DataFrame) -> None:
    """Invented as both are, the sample must stay apart from what the model is fitted to."""
    sentences = pd.read_csv(LABELS.parent / "sample" / "sentences.csv", dtype="str")["text"]
    long = {text for text in sentences if len(text) > 8}
    assert long.isdisjoint(set(corpus["text"]))


def test_only_text_and_label_are_needed(tmp_path: Path) -> None:
    frame = read_labels(write(tmp_path, "text,label,outage\n又崩了,complaint,?\n"))
    assert list(frame.columns) == [*COLUMNS, "writer"]
    assert frame.loc[0, ["text", "outage", "writer"]].tolist() == ["又崩了", "", "labels"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text\n崩了\n", r"lacks the column label; it has text"),
        ("text,label\n崩了,angry\n", r"row 2: label is 'angry', allowed: complaint"),
        ("text,label,severity\n崩了,complaint,9\n", r"row 2: severity is '9', allowed: 0, 1, 2, 3"),
        ("text,label,topics\n崩了,complaint,food\n", r"row 2: unknown topic food"),
        ("", r"Cannot read labels from"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_labels(write(tmp_path, content))


def test_no_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No labelled CSV file"):
        read_labels(tmp_path)
    with pytest.raises(InputError, match="Cannot read labels"):
        read_labels(tmp_path / "absent.csv")
