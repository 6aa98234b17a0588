"""Do watch, serve and a reader disturb each other, and how long does the page take under load?

    python -m benchmarks.room [--seconds 600] [--visitors 4]

A watch takes in the invented outage slice by slice, over the time given; the server answers visitors that
fetch the moving part of its page again and again; a third process reads the store as a notebook would. Prints
the answers by status, percentiles of their time, whether the reader ever saw fewer posts than before, and
at the end whether posts and counts add up.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from sentiment.store import check_store, open_store
from tests.watch.replay import append, config, slices, start_watch

READER = """
import json, sys, time
from sentiment.store import open_store
with open_store(sys.argv[1]) as store:
    seen, errors, last = 0, 0, 0
    while time.time() < float(sys.argv[2]):
        n = len(store.posts(columns=["post_id"]))
        seen += 1
        errors += n < last
        last = n
    print(json.dumps({"reads": seen, "shrank": errors, "last": last}))
"""


class Visitor(threading.Thread):
    """Fetches one address again and again, as fast as the answers come but for a pause."""

    def __init__(self, address: str, until: float) -> None:
        super().__init__(daemon=True)
        self._address, self._until = address, until
        self.times: list[float] = []
        self.answers: Counter[str] = Counter()

    def run(self) -> None:
        """Ask until the time is over."""
        while time.time() < self._until:
            start = time.perf_counter()
            try:
                with urllib.request.urlopen(self._address, timeout=30) as answer:
                    answer.read()
                    self.answers[str(answer.status)] += 1
            except (OSError, urllib.error.URLError) as error:
                self.answers[type(error).__name__] += 1
            self.times.append(time.perf_counter() - start)
            time.sleep(0.1)


def measure(seconds: float, visitors: int) -> None:
    """Run the three beside each other and print what was seen."""
    home = Path(tempfile.mkdtemp(prefix="room-"))
    minutes = pd.date_range("2026-03-12 11:35", "2026-03-12 18:00", periods=60)
    parts = slices([f"{minute:%Y-%m-%d %H:%M}" for minute in minutes])
    config(home)
    append(home, parts[0])
    writer = start_watch(home)
    while not (home / "store" / "health.json").exists():
        time.sleep(0.1)
    line = [sys.executable, "-m", "sentiment.cli", "serve", str(home / "store"), "--port", "0"]
    environment = {name: value for name, value in os.environ.items() if name != "SENTIMENT_TOKEN"}
    server = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment)
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    end = time.time() + seconds
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(home / "store"), str(end)], stdout=subprocess.PIPE, text=True
    )
    threads = [Visitor(f"{address}now?hours={hours}", end) for hours in (1, 6, 24, 72)][:visitors]
    for thread in threads:
        thread.start()
    for data in parts[1:]:
        time.sleep(max(0.0, (end - 15 - time.time())) / len(parts))
        append(home, data)
    for thread in threads:
        thread.join()
    _tell(threads, json.loads(reader.communicate()[0]))
    server.send_signal(signal.SIGTERM)
    server.wait(20)
    writer.terminate()
    writer.join(30)
    with open_store(home / "store") as store:
        counts = store.counts(service="*")
        counted = int(counts.loc[counts["series"].eq("all"), "n"].sum())
        posts = store.totals().posts
        print(f"store: {posts} posts, {counted} counted; faults: {check_store(store).problems or 'none'}")


def _tell(threads: list[Visitor], read: dict[str, int]) -> None:
    times = np.concatenate([thread.times for thread in threads]) * 1000
    answers = sum((thread.answers for thread in threads), Counter())
    shares = ", ".join(f"p{q} {np.percentile(times, q):.0f} ms" for q in (50, 95, 99))
    print(f"page: {len(times)} answers {dict(answers)}; {shares}; longest {times.max():.0f} ms")
    print(f"reader: {read['reads']} readings, {read['shrank']} with fewer posts than before")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--visitors", type=int, default=4)
    given = parser.parse_args()
    measure(given.seconds, given.visitors)
