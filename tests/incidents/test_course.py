"""Landmarks of a spike."""

from __future__ import annotations

import numpy as np
import pytest

from sentiment.incidents.course import Onset, busiest, first_run, follow, locate_onset


def outage(
    n: int = 600, *, onset: int = 200, plateau: int = 60, height: float = 30.0, seed: int = 0
) -> np.ndarray:
    t = np.arange(n) - onset
    shape = np.where(t < 0, 0.0, np.where(t < plateau, 1.0, np.exp(-(t - plateau) / 20.0)))
    return np.random.default_rng(seed).poisson(2.0 + height * shape).astype(float)


@pytest.mark.parametrize("seed", range(8))
def test_the_onset_lies_in_its_interval(seed: int):
    values = outage(seed=seed, height=8.0)
    found = locate_onset(values, np.full(600, 2.0), alarm=210, first=100)
    assert found.low <= found.row <= found.high
    assert found.low - 1 <= 200 <= found.high + 1


def test_a_weaker_change_has_a_wider_interval():
    wide = [
        np.diff([o.low, o.high])[0] for o in (_onset(height, seed) for height in (2.0,) for seed in range(20))
    ]
    narrow = [
        np.diff([o.low, o.high])[0]
        for o in (_onset(height, seed) for height in (30.0,) for seed in range(20))
    ]
    assert np.mean(wide) > np.mean(narrow)


def _onset(height: float, seed: int) -> Onset:
    return locate_onset(outage(height=height, seed=seed), np.full(600, 2.0), alarm=215, first=100)


def test_the_course_of_an_outage():
    values = outage()
    course = follow(
        values,
        np.full(600, 2.0),
        np.full(600, 0.02),
        onset=Onset(200, 199, 201),
        last_alarm=202,
        scale=1.0,
        width=1.0,
        recovery_minutes=15,
    )
    assert 195 <= course.escalation <= 210
    assert 200 <= course.peak <= 262
    assert course.recovery is not None
    assert 260 <= course.recovery <= 290  # half of the excess is gone 14 minutes after the plateau
    assert course.end is not None
    assert 290 <= course.end <= 360


def test_an_outage_that_lasts_has_no_end():
    values = outage(250)
    course = follow(
        values,
        np.full(250, 2.0),
        np.full(250, 0.02),
        onset=Onset(200, 200, 200),
        last_alarm=202,
        scale=1.0,
        width=1.0,
        recovery_minutes=15,
    )
    assert course.end is None
    assert course.recovery is None


@pytest.mark.parametrize(
    ("state", "start", "length", "share", "expected"),
    [
        ("1101110", 0, 3, 1.0, 3),
        ("1101110", 0, 2, 1.0, 0),
        ("1101110", 4, 3, 1.0, None),
        ("1101110", 0, 5, 0.8, 0),
        ("0111100", 0, 5, 0.8, 1),
        ("", 0, 2, 1.0, None),
    ],
)
def test_first_run(state: str, start: int, length: int, share: float, expected: object):
    assert first_run(np.array([c == "1" for c in state], dtype=bool), start, length, share=share) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 150, 10, 0], (1, 1)),  # one minute holds enough
        ([0, 30, 40, 35, 0], (2, 3)),
        ([0, 3, 1, 0], (1, 3)),  # never enough: the longest window that fits
    ],
)
def test_the_busiest_bucket_holds_enough_posts(values: list[float], expected: object):
    assert busiest(np.array(values, dtype=float), 0, len(values), 1.0) == expected
