"""How unlikely counts are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sentiment.config import DetectionSettings
from sentiment.errors import ConfigError
from sentiment.incidents.baseline import Expectation, SeasonalBaseline, Series
from sentiment.incidents.surprise import (
    EwmaResiduals,
    NegativeBinomialTail,
    alarm_surprise,
    share_surprise,
    tail_surprise,
)
from sentiment.incidents.trailing import Trailing, trailing_sum


def flat(n: int, rate: float, *, dispersion: float = 0.01) -> Expectation:
    return Expectation(
        mean=np.full(n, rate),
        season=np.full(n, rate),
        dispersion=np.full((3, n), dispersion),
        warm=np.ones(n, dtype=bool),
        days=np.full(n, 5),
        calm=np.full(n, rate),
    )


def series(values: list[float] | np.ndarray) -> Series:
    return Series(np.arange(len(values), dtype=float), np.asarray(values, dtype=float), 1.0)


@pytest.mark.parametrize("rows", [1, 2, 5, 99])
def test_trailing_sums(rows: int):
    values = np.arange(10.0)
    expected = [values[max(0, i - rows + 1) : i + 1].sum() for i in range(10)]
    assert trailing_sum(values, rows).tolist() == expected


@pytest.mark.parametrize(
    ("count", "mean", "dispersion"), [(12, 3.0, 0.05), (60, 20.0, 0.02), (900, 300.0, 0.1)]
)
def test_the_tail_is_the_negative_binomial_one(count: float, mean: float, dispersion: float):
    one = np.ones(1)
    found = tail_surprise(count * one, mean * one, dispersion * one, one > 0)[0]
    size = 1.0 / dispersion
    chance = size / (size + mean)
    assert found == pytest.approx(
        -np.log10(sum(stats.nbinom.sf([count - 1, count], size, chance)) / 2), rel=1e-6
    )


@pytest.mark.parametrize(("count", "mean"), [(3, 1e-6), (5, 5.0), (0, 3.0)])
def test_few_or_usual_counts_are_no_surprise(count: float, mean: float):
    one = np.ones(1)
    assert tail_surprise(count * one, mean * one, 0.01 * one, one > 0)[0] == 0.0


def test_the_scale_says_which_window_told():
    values = np.full(400, 1.0)
    values[300:] = 2.5
    found = NegativeBinomialTail().surprise(series(values), flat(400, 1.0))
    assert found.scale[399] >= 20  # a slow, weak rise needs a long window
    values[390] = 50.0
    assert NegativeBinomialTail().surprise(series(values), flat(400, 1.0)).scale[390] == 1.0


def test_windows_lengthen_only_where_posts_are_few():
    days = 6 * 1440
    values = np.zeros(days)
    values[-2000::80] = 1.0  # 18 a day against 2 a day: nothing in two hours
    sparse = NegativeBinomialTail().surprise(series(values), flat(days, 2 / 1440))
    assert sparse.value[-1] > 6
    assert sparse.scale[-1] > 120
    dense = NegativeBinomialTail().surprise(series(values + 1.0), flat(days, 1.0 + 2 / 1440))
    assert dense.scale.max() <= 120


def test_the_ewma_rule_sees_a_rise_and_no_noise():
    rng = np.random.default_rng(3)
    values = rng.poisson(10.0, 2000).astype(float)
    calm = EwmaResiduals().surprise(series(values), flat(2000, 10.0)).value
    values[1500:1530] += 30
    risen = EwmaResiduals().surprise(series(values), flat(2000, 10.0)).value
    assert calm.max() < 5
    assert risen[1505] > 10


def test_a_share_surprises_only_when_it_moves():
    n = 600
    asked = np.ones(n, dtype=bool)
    whole, part = np.full(n, 20.0), np.full(n, 1.0)
    whole[500:], part[500:] = 100.0, 5.0  # gossip: more posts, same share
    gossip = share_surprise(series(part), series(whole), flat(n, 1.0), flat(n, 20.0), asked)
    assert gossip.max() < 2
    part[500:] = 70.0
    outage = share_surprise(series(part), series(whole), flat(n, 1.0), flat(n, 20.0), asked)
    assert outage[500] > 10


def test_a_doubled_share_is_not_enough():
    n = 600
    asked = np.ones(n, dtype=bool)
    whole, part = np.full(n, 500.0), np.full(n, 30.0)
    part[500:] = 60.0  # 6 % -> 12 %: significant with so many posts, yet no outage
    assert share_surprise(series(part), series(whole), flat(n, 30.0), flat(n, 500.0), asked).max() < 2


@pytest.mark.parametrize(("wanted", "compared"), [(10.0, -1), (0.1, 1)])
def test_fewer_false_alarms_need_more_surprise(wanted: float, compared: int):
    usual = alarm_surprise(DetectionSettings())
    assert np.sign(alarm_surprise(DetectionSettings(false_alarms_per_week=wanted)) - usual) == compared


@pytest.mark.parametrize("wanted", [0.0, -1.0])
def test_the_wanted_number_must_be_positive(wanted: float):
    with pytest.raises(ConfigError, match="false_alarms_per_week must be above 0"):
        alarm_surprise(DetectionSettings(false_alarms_per_week=wanted))


@pytest.mark.parametrize(("rate", "burst"), [(0.002, 6), (0.05, 8), (2.0, 30)])
def test_loud_rows_are_those_that_the_whole_series_shows(rate: float, burst: int):
    rng = np.random.default_rng(4)
    values = rng.poisson(rate, 9 * 1440).astype(float)
    for start in (9_000, 11_000):
        values[rng.integers(start, start + 40, burst)] += 1
    series = Series(29_000_160.0 + np.arange(len(values)), values, 1.0)
    model, rule = SeasonalBaseline(), NegativeBinomialTail()
    counted = Trailing(values)
    outlook = model.outlook(model.calendar(series.minutes, 1.0), counted)
    whole = rule.surprise(series, model.expect(series))
    for threshold in (1.0, 2.5, 4.3):
        rows = rule.loud(counted, outlook, threshold)
        np.testing.assert_array_equal(rows, np.flatnonzero(whole.value >= threshold))
        some = rule.at(counted, outlook, rows)
        np.testing.assert_array_equal(some.value, whole.value[rows])
        np.testing.assert_array_equal(some.scale, whole.scale[rows])
