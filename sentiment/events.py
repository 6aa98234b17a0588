"""What is told to people: events of incidents, and what became of them on each channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

EVENT_KINDS: Final = ("trigger", "update", "resolve", "no_data")
DELIVERY_STATES: Final = ("sent", "skipped", "failed", "dead")


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell people.

    Attributes:
        id: Unique for ever, e.g. ``美团-20260312-1/trigger-1``: a receiver may drop a second one.
        kind: trigger, update, resolve or no_data.
        dedup_key: One an incident, e.g. ``美团-20260312-1``; one a stretch without data.
        at: When it was decided, with a zone.
        service: Canonical name, None where no service has the majority.
        severity: 0 to 4; 0 for ``no_data``.
        incident: Entry of ``incidents.json`` under the stable id, with ``phase``, ``acknowledged`` and,
            unless withdrawn, ``quotes`` (words of posts, masked) and ``topics`` (``topic``, ``name_zh``,
            ``name_en``, ``posts``); for ``no_data`` and its ``resolve``: ``since``, ``minutes``,
            ``last_post``.
        note: reopened, withdrawn, severity, phase, lasts, data_back, or empty.

    >>> at = datetime.fromisoformat("2026-03-12T11:45+08:00")
    >>> Event("a/trigger-1", "trigger", "a", at, None, 2, {}).note
    ''
    """

    id: str
    kind: str
    dedup_key: str
    at: datetime
    service: str | None
    severity: int
    incident: Mapping[str, Any]
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, the time in ISO 8601."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Event:
        """Return the event that :meth:`to_dict` wrote."""
        return cls(**{**data, "at": datetime.fromisoformat(data["at"])})


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an event on one channel.

    Attributes:
        event_id: The event.
        channel: Name of the channel; empty where no channel wants the event.
        state: sent, skipped (cool-down, mute, quiet hours), failed (to be tried again) or dead.
        at: When, with a zone.
        detail: The reason in a few words; never a secret.
        retry_at: When to try again, with ``failed`` only.
    """

    event_id: str
    channel: str
    state: str
    at: datetime
    detail: str = ""
    retry_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, times in ISO 8601."""
        retry = None if self.retry_at is None else self.retry_at.isoformat()
        return {**asdict(self), "at": self.at.isoformat(), "retry_at": retry}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Delivery:
        """Return the delivery that :meth:`to_dict` wrote."""
        retry = data.get("retry_at")
        return replace(
            cls(**{**data, "retry_at": None}),
            at=datetime.fromisoformat(data["at"]),
            retry_at=None if retry is None else datetime.fromisoformat(retry),
        )


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that is not finished, with the latest delivery of each channel that has one."""

    event: Event
    deliveries: tuple[Delivery, ...] = ()


Send = Callable[[Sequence[Pending]], Iterator[Delivery]]
"""Tries the channels of events and yields each delivery the moment the channel has answered."""
