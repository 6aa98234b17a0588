"""What a series would count now if nothing were wrong: an expected count and how far it may be off.

Everything is causal: the numbers at a bucket rest on complete earlier blocks alone, so the expectation of a
prefix is the prefix of the expectation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import pandas as pd

from sentiment.incidents.counts import DAY, Flags, Floats, Integers, sum_at

DISPERSION_MINUTES: Final = (15, 120, DAY)
"""Block lengths at which the spread around the expectation is measured."""
CHI_SQUARE: Final = {0.6: 0.7083, 0.85: 2.0723}
"""Quantiles of the chi-square distribution with one degree of freedom: what the squared standardised residual
of a well-predicted block stays below so often, however wild the rest are. The higher one sees heavy tails."""


@dataclass(frozen=True, slots=True)
class Series:
    """A count series on wall-clock buckets; missing buckets are simply absent.

    Attributes:
        minutes: Start of each bucket in minutes, strictly increasing, shape ``(n,)``.
        values: Counts, zero or more, shape ``(n,)``.
        width: Minutes a bucket (may be below 1).
    """

    minutes: Floats
    values: Floats
    width: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """Expected counts of a series and their uncertainty.

    Attributes:
        mean: Expected count a bucket, shape ``(n,)``.
        season: Its part that comes from the time of day and week, shape ``(n,)``.
        dispersion: Variance beyond Poisson relative to the squared mean, for windows up to each of
            :data:`DISPERSION_MINUTES`, shape ``(3, n)``.
        warm: Whether there is enough past to judge, shape ``(n,)``.
        days: Earlier observed days that the season rests on, shape ``(n,)``.
        calm: Expected count before a rise of the last hour lifts it, shape ``(n,)``.
    """

    mean: Floats
    season: Floats
    dispersion: Floats
    warm: Flags
    days: Integers
    calm: Floats


class Baseline(Protocol):
    """Anything that says what a series should have counted, from its past alone."""

    def expect(self, series: Series) -> Expectation:
        """Return the causal expectation of each bucket."""
        ...


@dataclass(frozen=True, slots=True)
class SeasonalBaseline:
    """Robust time-of-day shape of the last days, times the level of the last hours.

    The shape of a quarter hour is the winsorised mean of the same time (75 minutes around it) over the
    last ``days`` observed days, days of the same kind (weekday, weekend) counting double, drawn towards the
    flat rate where it rests on few posts. The level is the winsorised ratio of observed to expected over
    the last ``level_minutes``. On the first day there is no shape: the level of the last
    ``cold_level_minutes`` alone is the expectation and the bands are wider. A rise over the last
    ``rise_minutes`` lifts the level too. ``model_dispersion`` is the doubt that remains however well the past
    was predicted (a relative error of 17 %).

    >>> minutes = np.arange(0.0, 600.0)
    >>> steady = Series(minutes, np.full(600, 4.0), 1.0)
    >>> round(float(SeasonalBaseline().expect(steady).mean[-1]), 1)
    4.0
    """

    days: int = 14
    level_minutes: int = 480
    cold_level_minutes: int = 120
    warm_minutes: int = 60
    prior_posts: float = 10.0
    season_posts: float = 20.0
    rise_minutes: int = 60
    rise_posts: float = 100.0
    prior_dispersion: float = 0.02
    model_dispersion: float = 0.03
    cold_dispersion: float = 0.15

    def expect(self, series: Series) -> Expectation:
        """Return the causal expectation of each bucket."""
        blocks = _Blocks.of(series)
        season, history = self._season(blocks)
        level, rise, weight = self._level(blocks, season, history)
        shape = season[blocks.day, blocks.slot][blocks.row_block] * series.width
        calm = np.maximum(shape * level[blocks.row_block], 1e-9)
        mean = calm * rise[blocks.row_block]
        known = history[blocks.day]
        doubt = self.model_dispersion + self.cold_dispersion / (1.0 + known) ** 2 + 1.0 / weight
        spread = np.vstack([self._spread(series, mean, scale) for scale in DISPERSION_MINUTES])
        return Expectation(
            mean=mean,
            season=shape,
            dispersion=np.clip(spread + doubt[blocks.row_block], 1e-3, 5.0),
            warm=blocks.elapsed[blocks.row_block] >= self._warm_blocks(blocks),
            days=known[blocks.row_block],
            calm=calm,
        )

    def _warm_blocks(self, blocks: _Blocks) -> int:
        return max(4, round(self.warm_minutes / blocks.length))

    def _season(self, blocks: _Blocks) -> tuple[Floats, Integers]:
        """Return posts a minute for each day and slot, and how many earlier days they rest on."""
        sums, minutes = blocks.smoothed()
        rates = np.divide(sums, minutes, out=np.full_like(sums, np.nan), where=minutes > 0)
        past_rates = _previous(rates, self.days, np.nan)
        past_minutes = _previous(minutes, self.days, 0.0)
        kept = _winsorised(past_rates, past_minutes, slack=1.5)
        same = _same_kind(blocks.days, self.days)[:, None, :]
        weights = np.where(past_minutes > 0, past_minutes, 0.0) * np.where(same, 1.0, 0.5)
        seen, exposure = (kept * weights).sum(axis=2), weights.sum(axis=2)
        history = np.minimum(np.arange(len(blocks.days)), self.days)
        total = exposure.sum(axis=1)
        flat = np.divide(seen.sum(axis=1) + 0.5, total, out=np.ones(len(total)), where=total > 0)[:, None]
        season = (seen + self.season_posts) / (exposure + self.season_posts / flat)
        # One or two days may themselves hold an outage: no slot counts as more than thrice the median slot.
        few = np.where(history < 3, 3.0 * np.median(season, axis=1), np.inf)
        season = np.minimum(season, few[:, None])
        season[history == 0] = 1.0
        return season, history

    def _level(self, blocks: _Blocks, season: Floats, history: Integers) -> tuple[Floats, Floats, Floats]:
        """Return the level of each block, its rise over the last hour and the posts it rests on."""
        cold = history[blocks.day] == 0
        length = max(8, round(self.level_minutes / blocks.length))
        # Without a daily shape only the last hours say where the day is going.
        reach = np.where(cold, max(8, round(self.cold_level_minutes / blocks.length)), length)
        seen, exposure = _compared(blocks, season, length, reach)
        prior = np.where(cold, 0.5, self.prior_posts)
        level = (seen + prior) / (exposure + np.where(cold, 1.0, prior))
        # Volume that climbs over an hour is no outage: the last hour may raise the level, never lower it.
        hour = max(2, round(self.rise_minutes / blocks.length))
        risen, usual = _compared(blocks, season, hour, np.full(len(level), hour))
        rise = (risen + self.rise_posts) / (usual * level + self.rise_posts)
        return level, np.maximum(rise, 1.0), seen + prior

    def _spread(self, series: Series, mean: Floats, scale: int) -> Floats:
        """Return the relative extra variance at one block length, as known before each bucket."""
        size = max(float(scale), series.width)
        starts, row_block = _runs(np.floor_divide(series.minutes, size))
        observed, expected = np.add.reduceat(series.values, starts), np.add.reduceat(mean, starts)
        squares = pd.Series((observed - expected) ** 2 / expected)
        window = max(8, round(self.days * DAY / size))
        recent = squares.rolling(window, min_periods=1)
        typical = np.maximum.reduce(
            [recent.quantile(q).to_numpy() / usual for q, usual in CHI_SQUARE.items()]
        )
        posts = pd.Series(expected).rolling(window, min_periods=1).median().to_numpy()
        # Blocks of a few posts say little about the spread: their squares come in coarse steps.
        measured = np.clip((typical - 1.0) / posts, 0.0, 2.0) * posts / (posts + 10.0)
        blocks = np.minimum(np.arange(1, len(measured) + 1), window)
        drawn = (blocks * measured + 20.0 * self.prior_dispersion) / (blocks + 20.0)
        before = np.concatenate([[self.prior_dispersion], drawn[:-1]])
        return np.asarray(before[row_block], dtype=np.float64)


def _compared(blocks: _Blocks, season: Floats, length: int, reach: Integers) -> tuple[Floats, Floats]:
    """Return winsorised posts and exposure of the blocks before each block.

    Args:
        blocks: The series.
        season: Posts a minute by day and slot.
        length: Blocks looked at, at most.
        reach: Blocks looked at for each block.
    """
    back = np.arange(length, 0, -1)[None, :]
    before = np.arange(len(blocks.sums))[:, None] - back
    there, before = (before >= 0) & (back <= reach[:, None]), np.maximum(before, 0)
    # Every past block is compared with the season as known *today*, so a level never mixes two shapes.
    expected = season[blocks.day[:, None], blocks.slot[before]] * blocks.minutes[before] * there
    observed = blocks.sums[before] * there
    ratio = np.divide(observed, expected, out=np.full(observed.shape, np.nan), where=expected > 0)
    kept = _winsorised(ratio, expected, slack=1.3) * expected
    return kept.sum(axis=1), expected.sum(axis=1)


@dataclass(frozen=True, slots=True)
class _Blocks:
    """A series in blocks of a quarter hour (or one bucket, where wider), absent blocks left out."""

    length: float
    slots: int
    days: Integers  # day numbers that hold data, increasing
    day: Integers  # index into `days`, one a block
    slot: Integers  # block of the day, one a block
    sums: Floats
    minutes: Floats  # observed minutes
    row_block: Integers
    elapsed: Integers  # blocks before this one

    @classmethod
    def of(cls, series: Series) -> _Blocks:
        length = max(15.0, series.width)
        numbers = np.floor_divide(series.minutes, length)
        starts, row_block = _runs(numbers)
        number = numbers[starts]
        slots = max(1, int(DAY // length))
        days, day = np.unique(np.floor_divide(number * length, DAY), return_inverse=True)
        return cls(
            length=length,
            slots=slots,
            days=days.astype(np.int64),
            day=day.astype(np.int64),
            slot=(np.floor_divide(number * length % DAY, length).astype(np.int64) % slots),
            sums=sum_at(row_block, series.values, len(number)),
            minutes=sum_at(row_block, np.full(len(row_block), series.width), len(number)),
            row_block=row_block.astype(np.int64),
            elapsed=np.arange(len(number)),
        )

    def smoothed(self) -> tuple[Floats, Floats]:
        """Return posts and observed minutes of each day and slot, summed over five neighbouring slots.

        Neighbours across midnight are left out: the next day is not known yet.
        """
        cells = self.day * self.slots + self.slot
        shape = (len(self.days), self.slots)
        sums = sum_at(cells, self.sums, shape[0] * shape[1]).reshape(shape)
        minutes = sum_at(cells, self.minutes, shape[0] * shape[1]).reshape(shape)
        return (_around(sums), _around(minutes)) if self.slots >= 24 else (sums, minutes)


def _runs(ascending: Floats) -> tuple[Integers, Integers]:
    """Return where each run of equal values starts, and the run that each value is in."""
    first = np.diff(ascending, prepend=-np.inf) > 0
    return np.flatnonzero(first).astype(np.int64), (np.cumsum(first) - 1).astype(np.int64)


def _around(cells: Floats) -> Floats:
    """Sum each slot with its two neighbours on either side."""
    padded = np.pad(cells, ((0, 0), (2, 2)))
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 5, axis=1).sum(axis=-1))


def _previous(cells: Floats, days: int, fill: float) -> Floats:
    """Return the cells of the ``days`` days before each day, shape ``(days, slots, history)``."""
    padded = np.concatenate([np.full((days, cells.shape[1]), fill), cells])[:-1]
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, days, axis=0))


def _same_kind(days: Integers, history: int) -> Flags:
    """Return whether each of the previous days is a weekend (or not) like the day itself."""
    weekend = ((days + 3) % 7 >= 5).astype(np.float64)  # day 0 was a Thursday
    past = _previous(weekend[:, None], history, -1.0)[:, 0, :]
    return np.asarray(past == weekend[:, None])


def _winsorised(rates: Floats, exposure: Floats, *, slack: float) -> Floats:
    """Cut rates above ``slack`` times their median plus three Poisson deviations; unknown ones become 0.

    Outages of earlier days and hours must not raise what is expected now.
    """
    median = _median(rates)[..., None]
    usual = np.maximum(median * exposure, 0.0)
    room = 3.0 * np.sqrt(usual + 1.0)
    top = slack * median + np.divide(room, exposure, out=np.zeros_like(room), where=exposure > 0)
    return np.where(np.isnan(rates), 0.0, np.minimum(rates, top))


def _median(rates: Floats) -> Floats:
    """Return the median over the last axis without unknown values (0 where none is known)."""
    ordered = np.sort(rates, axis=-1)  # unknown values sort to the end
    known = (~np.isnan(rates)).sum(axis=-1)
    low, high = np.maximum((known - 1) // 2, 0), np.maximum(known // 2, 0)
    high = np.minimum(high, rates.shape[-1] - 1)
    pick = [np.take_along_axis(ordered, at[..., None], axis=-1)[..., 0] for at in (low, high)]
    return np.where(known > 0, (pick[0] + pick[1]) / 2.0, 0.0)
