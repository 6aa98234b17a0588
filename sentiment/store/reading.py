"""What any number of processes may read from a store, whoever writes it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from sentiment.errors import InputError
from sentiment.events import Delivery, Event
from sentiment.incidents import name_response
from sentiment.incidents.counts import SERIES, TOTAL
from sentiment.incidents.minutes import DAY, minute_times, wall_minutes
from sentiment.schema import ANNOTATED, COUNTS, REJECTED, TIME, ZONE, empty
from sentiment.store.database import connect, get_meta, raise_revision, snapshot, transaction
from sentiment.store.incidents import STATES, Marked, StoredIncident, as_json, now
from sentiment.store.parts import FOLDER, ROW

HEALTH: Final = "health.json"
_TRIES: Final = 5
"""Reads that are tried again because a merge took the files away between naming and opening them."""
_EVER: Final = 1 << 60
"""A minute that no post reaches."""
COUNTED: Final = (
    "post_id", "created_at", "author", "account_kind", "hijack", "root_id", "stance",
    "asks_help", "outage", "service",
)  # fmt: skip
"""What :func:`sentiment.incidents.count_posts` reads."""
Moment = datetime | str | None
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Totals:
    """What a store holds.

    Attributes:
        posts: Distinct posts.
        first: Time of the earliest one; None without timed posts.
        last: Time of the latest one.
        services: Services named by at least one post.
        files: Files taken in.
        rejected: Rows that did not become posts.
        duplicates: Rows that were copies of posts.
        revision: Changes so far.
        bytes: Bytes of the posts on disk.
    """

    posts: int
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    services: int
    files: int
    rejected: int
    duplicates: int
    revision: int
    bytes: int


class Store:
    """A store to read from, in any thread; the few things people add go in by short transactions.

    Reading never waits for the writer and never makes it wait.

    Raises:
        InputError: if the folder is no store.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        connect(self.folder).close()
        self._engine = duckdb.connect(":memory:")

    def close(self) -> None:
        """Let go of the query engine."""
        self._engine.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        totals = self.totals()
        return f"Store({str(self.folder)!r}: {totals.posts:,} posts, {totals.first} to {totals.last})"

    @contextmanager
    def _state(self) -> Iterator[sqlite3.Connection]:
        """Give this thread's connection with its tables held as they are now."""
        with closing(connect(self.folder)) as connection, snapshot(connection):
            yield connection

    def revision(self) -> int:
        """Return a number that grows with every change of the store."""
        with self._state() as state:
            return int(get_meta(state, "revision", "0"))

    # -- posts and counts

    def posts(
        self,
        since: Moment = None,
        until: Moment = None,
        *,
        service: str | None = None,
        columns: Sequence[str] | None = None,
        newest: int | None = None,
        ids: Sequence[str] | None = None,
        untimed: bool = False,
    ) -> pd.DataFrame:
        """Return annotated posts in order of time and id.

        Args:
            since: First moment; posts without a time come only without ``since`` and ``until``.
            until: Moment before which posts were written.
            service: Name that posts name; None: any.
            columns: Of :data:`sentiment.schema.ANNOTATED`; None: all.
            newest: Only so many, the last ones.
            ids: Only posts of these ids.
            untimed: Only posts without a time.

        Raises:
            InputError: if a column is unknown.
        """
        chosen = list(columns or ANNOTATED)
        if strange := [name for name in chosen if name not in ANNOTATED]:
            raise InputError(f"A store has no column {strange[0]!r}; it has: {', '.join(ANNOTATED)}.")
        tests, values = _tests(since, until, service, ids)
        tests += ["created_at IS NULL"] if untimed else []
        names = ", ".join(f'"{name}"' for name in chosen)
        order = "ORDER BY created_at, post_id"
        if newest is not None:
            order = "ORDER BY created_at DESC NULLS LAST, post_id DESC LIMIT ?"
            values.append(int(newest))
        query = f"SELECT {names} FROM live WHERE {' AND '.join(tests) or 'TRUE'} {order}"
        low, high = _minute(since, None), _minute(until, None)
        table = self._retry(lambda: self._over_parts(query, values, low, high))
        frame = _typed(table, chosen)
        return frame if newest is None else frame.iloc[::-1].reset_index(drop=True)

    def counts(
        self, since: Moment = None, until: Moment = None, *, service: str | None = None
    ) -> pd.DataFrame:
        """Return minute counts without zero rows (schema COUNTS); ``*`` is the service of the total.

        Args:
            since: First minute.
            until: Minute before which to stop.
            service: Only this service or ``*``.
        """
        low, high = _minute(since, -_EVER), _minute(until, _EVER)
        chosen = "" if service is None else "AND service = ?"
        values: list[object] = [low, high, *([] if service is None else [service])]
        names = ", ".join(f'"{name}"' for name in SERIES)
        query = f"SELECT minute, service, {names} FROM counts WHERE minute >= ? AND minute < ? {chosen}"
        with self._state() as state:
            rows = state.execute(query, values).fetchall()
        return _long([tuple(row) for row in rows])

    def services(self, since: Moment = None) -> pd.DataFrame:
        """Return posts, complaints and outage evidence of each named service, most posts first."""
        query = (
            'SELECT service, sum("all") AS posts, sum(complaint) AS complaint, sum(outage) AS outage '
            "FROM counts WHERE minute >= ? AND service != ? GROUP BY service ORDER BY posts DESC, service"
        )
        with self._state() as state:
            rows = state.execute(query, (_minute(since, -_EVER), TOTAL)).fetchall()
        frame = pd.DataFrame(
            [tuple(row) for row in rows], columns=["service", "posts", "complaint", "outage"]
        )
        return frame.astype({"service": "str", "posts": "int64", "complaint": "int64", "outage": "int64"})

    def totals(self) -> Totals:
        """Return how much the store holds."""
        with self._state() as state:
            low, high = state.execute("SELECT min(minute), max(minute) FROM posts").fetchone()
            files, rejected, duplicates = state.execute(
                "SELECT count(*), total(rejected), total(duplicates) FROM files"
            ).fetchone()
            return Totals(
                posts=state.execute("SELECT count(*) FROM posts WHERE row IS NOT NULL").fetchone()[0],
                first=_time(low),
                last=_time(high),
                services=state.execute(
                    "SELECT count(DISTINCT service) FROM counts WHERE service != ?", (TOTAL,)
                ).fetchone()[0],
                files=files,
                rejected=int(rejected),
                duplicates=int(duplicates),
                revision=int(get_meta(state, "revision", "0")),
                bytes=sum(self._size(row["name"]) for row in state.execute("SELECT name FROM parts")),
            )

    def count(self) -> int:
        """Return how many distinct posts the store holds."""
        with self._state() as state:
            return int(state.execute("SELECT count(*) FROM posts WHERE row IS NOT NULL").fetchone()[0])

    def last_minute(self) -> pd.Timestamp | None:
        """Return the minute of the latest post; None without timed posts."""
        with self._state() as state:
            return _time(state.execute("SELECT max(minute) FROM posts").fetchone()[0])

    def files(self) -> pd.DataFrame:
        """Return one row a file taken in: ``path``, counts of its rows, ``seen_at``, ``error``."""
        names = "path, size, format, rows, accepted, rejected, duplicates, untimed, seen_at, error"
        with self._state() as state:
            rows = [tuple(row) for row in state.execute(f"SELECT {names} FROM files ORDER BY path")]
        return pd.DataFrame(rows, columns=names.split(", "))

    def rejected(self) -> pd.DataFrame:
        """Return the latest rejected rows that are kept as samples (schema REJECTED)."""
        with self._state() as state:
            rows = [
                tuple(row) for row in state.execute("SELECT source, reason, raw FROM rejected ORDER BY id")
            ]
        return pd.DataFrame(rows, columns=list(REJECTED)).astype(dict(REJECTED))

    def reasons(self) -> dict[str, int]:
        """Return how many rows were rejected for which reason."""
        with self._state() as state:
            return {row["reason"]: row["n"] for row in state.execute("SELECT * FROM reasons ORDER BY reason")}

    def sql(self, query: str, parameters: Sequence[object] = ()) -> pd.DataFrame:
        """Run DuckDB SQL over the views ``posts``, ``counts`` and ``incidents``; it reaches no file.

        Raises:
            InputError: if DuckDB refuses the query.
        """
        from sentiment.store.queries import run_sql

        return self._retry(lambda: run_sql(self, query, parameters))

    def _retry(self, read: Callable[[], Found]) -> Found:
        for _ in range(_TRIES - 1):
            try:
                return read()
            except (duckdb.IOException, FileNotFoundError):
                continue
        return read()

    def rows_between(
        self, since: pd.Timestamp, until: pd.Timestamp, without: Collection[int]
    ) -> pd.DataFrame:
        """Return what counting needs of the posts of a time, leaving out rows of these numbers."""
        names = ", ".join(COUNTED)
        within = "created_at >= ? AND created_at < ?"
        query = f"SELECT {names} FROM live WHERE {within} AND NOT list_contains(?, {ROW})"
        values = [since.to_pydatetime(), until.to_pydatetime(), list(without)]
        low, high = _minute(since, None), _minute(until, None)
        return _typed(self._retry(lambda: self._over_parts(query, values, low, high)), COUNTED)

    def _over_parts(
        self, query: str, values: Sequence[object], low: int | None, high: int | None
    ) -> pa.Table:
        """Run a query over ``live``: the rows of the parts of a time that no newer row replaces."""
        names, stale = self.live_parts(low, high)
        if not names:
            return pa.Table.from_pandas(empty(ANNOTATED), preserve_index=False)
        with closing(self._engine.cursor()) as cursor:
            cursor.execute("SET TimeZone = 'Asia/Shanghai'")
            cursor.register("stale", pa.table({"gone": pa.array(stale, type=pa.int64())}))
            files = [str(self.folder / FOLDER / name) for name in names]
            source = f"read_parquet({_listed(files)}, hive_partitioning = false)"
            live = f"WITH live AS (SELECT * FROM {source} WHERE {ROW} NOT IN (SELECT gone FROM stale)) "
            return cursor.sql(live + query, params=list(values)).to_arrow_table()

    def live_parts(self, low: int | None = None, high: int | None = None) -> tuple[list[str], list[int]]:
        """Return the names of the parts that count and the rows that do not, though some part holds them.

        Args:
            low: First minute of the posts asked for; None: from the first one on.
            high: Last minute; None: to the last one. Without both, untimed posts belong to them.
        """
        query = "SELECT name FROM parts"
        values: tuple[int, ...] = ()
        if low is not None or high is not None:
            query += " WHERE last >= ? AND first <= ?"
            values = (-_EVER if low is None else low, _EVER if high is None else high)
        with self._state() as state:
            names = [row["name"] for row in state.execute(f"{query} ORDER BY id", values)]
            stale = [row["row"] for row in state.execute("SELECT row FROM stale")]
        return names, stale

    def _size(self, name: str) -> int:
        try:
            return (self.folder / FOLDER / name).stat().st_size
        except OSError:  # merged away meanwhile
            return 0

    # -- incidents, marks, events

    def incidents(self, *, state: str | None = None, since: Moment = None) -> list[StoredIncident]:
        """Return incidents, the newest onset first.

        Args:
            state: ``open``, ``ended`` or ``withdrawn``; None: all.
            since: Only those with an onset from then on.

        Raises:
            InputError: if there is no such state.
        """
        if state not in (None, *STATES):
            raise InputError(f"An incident is never {state!r}; its state is one of: {', '.join(STATES)}.")
        with self._state() as connection:
            rows = connection.execute("SELECT * FROM incidents").fetchall()
        found = [StoredIncident.from_row(row) for row in rows if state in (None, row["state"])]
        start = None if since is None else moment(since)
        kept = [one for one in found if start is None or one.onset >= start]
        return sorted(kept, key=lambda one: (one.onset, one.id), reverse=True)

    def incident(self, incident_id: str) -> StoredIncident | None:
        """Return one incident, None if there is none of that id."""
        with self._state() as state:
            row = state.execute("SELECT * FROM incidents WHERE id = ?", (incident_id,)).fetchone()
        return None if row is None else StoredIncident.from_row(row)

    def responses(self) -> tuple[Marked, ...]:
        """Return the official responses that people marked, in order of time."""
        with self._state() as state:
            rows = state.execute("SELECT * FROM responses ORDER BY at, id").fetchall()
        return tuple(Marked.from_row(row) for row in rows)

    def mark_response(
        self, at: str | datetime, text: str, *, service: str = "", codes: str = "", by: str = ""
    ) -> Marked:
        """Mark an official response; the running watch measures its effect in its next round.

        Args:
            at: Its time; without a zone it is Shanghai time.
            text: Its words.
            service: The service that speaks.
            codes: What it does, joined by ``;``; else read from its words.
            by: Who marks it.

        Raises:
            InputError: if the time cannot be read or a code is unknown.
        """
        told = name_response(at, text, service=service, codes=codes)
        row = (
            told.at.isoformat(),
            told.text,
            told.service or "",
            ";".join(told.codes),
            by,
            now().isoformat(),
        )
        with closing(connect(self.folder)) as connection, transaction(connection):
            query = (
                "INSERT INTO responses (at, text, service, codes, by, marked_at) VALUES (?, ?, ?, ?, ?, ?)"
            )
            number = connection.execute(query, row).lastrowid
            raise_revision(connection)
            found = connection.execute("SELECT * FROM responses WHERE id = ?", (number,)).fetchone()
        return Marked.from_row(found)

    def unmark_response(self, number: int) -> bool:
        """Take a mark back; False if there is none of that number."""
        with closing(connect(self.folder)) as connection, transaction(connection):
            gone = connection.execute("DELETE FROM responses WHERE id = ?", (number,)).rowcount > 0
            if gone:
                raise_revision(connection)
        return gone

    def acknowledge(self, incident_id: str, *, by: str, note: str = "") -> StoredIncident:
        """Note that somebody takes care of an incident.

        Raises:
            InputError: if there is no incident of that id.
        """
        known = as_json({"by": by, "at": now().isoformat(), "note": note})
        with closing(connect(self.folder)) as connection, transaction(connection):
            query = "UPDATE incidents SET acknowledged = ? WHERE id = ?"
            if connection.execute(query, (known, incident_id)).rowcount == 0:
                raise InputError(f"The store has no incident {incident_id!r}.")
            raise_revision(connection)
            row = connection.execute("SELECT * FROM incidents WHERE id = ?", (incident_id,)).fetchone()
        return StoredIncident.from_row(row)

    def events(self, *, after: int = 0, limit: int | None = None) -> list[tuple[int, Event]]:
        """Return the journal of events with their numbers, in order.

        Args:
            after: Only events with a higher number.
            limit: At most so many.
        """
        query = "SELECT sequence, data FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?"
        with self._state() as state:
            rows = state.execute(query, (after, -1 if limit is None else limit)).fetchall()
        return [(row["sequence"], Event.from_dict(json.loads(row["data"]))) for row in rows]

    def deliveries(self, since: datetime | None = None) -> list[tuple[Event, Delivery]]:
        """Return the latest delivery of each event on each channel, in order of time."""
        query = (
            "SELECT d.*, e.data AS told FROM deliveries d JOIN events e ON e.id = d.event "
            "WHERE d.at >= ? ORDER BY d.at, e.sequence, d.channel"
        )
        start = "" if since is None else moment(since).isoformat()
        with self._state() as state:
            rows = state.execute(query, (start,)).fetchall()
        return [(Event.from_dict(json.loads(row["told"])), to_delivery(row)) for row in rows]

    def health(self) -> dict[str, Any]:
        """Return what the watch last said of itself; empty where none ran."""
        try:
            found = json.loads((self.folder / HEALTH).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return dict(found)


def open_store(folder: str | Path) -> Store:
    """Open a store for reading.

    Raises:
        InputError: if the folder is no store.
    """
    return Store(folder)


def moment(given: datetime | str) -> pd.Timestamp:
    """Return a time in Asia/Shanghai; one without a zone is taken to be Shanghai time.

    Raises:
        InputError: if it cannot be read.

    >>> str(moment("2026-03-12 11:42"))
    '2026-03-12 11:42:00+08:00'
    """
    try:
        stamp = pd.Timestamp(given)
    except (ValueError, TypeError):
        raise InputError(f"Cannot read {given!r} as a time; write it like 2026-03-12 11:42.") from None
    return stamp.tz_localize(ZONE) if stamp.tzinfo is None else stamp.tz_convert(ZONE)


def to_delivery(row: sqlite3.Row) -> Delivery:
    """Return the delivery of a row of the table ``deliveries``."""
    retry = row["retry_at"]
    return Delivery(
        event_id=row["event"],
        channel=row["channel"],
        state=row["state"],
        at=datetime.fromisoformat(row["at"]),
        detail=row["detail"],
        retry_at=None if retry is None else datetime.fromisoformat(retry),
    )


def _listed(files: Sequence[str]) -> str:
    return "[" + ", ".join("'" + file.replace("'", "''") + "'" for file in files) + "]"


def _tests(
    since: Moment, until: Moment, service: str | None, ids: Sequence[str] | None
) -> tuple[list[str], list[object]]:
    tests: list[str] = []
    values: list[object] = []
    for test, value in (("created_at >= ?", since), ("created_at < ?", until)):
        if value is not None:
            tests.append(test)
            values.append(moment(value).to_pydatetime())
    if service is not None:
        tests.append("service = ?")
        values.append(service)
    if ids is not None:
        tests.append("list_contains(?, post_id)")
        values.append(list(ids))
    return tests, values


def _minute(given: Moment, default: int | None) -> int | None:
    return default if given is None else int(wall_minutes(pd.Series([moment(given)]))[0])


def _time(minute: int | None) -> pd.Timestamp | None:
    return None if minute is None else minute_times(np.array([minute]))[0]


def _typed(table: pa.Table, columns: Sequence[str]) -> pd.DataFrame:
    """Return a table of posts with the dtypes of the schema."""
    frame: pd.DataFrame = table.select(list(columns)).to_pandas()
    return frame.astype({name: ANNOTATED[name] for name in columns})


def _long(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """Return wide rows of counts as long ones, zeros left out."""
    if not rows:
        return empty(COUNTS)
    wide = pd.DataFrame(rows, columns=["minute", "service", *SERIES])
    long = wide.melt(["minute", "service"], list(SERIES), "series", "n")
    long = long[long["n"] > 0].sort_values(["service", "series", "minute"], ignore_index=True)
    frame = pd.DataFrame(
        {
            "bucket": pd.Series(minute_times(long["minute"].to_numpy()), dtype=TIME),
            "service": long["service"].astype("str"),
            "series": long["series"].astype("str"),
            "n": long["n"].astype("Int64"),
        }
    )
    return frame[list(COUNTS)]


def day_start(at: pd.Timestamp, days: int) -> pd.Timestamp:
    """Return the beginning of the day ``days`` before a time.

    >>> str(day_start(pd.Timestamp("2026-03-12 11:42", tz=ZONE), 2))
    '2026-03-10 00:00:00+08:00'
    """
    return at.normalize() - pd.Timedelta(minutes=days * DAY)
