"""``state.sqlite``: what is true of a store. Parquet files it does not name do not count."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sentiment.errors import InputError

NAME: Final = "state.sqlite"
BUSY_SECONDS: Final = 30.0
"""Time a short transaction waits for another one."""

_FIRST: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL,
    start INTEGER NOT NULL,     -- bytes taken in so far, always the end of a record
    head TEXT NOT NULL,         -- hash of the first bytes among them
    tail TEXT NOT NULL,         -- hash of the last bytes among them
    content TEXT NOT NULL,      -- hash of the whole file where it was taken in whole
    format TEXT NOT NULL, rows INTEGER NOT NULL, accepted INTEGER NOT NULL, rejected INTEGER NOT NULL,
    duplicates INTEGER NOT NULL, untimed INTEGER NOT NULL, records INTEGER NOT NULL,
    seen_at TEXT NOT NULL, error TEXT
) WITHOUT ROWID;
CREATE INDEX files_content ON files (content) WHERE content != '';
CREATE TABLE rejected (id INTEGER PRIMARY KEY, source TEXT NOT NULL, reason TEXT NOT NULL, raw TEXT NOT NULL);
CREATE TABLE reasons (reason TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE parts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, day TEXT NOT NULL, name TEXT NOT NULL UNIQUE, rows INTEGER NOT NULL,
    level INTEGER NOT NULL, first INTEGER, last INTEGER
);
CREATE INDEX parts_day ON parts (day);
CREATE TABLE posts (
    key INTEGER PRIMARY KEY,    -- hash of platform and id
    said INTEGER,               -- hash of author and text; null where the author is unknown
    row INTEGER,                -- the row of Parquet that holds it; null where another post stands for it
    minute INTEGER,             -- wall-clock minute; null where untimed
    rank INTEGER NOT NULL,      -- crawl time, then whole text, then the post's own row
    content INTEGER NOT NULL    -- hash of what an edit would change
);
CREATE INDEX posts_said ON posts (said) WHERE said IS NOT NULL;
CREATE INDEX posts_minute ON posts (minute);
CREATE TABLE stale (row INTEGER PRIMARY KEY, day TEXT NOT NULL);
CREATE TABLE counts (
    minute INTEGER NOT NULL, service TEXT NOT NULL, "all" INTEGER NOT NULL, complaint INTEGER NOT NULL,
    outage INTEGER NOT NULL, understanding INTEGER NOT NULL, neutral INTEGER NOT NULL, help INTEGER NOT NULL,
    authors INTEGER NOT NULL, roots INTEGER NOT NULL, PRIMARY KEY (minute, service)
) WITHOUT ROWID;
CREATE TABLE incidents (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, onset TEXT NOT NULL, first_seen TEXT NOT NULL, updated TEXT NOT
    NULL, told INTEGER NOT NULL,      -- highest severity that an event named; -1 before the first
    times INTEGER NOT NULL,     -- how often it was triggered
    data TEXT NOT NULL, acknowledged TEXT
) WITHOUT ROWID;
CREATE TABLE responses (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, text TEXT NOT NULL, service TEXT NOT NULL,
    codes TEXT NOT NULL, by TEXT NOT NULL, marked_at TEXT NOT NULL
);
CREATE TABLE events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, data TEXT NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX events_open ON events (sequence) WHERE finished = 0;
CREATE TABLE deliveries (
    event TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL, detail TEXT NOT NULL,
    retry_at TEXT, attempts INTEGER NOT NULL, PRIMARY KEY (event, channel)
) WITHOUT ROWID;
CREATE INDEX deliveries_at ON deliveries (at);
"""

MIGRATIONS: Final[tuple[str, ...]] = (_FIRST,)
"""Scripts that lead from one version of the tables to the next; the n-th leads to version n."""
VERSION: Final = len(MIGRATIONS)


def connect(folder: Path) -> sqlite3.Connection:
    """Return a connection to a store's state; times out after half a minute behind another writer.

    Raises:
        InputError: if there is no store, it cannot be opened, or a newer version of this package wrote it.
    """
    path = folder / NAME
    if not path.is_file():
        raise InputError(f"{folder} is no store: it holds no {NAME}. `sentiment watch` makes one.")
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        found = version_of(connection)
    except sqlite3.DatabaseError as error:
        raise InputError(f"Cannot open the store {folder}: {error}.") from None
    if found > VERSION:
        connection.close()
        raise InputError(
            f"The store {folder} has version {found} of its tables; this outage-sentiment knows up to "
            f"{VERSION}. Install a newer one."
        )
    return connection


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the tables, 0 where there are none."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(folder: Path) -> int:
    """Make the tables, or bring them to this version; the version they had before is returned.

    Each step is one transaction: a process that dies leaves one version or the other. Only the one writer
    calls this.
    """
    folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(folder / NAME, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        before = version_of(connection)
        for number, script in enumerate(MIGRATIONS[before:], start=before + 1):
            connection.executescript(f"BEGIN IMMEDIATE;{script};PRAGMA user_version = {number};COMMIT;")
        return before
    except sqlite3.DatabaseError as error:
        raise InputError(f"Cannot open the store {folder}: {error}.") from None
    finally:
        connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run statements as one transaction that readers see whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Read several tables as they were at one moment."""
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        connection.execute("ROLLBACK")


def get_meta(connection: sqlite3.Connection, name: str, default: str = "") -> str:
    """Return one remembered value."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return default if row is None else str(row[0])


def set_meta(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Remember one value."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def raise_revision(connection: sqlite3.Connection) -> int:
    """Count one more change of the store; called once in every transaction that changes anything."""
    revision = int(get_meta(connection, "revision", "0")) + 1
    set_meta(connection, "revision", str(revision))
    return revision
