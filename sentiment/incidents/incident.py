"""Incidents: what happened, when, how badly, and the posts that show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from sentiment.config import DetectionSettings
from sentiment.incidents.baseline import Calendar
from sentiment.incidents.counts import TOTAL
from sentiment.incidents.course import busiest
from sentiment.incidents.gate import (
    COMPLAINT_SHARE,
    OUTAGE_SHARE,
    Crowd,
    authors_reached,
    choose_evidence,
    describe,
    spike_kind,
)
from sentiment.incidents.grid import grids
from sentiment.incidents.minutes import CLOCKS_FIXED, DAY, Integers, minute_times
from sentiment.incidents.posts import Posts
from sentiment.incidents.record import Incident, Incidents, Phase
from sentiment.incidents.relations import link, mark_spillover, number
from sentiment.incidents.response import ResponseEffect
from sentiment.incidents.severity import half_life, severity, topics_hit
from sentiment.incidents.signals import (
    EVIDENCE,
    Finding,
    find_in_service,
    grid_calendar,
    longest_window,
    read_signals,
)
from sentiment.incidents.unite import unite, with_owners
from sentiment.schema import ZONE

_RESPONSE_HOURS: Final = 12


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
    united = unite(findings, posts)
    shared = with_owners(posts, findings, [finding for finding, _ in united])
    enough = (
        (one, services)
        for one, services in united
        if len(shared.between(one.onset, one.stop, services)) >= settings.min_authors
    )
    shown = mark_spillover([_describe(one, names, shared, responses, settings) for one, names in enough])
    ordered = link(number(sorted(shown, key=lambda entry: (entry.onset, entry.service or "", entry.kind))))
    return Incidents(
        incidents=tuple(entry for entry in ordered if entry.kind in ("outage", "unclear")),
        other_spikes=tuple(entry for entry in ordered if entry.kind not in ("outage", "unclear")),
        scale=scale,
    )


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
        topics=topics_hit(own.only(own.complaint).column("topics").tolist()),
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


def _time(minutes: float) -> pd.Timestamp:
    wall = round(minutes)
    if wall < CLOCKS_FIXED:
        return minute_times(np.array([wall]))[0]
    return pd.Timestamp((wall - 480) * 60_000_000_000, tz="UTC").tz_convert(ZONE)
