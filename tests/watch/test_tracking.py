"""Ids that stay, and what is told once each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import pytest

from sentiment.events import Event
from sentiment.incidents import Incident
from sentiment.pipeline import Analysis
from sentiment.schema import ZONE
from sentiment.store import StoredIncident
from sentiment.watch.tracking import Horizon, track

DAY = pd.Timestamp("2026-03-12", tz=ZONE)


def at(clock: str) -> pd.Timestamp:
    return DAY + pd.Timedelta(f"{clock}:00")


@pytest.fixture
def incident(sample_analysis: Analysis) -> Incident:
    """An incident that lasts since 11:42."""
    one = sample_analysis.found.incidents[0]
    start = {"onset": at("11:42"), "peak": at("11:50"), "end": None, "severity": 2, "service": "美团"}
    return replace(one, **start, phases=(("escalation", at("11:42"), at("11:50")),))


class Looks:
    """One look after the other, as the store keeps them."""

    def __init__(self) -> None:
        self.stored: dict[str, StoredIncident] = {}
        self.last: pd.Timestamp | None = None

    def see(self, clock: str, *found: Incident) -> list[Event]:
        last = at(clock)
        since, quiet = last - pd.Timedelta(hours=48), pd.Timedelta(minutes=30)
        horizon = Horizon(since=since, last=last, before=self.last, resolve=quiet, at=last.to_pydatetime())
        tracked = track(found, list(self.stored.values()), horizon)
        self.stored |= {one.id: one for one in tracked.changed}
        self.last = last
        return list(tracked.events)


@pytest.fixture
def looks() -> Looks:
    looks = Looks()
    looks.see("11:00")
    return looks


def told(events: Sequence[Event]) -> list[str]:
    return [event.id for event in events]


def test_an_incident_keeps_its_id_while_its_course_changes(looks: Looks, incident: Incident) -> None:
    assert told(looks.see("11:46", incident)) == ["美团-20260312-1/trigger-1"]
    later = replace(incident, onset=at("11:40"), peak=at("12:29"), posts=9000)
    assert looks.see("12:30", later) == []
    assert looks.stored["美团-20260312-1"].data["posts"] == 9000


def test_severity_phase_and_end_are_told_once_each(looks: Looks, incident: Incident) -> None:
    looks.see("11:46", incident)
    worse = replace(incident, severity=3)
    assert told(looks.see("11:50", worse)) == ["美团-20260312-1/1-severity-3"]
    assert looks.see("11:55", incident) == looks.see("11:56", worse) == []
    calmer = replace(worse, phases=(*worse.phases, ("recovery", at("12:40"), at("13:00"))))
    assert told(looks.see("13:00", calmer)) == ["美团-20260312-1/1-recovery"]
    over = replace(calmer, end=at("15:30"))
    assert looks.see("15:45", over) == []
    assert told(looks.see("16:00", over)) == ["美团-20260312-1/resolve-1"]
    assert looks.see("16:10", over) == []
    assert looks.stored["美团-20260312-1"].state == "ended"


def test_an_hour_that_it_lasts_is_told_once(looks: Looks, incident: Incident) -> None:
    looks.see("11:46", incident)
    assert looks.see("12:41", incident) == []
    (event,) = looks.see("12:43", incident)
    assert (event.id, event.kind, event.note) == ("美团-20260312-1/1-lasts-1h", "update", "lasts")
    assert looks.see("12:44", incident) == []
    assert told(looks.see("15:00", incident)) == ["美团-20260312-1/1-lasts-3h"]


def test_an_incident_that_opens_again_is_told_again(looks: Looks, incident: Incident) -> None:
    looks.see("11:46", incident)
    looks.see("13:00", replace(incident, end=at("12:00")))
    (event,) = looks.see("13:30", incident)
    assert (event.id, event.note) == ("美团-20260312-1/trigger-2", "reopened")


def test_what_is_found_no_more_was_withdrawn(looks: Looks, incident: Incident) -> None:
    looks.see("11:46", incident)
    (event,) = looks.see("11:50")
    assert (event.kind, event.note) == ("resolve", "withdrawn")
    assert looks.stored["美团-20260312-1"].state == "withdrawn"
    assert looks.see("11:52") == []


def test_a_service_that_becomes_clear_is_the_same_incident(looks: Looks, incident: Incident) -> None:
    assert told(looks.see("11:46", replace(incident, service=None))) == ["all-20260312-1/trigger-1"]
    assert looks.see("11:50", incident) == []
    assert looks.stored["all-20260312-1"].data["service"] == "美团"


def test_two_services_are_two_incidents(looks: Looks, incident: Incident) -> None:
    other = replace(incident, service="饿了么")
    assert len(told(looks.see("11:46", incident, other))) == 2
    again = replace(incident, onset=at("17:00"), peak=at("17:10"))
    looks.see("13:00", replace(incident, end=at("12:00")), other)
    assert told(looks.see("17:05", replace(incident, end=at("12:00")), other, again)) == [
        "饿了么-20260312-1/1-lasts-5h",
        "美团-20260312-2/trigger-1",
    ]


def test_an_incident_between_two_looks_is_told_whole(looks: Looks, incident: Incident) -> None:
    events = looks.see("14:00", replace(incident, end=at("12:30")))
    assert told(events) == ["美团-20260312-1/trigger-1", "美团-20260312-1/resolve-1"]


def test_history_read_at_first_is_not_told(incident: Incident) -> None:
    looks = Looks()
    assert looks.see("18:00", replace(incident, end=at("12:30"))) == []
    assert looks.stored["美团-20260312-1"].state == "ended"
    assert Looks().see("18:00", incident)[0].kind == "trigger"


def test_what_lies_before_the_look_stays_as_it_is(looks: Looks, incident: Incident) -> None:
    looks.see("13:00", replace(incident, end=at("12:00")))
    looks.last = at("13:00") + pd.Timedelta(days=3)
    assert looks.see("85:00") == []
    assert looks.stored["美团-20260312-1"].state == "ended"
