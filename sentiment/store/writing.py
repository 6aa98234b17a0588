"""The one writer of a store: posts in, counts kept up, parts merged.

Every change is one transaction. Parquet files are written before it and count from its commit on, so a
process may die at any point: what it had not committed is swept away, and the files it read are read again
from where the last commit says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from sentiment.events import Delivery, Event, Pending
from sentiment.incidents import count_posts
from sentiment.incidents.counts import SERIES
from sentiment.incidents.minutes import minute_times, wall_minutes
from sentiment.ingest import mask_private
from sentiment.store.database import connect, get_meta, migrate, raise_revision, set_meta, transaction
from sentiment.store.files import COUNTED, LATEST, FileState
from sentiment.store.identity import UNTIMED as NO_MINUTE
from sentiment.store.identity import identify
from sentiment.store.incidents import StoredIncident
from sentiment.store.journal import add_events, pending_events, record_delivery
from sentiment.store.lock import only_writer
from sentiment.store.parts import FOLDER, UNTIMED, Part, days_of, merge_tables, sweep, to_table, write_part
from sentiment.store.reading import Store
from sentiment.store.sifting import Added, Sifted, sift

Annotate = Callable[[pd.DataFrame], pd.DataFrame]
TOGETHER: Final = 8
"""Parts of one level and day that are merged into one of the next level."""
REJECTED_KEPT: Final = 1_000
"""Rejected rows that are kept as samples."""
_ASKED: Final = 500
"""Values a question to SQLite names at once."""
_APART: Final = 120
"""Minutes between two that are read in one go."""


class Writer(Store):
    """A store to write to; get one from :func:`write_store`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._state_of_writer = connect(folder)
        self.sweep()

    def close(self) -> None:
        """Let go of the store."""
        self._state_of_writer.close()
        super().close()

    def sweep(self) -> int:
        """Delete the Parquet files that no commit names; return how many."""
        names = [row[0] for row in self._state_of_writer.execute("SELECT name FROM parts")]
        return sweep(self.folder, names)

    def file_states(self) -> dict[str, FileState]:
        """Return what is known of each file, by path."""
        rows = self._state_of_writer.execute("SELECT * FROM files")
        return {row["path"]: FileState.from_row(row) for row in rows}

    def remember(self, name: str) -> str:
        """Return what :meth:`save` last kept under a name, empty at first."""
        return get_meta(self._state_of_writer, name)

    # -- posts

    def add(
        self,
        posts: pd.DataFrame,
        versions: pd.DataFrame,
        annotate: Annotate,
        *,
        file: FileState | None = None,
        rejected: pd.DataFrame | None = None,
        generic: bool = False,
        remember: Mapping[str, str] | None = None,
    ) -> Added:
        """Take in posts and the new state of the file they come from, all or nothing.

        Args:
            posts: A posts frame.
            versions: ``crawled`` and ``embedded`` of the same posts.
            annotate: Adds the annotations; called with new and changed posts alone.
            file: State of the file from now on; its counts are added to those of before.
            rejected: Rows of the file that did not become posts.
            generic: The file is a table of unknown make, see :func:`identify`.
            remember: Values to keep under their names.

        Raises:
            InputError: if the disk is full.
        """
        posts = posts.reset_index(drop=True)
        marks = identify(posts, versions, generic=generic)
        sifted = self._sift(marks)
        kept, first = list(sifted.kept), int(self.remember("next_row") or 1)
        fresh = annotate(posts.iloc[kept]).reset_index(drop=True)
        aliases = marks.iloc[list(sifted.aliases)]
        marks = marks.iloc[kept].reset_index(drop=True)
        marks["row"] = np.arange(first, first + len(marks))
        parts = self._write_parts(fresh, marks)
        counts = self._recount(fresh, marks, sifted)
        with transaction(self._state_of_writer) as state:
            changed = self._put(state, marks, sifted, parts, counts)
            _put_aliases(state, aliases, sifted)
            changed |= _put_file(state, file, rejected, sifted.added)
            for name, value in {**(remember or {}), "next_row": str(first + len(marks))}.items():
                set_meta(state, name, value)
            if changed:
                raise_revision(state)
        return sifted.added

    def _sift(self, marks: pd.DataFrame) -> Sifted:
        """Decide which posts are new, newer, or nothing new."""
        keys, said = marks["key"].tolist(), [value for value in marks["said"].tolist() if value]
        known = {row["key"]: row for row in self._ask("SELECT * FROM posts WHERE key IN", keys)}
        by_text: dict[int, list[sqlite3.Row]] = {}
        for row in self._ask("SELECT * FROM posts WHERE said IN", said):
            by_text.setdefault(row["said"], []).append(row)
        return sift(marks, known, by_text, int(self.remember("pruned_before") or -(1 << 60)))

    def _ask(self, question: str, values: Sequence[int]) -> Iterator[sqlite3.Row]:
        for start in range(0, len(values), _ASKED):
            some = values[start : start + _ASKED]
            yield from self._state_of_writer.execute(f"{question} ({','.join('?' * len(some))})", some)

    def _write_parts(self, fresh: pd.DataFrame, marks: pd.DataFrame) -> list[Part]:
        """Write one part a day."""
        parts = []
        days = days_of(fresh)
        number = self._next_part()
        for n, (day, rows) in enumerate(sorted(days.groupby(days).groups.items())):
            frame = fresh.loc[rows].sort_values("created_at", kind="stable")
            table = to_table(frame, marks.loc[frame.index, "row"].tolist())
            name = write_part(self.folder, table, day=str(day), number=number + n)
            minutes = marks.loc[frame.index, "minute"]
            timed = minutes.min() != NO_MINUTE
            parts.append(
                Part(
                    name,
                    str(day),
                    len(frame),
                    0,
                    int(minutes.min()) if timed else None,
                    int(minutes.max()) if timed else None,
                )
            )
        return parts

    def _next_part(self) -> int:
        """Return a number that no part ever had, so that a name never means two files."""
        row = self._state_of_writer.execute("SELECT seq FROM sqlite_sequence WHERE name = 'parts'").fetchone()
        return 1 if row is None else int(row["seq"]) + 1

    def _recount(
        self, fresh: pd.DataFrame, marks: pd.DataFrame, sifted: Sifted
    ) -> tuple[list[int], pd.DataFrame]:
        """Return the minutes that change and their counts, made of the posts of those minutes alone."""
        old = {row["minute"] for row in sifted.gone} - {None}
        minutes = sorted((set(marks["minute"].tolist()) - {NO_MINUTE}) | old)
        if not minutes:
            return [], count_posts(fresh, min_service_posts=0, zeros=False)
        others = self._posts_of(minutes, {row["row"] for row in sifted.gone})
        timed = fresh[fresh["created_at"].notna()]
        together = pd.concat([others, timed[others.columns]], ignore_index=True) if len(others) else timed
        return minutes, count_posts(together, min_service_posts=0, zeros=False)

    def _posts_of(self, minutes: Sequence[int], without: set[int]) -> pd.DataFrame:
        """Return the stored posts of some minutes, read where the store holds any."""
        held = {
            row["minute"] for row in self._ask("SELECT DISTINCT minute FROM posts WHERE minute IN", minutes)
        }
        frames = [self._posts_between(low, high, without) for low, high in _stretches(sorted(held))]
        posts = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
        if posts.empty:
            return posts
        return posts[np.isin(wall_minutes(posts["created_at"]), list(minutes))].reset_index(drop=True)

    def _posts_between(self, low: int, high: int, without: set[int]) -> pd.DataFrame:
        since, until = (minute_times(np.array([at]))[0] for at in (low, high + 1))
        return self.rows_between(since, until, without)

    def _put(
        self,
        state: sqlite3.Connection,
        marks: pd.DataFrame,
        sifted: Sifted,
        parts: Sequence[Part],
        recounted: tuple[Sequence[int], pd.DataFrame],
    ) -> bool:
        """Write posts, parts and counts into the state; return whether anything changed."""
        for part in parts:
            _put_part(state, part)
        gone = [(row["row"], _day_name(row["minute"])) for row in sifted.gone]
        state.executemany("INSERT INTO stale VALUES (?, ?)", gone)
        columns = ["key", "said", "row", "minute", "rank", "content"]
        rows = (
            (key, said or None, row, None if minute == NO_MINUTE else minute, rank, content)
            for key, said, row, minute, rank, content in marks[columns].itertuples(index=False, name=None)
        )
        state.executemany("INSERT OR REPLACE INTO posts VALUES (?, ?, ?, ?, ?, ?)", rows)
        minutes, counts = recounted
        state.executemany("DELETE FROM counts WHERE minute = ?", [(minute,) for minute in minutes])
        state.executemany(f"INSERT INTO counts VALUES ({','.join('?' * (2 + len(SERIES)))})", _wide(counts))
        return bool(len(marks))

    # -- incidents, events, deliveries

    def save(
        self,
        incidents: Sequence[StoredIncident] = (),
        events: Sequence[Event] = (),
        *,
        remember: Mapping[str, str] | None = None,
        looked: int | None = None,
    ) -> None:
        """Write incidents and the events they gave rise to, all or nothing.

        What a person acknowledged meanwhile stays.

        Args:
            incidents: New and changed ones.
            events: What there is to tell, in order.
            remember: Values to keep under their names.
            looked: Revision that the incidents were found in: unless the store moved on meanwhile, nobody
                need look again.
        """
        with transaction(self._state_of_writer) as state:
            for one in incidents:
                row = state.execute("SELECT acknowledged FROM incidents WHERE id = ?", (one.id,)).fetchone()
                values = (*one.to_row()[:-1], None if row is None else row["acknowledged"])
                state.execute(f"INSERT OR REPLACE INTO incidents VALUES ({','.join('?' * 9)})", values)
            add_events(state, events)
            for name, value in (remember or {}).items():
                set_meta(state, name, value)
            revision = int(get_meta(state, "revision", "0"))
            same = revision == looked
            if incidents or events:
                revision = raise_revision(state)
            if same:
                set_meta(state, "looked", str(revision))

    def pending(self) -> list[Pending]:
        """Return the events that are not finished, in order."""
        with closing(connect(self.folder)) as state:
            return pending_events(state)

    def record(self, delivery: Delivery) -> None:
        """Note what became of an event on one channel; for any thread."""
        with closing(connect(self.folder)) as connection, transaction(connection) as state:
            record_delivery(state, delivery)

    def finish(self, events: Sequence[Event]) -> None:
        """Mark events as told to everybody they are to be told to; for any thread."""
        with closing(connect(self.folder)) as connection, transaction(connection) as state:
            state.executemany("UPDATE events SET finished = 1 WHERE id = ?", [(one.id,) for one in events])

    # -- upkeep

    def fold(self, *, whole_days: bool = False) -> int:
        """Merge small parts of a day, so that neither files nor reads grow with the number of rounds.

        Args:
            whole_days: Merge every day into one part.

        Returns:
            Parts that went.
        """
        if whole_days:
            crowded = "SELECT day FROM parts GROUP BY day HAVING count(*) > 1"
            groups = self._parts(f"day IN ({crowded}) OR day IN (SELECT day FROM stale)")
            days = pd.Series([part["day"] for part in groups], dtype="object")
            for day in days.unique():
                self._merge([part for part in groups if part["day"] == day])
            return len(groups)
        went = 0
        while group := self._crowded():
            self._merge(group)
            went += len(group)
        return went

    def _parts(self, where: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        return self._state_of_writer.execute(
            f"SELECT * FROM parts WHERE {where} ORDER BY id", values
        ).fetchall()

    def _crowded(self) -> list[sqlite3.Row]:
        """Return the parts of a day and level that should be one; none where there is no such day."""
        query = "SELECT day, level FROM parts GROUP BY day, level HAVING count(*) >= ? ORDER BY day, level"
        found = self._state_of_writer.execute(query, (TOGETHER,)).fetchone()
        return [] if found is None else self._parts("day = ? AND level = ?", (found["day"], found["level"]))

    def _merge(self, group: Sequence[sqlite3.Row]) -> None:
        """Replace parts of one day by one that holds their live rows."""
        day, names = group[0]["day"], [row["name"] for row in group]
        gone = self._state_of_writer.execute("SELECT row FROM stale WHERE day = ?", (day,))
        table, dropped = merge_tables(self.folder, names, [row["row"] for row in gone])
        level = max(row["level"] for row in group) + 1
        name = write_part(self.folder, table, day=day, number=self._next_part()) if len(table) else None
        with transaction(self._state_of_writer) as state:
            if name is not None:
                first = min((row["first"] for row in group if row["first"] is not None), default=None)
                last = max((row["last"] for row in group if row["last"] is not None), default=None)
                _put_part(state, Part(name, day, len(table), level, first, last))
            state.executemany("DELETE FROM parts WHERE id = ?", [(row["id"],) for row in group])
            state.executemany("DELETE FROM stale WHERE row = ?", [(row,) for row in dropped])
        for old in names:
            _unlink(self.folder / FOLDER / old)

    def prune(self, before: pd.Timestamp) -> int:
        """Forget the posts of the days before a time; minute counts and incidents stay.

        Posts from before then are not taken in again. Samples of rejected rows and the words that events
        quote go too.

        Returns:
            Posts that went.
        """
        day = before.strftime("%Y-%m-%d")
        horizon = int(wall_minutes(pd.Series([before.normalize()]))[0])
        state = self._state_of_writer
        names = [row[0] for row in state.execute("SELECT name FROM parts WHERE day < ?", (day,))]
        with transaction(state):
            gone = state.execute("DELETE FROM posts WHERE minute < ?", (horizon,)).rowcount
            state.execute("DELETE FROM posts WHERE row IS NULL")
            state.execute("DELETE FROM parts WHERE day < ?", (day,))
            state.execute("DELETE FROM stale WHERE day < ?", (day,))
            state.execute("DELETE FROM rejected")
            state.execute(
                "UPDATE events SET data = json_remove(data, '$.incident.quotes') "
                "WHERE json_extract(data, '$.incident.onset') < ?",
                (before.normalize().isoformat(),),
            )
            set_meta(
                state, "pruned_before", str(max(horizon, int(self.remember("pruned_before") or horizon)))
            )
            raise_revision(state)
        for name in names:
            _unlink(self.folder / FOLDER / name)
        return gone

    def shrink(self) -> None:
        """Give the space of deleted rows of ``state.sqlite`` back to the disk."""
        self._state_of_writer.execute("VACUUM")
        self._state_of_writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def write_store(folder: str | Path, *, wait: float = 0.0) -> Iterator[Writer]:
    """Open a store for writing, made if absent, as its only writer.

    Args:
        folder: The store.
        wait: Seconds to wait for another writer.

    Raises:
        StoreBusy: naming who writes it.
        InputError: if it cannot be opened or written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name, write_store(name) as store:
    ...     store.totals().posts
    0
    """
    path = Path(folder)
    with only_writer(path, wait=wait):
        migrate(path)
        with closing(Writer(path)) as writer:
            yield writer


def _put_part(state: sqlite3.Connection, part: Part) -> None:
    number = int(Path(part.name).stem)
    values = (number, part.day, part.name, part.rows, part.level, part.first, part.last)
    state.execute("INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)", values)


def _put_aliases(state: sqlite3.Connection, aliases: pd.DataFrame, sifted: Sifted) -> None:
    """Remember copies that are no posts of their own, so that they change nothing when they come again."""
    columns = ["key", "rank", "content"]
    rows = list(aliases[columns].itertuples(index=False, name=None))
    rows += [tuple(row[name] for name in columns) for row in sifted.displaced]
    state.executemany("INSERT OR REPLACE INTO posts VALUES (?, NULL, NULL, NULL, ?, ?)", rows)


def _put_file(
    state: sqlite3.Connection, file: FileState | None, rejected: pd.DataFrame | None, added: Added
) -> bool:
    """Write a file's new state and its rejected rows; return whether there was anything to write."""
    if file is None:
        return False
    again = added.updated + added.known + added.copies
    row = replace(
        file,
        accepted=file.accepted - again - added.old,
        duplicates=file.duplicates + again,
        rejected=file.rejected + added.old,
    ).to_row()
    latest = ", ".join(f"{name} = excluded.{name}" for name in LATEST)
    summed = ", ".join(f"{name} = {name} + excluded.{name}" for name in COUNTED)
    state.execute(
        f"INSERT INTO files VALUES ({','.join('?' * len(row))}) "
        f"ON CONFLICT (path) DO UPDATE SET {latest}, {summed}",
        row,
    )
    if rejected is not None and len(rejected):
        reasons = rejected["reason"].value_counts()
        state.executemany(
            "INSERT INTO reasons VALUES (?, ?) ON CONFLICT (reason) DO UPDATE SET n = n + excluded.n",
            [(str(reason), int(n)) for reason, n in reasons.items()],
        )
        some = rejected.tail(REJECTED_KEPT)
        masked = [
            (source, reason, mask_private(raw)[:300])
            for source, reason, raw in zip(some["source"], some["reason"], some["raw"], strict=True)
        ]
        state.executemany("INSERT INTO rejected (source, reason, raw) VALUES (?, ?, ?)", masked)
        state.execute("DELETE FROM rejected WHERE id <= (SELECT max(id) FROM rejected) - ?", (REJECTED_KEPT,))
    return True


def _wide(counts: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return long counts as rows of the table ``counts``."""
    if counts.empty:
        return []
    long = counts.assign(minute=wall_minutes(counts["bucket"]), n=counts["n"].astype("int64"))
    wide = long.pivot(index=["minute", "service"], columns="series", values="n").fillna(0).astype("int64")
    wide = wide.reindex(columns=list(SERIES), fill_value=0).reset_index()
    return list(wide.itertuples(index=False, name=None))


def _stretches(minutes: Sequence[int]) -> list[tuple[int, int]]:
    """Return first and last minute of each stretch of minutes no more than two hours apart."""
    found: list[tuple[int, int]] = []
    for minute in minutes:
        if found and minute - found[-1][1] <= _APART:
            found[-1] = (found[-1][0], minute)
        else:
            found.append((minute, minute))
    return found


def _day_name(minute: int | None) -> str:
    return UNTIMED if minute is None else str(minute_times(np.array([minute]))[0].date())


def _unlink(path: Path) -> None:
    with suppress(OSError):  # on Windows a reader may hold it open: the next sweep takes it
        path.unlink()
