"""A run on Spark: read, annotate and count on the cluster; the posts of the report come here."""

from __future__ import annotations

import glob
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sentiment.engines.spark.annotating import annotate_table
from sentiment.engines.spark.counting import count_table
from sentiment.engines.spark.gathering import Gathered, gather
from sentiment.engines.spark.rows import TableWork
from sentiment.engines.spark.session import reason_of, spark_session
from sentiment.engines.spark.tables import as_spark, read_table
from sentiment.engines.spark.watching import watch
from sentiment.errors import InputError, SentimentError
from sentiment.ingest.paths import list_files

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


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
        progress: Called with the rows done so far.

    Returns:
        The posts and the counts, the same as those of this machine alone.

    Raises:
        InputError: if the source cannot be read or holds no posts.
        SentimentError: if pyspark or Java is missing, or the cluster fails.
    """
    spark = spark_session()
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]
    from pyspark import StorageLevel
    from pyspark.errors import PySparkException

    work.check()
    service = work.rows.service
    everything = replace(work, rows=replace(work.rows, service=""))
    try:
        done = annotate_table(_table(source, spark), everything, format=format)
        done.frame.persist(StorageLevel.DISK_ONLY)
        try:
            with watch(spark, done, progress):
                gathered = gather(done, service=service)
            posts = done.posts.where(done.posts["service"].isin("", service)) if service else done.posts
            counts = count_table(posts, min_service_posts=min_service_posts, service=service or None)
        finally:
            done.frame.unpersist()
            done.release()
    except (PySparkException, Py4JError) as error:
        raise SentimentError(f"Spark failed: {reason_of(error)}") from error
    return gathered, counts


def _table(source: Any, spark: SparkSession) -> DataFrame:  # noqa: ANN401 - see run_on_spark
    if isinstance(source, pd.DataFrame):
        return as_spark(source, spark)
    if hasattr(source, "mapInArrow"):
        table: DataFrame = source
        return table
    paths = [source] if isinstance(source, str | Path) else source
    if not isinstance(paths, list | tuple) or not all(isinstance(one, str | Path) for one in paths):
        raise InputError(
            f"The Spark engine reads a Spark frame, a pandas frame or paths, not {type(source).__name__}."
        )
    return read_table(spark, [address for one in paths for address in _addresses(one)])


def _addresses(path: str | Path) -> list[str]:
    """Return a path as Spark takes it: one of this machine told from the cluster's, a folder as its files."""
    if "://" in str(path):
        return [str(path)]
    here = Path(path).expanduser()
    if here.is_dir() and not here.suffix:
        return [one.resolve().as_uri() for one in list_files(here)]
    if not here.exists() and not glob.has_magic(str(path)):
        raise InputError(
            f"There is no {path} here; a path on a cluster begins with its kind, as in hdfs://…."
        )
    return [here.resolve().as_uri() if here.exists() else str(path)]
