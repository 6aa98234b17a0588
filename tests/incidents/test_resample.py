"""Resampling whole authors."""

from __future__ import annotations

import numpy as np
import pytest

from sentiment.incidents.resample import PSEUDO, author_sums, interval, resampled, tail


def test_posts_are_summed_by_author_and_side():
    author, side = np.array([5, 5, 8, 5]), np.array([0, 1, 1, 1])
    parts = np.array([[1.0, 0, 1, 0], [0, 1, 1, 0], [1, 0, 1, 1], [0, 1, 1, 0]])
    sums = author_sums(author, side, parts, 2)
    assert sums.shape == (2, 2, 4)
    assert sums[0].tolist() == [[1, 0, 1, 0], [0, 2, 2, 0]]
    assert sums[1].tolist() == [[0, 0, 0, 0], [1, 0, 1, 1]]


def test_drawn_totals_are_those_of_authors_and_invented_ones():
    rng = np.random.default_rng(0)
    sums = rng.integers(0, 3, (50, 2, 4)).astype(float)
    drawn = resampled(sums, 4000, np.random.default_rng(1))
    assert drawn.shape == (4000, 2, 4)
    assert drawn.mean(axis=0) == pytest.approx(sums.sum(axis=0) + PSEUDO.sum(axis=0), rel=0.02)


def test_drawing_kinds_is_drawing_authors():
    kinds = np.array([[[1.0, 0, 1, 0]], [[0, 1, 1, 0]]])
    many = np.repeat(kinds, [30, 70], axis=0)
    spread = resampled(many, 20_000, np.random.default_rng(2))[:, 0, 0].std()
    n, p = 102, 31 / 102
    assert spread == pytest.approx(np.sqrt(n * p * (1 - p)), rel=0.03)


@pytest.mark.parametrize(("authors", "cut"), [(2, 0.0), (20, 0.0159), (1000, 0.0249)])
def test_few_authors_cut_less_off(authors: int, cut: float):
    assert tail(authors) == pytest.approx(cut, abs=2e-4)


def test_the_interval_of_a_normal_is_the_usual_one():
    values = np.random.default_rng(0).normal(size=(100_000, 1))
    assert interval(values, 100_000)[:, 0] == pytest.approx([-1.96, 1.96], abs=0.03)
