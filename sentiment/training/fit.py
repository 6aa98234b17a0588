"""Fit the stance model to the labelled corpus: scikit-learn logistic regressions, stored as plain arrays.

The weights of every head are fitted to all posts. What decides stance and outage from the answers of all
heads (:mod:`sentiment.training.stacking`) is fitted to answers to posts of writers left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.schema import STANCES
from sentiment.text.clean import fold_numbers, own_model_text
from sentiment.text.features import CHAR_BITS, WORD_BITS, ModelPost, column_count, featurize, prepare
from sentiment.text.segment import Segmenter
from sentiment.text.stance import CLASSES, HEADS, Floats, StanceModel, head_slices, weigh

VIEW_WEIGHTS: Final = (1.0, 0.7)
PHRASE_SCALE: Final = 0.05
MIN_POSTS: Final = 4
"""Posts that a gram must occur in."""
REGULARISATION: Final = 100.0
"""These four were chosen by leaving writers out (docs/why.md)."""
UNLISTED: Final = 0.2
"""How much a post counts when it is read once more as if the list of services lacked the one it names."""
UNSEEN: Final = -20.0
"""Score of an answer that the labels never give."""


def prepared(texts: Sequence[str]) -> list[ModelPost]:
    """Return raw post texts as the models read them."""
    segmenter = Segmenter()
    plain = [own_model_text(text) for text in texts]
    return [prepare(text, segmenter.cut(text)) for text in plain]


def read_features(texts: Iterable[str]) -> Any:  # noqa: ANN401 - scipy sparse
    """Return the features of raw post texts, one row a text; a row depends on its text alone."""
    return featurize(prepared(list(texts)))


@dataclass(frozen=True, slots=True)
class Features:
    """Labelled posts as numbers, one row a post.

    Attributes:
        listed: Listed services masked, as posts are read.
        unlisted: The names left standing, as if no list had them.
    """

    listed: Any
    unlisted: Any

    @classmethod
    def of(cls, texts: Iterable[str]) -> Features:
        """Read the features of raw post texts."""
        plain, segmenter = [own_model_text(text) for text in texts], Segmenter()
        words = [segmenter.cut(text) for text in plain]
        return cls(
            featurize([prepare(text, cut) for text, cut in zip(plain, words, strict=True)]),
            featurize(
                [
                    ModelPost(text, tuple(map(fold_numbers, cut)))
                    for text, cut in zip(plain, words, strict=True)
                ]
            ),
        )

    def rows(self, which: Any) -> Features:  # noqa: ANN401 - places or a mask
        """Return some of the posts."""
        return Features(self.listed[which], self.unlisted[which])

    def without(self, view: slice) -> Features:
        """Return the features with a view emptied: no weight can grow on it, so scoring need not know."""
        return Features(_blanked(self.listed, view), _blanked(self.unlisted, view))


def _blanked(matrix: Any, view: slice) -> Any:  # noqa: ANN401 - scipy sparse
    from scipy.sparse import diags

    kept = np.ones(matrix.shape[1], dtype=np.float32)
    kept[view] = 0.0
    blanked = (matrix @ diags(kept)).tocsr()
    blanked.eliminate_zeros()
    return blanked


@dataclass(frozen=True, slots=True)
class Taught:
    """Posts without labels and what the deep reader says of them.

    Attributes:
        matrix: Their features, shape (n, features).
        shares: How likely each of :data:`sentiment.schema.STANCES` is, shape (n, 3).
    """

    matrix: Any
    shares: NDArray[np.float64]

    @classmethod
    def of(cls, taught: pd.DataFrame) -> Taught:
        """Read the features of taught posts (see :func:`sentiment.training.taught.read_taught`)."""
        return cls(read_features(taught["text"]), taught[list(STANCES)].to_numpy(dtype=np.float64))


def fit_heads(
    features: Features, labels: pd.DataFrame, taught: Taught | None = None, *, stack: Floats | None = None
) -> StanceModel:
    """Fit every head to posts whose features are known, one row a label; ``stack`` is taken as it is."""
    model = _empty_model(features.listed, labels)
    used = weigh(features.listed, model.columns, model.scale, model.view_weights)
    weights, bias = model.weights.copy(), model.bias.copy()
    for head, part in head_slices().items():
        rows, target = _target(labels, head)
        posts, answers, counts = used[rows], target[rows], np.ones(rows.sum())
        if head == "stance" and taught is not None:
            posts, answers, counts = _with_taught(posts, answers, taught, model)
        if head == "outage":
            posts, answers, counts = _with_unlisted(posts, answers, features.rows(rows), model)
        weights[:, part], bias[part] = _fit_head(posts, answers, HEADS[head], counts)
    return replace(model, weights=weights, bias=bias, stack=model.stack if stack is None else stack)


def _with_unlisted(
    posts: Any,  # noqa: ANN401 - scipy sparse
    answers: NDArray[np.str_],
    features: Features,
    model: StanceModel,
) -> tuple[Any, NDArray[np.str_], NDArray[np.float64]]:
    """Add each post that names a listed service once more as if the list lacked it.

    The list holds every service that writers thought of, so among labelled posts a name that nobody listed
    is hardly ever a service; among a user's posts it often is.
    """
    from scipy.sparse import vstack

    differs = np.flatnonzero(abs(features.listed - features.unlisted).sum(axis=1))
    more = weigh(features.unlisted[differs], model.columns, model.scale, model.view_weights)
    return (
        vstack([posts, more]).tocsr(),
        np.concatenate([answers, answers[differs]]),
        np.concatenate([np.ones(len(answers)), np.full(len(differs), UNLISTED)]),
    )


def _with_taught(
    posts: Any,  # noqa: ANN401 - scipy sparse
    answers: NDArray[np.str_],
    taught: Taught,
    model: StanceModel,
) -> tuple[Any, NDArray[np.str_], NDArray[np.float64]]:
    """Add each taught post once for every stance that it may have, counting as much as that is likely."""
    from scipy.sparse import vstack

    more = weigh(taught.matrix, model.columns, model.scale, model.view_weights)
    post, stance = np.nonzero(taught.shares)
    return (
        vstack([posts, more[post]]).tocsr(),
        np.concatenate([answers, np.array(STANCES)[stance]]),
        np.concatenate([np.ones(len(answers)), taught.shares[post, stance]]),
    )


def _empty_model(matrix: Any, labels: pd.DataFrame) -> StanceModel:  # noqa: ANN401 - scipy sparse
    """Choose the columns and their scale from the corpus; no weights yet."""
    posts_with = np.bincount(matrix.indices, minlength=matrix.shape[1])
    hashed = 2**CHAR_BITS + 2**WORD_BITS
    columns = np.flatnonzero(posts_with >= MIN_POSTS)
    columns = np.union1d(columns[columns < hashed], np.arange(hashed, matrix.shape[1])).astype(np.int64)
    scale = np.log((1 + matrix.shape[0]) / (1 + posts_with[columns])) + 1
    scale[columns >= hashed] = PHRASE_SCALE
    return StanceModel(
        columns=columns,
        scale=scale.astype(np.float32),
        view_weights=VIEW_WEIGHTS,
        weights=np.zeros((len(columns), CLASSES), dtype=np.float32),
        bias=np.zeros(CLASSES, dtype=np.float32),
        stack=np.zeros((0, 0), dtype=np.float32),
        about={
            "posts": len(labels),
            "corpus_sha256": corpus_hash(labels),
            "writers": labels["writer"].nunique(),
        },
    )


def corpus_hash(labels: pd.DataFrame) -> str:
    """Return the hash of a labelled frame, so that a model says what it was fitted to."""
    rows = labels.drop(columns="writer").to_csv(index=False, lineterminator="\n")
    return hashlib.sha256(rows.encode()).hexdigest()[:16]


def is_title(labels: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which labelled texts are titles of a hot-search list."""
    return (labels["medium"] == "title").to_numpy()


def _target(labels: pd.DataFrame, head: str) -> tuple[NDArray[np.bool_], NDArray[np.str_]]:
    """Return which rows a head is fitted to, and the answers.

    Only questions of the codebook's kind ``help`` are known to ask; every other row counts as not asking.
    The stance is fitted to posts alone where there are any: a hot-search title states what fails and
    complains of nothing, and what titles teach made plain complaints of a failure neutral.
    """
    column = {"stance": "label", "asks_help": "neutral_kind"}.get(head, head)
    given = labels[column].to_numpy(dtype=str)
    if head == "asks_help":
        return np.ones(len(given), dtype=bool), np.where(given == "help", "1", "0")
    rows = given != ""
    if head == "stance" and (posts := rows & ~is_title(labels)).any():
        rows = posts
    return rows, given


def _fit_head(
    matrix: Any,  # noqa: ANN401 - scipy sparse
    target: NDArray[np.str_],
    classes: Sequence[str],
    counts: NDArray[np.float64],
) -> tuple[Any, Any]:
    """Return (weights, bias) of one head, its classes in the order of ``classes``; a row counts so much."""
    from sklearn.linear_model import LogisticRegression

    seen = np.unique(target)
    if len(seen) == 1:
        yes = len(classes) == 1 and seen[0] == "1"
        certain = [-UNSEEN if yes or name == seen[0] else UNSEEN for name in classes]
        return np.zeros((matrix.shape[1], len(classes))), np.array(certain)
    balance = None if classes in (("outage",), STANCES) else "balanced"
    fit = LogisticRegression(C=REGULARISATION, class_weight=balance, solver="newton-cg", max_iter=200)
    fit.fit(matrix, target, sample_weight=counts)
    if len(classes) == 1:
        return fit.coef_.T, fit.intercept_
    # Two classes seen: one row of weights for the second; half of it against the first is the same softmax.
    half = len(fit.classes_) == 2
    rows = np.vstack([-fit.coef_, fit.coef_]) / 2 if half else fit.coef_
    offsets = np.concatenate([-fit.intercept_, fit.intercept_]) / 2 if half else fit.intercept_
    weights, bias = np.zeros((matrix.shape[1], len(classes))), np.full(len(classes), UNSEEN)
    for row, offset, name in zip(rows, offsets, fit.classes_, strict=True):
        place = classes.index(str(name))
        weights[:, place], bias[place] = row, offset
    return weights, bias


def save_model(model: StanceModel, path: str | Path) -> None:
    """Write a model as npz; the same model gives the same bytes. Weights are kept to half precision."""
    arrays: dict[str, Any] = {
        "features": np.array(column_count(), dtype=np.int64),
        "columns": model.columns.astype(np.int32),
        "scale": model.scale.astype(np.float16),
        "view_weights": np.array(model.view_weights, dtype=np.float32),
        "weights": model.weights.astype(np.float16),
        "bias": model.bias.astype(np.float32),
        "stack": model.stack.astype(np.float32),
        "about": np.array(json.dumps(dict(model.about), sort_keys=True, ensure_ascii=False)),
    }
    with Path(path).open("wb") as file:
        np.savez_compressed(file, **arrays)
