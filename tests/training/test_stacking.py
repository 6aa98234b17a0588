"""What decides stance and outage from the answers of all heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment.text.stance import CLASSES, head_slices, load_model, products
from sentiment.training.corpus import read_labels
from sentiment.training.fit import Features
from sentiment.training.stacking import FOLDS, REAL, LeftOut, fit_stack, folds, leave_out

LABELS = Path(__file__).parents[2] / "data" / "labels"


@pytest.fixture(scope="module")
def few() -> pd.DataFrame:
    labels = read_labels(LABELS)
    chosen = labels[labels["writer"].isin([f"writer_{letter}" for letter in "abcde"])]
    return chosen.groupby(["writer", "label", "outage"]).head(30).reset_index(drop=True)


@pytest.fixture(scope="module")
def left_out(few: pd.DataFrame) -> LeftOut:
    return leave_out(Features.of(few["text"]), few)


def test_writers_are_left_out_whole_and_real_posts_at_random() -> None:
    writers = pd.Series([f"writer_{place}" for place in range(10)] * 3 + [REAL] * 50)
    group = folds(writers)
    assert pd.Series(group[:30]).groupby(writers[:30]).nunique().eq(1).all()
    assert set(group[30:]) == set(range(FOLDS))
    assert set(folds(pd.Series(["one"] * 100))) == set(range(FOLDS))


def test_posts_are_answered_by_models_fitted_to_others(few: pd.DataFrame, left_out: LeftOut) -> None:
    assert left_out.logits.shape == (len(few), CLASSES)
    for group, model in enumerate(left_out.models):
        assert model.about["posts"] == (left_out.fold != group).sum()


def test_the_stack_reads_what_a_head_alone_misses(few: pd.DataFrame, left_out: LeftOut) -> None:
    """Labels that follow from two heads together, but from neither alone, are learned."""
    raw = np.random.default_rng(0).normal(0, 2, left_out.logits.shape).astype(np.float32)
    both = raw[:, head_slices()["outage"]][:, 0] * raw[:, head_slices()["asks_help"]][:, 0] > 0
    made = few.assign(outage=np.where(both, "1", "0"))
    stack = fit_stack(LeftOut(left_out.fold, left_out.models, raw), made)
    assert stack.shape == (products(raw[:1]).shape[1], 4)
    assert ((products(raw) @ stack[:, 3] > 0) == both).mean() > 0.85


def test_a_group_that_is_not_looked_at_changes_nothing(few: pd.DataFrame, left_out: LeftOut) -> None:
    other = few.copy()
    other.loc[left_out.fold == 0, "label"] = "neutral"
    assert np.array_equal(fit_stack(left_out, few, but=0), fit_stack(left_out, other, but=0))
    assert not np.array_equal(fit_stack(left_out, few), fit_stack(left_out, other))


def test_the_carried_model_decides_by_its_stack() -> None:
    model = load_model()
    logits = np.random.default_rng(1).normal(0, 3, (5, CLASSES)).astype(np.float32)
    decided = model.decide(logits)
    assert np.allclose(decided[:, head_slices()["stance"]], products(logits) @ model.stack[:, :3], atol=1e-5)
    part = head_slices()["severity"]
    assert np.array_equal(decided[:, part], logits[:, part])


def test_a_post_is_decided_alike_alone_and_among_others() -> None:
    model = load_model()
    logits = np.random.default_rng(2).normal(0, 3, (2_000, CLASSES)).astype(np.float32)
    together = model.decide(logits)
    for size in (1, 7, 999):
        apart = [model.decide(logits[first : first + size]) for first in range(0, len(logits), size)]
        assert np.array_equal(np.vstack(apart), together)
