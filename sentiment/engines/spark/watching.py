"""How far a cluster has come, told while it works."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sentiment.engines.spark.annotating import Annotated

if TYPE_CHECKING:
    from pyspark import StatusTracker
    from pyspark.sql import SparkSession

_EVERY: Final = 0.5
"""Seconds between two looks."""


@contextmanager
def watch(spark: SparkSession, done: Annotated, progress: Callable[[int], None] | None) -> Iterator[None]:
    """Tell the rows that are done, by the tasks that are, while posts are annotated in this thread."""
    if progress is None:
        yield
        return
    context, group, over = spark.sparkContext, f"sentiment-{uuid4()}", threading.Event()
    context.setJobGroup(group, "annotate posts")
    most = 0

    def look() -> None:
        nonlocal most
        while not over.wait(_EVERY):
            rows = int(done.rows * _share(context.statusTracker(), group, done.parts))
            if rows > most:
                most = rows
                progress(rows)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        for name in ("spark.jobGroup.id", "spark.job.description"):
            context.setLocalProperty(name, None)  # type: ignore[arg-type]  # None takes it away
    progress(done.rows)


def _share(tracker: StatusTracker, group: str, parts: int) -> float:
    """Return the share of tasks done of the group's first job: of its last stage, which annotates."""
    jobs = [tracker.getJobInfo(job) for job in sorted(tracker.getJobIdsForGroup(group))]
    stages = [tracker.getStageInfo(stage) for job in jobs if job for stage in sorted(job.stageIds)]
    shares = [one.numCompletedTasks / one.numTasks for one in stages if one and one.numTasks >= parts]
    return max(shares[-1:], default=0.0)
