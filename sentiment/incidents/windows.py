"""Matched windows before and after a moment: complaint rate, understanding share, help-seeking rate."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from sentiment.incidents.minutes import Floats
from sentiment.incidents.resample import author_sums, effective_authors, interval, resampled
from sentiment.incidents.voices import PARTS, Voices, shares

CLEAR: Final = 0.97
"""Level of the interval that must leave zero out for a clear change: at 95 % chance gives one in twenty."""
_PLACEBOS: Final = 200
_MIN_PLACEBOS: Final = 20


@dataclass(frozen=True, slots=True)
class WindowEffect:
    """Voices in equal windows before and after a response.

    Attributes:
        minutes: Length of each window.
        before_n: Posts with a stance (complaint or understanding) before.
        after_n: The same after.
        complaint_before: Share of complaints among people's posts; None where there is none.
        complaint_after: The same after.
        understanding_before: U/(U+C): understanding among posts with a stance.
        understanding_after: The same after.
        help_before: Share of posts asking for help.
        help_after: The same after.
        diff: ``understanding_after - understanding_before``; None below the floor.
        low: Lower end of its 95 % interval (bootstrap clustered by author).
        high: Upper end.
        placebo_p: Share of random times with a difference at least as large for their number of posts; None
            where too few exist.
        complaint_diff: ``complaint_after - complaint_before``; None below the floor.
        complaint_low: Lower end of its 95 % interval.
        complaint_high: Upper end.
        help_diff: ``help_after - help_before``; None below the floor.
        help_low: Lower end of its 95 % interval.
        help_high: Upper end.
        clear: 1 where even the 97 % interval of ``diff`` lies above zero, -1 where below, else 0.
    """

    minutes: int
    before_n: int
    after_n: int
    complaint_before: float | None
    complaint_after: float | None
    understanding_before: float | None
    understanding_after: float | None
    help_before: float | None
    help_after: float | None
    diff: float | None = None
    low: float | None = None
    high: float | None = None
    placebo_p: float | None = None
    complaint_diff: float | None = None
    complaint_low: float | None = None
    complaint_high: float | None = None
    help_diff: float | None = None
    help_low: float | None = None
    help_high: float | None = None
    clear: int = 0


def compare_windows(
    voices: Voices, at: float, minutes: int, *, min_posts: int, resamples: int, seed: int
) -> WindowEffect:
    """Compare the windows on both sides of a moment.

    Args:
        voices: People's posts.
        at: The moment, seconds since the epoch.
        minutes: Length of each window.
        min_posts: Posts with a stance needed on each side for a difference.
        resamples: Bootstrap resamples.
        seed: Of the bootstrap and the placebo times.
    """
    before, after = voices.window(at - 60 * minutes, at), voices.window(at, at + 60 * minutes)
    sums = np.stack([voices.parts[side].sum(axis=0) for side in (before, after)])
    taken = sums[:, 0] + sums[:, 1]
    level = shares(sums)
    known = {
        f"{name}_{side}": _known(level[row, column])
        for column, name in enumerate(("understanding", "complaint", "help"))
        for row, side in enumerate(("before", "after"))
    }
    found: dict[str, float | None] = {}
    clear = 0
    if min(taken) >= min_posts and voices.covers(at, minutes):
        rng = np.random.default_rng([seed, minutes])
        change = level[1] - level[0]
        drawn, authors = _draws(voices, before, after, resamples, rng)
        ends = interval(drawn, authors)
        low, high = interval(drawn[:, :1], authors, CLEAR)[:, 0]
        clear = int(low > 0) - int(high < 0)
        for column, name in enumerate(("", "complaint_", "help_")):
            found[f"{name}diff"] = float(change[column])
            found[f"{name}low"], found[f"{name}high"] = map(float, ends[:, column])
        strength = float(_strength(sums[0], sums[1]))
        found["placebo_p"] = _placebo(voices, at, minutes, min_posts, strength, rng)
    return WindowEffect(
        minutes=minutes, before_n=int(taken[0]), after_n=int(taken[1]), clear=clear, **known, **found
    )


def _known(share: float) -> float | None:
    return None if np.isnan(share) else float(share)


def _draws(
    voices: Voices, before: slice, after: slice, resamples: int, rng: np.random.Generator
) -> tuple[Floats, float]:
    """Return resampled differences, shape ``(resamples, 3)``, and the thinner side's effective authors."""
    both = slice(before.start, after.stop)  # the windows touch
    side = (np.arange(both.start, both.stop) >= after.start).astype(np.int64)
    sums = author_sums(voices.author[both], side, voices.parts[both], 2)
    drawn = shares(resampled(sums, resamples, rng))
    taken = sums[:, :, 0] + sums[:, :, 1]
    return drawn[:, 1] - drawn[:, 0], min(effective_authors(side) for side in taken.T)


def _strength(before: Floats, after: Floats) -> Floats:
    """Return differences of the understanding share in units of their chance error, without their sign.

    A quiet night has few posts and large differences by chance alone: only in these units can it be compared
    with a busy hour.

    Args:
        before: Understanding, complaint and so on in each window, shape ``(..., 4)``.
        after: The same after.
    """
    (u0, c0), (u1, c1) = ((side[..., 0] + 0.5, side[..., 1] + 0.5) for side in (before, after))
    n0, n1 = u0 + c0, u1 + c1
    share = (u0 + u1) / (n0 + n1)
    return np.asarray(np.abs(u1 / n1 - u0 / n0) / np.sqrt(share * (1 - share) * (1 / n0 + 1 / n1)))


def _placebo(
    voices: Voices, at: float, minutes: int, min_posts: int, strength: float, rng: np.random.Generator
) -> float | None:
    """Return how often a random time, away from the response, shows a difference as strong."""
    span = 60 * minutes
    low, high = voices.first + span, voices.last - span
    if high <= low:
        return None
    times = np.sort(rng.uniform(low, high, _PLACEBOS))
    times = times[np.abs(times - at) > span]
    summed = np.concatenate([np.zeros((1, PARTS)), np.cumsum(voices.parts, axis=0)])
    edges = [np.searchsorted(voices.seconds, times + shift) for shift in (-span, 0, span)]
    sides = [summed[b] - summed[a] for a, b in pairwise(edges)]
    enough = np.all([side[:, 0] + side[:, 1] >= min_posts for side in sides], axis=0)
    if enough.sum() < _MIN_PLACEBOS:
        return None
    others = _strength(sides[0][enough], sides[1][enough])
    return float((1 + (others >= strength).sum()) / (1 + enough.sum()))
