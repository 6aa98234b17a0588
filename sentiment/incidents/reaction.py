"""Comments under an announcement: the most direct reaction to it, measured apart from everything else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sentiment.incidents.resample import author_sums, effective_authors, interval, resampled
from sentiment.incidents.voices import Voices, shares


@dataclass(frozen=True, slots=True)
class Reaction:
    """What people wrote in comments and reposts of one announcement.

    Attributes:
        posts: Comments and reposts by people in words of their own.
        authors: Distinct authors among them.
        taking_sides: Those with a stance (complaint or understanding).
        complaint: Share of complaints among the posts; None below the floor.
        understanding: U/(U+C) among those with a stance; None below the floor.
        low: Lower end of the 95 % interval of ``understanding`` (bootstrap clustered by author).
        high: Upper end.
        asks_help: Share of calls for help among the posts; None below the floor.
    """

    posts: int
    authors: int
    taking_sides: int
    complaint: float | None = None
    understanding: float | None = None
    low: float | None = None
    high: float | None = None
    asks_help: float | None = None


def under_announcement(annotated: pd.DataFrame, post_id: str | None) -> pd.Series:
    """Return which rows are comments or reposts of a post, aligned with the frame.

    >>> frame = pd.DataFrame({"root_id": ["9", "", "7"]})
    >>> under_announcement(frame, "9").tolist(), under_announcement(frame, None).tolist()
    ([True, False, False], [False, False, False])
    """
    return annotated["root_id"].eq(post_id if post_id else "\0")


def measure_comments(
    annotated: pd.DataFrame, post_id: str | None, *, min_posts: int, resamples: int, seed: int
) -> Reaction | None:
    """Measure the comments and reposts of an announcement.

    Args:
        annotated: Posts with annotations; other accounts than people's and empty reposts are left out.
        post_id: The announcement; None where it is not among the posts.
        min_posts: Posts with a stance below which no share is given.
        resamples: Bootstrap resamples.
        seed: Of the bootstrap.

    Returns:
        The reaction, or None where the files hold no comment under it.
    """
    under = under_announcement(annotated, post_id) & annotated["own_text"].str.strip().ne("")
    voices = Voices.of(annotated[under])
    if not len(voices.seconds):
        return None
    total = voices.parts.sum(axis=0)
    sums = author_sums(voices.author, np.zeros(len(voices.author), dtype=np.int64), voices.parts, 1)
    taking_sides = int(total[0] + total[1])
    counted = {"posts": len(voices.seconds), "authors": len(sums), "taking_sides": taking_sides}
    if taking_sides < min_posts:
        return Reaction(**counted)
    understanding, complaint, asks_help = map(float, shares(total))
    drawn = shares(resampled(sums, resamples, np.random.default_rng([seed, 0])))[:, 0, :1]
    low, high = interval(drawn, effective_authors(sums[:, 0, :2].sum(axis=1)))[:, 0]
    return Reaction(
        **counted,
        complaint=complaint,
        understanding=understanding,
        low=float(low),
        high=float(high),
        asks_help=asks_help,
    )
