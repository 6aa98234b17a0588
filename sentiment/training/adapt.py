"""Teach the carried model with labels of your own: its weights are the prior, the labels move them.

An installed package holds the weights but not the corpus. So nothing is refitted: what each head decides
becomes ``shipped + shift``, and the shift is the most probable one under the labels and a normal prior
around zero. Few labels move little; what they do not speak of stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.text.stance import CLASSES, HEADS, StanceModel, head_slices, weigh
from sentiment.training.fit import corpus_hash, read_features

Doubles = NDArray[np.float64]

STRENGTH: Final = 3.0
"""Variance of the prior on a shifted weight; chosen on held-out writers of the corpus (docs/why.md)."""
MIN_ANSWERS: Final = 20
"""Labelled posts below which a head stays as it is."""


def adapt_model(labels: pd.DataFrame, base: StanceModel, *, strength: float = STRENGTH) -> StanceModel:
    """Return the base model, moved by labelled posts.

    Args:
        labels: Frame of :func:`sentiment.training.corpus.read_labels`. Heads with fewer than
            :data:`MIN_ANSWERS` answers in it (outage left empty, say) stay as they are.
        base: The model to start from.
        strength: How far labels may move a weight; 0 gives the base model.

    Returns:
        A model with the same columns; ``about["adapted"]`` says from what.
    """
    matrix = weigh(read_features(labels["text"]), base.columns, base.scale, base.view_weights)
    offsets = base.decide(np.asarray(matrix @ base.weights, dtype=np.float32) + base.bias).astype(np.float64)
    weights, bias = _with_room(base)
    for head, part in head_slices().items():
        rows, answers = _answers(labels, head)
        if rows.sum() >= MIN_ANSWERS and strength > 0:
            target = _one_hot(answers[rows], HEADS[head])
            shift, step = _best_shift(matrix[rows], offsets[rows, part], target, strength)
            taught = slice(CLASSES + part.start, CLASSES + part.stop)
            weights[:, taught] += shift
            bias[taught] += step
    about = {**base.about, "adapted": {"posts": len(labels), "labels_sha256": corpus_hash(labels)}}
    return replace(base, weights=weights.astype(np.float32), bias=bias.astype(np.float32), about=about)


def _with_room(base: StanceModel) -> tuple[Doubles, Doubles]:
    """Return weights and bias with columns behind them for what labels teach, zero where none did so far."""
    missing = 2 * CLASSES - len(base.bias)
    weights = np.pad(base.weights.astype(np.float64), ((0, 0), (0, missing)))
    return weights, np.pad(base.bias.astype(np.float64), (0, missing))


def _answers(labels: pd.DataFrame, head: str) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    """Return which posts answer a head's question, and the answers."""
    if head == "asks_help":
        kinds = labels["neutral_kind"].to_numpy(dtype=str)
        return kinds != "", np.where(kinds == "help", "1", "0")
    given = labels["label" if head == "stance" else head].to_numpy(dtype=str)
    return given != "", given


def _one_hot(answers: NDArray[Any], classes: Sequence[str]) -> Doubles:
    """Return the answers as columns of 0 and 1: one column of a yes/no head, else one a class."""
    names = ["1"] if len(classes) == 1 else list(classes)
    return np.array([[float(answer == name) for name in names] for answer in answers])


def _best_shift(matrix: Any, offsets: Doubles, target: Doubles, strength: float) -> tuple[Doubles, Doubles]:  # noqa: ANN401 - scipy sparse
    """Return the most probable shift of the weights, shape (columns, classes), and of the biases."""
    from scipy.optimize import minimize

    used = np.unique(matrix.indices)
    posts = matrix[:, used].astype(np.float64)
    shape = (len(used) + 1, target.shape[1])

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        shift = flat.reshape(shape)
        scores = offsets + posts @ shift[:-1] + shift[-1]
        miss, slope = _log_loss(scores, target)
        gradient = np.vstack([posts.T @ slope, slope.sum(axis=0)]) + shift / strength
        return miss + float((shift**2).sum()) / (2 * strength), gradient.ravel()

    best = minimize(
        loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 300}
    )
    found = best.x.reshape(shape)
    shift = np.zeros((matrix.shape[1], shape[1]))
    shift[used] = found[:-1]
    return shift, found[-1]


def _log_loss(scores: Doubles, target: Doubles) -> tuple[float, Doubles]:
    """Return the summed log loss and its slope: logistic for one column, softmax for several."""
    if scores.shape[1] == 1:
        shares = 1 / (1 + np.exp(-np.clip(scores, -500, 500)))
        return float((np.logaddexp(0, scores) - target * scores).sum()), shares - target
    peak = scores.max(axis=1, keepdims=True)
    total = peak + np.log(np.exp(scores - peak).sum(axis=1, keepdims=True))
    return float((total - (target * scores).sum(axis=1, keepdims=True)).sum()), np.exp(
        scores - total
    ) - target
