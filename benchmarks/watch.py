"""Does a watch lose, repeat or delay anything, and what does a post cost it?

    python -m benchmarks.watch kills [--kills 200] [--seed 0]
    python -m benchmarks.watch replay [--speed 100]
    python -m benchmarks.watch month [--days 30] [--posts 8000] [--figure watch.png]

All on the invented outage in data/sample. ``kills`` kills the watch with signal 9 at random points;
``replay`` writes the posts as a scraper would, a hundred times as fast as they came; ``month`` lets one
process take in quiet weeks.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sentiment.events import Delivery, Pending
from sentiment.store import Store, check_store, open_store
from sentiment.store.incidents import now
from sentiment.watch import watch, watch_from
from tests.watch.replay import SAMPLE, Receiver, append, config, kill, slices, start_watch

SAME = ["post_id", "created_at", "text", "author", "stance", "outage", "service"]


def kills(wanted: int, seed: int) -> None:
    """Kill a watch at random points while the outage is written, and compare with one that was left alone."""
    chance = random.Random(seed)
    minutes = pd.date_range("2026-03-12 11:35", "2026-03-12 18:00", periods=max(12, wanted // 4))
    parts = slices([f"{minute:%Y-%m-%d %H:%M}" for minute in minutes])
    straight, cut = (Path(tempfile.mkdtemp(prefix="watch-")) for _ in range(2))
    told = config(straight)
    for data in parts:
        append(straight, data)
        watch(told, once=True, send=Receiver(straight / "told.txt").send)
    config(cut)
    done = 0
    while done < wanted:
        part = done * len(parts) // wanted
        if done == 0 or part != (done - 1) * len(parts) // wanted:
            append(cut, parts[part])
        process = start_watch(cut)
        time.sleep(chance.uniform(0.05, 1.5))
        done += process.is_alive()
        kill(process)
    watch(config(cut), once=True, send=Receiver(cut / "told.txt").send)
    with open_store(straight / "store") as expected, open_store(cut / "store") as store:
        ids = Receiver(cut / "told.txt").told()
        journal = [event.id for _, event in store.events()]
        print(f"kills {done}, posts {store.count()} of {expected.count()}")
        print("store whole:", not check_store(store).problems)
        print("posts equal:", store.posts(columns=SAME).equals(expected.posts(columns=SAME)))
        print("counts equal:", store.counts().equals(expected.counts()))
        print("incidents equal:", _standing(store) == _standing(expected))
        print(f"events {len(journal)}, told {len(set(ids))}, told again {len(ids) - len(set(ids))}")
        print(
            "missing:",
            sorted(set(journal) - set(ids)),
            "uninterrupted:",
            [e.id for _, e in expected.events()],
        )
    shutil.rmtree(straight)
    shutil.rmtree(cut)


def _standing(store: Store) -> list[tuple[str, str, dict[str, Any]]]:
    return [(one.id, one.state, dict(one.data)) for one in store.incidents() if one.state != "withdrawn"]


class Clocked(Receiver):
    """Notes when each event was told."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.at: dict[str, float] = {}

    def send(self, pending: Sequence[Pending]) -> Iterator[Delivery]:
        """Note the time of each event, then say that it was sent."""
        for one in pending:
            self.at.setdefault(one.event.id, time.monotonic())
            yield Delivery(one.event.id, "clock", "sent", now())


def replay(speed: float) -> None:
    """Write the posts minute by minute and time the first alert from the minute that decided it."""
    minutes = pd.date_range("2026-03-12 10:00", "2026-03-12 12:10", freq="min")
    rows = slices([f"{minute:%Y-%m-%d %H:%M}" for minute in minutes[1:]])
    folder = Path(tempfile.mkdtemp(prefix="watch-"))
    receiver, stop = Clocked(folder / "told.txt"), threading.Event()
    told = config(folder, every_seconds=1.0, report="report")
    append(folder, rows[0])
    watch(told, once=True, send=receiver.send)  # loads the model, as a running watch has long done
    running = threading.Thread(target=watch, args=(told,), kwargs={"send": receiver.send, "stop": stop})
    running.start()
    arrived: dict[str, float] = {}
    for minute, data in zip(minutes[1:], rows[1:], strict=False):
        append(folder, data)
        arrived[f"{minute:%H:%M}"] = time.monotonic()
        time.sleep(60 / speed)
    time.sleep(8)
    stop.set()
    running.join()
    with open_store(folder / "store") as store:
        for one in store.incidents():
            decided = pd.Timestamp(one.data["detected_at"]).strftime("%H:%M")
            first = receiver.at[f"{one.id}/trigger-1"]
            waited = first - arrived[decided]
            print(f"{one.id}: decided by the posts of {decided}; told {waited:.2f} s after they came")
    shutil.rmtree(folder)


def month(days: int, posts: int, figure: Path | None) -> None:
    """Take in weeks of posts, a round every quarter hour of them; cost and memory a round."""
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    at, identity, author = header.index("发布时间"), header.index("id"), header.index("user_id")
    calm = [row for row in rows if len(row) == len(header) and row[at] < "2026-03-12 11"]
    chance, number = random.Random(0), 0
    folder = Path(tempfile.mkdtemp(prefix="watch-"))
    (folder / "in").mkdir()
    costs = []
    told = watch_from({"watch": {"folders": ["in"], "settle_seconds": 0.0}}, beside=folder)
    rounds = 24
    for day in pd.date_range("2026-01-01", periods=days, freq="D"):
        for part in range(rounds):
            text = io.StringIO(newline="")
            writer = csv.writer(text)
            if part == 0:
                writer.writerow(header)
            start = day + pd.Timedelta(hours=24 / rounds * part)
            for _ in range(posts // rounds):
                row = list(chance.choice(calm))
                number += 1
                row[identity], row[author] = str(6 * 10**15 + number), str(10**10 + number % 50_000)
                row[at] = f"{start + pd.Timedelta(seconds=chance.uniform(0, 86400 / rounds)):%Y-%m-%d %H:%M}"
                writer.writerow(row)
            with (folder / "in" / f"{day:%Y%m%d}.csv").open("ab") as file:
                file.write(text.getvalue().encode())
            wall, cpu = time.perf_counter(), time.process_time()
            watch(told, once=True)
            costs.append((number, time.perf_counter() - wall, time.process_time() - cpu, _resident()))
    table = pd.DataFrame(costs, columns=["posts", "wall", "cpu", "mb"])
    table["ms_a_post"] = 1000 * table["cpu"] / (posts // rounds)
    table["day"] = np.arange(len(table)) // rounds + 1
    print(
        table.groupby("day")[["posts", "wall", "cpu", "ms_a_post", "mb"]]
        .agg({"posts": "max", "wall": "mean", "cpu": "mean", "ms_a_post": "mean", "mb": "max"})
        .round(2)
        .to_string()
    )
    size = sum(path.stat().st_size for path in (folder / "store").rglob("*") if path.is_file())
    print(f"store {size / 1e6:.1f} MB, {len(list((folder / 'store').rglob('*.parquet')))} parts")
    if figure:
        _draw(table, figure)
    shutil.rmtree(folder)


def _resident() -> float:
    """Return the memory this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def _draw(table: pd.DataFrame, path: Path) -> None:
    from sentiment.display import new_figure, plot_style

    with plot_style():
        figure = new_figure()
        upper, lower = figure.subplots(2, 1, sharex=True)
        days = np.arange(len(table)) / 24
        upper.plot(days, table["ms_a_post"], ".", ms=3)
        upper.set(ylabel="CPU ms a new post", ylim=(0, None))
        lower.plot(days, table["mb"])
        lower.set(ylabel="memory, MB", xlabel="days of posts in the store", ylim=(0, None))
        figure.savefig(path)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["kills", "replay", "month"])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--speed", type=float, default=100)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--posts", type=int, default=8000)
    parser.add_argument("--figure", type=Path)
    asked = parser.parse_args()
    if asked.what == "kills":
        kills(asked.kills, asked.seed)
    elif asked.what == "replay":
        replay(asked.speed)
    else:
        month(asked.days, asked.posts, asked.figure)


if __name__ == "__main__":
    main()
