"""Interrupted time series around a response."""

from __future__ import annotations

import numpy as np
import pytest

from sentiment.incidents.trend import MIN_BUCKETS, interrupted_trend
from sentiment.incidents.voices import Voices

AT = 7200


def voices(share: np.ndarray, *, per_minute: int = 20, seed: int = 0) -> Voices:
    """People's posts whose share of understanding is given for each minute."""
    rng = np.random.default_rng(seed)
    seconds = np.repeat(np.arange(len(share)) * 60, per_minute)
    understands = rng.random(len(seconds)) < np.repeat(share, per_minute)
    ones = np.ones(len(seconds))
    return Voices(
        seconds=seconds,
        parts=np.column_stack([understands, ~understands, ones, 0 * ones]).astype(np.float64),
        author=np.arange(len(seconds)),
        first=0,
        last=int(seconds[-1]),
    )


@pytest.mark.parametrize(("jump", "sign"), [(0.2, 1), (-0.2, -1), (0.0, 0)])
def test_a_jump_is_found_with_its_sign(jump: float, sign: int):
    share = np.where(np.arange(240) < 120, 0.4, 0.4 + jump)
    trend = interrupted_trend(voices(share), AT, min_posts=20)
    assert trend.jumped == sign
    assert trend.jump == pytest.approx(jump, abs=0.08)
    assert trend.jump_low < trend.jump < trend.jump_high
    assert trend.moving == 0


@pytest.mark.parametrize(("slope", "way"), [(0.1, 1), (-0.1, -1)])
def test_a_steady_move_is_no_jump(slope: float, way: int):
    share = 0.5 + slope * (np.arange(240) - 120) / 60
    trend = interrupted_trend(voices(share, seed=1), AT, min_posts=20)
    assert (trend.moving, trend.jumped) == (way, 0)
    assert trend.slope_before == pytest.approx(slope, abs=0.04)
    assert trend.slope_change_low < 0 < trend.slope_change_high


@pytest.mark.parametrize("seed", range(3))
def test_a_drift_is_told_from_a_step(seed: int):
    hours = (np.arange(240) - 120) / 60
    drift, step = (
        interrupted_trend(voices(share, seed=seed), AT, min_posts=20)
        for share in (0.5 + 0.08 * hours, np.where(hours < 0, 0.4, 0.6))
    )
    assert drift.drift_does
    assert drift.step_over_drift < 0
    assert not step.drift_does


def test_buckets_widen_where_posts_are_few():
    flat = np.full(240, 0.3)
    many, few = (interrupted_trend(voices(flat, per_minute=n), AT, min_posts=20) for n in (20, 1))
    assert (many.bucket, few.bucket) == (5, 10)
    assert (many.before_n, many.after_n) == (2400, 2400)


def test_moods_of_neighbouring_minutes_widen_the_interval():
    rng = np.random.default_rng(3)
    calm = np.full(240, 0.4)
    moody = np.clip(calm + np.repeat(rng.normal(0, 0.12, 12), 20), 0, 1)
    widths = [
        trend.jump_high - trend.jump_low
        for trend in (interrupted_trend(voices(share), AT, min_posts=20) for share in (calm, moody))
    ]
    assert widths[1] > 1.5 * widths[0]


@pytest.mark.parametrize(
    ("minutes", "at", "min_posts"),
    [(240, 60 * 5 * (MIN_BUCKETS - 1), 20), (240, 60 * 230, 20), (240, AT, 5000)],
)
def test_too_little_gives_no_trend(minutes: int, at: int, min_posts: int):
    assert interrupted_trend(voices(np.full(minutes, 0.3)), at, min_posts=min_posts) is None


def test_minutes_without_posts_are_no_trouble():
    some = voices(np.full(240, 0.3))
    kept = (some.seconds // 60) % 10 < 5
    thinned = Voices(some.seconds[kept], some.parts[kept], some.author[kept], some.first, some.last)
    trend = interrupted_trend(thinned, AT, min_posts=20)
    assert trend.jumped == 0
    assert np.isfinite(trend.jump_high)
