"""How good the model is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.training.corpus import ANSWERS, read_labels
from sentiment.training.evaluate import (
    binary_f1,
    cross_validate,
    evaluate,
    macro_f1,
    plot_calibration,
    snownlp_stances,
)

LABELS = Path(__file__).parents[2] / "data" / "labels"


@pytest.fixture(scope="module")
def labels() -> pd.DataFrame:
    return read_labels(LABELS).groupby(["writer", "label", "neutral_kind", "severity"]).head(4)


def test_f1_by_hand() -> None:
    truth = np.array(["complaint", "complaint", "neutral", "understanding"])
    predicted = np.array(["complaint", "neutral", "neutral", "understanding"])
    assert binary_f1(truth == "complaint", predicted == "complaint") == pytest.approx(2 / 3)
    assert macro_f1(truth, predicted) == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert binary_f1(np.array([False]), np.array([False])) == 0


def test_an_evaluation_counts_every_post_and_bounds_every_score(labels: pd.DataFrame) -> None:
    result = evaluate(labels, snownlp=False)
    assert int(result.confusion.to_numpy().sum()) == result.posts == len(labels)
    assert all(score.low <= score.value <= score.high for score in result.scores.values())
    assert 0 <= result.calibration_error <= 1
    assert (result.worst["label"] != result.worst["predicted"]).all()
    assert json.loads(json.dumps(result.to_dict()))["posts"] == len(labels)
    assert "macro_f1" in result.to_text()


def test_the_calibration_table_holds_every_post_and_its_plot_shows_it(labels: pd.DataFrame) -> None:
    result = evaluate(labels, snownlp=False)
    bins = result.calibration
    assert bins["posts"].sum() == result.posts
    assert ((bins["stated"] >= bins["low"] - 1e-9) & (bins["stated"] <= bins["high"] + 1e-9)).all()
    right = float((bins["right"] * bins["posts"]).sum() / result.posts)
    assert right == pytest.approx(np.trace(result.confusion.to_numpy()) / result.posts)
    drawn = plot_calibration(result).axes[0].collections[0].get_offsets()
    assert np.allclose(drawn, bins[["stated", "right"]])


def test_the_surest_errors_are_shown_in_words() -> None:
    frame = pd.DataFrame(
        {"text": ["美团又崩了，退钱\n垃圾" * 9, "你好"], "label": ["understanding", "neutral"]}
    )
    text = evaluate(frame.assign(outage="", service="", writer="x"), snownlp=False).to_text()
    error = next(line for line in text.splitlines() if "labelled understanding" in line)
    assert error.startswith("  complaint ")
    assert error.endswith("…")


def test_columns_the_labels_lack_are_not_scored() -> None:
    frame = pd.DataFrame({"text": ["又崩了", "你好"], "label": ["complaint", "neutral"]})
    frame = frame.assign(outage="", service="", writer="x")
    assert set(evaluate(frame, snownlp=False).scores) == {
        "macro_f1", "complaint_f1", "understanding_f1", "neutral_f1", "lexicon_macro_f1",
    }  # fmt: skip


def test_leaving_writers_out_beats_snownlp() -> None:
    some = read_labels(LABELS).query("writer in ['writer_a', 'writer_b', 'writer_c']")
    some = some.groupby(["writer", "label"]).head(80)
    result = cross_validate(some)
    assert result.scores["macro_f1"].low > result.scores["snownlp_macro_f1"].high
    assert set(result.by_writer) == {"writer_a", "writer_b", "writer_c"}


def test_snownlp_reads_empty_text_as_neutral() -> None:
    assert snownlp_stances(["", "转发微博"]).tolist() == ["neutral", "neutral"]


def test_nothing_to_evaluate_is_one_sentence(labels: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="No labelled post"):
        evaluate(labels.head(0))
    with pytest.raises(InputError, match="at least two label files; there is 1"):
        cross_validate(labels[labels["writer"] == "writer_a"])


def test_titles_with_outage_and_service_alone_are_scored_on_these(tmp_path: Path) -> None:
    file = tmp_path / "titles.csv"
    file.write_text(
        "title,outage,service\n微信崩了,1,微信\n心态崩了,0,-\n网易云音乐又崩了,?,网易云\n", encoding="utf-8"
    )
    result = evaluate(read_labels(file, answers=ANSWERS))
    assert set(result.scores) == {"outage_f1", "lexicon_outage_f1", "service_accuracy"}
    assert result.scores["outage_f1"].value == result.scores["service_accuracy"].value == 1
    assert "predicted" not in result.to_text()
    assert result.worst.empty


def test_training_needs_stances(tmp_path: Path) -> None:
    file = tmp_path / "titles.csv"
    file.write_text("title,outage\n微信崩了,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="lacks the column label; it has text, outage"):
        read_labels(file)
