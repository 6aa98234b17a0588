"""Interrupted time series: did the share of understanding jump at the response, or was it moving already?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtrit

from sentiment.incidents.minutes import Floats
from sentiment.incidents.voices import Voices

SPAN: Final = 120
"""Minutes looked at on each side, fewer where the data end earlier."""
WIDTHS: Final = (5, 10)
"""Minutes a bucket: the narrowest that holds enough posts."""
FULL_BUCKET: Final = 8.0
"""Posts with a stance that a bucket should hold in the mean."""
MIN_BUCKETS: Final = 6
"""Buckets with posts needed on each side for two straight lines."""
DRIFT_RULED_OUT: Final = 1.0
"""Nats by which a step must fit better than a steady drift: e times as likely."""
_TERMS: Final = 4


@dataclass(frozen=True, slots=True)
class Trend:
    """Two straight lines through the share of understanding, one on each side of a response.

    Attributes:
        minutes: Minutes looked at on each side.
        bucket: Minutes a bucket.
        before_n: Posts with a stance before.
        after_n: The same after.
        slope_before: Change of the share an hour before the response.
        slope_before_low: Lower end of its 95 % interval (autocorrelation-robust).
        slope_before_high: Upper end.
        jump: Share right after the response less what the line before it led to.
        jump_low: Lower end of its 95 % interval.
        jump_high: Upper end.
        slope_change: Slope after less slope before, an hour.
        slope_change_low: Lower end of its 95 % interval.
        slope_change_high: Upper end.
        step_over_drift: By how much a step at the response fits better than a steady drift over the whole
            time (log likelihood ratio, nats): below 0 the drift fits better.
    """

    minutes: int
    bucket: int
    before_n: int
    after_n: int
    slope_before: float
    slope_before_low: float
    slope_before_high: float
    jump: float
    jump_low: float
    jump_high: float
    slope_change: float
    slope_change_low: float
    slope_change_high: float
    step_over_drift: float

    @property
    def moving(self) -> int:
        """1 where the share was clearly rising before the response, -1 where falling, else 0."""
        return int(self.slope_before_low > 0) - int(self.slope_before_high < 0)

    @property
    def drift_does(self) -> bool:
        """Whether a share that moves steadily, response or not, fits about as well as a step."""
        return self.step_over_drift < DRIFT_RULED_OUT

    @property
    def jumped(self) -> int:
        """1 where the share clearly jumped up at the response, -1 where down, else 0."""
        return int(self.jump_low > 0) - int(self.jump_high < 0)


def interrupted_trend(voices: Voices, at: float, *, min_posts: int) -> Trend | None:
    """Fit the lines by least squares weighted by posts, with Newey-West errors.

    Shares of one bucket resemble those of the next (a post is answered, a crowd has a mood), so the errors
    allow for correlation over neighbouring buckets; buckets without a post stay in their place.

    Args:
        voices: People's posts.
        at: Time of the response, seconds since the epoch.
        min_posts: Posts with a stance needed on each side.

    Returns:
        The lines, or None where posts or buckets are too few.
    """
    room = int(min(at - voices.first, voices.last + 60 - at) // 60)
    for bucket in WIDTHS:
        each = min(SPAN, room) // bucket
        if each < MIN_BUCKETS:
            return None
        edges = np.asarray(at + 60.0 * bucket * np.arange(-each, each + 1), dtype=np.float64)
        understanding, taken = _buckets(voices, edges)
        if taken.mean() >= FULL_BUCKET or bucket == WIDTHS[-1]:
            break
    sides = taken[:each], taken[each:]
    if min(side.sum() for side in sides) < min_posts or min((s > 0).sum() for s in sides) < MIN_BUCKETS:
        return None
    hours = (np.arange(-each, each) + 0.5) * bucket / 60.0
    later = (hours > 0).astype(np.float64)
    design = np.column_stack([np.ones(2 * each), hours, later, later * hours])
    share = understanding / np.maximum(taken, 1.0)
    value, error, freedom = _weighted_fit(design, share, taken)
    drift, step, both = (_squares(design[:, terms], share, taken) for terms in ([0, 1], [0, 2], [0, 1, 2, 3]))
    reach = error * stdtrit(freedom, 0.975)
    low, high = value - reach, value + reach
    measured = [float(end[term]) for term in (1, 2, 3) for end in (value, low, high)]
    measured.append(float((drift - step) * freedom / (2.0 * max(both, 1e-12))))
    return Trend(each * bucket, bucket, int(sides[0].sum()), int(sides[1].sum()), *measured)


def _buckets(voices: Voices, edges: Floats) -> tuple[Floats, Floats]:
    """Return understanding posts and posts with a stance in each bucket."""
    at = np.searchsorted(voices.seconds, edges)
    summed = np.concatenate([np.zeros((1, 2)), np.cumsum(voices.parts[:, :2], axis=0)])[at]
    counted = np.diff(summed, axis=0)
    return counted[:, 0], counted.sum(axis=1)


def _squares(design: Floats, share: Floats, weight: Floats) -> float:
    """Return the weighted squares that a fit leaves."""
    root = np.sqrt(weight)
    value = np.linalg.lstsq(design * root[:, None], share * root, rcond=None)[0]
    return float((weight * (share - design @ value) ** 2).sum())


def _weighted_fit(design: Floats, share: Floats, weight: Floats) -> tuple[Floats, Floats, int]:
    """Return coefficients, their robust errors (shape ``(4,)`` each) and degrees of freedom."""
    normal = np.linalg.inv(design.T @ (design * weight[:, None]))
    value = normal @ (design.T @ (weight * share))
    rest = share - design @ value
    own = weight * np.einsum("ij,jk,ik->i", design, normal, design)
    scores = design * (weight * rest / np.maximum(1.0 - own, 0.1))[:, None]
    used = int((weight > 0).sum())
    freedom = max(used - _TERMS, 1)
    lags = int(np.floor(4.0 * (len(weight) / 100.0) ** (2.0 / 9.0)))
    middle = scores.T @ scores
    for lag in range(1, lags + 1):
        shifted = scores[lag:].T @ scores[:-lag]
        middle += (1.0 - lag / (lags + 1.0)) * (shifted + shifted.T)
    robust = np.diag(normal @ middle @ normal)
    plain = np.diag(normal) * float((weight * rest**2).sum()) / freedom
    variance = np.maximum(robust, plain)
    return value, np.sqrt(np.maximum(variance, 0.0)), freedom
