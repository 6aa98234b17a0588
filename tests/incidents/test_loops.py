"""Compiled loops and what they stand for: the same numbers to the bit."""

import numpy as np
import pytest

from sentiment.incidents.baseline import SeasonalBaseline
from sentiment.incidents.many import MANY, Many
from sentiment.incidents.surprise import NegativeBinomialTail, tail_surprise
from sentiment.incidents.trailing import Trailing
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
    counted = Trailing(values)
    outlook = model.outlook(model.calendar(times, width), counted)
    loud = rule.loud(counted, outlook, 4.3)
    some = np.arange(0, len(times), 7)
    spread = [outlook.dispersion(rows) for rows in (some[len(some) // 2 :][:9], some)]
    return [outlook.block_season, outlook.block_calm, outlook.block_mean, outlook.doubt, *spread, loud]


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


@pytest.mark.parametrize(
    ("expected", "dispersion", "usual"),
    [(0.002, 0.03, 2.0), (1.5, 0.001, 2.0), (40.0, 0.2, 2.0), (9e4, 5.0, 0.0)],
)
def test_only_counts_that_cannot_surprise_are_passed_over(
    expected: float, dispersion: float, usual: float
) -> None:
    from sentiment.incidents.loops import surprises

    counts = np.unique(np.round(expected + np.geomspace(4, 30 * expected + 40, 300)))
    one = np.ones(len(counts))
    tails = tail_surprise(counts, expected * one, dispersion * one, one > 0, deviations=0.0)
    kept = np.array([surprises(count, expected, dispersion, 4.3) for count in counts])
    assert kept[tails >= 4.3 + 1e-6].all()
    assert not kept[tails < usual].any()


def test_a_few_series_load_no_compiler() -> None:
    few = Many(1000)
    assert [few.ready(600), few.ready(400), few.ready(1)] == [False, False, True]


def test_a_loaded_compiler_is_used_sooner() -> None:
    import numba  # noqa: F401 - as the loops of another stage have loaded it

    some = Many(1000, loading=700)
    assert [some.ready(300), some.ready(1)] == [False, True]
