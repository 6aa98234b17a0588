"""What incidents have to do with each other: shared time, common causes, talk about a larger one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pandas as pd

from sentiment.incidents.record import Incident
from sentiment.schema import ZONE

TOGETHER: Final = pd.Timedelta(minutes=30)
COMMON_SERVICES: Final = 3
"""So many services whose onsets lie this close together probably have a cause in common."""
AGAIN: Final = pd.Timedelta(hours=12)
SPILLOVER_RATIO: Final = 50
"""An incident with this many times fewer posts than one it overlaps may be talk about that one."""
SPILLOVER_EVIDENCE: Final = 0.5
"""It is where its share of outage evidence is below this part of the other's; a service that fails by itself,
however small, is told by posts as full of evidence."""


def mark_spillover(entries: Sequence[Incident]) -> list[Incident]:
    """Call an incident that a far larger one overlaps talk about that one (饿了么 while 美团 is down)."""
    real = [one for one in entries if one.kind in ("outage", "unclear")]
    dwarfed = {id(one) for one in real if any(_talks_of(one, other) for other in real)}

    def marked(one: Incident) -> Incident:
        if id(one) in dwarfed:
            return replace(one, kind="gossip", notes=(*one.notes, "spillover"))
        alone = not any(_overlapping(one, other) for other in real if id(other) not in dwarfed)
        return replace(one, notes=tuple(code for code in one.notes if code != "concurrent" or not alone))

    return [marked(one) for one in entries]


def _talks_of(one: Incident, other: Incident) -> bool:
    dwarfed = _overlapping(one, other) and other.posts >= SPILLOVER_RATIO * one.posts
    return dwarfed and _evidence(one) < SPILLOVER_EVIDENCE * _evidence(other)


def _evidence(one: Incident) -> float:
    """Return the share of outage evidence among people's posts."""
    return one.outage_posts / max(one.complaint_posts + one.understanding_posts + one.neutral_posts, 1)


def link(entries: Sequence[Incident]) -> list[Incident]:
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


def number(entries: Sequence[Incident]) -> list[Incident]:
    """Give each entry the id made of its onset and service, with a number where two are alike."""
    seen: dict[str, int] = {}
    numbered = []
    for entry in entries:
        name = f"{entry.onset:%Y%m%dT%H%M}-{entry.service or 'all'}"
        seen[name] = seen.get(name, 0) + 1
        numbered.append(replace(entry, id=name if seen[name] == 1 else f"{name}-{seen[name]}"))
    return numbered
