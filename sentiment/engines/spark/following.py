"""A growing folder: what is new is annotated and counted; a killed run goes on from its checkpoint."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sentiment.engines.spark.counting import plain_sums
from sentiment.engines.spark.rows import BLOCK, DDL, FILE, TableWork
from sentiment.engines.spark.session import quiet_pandas, zoned
from sentiment.engines.spark.tables import kind_of, reader_options
from sentiment.errors import SentimentError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.listener import StreamingQueryProgress
    from pyspark.sql.streaming.query import StreamingQuery

WATERMARK: Final = "1 hour"
_LOG: Final = logging.getLogger("sentiment.engines")


@dataclass(frozen=True, slots=True)
class Followed:
    """What one look at a folder did.

    Attributes:
        posts: Rows annotated and written (rejected rows are written too, with their reason).
        late: Posts that came after their minute was closed: written, but in no count.
    """

    posts: int
    late: int


def follow(
    spark: SparkSession,
    folder: str,
    out: str,
    *,
    work: TableWork,
    schema: str,
    kind: str | None = None,
    watermark: str = WATERMARK,
) -> Followed:
    """Annotate and count the files that came into a folder since the last call, then return.

    Call it again for more (from cron, say). ``out`` gets ``posts`` (Parquet, every row once), ``counts``
    (Parquet, one row a minute and service, final once written) and ``checkpoint``. Posts whose id was seen
    within the watermark are counted once. Files are taken by their time of change: many old files dropped at
    once may come out of order, and what is then older than the watermark is counted as late, in a warning.

    Args:
        spark: The session.
        folder: Where files appear, whole (rename them into it).
        out: Folder of the results, on any path of Spark.
        work: What is done; its ``format`` must be set.
        schema: Columns of the files, as Spark writes a schema (``"id string, text string, …"``).
        kind: ``parquet``, ``csv`` or ``json``; None: told by the folder's ending.
        watermark: How long a minute stays open for late posts.

    Raises:
        SentimentError: if a query fails.
    """
    from pyspark.sql import functions as F

    zoned(spark)
    given = kind_of(folder, kind)
    with quiet_pandas():
        raw = spark.readStream.format(given).options(**reader_options(given)).schema(schema).load(folder)
        named = raw.withColumns({FILE: F.input_file_name(), BLOCK: F.input_file_block_start()})
        posts = _run(_writer(named.mapInArrow(work.following(), DDL), out, "posts"))
        told = spark.readStream.schema(DDL).parquet(f"{out}/posts")
        counted = _run(_writer(_counts(told, watermark), out, "counts"))
    late = sum(one.numRowsDroppedByWatermark for progress in counted for one in progress.stateOperators)
    if late:
        _LOG.warning(
            "%d posts came more than %s late: they are in %s/posts but in no count.", late, watermark, out
        )
    return Followed(sum(progress.numInputRows for progress in posts), late)


def find_uncounted(spark: SparkSession, out: str, *, watermark: str = WATERMARK) -> int:
    """Return how many posts lie in minutes that are final and are in no count: all that ever came late.

    What :func:`follow` warns of once, in the call that drops them, can be had from its results at any time;
    all posts are read for it.

    Args:
        spark: The session.
        out: What a call of :func:`follow` that returned has written.
        watermark: The one given to it.
    """
    from pyspark.sql import functions as F

    with quiet_pandas():
        posts = _timed(zoned(spark).read.parquet(f"{out}/posts"))
        final = posts.agg((F.max("created_at") - F.expr(f"interval {watermark}")).alias("final"))
        ended = F.date_trunc("minute", "created_at") + F.expr("interval 1 minute") <= F.col("final")
        ids = posts.crossJoin(F.broadcast(final)).where(ended).select("platform", "post_id")
        counted = spark.read.parquet(f"{out}/counts").agg(F.sum("all")).collect()[0][0] or 0
        return ids.distinct().count() - int(counted)


def _timed(posts: DataFrame) -> DataFrame:
    return posts.where("reason = '' and created_at is not null")


def _counts(posts: DataFrame, watermark: str) -> DataFrame:
    from pyspark.sql import functions as F

    once = (
        _timed(posts)
        .withWatermark("created_at", watermark)
        .dropDuplicatesWithinWatermark(["platform", "post_id"])
    )
    window = F.window("created_at", "1 minute")
    return (
        once.groupBy(window, "service")
        .agg(*plain_sums())
        .withColumn("minute", F.col("window.start"))
        .drop("window")
    )


def _writer(frame: DataFrame, out: str, name: str) -> StreamingQuery:
    return (
        frame.writeStream.format("parquet")
        .outputMode("append")
        .option("path", f"{out}/{name}")
        .option("checkpointLocation", f"{out}/checkpoint/{name}")
        .trigger(availableNow=True)
        .start()
    )


def _run(query: StreamingQuery) -> list[StreamingQueryProgress]:
    try:
        query.awaitTermination()
    except Exception as error:
        raise SentimentError(f"Following the folder failed: {str(error).splitlines()[0]}") from error
    return list(query.recentProgress)
