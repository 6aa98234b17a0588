"""Processes killed with ``kill -9`` while Spark works: an executor, and whoever follows a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from sentiment.engines.spark import TableWork, follow
from sentiment.incidents import find_incidents
from sentiment.ingest import Ingested
from sentiment.pipeline import analyze
from tests.engines.growing import drop

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")

EXECUTOR = """
import os, signal, sys, threading, time
from pathlib import Path
import pandas as pd
from sentiment.engines.spark import TableWork, annotate_table, count_table, gather, read_table, spark_session

spark = spark_session("local-cluster[2,1,1024]")
spark.conf.set("spark.sql.shuffle.partitions", "2")
port = f":{spark.conf.get('spark.driver.port')}".encode()
killed = []

def executors():
    told = {one.parent: one.read_bytes() for one in Path("/proc").glob("[0-9]*/cmdline") if one.exists()}
    return [int(one.name) for one, line in told.items() if b"CoarseGrainedExecutor" in line and port in line]

def kill_one():
    tracker = spark.sparkContext.statusTracker()
    while not killed:
        stages = [tracker.getStageInfo(number) for number in tracker.getActiveStageIds()]
        if any(one and one.numTasks == 4 and one.numActiveTasks and one.numCompletedTasks for one in stages):
            killed.extend(executors())
            os.kill(killed[0], signal.SIGKILL)
        time.sleep(0.01)

threading.Thread(target=kill_one, daemon=True).start()
done = annotate_table(read_table(spark, sys.argv[1]), TableWork(), part=125)
done.frame.persist()
gather(done).annotated.to_pickle(sys.argv[2])
count_table(done.posts).to_pickle(sys.argv[3])
print(len(killed), done.parts)
"""
COLUMNS = "id string, created_at timestamp, text string, user_id string"
OPTIONS = {"schema": COLUMNS, "kind": "json", "watermark": "10 minutes"}
FOLLOWER = f"""
import sys
from sentiment.engines.spark import TableWork, follow, spark_session
follow(spark_session("local[2,4]"), *sys.argv[1:], work=TableWork(), **{OPTIONS})
"""


def environment() -> dict[str, str]:
    """Ours, without what a Spark that runs here has put into it; no thorough compiling in short runs."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYSPARK")}
    quick = "-XX:TieredStopAtLevel=1"
    options = f"--conf spark.executor.extraJavaOptions={quick} --driver-java-options {quick} pyspark-shell"
    return {**ours, "PYSPARK_SUBMIT_ARGS": options}


def test_an_executor_that_is_killed_changes_nothing(sample: Ingested, tmp_path: Path) -> None:
    wanted = analyze(analyze(sample.posts).ingested.posts)
    paths = [tmp_path / name for name in ("posts.parquet", "annotated", "counts")]
    wanted.ingested.posts.to_parquet(paths[0], coerce_timestamps="us")
    told = subprocess.run(
        [sys.executable, "-c", EXECUTOR, *map(str, paths)],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert told.stdout.split() == ["2", "4"], told.stderr[-3000:]
    annotated, counts = (pd.read_pickle(path) for path in paths[1:])
    pd.testing.assert_frame_equal(annotated, wanted.annotated)
    pd.testing.assert_frame_equal(counts, wanted.counts)
    found = find_incidents(annotated, counts, responses=wanted.responses)
    assert found.to_dict() == wanted.found.to_dict()


def kill_follower(folder: Path, out: Path, begun: str) -> None:
    """Start one, and kill it and all it started once a file of its checkpoint is there."""
    follower = subprocess.Popen(
        [sys.executable, "-c", FOLLOWER, folder.as_uri(), out.as_uri()],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not (out / "checkpoint" / begun).exists():
        assert follower.poll() is None, "it ended before it was killed"
        time.sleep(0.01)
    os.killpg(follower.pid, signal.SIGKILL)
    follower.wait()


def test_a_follower_that_is_killed_loses_and_doubles_nothing(spark, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    drop(folder, "a", "2026-03-12 12:00:00", ["美团又崩了"] * 12)
    drop(folder, "b", "2026-03-12 12:01:00", ["京东点不了"] * 12)
    kill_follower(folder, out, "posts/offsets/0")
    assert not (out / "checkpoint" / "posts" / "commits" / "0").exists()
    drop(folder, "c", "2026-03-12 14:00:00", ["好了"])  # closes the minutes before
    done = follow(spark, folder.as_uri(), out.as_uri(), work=TableWork(), **OPTIONS)
    assert done.late == 0
    written = spark.read.parquet(f"{out}/posts").toArrow().to_pandas()
    assert sorted(written["post_id"]) == sorted([*(f"{name}{n}" for name in "ab" for n in range(12)), "c0"])
    counts = spark.read.parquet(f"{out}/counts").toArrow().to_pandas().sort_values(["service", "minute"])
    assert counts["service"].tolist() == ["京东", "京东", "美团", "美团"]
    assert counts["all"].tolist() == [6, 6, 6, 6]
