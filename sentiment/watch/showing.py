"""What an event shows of its incident besides the facts: topics hit and posts in people's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from sentiment.events import Event
from sentiment.ingest import mask_private
from sentiment.report.evidence import Ranking
from sentiment.report.topics import places_of_topics
from sentiment.schema import is_voice
from sentiment.topics.seeded import OTHER, Topic

QUOTES: Final = 3
TOPICS: Final = 4
NEWEST: Final = 200
"""Posts, the newest of an incident, that quotes are chosen from."""
LONGEST: Final = 500
"""Letters of a post that are kept; a message shows fewer and marks the cut."""


def with_posts(
    events: Sequence[Event], posts: pd.DataFrame, topics: Mapping[str, Topic]
) -> tuple[Event, ...]:
    """Return the events with ``quotes`` and ``topics`` of the posts behind their incidents.

    Args:
        events: Events of incidents.
        posts: Annotated posts with ``dup_group``, those of the incidents among them.
        topics: Names of the topics.

    Returns:
        The same events; a withdrawn incident shows nothing. ``quotes`` are the best of the newest posts of
        people who name the service or none, the newest first, private data masked. ``topics`` (``topic``,
        ``name_zh``, ``name_en``, ``posts``) are those of all such posts, the commonest first.
    """
    return tuple(
        event if event.note == "withdrawn" else replace(event, incident=_shown(event, posts, topics))
        for event in events
    )


def _shown(event: Event, posts: pd.DataFrame, topics: Mapping[str, Topic]) -> dict[str, Any]:
    mine = _behind(event.incident, posts)
    return {**event.incident, "quotes": _quotes(mine), "topics": _topics(mine, topics)}


def _behind(incident: Mapping[str, Any], posts: pd.DataFrame) -> pd.DataFrame:
    """Return the posts of people in an incident's time that name its service or none, in order of time."""
    since = pd.Timestamp(incident["onset"])
    inside = posts["created_at"].ge(since) & is_voice(posts)
    if incident["end"] is not None:
        inside &= posts["created_at"].le(pd.Timestamp(incident["end"]))
    if incident["service"] is not None:
        inside &= posts["service"].isin((incident["service"], ""))
    return posts[inside].sort_values(["created_at", "post_id"], ignore_index=True)


def _quotes(posts: pd.DataFrame) -> list[str]:
    about = posts["outage"].eq(True) | posts["stance"].eq("complaint")
    telling = np.flatnonzero(posts["own_text"].ne("") & about)
    chosen = Ranking(posts).pick(telling[-NEWEST:], most=QUOTES)
    return [mask_private(posts["own_text"].iloc[row])[:LONGEST] for row in sorted(chosen, reverse=True)]


def _topics(posts: pd.DataFrame, topics: Mapping[str, Topic]) -> list[dict[str, Any]]:
    counted = [(len(rows), topic) for topic, rows in places_of_topics(posts).items() if topic != OTHER]
    return [
        {"topic": topic, **_names(topic, topics), "posts": n}
        for n, topic in sorted(counted, key=lambda one: (-one[0], one[1]))[:TOPICS]
    ]


def _names(topic: str, topics: Mapping[str, Topic]) -> dict[str, str]:
    known = topics.get(topic)
    return {"name_zh": known.name_zh if known else topic, "name_en": known.name_en if known else topic}
