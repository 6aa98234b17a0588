"""What a series would count now if nothing were wrong: an expected count and how far it may be off.

Everything is causal: the numbers at a bucket rest on complete earlier blocks alone, so the expectation of a
prefix is the prefix of the expectation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Protocol

import numpy as np
import pandas as pd

from sentiment.incidents.blocks import Blocks, Lookback, Past, previous, runs
from sentiment.incidents.many import LONGEST, MANY
from sentiment.incidents.minutes import DAY, Flags, Floats, Integers, distinct
from sentiment.incidents.trailing import Steps, Trailing

DISPERSION_MINUTES: Final = (15, 120, DAY)
"""Block lengths at which the spread around the expectation is measured."""
CHI_SQUARE: Final = {0.6: 0.7083, 0.85: 2.0723}
"""Quantiles of the chi-square distribution with one degree of freedom: what the squared standardised residual
of a well-predicted block stays below so often, however wild the rest are. The higher one sees heavy tails."""
DISPERSION_RANGE: Final = (1e-3, 5.0)
NEAR: Final = 64
"""Stretches that may come and go for a window to be mended rather than sorted anew."""
TINY: Final = 1e-300
CHUNK: Final = 1024
ALWAYS_KEPT: Final = 3.0
"""Posts that a winsorised cell keeps whatever its median: three Poisson deviations of nothing."""


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
        return self.outlook(
            self.calendar(series.minutes, series.width), Trailing(series.values)
        ).expectation()

    def calendar(self, minutes: Floats, width: float) -> Calendar:
        """Return what the times of the buckets alone say: worked out once for all series of a grid."""
        blocks = Blocks.of(minutes, width)
        past = Past.of(blocks, self.days)
        cold = past.history[blocks.day] == 0
        length = max(8, round(self.level_minutes / blocks.length))
        # Without a daily shape only the last hours say where the day is going.
        reach = np.where(cold, max(8, round(self.cold_level_minutes / blocks.length)), length)
        hour = max(2, round(self.rise_minutes / blocks.length))
        return Calendar(
            blocks=blocks,
            past=past,
            hours=Lookback.of(blocks, length, reach),
            hour=Lookback.of(blocks, hour, np.full(len(cold), hour)),
            stretches=tuple(
                runs(np.floor_divide(minutes, max(float(scale), width))) for scale in DISPERSION_MINUTES
            ),
        )

    def outlook(self, calendar: Calendar, counted: Trailing) -> Outlook:
        """Return the expectation of a series of the calendar's grid, worked out as far as it is asked for."""
        blocks, history = calendar.blocks, calendar.past.history
        sums = blocks.sums(counted)
        season = self._season(calendar, sums)
        level, rise, weight = self._level(calendar, sums, season)
        shape = season[blocks.day, blocks.slot] * blocks.width
        calm = np.maximum(shape * level, 1e-9)
        known = history[blocks.day]
        return Outlook(
            calendar=calendar,
            counted=counted,
            block_season=shape,
            block_calm=calm,
            block_mean=calm * rise,
            doubt=self.model_dispersion + self.cold_dispersion / (1.0 + known) ** 2 + 1.0 / weight,
            block_warm=np.arange(len(known)) >= max(4, round(self.warm_minutes / blocks.length)),
            block_days=known,
            memory=self.days * DAY,
            prior_dispersion=self.prior_dispersion,
        )

    def _season(self, calendar: Calendar, sums: Floats) -> Floats:
        """Return posts a minute for each day and slot."""
        past, blocks = calendar.past, calendar.blocks
        cells, exposure = blocks.daily(sums), past.exposure
        seen = np.empty_like(cells)
        if MANY.ready(len(sums)) and blocks.slots > 1:
            from sentiment.incidents.loops import remember

            weights = np.ascontiguousarray(past.weights.transpose(0, 2, 1))  # as they lie in memory
            remember(cells, past.minutes, weights, ALWAYS_KEPT, seen)
        else:
            seen = self._seen(past, cells)
        total = exposure.sum(axis=1)
        flat = np.divide(seen.sum(axis=1) + 0.5, total, out=np.ones(len(total)), where=total > 0)[:, None]
        season = (seen + self.season_posts) / (exposure + self.season_posts / flat)
        # One or two days may themselves hold an outage: no slot counts as more than thrice the median slot.
        few = past.history < 3
        season[few] = np.minimum(season[few], 3.0 * _median(season[few])[:, None])
        season[past.history == 0] = 1.0
        return np.asarray(season, dtype=np.float64)

    def _seen(self, past: Past, cells: Floats) -> Floats:
        """Return winsorised posts a minute of the past days, weighted, by day and slot."""
        rates = np.divide(cells, past.minutes, out=np.full_like(cells, np.nan), where=past.minutes > 0)
        rates = previous(rates, self.days, np.nan)
        cut = (previous(cells, self.days, 0.0) > ALWAYS_KEPT).any(axis=2)
        kept = np.where(np.isnan(rates), 0.0, rates)
        kept[cut] = _winsorised(rates[cut], past.before[cut], slack=1.5)
        return np.asarray((kept * past.weights).sum(axis=2))

    def _level(self, calendar: Calendar, sums: Floats, season: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the level of each block, its rise over the last hour and the posts it rests on."""
        cold = calendar.past.history[calendar.blocks.day] == 0
        seen, exposure = _compared(calendar.blocks, calendar.hours, sums, season)
        prior = np.where(cold, 0.5, self.prior_posts)
        level = (seen + prior) / (exposure + np.where(cold, 1.0, prior))
        # Volume that climbs over an hour is no outage: the last hour may raise the level, never lower it.
        risen, usual = _compared(calendar.blocks, calendar.hour, sums, season)
        rise = (risen + self.rise_posts) / (usual * level + self.rise_posts)
        return level, np.maximum(rise, 1.0), seen + prior


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the times of a grid alone say.

    Attributes:
        blocks: Its quarter hours.
        past: The days before each day.
        hours: The blocks whose level is compared with the season.
        hour: Those of the last hour.
        stretches: First bucket of each stretch and stretch of each bucket, for each of
            :data:`DISPERSION_MINUTES`.
    """

    blocks: Blocks
    past: Past
    hours: Lookback
    hour: Lookback
    stretches: tuple[tuple[Integers, Integers], ...]


@dataclass(frozen=True)
class Outlook:
    """The expectation of one series, block by block; buckets and spreads are worked out when asked for.

    Attributes:
        calendar: Of the grid.
        counted: Counts, shape ``(n,)``.
        block_season: See :class:`Expectation`, shape ``(blocks,)``.
        block_calm: The same.
        block_mean: The same.
        block_warm: The same.
        block_days: The same.
        doubt: Part of the dispersion that does not rest on past errors: it is never less.
        memory: Minutes of past errors that the spread rests on.
        prior_dispersion: Spread before there are any.
    """

    calendar: Calendar
    counted: Trailing = field(repr=False)
    block_season: Floats
    block_calm: Floats
    block_mean: Floats
    doubt: Floats
    block_warm: Flags
    block_days: Integers
    memory: int
    prior_dispersion: float

    @cached_property
    def usual(self) -> Steps:
        """Expected counts with their sums."""
        return Steps(self.block_mean, self.calendar.blocks.row_block, self.calendar.blocks.starts)

    @cached_property
    def usual_calm(self) -> Steps:
        """The same before a rise of the last hour lifts them."""
        return Steps(self.block_calm, self.calendar.blocks.row_block, self.calendar.blocks.starts)

    @property
    def mean(self) -> Floats:
        """Expected count of each bucket."""
        return self.usual.values

    @property
    def calm(self) -> Floats:
        """Expected count of each bucket before a rise of the last hour lifts it."""
        return self.usual_calm.values

    @cached_property
    def warm(self) -> Flags:
        """Whether there is enough past to judge a bucket."""
        return self.block_warm[self.calendar.blocks.row_block]

    @property
    def median(self) -> float:
        """Median expected count of a bucket."""
        blocks = self.calendar.blocks
        order = np.argsort(self.block_mean)
        rows = np.cumsum(np.diff(blocks.starts, append=len(blocks.row_block))[order])
        middle = [(rows[-1] - 1) // 2, rows[-1] // 2]
        return float(self.block_mean[order][np.searchsorted(rows, middle, side="right")].sum() / 2.0)

    def days(self, row: int) -> int:
        """Return how many earlier days the season of a bucket rests on."""
        return int(self.block_days[self.calendar.blocks.row_block[row]])

    def held(self, row: int, first: int, stop: int) -> Floats:
        """Return the expectation of the buckets ``[first, stop)`` with the level held as it was at ``row``.

        An outage must not teach what is usual. Buckets before ``row`` keep their own level.
        """
        season = self.block_season[self.calendar.blocks.row_block[first:stop]]
        block = self.calendar.blocks.row_block[row]
        now, mean = self.block_season[block], self.block_mean[block]
        if self.days(row) == 0:
            held = np.full(stop - first, mean)
        else:
            held = season * (mean / max(float(now), 1e-12))
        held[: max(0, row - first)] = self.usual.between(first, row)
        return held

    def expectation(self) -> Expectation:
        """Return all of it, bucket by bucket."""
        at = self.calendar.blocks.row_block
        return Expectation(
            mean=self.mean,
            season=self.block_season[at],
            dispersion=self.dispersion(np.arange(len(at))),
            warm=self.warm,
            days=self.block_days[at],
            calm=self.calm,
        )

    def dispersion(self, rows: Integers, *, scales: int = len(DISPERSION_MINUTES)) -> Floats:
        """Return the dispersion of some buckets for the first ``scales`` window lengths."""
        doubt = self.doubt[self.calendar.blocks.row_block[rows]]
        found = []
        for n, scale in enumerate(DISPERSION_MINUTES[:scales]):
            errors, (_, stretch) = self._errors(n), self.calendar.stretches[n]
            spread = errors.spread
            asked = distinct(stretch[rows])
            asked = asked[np.isnan(spread[asked])]
            spread[asked] = self._spread(errors, asked, scale)
            found.append(spread[stretch[rows]] + doubt)
        return np.clip(np.vstack(found), *DISPERSION_RANGE)

    def _errors(self, scale: int) -> _Errors:
        if scale not in self._known_errors:
            stretches = self.calendar.stretches[scale]
            observed, expected = (each.by_stretch(*stretches) for each in (self.counted, self.usual))
            self._known_errors[scale] = _Errors.of(observed, expected)
        return self._known_errors[scale]

    @cached_property
    def _known_errors(self) -> dict[int, _Errors]:
        return {}

    def _spread(self, errors: _Errors, at: Integers, scale: int) -> Floats:
        """Return the relative extra variance at one block length, as known before each of these stretches."""
        size = max(float(scale), self.calendar.blocks.width)
        window = max(8, round(self.memory / size))
        known = at[at > 0] - 1
        typical, posts = errors.typical(known, window)
        # Blocks of a few posts say little about the spread: their squares come in coarse steps.
        measured = np.clip((typical - 1.0) / posts, 0.0, 2.0) * posts / (posts + 10.0)
        blocks = np.minimum(known + 1, window)
        drawn = (blocks * measured + 20.0 * self.prior_dispersion) / (blocks + 20.0)
        return np.concatenate([np.full(len(at) - len(known), self.prior_dispersion), drawn])


@dataclass(frozen=True)
class _Errors:
    """How far the counts of stretches lay from what was expected; ``spread`` is NaN until asked for."""

    squares: Floats
    expected: Floats
    spread: Floats

    @classmethod
    def of(cls, observed: Floats, expected: Floats) -> _Errors:
        return cls((observed - expected) ** 2 / expected, expected, np.full(len(expected), np.nan))

    def typical(self, at: Integers, window: int) -> tuple[Floats, Floats]:
        """Return typical squares, by their quantiles, and posts of the window that ends at each stretch.

        Squares up to 1 show no spread: they come as 1, without their posts.
        """
        firsts = np.maximum(at - window + 1, 0)
        squares, posts = np.ones(len(at)), np.ones(len(at))
        if MANY.ready():
            wild = np.flatnonzero(~self._calm(firsts, at))
            squares[wild], posts[wild] = self._typical(firsts[wild], at[wild])
            return squares, posts
        if len(at) * 8 > len(self.squares):
            recent = pd.Series(self.squares).rolling(window, min_periods=1)
            usual = pd.Series(self.expected).rolling(window, min_periods=1).median()
            each = [recent.quantile(q).to_numpy()[at] / point for q, point in CHI_SQUARE.items()]
            return np.maximum.reduce(each), usual.to_numpy()[at]
        for n in np.flatnonzero(~self._calm(firsts, at)):
            part = slice(firsts[n], at[n] + 1)
            squares[n] = _typical_square(self.squares[part])
            if squares[n] > 1.0:
                posts[n] = _quantile(self.expected[part], 0.5)
        return squares, posts

    def _typical(self, firsts: Integers, lasts: Integers) -> Floats:
        """Return typical squares, above 1 or not, and posts of windows in order, shape ``(2, n)``."""
        from sentiment.incidents.loops import typical

        found = np.empty((2, len(lasts)))
        (low, high), (less, more) = CHI_SQUARE, CHI_SQUARE.values()
        both = np.vstack([self.squares, self.expected])
        far = np.flatnonzero((np.diff(lasts) > NEAR) | (firsts[1:] > lasts[:-1])) + 1
        for near in np.split(np.arange(len(lasts)), far) if len(lasts) else ():
            first, stop = firsts[near[0]], lasts[near[0]] + 1
            room = np.zeros((2, (lasts[near] - firsts[near]).max() + 2))
            room[:, : stop - first] = np.sort(both[:, first:stop])
            typical(
                both,
                room,
                firsts[near],
                lasts[near],
                (low, high),
                (less, more),
                found[:, near[0] : near[-1] + 1],
            )
        return found

    def _calm(self, firsts: Integers, lasts: Integers) -> Flags:
        """Return windows whose typical square is surely at most 1, as that of most sparse series is.

        A quantile is at most a point if few enough values lie above it: no window need be sorted for that.
        """
        calm = np.ones(len(lasts), dtype=bool)
        for q, above in self._above.items():
            size = lasts - firsts + 1
            calm &= above[lasts + 1] - above[firsts] <= size - 2 - (q * (size - 1)).astype(np.int64)
        return calm

    @cached_property
    def _above(self) -> dict[float, Integers]:
        """How many squares so far lie above each point, 0 first."""
        return {
            q: np.cumsum(np.append(0, self.squares > point * (1.0 - 1e-9))) for q, point in CHI_SQUARE.items()
        }


def _typical_square(squares: Floats) -> float:
    return max(_quantile(squares, q) / point for q, point in CHI_SQUARE.items())


def _quantile(values: Floats, q: float) -> float:
    """Return a quantile, drawn straight between neighbours."""
    place = q * (len(values) - 1)
    low = int(place)
    if low + 1 >= len(values):
        return float(values.max())
    around = np.partition(values, (low, low + 1))
    if q == 0.5 and place > low:
        return float((around[low] + around[low + 1]) / 2.0)
    return float(around[low] + (around[low + 1] - around[low]) * (place - low))


def _compared(blocks: Blocks, hours: Lookback, sums: Floats, season: Floats) -> tuple[Floats, Floats]:
    """Return winsorised posts and exposure of the blocks before each block.

    Args:
        blocks: Of the grid.
        hours: The blocks looked at.
        sums: Posts of each block.
        season: Posts a minute by day and slot.
    """
    length = hours.before.shape[1]
    seen, exposure = found = np.empty((2, len(sums)))
    if MANY.ready() and length <= LONGEST:
        from sentiment.incidents.loops import compare

        times = (blocks.day, blocks.slot, blocks.minutes, hours.reach)
        compare(sums, season, *times, length, TINY, ALWAYS_KEPT, found)
        return seen, exposure
    known = np.append(sums, 0.0)
    above = np.cumsum(np.append(0, sums > ALWAYS_KEPT))
    high = above[np.arange(len(sums))] > above[np.maximum(np.arange(len(sums)) - length, 0)]
    for first in range(0, len(sums), CHUNK):  # a chunk stays in the processor's cache
        part = slice(first, first + CHUNK)
        # Every past block is compared with the season as known *today*, so a level never mixes two shapes.
        expected = season.take(hours.cell[part])
        expected *= hours.minutes[part]
        observed = known.take(hours.before[part])
        kept = observed / np.maximum(expected, TINY)
        cut = np.flatnonzero(high[part])
        ratio = np.where(expected[cut] > 0, kept[cut], np.nan)
        kept[cut] = _winsorised(ratio, expected[cut], slack=1.3)
        kept *= expected
        seen[part], exposure[part] = kept.sum(axis=1), expected.sum(axis=1)
    return seen, exposure


def _winsorised(rates: Floats, exposure: Floats, *, slack: float) -> Floats:
    """Cut rates above ``slack`` times their median plus three Poisson deviations; unknown ones become 0.

    Outages of earlier days and hours must not raise what is expected now.
    """
    median = _median(rates)[..., None]
    room = np.maximum(median * exposure, 0.0)
    room += 1.0
    np.sqrt(room, out=room)
    room *= 3.0
    room /= np.maximum(exposure, TINY)
    room += slack * median
    kept = np.fmin(rates, room)
    kept[np.isnan(rates)] = 0.0
    return kept


def _median(rates: Floats) -> Floats:
    """Return the median over the last axis without unknown values (0 where none is known)."""
    ordered = np.sort(rates, axis=-1)  # unknown values sort to the end
    known = (~np.isnan(rates)).sum(axis=-1)
    low, high = np.maximum((known - 1) // 2, 0), np.maximum(known // 2, 0)
    high = np.minimum(high, rates.shape[-1] - 1)
    pick = [np.take_along_axis(ordered, at[..., None], axis=-1)[..., 0] for at in (low, high)]
    return np.where(known > 0, (pick[0] + pick[1]) / 2.0, 0.0)
