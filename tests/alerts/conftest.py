"""Robots on loopback, a clock that is set by hand, and events of a planted incident."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sentiment.alerts import Sender, alert_settings, reach
from sentiment.events import Delivery, Event, Pending
from tests.alerts.robots import SECRET, Robots


class HandClock:
    """A clock that stands until it is set on."""

    def __init__(self) -> None:
        self.now = datetime.now(ZoneInfo("Asia/Shanghai")).replace(hour=12, minute=9, second=0, microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **length: float) -> None:
        self.now += timedelta(**length)


class Journal:
    """Watch's side: unfinished events with the latest delivery of each channel."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self.events: dict[str, Event] = {}
        self.last: dict[str, dict[str, Delivery]] = {}

    def tell(self, *events: Event) -> list[Delivery]:
        for event in events:
            self.events[event.id] = event
            self.last.setdefault(event.id, {})
        pending = [
            Pending(event, tuple(self.last[event.id].values()))
            for event in self.events.values()
            if not self.last[event.id] or any(one.state == "failed" for one in self.last[event.id].values())
        ]
        found = []
        for one in self.sender(pending):
            found.append(one)
            self.last.setdefault(one.event_id, {})[one.channel] = one
        return found

    def states(self) -> dict[str, str]:
        return {name: "/".join(one.state for one in by.values()) for name, by in self.last.items()}


@pytest.fixture
def robots() -> Iterator[Robots]:
    with Robots() as server:
        yield server


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def build(robots: Robots, tmp_path: Path, clock: HandClock) -> Iterator[Callable[..., Journal]]:
    made: list[Sender] = []

    def make(*kinds: str, channel: dict[str, Any] | None = None, **settings: object) -> Journal:
        rows = [_row(kind, channel or {}) for kind in kinds]
        chosen = alert_settings({"timeout_seconds": 1, **settings, "channels": rows})
        env = {f"URL_{kind.upper()}": robots.url(kind) for kind in kinds} | {"SECRET": SECRET}
        made.append(Sender(chosen, reach(chosen, env), tmp_path, clock=clock, seed=1))
        return Journal(made[-1])

    yield make
    for one in made:
        one.close()


def _row(kind: str, more: dict[str, Any]) -> dict[str, Any]:
    row = {"name": kind, "kind": kind, "url_env": f"URL_{kind.upper()}", **more}
    return row if kind == "wecom" else {**row, "secret_env": "SECRET"}


@pytest.fixture
def event(clock: HandClock) -> Callable[..., Event]:
    def make(
        n: int = 1,
        kind: str = "trigger",
        severity: int = 3,
        *,
        key: str = "美团-1",
        note: str = "",
        **incident: object,
    ) -> Event:
        return Event(
            id=f"{key}/{kind}-{n}",
            kind=kind,
            dedup_key=key,
            at=clock.now,
            service="美团",
            severity=severity,
            incident=entry(clock.now) | incident,
            note=note,
        )

    return make


def entry(now: datetime) -> dict[str, Any]:
    """Return an entry of incidents.json of an incident that began six minutes ago."""
    return {
        "kind": "outage",
        "onset": (now - timedelta(minutes=6)).isoformat(),
        "detected_at": now.isoformat(),
        "end": None,
        "posts": 1234,
        "authors": 1100,
        "complaint_posts": 610,
        "understanding_posts": 40,
        "neutral_posts": 350,
        "phases": [{"name": "escalation"}],
        "responses": [],
        "acknowledged": None,
    }
