"""One look after the other: new rows in, incidents found, people told, the report rewritten."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Final

import pandas as pd

from sentiment.annotation import annotate, chosen_model
from sentiment.errors import InputError, SentimentError
from sentiment.events import Send
from sentiment.ingest import salt_beside
from sentiment.ingest.paths import list_files
from sentiment.ingest.read import TABLES
from sentiment.store import Writer, write_store
from sentiment.store.incidents import now
from sentiment.store.lock import write_whole
from sentiment.store.reading import HEALTH
from sentiment.text.segment import Segmenter
from sentiment.topics import load_topic_model
from sentiment.watch.detection import look
from sentiment.watch.growing import Reader
from sentiment.watch.reporting import PAGE, report_store
from sentiment.watch.settings import WatchConfig
from sentiment.watch.showing import with_posts
from sentiment.watch.telling import Teller, no_data_event, send_nowhere, tell
from sentiment.watch.tracking import Horizon, track

Say = Callable[..., None]
PATIENCE: Final = 30.0
"""Seconds that a stopping watch waits for a message or a report to be finished."""


@dataclass(slots=True)
class Tally:
    """What a watch has done since it began.

    Attributes:
        new: Posts taken in.
        updated: Newer versions of known posts.
        rows: Rows read.
        rejected: Rows that were no posts.
        last_file: File that rows last came from.
        open_incidents: Incidents that last.
        error: What went wrong in the last round, empty where nothing did.
    """

    new: int = 0
    updated: int = 0
    rows: int = 0
    rejected: int = 0
    last_file: str = ""
    open_incidents: int = 0
    error: str = ""


@dataclass(slots=True)
class Watch:
    """A watch at work on an open store; :func:`watch` makes one.

    Attributes:
        config: What it was told.
        store: The store it alone writes.
        say: Told what happens: a name and facts.
    """

    config: WatchConfig
    store: Writer
    say: Say
    done: Tally = field(default_factory=Tally)
    _reported: float = -1e18
    _wanted: bool = False
    _revision_reported: int = -1
    _reporting: SpawnProcess | None = None
    _missing: set[str] = field(default_factory=set)

    def take_in(self) -> None:
        """Take in what is new in the folders, one commit a chunk."""
        watch, settings = self.config.watch, self.config.settings
        salt = salt_beside(self.config.store.resolve().parent)
        reader = Reader(salt, settings.ingest, watch.settle_seconds)
        states = self.store.file_states()
        topics = load_topic_model(settings.topics.file or None)
        words, model = Segmenter(settings.text.words), chosen_model(settings.text)

        def annotated(posts: pd.DataFrame) -> pd.DataFrame:
            return annotate(posts, settings=settings.text, segmenter=words, model=model, topics=topics)

        for path, name in self._files():
            for chunk in reader.changes(path, name, states.get(str(path)), states.values()):
                arrived = {"data_at": now().isoformat()} if len(chunk.posts) else {}
                added = self.store.add(
                    chunk.posts,
                    chunk.versions,
                    annotated,
                    file=chunk.file,
                    rejected=chunk.rejected,
                    generic=chunk.generic,
                    remember=arrived,
                )
                self.done.new += added.new
                self.done.updated += added.updated
                self.done.rows += chunk.file.rows
                self.done.rejected += chunk.file.rejected
                self.done.last_file = name
                if chunk.file.error:
                    self.say("file", level="warning", file=name, error=chunk.file.error)
                elif chunk.file.rows:
                    rejected = len(chunk.rejected)
                    self.say("taken in", file=name, rows=chunk.file.rows, new=added.new, rejected=rejected)

    def _files(self) -> list[tuple[Path, str]]:
        """Return the tables in the folders with the names that rows give them."""
        own = [self.config.store.resolve()]
        if self.config.watch.report:
            own.append(Path(self.config.watch.report).resolve())
        found: list[tuple[Path, str]] = []
        for folder in map(Path, self.config.watch.folders):
            self._say_missing(folder)
            try:
                paths = list(list_files(folder))
            except InputError:  # an empty folder, or one that a scraper makes later
                continue
            for path in paths:
                real = path.resolve()
                if path.suffix.lower() in TABLES and not any(real.is_relative_to(one) for one in own):
                    name = path.name if path == folder else path.relative_to(folder).as_posix()
                    found.append((real, name))
        return found

    def _say_missing(self, folder: Path) -> None:
        """Say that a folder is not there, once for as long as it is not: a scraper may make it later."""
        missing, known = not folder.exists(), str(folder) in self._missing
        if missing and not known:
            self.say("folder", level="warning", folder=str(folder), error="does not exist")
            self._missing.add(str(folder))
        elif known and not missing:
            self._missing.remove(str(folder))

    def detect(self) -> None:
        """Find incidents if anything changed since the last look; write them with what there is to tell."""
        revision = self.store.revision()
        if str(revision) == self.store.remember("looked"):
            return
        seen = look(self.store, self.config.settings, self.config.watch)
        if seen is None:
            return
        before = self.store.remember("looked_until")
        horizon = Horizon(
            since=seen.since,
            last=seen.last,
            before=pd.Timestamp(before) if before else None,
            resolve=pd.Timedelta(minutes=self.config.watch.resolve_minutes),
            at=now(),
        )
        tracked = track(seen.found.incidents, self.store.incidents(), horizon)
        names = load_topic_model(self.config.settings.topics.file or None).topics
        events = with_posts(tracked.events, seen.posts, names)
        self.store.save(
            tracked.changed, events, remember={"looked_until": seen.last.isoformat()}, looked=revision
        )
        self._wanted |= any(event.kind != "update" for event in tracked.events)
        for event in tracked.events:
            self.say("event", id=event.id, kind=event.kind, severity=event.severity, note=event.note)

    def check_flow(self) -> None:
        """Tell when posts stop coming and when they come again."""
        minutes, at = self.config.watch.no_data_minutes, now()
        arrived, told = self.store.remember("data_at"), self.store.remember("no_data_since")
        if not minutes:
            return
        if not arrived:  # a store without posts waits from the first round on
            self.store.save(remember={"data_at": at.isoformat()})
            return
        since = datetime.fromisoformat(told or arrived)
        last = self.store.last_minute()
        quiet = (at - datetime.fromisoformat(arrived)).total_seconds() >= 60 * minutes
        if quiet == bool(told):
            return
        event = no_data_event(since, at, None if last is None else last.isoformat(), over=not quiet)
        self.store.save(events=[event], remember={"no_data_since": since.isoformat() if quiet else ""})
        self.say("event", id=event.id, kind=event.kind, severity=0, note=event.note)

    def report(self, *, beside: bool) -> None:
        """Rewrite the report where it is due: in a process of its own, so that looking goes on, or here."""
        if not self.config.watch.report or self.store.last_minute() is None:
            return
        if not beside:
            revision = str(self.store.revision())
            if revision != self.store.remember("reported") or not self._page().exists():
                self.say("report", headline=report_store(self.config))
                self.store.save(remember={"reported": revision})
            return
        if self._reporting is not None and self._reporting.is_alive():
            return
        self.check_report()
        due = time.monotonic() - self._reported >= 60 * self.config.watch.report_minutes
        if (due or self._wanted) and self._changed_since_report():
            self._reported, self._wanted = time.monotonic(), False
            self._revision_reported = self.store.revision()
            context = multiprocessing.get_context("spawn")
            self._reporting = context.Process(
                target=_report_beside, args=(self.config,), name="sentiment-report"
            )
            self._reporting.start()

    def check_report(self) -> None:
        """Say that the last report failed, once; the next one is due as if nothing had been written."""
        if self._reporting is not None and self._reporting.exitcode:
            self.say("report failed", level="error", exit=self._reporting.exitcode)
            self._revision_reported = -1
        self._reporting = None

    def _changed_since_report(self) -> bool:
        return self._wanted or self.store.revision() != self._revision_reported or not self._page().exists()

    def _page(self) -> Path:
        return Path(self.config.watch.report) / PAGE

    def health(self, state: str) -> None:
        """Write down how things stand."""
        last = self.store.last_minute()
        at = now()
        self.done.open_incidents = len(self.store.incidents(state="open"))
        facts: dict[str, Any] = {
            "at": at.isoformat(),
            "state": state,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "last_file": self.done.last_file,
            "last_data": self.store.remember("data_at") or None,
            "last_post": None if last is None else last.isoformat(),
            "lag_seconds": None if last is None else round((at - last).total_seconds()),
            "posts": self.store.count(),
            "revision": self.store.revision(),
            "open_incidents": self.done.open_incidents,
            "pending_events": len(self.store.pending()),
            "report": self.config.watch.report or None,
            "error": self.done.error or None,
        }
        write_whole(self.store.folder / HEALTH, json.dumps(facts, ensure_ascii=False, indent=2) + "\n")

    def close(self) -> None:
        """Let a report that is being written be finished."""
        if self._reporting is not None:
            self._reporting.join(PATIENCE)


def _report_beside(config: WatchConfig) -> None:
    try:
        report_store(config)
    except SentimentError as error:  # the next report tries again; the page that is there stays
        raise SystemExit(str(error)) from None


def watch(
    config: WatchConfig,
    *,
    once: bool = False,
    send: Send = send_nowhere,
    stop: threading.Event | None = None,
    say: Say = lambda *_, **__: None,
    wait: float = 0.0,
) -> Tally:
    """Watch folders: take in new rows, find incidents, tell people, rewrite the report.

    May be killed at any point: what a commit holds is there after it, and the rest is done again by the next
    run.

    Args:
        config: From :func:`sentiment.watch.load_watch`.
        once: One round, then return: for cron and its like.
        send: Tells people, see :data:`sentiment.events.Send`.
        stop: Set it to stop after the round.
        say: Told what happens, a name and facts: the log.
        wait: Seconds to wait for another writer of the store.

    Returns:
        What was done.

    Raises:
        StoreBusy: if another process writes the store.
        InputError: with ``once``, if something cannot be read or written; else the next round tries again.
    """
    stop = stop or threading.Event()
    with write_store(config.store, wait=wait) as store:
        at_work = Watch(config, store, say)
        say("started", store=str(config.store), folders=list(config.watch.folders), once=once)
        if once:
            _once(at_work, send)
        else:
            _on_and_on(at_work, send, stop)
        return at_work.done


def _once(at_work: Watch, send: Send) -> None:
    at_work.take_in()
    at_work.detect()
    at_work.check_flow()
    tell(at_work.store, send, say=at_work.say)
    at_work.report(beside=False)
    at_work.store.fold()
    at_work.health("done")


def _on_and_on(at_work: Watch, send: Send, stop: threading.Event) -> None:
    teller = Teller(at_work.store, send, at_work.say)
    teller.start()
    try:
        while not stop.is_set():
            started = time.monotonic()
            _round(at_work, teller)
            stop.wait(max(0.0, at_work.config.watch.every_seconds - (time.monotonic() - started)))
    finally:
        at_work.say("stopping")
        teller.stop(patience=PATIENCE)
        at_work.close()
        at_work.health("stopped")
        at_work.say("stopped")


def _round(at_work: Watch, teller: Teller) -> None:
    """Do one round; what goes wrong is said, and the next round tries again."""
    try:
        at_work.take_in()
        at_work.detect()
        at_work.check_flow()
        teller.nudge()
        at_work.report(beside=True)
        at_work.store.fold()
        at_work.done.error = ""
    except (SentimentError, sqlite3.Error, OSError) as error:
        at_work.done.error = str(error)
        at_work.say("round failed", level="error", error=str(error))
    try:
        at_work.health("running")
    except (sqlite3.Error, OSError) as error:
        at_work.say("health failed", level="error", error=str(error))
