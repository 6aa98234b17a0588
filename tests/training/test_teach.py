"""Teaching the model with labels of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment.annotation import annotate
from sentiment.config import TextSettings
from sentiment.errors import InputError
from sentiment.text.stance import CLASSES, StanceModel, head_slices, load_model
from sentiment.training.adapt import adapt_model
from sentiment.training.corpus import read_labels
from sentiment.training.evaluate import evaluate
from sentiment.training.stacking import fit_model
from sentiment.training.teach import Lesson, save_lesson, settle, teach, why_not

LABELS = Path(__file__).parents[2] / "data" / "labels"


@pytest.fixture(scope="module")
def corpus() -> pd.DataFrame:
    return read_labels(LABELS)


@pytest.fixture(scope="module")
def base(corpus: pd.DataFrame) -> StanceModel:
    """A model that has seen invented posts alone."""
    invented = corpus[corpus["writer"] != "shipped_reviews"]
    return fit_model(invented.groupby(["label", "severity", "neutral_kind"]).head(40))


@pytest.fixture(scope="module")
def reviews(corpus: pd.DataFrame) -> pd.DataFrame:
    """Language that the base does not know."""
    real = corpus[corpus["writer"] == "shipped_reviews"]
    return real.groupby("label").head(120).reset_index(drop=True)


@pytest.fixture(scope="module")
def lesson(reviews: pd.DataFrame, base: StanceModel) -> Lesson:
    return teach(reviews, base=base)


def test_unknown_language_is_learned_and_the_gain_is_cross_validated(lesson: Lesson) -> None:
    assert lesson.gain.low > 0
    assert lesson.gain.value == pytest.approx(
        lesson.after.scores["macro_f1"].value - lesson.before.scores["macro_f1"].value
    )
    seen = evaluate(lesson.labels, model=lesson.model, snownlp=False)
    assert seen.scores["macro_f1"].value > lesson.after.scores["macro_f1"].value
    assert "gain in macro_f1" in lesson.to_text()
    assert lesson.to_dict()["posts"] == len(lesson.labels)


def test_no_strength_gives_the_base_and_more_moves_further(reviews: pd.DataFrame, base: StanceModel) -> None:
    moved = [
        float(np.abs(adapt_model(reviews, base, strength=strength).weights[:, CLASSES:]).sum())
        for strength in (0.0, 0.3, 3.0)
    ]
    assert moved[0] == 0
    assert moved[1] < moved[2]


def test_heads_that_the_labels_do_not_answer_stay(reviews: pd.DataFrame, base: StanceModel) -> None:
    model = adapt_model(reviews.assign(outage="", sarcasm=""), base)
    assert np.array_equal(model.weights[:, :CLASSES], base.weights)
    learned = model.weights[:, CLASSES:]
    for head in ("outage", "sarcasm"):
        assert not learned[:, head_slices()[head]].any()
    assert learned[:, head_slices()["stance"]].any()


def test_labels_taught_later_move_what_earlier_ones_left(reviews: pd.DataFrame, base: StanceModel) -> None:
    once = adapt_model(reviews, base)
    twice = adapt_model(reviews, once)
    assert twice.weights.shape == once.weights.shape
    assert np.abs(twice.weights - once.weights).max() < np.abs(once.weights[:, CLASSES:]).max()


def test_a_shift_explains_the_labels_better_than_no_shift(reviews: pd.DataFrame, base: StanceModel) -> None:
    one_kind = reviews.assign(label="complaint", neutral_kind="", severity="")
    before = evaluate(one_kind, model=base, snownlp=False).scores["complaint_f1"].value
    after = evaluate(one_kind, model=adapt_model(one_kind, base), snownlp=False)
    assert after.scores["complaint_f1"].value > max(before, 0.95)


def test_the_same_labels_give_the_same_bytes(
    lesson: Lesson, reviews: pd.DataFrame, base: StanceModel, tmp_path: Path
) -> None:
    save_lesson(lesson, tmp_path / "one.npz", force=True)
    save_lesson(teach(reviews, base=base), tmp_path / "two.npz", force=True)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_taught_model_is_used_through_the_settings(lesson: Lesson, tmp_path: Path) -> None:
    place = tmp_path / "models" / "mine.npz"
    save_lesson(lesson, place)
    posts = lesson.labels[["text"]].head(50)
    taught = annotate(posts, settings=TextSettings(model=str(place)))
    assert (taught["p_complaint"] != annotate(posts)["p_complaint"]).any()
    assert taught["stance"].tolist() == annotate(posts, model=load_model(place))["stance"].tolist()
    assert load_model(place).about["adapted"]["posts"] == len(lesson.labels)


def test_a_better_model_is_not_replaced(
    lesson: Lesson, reviews: pd.DataFrame, base: StanceModel, tmp_path: Path
) -> None:
    place = tmp_path / "mine.npz"
    save_lesson(lesson, place)
    assert why_not(lesson, place) is None
    few = teach(reviews.groupby("label").head(12), base=base)
    assert few.gain.value < lesson.gain.value
    before = place.read_bytes()
    with pytest.raises(InputError, match=r"better.*--force writes"):
        save_lesson(few, place)
    assert place.read_bytes() == before
    save_lesson(few, place, force=True)
    assert place.read_bytes() != before


def test_what_is_no_model_is_not_replaced(lesson: Lesson, tmp_path: Path) -> None:
    place = tmp_path / "thesis.npz"
    place.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is not a stance model"):
        save_lesson(lesson, place)
    assert place.read_text(encoding="utf-8") == "mine"


def test_texts_count_once_and_contradictions_not_at_all() -> None:
    frame = pd.DataFrame(
        {
            "text": ["又崩了", "又崩了 ", "美團好", "美团好", "谢谢"],
            "label": ["complaint", "complaint", "neutral", "understanding", "neutral"],
        }
    )
    agreed, contradicted = settle(frame)
    assert agreed["text"].tolist() == ["又崩了", "谢谢"]
    assert contradicted == 1


def test_too_few_labels_are_one_sentence(reviews: pd.DataFrame, base: StanceModel) -> None:
    with pytest.raises(InputError, match="at least 20 labelled posts of two stances; there are 5"):
        teach(reviews.head(5), base=base)
