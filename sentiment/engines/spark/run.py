"""A run on Spark: read, annotate and count on the cluster; the posts of the report come here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sentiment.engines.spark.annotating import annotate_table
from sentiment.engines.spark.counting import count_table
from sentiment.engines.spark.gathering import Gathered, gather
from sentiment.engines.spark.rows import TableWork
from sentiment.engines.spark.session import spark_session
from sentiment.engines.spark.tables import as_spark, read_table
from sentiment.errors import InputError, SentimentError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def run_on_spark(
    source: Any,  # noqa: ANN401 - a Spark frame, which may not be installed
    work: TableWork,
    *,
    format: str | None = None,
    min_service_posts: int = 30,
    progress: Callable[[int], None] | None = None,
) -> tuple[Gathered, pd.DataFrame]:
    """Annotate and count on the cluster and fetch the posts.

    Args:
        source: A Spark frame, a pandas frame, or paths that Spark can reach.
        work: What is done; posts of other services than ``work.rows.service`` are not fetched.
        format: Layout where it should not be found out.
        min_service_posts: Timed posts by people that must name a service for a series of its own.
        progress: Called with the posts fetched so far.

    Returns:
        The posts and the counts, the same as those of this machine alone.

    Raises:
        InputError: if the source cannot be read or holds no posts.
        SentimentError: if pyspark or Java is missing, or the cluster fails.
    """
    from pyspark import StorageLevel
    from pyspark.errors import PySparkException

    service = work.rows.service
    everything = replace(work, rows=replace(work.rows, service=""))
    try:
        done = annotate_table(_table(source), everything, format=format)
        done.frame.persist(StorageLevel.DISK_ONLY)
        try:
            gathered = gather(done, service=service, progress=progress)
            posts = done.posts.where(done.posts["service"].isin("", service)) if service else done.posts
            counts = count_table(posts, min_service_posts=min_service_posts, service=service or None)
        finally:
            done.frame.unpersist()
            done.release()
    except PySparkException as error:
        raise SentimentError(f"Spark failed: {str(error).strip().splitlines()[-1]}") from error
    return gathered, counts


def _table(source: Any) -> DataFrame:  # noqa: ANN401 - see run_on_spark
    if isinstance(source, pd.DataFrame):
        return as_spark(source, spark_session())
    if hasattr(source, "mapInArrow"):
        table: DataFrame = source
        return table
    paths = [source] if isinstance(source, str | Path) else source
    if not isinstance(paths, list | tuple) or not all(isinstance(one, str | Path) for one in paths):
        raise InputError(
            f"The Spark engine reads a Spark frame, a pandas frame or paths, not {type(source).__name__}."
        )
    return read_table(spark_session(), [_address(one) for one in paths])


def _address(path: str | Path) -> str:
    """Return a path as Spark takes it; one of this machine is told from the cluster's."""
    here = Path(path)
    return here.resolve().as_uri() if "://" not in str(path) and here.exists() else str(path)
