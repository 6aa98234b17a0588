"""Spark beside this machine's own engine, and Spark whose processes are killed: cost, and the same result.

Every run is a program of its own. Its CPU time is that of all it started, JVM and Python workers too, as the
system counts it when they end.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from benchmarks.engines import write_rows
from sentiment.engines import RowWork, annotate_chunks
from sentiment.incidents import count_posts, find_incidents
from sentiment.ingest import read_posts

COLUMNS = "`id` string, `发布时间` string, `内容` string, `用户id` string"
WATERMARK = "10 minutes"
_SUBREAPER = 36
"""Of Linux' prctl: what outlives its parent becomes ours, so that its CPU time is counted."""


class Cost(NamedTuple):
    """Wall seconds of a run, CPU seconds of all it started without the comparing, and what it said last."""

    wall: float
    cpu: float
    said: dict[str, Any]


def run(part: str, *given: str) -> Cost:
    """Run one of :data:`PARTS` in a process of its own."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1)
    began, before = time.perf_counter(), _cpu()
    command = [sys.executable, "-m", "benchmarks.spark", "--part", part, *given]
    child = subprocess.run(command, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    _wait_for_the_rest()
    if child.returncode:
        raise SystemExit(f"{part} failed:\n{child.stderr[-2000:]}")
    said = json.loads(child.stdout.splitlines()[-1])
    return Cost(wall, _cpu() - before - said.get("comparing", 0.0), said)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait_for_the_rest() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def digest(annotated: pd.DataFrame, counts: pd.DataFrame) -> dict[str, Any]:
    """Return what is compared: hashes of rows and counts, incidents; and the CPU time that took."""
    began = time.process_time()
    rows = hashlib.sha256()
    for start in range(0, len(annotated), 100_000):
        part = annotated.iloc[start : start + 100_000].drop(columns="source")
        rows.update(pd.util.hash_pandas_object(part, index=False).to_numpy().tobytes())
    counted = hashlib.sha256(counts.to_csv(index=False).encode()).hexdigest()
    found = [
        [one.service, str(one.onset), str(one.peak)] for one in find_incidents(annotated, counts).incidents
    ]
    told = {"posts": len(annotated), "rows": rows.hexdigest(), "counts": counted, "incidents": found}
    return {**told, "comparing": time.process_time() - began}


def here(source: str) -> dict[str, Any]:
    """Read, annotate and count with two processes of this machine."""
    began = time.perf_counter()
    posts = read_posts(source)
    annotated = annotate_chunks(posts.chunks(), RowWork(), rows=len(posts), jobs=2, alone=0)
    counts = count_posts(annotated)
    return {"seconds": time.perf_counter() - began, **digest(annotated, counts)}


def on_spark(source: str) -> dict[str, Any]:
    """Do the same on Spark with two cores of this machine."""
    from sentiment.engines.spark import TableWork, run_on_spark, spark_session

    spark_session("local[2,4]")
    began = time.perf_counter()
    gathered, counts = run_on_spark(source, TableWork())
    return {"seconds": time.perf_counter() - began, **digest(gathered.annotated, counts)}


def killed(source: str, part: str) -> dict[str, Any]:
    """Do the same on two executors, in parts of that many rows; two are killed meanwhile."""
    from sentiment.engines.spark import (
        TableWork,
        annotate_table,
        count_table,
        gather,
        read_table,
        spark_session,
    )

    spark = spark_session("local-cluster[2,1,1536]")
    deaths: list[str] = []
    threading.Thread(target=_kill_executors, args=(spark, deaths), daemon=True).start()
    done = annotate_table(read_table(spark, Path(source).as_uri()), TableWork(), part=int(part))
    done.frame.persist()
    gathered, counts = gather(done), count_table(done.posts)
    return {"deaths": deaths, **digest(gathered.annotated, counts)}


def _kill_executors(spark: Any, deaths: list[str]) -> None:  # noqa: ANN401 - pyspark may not be installed
    """Kill an executor in the first stage of many tasks, and one more in a later stage."""
    tracker = spark.sparkContext.statusTracker()
    seen: set[int] = set()
    while len(deaths) < 2:
        for number in tracker.getActiveStageIds():
            stage = tracker.getStageInfo(number)
            busy = stage and stage.numTasks > 4 and stage.numActiveTasks and stage.numCompletedTasks
            if busy and number not in seen and (not seen or number > max(seen) + 8):
                seen.add(number)
                os.kill(_executors(spark)[0], signal.SIGKILL)
                deaths.append(f"stage {number}, {stage.numCompletedTasks} of {stage.numTasks} tasks done")
                time.sleep(5)
        time.sleep(0.02)


def _executors(spark: Any) -> list[int]:  # noqa: ANN401 - pyspark may not be installed
    port = f":{spark.conf.get('spark.driver.port')}".encode()
    told = {}
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            told[int(file.parent.name)] = file.read_bytes()
        except OSError:
            continue  # ended meanwhile
    return [pid for pid, line in told.items() if b"CoarseGrainedExecutor" in line and port in line]


def look(folder: str, out: str) -> dict[str, Any]:
    """Follow a folder once, as cron does."""
    from sentiment.engines.spark import TableWork, follow, spark_session

    spark = spark_session("local[2,4]")
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    done = follow(spark, folder, out, work=TableWork(), schema=COLUMNS, kind="csv", watermark=WATERMARK)
    return {"posts": done.posts, "late": done.late}


PARTS = {"here": here, "spark": on_spark, "killed": killed, "look": look}


def overhead(source: Path, rows: int) -> None:
    """Print what Spark costs beside this machine's own engine on as many cores."""
    local, there = run("here", str(source)), run("spark", str(source))
    same = _same(local.said, there.said)
    for name, cost in (("two processes", local), ("Spark local[2]", there)):
        print(
            f"{name:>15}: {cost.cpu:8.1f} CPU s, {cost.cpu / rows * 1e6:6.1f} µs a post, {cost.wall:8.1f} s, "
            f"{cost.said['seconds']:8.1f} s of them after the start"
        )
    print(
        f"Spark, {rows:,} posts: {there.cpu / local.cpu:.2f} times the CPU, "
        f"{there.said['seconds'] / local.said['seconds']:.2f} "
        f"times the wall time; rows, counts and incidents {same}",
        flush=True,
    )


def _same(one: dict[str, Any], other: dict[str, Any]) -> str:
    names = ("posts", "rows", "counts", "incidents")
    differ = [name for name in names if one[name] != other[name]]
    return f"DIFFER: {', '.join(differ)}" if differ else f"the same ({len(one['incidents'])} incidents)"


def executors(source: Path, rows: int) -> None:
    """Print whether a run whose executors are killed gives the same."""
    local, there = run("here", str(source)), run("killed", str(source), str(1 + rows // 12))
    for death in there.said["deaths"]:
        print(f"kill -9 of an executor: {death}")
    print(f"result: {_same(local.said, there.said)}", flush=True)


def follower(folder: Path, rows: int, kills: int, seed: int, most: float) -> None:
    """Drop files into a folder, kill whoever follows it at random moments, and compare with a batch."""
    rng = random.Random(seed)
    into, out = folder / "in", folder / "out"
    into.mkdir()
    table = _in_order_of_time(folder, rows)
    files = [table.iloc[start : start + 1 + len(table) // (kills + 1)] for start in _starts(table, kills)]
    moments: Counter[str] = Counter()
    for number, file in enumerate(files):
        file.to_csv(folder / "half.csv", index=False)
        (folder / "half.csv").replace(into / f"{number:03d}.csv")
        if number < kills:
            moments[_kill_a_look(into, out, rng.uniform(0, most))] += 1
    flush = table.tail(1).assign(id="last", 发布时间="2027-01-01 00:00:00")
    flush.to_csv(into / "999.csv", index=False)
    done = run("look", into.as_uri(), out.as_uri())
    told = ", ".join(f"{n} {moment}" for moment, n in sorted(moments.items()))
    print(f"kill -9 of a follower, {kills} times: {told}; then {done.said}")
    _compare(files, out)


def _starts(table: pd.DataFrame, kills: int) -> Sequence[int]:
    return range(0, len(table), 1 + len(table) // (kills + 1))


def _in_order_of_time(folder: Path, rows: int) -> pd.DataFrame:
    table = pd.read_csv(write_rows(folder / "all.csv", rows), dtype=str)
    return table[["id", "发布时间", "内容", "用户id"]].sort_values("发布时间", ignore_index=True)


def _kill_a_look(into: Path, out: Path, after: float) -> str:
    """Start a look, kill it with all it started so many seconds after it took up work; say where it was."""
    command = [sys.executable, "-m", "benchmarks.spark", "--part", "look", into.as_uri(), out.as_uri()]
    before = _begun(out)
    child = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    while child.poll() is None and _begun(out) == before:
        time.sleep(0.05)
    with suppress(subprocess.TimeoutExpired):
        child.wait(after)
    if child.returncode is not None:
        return "ended before" if child.returncode == 0 else f"FAILED with {child.returncode}"
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    halves = [
        query
        for query in ("posts", "counts")
        if _number(out, query, "offsets") > _number(out, query, "commits")
    ]
    return f"in a batch of {' and '.join(halves)}" if halves else "between batches"


def _begun(out: Path) -> int:
    return _number(out, "posts", "offsets") + _number(out, "counts", "offsets")


def _number(out: Path, query: str, kind: str) -> int:
    return len(list((out / "checkpoint" / query / kind).glob("[0-9]*")))


def _compare(files: Sequence[pd.DataFrame], out: Path) -> None:
    """Print whether posts and counts are those of a batch: copies of a text are looked for within a file."""
    from sentiment.engines.spark import find_uncounted, spark_session

    spark = spark_session("local[2,4]")
    written = spark.read.parquet(f"{out}/posts").select("post_id", "reason").toArrow().to_pandas()
    ids = written.loc[written["reason"].eq("") & written["post_id"].ne("last"), "post_id"]
    counts = spark.read.parquet(f"{out}/counts")
    counts = counts.selectExpr("unix_seconds(minute) as minute", "service", "all").toArrow().to_pandas()
    posts = pd.concat([read_posts(file).posts for file in files], ignore_index=True)
    annotated = RowWork().run(posts)
    minute = annotated["created_at"].dt.floor("min").dt.as_unit("s").astype("int64").rename("minute")
    wanted = annotated.groupby([minute, "service"]).size()
    got = counts.groupby(["minute", "service"])["all"].sum()
    late = find_uncounted(spark, str(out), watermark=WATERMARK)
    said = "equal to" if got.sort_index().to_dict() == wanted.to_dict() else "OTHER THAN"
    print(
        f"{len(ids):,} posts written: {len(set(posts['post_id']) - set(ids))} lost, "
        f"{len(ids) - ids.nunique()} doubled; {len(got):,} counts {said} those of a batch, "
        f"{len(counts) - len(got)} doubled; {late} posts late",
        flush=True,
    )


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="posts")
    parser.add_argument("--overhead", action="store_true", help="cost beside two processes")
    parser.add_argument("--executors", action="store_true", help="kill executors of a cluster in mid-run")
    parser.add_argument("--follower", type=int, metavar="N", help="kill a folder's follower N times")
    parser.add_argument("--seed", type=int, default=7, help="of the moments of those kills")
    parser.add_argument("--after", type=float, default=12.0, help="seconds of work before a kill, at most")
    parser.add_argument("--part", choices=list(PARTS), help=argparse.SUPPRESS)
    parser.add_argument("given", nargs="*", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(PARTS[asked.part](*asked.given)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = write_rows(folder / "posts.csv", asked.rows) if asked.overhead or asked.executors else folder
        if asked.overhead:
            overhead(source, asked.rows)
        if asked.executors:
            executors(source, asked.rows)
        if asked.follower:
            follower(folder, asked.rows, asked.follower, asked.seed, asked.after)


if __name__ == "__main__":
    main()
