"""What a series would have counted."""

from __future__ import annotations

import numpy as np
import pytest

from sentiment.incidents.baseline import SeasonalBaseline, Series
from sentiment.incidents.trailing import Trailing

START = 29_000_160.0  # a midnight, in minutes


def rhythm(days: float, rate: float, *, seed: int = 0, width: int = 1) -> Series:
    minutes = np.arange(0, days * 1440, width, dtype=np.float64)
    mean = rate * width * (1.0 + 0.7 * np.sin(2 * np.pi * minutes / 1440))
    return Series(START + minutes, np.random.default_rng(seed).poisson(mean).astype(float), float(width))


@pytest.mark.parametrize("rate", [0.2, 1.0, 20.0])
def test_a_daily_rhythm_is_learnt(rate: float):
    series = rhythm(12, rate)
    expected = SeasonalBaseline().expect(series)
    last = slice(-1440, None)
    truth = rate * (1.0 + 0.7 * np.sin(2 * np.pi * (series.minutes[last] - START) / 1440))
    assert np.abs(expected.mean[last] - truth).mean() < 0.25 * rate
    assert expected.mean[last].mean() == pytest.approx(rate, rel=0.15)
    assert expected.days[-1] == 11


def test_the_expectation_of_a_prefix_is_the_prefix_of_the_expectation():
    series = rhythm(5, 3.0)
    whole = SeasonalBaseline().expect(series)
    for cut in (100, 1500, 1507, 5000):
        part = SeasonalBaseline().expect(Series(series.minutes[:cut], series.values[:cut], 1.0))
        np.testing.assert_array_equal(part.mean, whole.mean[:cut])
        np.testing.assert_array_equal(part.dispersion, whole.dispersion[:, :cut])
        np.testing.assert_array_equal(part.warm, whole.warm[:cut])


def test_a_level_shift_is_followed_within_hours():
    series = rhythm(10, 5.0)
    doubled = Series(
        series.minutes, series.values * np.where(series.minutes >= START + 9 * 1440, 2.0, 1.0), 1.0
    )
    expected = SeasonalBaseline().expect(doubled)
    late = slice(9 * 1440 + 720, 10 * 1440)
    assert expected.mean[late].sum() == pytest.approx(doubled.values[late].sum(), rel=0.2)


def test_an_outage_of_yesterday_does_not_raise_today():
    series = rhythm(8, 5.0)
    burst = series.values.copy()
    burst[6 * 1440 + 600 : 6 * 1440 + 720] *= 20
    plain = SeasonalBaseline().expect(series).mean
    after = SeasonalBaseline().expect(Series(series.minutes, burst, 1.0)).mean
    today = slice(7 * 1440 + 600, 7 * 1440 + 720)
    assert after[today].sum() < 1.4 * plain[today].sum()


def test_the_first_day_is_cold_and_says_so():
    expected = SeasonalBaseline().expect(rhythm(1.5, 5.0))
    assert expected.days[0] == 0
    assert expected.days[-1] == 1
    assert not expected.warm[:60].any()
    assert expected.warm[60:].all()
    assert expected.dispersion[0, 1000] > expected.dispersion[0, -1]


def test_wander_widens_the_band():
    calm, wild = rhythm(12, 20.0), rhythm(12, 20.0)
    swing = 1.0 + 0.6 * np.sin(np.arange(len(wild.values)) / 37.0)
    wild = Series(wild.minutes, np.round(wild.values * swing), 1.0)
    spread = [SeasonalBaseline().expect(series).dispersion[0, -1] for series in (calm, wild)]
    assert spread[1] > 2 * spread[0]


@pytest.mark.parametrize("width", [5, 60, 1440])
def test_any_bucket_width(width: int):
    series = rhythm(60, 0.5, width=width)
    expected = SeasonalBaseline().expect(series)
    assert np.isfinite(expected.mean).all()
    half = len(expected.mean) // 2
    assert expected.mean[half:].sum() == pytest.approx(series.values[half:].sum(), rel=0.15)


def test_gaps_are_unknown_not_zero():
    series = rhythm(12, 5.0)
    kept = (series.minutes % 1440 < 300) | (series.minutes % 1440 > 900)
    gappy = Series(series.minutes[kept], series.values[kept], 1.0)
    expected = SeasonalBaseline().expect(gappy)
    late = gappy.minutes > START + 6 * 1440
    assert expected.mean[late].sum() == pytest.approx(gappy.values[late].sum(), rel=0.1)


def test_all_zero_counts():
    expected = SeasonalBaseline().expect(Series(START + np.arange(4000.0), np.zeros(4000), 1.0))
    assert (expected.mean > 0).all()
    assert expected.mean[-1] < 0.01
    assert np.isfinite(expected.dispersion).all()


def test_the_level_is_held_from_the_onset_on():
    series = rhythm(5, 3.0)
    model = SeasonalBaseline()
    outlook = model.outlook(model.calendar(series.minutes, 1.0), Trailing(series.values))
    row = 4 * 1440
    held = outlook.held(row, row - 10, row + 600)
    np.testing.assert_array_equal(held[:10], outlook.mean[row - 10 : row])
    whole = outlook.expectation()
    level = held[10:] / whole.season[row : row + 600]
    np.testing.assert_allclose(level, level[0])
    np.testing.assert_allclose(outlook.held(700, 700, 800), outlook.mean[700])  # no daily shape yet


@pytest.mark.parametrize("rows", [[5000], [0, 3, 3, 4000], list(range(3000))])
def test_spreads_asked_for_here_and_there_are_those_of_the_whole(rows: list[int]):
    series = rhythm(4, 3.0, seed=2)
    model = SeasonalBaseline()
    outlook = model.outlook(model.calendar(series.minutes, 1.0), Trailing(series.values))
    some = outlook.dispersion(np.array(rows))
    np.testing.assert_array_equal(some, model.expect(series).dispersion[:, rows])
