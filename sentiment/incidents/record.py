"""What is known of one incident, and of all that were found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from sentiment.display import html_result
from sentiment.incidents.response import ResponseEffect

Phase = tuple[str, pd.Timestamp, pd.Timestamp]


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident, or one spike that is none (``kind`` gossip, campaign or spam).

    Attributes:
        id: Onset and service.
        service: Canonical name, None where no service has the majority of the outage posts.
        kind: outage, unclear, gossip, campaign or spam.
        onset: Best time of the change.
        onset_low: Start of its interval, None where the data begin in the middle of it.
        onset_high: End of its interval.
        onset_censored: The onset is at this time or before.
        escalation: When half of the peak's excess was reached.
        peak: Middle of the busiest bucket.
        peak_count: Posts in that bucket of ``scale_minutes``.
        recovery: When half of the excess had gone for good.
        end: When counts were usual again; None while it lasts at the end of the data.
        detected_at: When the alarm would have come, live.
        severity: 0 to 4.
        severity_parts: Its parts, each 0 to 4 (see :func:`sentiment.incidents.severity.severity`).
        volume_ratio: Posts over expected posts, None without a baseline.
        expected: Posts expected from onset to end, None without a baseline.
        posts: Posts from onset to end.
        authors: Distinct people among their authors.
        complaint_posts: Complaints by people.
        understanding_posts: Understanding posts by people.
        neutral_posts: Neutral posts by people.
        outage_posts: Posts by people with outage evidence.
        scale_minutes: Bucket of the peak.
        notes: Codes: onset_censored, no_baseline, short_history, sparse, second_wave, ongoing,
            end_by_decay, concurrent, common_cause, again, spillover.
        linked: Ids of the incidents that share time with it.
        responses: Effects of the official responses that fall into it.
        evidence_post_ids: Up to 50.
        phases: (name, start, end): escalation, plateau, recovery.
        time_to_peak: Minutes from onset to peak, None where the data begin in the middle of it.
        half_life: Minutes in which complaints fell to half of their height and stayed there; None where data
            end before.
    """

    id: str
    service: str | None
    kind: str
    onset: pd.Timestamp
    onset_low: pd.Timestamp | None
    onset_high: pd.Timestamp
    onset_censored: bool
    escalation: pd.Timestamp | None
    peak: pd.Timestamp
    peak_count: int
    recovery: pd.Timestamp | None
    end: pd.Timestamp | None
    detected_at: pd.Timestamp
    severity: int
    severity_parts: Mapping[str, float]
    volume_ratio: float | None
    expected: float | None
    posts: int
    authors: int
    complaint_posts: int
    understanding_posts: int
    neutral_posts: int
    outage_posts: int
    scale_minutes: int
    notes: tuple[str, ...]
    responses: tuple[ResponseEffect, ...] = ()
    linked: tuple[str, ...] = ()
    evidence_post_ids: tuple[str, ...] = field(default=(), repr=False)
    phases: tuple[Phase, ...] = field(default=(), repr=False)
    time_to_peak: float | None = None
    half_life: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the entry of ``incidents.json``: plain data, times in ISO 8601 with +08:00."""
        first = {
            "id": self.id,
            "service": self.service,
            "kind": self.kind,
            "onset": _iso(self.onset),
            "onset_low": _iso(self.onset_low),
            "onset_high": _iso(self.onset_high),
            "peak": _iso(self.peak),
            "peak_count": self.peak_count,
            "end": _iso(self.end),
            "detected_at": _iso(self.detected_at),
            "severity": self.severity,
            "responses": [response.to_dict() for response in self.responses],
            "evidence_post_ids": list(self.evidence_post_ids),
        }
        return {**first, **self._more()}

    def _repr_html_(self) -> str:
        span = f"{self.onset:%Y-%m-%d %H:%M} – {f'{self.end:%m-%d %H:%M}' if self.end else '未结束 lasts'}"
        people = self.complaint_posts + self.understanding_posts + self.neutral_posts
        facts = {
            "类型 kind": self.kind,
            "高峰 peak": f"{self.peak:%H:%M}, {self.peak_count} / {self.scale_minutes} min",
            "发现 detected": f"{self.detected_at:%m-%d %H:%M}",
            "严重程度 severity": f"{self.severity} / 4",
            "帖子 posts": f"{self.posts:,} ({self.authors:,} authors)",
            "抱怨 complaint": f"{self.complaint_posts:,} / {people:,}",
            "理解 understanding": f"{self.understanding_posts:,} / {people:,}",
            "说明 notes": ", ".join(self.notes) or "–",
        }
        notes = [sentence for one in self.responses for sentence in (one.sentence_zh, one.sentence_en)]
        return html_result(f"{self.service or '?'} · {span}", facts=facts, notes=notes)

    def _more(self) -> dict[str, Any]:
        names = (
            "onset_censored", "volume_ratio", "expected", "posts", "authors", "complaint_posts",
            "understanding_posts", "neutral_posts", "outage_posts", "scale_minutes",
            "time_to_peak", "half_life",
        )  # fmt: skip
        return {
            **{name: getattr(self, name) for name in names},
            "escalation": _iso(self.escalation),
            "recovery": _iso(self.recovery),
            "severity_parts": dict(self.severity_parts),
            "notes": list(self.notes),
            "linked": list(self.linked),
            "phases": [{"name": n, "start": _iso(a), "end": _iso(b)} for n, a, b in self.phases],
        }


@dataclass(frozen=True, slots=True)
class Incidents:
    """All spikes found: incidents, and the others that are named rather than dropped.

    Attributes:
        incidents: Kinds outage and unclear, in order of onset.
        other_spikes: Kinds gossip, campaign and spam.
        scale: Minutes of the longest detection window of each service looked at (``*`` = all posts): two
            hours,
            or up to two days where its posts are few.
    """

    incidents: tuple[Incident, ...]
    other_spikes: tuple[Incident, ...]
    scale: Mapping[str, int]

    def table(self) -> pd.DataFrame:
        """Return one row a spike, incidents first."""
        rows = [entry.to_dict() for entry in (*self.incidents, *self.other_spikes)]
        shown = [
            "id",
            "service",
            "kind",
            "severity",
            "onset",
            "peak",
            "peak_count",
            "end",
            "detected_at",
            "posts",
        ]
        return pd.DataFrame([{name: row[name] for name in shown} for row in rows], columns=shown)

    def to_dict(self) -> dict[str, Any]:
        """Return the content of ``incidents.json``."""
        return {
            "schema": 1,
            "incidents": [entry.to_dict() for entry in self.incidents],
            "other_spikes": [entry.to_dict() for entry in self.other_spikes],
        }

    def _repr_html_(self) -> str:
        head = f"{len(self.incidents)} incidents, {len(self.other_spikes)} other spikes"
        return html_result(head, tables=[self.table()])


def _iso(moment: pd.Timestamp | None) -> str | None:
    return None if moment is None else moment.isoformat()
