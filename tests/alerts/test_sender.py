"""The whole way to robots that fail, delay, cut and refuse: nothing lost, order kept, nothing told twice."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from sentiment.alerts.deliver import REPEAT
from sentiment.alerts.outbox import only_sender
from sentiment.events import Event
from tests.alerts.conftest import HandClock, Journal
from tests.alerts.robots import Robots

Make = Callable[..., Event]
Build = Callable[..., Journal]
ALL = ("dingtalk", "feishu", "wecom", "webhook")


def test_an_incident_is_told_from_beginning_to_end(
    build: Build, event: Make, robots: Robots, clock: HandClock
):
    journal = build(*ALL)
    journal.tell(event())
    clock.on(minutes=5)
    journal.tell(event(2, "update", severity=4))
    clock.on(minutes=50)
    journal.tell(event(3, "resolve", severity=4, end=clock.now.isoformat()))
    assert set(journal.states().values()) == {"sent/sent/sent/sent"}
    assert robots.refused == []  # signatures and bytes
    assert len(robots.taken) == 3 * len(ALL)
    hooks = [message["action"] for message in robots.taken if "event_id" in message]
    assert hooks == ["trigger", "update", "resolve"]


def test_telling_an_event_again_sends_nothing(build: Build, event: Make, robots: Robots):
    journal = build("wecom")
    journal.tell(event())
    journal.last["美团-1/trigger-1"].clear()  # watch was killed before it noted the delivery
    assert [one.state for one in journal.tell()] == ["sent"]
    assert len(robots.taken) == 1


def test_without_a_channel_events_are_skipped(build: Build, event: Make):
    (delivery,) = build().tell(event())
    assert (delivery.channel, delivery.state) == ("", "skipped")


@pytest.mark.parametrize("fault", [500, 503, 429, 408, "drop", "slow", "garbage", "busy"])
@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_a_robot_that_fails_is_tried_again_in_order(
    build: Build, event: Make, robots: Robots, clock: HandClock, fault: int | str, kind: str
):
    robots.faults.extend([fault])
    journal = build(kind)
    journal.tell(event())
    assert journal.states() == {"美团-1/trigger-1": "failed"}
    journal.tell(event(1, key="美团-2"))  # waits behind the first
    assert robots.taken == []
    clock.on(minutes=1)
    journal.tell()
    assert set(journal.states().values()) == {"sent"}
    assert ["美团-1" in text for text in robots.texts] == [True, False]


@pytest.mark.parametrize("kind", ["dingtalk", "feishu", "wecom"])
def test_an_answer_cut_in_the_middle_is_sent_again_with_a_mark(
    build: Build, event: Make, robots: Robots, clock: HandClock, kind: str
):
    robots.faults.append("cut")
    journal = build(kind)
    journal.tell(event())
    clock.on(minutes=1)
    journal.tell()
    first, second = robots.texts
    assert second.replace("\n\n", "\n") == REPEAT + first.replace("\n\n", "\n")
    assert journal.states() == {"美团-1/trigger-1": "sent"}


def test_retry_after_is_honoured(build: Build, event: Make, robots: Robots, clock: HandClock):
    robots.faults.append((429, {"Retry_After": "120"}))
    journal = build("webhook")
    journal.tell(event())
    asked = journal.last["美团-1/trigger-1"]["webhook"].retry_at
    assert asked is not None
    assert (asked - clock.now).total_seconds() == 120
    clock.on(seconds=119)
    journal.tell()
    assert robots.taken == []
    clock.on(seconds=1)
    journal.tell()
    assert len(robots.taken) == 1


def test_waits_grow_and_jitter(build: Build, event: Make, robots: Robots, clock: HandClock):
    robots.faults.extend([500] * 7)
    journal, waits = build("webhook", give_up_minutes=1000), []
    journal.tell(event())
    for _ in range(7):
        due = journal.last["美团-1/trigger-1"]["webhook"].retry_at
        assert due is not None
        waits.append((due - clock.now).total_seconds())
        clock.now = due
        journal.tell()
    assert all(2 ** (n + 1) / 2 <= wait <= 2 ** (n + 1) for n, wait in enumerate(waits))
    assert len({round(wait / 2**n, 6) for n, wait in enumerate(waits)}) == 7
    assert len(robots.taken) == 1


@pytest.mark.parametrize("fault", [400, 401, 404, (302, {"Location": "http://127.0.0.1:9/"})])
def test_what_will_never_be_taken_is_a_dead_letter_at_once(
    build: Build, event: Make, robots: Robots, fault: object
):
    robots.faults.append(fault)
    journal = build("wecom")
    journal.tell(event())
    assert journal.states() == {"美团-1/trigger-1": "dead"}
    (line,) = journal.sender.dead_letters.read_text("utf-8").splitlines()
    letter = json.loads(line)
    assert letter["error"].startswith("HTTP ")
    assert "抱怨 61%" in letter["parts"][0]["text"]
    assert journal.sender.dead_letters.stat().st_mode & 0o077 == 0
    journal.tell(event(1, key="美团-2"))  # the next one is not held up
    assert journal.states()["美团-2/trigger-1"] == "sent"


def test_a_message_is_given_up_after_its_time_and_can_be_sent_again(
    build: Build, event: Make, robots: Robots, clock: HandClock
):
    robots.faults.extend([500] * 5)
    journal = build("feishu", give_up_minutes=30)
    journal.tell(event())
    for _ in range(4):
        clock.on(minutes=10)
        journal.tell()
    assert journal.states() == {"美团-1/trigger-1": "dead"}
    robots.faults.clear()
    assert journal.sender.resend() == 1
    assert not journal.sender.dead_letters.exists()
    assert [one.state for one in journal.sender.drain(5)] == ["sent"]
    assert journal.sender.resend() == 0
    assert len(robots.taken) == 1


def test_a_message_that_lay_while_nobody_ran_gets_its_attempts(
    build: Build, event: Make, robots: Robots, clock: HandClock
):
    robots.faults.extend([500])
    journal = build("feishu", give_up_minutes=30)
    journal.tell(event())
    clock.on(hours=9)
    journal.tell()
    assert journal.states() == {"美团-1/trigger-1": "sent"}


def test_long_messages_arrive_in_parts_in_order_and_whole(
    build: Build, event: Make, robots: Robots, clock: HandClock
):
    long = [
        {"at": clock.now.isoformat(), "sentence_zh": f"{n}，" + "理解上升。" * 900, "sentence_en": ""}
        for n in range(2)
    ]
    robots.faults.extend([None, 500, None, "cut"])
    journal = build("wecom")
    journal.tell(event(responses=long))
    for _ in range(3):
        clock.on(minutes=5)
        journal.tell()
    assert journal.states() == {"美团-1/trigger-1": "sent"}
    assert robots.refused == []
    seen: dict[str, str] = {}
    for text in robots.texts:
        place, _, rest = text.removeprefix(REPEAT).partition("）\n")
        seen[place] = rest
    count = len(seen)
    assert count > 5
    assert list(seen) == [f"（{n}/{count}" for n in range(1, count + 1)]
    assert "".join(seen.values()).count("理解上升。") == 1800


def test_robots_are_not_sent_more_than_they_take_in_a_minute(
    build: Build, event: Make, robots: Robots, clock: HandClock
):
    journal = build("wecom")
    journal.tell(*[event(key=f"美团-{n}") for n in range(25)])
    assert len(robots.taken) == 20
    clock.on(seconds=61)
    journal.tell()
    assert len(robots.taken) == 25
    assert [f"美团-{n}/" in text for n, text in enumerate(robots.texts)] == [True] * 25


def test_a_slow_channel_keeps_no_other_waiting(build: Build, event: Make, robots: Robots):
    robots.faults.extend(["slow"])
    states = [(one.channel, one.state) for one in build("webhook", "wecom").tell(event())]
    assert len(states) == 2
    assert sorted(state for _, state in states) == ["failed", "sent"]
    assert states[0][1] == "sent"


def test_quiet_hours_end_in_one_message_about_the_latest(
    build: Build, event: Make, robots: Robots, clock: HandClock
):
    journal = build("webhook", quiet_hours="12:00-13:00")
    journal.tell(event(severity=1))
    clock.on(minutes=10)
    journal.tell(event(2, "update", severity=2))
    assert robots.taken == []
    clock.on(minutes=45)
    journal.tell()
    assert [message["action"] for message in robots.taken] == ["trigger"]
    assert "2/4" in robots.texts[0]
    assert journal.states() == {"美团-1/trigger-1": "skipped", "美团-1/update-2": "sent"}


def test_what_began_and_ended_in_quiet_hours_is_told_once(
    build: Build, event: Make, robots: Robots, clock: HandClock
):
    journal = build("webhook", quiet_hours="12:00-13:00")
    journal.tell(event(severity=2))
    journal.tell(event(2, "resolve", severity=2, end=clock.now.isoformat()))
    clock.on(hours=1)
    journal.tell()
    assert [message["action"] for message in robots.taken] == ["over"]


def test_channels_have_their_own_threshold(build: Build, event: Make, robots: Robots, clock: HandClock):
    journal = build("webhook", channel={"min_severity": 3})
    journal.tell(event(severity=2))
    assert robots.taken == []
    clock.on(minutes=1)
    journal.tell(event(2, "update", severity=3))
    assert [message["action"] for message in robots.taken] == ["trigger"]  # the first that it hears


def test_two_processes_do_not_send_beside_each_other(
    build: Build, event: Make, robots: Robots, tmp_path: Path
):
    journal = build("webhook")
    with only_sender(tmp_path / "alerts.lock") as mine:
        assert mine
        journal.tell(event())
    assert journal.states() == {"美团-1/trigger-1": "failed"}
    assert robots.taken == []
    journal.tell()
    assert len(robots.taken) == 1


def test_no_secret_is_told_or_kept(
    build: Build,
    event: Make,
    robots: Robots,
    clock: HandClock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG)
    robots.faults.extend(["drop", "garbage", 404, "slow", 500, "cut"])
    journal = build("dingtalk")
    said = []
    for n in range(4):
        said += journal.tell(event(n, key=f"美团-{n}"))
        clock.on(minutes=5)
    said.append(caplog.text)
    said += [path.read_bytes() for path in tmp_path.iterdir()]
    for secret in ("planted-token", "planted-secret"):
        assert secret not in repr(said)


def test_a_kill_while_sending_loses_nothing(robots: Robots, tmp_path: Path):
    """A process is killed in the middle of its third request; the next one goes on."""
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent(
            """
            import os, signal, sys
            from datetime import UTC, datetime
            from sentiment.alerts import sender
            from sentiment.alerts import channels
            from sentiment.events import Event, Pending
            left = [int(sys.argv[2])]
            judge = channels.Robot.judge
            def dying(self, body):
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1
                return judge(self, body)
            channels.Robot.judge = dying
            row = {"name": "one", "kind": "wecom", "url_env": "URL"}
            send = sender({"channels": [row]}, folder=sys.argv[1])
            times = {"onset": "2026-03-12T12:03+08:00", "detected_at": "2026-03-12T12:09+08:00"}
            entry = {"kind": "outage", **times}
            now = datetime.now(UTC)
            def event(n):
                return Event(f"k{n}/trigger-1", "trigger", f"k{n}", now, "美团", 3, entry)
            events = [event(n) for n in range(5)]
            print(*(one.state for one in send([Pending(event) for event in events])))
            """
        ),
        encoding="utf-8",
    )

    def run(left: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(script), str(tmp_path / "box"), str(left)],
            env={"URL": robots.url("wecom"), "PYTHONPATH": str(Path.cwd())},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert run(2).returncode == -9
    assert run(99).stdout.split().count("sent") == 5
    told = [text.removeprefix(REPEAT).rpartition("编号 ")[2] for text in robots.texts]
    assert list(dict.fromkeys(told)) == [f"k{n}/trigger-1" for n in range(5)]
    assert [text.startswith(REPEAT) for text in robots.texts].count(True) == 1  # the one on its way, marked
    assert len(told) == 6
