"""Incidents of the recent past, found in a bounded window of what the store holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from sentiment.config import DetectionSettings, Settings
from sentiment.incidents import Incidents, find_incidents, measure_responses
from sentiment.incidents.counts import TOTAL
from sentiment.ingest.templates import group_templates
from sentiment.schema import ANNOTATED
from sentiment.store import Store
from sentiment.store.reading import day_start
from sentiment.watch.settings import WatchSettings

_UNREAD: Final = (
    "tokens",
    "p_topics",
    "p_complaint",
    "p_understanding",
    "keyword",
    "region",
    "source",
)
"""Columns that neither incidents nor responses are read from."""
_MARGIN: Final = pd.Timedelta(hours=6)
"""Posts before the earliest open incident that are looked at too."""
VOICES: Final = ("complaint", "understanding", "neutral")
"""Series that together count the posts by people."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the store found.

    Attributes:
        found: Incidents and other spikes; those before ``since`` are left out.
        since: Onset from which the look can describe an incident.
        last: Minute of the newest post.
        posts: The posts it looked at.
    """

    found: Incidents
    since: pd.Timestamp
    last: pd.Timestamp
    posts: pd.DataFrame


def look(store: Store, settings: Settings, watch: WatchSettings) -> Look | None:
    """Find the incidents of the recent past; None where the store holds no timed post.

    The cost depends on ``history_days`` and ``recent_hours``, not on how much the store holds.
    """
    last = store.last_minute()
    if last is None:
        return None
    history = day_start(last, watch.history_days)
    opened = [one.onset - _MARGIN for one in store.incidents(state="open")]
    since = max(history, min([*opened, last - pd.Timedelta(hours=watch.recent_hours)]))
    columns = [name for name in ANNOTATED if name not in _UNREAD]
    posts = store.posts(since, columns=columns)
    counts = often_named(store.counts(history), settings.detection)
    found = find_incidents(posts, counts, settings=settings.detection)
    if found.incidents or found.other_spikes:
        found, posts = _described(store, posts, counts, settings)
    return Look(_from(found, since), since, last, posts)


def _described(
    store: Store, posts: pd.DataFrame, counts: pd.DataFrame, settings: Settings
) -> tuple[Incidents, pd.DataFrame]:
    """Find again with what is worth its time only then: shared templates and the effect of responses."""
    posts = posts.assign(dup_group=group_templates(posts["text"], posts["post_id"]))
    marked = [mark.announcement for mark in store.responses()]
    effects = measure_responses(posts, marked, settings.response)
    return find_incidents(posts, counts, responses=effects, settings=settings.detection), posts


def often_named(counts: pd.DataFrame, settings: DetectionSettings) -> pd.DataFrame:
    """Return the counts of the total and of the services that people named often enough."""
    by_people = counts[counts["series"].isin(VOICES)].groupby("service")["n"].sum()
    often = by_people.index[by_people >= settings.min_service_posts]
    return counts[counts["service"].isin([TOTAL, *often])].reset_index(drop=True)


def _from(found: Incidents, since: pd.Timestamp) -> Incidents:
    """Leave out what began before the posts do: it was described while they were looked at."""
    return replace(
        found,
        incidents=tuple(one for one in found.incidents if one.onset > since),
        other_spikes=tuple(one for one in found.other_spikes if one.onset > since),
    )
