"""The invented outage as a scraper would have written it: rows in order of time, a slice after the other."""

from __future__ import annotations

import csv
import io
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from sentiment.events import Delivery, Pending
from sentiment.ingest.salt import NAME as SALT
from sentiment.store import open_store
from sentiment.store.incidents import now
from sentiment.watch import WatchConfig, watch, watch_from

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "meituan" / "weibo_search.csv"
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.watch.warm"])


def slices(times: Sequence[str]) -> list[bytes]:
    """Return the sample's rows of 12 March up to each of some times, as bytes to append to one CSV file.

    Of the outage every sixth row, so that tests are quick.
    """
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    at = header.index("发布时间")
    timed = sorted(
        (row for row in rows if len(row) == len(header) and row[at][:4] == "2026"), key=lambda r: r[at]
    )
    parts, start = [_csv([header])], "2026-03-12 10:00"
    timed = [row for n, row in enumerate(timed) if row[at] < "2026-03-12 11:40" or n % 6 == 0]
    for stop in times:
        parts.append(_csv([row for row in timed if start <= row[at] < stop]))
        start = stop
    return [parts[0] + parts[1], *parts[2:]]


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def config(folder: Path, **more: object) -> WatchConfig:
    """Return a watch of ``folder/in`` that looks as often as it can."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    (folder / SALT).write_text("salt\n", encoding="utf-8")
    table = {"folders": ["in"], "settle_seconds": 0.0, "every_seconds": 0.1, **more}
    return watch_from({"watch": table}, beside=folder)


def append(folder: Path, data: bytes) -> None:
    """Write as a scraper does: at the end of its file."""
    with (folder / "in" / "posts.csv").open("ab") as file:
        file.write(data)


class Receiver:
    """Somebody who is told: every message is a line of a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def send(self, pending: Sequence[Pending]) -> Iterator[Delivery]:
        """Write each event down, then say that it was sent."""
        for one in pending:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(one.event.id + "\n")
            yield Delivery(one.event.id, "file", "sent", now())

    def told(self) -> list[str]:
        """Return the ids of the events told, in order."""
        return self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []


def run_watch(folder: Path) -> None:
    """Watch until killed."""
    watch(config(folder), send=Receiver(folder / "told.txt").send, stop=threading.Event())


def start_watch(folder: Path) -> ForkServerProcess:
    """Start a watch in a process of its own."""
    process = FORKS.Process(target=run_watch, args=(folder,))
    process.start()
    return process


def kill(process: ForkServerProcess) -> None:
    """Kill a process as the system does when memory runs out: it cannot clean up."""
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()


def wait_for_posts(folder: Path, posts: int, seconds: float) -> None:
    """Wait until a store holds so many posts."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (folder / "store" / "state.sqlite").exists() and open_store(folder / "store").count() >= posts:
            return
        time.sleep(0.05)
