"""``python -m sentiment.training.deep DATA VECTORS READER``: what ``make deep`` runs.

Fits the regression that reads the linear model's answers beside an encoder's vectors, tells what it gains
on the held-out posts, and lets it answer review lines without labels, from which ``make model`` learns.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.schema import STANCES
from sentiment.text.clean import own_model_text
from sentiment.text.deep import DeepReader, encoder_text, load_encoder, vectors_of
from sentiment.text.stance import StanceModel
from sentiment.training.corpus import read_labels
from sentiment.training.evaluate import binary_f1, bootstrap, macro_f1
from sentiment.training.fit import Features, fit_heads, prepared
from sentiment.training.stacking import REAL, LeftOut, fit_stack, leave_out, whole_models
from sentiment.training.taught import unlabelled_lines, write_taught

Floats = NDArray[np.float64]

SCALES: Final = (1.0, 2.0, 4.0, 8.0)
"""Sizes of a vector beside the answers; the one that reads real reviews left out best is taken."""
FOLDS: Final = 6
REGULARISATION: Final = 1.0
_SAVED_EVERY: Final = 1_280
_LOG = logging.getLogger(__name__)


def main(data_folder: str, vectors_path: str, reader_path: str) -> None:
    """Fit the reader, store it, its figures and its answers to unlabelled lines."""
    data = Path(data_folder)
    labels, held_out = read_labels(data / "labels"), read_labels(data / "labels" / "held_out")
    lines = unlabelled_lines(labels)
    known = keep_vectors(pd.concat([labels["text"], held_out["text"], lines["text"]]), Path(vectors_path))
    truth = labels["label"].to_numpy(dtype=str)
    features = Features.of(labels["text"])
    left_out = leave_out(features, labels)
    reader = fit_reader(
        _crossed_shares(left_out, labels), _looked_up(labels, known), truth, labels["writer"] == REAL
    )
    save_reader(reader, reader_path)
    model = fit_heads(features, labels, stack=fit_stack(left_out, labels))
    gain(model, reader, held_out, known).to_csv(data / "evaluation" / "deep.csv", index=False)
    answers = reader.stances(_shares(model, lines), _looked_up(lines, known))
    write_taught(lines.assign(**dict(zip(STANCES, answers.T, strict=True))), data / "taught_lines.csv")


def keep_vectors(texts: pd.Series, path: Path) -> dict[str, NDArray[np.float16]]:
    """Return the vector of every text by what the encoder reads, encoding those the file at ``path`` lacks.

    The encoder reads 10 to 40 posts a second; the file grows as it goes, so a run cut short loses little.
    """
    read = sorted({encoder_text(own_model_text(text)) for text in texts}, key=lambda text: (len(text), text))
    known: dict[str, NDArray[np.float16]] = {}
    if path.exists():
        stored = np.load(path)
        known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))
    missing = [text for text in read if text not in known]
    for first in range(0, len(missing), _SAVED_EVERY):
        some = missing[first : first + _SAVED_EVERY]
        known.update(zip(some, vectors_of(some, load_encoder()), strict=True))
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, texts=np.array(list(known)), vectors=np.stack(list(known.values())))
        _LOG.info("encoded %d of %d texts", first + len(some), len(missing))
    return known


def fit_reader(
    shares: Floats, vectors: NDArray[np.float16], truth: NDArray[np.str_], real: pd.Series
) -> DeepReader:
    """Fit the regression with each scale, a fold of posts left out in turn, and take the best on real posts.

    Args:
        shares: The linear model's answers to posts of writers it was not fitted to, (posts, stances).
        vectors: (posts, vector).
        truth: Labels.
        real: bool, which posts are real.
    """
    fold = np.random.default_rng(0).integers(0, FOLDS, len(truth))

    def read_left_out(scale: float) -> float:
        says = np.empty(len(truth), dtype="U13")
        for left_out in range(FOLDS):
            here = fold == left_out
            reader = _fit(shares[~here], vectors[~here], truth[~here], scale)
            says[here] = np.array(STANCES)[reader.stances(shares[here], vectors[here]).argmax(axis=1)]
        score = macro_f1(truth[real], says[real])
        _LOG.info("scale %g: macro-F1 on real reviews left out %.4f", scale, score)
        return score

    return _fit(shares, vectors, truth, max(SCALES, key=read_left_out))


def _fit(shares: Floats, vectors: NDArray[np.float16], truth: NDArray[np.str_], scale: float) -> DeepReader:
    from sklearn.linear_model import LogisticRegression

    centre = vectors.astype(np.float64).mean(axis=0)
    length = float(np.sqrt(((vectors - centre) ** 2).sum(axis=1).mean()))
    empty = DeepReader(centre.astype(np.float32), scale / length, np.zeros((0, 0)), np.zeros(0))
    fit = LogisticRegression(C=REGULARISATION, max_iter=500).fit(empty.read(shares, vectors), truth)
    order = [fit.classes_.tolist().index(name) for name in STANCES]
    return DeepReader(empty.centre, empty.scale, fit.coef_[order].T, fit.intercept_[order])


def save_reader(reader: DeepReader, path: str | Path) -> None:
    """Write a reader as npz; the same reader gives the same bytes."""
    with Path(path).open("wb") as file:
        np.savez_compressed(
            file,
            centre=reader.centre.astype(np.float32),
            scale=np.float64(reader.scale),
            weights=reader.weights.astype(np.float32),
            bias=reader.bias.astype(np.float32),
        )


def gain(
    model: StanceModel, reader: DeepReader, posts: pd.DataFrame, known: dict[str, NDArray[np.float16]]
) -> pd.DataFrame:
    """Return the figures of the linear model and of the reader beside it on posts that neither was fitted to.

    Returns:
        Frame with ``reader``, ``measure`` str and ``value``, ``low``, ``high`` (95 % interval) float64.
    """
    truth, linear = posts["label"].to_numpy(dtype=str), _shares(model, posts)
    rows: list[dict[str, Any]] = []
    for name, shares in (
        ("linear", linear),
        ("with the encoder", reader.stances(linear, _looked_up(posts, known))),
    ):
        says = np.array(STANCES)[shares.argmax(axis=1)]
        for measure, found in (
            ("macro_f1", bootstrap(truth, says, macro_f1)),
            ("understanding_f1", bootstrap(truth == "understanding", says == "understanding", binary_f1)),
        ):
            rows.append(
                {
                    "reader": name,
                    "measure": measure,
                    "value": found.value,
                    "low": found.low,
                    "high": found.high,
                }
            )
    return pd.DataFrame(rows).round(3)


def _crossed_shares(left_out: LeftOut, labels: pd.DataFrame) -> Floats:
    """Return the linear model's answers to each writer's posts, fitted to other writers.

    On posts it was fitted to, the model is surer than it ever is again.
    """
    shares = np.zeros((len(labels), len(STANCES)))
    for here, model in whole_models(left_out, labels):
        shares[here] = model.shares(left_out.logits[here])["stance"]
    return shares


def _shares(model: StanceModel, posts: pd.DataFrame) -> Floats:
    return model.score(prepared(list(posts["text"])))["stance"].astype(np.float64)


def _looked_up(posts: pd.DataFrame, known: dict[str, NDArray[np.float16]]) -> NDArray[np.float16]:
    return np.stack([known[encoder_text(own_model_text(text))] for text in posts["text"]])


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main(*sys.argv[1:4])
