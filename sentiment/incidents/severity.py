"""How bad an incident was: a scale of 0 to 4 with its parts, and how fast complaints faded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from sentiment.incidents.course import SMOOTH_MINUTES, first_run
from sentiment.incidents.minutes import Integers
from sentiment.incidents.trailing import trailing_sum

TOPIC_SHARE: Final = 0.05
TOPIC_POSTS: Final = 3
"""Complaints on a topic, at least, for it to count as hit."""


def severity(
    *, volume_ratio: float | None, minutes: float, complaint_share: float, authors: int, topics: int
) -> tuple[int, Mapping[str, float]]:
    """Return the severity 0 to 4 and its parts, each 0 to 4; the severity is their rounded mean.

    Args:
        volume_ratio: Posts over expected posts; ``volume`` is 0.8 log2 of it, 32 times and more = 4; the
            part is absent without a baseline.
        minutes: Length; ``duration`` is on a log scale, a day and more = 4.
        complaint_share: Complaints among people's posts; ``complaint`` is four times that.
        authors: Distinct people; ``reach`` is log10 of them, 10,000 and more = 4.
        topics: Topics hit (see :func:`topics_hit`); ``topics`` is their number, 4 and more = 4.

    >>> severity(volume_ratio=32.0, minutes=60, complaint_share=0.5, authors=1000, topics=2)[0]
    2
    """
    parts = {
        "duration": 4.0 * np.log1p(minutes / 60.0) / np.log1p(24.0),
        "complaint": 4.0 * complaint_share,
        "reach": np.log10(max(authors, 1)),
        "topics": float(topics),
    }
    if volume_ratio is not None:
        parts["volume"] = 0.8 * np.log2(max(volume_ratio, 1.0))
    rounded = {name: round(float(np.clip(value, 0.0, 4.0)), 2) for name, value in sorted(parts.items())}
    return int(np.floor(sum(rounded.values()) / len(rounded) + 0.5)), rounded


def topics_hit(topics: Sequence[str]) -> int:
    """Return how many topics hold a twentieth of the complaints, and three at least; ``other`` is none.

    Args:
        topics: Topic ids of each complaint, joined by ``;``.

    >>> topics_hit(["payment;access"] * 3 + ["payment", "other"])
    2
    """
    counts = Counter(topic for each in topics if each for topic in each.split(";"))
    counts.pop("other", None)
    return sum(n >= max(TOPIC_POSTS, TOPIC_SHARE * len(topics)) for n in counts.values())


def half_life(complaints: Integers, *, start: float, stop: float, scale: float, hold: float) -> float | None:
    """Return minutes from the height of the complaints until half of it had gone and stayed gone.

    The complaints of a running window (10 minutes, or the detection scale where that is longer) are followed
    from their largest value on.

    Args:
        complaints: Minute of each complaint, shape ``(n,)``.
        start: Minute to begin at.
        stop: Minute up to which there are data.
        scale: Minutes of the busiest bucket.
        hold: Minutes that they must stay below half.

    Returns:
        Minutes, or None where there is no complaint or the data end before.

    >>> fading = np.repeat(np.arange(60), 60 - np.arange(60))
    >>> half_life(fading, start=0, stop=90, scale=1, hold=15)
    28.0
    """
    inside = complaints[(complaints >= start) & (complaints < stop)] - round(start)
    if len(inside) == 0:
        return None
    each = np.bincount(inside, minlength=int(stop - start)).astype(np.float64)
    window = min(round(max(SMOOTH_MINUTES, scale)), len(each))
    level = trailing_sum(each, window)
    peak = int(np.argmax(level))
    gone = first_run(level <= level[peak] / 2.0, peak, round(max(hold, window)))
    return None if gone is None else float(gone - peak)
