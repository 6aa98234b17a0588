"""A watch over the invented outage: killed at random, stopped, run once; always the same account."""

from __future__ import annotations

import json
import random
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from sentiment.errors import ConfigError
from sentiment.events import Delivery, Pending
from sentiment.incidents import find_incidents
from sentiment.pipeline import analyze
from sentiment.report.history import read_history
from sentiment.store import check_store, open_store, write_store
from sentiment.store.incidents import now
from sentiment.watch import load_watch, watch, watch_from
from sentiment.watch.rounds import Watch
from sentiment.watch.telling import tell
from tests.watch.replay import Receiver, append, config, kill, slices, start_watch

TIMES = ["11:35", "11:44", "11:47", "11:52", "12:02", "12:15", "13:30", "15:00", "16:10", "18:00"]
SLICES = slices([f"2026-03-12 {time}" for time in TIMES])
SAME = ["post_id", "created_at", "text", "author", "stance", "outage", "service"]
KILLS = 10


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was never disturbed: one look after each slice."""
    folder = tmp_path_factory.mktemp("straight")
    for data in SLICES:
        watch_once(folder, data)
    return folder


def watch_once(folder: Path, data: bytes = b"", **more: object) -> None:
    told = config(folder, **more)
    append(folder, data)
    watch(told, once=True, send=Receiver(folder / "told.txt").send)


def test_ten_kills_change_nothing(straight: Path, tmp_path: Path) -> None:
    config(tmp_path)
    chance, killed = random.Random(7), 0
    for data in SLICES:
        append(tmp_path, data)
        process = start_watch(tmp_path)
        time.sleep(chance.uniform(0.2, 1.2))
        killed += process.is_alive()
        kill(process)
    watch_once(tmp_path)
    assert killed == KILLS
    with open_store(straight / "store") as expected, open_store(tmp_path / "store") as store:
        assert check_store(store).problems == ()
        pd.testing.assert_frame_equal(store.posts(columns=SAME), expected.posts(columns=SAME))
        pd.testing.assert_frame_equal(store.counts(), expected.counts())
        assert [(one.id, one.state, one.data) for one in standing(store)] == [
            (one.id, one.state, one.data) for one in standing(expected)
        ]
        journal = {event.id for _, event in store.events()}
    told = Receiver(tmp_path / "told.txt").told()
    assert set(told) == journal
    assert (
        len(told) - len(set(told)) <= killed
    )  # again only where a kill fell between the answer and the commit


def standing(store) -> list:
    return [one for one in store.incidents() if one.state != "withdrawn"]


def test_the_account_is_that_of_analyze(straight: Path) -> None:
    whole = analyze(straight / "in" / "posts.csv", salt="salt")
    with open_store(straight / "store") as store:
        (stored,) = standing(store)
        assert store.totals().posts == len(whole.annotated)
    (found,) = find_incidents(whole.annotated, whole.counts, responses=whole.responses).incidents
    differing = {name for name, value in found.to_dict().items() if stored.data[name] != value}
    assert differing <= {"id", "responses", "evidence_post_ids"}


def test_the_outage_was_told_from_beginning_to_end(straight: Path) -> None:
    told = Receiver(straight / "told.txt").told()
    assert told[0] == "美团-20260312-1/trigger-1"
    assert told[-1] == "美团-20260312-1/resolve-1"
    assert len(told) == len(set(told))


def test_nothing_new_changes_nothing(straight: Path) -> None:
    with open_store(straight / "store") as store:
        before = store.revision()
        watch_once(straight)
        assert store.revision() == before
        assert store.health()["state"] == "done"


def test_a_marked_response_is_measured_in_the_next_round(straight: Path, tmp_path: Path) -> None:
    config(tmp_path)
    append(tmp_path, b"".join(SLICES[:7]))
    watch(config(tmp_path), once=True)
    with open_store(tmp_path / "store") as store:
        store.mark_response("2026-03-12 12:20", "我们已知悉，正在修复", service="美团", by="李")
        watch(config(tmp_path), once=True)
        effects = store.incidents()[0].data["responses"]
    assert "2026-03-12T12:20:00+08:00" in [effect["at"] for effect in effects]


def test_a_watch_stops_when_asked_and_says_so(tmp_path: Path) -> None:
    told, stop, log = config(tmp_path), threading.Event(), []
    append(tmp_path, SLICES[0])

    def say(event: str, **_: object) -> None:
        log.append(event)
        if event == "taken in":
            stop.set()

    watch(told, stop=stop, say=say)
    health = json.loads((tmp_path / "store" / "health.json").read_text(encoding="utf-8"))
    assert log == ["started", "taken in", "stopping", "stopped"]
    assert (health["state"], health["last_file"], health["error"]) == ("stopped", "posts.csv", None)
    assert health["posts"] > 50


def test_a_report_is_rewritten_where_it_lies(tmp_path: Path) -> None:
    told = config(tmp_path, report="report")
    append(tmp_path, SLICES[0] + SLICES[1] + SLICES[2])
    watch(told, once=True)
    page = tmp_path / "report" / "report.html"
    written = page.stat().st_mtime_ns
    watch(told, once=True)
    assert page.stat().st_mtime_ns == written
    incidents = json.loads((tmp_path / "report" / "incidents.json").read_text(encoding="utf-8"))["incidents"]
    assert [one["id"] for one in incidents] == ["美团-20260312-1"]
    assert "美团" in page.read_text(encoding="utf-8")
    append(tmp_path, b"".join(SLICES[3:]))
    watch(told, once=True)
    history = read_history(tmp_path / "report" / "history.csv")
    assert list(zip(history["run"], history["incident_end"].ne(""), strict=True)) == [
        ("美团-20260312-1", True)
    ]


def test_a_report_that_fails_beside_is_said_and_tried_again(tmp_path: Path) -> None:
    log: list[str] = []
    failed = SimpleNamespace(is_alive=lambda: False, exitcode=1)
    with write_store(tmp_path / "store") as store:
        at_work = Watch(config(tmp_path, report="report"), store, lambda event, **_: log.append(event))
        at_work._reporting, at_work._revision_reported = failed, store.revision()
        at_work.check_report()
        at_work.check_report()
        assert log == ["report failed"]
        assert at_work._revision_reported != store.revision()


def test_events_carry_posts_until_they_are_forgotten(straight: Path, tmp_path: Path) -> None:
    shutil.copytree(straight / "store", tmp_path / "store")
    with write_store(tmp_path / "store") as store:
        began = store.events()[0][1].incident
        assert len(began["quotes"]) == 3
        assert began["topics"][0]["posts"] > 3
        store.prune(pd.Timestamp("2026-03-12", tz="Asia/Shanghai"))
        assert store.events()[0][1].incident == began
        store.prune(pd.Timestamp("2026-03-13", tz="Asia/Shanghai"))
        assert [event.incident.get("quotes") for _, event in store.events()] == [None] * len(store.events())


def test_silence_is_told_and_its_end_too(tmp_path: Path) -> None:
    told = config(tmp_path, no_data_minutes=5)
    append(tmp_path, SLICES[0])
    receiver = Receiver(tmp_path / "told.txt")
    watch(told, once=True, send=receiver.send)
    with write_store(tmp_path / "store") as store:
        store.save(remember={"data_at": (now() - timedelta(minutes=6)).isoformat()})
    watch(told, once=True, send=receiver.send)
    watch(told, once=True, send=receiver.send)
    append(tmp_path, SLICES[1])
    watch(told, once=True, send=receiver.send)
    silence = [one for one in receiver.told() if one.startswith("no_data")]
    assert [one.split("/")[1] for one in silence] == ["no_data", "resolve"]
    assert len({one.split("/")[0] for one in silence}) == 1


def test_a_failed_channel_is_tried_again_and_a_sent_one_is_not(straight: Path, tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def send(pending: Sequence[Pending]) -> Iterator[Delivery]:
        for one in pending:
            asked.append([known.state for known in one.deliveries])
            state = "sent" if one.deliveries else "failed"
            yield Delivery(
                one.event.id, "feishu", state, now(), retry_at=now() if state == "failed" else None
            )

    config(tmp_path)
    append(tmp_path, SLICES[0] + SLICES[1] + SLICES[2])
    watch(config(tmp_path), once=True)  # nobody to be told
    with write_store(tmp_path / "store") as store:
        ((_, event),) = store.events()[:1]
        store._state_of_writer.execute("DELETE FROM deliveries")
        store._state_of_writer.execute("UPDATE events SET finished = 0 WHERE id = ?", (event.id,))
        assert tell(store, send) is not None
        assert tell(store, send, at=now() + timedelta(seconds=5)) is None
    assert asked == [[], ["failed"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[wacht]\n", "Unknown settings table 'wacht': did you mean 'watch'"),
        ("[watch]\nfolder = ['a']\n", "Unknown setting 'watch.folder': did you mean 'watch.folders'"),
        ("[watch]\n", "names no folders"),
        ("[watch]\nfolders = ['a']\nevery_seconds = 0\n", "every_seconds must be 0.1 or more, not 0"),
        ("[watch]\nfolders = [1]\n", "must be a list of paths"),
        ("[watch]\nfolders = 'a'\n", "watch.folders must be a list, not 'a'"),
        ("watch = 3\n", "must be a table"),
        (
            "[watch]\nfolders = ['a']\n[detection]\nsilense_minutes = 3\n",
            "did you mean 'detection.silence_minutes'",
        ),
    ],
)
def test_a_wrong_configuration_is_told_so(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "watch.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_watch(path)


def test_a_folder_that_is_not_there_is_said_once(tmp_path: Path) -> None:
    log: list[tuple[str, str]] = []
    told = config(tmp_path, folders=["in", "gone"])
    with write_store(tmp_path / "store") as store:
        at_work = Watch(told, store, lambda event, **facts: log.append((event, facts["folder"])))
        at_work.take_in()
        at_work.take_in()
    assert log == [("folder", str(tmp_path / "gone"))]


def test_paths_start_from_the_configuration(tmp_path: Path) -> None:
    watch = watch_from({"watch": {"folders": ["in", "/abs"]}, "alerts": {"x": 1}}, beside=tmp_path)
    assert watch.watch.folders == (str(tmp_path / "in"), "/abs")
    assert (watch.store, watch.alerts) == (tmp_path / "store", {"x": 1})
