"""How new the present volume is to the series itself."""

from __future__ import annotations

import numpy as np
import pytest

from sentiment.incidents.baseline import SeasonalBaseline, Series
from sentiment.incidents.novelty import LEVELS, novelty, told


def series(days: int, *, width: float = 5.0, bursts: tuple[int, ...] = (), seed: int = 1) -> Series:
    minutes = np.arange(0.0, days * 1440.0, width)
    values = np.random.default_rng(seed).poisson(10.0, len(minutes)).astype(np.float64)
    for burst in bursts:
        values[burst : burst + 6] = 300.0
    return Series(minutes, values, width)


def new(one: Series) -> np.ndarray:
    return novelty(one, SeasonalBaseline().expect(one))


def test_nothing_is_known_before_a_day_is_complete():
    assert np.isnan(new(series(3))[:288]).all()
    assert not np.isnan(new(series(3))[288:]).any()


def test_a_first_burst_is_newer_than_its_repetitions():
    bursts = tuple(range(5 * 288 + 100, 20 * 288, 288))
    found = new(series(20, bursts=bursts))
    first, last = (found[at : at + 6].max() for at in (bursts[0], bursts[-1]))
    assert first > 3.0
    assert last < 0.75 * first


@pytest.mark.parametrize("width", [1.0, 60.0, 1440.0])
def test_any_bucket_width(width: float):
    days = 3 if width < 60 else 60
    one = series(days, width=width)
    one.values[-1] *= 400.0
    found = new(one)
    assert found[-1] > 2.0
    assert np.nanmax(found[:-1]) < found[-1]


def test_the_past_knows_no_future():
    whole = series(6, bursts=(1300,))
    for cut in (100, 900, 1302, 1500):
        part = Series(whole.minutes[:cut], whole.values[:cut], whole.width)
        np.testing.assert_array_equal(new(part), new(whole)[:cut])


def test_a_level_rests_after_it_was_told():
    minutes = np.arange(0.0, 400.0)
    steady = np.full(400, 1.0)
    assert np.flatnonzero(told(steady, minutes, renotify=100.0)).tolist() == [0, 101, 202, 303]


def test_a_higher_level_is_told_though_a_lower_one_rests():
    levels = told(np.array([0.6, 0.6, 4.0, 4.0]), np.arange(4.0), renotify=60.0)
    assert levels[0] == LEVELS[0]
    assert levels[2] == max(level for level in LEVELS if level <= 4.0)
    assert levels[[1, 3]].tolist() == [0.0, 0.0]


def test_nothing_is_told_of_nothing():
    assert told(np.full(5, -np.inf), np.arange(5.0), renotify=60.0).tolist() == [0.0] * 5
