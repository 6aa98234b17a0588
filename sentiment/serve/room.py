"""What the page and the JSON tell: a store read once into plain data. Nothing here knows HTTP or HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd

from sentiment.incidents.counts import TOTAL
from sentiment.ingest import mask_private
from sentiment.report.course import count_course
from sentiment.report.evidence import Ranking, excerpt
from sentiment.report.topics import places_of_topics
from sentiment.report.wording import shanghai
from sentiment.schema import is_voice
from sentiment.store import Marked, Store, StoredIncident
from sentiment.topics import load_topics

STANCES: Final = ("complaint", "understanding", "neutral")
HOURS: Final = (1, 6, 24, 72)
"""Lengths of the chart that can be asked for."""
USUAL_DAYS: Final = 8
"""Days of counts that tell what is usual at this time of day."""
BUCKETS: Final = 150
MINUTE: Final = pd.Timedelta(minutes=1)
NOW_MINUTES: Final = 15
WINDOW: Final = pd.Timedelta(hours=1)
"""Stance and topics of the last hour stand beside those of the hour before."""
MOST_POSTS: Final = 20_000
"""Newest posts of two hours, at most, that topics are counted in."""
SHOWN_POSTS: Final = 8
SHOWN_TOPICS: Final = 8
LATELY: Final = pd.Timedelta(hours=48)
"""Incidents that ended longer ago are left to the report."""
READ: Final = (
    "post_id", "created_at", "text", "own_text", "author", "account_kind", "account_name", "platform",
    "region", "likes", "reposts", "comments", "truncated", "hijack", "dup_group", "stance",
    "stance_sure", "p_neutral",
    "p_outage", "severity", "asks_help", "service", "topics",
)  # fmt: skip


def look(
    store: Store, *, now: datetime | pd.Timestamp, hours: int = 6, service: str | None = None
) -> dict[str, Any]:
    """Return everything the page shows.

    Args:
        store: The store.
        now: The time, with a zone.
        hours: Length of the chart.
        service: Canonical name; None: all posts.

    Returns:
        Plain data, times in ISO 8601: ``at``, ``anchor`` (the end of what is shown: now, or the last post
        where that lies longer ago than the chart is long), ``stale``, ``watch``, ``totals``, ``flow``,
        ``stances``, ``topics``, ``course``, ``open``, ``ended``, ``posts``, ``responses``,
        ``deliveries``, ``services``.
    """
    now = shanghai(pd.Timestamp(now))
    totals = store.totals()
    stale, anchor = _anchor(now, totals.last, hours)
    counts = store.counts(
        since=anchor - pd.Timedelta(days=USUAL_DAYS), until=anchor, service=service or TOTAL
    )
    recent = store.posts(
        since=anchor - 2 * WINDOW, until=anchor, service=service, columns=READ, newest=MOST_POSTS
    )
    known = [one for one in store.incidents() if one.onset >= anchor - LATELY or one.state == "open"]
    incidents = [one for one in known if _concerns(one, service)]
    return {
        "schema": 1,
        "at": now.isoformat(),
        "anchor": anchor.isoformat(),
        "stale": stale,
        "hours": hours,
        "service": service,
        "revision": totals.revision,
        "watch": _watch(store.health(), now),
        "totals": _totals(totals),
        "flow": _flow(counts, anchor),
        "stances": _stances(counts, anchor),
        "topics": _topics(recent, anchor),
        "course": _course(counts, anchor, hours, service or TOTAL, whole=min(now.floor("min"), anchor)),
        "open": [describe(one, anchor) for one in incidents if one.state == "open"],
        "ended": [describe(one, anchor) for one in incidents if one.state == "ended"],
        "posts": _representative(recent, anchor),
        "responses": show_responses(store.responses(), incidents)[::-1],
        "deliveries": _deliveries(store, anchor),
        "services": [
            str(name) for name in store.services(since=anchor - LATELY)["service"].head(SHOWN_TOPICS)
        ],
    }


def _anchor(now: pd.Timestamp, last: pd.Timestamp | None, hours: int) -> tuple[bool, pd.Timestamp]:
    """Return whether nobody feeds the store, and the end of what is shown: now, or its last post.

    Counts are of whole minutes: the one that is running belongs to what is shown.
    """
    if last is not None and now - pd.Timedelta(hours=hours) >= last:
        return True, (last + MINUTE).ceil("min")
    return False, now.ceil("min")


def _concerns(incident: StoredIncident, service: str | None) -> bool:
    return service is None or incident.data.get("service") in (service, None)


def _watch(health: Mapping[str, Any], now: pd.Timestamp) -> dict[str, Any]:
    """Return the state of the watch; ``silent`` minutes since it last said anything."""
    if not health:
        return {"state": "absent", "silent": None, "last_post": None, "report": False, "error": None}
    said = shanghai(health["at"])
    return {
        "state": str(health.get("state", "")),
        "silent": round((now - said) / MINUTE, 1),
        "last_post": health.get("last_post"),
        "report": bool(health.get("report")),
        "error": health.get("error"),
    }


def _totals(totals: Any) -> dict[str, Any]:  # noqa: ANN401 - sentiment.store.Totals
    return {
        "posts": totals.posts,
        "first": None if totals.first is None else totals.first.isoformat(),
        "last": None if totals.last is None else totals.last.isoformat(),
        "services": totals.services,
        "files": totals.files,
        "rejected": totals.rejected,
        "duplicates": totals.duplicates,
        "revision": totals.revision,
        "bytes": totals.bytes,
    }


def _sum(counts: pd.DataFrame, series: str, start: pd.Timestamp, end: pd.Timestamp) -> int:
    mine = counts["series"].eq(series) & counts["bucket"].ge(start) & counts["bucket"].lt(end)
    return int(counts.loc[mine, "n"].sum())


def _flow(counts: pd.DataFrame, anchor: pd.Timestamp) -> dict[str, Any]:
    """Return posts of the last minutes beside those of the minutes before."""
    step = NOW_MINUTES * MINUTE
    series = {name: _sum(counts, name, anchor - step, anchor) for name in ("all", "complaint", "help")}
    before = _sum(counts, "all", anchor - 2 * step, anchor - step)
    return {"minutes": NOW_MINUTES, "posts": series["all"], "before": before, "help": series["help"]}


def _stances(counts: pd.DataFrame, anchor: pd.Timestamp) -> list[dict[str, Any]]:
    now = {name: _sum(counts, name, anchor - WINDOW, anchor) for name in STANCES}
    before = {name: _sum(counts, name, anchor - 2 * WINDOW, anchor - WINDOW) for name in STANCES}
    rows = []
    for name in STANCES:
        share, was = _share(now[name], sum(now.values())), _share(before[name], sum(before.values()))
        rows.append(
            {"stance": name, "n": now[name], "share": share, "share_before": was, "diff": _diff(share, was)}
        )
    return rows


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _diff(share: float | None, before: float | None) -> float | None:
    return None if share is None or before is None else round(share - before, 4)


def _topics(posts: pd.DataFrame, anchor: pd.Timestamp) -> list[dict[str, Any]]:
    """Return the topics of the last hour with their shares in the hour before, the commonest first."""
    voices = posts[is_voice(posts)].reset_index(drop=True)
    late = voices["created_at"].ge(anchor - WINDOW)
    n, n_before = int(late.sum()), int((~late).sum())
    complaint = voices["stance"].eq("complaint")
    rows = []
    for topic, places in places_of_topics(voices).items():
        mine = late.iloc[places]
        count, before = int(mine.sum()), int((~mine).sum())
        share, was = _share(count, n), _share(before, n_before)
        rows.append(
            {
                "topic": topic,
                "name": topic_name(topic),
                "posts": count,
                "complaint": int((complaint.iloc[places] & mine).sum()),
                "share": share,
                "share_before": was,
                "diff": _diff(share, was),
            }
        )
    ranked = sorted((row for row in rows if row["posts"]), key=_commonest)
    return ranked[:SHOWN_TOPICS]


def _commonest(row: Mapping[str, Any]) -> tuple[int, str]:
    return -int(row["posts"]), str(row["topic"])


@lru_cache(maxsize=256)
def _names() -> Mapping[str, Any]:
    return load_topics()


def topic_name(topic: str) -> dict[str, str]:
    """Return a topic's name in both languages; one that the topic file does not know keeps its id.

    >>> topic_name("brand_new")
    {'zh': 'brand_new', 'en': 'brand_new'}
    """
    known = _names().get(topic)
    return {"zh": topic, "en": topic} if known is None else {"zh": known.name_zh, "en": known.name_en}


def _course(
    counts: pd.DataFrame, anchor: pd.Timestamp, hours: int, service: str, *, whole: pd.Timestamp
) -> dict[str, Any]:
    """Return posts over time in buckets that are over; minutes in which nobody wrote are there with 0."""
    start = anchor - pd.Timedelta(hours=hours)
    edge = pd.DataFrame({"bucket": [start, anchor - MINUTE], "service": service, "series": "all", "n": 0})
    edge = edge.astype({"bucket": counts["bucket"].dtype, "n": counts["n"].dtype})
    filled = pd.concat([counts, edge], ignore_index=True)
    course = count_course(filled, start=start, end=anchor - MINUTE, service=service, most=BUCKETS)
    return _whole_buckets(course, whole)


def _whole_buckets(course: dict[str, Any], whole: pd.Timestamp) -> dict[str, Any]:
    """Leave out the bucket that is still filling: its low end would look like a recovery."""
    unfinished = shanghai(course["time"][-1]) + course["width"] * MINUTE > whole
    if not unfinished or len(course["time"]) < 3:
        return course
    return {name: value[:-1] if isinstance(value, list) else value for name, value in course.items()}


def describe(incident: StoredIncident, anchor: pd.Timestamp) -> dict[str, Any]:
    """Return an incident as the page and the JSON tell it."""
    data = dict(incident.data)
    onset = shanghai(data["onset"])
    end = shanghai(data["end"]) if data.get("end") else anchor
    people = sum(int(data.get(f"{name}_posts") or 0) for name in STANCES)
    phases = list(data.get("phases") or ())
    return {
        **data,
        "id": incident.id,
        "state": incident.state,
        "phase": str(phases[-1]["name"]) if phases else "escalation",
        "minutes": round(max(end - onset, pd.Timedelta(0)) / MINUTE),
        "people": people,
        "spans": _phase_spans(phases, onset, end),
        "first_seen": incident.first_seen.isoformat(),
        "updated": incident.updated.isoformat(),
        "acknowledged": None if incident.acknowledged is None else dict(incident.acknowledged),
    }


def _phase_spans(
    phases: Sequence[Mapping[str, Any]], onset: pd.Timestamp, end: pd.Timestamp
) -> list[dict[str, Any]]:
    """Return each phase with its part of the incident's length, for a bar."""
    length = max(end - onset, MINUTE)
    spans = []
    for phase in phases:
        start, stop = shanghai(phase["start"]), shanghai(phase["end"]) if phase.get("end") else end
        low, high = (min(max((at - onset) / length, 0.0), 1.0) for at in (start, stop))
        spans.append({"name": phase["name"], "from": round(low, 4), "to": round(max(high, low), 4)})
    if spans:
        spans[-1]["to"] = 1.0
    return spans


def _representative(posts: pd.DataFrame, anchor: pd.Timestamp) -> list[dict[str, Any]]:
    """Return diverse posts of the last hour that serve best as evidence, the newest first."""
    late = posts["created_at"].ge(anchor - WINDOW) & posts["own_text"].ne("") & is_voice(posts)
    rows = Ranking(posts).pick(np.flatnonzero(late), most=SHOWN_POSTS)
    return show_posts(posts.iloc[sorted(rows, reverse=True)])


def show_posts(posts: pd.DataFrame) -> list[dict[str, Any]]:
    """Return posts as anybody in the room may see them, in their order."""
    return [show_post({str(name): value for name, value in row.items()}) for row in posts.to_dict("records")]


def show_post(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a post as anybody in the room may see it: no author, private data masked, shortened."""
    own = mask_private(str(row["own_text"] or row["text"]))
    words = excerpt(own, most=200)
    named = row["account_kind"] in ("official", "media")
    severity = row["severity"]
    return {
        "post_id": str(row["post_id"]),
        "created_at": None if pd.isna(row["created_at"]) else row["created_at"].isoformat(),
        "text": words,
        "cut": len(words) < len(own.strip()),
        "stance": str(row["stance"]),
        "severity": None if pd.isna(severity) else int(severity),
        "asks_help": bool(row["asks_help"]),
        "service": str(row["service"]),
        "topics": [topic for topic in str(row["topics"]).split(";") if topic],
        "account_name": str(row["account_name"]) if named else "",
        "platform": str(row["platform"]),
        "region": str(row["region"]),
        "likes": 0 if pd.isna(row["likes"]) else int(row["likes"]),
    }


def show_responses(marked: Sequence[Marked], incidents: Sequence[StoredIncident]) -> list[dict[str, Any]]:
    """Return the marked responses in their order, each with its effect where watch has measured it."""
    measured = {
        shanghai(effect["at"]): effect for one in incidents for effect in one.data.get("responses") or ()
    }
    return [show_response(one, measured.get(shanghai(one.announcement.at))) for one in marked]


def show_response(marked: Marked, effect: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a marked response as plain data."""
    told = marked.announcement
    return {
        "id": marked.id,
        "at": told.at.isoformat(),
        "text": told.text,
        "codes": list(told.codes),
        "service": told.service,
        "by": marked.by,
        "marked_at": marked.marked_at.isoformat(),
        "verdict": None if effect is None else effect.get("verdict"),
        "sentence": None
        if effect is None
        else {"zh": effect.get("sentence_zh", ""), "en": effect.get("sentence_en", "")},
    }


def _deliveries(store: Store, anchor: pd.Timestamp) -> list[dict[str, Any]]:
    """Return what was told to whom lately, newest first, one line an event and channel."""
    found = store.deliveries(since=(anchor - LATELY).to_pydatetime())
    return [
        {
            "at": delivery.at.isoformat(),
            "event": event.id,
            "kind": event.kind,
            "service": event.service,
            "severity": event.severity,
            "channel": delivery.channel,
            "state": delivery.state,
            "detail": delivery.detail,
        }
        for event, delivery in reversed(found)
    ][: 2 * SHOWN_TOPICS]
