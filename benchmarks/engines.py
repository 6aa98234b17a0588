"""What a run of many posts costs: CPU and memory by size, two processes beside one, a kill.

Every run is a process of its own; its CPU time and the memory of its largest process come from the system.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from benchmarks.invented import write_rows

ANNOTATE = """
import sys, time
from sentiment.engines import RowWork, annotate_each
from sentiment.ingest import read_posts
got = read_posts(sys.argv[1])
began = time.perf_counter()
rows = sum(map(len, annotate_each(got.chunks(), RowWork(), rows=len(got), jobs=int(sys.argv[2]), alone=0)))
print(rows, time.perf_counter() - began)
"""


class Cost(NamedTuple):
    """Wall and CPU seconds of a run, megabytes of its largest process, what it printed."""

    wall: float
    cpu: float
    peak: float
    said: str


def run(command: Sequence[str], *, kill_after: float | None = None) -> Cost:
    """Run a program; with ``kill_after`` kill it so many seconds after its first finished piece."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        # compiled modules are kept, as on a user's machine
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        child = subprocess.Popen([sys.executable, *command], stdout=said, stderr=subprocess.DEVNULL, env=kept)
        if kill_after is not None:
            _wait_for_pieces(Path(command[-1]))
            time.sleep(kill_after)
            child.send_signal(signal.SIGKILL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        cost = Cost(
            time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said.read()
        )
    if child.returncode and kill_after is None:
        raise SystemExit(f"a run failed with {child.returncode}: {' '.join(command)}")
    return cost


def _wait_for_pieces(out: Path) -> None:
    folder = out.parent / f".{out.name}-pieces"
    while not list(folder.glob("*.arrow")):
        time.sleep(0.05)


def analyze(source: Path, out: Path, *options: str, kill_after: float | None = None) -> Cost:
    """Run the command."""
    command = ["-m", "sentiment.cli", "analyze", str(source), "--salt", "x", *options, "--out", str(out)]
    return run(command, kill_after=kill_after)


def annotate(source: Path, out: Path) -> Cost:
    """Run the other command in one process: posts in, posts with their annotations out."""
    options = ["--salt", "x", "--jobs", "1", "-o", str(out)]
    return run(["-m", "sentiment.cli", "annotate", str(source), *options])


def sizes(folder: Path, rows: Sequence[int], jobs: Sequence[int]) -> None:
    """Print what a run costs by size and stage: the cost of a post should stay flat, and so should memory."""
    for n in rows:
        source = write_rows(folder / f"{n}.csv", n)
        alone = annotate(source, folder / "annotated.parquet")
        posts = pq.read_metadata(folder / "annotated.parquet").num_rows
        print(
            f"annotate {posts:>10,} posts, one process: {alone.cpu / posts * 1e6:7.2f} CPU µs a post, "
            f"{alone.wall:7.1f} s, {alone.peak:5.0f} MB",
            flush=True,
        )
        for processes in jobs:
            told = ["-m", "benchmarks.whole", str(source), str(folder / "report"), "--jobs", str(processes)]
            _tell(json.loads(run(told).said.splitlines()[-1]), processes, posts, alone)
        source.unlink()


def _tell(run: Mapping[str, Any], processes: int, posts: int, alone: Cost) -> None:
    """Print a run of ``analyze`` beside the ``annotate`` of the same file."""
    whole = run["cpu"] + run["workers_cpu"]
    print(
        f"analyze  {posts:>10,} posts, {processes} processes: {whole / posts * 1e6:7.2f} CPU µs a post "
        f"({run['workers_cpu'] / posts * 1e6:.2f} in workers), {run['wall']:7.1f} s, "
        f"{whole / alone.cpu:.2f} times annotate\n"
        f"  {run['peak']:.0f} MB at most, {run['held']:.0f} of them held, the rest mapped; "
        f"a worker {run['worker_peak']:.0f} MB",
        flush=True,
    )
    for name, stage in run["stages"].items():
        print(
            f"  {name:28s} {stage['cpu'] / posts * 1e6:7.2f} µs a post {stage['cpu']:8.2f} s "
            f"{stage['peak']:6.0f} MB, {stage['held']:6.0f} held",
            flush=True,
        )


def processes(source: Path) -> None:
    """Print how much quicker two processes annotate than one, and what CPU the second one costs."""
    one, two = (run(["-c", ANNOTATE, str(source), jobs]) for jobs in "12")
    here, there = (float(cost.said.split()[1]) for cost in (one, two))
    print(
        f"annotate: one process {here:.1f} s, two {there:.1f} s: {here / there:.2f} times as fast, "
        f"{two.cpu / one.cpu:.2f} times the CPU (reading included)",
        flush=True,
    )


def kill(source: Path, folder: Path) -> None:
    """Kill a run, go on, and compare with a run in one go."""
    whole = analyze(source, folder / "whole")
    analyze(source, folder / "killed", kill_after=3.0)
    left = len(list((folder / ".killed-pieces").glob("*.arrow")))
    rest = analyze(source, folder / "killed", "--resume")
    names = ("posts.parquet", "incidents.json", "counts.csv", "topics.csv", "report.html")
    same = all((folder / "whole" / n).read_bytes() == (folder / "killed" / n).read_bytes() for n in names)
    print(
        f"kill -9 after {left} pieces, then --resume: {'the same bytes' if same else 'OTHER BYTES'}; "
        f"{rest.cpu:.1f} CPU s in place of {whole.cpu:.1f}",
        flush=True,
    )


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[], help="posts of each run")
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2], help="processes of each such run")
    parser.add_argument("--rows", type=int, default=200_000, help="posts of the other measurements")
    parser.add_argument("--processes", action="store_true", help="two processes beside one")
    parser.add_argument("--kill", action="store_true", help="kill a run and go on")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes(folder, given.sizes, given.jobs)
        if given.processes or given.kill:
            source = write_rows(folder / "posts.csv", given.rows)
            if given.processes:
                processes(source)
            if given.kill:
                kill(source, folder)


if __name__ == "__main__":
    main()
