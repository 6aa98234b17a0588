"""What is to be sent and what was: a small SQLite file that a kill at any moment leaves whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sentiment.alerts.decide import Told
from sentiment.errors import InputError

VERSION: Final = 1
KEPT: Final = timedelta(days=30)
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS told (
    key TEXT, channel TEXT, at REAL, severity INTEGER, phase TEXT, open INTEGER, PRIMARY KEY (key, channel));
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT, channel TEXT, key TEXT, action TEXT, title TEXT,
    created REAL, state TEXT, error TEXT DEFAULT '', UNIQUE (event_id, channel));
CREATE TABLE IF NOT EXISTS parts (
    message INTEGER, n INTEGER, text TEXT, state TEXT, attempts INTEGER DEFAULT 0, due REAL DEFAULT 0,
    sent REAL, repeat INTEGER DEFAULT 0, PRIMARY KEY (message, n));
CREATE INDEX IF NOT EXISTS open_messages ON messages (channel, state);
CREATE INDEX IF NOT EXISTS sent_parts ON parts (sent);
"""


@dataclass(frozen=True, slots=True)
class Queued:
    """The part that a channel sends next."""

    message: int
    n: int
    text: str
    event_id: str
    key: str
    action: str
    title: str
    created: datetime
    attempts: int
    due: datetime
    repeat: bool


class Outbox:
    """The queue of every channel, in order, and what each was told last of each incident.

    Open one per thread.

    Args:
        path: The file; made where there is none.

    Raises:
        InputError: if the file is not an outbox or of a later version.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise InputError(f"{path} is of version {version}; this program reads {VERSION}: update it.")
            self._db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
            path.chmod(0o600)
        except (sqlite3.Error, OSError) as error:
            raise InputError(f"The outbox {path} cannot be opened: {error}.") from None

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def told(self, key: str, channel: str) -> Told | None:
        """Return what a channel was told last of an incident."""
        query = "SELECT at, severity, phase, open FROM told WHERE key = ? AND channel = ?"
        row = self._db.execute(query, (key, channel)).fetchone()
        return None if row is None else Told(_time(row[0]), row[1], row[2], bool(row[3]))

    def state(self, event_id: str, channel: str) -> tuple[str, str] | None:
        """Return state (queued, sent, dead) and last error of an event's message, None for none."""
        query = "SELECT state, error FROM messages WHERE event_id = ? AND channel = ?"
        row = self._db.execute(query, (event_id, channel)).fetchone()
        return None if row is None else (str(row[0]), str(row[1]))

    def put(
        self,
        event_id: str,
        channel: str,
        *,
        key: str,
        action: str,
        title: str,
        parts: Sequence[str],
        told: Told,
    ) -> None:
        """Queue a message and note what it tells, in one step; an event that is there changes nothing."""
        with self._change() as db:
            row = db.execute(
                "INSERT OR IGNORE INTO messages (event_id, channel, key, action, title, created, state)"
                " VALUES (?, ?, ?, ?, ?, ?, 'queued')",
                (event_id, channel, key, action, title, told.at.timestamp()),
            )
            if not row.rowcount:
                return
            db.executemany(
                "INSERT INTO parts (message, n, text, state) VALUES (?, ?, ?, 'queued')",
                [(row.lastrowid, n, text) for n, text in enumerate(parts, start=1)],
            )
            db.execute(
                "INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?, ?, ?)",
                (key, channel, told.at.timestamp(), told.severity, told.phase, told.open),
            )

    def recover(self) -> None:
        """Mark parts whose sender died on the way: nobody knows whether they arrived."""
        with self._change() as db:
            db.execute("UPDATE parts SET state = 'queued', repeat = 1 WHERE state = 'sending'")

    def head(self, channel: str) -> Queued | None:
        """Return the first part that a channel has not delivered."""
        row = self._db.execute(
            "SELECT message, n, text, event_id, key, action, title, created, attempts, due, repeat"
            " FROM messages JOIN parts ON message = id"
            " WHERE channel = ? AND messages.state = 'queued' AND parts.state <> 'sent'"
            " ORDER BY message, n LIMIT 1",
            (channel,),
        ).fetchone()
        if row is None:
            return None
        message, n, text, event_id, key, action, title, created, attempts, due, repeat = row
        return Queued(
            message, n, text, event_id, key, action, title, _time(created), attempts, _time(due), bool(repeat)
        )

    def begin(self, part: Queued) -> None:
        """Note that an attempt begins."""
        self._db.execute(
            "UPDATE parts SET state = 'sending', attempts = attempts + 1 WHERE message = ? AND n = ?",
            (part.message, part.n),
        )

    def done(self, part: Queued, now: datetime) -> bool:
        """Note that a part arrived; say whether its message is complete."""
        with self._change() as db:
            where = (part.message, part.n)
            db.execute(
                "UPDATE parts SET state = 'sent', sent = ? WHERE message = ? AND n = ?",
                (now.timestamp(), *where),
            )
            left = db.execute(
                "SELECT count(*) FROM parts WHERE message = ? AND state <> 'sent'", (part.message,)
            ).fetchone()[0]
            if not left:
                db.execute("UPDATE messages SET state = 'sent', error = '' WHERE id = ?", (part.message,))
            return not left

    def later(self, part: Queued, due: datetime, error: str, *, unsure: bool) -> None:
        """Note that an attempt failed and when the next is due."""
        with self._change() as db:
            db.execute(
                "UPDATE parts SET state = 'queued', due = ?, repeat = repeat OR ?"
                " WHERE message = ? AND n = ?",
                (due.timestamp(), unsure, part.message, part.n),
            )
            db.execute("UPDATE messages SET error = ? WHERE id = ?", (error, part.message))

    def bury(self, message: int, error: str) -> None:
        """Note that no more attempts are made on a message."""
        with self._change() as db:
            db.execute("UPDATE messages SET state = 'dead', error = ? WHERE id = ?", (error, message))
            db.execute(
                "UPDATE parts SET state = 'queued' WHERE message = ? AND state = 'sending'", (message,)
            )

    def revive(self, letter: dict[str, Any], now: datetime) -> None:
        """Queue a dead letter again, behind what is queued; parts that arrived are not sent again."""
        with self._change() as db:
            place = (letter["event_id"], letter["channel"])
            state = db.execute(
                "SELECT state FROM messages WHERE event_id = ? AND channel = ?", place
            ).fetchone()
            if state and state[0] != "dead":
                return
            db.execute(
                "DELETE FROM parts WHERE message IN"
                " (SELECT id FROM messages WHERE event_id = ? AND channel = ?)",
                place,
            )
            db.execute("DELETE FROM messages WHERE event_id = ? AND channel = ?", place)
            row = db.execute(
                "INSERT INTO messages (event_id, channel, key, action, title, created, state)"
                " VALUES (?, ?, ?, ?, ?, ?, 'queued')",
                (*place, letter["key"], letter["action"], letter["title"], now.timestamp()),
            )
            db.executemany(
                "INSERT INTO parts (message, n, text, state, repeat) VALUES (?, ?, ?, 'queued', ?)",
                [(row.lastrowid, part["n"], part["text"], part["repeat"]) for part in letter["parts"]],
            )

    def letter(self, message: int) -> dict[str, Any]:
        """Return a message with the parts that have not arrived, as plain data."""
        names = ("event_id", "channel", "key", "action", "title")
        row = self._db.execute(f"SELECT {', '.join(names)} FROM messages WHERE id = ?", (message,)).fetchone()
        parts = self._db.execute(
            "SELECT n, text, repeat FROM parts WHERE message = ? AND state <> 'sent' ORDER BY n", (message,)
        )
        left = [{"n": n, "text": text, "repeat": bool(repeat)} for n, text, repeat in parts]
        return {**dict(zip(names, row, strict=True)), "parts": left}

    def sent_since(self, channel: str, since: datetime) -> list[datetime]:
        """Return when a channel delivered parts since a time, in order."""
        rows = self._db.execute(
            "SELECT sent FROM parts JOIN messages ON message = id"
            " WHERE channel = ? AND sent > ? ORDER BY sent",
            (channel, since.timestamp()),
        )
        return [_time(row[0]) for row in rows]

    def open_events(self, channel: str) -> list[str]:
        """Return the events that a channel still has to deliver, in order."""
        query = "SELECT event_id FROM messages WHERE channel = ? AND state = 'queued' ORDER BY id"
        return [str(row[0]) for row in self._db.execute(query, (channel,))]

    def pending(self) -> int:
        """Return the number of messages still to be delivered."""
        return int(self._db.execute("SELECT count(*) FROM messages WHERE state = 'queued'").fetchone()[0])

    def forget(self, now: datetime) -> None:
        """Drop what was delivered or given up long ago."""
        old = (now - KEPT).timestamp()
        with self._change() as db:
            db.execute("DELETE FROM messages WHERE state <> 'queued' AND created < ?", (old,))
            db.execute("DELETE FROM parts WHERE message NOT IN (SELECT id FROM messages)")
            db.execute("DELETE FROM told WHERE open = 0 AND at < ?", (old,))


@contextmanager
def only_sender(path: Path) -> Iterator[bool]:
    """Hold the right to send; yields False at once where another process holds it.

    The lock is SQLite's own: it works on every system and ends with the process, however that ends.
    """
    db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        db.execute("BEGIN EXCLUSIVE")
        held = True
    except sqlite3.OperationalError:
        held = False
    try:
        yield held
    finally:
        with suppress(sqlite3.Error):
            db.close()


def _time(stamp: float) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)
