"""Which incident is which from look to look, and what there is to tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import pandas as pd

from sentiment.events import Event
from sentiment.incidents import Incident
from sentiment.store import StoredIncident
from sentiment.store.incidents import as_json

ANY: Final = "all"
"""Stands for no service in an id."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """What a look changes.

    Attributes:
        changed: Incidents to write.
        events: What to tell, in order.
    """

    changed: tuple[StoredIncident, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Horizon:
    """What was looked at.

    Attributes:
        since: Onset from which incidents were looked for.
        last: Newest post.
        before: Newest post of the look before; None at the first look.
        resolve: How far an end must lie behind the newest post before it is told.
        at: Now.
    """

    since: pd.Timestamp
    last: pd.Timestamp
    before: pd.Timestamp | None
    resolve: pd.Timedelta
    at: datetime


def track(found: Sequence[Incident], stored: Sequence[StoredIncident], horizon: Horizon) -> Tracked:
    """Give incidents ids that stay and say what is new about them.

    An incident is the one of the look before that shares most time with it and names the same service, or
    none. One that is found no more was withdrawn. Told are: the beginning, a rise of the severity, a new
    phase, every hour that it lasts (alerts repeat themselves no oftener than their settings say), the end.
    What began and ended before the first look is written down and not told.
    """
    known = {one.id: one for one in stored}
    pairs = [
        (incident, before)
        for incident, before in _matched(found, stored)
        if before is None
        or before.onset > horizon.since  # the others are as they were described in their time
    ]
    changed: list[StoredIncident] = []
    events: list[Event] = []
    for incident, before in pairs:
        now = _next(incident, before, known, horizon)
        known[now.id] = now
        told = _tell(now, before, horizon)
        if told:
            now = replace(now, told=max(now.told, int(now.data["severity"])))
            if any(event.kind == "trigger" for event in told):
                now = replace(now, times=now.times + 1)
        if before is None or _differs(now, before):
            changed.append(now)
        events += told
    gone = {one.id for one in stored} - {before.id for _, before in pairs if before is not None}
    for one in (one for one in stored if one.id in gone and one.onset > horizon.since):
        if one.state != "withdrawn":
            changed.append(replace(one, state="withdrawn", updated=horizon.at))
            events += [_event(one, "resolve", horizon, note="withdrawn")] if _is_told(one) else []
    return Tracked(tuple(changed), tuple(events))


def _matched(
    found: Iterable[Incident], stored: Sequence[StoredIncident]
) -> list[tuple[Incident, StoredIncident | None]]:
    free = list(stored)
    pairs: list[tuple[Incident, StoredIncident | None]] = []
    for incident in sorted(found, key=lambda one: (one.onset, one.service or "")):
        best = max(
            (one for one in free if _shared(incident, one) > pd.Timedelta(0)),
            key=lambda one: (one.data["service"] == incident.service, _shared(incident, one)),
            default=None,
        )
        if best is not None:
            free.remove(best)
        pairs.append((incident, best))
    return pairs


def _shared(incident: Incident, stored: StoredIncident) -> pd.Timedelta:
    """Return the time that two share; none where they name different services."""
    if None not in (incident.service, stored.data["service"]) and incident.service != stored.data["service"]:
        return pd.Timedelta(0)
    ever = max(incident.onset, stored.onset) + pd.Timedelta(days=1)
    start, stop = max(incident.onset, stored.onset), min(incident.end or ever, stored.end or ever)
    return stop - start


def _next(
    incident: Incident, before: StoredIncident | None, known: dict[str, StoredIncident], horizon: Horizon
) -> StoredIncident:
    name = _new_id(incident, known) if before is None else before.id
    data = {**incident.to_dict(), "id": name}
    over = incident.end is not None and incident.end <= horizon.last - horizon.resolve
    return StoredIncident(
        id=name,
        state="ended" if over else "open",
        first_seen=horizon.at if before is None else before.first_seen,
        updated=horizon.at,
        told=-1 if before is None else before.told,
        times=0 if before is None else before.times,
        data=data,
        acknowledged=None if before is None else before.acknowledged,
    )


def _new_id(incident: Incident, known: dict[str, StoredIncident]) -> str:
    stem = f"{incident.service or ANY}-{incident.onset:%Y%m%d}"
    number = 1
    while f"{stem}-{number}" in known:
        number += 1
    return f"{stem}-{number}"


def _differs(now: StoredIncident, before: StoredIncident) -> bool:
    return (now.state, now.told, now.times, _plain(now)) != (
        before.state,
        before.told,
        before.times,
        _plain(before),
    )


def _plain(one: StoredIncident) -> str:
    return as_json(one.data)


def _is_told(one: StoredIncident) -> bool:
    """Return whether people were told that it began and not yet that it ended."""
    return one.state == "open" and one.times > 0


def _tell(now: StoredIncident, before: StoredIncident | None, horizon: Horizon) -> list[Event]:
    """Return what there is to tell about an incident that was found."""
    if before is None or not _is_told(before):
        if now.state == "ended" and (before is not None or _is_old(now, horizon)):
            return []
        note = "reopened" if now.times else ""
        began = _event(replace(now, times=now.times + 1), "trigger", horizon, note=note)
        ended = (
            [_event(replace(now, times=now.times + 1), "resolve", horizon)] if now.state == "ended" else []
        )
        return [began, *ended]
    if now.state == "ended":
        return [_event(now, "resolve", horizon)]
    if now.data["severity"] > before.told:
        return [_event(now, "update", horizon, note="severity")]
    if _phase(now) != _phase(before):
        return [_event(now, "update", horizon, note="phase")]
    if now.end is None and _hours(now, horizon.last) > _hours(now, horizon.before):
        return [_event(now, "update", horizon, note="lasts")]
    return []


def _hours(one: StoredIncident, at: pd.Timestamp | None) -> int:
    """Return how many whole hours an incident lasts at a time."""
    return 0 if at is None else int((at - one.onset) / pd.Timedelta(hours=1))


def _is_old(now: StoredIncident, horizon: Horizon) -> bool:
    """Return whether an incident ended before the look before, or before the first one."""
    return horizon.before is None or now.end is None or now.end <= horizon.before


def _phase(one: StoredIncident) -> str:
    phases = one.data["phases"]
    return str(phases[-1]["name"]) if phases else ""


def _event(one: StoredIncident, kind: str, horizon: Horizon, *, note: str = "") -> Event:
    """Return an event; the same thing is never told under two ids."""
    updates = {
        "severity": f"severity-{one.data['severity']}",
        "phase": _phase(one),
        "lasts": f"lasts-{_hours(one, horizon.last)}h",
    }
    what = f"{one.times}-{updates[note]}" if kind == "update" else f"{kind}-{one.times}"
    incident: dict[str, Any] = {**one.data, "phase": _phase(one), "acknowledged": one.acknowledged}
    return Event(
        id=f"{one.id}/{what}",
        kind=kind,
        dedup_key=one.id,
        at=horizon.at,
        service=one.data["service"],
        severity=int(one.data["severity"]),
        incident=incident,
        note=note,
    )
