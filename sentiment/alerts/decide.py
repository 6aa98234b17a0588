"""Whether an event is told on a channel now, later or not at all. Pure: nothing is stored or sent here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sentiment.alerts.settings import AlertSettings, ChannelSettings, Mute, aware, in_hours, next_edge
from sentiment.events import Event

TELL: Final = "tell"
SKIP: Final = "skip"
WAIT: Final = "wait"
ENDED: Final = "ended"


@dataclass(frozen=True, slots=True)
class Told:
    """What a channel was told last of an incident."""

    at: datetime
    severity: int
    phase: str
    open: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with an event: tell (``action`` says as what), skip or wait, and why."""

    what: str
    reason: str
    action: str = ""
    until: datetime | None = None


def decide(
    event: Event, told: Told | None, channel: ChannelSettings, settings: AlertSettings, now: datetime
) -> Decision:
    """Decide about the newest event of an incident for one channel.

    Args:
        event: The newest unfinished event of its incident; older ones are superseded by it.
        told: What the channel was told last of that incident, None for nothing.
        channel: The channel.
        settings: When to tell.
        now: The time, with its zone.

    Returns:
        Tell as trigger, update, resolve, over (told first when it is over), no_data or data_back; or wait
        until a time; or skip.
    """
    severity = severity_of(event, settings)
    known = told is not None and told.open
    unwanted = _unwanted(event, severity, known, channel, settings)
    if unwanted:
        return Decision(SKIP, unwanted)
    held = _held(event, severity, settings, now)
    if held:
        return held
    if event.kind == "resolve":
        return _resolve(event, known)
    if event.kind == "no_data":
        return Decision(SKIP, "told before") if known else Decision(TELL, "silent", "no_data")
    return _news(event, severity, told, settings, now)


def severity_of(event: Event, settings: AlertSettings) -> int:
    """Return the severity an event counts as; a silent feed has the one that the settings give it."""
    return settings.no_data_severity if about_data(event) else event.severity


def about_data(event: Event) -> bool:
    """Say whether an event is about the feed, not about an incident."""
    return event.kind == "no_data" or event.note == "data_back"


def phase_of(incident: Mapping[str, Any]) -> str:
    """Return the phase that an entry of ``incidents.json`` is in.

    >>> phase_of({"end": None, "phases": [{"name": "escalation"}, {"name": "plateau"}]})
    'plateau'
    """
    if incident.get("end"):
        return ENDED
    phases = incident.get("phases") or ()
    return str(incident.get("phase") or (phases[-1]["name"] if phases else "escalation"))


def _unwanted(
    event: Event, severity: int, known: bool, channel: ChannelSettings, settings: AlertSettings
) -> str:
    """Say why a channel does not want an event at all; what it was told of, it is told the end of."""
    if channel.services and not about_data(event) and event.service not in channel.services:
        return "other service"
    if severity < max(settings.min_severity, channel.min_severity) and not known:
        return "below severity"
    if event.note == "withdrawn" and not known:
        return "withdrawn before it was told"
    return ""


def _held(event: Event, severity: int, settings: AlertSettings, now: datetime) -> Decision | None:
    """Return what mutes, quiet hours and the hours of the feed make of an event, None for nothing."""
    kind = "no_data" if about_data(event) else str(event.incident.get("kind", ""))
    for mute in settings.mute:
        if mute.covers(event.service, kind, now):
            return _muted(mute)
    if event.kind == "no_data" and not in_hours(now, settings.no_data_hours):
        return Decision(WAIT, "the feed may be silent", until=next_edge(now, settings.no_data_hours))
    if severity < settings.quiet_below and in_hours(now, settings.quiet_hours):
        return Decision(WAIT, "quiet hours", until=next_edge(now, settings.quiet_hours))
    return None


def _muted(mute: Mute) -> Decision:
    return Decision(WAIT, "muted", until=aware(mute.until)) if mute.until else Decision(SKIP, "muted")


def _resolve(event: Event, known: bool) -> Decision:
    if event.note == "data_back":
        return Decision(TELL, "data", "data_back") if known else Decision(SKIP, "silence was not told")
    if event.note == "withdrawn":
        return Decision(TELL, "withdrawn", "withdrawn")
    return Decision(TELL, ENDED, "resolve" if known else "over")


def _news(event: Event, severity: int, told: Told | None, settings: AlertSettings, now: datetime) -> Decision:
    if told is None:
        return Decision(TELL, "new", "trigger")
    calm = told.at + timedelta(minutes=settings.cool_down_minutes)
    changed = severity != told.severity or phase_of(event.incident) != told.phase
    if told.open and severity > told.severity:
        return Decision(TELL, "worse", "update")
    if now < calm and (changed or not told.open):
        return Decision(WAIT, "cool-down", until=calm)
    if not told.open:
        return Decision(TELL, "again", "trigger")
    if changed:
        return Decision(TELL, "changed", "update")
    due = settings.repeat_minutes and now >= told.at + timedelta(minutes=settings.repeat_minutes)
    if due and not event.incident.get("acknowledged"):
        return Decision(TELL, "still", "update")
    return Decision(SKIP, "nothing new")
