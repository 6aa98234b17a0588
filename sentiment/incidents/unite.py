"""Findings of the total and of the services, each told once, and the posts each is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sentiment.incidents.counts import TOTAL
from sentiment.incidents.gate import majority_service, share_unnamed
from sentiment.incidents.posts import Posts
from sentiment.incidents.signals import Finding, overlap


def unite(findings: Sequence[Finding], posts: Posts) -> list[tuple[Finding, frozenset[str] | None]]:
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


def with_owners(posts: Posts, findings: Sequence[Finding], united: Sequence[Finding]) -> Posts:
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
