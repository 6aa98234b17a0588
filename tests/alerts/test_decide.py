"""When an event is told, waits or is passed over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sentiment.alerts.decide import Told, decide
from sentiment.alerts.settings import ChannelSettings, alert_settings
from sentiment.events import Event
from tests.alerts.conftest import HandClock

Make = Callable[..., Event]


def decided(
    event: Event,
    clock: HandClock,
    told: Told | None = None,
    channel: ChannelSettings | None = None,
    **settings: object,
) -> str:
    found = decide(event, told, channel or ChannelSettings(), alert_settings(settings), clock.now)
    return found.action or f"{found.what}: {found.reason}"


def told(
    clock: HandClock, minutes: float, severity: int = 3, phase: str = "escalation", open: bool = True
) -> Told:
    return Told(clock.now - timedelta(minutes=minutes), severity, phase, open)


@pytest.mark.parametrize(
    ("minutes", "severity", "phase", "found"),
    [
        (5, 3, "escalation", "skip: nothing new"),
        (5, 2, "escalation", "update"),  # worse: at once
        (5, 4, "escalation", "wait: cool-down"),  # better: later
        (31, 4, "escalation", "update"),
        (5, 3, "plateau", "wait: cool-down"),
        (31, 3, "plateau", "update"),
        (121, 3, "escalation", "update"),  # still
    ],
)
def test_an_update_is_told_when_something_changed(
    event: Make, clock: HandClock, minutes: float, severity: int, phase: str, found: str
):
    assert decided(event(2, "update"), clock, told(clock, minutes, severity, phase)) == found


def test_nobody_is_reminded_of_what_somebody_has_taken_on(event: Make, clock: HandClock):
    taken = event(2, "update", acknowledged={"by": "小王", "at": clock.now.isoformat()})
    assert decided(taken, clock, told(clock, 121)) == "skip: nothing new"
    assert decided(taken, clock, told(clock, 121, severity=2)) == "update"


def test_low_severity_is_not_told_but_its_end_is_where_it_was_told(event: Make, clock: HandClock):
    assert decided(event(severity=1), clock, min_severity=2) == "skip: below severity"
    picky = ChannelSettings(min_severity=4)
    assert decided(event(severity=3), clock, channel=picky) == "skip: below severity"
    ended = event(2, "resolve", severity=1, end=clock.now.isoformat())
    assert decided(ended, clock, told(clock, 40), min_severity=2) == "resolve"


def test_a_channel_hears_of_its_services_and_of_a_silent_feed(event: Make, clock: HandClock):
    other = ChannelSettings(services=("饿了么",))
    assert decided(event(), clock, channel=other) == "skip: other service"
    assert decided(event(kind="no_data", severity=0), clock, channel=other) == "no_data"


def test_quiet_hours_hold_back_what_is_not_severe(event: Make, clock: HandClock):
    quiet = {"quiet_hours": "12:00-13:00", "quiet_below": 3}
    assert decided(event(severity=2), clock, **quiet) == "wait: quiet hours"
    assert decided(event(severity=3), clock, **quiet) == "trigger"
    clock.on(hours=1)
    assert decided(event(severity=2), clock, **quiet) == "trigger"


def test_a_mute_waits_for_its_end_where_it_has_one(event: Make, clock: HandClock):
    until = (clock.now + timedelta(hours=1)).isoformat()
    assert decided(event(), clock, mute=[{"service": "美团"}]) == "skip: muted"
    assert decided(event(), clock, mute=[{"service": "美团", "until": until}]) == "wait: muted"
    assert decided(event(), clock, mute=[{"service": "饿了么"}]) == "trigger"


def test_an_incident_that_flaps_waits_for_the_cool_down(event: Make, clock: HandClock):
    again = event(2, "trigger", note="reopened")
    assert decided(again, clock, told(clock, 10, open=False)) == "wait: cool-down"
    assert decided(again, clock, told(clock, 31, open=False)) == "trigger"


def test_ends(event: Make, clock: HandClock):
    ended = event(2, "resolve", end=clock.now.isoformat())
    assert decided(ended, clock, told(clock, 10)) == "resolve"
    assert decided(ended, clock) == "over"  # first told when it is over
    gone = event(3, "resolve", note="withdrawn")
    assert decided(gone, clock, told(clock, 10)) == "withdrawn"
    assert decided(gone, clock) == "skip: withdrawn before it was told"


def test_a_silent_feed_is_told_once_and_its_return_too(event: Make, clock: HandClock):
    silent = event(kind="no_data", severity=0)
    back = event(2, "resolve", severity=0, note="data_back")
    assert decided(silent, clock) == "no_data"
    assert decided(silent, clock, told(clock, 10)) == "skip: told before"
    assert decided(back, clock, told(clock, 10)) == "data_back"
    assert decided(back, clock) == "skip: silence was not told"
    assert decided(silent, clock, no_data_hours="13:00-20:00") == "wait: the feed may be silent"
