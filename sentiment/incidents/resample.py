"""Intervals that resample whole authors: who posts twice is one voice, not two."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import ndtr, stdtrit

from sentiment.incidents.minutes import Floats, Integers

LEVEL: Final = 0.95
PSEUDO: Final = np.array([[1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0]])
"""Two invented authors a side, one of each kind (Agresti and Caffo, 2000): a side without any understanding
would otherwise look certain."""


def author_sums(author: Integers, side: Integers, parts: Floats, sides: int) -> Floats:
    """Return what each author posted on each side.

    Args:
        author: Number of each post's author, shape ``(n,)``.
        side: Number of each post's side (before, after), shape ``(n,)``.
        parts: What each post counts as, shape ``(n, k)``.
        sides: How many sides there are.

    Returns:
        Sums, shape ``(authors, sides, k)``.

    >>> author_sums(np.array([7, 9, 7]), np.array([0, 0, 1]), np.ones((3, 1)), 2)[:, :, 0].tolist()
    [[1.0, 1.0], [1.0, 0.0]]
    """
    names, place = np.unique(author, return_inverse=True)
    sums = np.zeros((len(names), sides, parts.shape[1]))
    np.add.at(sums, (place, side), parts)
    return sums


def resampled(sums: Floats, resamples: int, rng: np.random.Generator) -> Floats:
    """Return the totals of authors drawn again with replacement, invented authors among them.

    Authors who posted alike are drawn together (a multinomial over the kinds of author is the same draw), so
    the cost is that of the few kinds there are.

    Args:
        sums: What each author posted, shape ``(authors, sides, 4)``.
        resamples: How often to draw.
        rng: Source of chance.

    Returns:
        Totals, shape ``(resamples, sides, 4)``.
    """
    sides, width = sums.shape[1:]
    invented = np.zeros((sides * len(PSEUDO), sides, width))
    for side in range(sides):
        invented[side * len(PSEUDO) : (side + 1) * len(PSEUDO), side] = PSEUDO
    rows = np.concatenate([sums, invented]).reshape(-1, sides * width)
    kinds, often = np.unique(rows, axis=0, return_counts=True)
    drawn = rng.multinomial(len(rows), often / len(rows), size=resamples)
    return np.asarray((drawn @ kinds).reshape(resamples, sides, width))


def effective_authors(posts: Floats) -> float:
    """Return how many authors of equal weight would say as much (Kish): one who posts a lot weighs more.

    Args:
        posts: Posts of each author, shape ``(authors,)``.

    >>> effective_authors(np.array([1.0, 1.0, 0.0])), round(effective_authors(np.array([9.0, 1.0])), 2)
    (2.0, 1.22)
    """
    return float(posts.sum() ** 2 / max(float((posts**2).sum()), 1.0))


def tail(authors: float, level: float = LEVEL) -> float:
    """Return what to cut off on each side of bootstrap values for an interval of a level.

    The expanded percentile interval (Hesterberg, 2015): percentiles alone are too narrow for few authors.

    >>> round(tail(20), 4), round(tail(100_000), 4)
    (0.0159, 0.025)
    """
    n = max(authors, 2.0)
    far = np.sqrt(n / (n - 1.0)) * stdtrit(n - 1, 0.5 + level / 2.0)
    return float(ndtr(-far))


def interval(values: Floats, authors: float, level: float = LEVEL) -> Floats:
    """Return lower and upper end of the interval of each column, shape ``(2, k)``.

    Args:
        values: Bootstrap values, shape ``(resamples, k)``.
        authors: Effective number of authors on the side that has fewer.
        level: How often it should hold the truth.
    """
    cut = tail(authors, level)
    return np.asarray(np.nanquantile(values, [cut, 1.0 - cut], axis=0))
