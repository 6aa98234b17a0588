"""Sums of the last rows: few counts and steps give what plain arrays give, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from sentiment.incidents.many import MANY
from sentiment.incidents.trailing import Sparse, Steps, Trailing

ROWS = np.array([0, 1, 14, 15, 16, 300, 399])
BLOCK = np.repeat(np.arange(27), 15)[:400]


def agree(one: Trailing, plain: Trailing) -> None:
    """Demand equal values and sums."""
    np.testing.assert_array_equal(one.values, plain.values)
    np.testing.assert_array_equal(one.between(7, 90), plain.values[7:90])
    np.testing.assert_array_equal(one.at(ROWS), plain.values[ROWS])
    for length in (1, 2, 15, 16, 1000):
        np.testing.assert_array_equal(one.sum(length, ROWS), plain.sum(length)[ROWS])


@pytest.mark.parametrize("many", [0, 1, 40])
def test_few_counts(many: int) -> None:
    rng = np.random.default_rng(many)
    places = rng.integers(0, 300, many)
    counts = Sparse.summed(places, np.ones(many), 400)
    plain = Trailing(np.bincount(places, minlength=400).astype(float))
    stretch = (np.arange(400) >= 150).astype(np.int64)
    np.testing.assert_array_equal(counts.rows, plain.rows)
    np.testing.assert_array_equal(counts.amounts, plain.amounts)
    np.testing.assert_array_equal(
        counts.by_stretch(np.array([0, 150]), stretch), np.add.reduceat(plain.values, [0, 150])
    )
    agree(counts, plain)


@pytest.mark.parametrize("left", [10**9, -1])
def test_steps(monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    monkeypatch.setattr(MANY, "left", left)
    steps = np.random.default_rng(1).random(27) * 1e3
    one, plain = Steps(steps, BLOCK, np.arange(0, 400, 15)), Trailing(steps[BLOCK])
    agree(one, plain)
