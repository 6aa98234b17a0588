"""How unlikely the newest counts are: negative-binomial tails, smoothed residuals, shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import pandas as pd

from sentiment.config import DetectionSettings
from sentiment.errors import ConfigError
from sentiment.incidents.baseline import DISPERSION_MINUTES, DISPERSION_RANGE, Expectation, Outlook, Series
from sentiment.incidents.many import MANY
from sentiment.incidents.minutes import Flags, Floats, Integers, distinct
from sentiment.incidents.trailing import Trailing

WINDOWS: Final = (1, 3, 5, 10, 20, 60, 120)
LONG_WINDOWS: Final = (240, 480, 960, 1440, 2880)
"""Minutes; used while the next shorter window expects fewer than ``FULL_WINDOW`` posts."""
FULL_WINDOW: Final = 24.0
"""Expected posts beyond which a longer window adds nothing: 0.2 posts a minute for two hours."""
ALARM_SURPRISE: Final = 4.3
"""-log10 of the tail probability that simulated clean series pass about once a week."""
SURPRISE_PER_DECADE: Final = 1.0
"""How much the threshold moves when ten times fewer or more false alarms are wanted."""
MAX_SURPRISE: Final = 300.0
MIN_POSTS: Final = 4.0
"""A window of fewer posts is no spike, however few are usual."""
CAUTION: Final = 1.0 - 1e-9
"""Rounding must not hide an alarm from a bound."""
_SHARE_ODDS: Final = 2.5


@dataclass(frozen=True, slots=True)
class Surprise:
    """How unlikely each bucket's recent counts are.

    Attributes:
        value: -log10 of the tail probability, the largest over all windows, 0 where nothing is unusual.
        scale: Minutes of the window that gave it.
    """

    value: Floats
    scale: Floats


class Rule(Protocol):
    """Anything that turns a series and its expectation into surprise, causally."""

    def surprise(self, series: Series, expectation: Expectation) -> Surprise:
        """Return the surprise of each bucket."""
        ...


@dataclass(frozen=True, slots=True)
class NegativeBinomialTail:
    """Tail probability of trailing sums over 1 to 120 minutes (up to two days where posts are few)."""

    windows: tuple[int, ...] = WINDOWS
    long_windows: tuple[int, ...] = LONG_WINDOWS

    def surprise(self, series: Series, expectation: Expectation) -> Surprise:
        """Return the surprise of each bucket."""
        counted, usual = Trailing(series.values), Trailing(expectation.mean)
        return self._largest(counted, usual, expectation.warm, expectation.dispersion, series.width, None)

    def at(self, counted: Trailing, outlook: Outlook, rows: Integers) -> Surprise:
        """Return the surprise of some buckets alone, as :meth:`surprise` would give it.

        Args:
            counted: Sums of the counts.
            outlook: The expectation.
            rows: The buckets.
        """
        blocks = outlook.calendar.blocks
        warm = outlook.block_warm[blocks.row_block[rows]]
        return self._largest(counted, outlook.usual, warm, outlook.dispersion(rows), blocks.width, rows)

    def _largest(
        self,
        counted: Trailing,
        usual: Trailing,
        warm: Flags,
        dispersion: Floats,
        width: float,
        rows: Integers | None,
    ) -> Surprise:
        value = np.zeros(len(warm))
        scale = np.full(len(warm), float(max(self.windows[0], width)))
        shorter: Floats | None = None
        for minutes, size in self._sizes(width):
            expected, observed = usual.sum(size, rows), counted.sum(size, rows)
            allowed = warm
            if minutes in self.long_windows and shorter is not None:
                allowed = warm & (shorter < FULL_WINDOW)
            if not allowed.any():
                break
            found = tail_surprise(observed, expected, _widest(dispersion, minutes), allowed)
            better = found > value
            value, scale = np.where(better, found, value), np.where(better, size * width, scale)
            shorter = expected
        return Surprise(value, scale)

    def _sizes(self, width: float) -> Iterator[tuple[int, int]]:
        """Give each window in minutes and in buckets, equal ones once."""
        before = 0
        for minutes in (*self.windows, *self.long_windows):
            size = max(1, round(minutes / width))
            if size != before:
                yield minutes, size
            before = size

    def loud(self, counted: Trailing, outlook: Outlook, threshold: float) -> Integers:
        """Return the buckets whose surprise reaches a threshold; the counts must be whole numbers.

        Few do, so few are looked at: from one post to the next a window's count can only fall, what is
        expected of it is at least what its common part expects, and the dispersion is at least the doubt.
        Where even those would not surprise enough no tail is worked out.
        """
        loud = np.zeros(0, dtype=np.int64)
        suspects = self._compiled_suspects if MANY.ready() else self._suspects
        for (minutes, size), rows in suspects(counted, outlook, threshold):
            rows = np.setdiff1d(rows, loud, assume_unique=True)
            if len(rows):
                reached = self._reaches(counted, outlook, rows, minutes, size, threshold)
                loud = np.union1d(loud, rows[reached])
        return loud

    def _suspects(
        self, counted: Trailing, outlook: Outlook, threshold: float
    ) -> Iterator[tuple[tuple[int, int], Integers]]:
        """Give each window with the buckets at whose end it may surprise enough."""
        usual, posted = outlook.usual, counted.rows
        until = np.append(posted[1:], len(outlook.calendar.blocks.rows))
        far, least = _deviations(threshold), _least(outlook)
        shorter = np.zeros(len(posted))
        for minutes, size in self._sizes(outlook.calendar.blocks.width):
            stop = np.minimum(until, posted + size)
            common = usual.total[posted] - np.where(
                stop > size, usual.total[np.maximum(stop - size - 1, 0)], 0.0
            )
            common = np.maximum(common * CAUTION, 1e-9)
            asked = counted.sum(size, posted)
            allowed = np.ones(len(posted), dtype=bool)
            if minutes in self.long_windows:
                allowed = shorter < FULL_WINDOW
                if not allowed.any():
                    break
            bound = tail_surprise(asked, common, np.full(len(posted), least), allowed, deviations=far)
            shorter = common
            chosen = bound >= threshold - 1e-6
            yield (minutes, size), _between(posted[chosen], stop[chosen])

    def _compiled_suspects(
        self, counted: Trailing, outlook: Outlook, threshold: float
    ) -> Iterator[tuple[tuple[int, int], Integers]]:
        """Give the same, fewer buckets by a closer bound."""
        from sentiment.incidents.loops import suspect

        blocks = outlook.calendar.blocks
        windows = list(self._sizes(blocks.width))
        limits = (FULL_WINDOW, MIN_POSTS, _least(outlook), _deviations(threshold), threshold - 1e-6)
        found, rows = suspect(
            counted.rows,
            counted.amounts,
            outlook.usual.before,
            outlook.block_mean,
            blocks.row_block,
            blocks.starts,
            np.array([size for _, size in windows]),
            np.array([minutes in self.long_windows for minutes, _ in windows]),
            limits,
            CAUTION,
            np.clip(outlook.doubt, *DISPERSION_RANGE),
            outlook.block_warm,
        )
        for n in distinct(found).tolist():
            yield windows[n], rows[found == n]

    def _reaches(
        self,
        counted: Trailing,
        outlook: Outlook,
        rows: Integers,
        minutes: int,
        size: int,
        threshold: float,
    ) -> Flags:
        """Return which of the buckets one window surprises at enough."""
        block, usual = outlook.calendar.blocks.row_block[rows], outlook.usual
        expected, allowed = usual.sum(size, rows), outlook.block_warm[block]
        if minutes in self.long_windows:
            sizes = [each for _, each in self._sizes(outlook.calendar.blocks.width)]
            allowed &= usual.sum(sizes[max(sizes.index(size) - 1, 0)], rows) < FULL_WINDOW
        observed = counted.sum(size, rows)
        # Without the spread first: it is never less than the doubt, and dear.
        doubt = np.clip(outlook.doubt[block], *DISPERSION_RANGE)
        hot = (
            tail_surprise(observed, expected, doubt, allowed, deviations=_deviations(threshold))
            >= threshold - 1e-6
        )
        dispersion = _widest(outlook.dispersion(rows[hot], scales=_scales(minutes)), minutes)
        hot[hot] = tail_surprise(observed[hot], expected[hot], dispersion, allowed[hot]) >= threshold
        return hot


@dataclass(frozen=True, slots=True)
class EwmaResiduals:
    """Exponentially weighted means of variance-stabilised residuals, over two memories."""

    memories: tuple[int, ...] = (3, 20)

    def surprise(self, series: Series, expectation: Expectation) -> Surprise:
        """Return the surprise of each bucket."""
        value = np.zeros(len(series.values))
        scale = np.full(len(series.values), float(series.width))
        extra = _widest(expectation.dispersion, DISPERSION_MINUTES[0]) * expectation.mean
        residual = 2.0 * (np.sqrt(series.values + 0.375) - np.sqrt(expectation.mean + 0.375))
        for memory in self.memories:
            weight = 1.0 / max(1.0, memory / series.width)
            mean = pd.Series(residual).ewm(alpha=weight, adjust=False).mean().to_numpy()
            # Poisson noise averages out, a wrong expectation does not.
            deviation = np.sqrt(weight / (2.0 - weight) + extra)
            found = np.where(expectation.warm, _normal_surprise(mean / deviation), 0.0)
            better = found > value
            value, scale = np.where(better, found, value), np.where(better, float(memory), scale)
        return Surprise(value, scale)


RULES: Final[Mapping[str, Callable[[], Rule]]] = {"nb": NegativeBinomialTail, "ewma": EwmaResiduals}


def tail_surprise(
    observed: Floats, expected: Floats, dispersion: Floats, allowed: Flags, *, deviations: float = 2.0
) -> Floats:
    """Return -log10 of the mid tail of a negative binomial, 0 where the count is not unusual.

    The mid tail is P(count > observed) + P(count = observed) / 2.

    Args:
        observed: Counts, shape ``(n,)``.
        expected: Their means.
        dispersion: Variance beyond Poisson relative to the squared mean.
        allowed: Buckets to look at.
        deviations: Standard deviations above the mean below which a count is usual.

    >>> one = np.ones(1)
    >>> tail_surprise(9.0 * one, one, 0.001 * one, one > 0).round(1).tolist()
    [6.2]
    """
    from scipy.special import betainc

    at = np.flatnonzero(allowed & (observed >= MIN_POSTS) & (observed > expected))
    limit = expected[at] + deviations * np.sqrt(expected[at] + dispersion[at] * expected[at] ** 2)
    at = at[observed[at] > limit]
    size = 1.0 / dispersion[at]
    chance = expected[at] / (expected[at] + size)
    # Half of the count's own probability: with few posts a whole step would hide what many posts show.
    tail = (betainc(observed[at], size, chance) + betainc(observed[at] + 1.0, size, chance)) / 2.0
    surprise = np.zeros(len(observed))
    surprise[at] = -np.log10(np.maximum(tail, 10.0**-MAX_SURPRISE))
    return surprise


def share_surprise(
    part: Series,
    whole: Series,
    expected_part: Expectation | Outlook,
    expected_whole: Expectation | Outlook,
    asked: Flags,
) -> Floats:
    """Return how unlikely the part's share of the whole is, the largest over all windows, shape ``(n,)``.

    Only the buckets ``asked`` for are looked at, the others are 0.

    The share must beat odds of 2.5 times those expected: gossip and campaigns shift shares a little, and
    with enough posts every little shift is significant.
    """
    best = np.zeros(len(part.values))
    at = np.flatnonzero(asked & expected_part.warm)
    if len(at):
        # A rise lifts what is expected of the whole before that of its few complaints: it must not count.
        calm = Trailing(expected_part.calm), Trailing(expected_whole.calm)
        best[at] = share_surprise_at(Trailing(part.values), Trailing(whole.values), *calm, at, part.width)
    return best


def share_surprise_at(
    part: Trailing, whole: Trailing, usual_part: Trailing, usual_whole: Trailing, rows: Integers, width: float
) -> Floats:
    """Return the same for some buckets alone, one value each, from sums of counts and calm expectations."""
    from scipy.special import betainc

    best = np.zeros(len(rows))
    for minutes in (*WINDOWS, *LONG_WINDOWS):
        size = max(1, round(minutes / width))
        hits, posts, usual_hits, usual_posts = (
            one.sum(size, rows) for one in (part, whole, usual_part, usual_whole)
        )
        bound = _raise_odds(np.minimum(usual_hits / usual_posts, 0.99))
        at = np.flatnonzero((hits > bound * posts) & (hits > 0))
        hits, posts, bound = hits[at], posts[at], bound[at]
        tail = betainc(hits, np.maximum(posts - hits, 0.0) + 1.0, bound)
        best[at] = np.maximum(best[at], -np.log10(np.maximum(tail, 10.0**-MAX_SURPRISE)))
    return best


def _raise_odds(share: Floats) -> Floats:
    return _SHARE_ODDS * share / (1.0 + (_SHARE_ODDS - 1.0) * share)


def _least(outlook: Outlook) -> float:
    """Return the least dispersion that any bucket can have."""
    return float(np.clip(outlook.doubt.min(initial=np.inf), *DISPERSION_RANGE))


def _deviations(threshold: float) -> float:
    """Return how many standard deviations a surprise needs: the tail is heavier than the normal one."""
    from scipy.special import ndtri

    return max(2.0, -0.95 * float(ndtri(10.0**-threshold)))


def _scales(minutes: float) -> int:
    """Return how many block lengths of the dispersion count for a window."""
    return 1 + int(np.searchsorted(np.array(DISPERSION_MINUTES[:-1]) * 2.0, minutes, side="left"))


def _widest(dispersion: Floats, minutes: float) -> Floats:
    return np.asarray(dispersion[: _scales(minutes)].max(axis=0))


def _between(starts: Integers, stops: Integers) -> Integers:
    """Return all rows of the stretches, which do not overlap, in order."""
    length = stops - starts
    offset = np.repeat(starts - np.concatenate([[0], np.cumsum(length)[:-1]]), length)
    return np.asarray(np.arange(length.sum()) + offset, dtype=np.int64)


def _normal_surprise(deviations: Floats) -> Floats:
    from scipy.special import log_ndtr

    surprise = -log_ndtr(-np.maximum(deviations, 0.0)) / np.log(10.0)
    return np.where(deviations > 2.0, np.minimum(surprise, MAX_SURPRISE), 0.0)


def alarm_surprise(settings: DetectionSettings) -> float:
    """Return the surprise an alarm needs for the wanted number of false alarms a week.

    Raises:
        ConfigError: if that number is not above 0.

    >>> alarm_surprise(DetectionSettings()) == ALARM_SURPRISE
    True
    """
    wanted = settings.false_alarms_per_week
    if not wanted > 0:
        raise ConfigError(f"detection.false_alarms_per_week must be above 0, not {wanted}: try 1.0.")
    return max(1.0, ALARM_SURPRISE - SURPRISE_PER_DECADE * float(np.log10(wanted)))
