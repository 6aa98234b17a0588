"""One writer at a time, told by name; versions of the tables move on whole or not at all."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentiment.errors import InputError, StoreBusy
from sentiment.store import database, open_store, write_store
from sentiment.store.lock import LOCK

HOLD = (
    "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1]); "
    "c.execute('BEGIN EXCLUSIVE'); print(flush=True)"
)


@pytest.fixture
def other(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the store's lock."""
    folder.mkdir()
    command = [sys.executable, "-c", f"{HOLD}; time.sleep(60)", str(folder / LOCK)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_a_second_writer_is_told_who_writes(folder: Path) -> None:
    told = rf"process {os.getpid()} on {socket.gethostname()} since 20"
    with write_store(folder), pytest.raises(StoreBusy, match=told), write_store(folder):
        pass


def test_a_second_writer_may_wait(folder: Path, other: subprocess.Popen[bytes]) -> None:
    with pytest.raises(StoreBusy, match="another process"), write_store(folder):
        pass
    threading.Timer(0.3, other.kill).start()
    with write_store(folder, wait=20) as store:
        assert store.count() == 0


def test_readers_need_not_wait_for_the_writer(folder: Path) -> None:
    with write_store(folder), open_store(folder) as reader:
        assert reader.count() == 0
        assert reader.mark_response("2026-03-12 12:38", "致歉").id == 1


def test_older_tables_are_brought_up_to_date_whole_or_not_at_all(folder: Path, monkeypatch) -> None:
    with write_store(folder) as store:
        store.save(remember={"a": "1"})
    monkeypatch.setattr(
        database, "MIGRATIONS", (*database.MIGRATIONS, "ALTER TABLE meta ADD x; SELECT nonsense")
    )
    with pytest.raises(InputError, match="Cannot open the store"), write_store(folder):
        pass
    monkeypatch.setattr(
        database, "MIGRATIONS", (*database.MIGRATIONS[:-1], "ALTER TABLE files ADD note TEXT")
    )
    assert database.migrate(folder) == 1
    connection = sqlite3.connect(folder / database.NAME)
    assert database.version_of(connection) == 2
    assert connection.execute("SELECT value FROM meta WHERE name = 'a'").fetchone() == ("1",)
    connection.execute("SELECT note FROM files")
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("SELECT x FROM meta")
    connection.close()


def test_a_newer_store_is_left_alone(folder: Path) -> None:
    with write_store(folder):
        pass
    connection = sqlite3.connect(folder / database.NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(InputError, match="has version 99 of its tables"):
        open_store(folder)


def test_a_damaged_state_is_one_sentence(folder: Path) -> None:
    folder.mkdir()
    (folder / database.NAME).write_bytes(b"no database" * 500)
    with pytest.raises(InputError, match="Cannot open the store"):
        open_store(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="Cannot write the store"), write_store(tmp_path / "store"):
        pass
