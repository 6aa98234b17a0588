"""What readers see: bounded by time, service and number; never half a commit; nothing outside the store."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sentiment.errors import InputError
from sentiment.events import Delivery, Event
from sentiment.store import StoredIncident, Writer, open_store
from sentiment.store.incidents import now
from tests.store.conftest import Add


@pytest.fixture
def filled(store: Writer, add: Add) -> Writer:
    add(
        ("1", "2026-03-12 12:00", "美团崩了"),
        ("2", "2026-03-12 13:00", "好用"),
        ("3", "2026-03-13 09:00", "美团好用"),
    )
    return store


def incident(name: str = "美团-20260312-1", **more: object) -> StoredIncident:
    data = {"id": name, "service": "美团", "onset": "2026-03-12T11:42:00+08:00", "end": None, "severity": 2}
    rest = dict.fromkeys(("kind", "peak", "peak_count", "detected_at", "posts"))
    return StoredIncident(name, "open", now(), now(), 2, 1, {**rest, **data, **more})


def event(name: str) -> Event:
    return Event(name, "trigger", "美团-20260312-1", now(), "美团", 2, {"onset": "x"})


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({}, ["1", "2", "3"]),
        ({"since": "2026-03-12 12:30"}, ["2", "3"]),
        ({"until": "2026-03-12 13:00"}, ["1"]),
        ({"since": "2026-03-12T04:00:00Z", "until": "2026-03-12 12:01"}, ["1"]),
        ({"service": "美团"}, ["1", "3"]),
        ({"newest": 2}, ["2", "3"]),
        ({"ids": ["3", "x"]}, ["3"]),
        ({"since": "2027-01-01"}, []),
    ],
)
def test_posts_are_asked_for(filled: Writer, asked: dict[str, object], ids: list[str]) -> None:
    assert filled.posts(**asked, columns=["post_id"])["post_id"].tolist() == ids


@pytest.mark.parametrize(
    ("asked", "message"),
    [({"columns": ["txt"]}, "no column 'txt'"), ({"since": "lunch"}, "Cannot read 'lunch' as a time")],
)
def test_wrong_questions_are_told_so(filled: Writer, asked: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        filled.posts(**asked)


def test_totals_and_services(filled: Writer) -> None:
    totals = filled.totals()
    assert (totals.posts, totals.services, str(totals.last)) == (3, 1, "2026-03-13 09:00:00+08:00")
    assert filled.services().to_dict("records") == [
        {"service": "美团", "posts": 2, "complaint": 1, "outage": 1}
    ]
    assert filled.services("2026-03-13")["posts"].tolist() == [1]


def test_sql_reads_the_store(filled: Writer) -> None:
    filled.save([incident()])
    found = filled.sql("SELECT service, count(*) AS n FROM posts GROUP BY service ORDER BY n DESC")
    assert found["n"].tolist() == [2, 1]
    assert filled.sql("SELECT id FROM incidents WHERE severity >= ?", [2])["id"].tolist() == [
        "美团-20260312-1"
    ]
    assert filled.sql("SELECT sum(n) AS n FROM counts WHERE series = 'all' AND service = '*'")[
        "n"
    ].tolist() == [3]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('{}')",
        "COPY posts TO '{}'",
        "ATTACH '{}'",
        "SET enable_external_access = true",
        "SELECT * FROM nowhere",
    ],
)
def test_sql_reaches_nothing_else(filled: Writer, query: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(InputError, match="Cannot run the query"):
        filled.sql(query.format(secret))
    assert secret.read_text() == "a\n1\n"


def test_a_folder_without_a_store_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is no store: it holds no state\.sqlite"):
        open_store(tmp_path)


def test_responses_are_marked_and_unmarked(filled: Writer) -> None:
    before = filled.revision()
    marked = filled.mark_response("2026-03-12 12:38", "就系统故障致歉", service="美团外卖", by="李")
    assert marked.announcement.service == "美团"
    assert "apology" in marked.announcement.codes
    assert filled.responses() == (marked,)
    assert filled.revision() > before
    assert filled.unmark_response(marked.id)
    assert not filled.unmark_response(marked.id)
    with pytest.raises(InputError, match="Unknown response code 'appology'"):
        filled.mark_response("2026-03-12 12:38", "致歉", codes="appology")


def test_an_acknowledgement_outlives_the_next_look(filled: Writer) -> None:
    filled.save([incident()])
    known = filled.acknowledge("美团-20260312-1", by="李", note="在查")
    assert known.acknowledged is not None
    assert known.acknowledged["by"] == "李"
    filled.save([incident(severity=3)])
    found = filled.incident("美团-20260312-1")
    assert found is not None
    assert (found.data["severity"], found.acknowledged) == (3, known.acknowledged)
    with pytest.raises(InputError, match="no incident 'x'"):
        filled.acknowledge("x", by="李")


def test_incidents_are_asked_for(filled: Writer) -> None:
    filled.save([incident(), incident("美团-20260313-1", onset="2026-03-13T08:00:00+08:00")])
    assert [one.id for one in filled.incidents()] == ["美团-20260313-1", "美团-20260312-1"]
    assert [one.id for one in filled.incidents(since="2026-03-13")] == ["美团-20260313-1"]
    assert filled.incidents(state="ended") == []
    assert filled.incident("x") is None
    with pytest.raises(InputError, match="never 'closed'"):
        filled.incidents(state="closed")


def test_events_wait_until_every_channel_is_done(filled: Writer) -> None:
    filled.save(events=[event("a/trigger-1"), event("b/trigger-1"), event("a/trigger-1")])
    assert [one.event.id for one in filled.pending()] == ["a/trigger-1", "b/trigger-1"]
    later = now() + timedelta(seconds=30)
    failed = Delivery("a/trigger-1", "feishu", "failed", now(), "502", later)
    filled.record(failed)
    assert filled.pending()[0].deliveries == (failed,)
    sent = Delivery("a/trigger-1", "feishu", "sent", now())
    filled.record(sent)
    filled.finish([event("a/trigger-1")])
    assert [one.event.id for one in filled.pending()] == ["b/trigger-1"]
    assert [(told.id, known.state) for told, known in filled.deliveries()] == [("a/trigger-1", "sent")]
    assert filled.deliveries(datetime(2100, 1, 1)) == []  # noqa: DTZ001 - naive means Shanghai
    assert [(number, told.id) for number, told in filled.events(after=1)] == [(2, "b/trigger-1")]


def test_readers_see_whole_commits_while_posts_come(folder: Path, store: Writer, add: Add) -> None:
    add(("0", "2026-03-12 12:00", "美团崩了 0"))
    seen: list[tuple[int, int]] = []
    done = threading.Event()

    def read() -> None:
        with open_store(folder) as reader:
            while not done.is_set():
                seen.append((len(reader.posts(columns=["post_id"])), reader.totals().posts))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for n in range(1, 12):
        add(*((f"{n}-{m}", "2026-03-12 12:00", f"美团崩了 {n} {m}") for m in range(10)))
        store.fold()
    done.set()
    for reader in readers:
        reader.join()
    assert seen
    assert all(posts % 10 == 1 and posts <= total for posts, total in seen)
