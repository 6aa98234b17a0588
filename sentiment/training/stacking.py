"""The whole model: heads, and what decides stance and outage from the answers of all heads.

The latter is fitted to answers to posts of writers left out; on posts it was fitted to, a head is too sure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.text.stance import CLASSES, HEADS, STACKED, Floats, StanceModel, products, weigh
from sentiment.training.fit import Features, Taught, fit_heads, is_title

FOLDS: Final = 5
"""Groups of whole writers that are left out in turn."""
REAL: Final = "shipped_reviews"
"""The file whose posts many people wrote: they are spread over all groups."""
REGULARISATION: Final = 0.1
TITLE_WEIGHT: Final = 0.3
"""How much a title counts for the stance. Both were chosen by leaving writers out (docs/why.md)."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What models say of posts by writers that they were not fitted to.

    Attributes:
        fold: The group of each post, int64, shape (n,).
        models: One a group, fitted to the posts of the others, without a stack.
        logits: The raw scores of all heads, float32, shape (n, k).
    """

    fold: NDArray[np.int64]
    models: list[StanceModel]
    logits: Floats


def fit_model(labels: pd.DataFrame, taught: pd.DataFrame | None = None) -> StanceModel:
    """Fit the model to a labelled frame.

    Args:
        labels: See :func:`sentiment.training.corpus.read_labels`.
        taught: Posts without labels and what the deep reader says of them
            (see :func:`sentiment.training.taught.read_taught`); the stance is fitted to these too.
    """
    features, told = Features.of(labels["text"]), None if taught is None else Taught.of(taught)
    return fit_heads(features, labels, told, stack=fit_stack(leave_out(features, labels), labels))


def leave_out(features: Features, labels: pd.DataFrame) -> LeftOut:
    """Answer each group of writers by heads fitted to the others."""
    fold = folds(labels["writer"])
    models, logits = [], np.zeros((len(labels), CLASSES), dtype=np.float32)
    for group in range(int(fold.max()) + 1):
        rest, here = np.flatnonzero(fold != group), np.flatnonzero(fold == group)
        model = fit_heads(features.rows(rest), labels.iloc[rest])
        used = weigh(features.listed[here], model.columns, model.scale, model.view_weights)
        logits[here] = np.asarray(used @ model.weights, dtype=np.float32) + model.bias
        models.append(model)
    return LeftOut(fold, models, logits)


def whole_models(left_out: LeftOut, labels: pd.DataFrame) -> Iterator[tuple[NDArray[np.bool_], StanceModel]]:
    """Yield which posts are of a group, and the model that was fitted, heads and stack, to the others."""
    for group, heads in enumerate(left_out.models):
        yield left_out.fold == group, replace(heads, stack=fit_stack(left_out, labels, but=group))


def folds(writers: pd.Series) -> NDArray[np.int64]:
    """Return the group of each post: whole writers; real posts, or those of too few writers, at random."""
    names = sorted(set(writers))
    drawn = np.random.default_rng(0).integers(0, FOLDS, len(writers))
    if len(names) < FOLDS:
        return drawn
    group = writers.map({name: place % FOLDS for place, name in enumerate(names)}).to_numpy()
    return np.where((writers == REAL).to_numpy(), drawn, group)


def fit_stack(left_out: LeftOut, labels: pd.DataFrame, *, but: int | None = None) -> Floats:
    """Fit what decides the stacked heads (see :class:`sentiment.text.stance.StanceModel`).

    Args:
        left_out: Answers to the labelled posts.
        labels: See :func:`sentiment.training.corpus.read_labels`.
        but: A group whose posts are not looked at.

    Returns:
        float32, shape (products, classes); without rows where an answer is never given.
    """
    read, parts = products(left_out.logits), []
    titles = is_title(labels)
    for head in STACKED:
        given = labels["label" if head == "stance" else head].to_numpy(dtype=str)
        some = (given != "") & (left_out.fold != but)
        if len(set(given[some])) < max(2, len(HEADS[head])):
            return np.zeros((0, 0), dtype=np.float32)
        counts = np.where(titles & (head == "stance"), TITLE_WEIGHT, 1.0)
        parts.append(_fit(read[some], given[some], HEADS[head], counts[some]))
    return np.hstack(parts).astype(np.float32)


def _fit(read: Floats, given: NDArray[np.str_], classes: tuple[str, ...], counts: NDArray[np.float64]) -> Any:  # noqa: ANN401
    """Return the weights of one head, shape (products, classes); a post counts so much."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # how sums are split among threads would show in the last digits
        fit = LogisticRegression(C=REGULARISATION, max_iter=3_000).fit(read[:, 1:], given, counts)
    order = [0] if len(classes) == 1 else [fit.classes_.tolist().index(name) for name in classes]
    return np.vstack([fit.intercept_[order], fit.coef_[order].T])
