"""Compiled loops and what they stand for: the same numbers to the bit."""

import numpy as np
import pytest

from sentiment.incidents.baseline import SeasonalBaseline
from sentiment.incidents.many import MANY, Many
from sentiment.incidents.surprise import NegativeBinomialTail, Trailing
from sentiment.text.block.compiling import can_compile

pytestmark = pytest.mark.skipif(not can_compile(), reason="numba is absent or switched off")


def series(rate: float, width: float, days: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return times with holes and counts with a burst."""
    rng = np.random.default_rng(seed)
    times = 28_927_440 + np.arange(0.0, days * 1440, width)
    times = times[rng.random(len(times)) < 0.9]
    values = rng.poisson(rate * width * np.exp(rng.normal(0, 0.7, len(times)))).astype(float)
    values[len(values) // 2 :][:40] *= 20
    return times, values


def judged(times: np.ndarray, values: np.ndarray, width: float) -> list[np.ndarray]:
    """Return the baseline of a series and its loud buckets."""
    model, rule = SeasonalBaseline(), NegativeBinomialTail()
    outlook = model.outlook(model.calendar(times, width), values)
    loud = rule.loud(Trailing(values), Trailing(outlook.mean), outlook, 4.3)
    return [outlook.block_season, outlook.block_calm, outlook.block_mean, outlook.doubt, loud]


@pytest.mark.parametrize("width", [1.0, 15.0, 60.0])
@pytest.mark.parametrize("rate", [0.002, 0.1, 8.0])
def test_many_series_are_judged_as_one_is(monkeypatch: pytest.MonkeyPatch, rate: float, width: float) -> None:
    times, values = series(rate, width, days=20, seed=int(rate * 1000 + width))
    monkeypatch.setattr(MANY, "left", 10**9)
    plain = judged(times, values, width)
    monkeypatch.setattr(MANY, "left", -1)
    for one, other in zip(plain, judged(times, values, width), strict=True):
        np.testing.assert_array_equal(one, other)
    assert rate < 0.1 or len(plain[-1])


def test_a_few_series_load_no_compiler() -> None:
    few = Many(1000)
    assert [few.ready(600), few.ready(400), few.ready(1)] == [False, False, True]
