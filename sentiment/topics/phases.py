"""The course of topics: their share in each phase, who is hit, how they speak; which are rising now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from sentiment.errors import InputError
from sentiment.mapped import span_of, stretches
from sentiment.schema import is_voice, require

NEEDED: Final = (
    "created_at",
    "topics",
    "stance",
    "author",
    "account_kind",
    "hijack",
    "tokens",
    "region",
    "service",
)
COURSE_COLUMNS: Final = (
    "phase", "topic", "posts", "share", "complaint", "understanding", "authors", "regions", "services",
)  # fmt: skip
RISING_COLUMNS: Final = ("topic", "posts", "before", "share", "share_before", "ratio", "p_value", "rising")
NAMED: Final = 3
WINDOW: Final = pd.Timedelta(hours=1)
CHANCE: Final = 0.01
"""Chance of so many posts without a change, over all topics together, below which a topic is rising."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of time with a name.

    Attributes:
        name: What it is called.
        start: First moment.
        end: First moment after it.
    """

    name: str
    start: pd.Timestamp
    end: pd.Timestamp


def phases_of(
    onset: pd.Timestamp, peak: pd.Timestamp, end: pd.Timestamp | None, last: pd.Timestamp
) -> tuple[Phase, ...]:
    """Return the phases of an incident: before (as long as it lasted), growth, decline, after (the same).

    Args:
        onset: When it began.
        peak: Its busiest moment.
        end: When counts were usual again; None while it lasts.
        last: Last moment of the data.
    """
    over = last if end is None else end
    length = max(over - onset, pd.Timedelta(minutes=30))
    turn = min(max(peak, onset), over) + pd.Timedelta(minutes=1)
    phases = [
        Phase("before", onset - length, onset),
        Phase("growth", onset, turn),
        Phase("decline", turn, over),
    ]
    if end is not None:
        phases.append(Phase("after", over, over + length))
    return tuple(phase for phase in phases if phase.start < phase.end)


def topic_course(
    annotated: pd.DataFrame, phases: Sequence[Phase], *, found: pd.Series | None = None
) -> pd.DataFrame:
    """Return one row a phase and topic: how many posts, what share, how they speak and who is hit.

    Posts of official, media, bot and hijack accounts and untimed ones are left out. A post with two topics
    counts for both, so shares of a phase may add up to more than one.

    Args:
        annotated: Frame with the columns of :data:`NEEDED`.
        phases: The stretches of time.
        found: Discovered topic of each post (see :attr:`sentiment.topics.Discovered.assigned`), added to the
            seeded ones.

    Returns:
        ``phase``, ``topic``, ``posts``, ``share`` of the phase's posts (0 to 1), ``complaint`` and
        ``understanding`` posts, ``authors`` (distinct, known ones), ``regions`` and ``services`` (the three
        commonest, ``;``-joined); phases in the order given, most posts first.

    Raises:
        SchemaError: if a column is missing.
    """
    voices = annotated.loc[_is_counted(annotated), list(NEEDED)]
    parts = [_phase_rows(phase, voices, found) for phase in phases]
    rows = [row for part in parts for row in part]
    return pd.DataFrame(rows, columns=list(COURSE_COLUMNS))


def _is_counted(annotated: pd.DataFrame) -> pd.Series:
    require(annotated, NEEDED, stage="topic_course")
    used, counted = (
        annotated[["account_kind", "hijack", "tokens", "created_at"]],
        np.zeros(len(annotated), bool),
    )
    for part in stretches(len(annotated)):
        few = used.iloc[part]
        counted[part] = is_voice(few) & few["tokens"].ne("") & few["created_at"].notna()
    return pd.Series(counted, index=annotated.index, copy=False)


def _count_topics(topics: pd.Series, found: pd.Series | None) -> Counter[str]:
    """Return how many posts have each topic, seeded and discovered: few combinations make up many posts."""
    counts: Counter[str] = Counter()
    parts = [topics] if found is None else [topics, found[found.index.isin(topics.index)]]
    for part in parts:
        for names, posts in part.value_counts().items():
            counts.update({name: int(posts) for name in str(names).split(";") if name and posts})
    return counts


def _by_topic(posts: pd.DataFrame, found: pd.Series | None) -> pd.DataFrame:
    """Return one row a post and topic, seeded and discovered."""
    named = posts.assign(topic=posts["topics"].str.split(";")).explode("topic")
    if found is not None:
        named = pd.concat([named, posts.assign(topic=found.reindex(posts.index).fillna(""))])
    return named[named["topic"].fillna("") != ""]


def _phase_rows(phase: Phase, voices: pd.DataFrame, found: pd.Series | None) -> list[tuple[object, ...]]:
    inside = voices[voices["created_at"].ge(phase.start) & voices["created_at"].lt(phase.end)]
    rows: list[tuple[object, ...]] = []
    for topic, posts in _by_topic(inside, found).groupby("topic"):
        stance = posts["stance"].value_counts()
        rows.append(
            (
                phase.name,
                str(topic),
                len(posts),
                round(len(posts) / len(inside), 4),
                int(stance.get("complaint", 0)),
                int(stance.get("understanding", 0)),
                posts.loc[posts["author"] != "", "author"].nunique(),
                _commonest(posts["region"]),
                _commonest(posts["service"]),
            )
        )
    return sorted(rows, key=lambda row: (-int(str(row[2])), str(row[1])))


def _commonest(names: pd.Series) -> str:
    counts = names[names != ""].value_counts().reset_index()
    counts.columns = pd.Index(["name", "n"])
    return ";".join(counts.sort_values(["n", "name"], ascending=[False, True])["name"].head(NAMED))


def rising_topics(
    annotated: pd.DataFrame,
    *,
    now: pd.Timestamp | None = None,
    window: pd.Timedelta = WINDOW,
    found: pd.Series | None = None,
) -> pd.DataFrame:
    """Return how each topic's share in the last window compares with that of the window before it.

    Args:
        annotated: Frame with the columns of :data:`NEEDED`.
        now: End of the last window; None: just after the last post.
        window: Length of each window.
        found: Discovered topic of each post.

    Returns:
        ``topic``, ``posts`` and ``share`` now and ``before``, ``ratio`` of the shares (one post added to
        either side), one-sided ``p_value`` of so many posts now (binomial, given both windows' posts) and
        ``rising``: the p-value times the number of topics is below 1 %. Surest first.

    Raises:
        InputError: if the window is not longer than nothing.
    """
    from scipy.stats import binom

    if window <= pd.Timedelta(0):
        raise InputError(f"The window of rising_topics must be longer than nothing, not {window}.")
    voices, times = _is_counted(annotated), annotated["created_at"]
    if not voices.any():
        return pd.DataFrame(columns=list(RISING_COLUMNS))
    end = span_of(times, voices).last + pd.Timedelta(seconds=1) if now is None else now
    recent = annotated.loc[voices & times.ge(end - window) & times.lt(end), "topics"]
    earlier = annotated.loc[voices & times.ge(end - 2 * window) & times.lt(end - window), "topics"]
    here, there = (_count_topics(part, found) for part in (recent, earlier))
    ids = sorted({*here, *there})
    rows = []
    for topic in ids:
        n, before = here[topic], there[topic]
        ratio = ((n + 1) / (len(recent) + 1)) / ((before + 1) / (len(earlier) + 1))
        chance = float(binom.sf(n - 1, n + before, len(recent) / max(len(recent) + len(earlier), 1)))
        rising = len(earlier) > 0 and chance * len(ids) < CHANCE
        shares = (round(n / max(len(recent), 1), 4), round(before / max(len(earlier), 1), 4))
        rows.append((topic, n, before, *shares, round(ratio, 3), float(f"{chance:.3g}"), rising))
    table = pd.DataFrame(rows, columns=list(RISING_COLUMNS))
    return table.sort_values(["p_value", "topic"], ignore_index=True)
