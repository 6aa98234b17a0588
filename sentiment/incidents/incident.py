"""Incidents: what happened, when, how badly, and the posts that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from sentiment.config import DetectionSettings
from sentiment.display import html_result
from sentiment.incidents.baseline import Calendar
from sentiment.incidents.counts import CLOCKS_FIXED, DAY, TOTAL, Integers, grids, minute_times
from sentiment.incidents.course import busiest
from sentiment.incidents.gate import (
    COMPLAINT_SHARE,
    OUTAGE_SHARE,
    Crowd,
    authors_reached,
    choose_evidence,
    describe,
    majority_service,
    share_unnamed,
    spike_kind,
)
from sentiment.incidents.posts import Posts
from sentiment.incidents.response import ResponseEffect
from sentiment.incidents.severity import half_life, severity, topics_hit
from sentiment.incidents.signals import (
    EVIDENCE,
    Finding,
    find_in_service,
    grid_calendar,
    longest_window,
    overlap,
    read_signals,
)
from sentiment.schema import ZONE

Phase = tuple[str, pd.Timestamp, pd.Timestamp]
_RESPONSE_HOURS: Final = 12
TOGETHER: Final = pd.Timedelta(minutes=30)
COMMON_SERVICES: Final = 3
"""So many services whose onsets lie this close together probably have a cause in common."""
AGAIN: Final = pd.Timedelta(hours=12)
SPILLOVER_RATIO: Final = 50
"""An incident with this many times fewer posts than one it overlaps is talk about that one."""


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


def find_incidents(
    annotated: pd.DataFrame,
    counts: pd.DataFrame,
    *,
    responses: Sequence[ResponseEffect] = (),
    settings: DetectionSettings = DetectionSettings(),  # noqa: B008 - frozen
) -> Incidents:
    """Find incidents in counts and describe them with the posts behind them.

    Args:
        annotated: Posts with annotations.
        counts: Of :func:`count_posts` on the same posts, with or without its zero rows.
        responses: Effects of official responses; each is attached to the incidents it falls into.
        settings: Detection settings. Spikes of fewer than ``min_authors`` posts are not told at all.

    Raises:
        SchemaError: if a needed column is missing.
        ConfigError: if a setting is out of range.

    >>> from sentiment.schema import ANNOTATED, COUNTS, empty
    >>> find_incidents(empty(ANNOTATED), empty(COUNTS)).incidents
    ()
    """
    posts = Posts.of(annotated)
    findings: list[Finding] = []
    scale: dict[str, int] = {}
    calendar: Calendar | None = None
    for service, grid in grids(counts, names=("all", *EVIDENCE)):
        calendar = calendar or grid_calendar(grid)
        signals = read_signals(grid, calendar, settings)
        scale[service] = longest_window(signals)
        findings += find_in_service(service, signals, settings)
    united = _unite(findings, posts)
    shared = _with_owners(posts, findings, [finding for finding, _ in united])
    enough = (
        (one, services)
        for one, services in united
        if len(shared.between(one.onset, one.stop, services)) >= settings.min_authors
    )
    shown = _mark_spillover([_describe(one, names, shared, responses, settings) for one, names in enough])
    ordered = _link(_number(sorted(shown, key=lambda entry: (entry.onset, entry.service or "", entry.kind))))
    return Incidents(
        incidents=tuple(entry for entry in ordered if entry.kind in ("outage", "unclear")),
        other_spikes=tuple(entry for entry in ordered if entry.kind not in ("outage", "unclear")),
        scale=scale,
    )


def _unite(findings: Sequence[Finding], posts: Posts) -> list[tuple[Finding, frozenset[str] | None]]:
    """Return each finding once, with the services whose posts it is made of (None: all).

    A finding of the total and one of its majority service that overlap are one. Without a majority the
    services told apart say more than their sum.
    """
    evidence = [one for one in findings if one.series != "all"]
    named = {id(one): one for one in evidence if one.service != TOTAL}
    united: list[tuple[Finding, frozenset[str] | None]] = []
    for total in (one for one in evidence if one.service == TOTAL):
        partners = [one for one in named.values() if overlap(one, total)]
        service = majority_service(posts.only(posts.between(total.onset, total.stop, None)))
        alarmed = {one.service for one in partners}
        if service is None and len(alarmed) == 1:  # the only one that alarms, or the one the caller named
            service = alarmed.pop()
        elif service is None and alarmed:
            continue
        same = [one for one in partners if one.service == service]
        for one in same:
            named.pop(id(one))
        united.append((_one(total, same, service), None if service is None else frozenset((service, ""))))
    united += [(one, frozenset((one.service,))) for one in named.values()]
    found = _mark_concurrent(united)
    return found + _volume_alone(findings, [one for one, _ in found])


def _with_owners(posts: Posts, findings: Sequence[Finding], united: Sequence[Finding]) -> Posts:
    """Give the unnamed posts to the services in trouble wherever the total alarms by evidence too."""
    periods = [(one.onset, one.stop) for one in findings if one.series != "all" and one.service == TOTAL]
    rivals = [
        (one.service, one.onset, one.stop) for one in united if one.series != "all" and one.service != TOTAL
    ]
    return share_unnamed(posts, periods, rivals)


def _one(total: Finding, same: Sequence[Finding], service: str | None) -> Finding:
    """Return the total's course under the service's name, with the onset of whichever alarmed first."""
    first = min((total, *same), key=lambda one: (one.detected, one.service != TOTAL))
    notes = tuple(dict.fromkeys([*first.notes, *total.notes])) if first is not total else total.notes
    onset = {"onset": first.onset, "low": first.low, "high": first.high, "detected": first.detected}
    series = "outage" if any(one.series == "outage" for one in (total, *same)) else total.series
    if first.onset > total.peak:
        onset = {"detected": first.detected}
    elif first.low is not None:
        onset["escalation"] = max(first.onset, total.escalation or first.onset)
    return replace(total, service=service or TOTAL, series=series, notes=notes, **onset)  # type: ignore[arg-type]


def _mark_concurrent(
    united: Sequence[tuple[Finding, frozenset[str] | None]],
) -> list[tuple[Finding, frozenset[str] | None]]:
    def marked(one: Finding) -> Finding:
        shared = any(other is not one and overlap(one, other) for other, _ in united)
        return replace(one, notes=(*one.notes, "concurrent")) if shared else one

    return [(marked(one), services) for one, services in united]


def _volume_alone(
    findings: Sequence[Finding], incidents: Sequence[Finding]
) -> list[tuple[Finding, frozenset[str] | None]]:
    """Give the spikes of volume without evidence, once each and only outside incidents."""
    kept: list[tuple[Finding, frozenset[str] | None]] = []
    spikes = [one for one in findings if one.series == "all"]
    for one in sorted(spikes, key=lambda one: one.service == TOTAL):  # named services first
        same = [other for other in incidents if other.service in (one.service, TOTAL) or one.service == TOTAL]
        if one.service == TOTAL:
            same = [*same, *(other for other, _ in kept)]
        if not any(overlap(one, other) for other in same):
            kept.append((one, None if one.service == TOTAL else frozenset((one.service,))))
    return kept


def _describe(
    finding: Finding,
    services: frozenset[str] | None,
    posts: Posts,
    responses: Sequence[ResponseEffect],
    settings: DetectionSettings,
) -> Incident:
    own = posts.within(finding.onset, finding.stop, services)
    finding = _with_peak_of(finding, own.minutes)
    crowd = describe(own, evidence_only=finding.series != "all")
    kind = _kind(finding, crowd, settings)
    ratio = None if finding.expected_posts is None else crowd.posts / max(finding.expected_posts, 1.0)
    people = max(crowd.complaint + crowd.understanding + crowd.neutral, 1)
    level, parts = severity(
        volume_ratio=ratio,
        minutes=finding.stop - finding.onset,
        complaint_share=crowd.complaint / people,
        authors=crowd.authors,
        topics=topics_hit(own.column("topics")[own.complaint]),
    )
    peak = posts.between(*_peak_bucket(finding), services)
    incident = Incident(
        id="",
        service=None if finding.service == TOTAL else finding.service,
        kind=kind,
        onset=_time(finding.onset),
        onset_low=None if finding.low is None else _time(finding.low),
        onset_high=_time(finding.high),
        onset_censored=finding.low is None,
        escalation=None if finding.escalation is None else _time(finding.escalation),
        peak=_time(finding.peak),
        peak_count=len(peak),
        recovery=None if finding.recovery is None else _time(finding.recovery),
        end=None if finding.end is None else _time(finding.end),
        detected_at=_time(_detected(finding, own, settings)),
        severity=level,
        severity_parts=parts,
        volume_ratio=None if ratio is None else round(ratio, 3),
        expected=None if finding.expected_posts is None else round(finding.expected_posts, 1),
        posts=crowd.posts,
        authors=crowd.authors,
        complaint_posts=crowd.complaint,
        understanding_posts=crowd.understanding,
        neutral_posts=crowd.neutral,
        outage_posts=crowd.outage,
        scale_minutes=max(1, round(finding.peak_minutes)),
        notes=finding.notes,
        evidence_post_ids=choose_evidence(own, finding.peak, kind=kind),
        phases=_phases(finding),
        time_to_peak=None if finding.low is None else finding.peak - finding.onset,
        half_life=_half_life(finding, posts, services, settings),
    )
    return replace(incident, responses=_attached(incident, finding.stop, responses))


def _mark_spillover(entries: Sequence[Incident]) -> list[Incident]:
    """Call an incident that a far larger one overlaps talk about that one (饿了么 while 美团 is down)."""
    real = [one for one in entries if one.kind in ("outage", "unclear")]
    dwarfed = {
        id(one)
        for one in real
        if any(_overlapping(one, other) and other.posts >= SPILLOVER_RATIO * one.posts for other in real)
    }

    def marked(one: Incident) -> Incident:
        if id(one) in dwarfed:
            return replace(one, kind="gossip", notes=(*one.notes, "spillover"))
        alone = not any(_overlapping(one, other) for other in real if id(other) not in dwarfed)
        return replace(one, notes=tuple(code for code in one.notes if code != "concurrent" or not alone))

    return [marked(one) for one in entries]


def _link(entries: Sequence[Incident]) -> list[Incident]:
    """Link the incidents that share time; mark those that began together or hit a service again."""
    real = [one for one in entries if one.kind in ("outage", "unclear")]

    def linked(one: Incident) -> Incident:
        if one.kind not in ("outage", "unclear"):
            return one
        others = [other for other in real if _overlapping(one, other)]
        together = [other for other in others if abs(other.onset - one.onset) <= TOGETHER]
        earlier = [other.end for other in real if other.service == one.service and other.end is not None]
        again = any(end <= one.onset <= end + AGAIN for end in earlier)
        told = {"common_cause": len(together) >= COMMON_SERVICES - 1, "again": again}
        notes = (*one.notes, *(code for code, holds in told.items() if holds))
        return replace(one, linked=tuple(other.id for other in others), notes=notes)

    return [linked(one) for one in entries]


def _overlapping(one: Incident, other: Incident) -> bool:
    """Return whether two incidents share time; one without an end lasts."""
    last = pd.Timestamp.max.tz_localize(ZONE)
    return one is not other and one.onset < (other.end or last) and other.onset < (one.end or last)


def _kind(finding: Finding, crowd: Crowd, settings: DetectionSettings) -> str:
    needed = settings.min_authors
    if finding.series == "all" or crowd.flooded or crowd.evidence_authors < needed:
        return spike_kind(crowd)
    if finding.series == "complaint" and crowd.complaint_share >= COMPLAINT_SHARE:
        return "unclear"
    if crowd.outage_authors >= needed and crowd.outage_share >= OUTAGE_SHARE:
        return "outage"
    # A handful of outage posts alarmed; complaints must make up the crowd for it to be an incident at all.
    return "unclear" if 2 * crowd.complaint >= crowd.posts else spike_kind(crowd)


def _detected(finding: Finding, posts: Posts, settings: DetectionSettings) -> float:
    """Return when a live run would have told: the alarm, and evidence from enough distinct authors."""
    if finding.series == "all":
        return finding.detected
    telling = posts.outage | posts.complaint if finding.series == "complaint" else posts.outage
    reached = authors_reached(posts.only(telling), settings.min_authors)
    return finding.detected if reached is None else max(finding.detected, reached + 1.0)


def _with_peak_of(finding: Finding, minutes: Integers) -> Finding:
    """Move the peak to the busiest bucket of the posts told: the evidence may peak at another time."""
    if len(minutes) == 0:
        return finding
    start = int(finding.onset)
    values = np.bincount(minutes - start, minlength=max(1, int(finding.stop) - start)).astype(np.float64)
    middle, rows = busiest(values, 0, len(values), 1.0)
    peak = float(start + middle)
    escalation = None if finding.escalation is None else min(finding.escalation, peak)
    recovery = None if finding.recovery is None else max(finding.recovery, peak)
    return replace(finding, peak=peak, peak_minutes=float(rows), escalation=escalation, recovery=recovery)


def _half_life(
    finding: Finding, posts: Posts, services: frozenset[str] | None, settings: DetectionSettings
) -> float | None:
    """Follow the complaints up to a day beyond the end, or as far as there are posts."""
    stop = min(finding.stop + DAY, float(posts.minutes[-1] + 1))
    at = posts.between(finding.onset, stop, services)
    complaints = posts.minutes[at[posts.complaint[at]]]
    return half_life(
        complaints,
        start=finding.onset,
        stop=stop,
        scale=finding.peak_minutes,
        hold=settings.recovery_minutes,
    )


def _peak_bucket(finding: Finding) -> tuple[float, float]:
    start = finding.peak - finding.peak_minutes // 2
    return start, start + finding.peak_minutes


def _phases(finding: Finding) -> tuple[Phase, ...]:
    turn = finding.recovery if finding.recovery is not None else finding.stop
    turn = max(turn, finding.peak)
    edges = (
        ("escalation", finding.onset, finding.peak),
        ("plateau", finding.peak, turn),
        ("recovery", turn, finding.stop),
    )
    return tuple((name, _time(a), _time(b)) for name, a, b in edges if b > a)


def _attached(
    incident: Incident, stop: float, responses: Sequence[ResponseEffect]
) -> tuple[ResponseEffect, ...]:
    last = _time(stop) + pd.Timedelta(hours=_RESPONSE_HOURS)
    inside = [
        one
        for one in responses
        if incident.onset <= one.at <= last and (one.service or incident.service) == incident.service
    ]
    return tuple(sorted(inside, key=lambda one: one.at))


def _number(entries: Sequence[Incident]) -> list[Incident]:
    """Give each entry the id made of its onset and service, with a number where two are alike."""
    seen: dict[str, int] = {}
    numbered = []
    for entry in entries:
        name = f"{entry.onset:%Y%m%dT%H%M}-{entry.service or 'all'}"
        seen[name] = seen.get(name, 0) + 1
        numbered.append(replace(entry, id=name if seen[name] == 1 else f"{name}-{seen[name]}"))
    return numbered


def _time(minutes: float) -> pd.Timestamp:
    wall = round(minutes)
    if wall < CLOCKS_FIXED:
        return minute_times(np.array([wall]))[0]
    return pd.Timestamp((wall - 480) * 60_000_000_000, tz="UTC").tz_convert(ZONE)


def _iso(moment: pd.Timestamp | None) -> str | None:
    return None if moment is None else moment.isoformat()
