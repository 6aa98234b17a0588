"""Which rows of a table on a cluster are copies of others: what :func:`find_copies` tells of one here.

The same rules in Spark's own functions, since rows of one key may lie anywhere. Three sorts of thin rows
(numbers alone, about 130 bytes each) cross the network; texts do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sentiment.engines.spark.rows import KEYS, PLACE
from sentiment.ingest.duplicates import COUNTS, SAME_DAY

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.window import WindowSpec

_NEVER: Final = 2**63 - 1
_RANK: Final = ("crawled", "full", "own", PLACE)
"""The newest crawl wins, then the whole text, then the post's own row, then the later one."""


def mark_copies(read: DataFrame) -> DataFrame:
    """Say of every post read whether it is a copy, and what its copies give it.

    Args:
        read: Columns of :data:`sentiment.engines.spark.rows.READ`.

    Returns:
        For each place: ``lost`` (a copy), ``merged`` (it had copies: :data:`COUNTS` are the largest of them,
        -1 where none was given), ``renamed`` (its id stands on another post too), ``exact`` and ``bands``.
    """
    from pyspark.sql import functions as F

    rows = read.where("reason = ''").select(
        *(PLACE, *KEYS, "exact", "bands", "at", "crawled"),
        (~F.col("truncated")).alias("full"),
        (~F.col("embedded")).alias("own"),
        *(F.coalesce(name, F.lit(-1)).alias(name) for name in COUNTS),
        F.lit(False).alias("lost"),
        F.lit(False).alias("merged"),
    )
    by_id = _fold(rows.withColumn("key", F.col("by_id")))
    by_text = _fold(_runs(by_id.withColumn("key", _unless_lost("by_author"))), "run")
    named = by_text.withColumn("key", _unless_lost("by_name"))
    renamed = F.count("*").over(_same(["key", _single()])) > 1
    return named.select(
        PLACE, "lost", "merged", *COUNTS, renamed.alias("renamed"), "exact", "bands"
    )  # fmt: skip


def _unless_lost(key: str) -> Column:
    from pyspark.sql import functions as F

    return F.when(F.col("lost"), 0).otherwise(F.col(key))


def _single() -> Column:
    """Return what makes a row without a key a group of its own."""
    from pyspark.sql import functions as F

    return F.when(F.col("key") == 0, F.col(PLACE))


def _same(keys: list[str | Column]) -> WindowSpec:
    from pyspark.sql import Window

    return Window.partitionBy(*keys)


def _fold(rows: DataFrame, *more: str) -> DataFrame:
    """Keep one row a ``key`` (0: none) with the largest counts; the others are lost."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    group = _same(["key", _single(), *more]).orderBy(*_RANK)
    whole = group.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    folded = rows.withColumn("best", F.last(PLACE).over(whole)).withColumn("group", F.count("*").over(whole))
    for name in COUNTS:
        folded = folded.withColumn(name, F.max(name).over(whole))
    lost = F.col("best") != F.col(PLACE)
    return folded.withColumn("merged", ~lost & (F.col("merged") | (F.col("group") > 1))).withColumn(
        "lost", F.col("lost") | lost
    )


def _runs(rows: DataFrame) -> DataFrame:
    """Number the posts of an author and text anew after a day without one."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    # a copy without a time belongs to the last run
    timed = rows.withColumn("at", F.when(F.col("at") >= 0, F.col("at")).otherwise(_NEVER))
    order = _same(["key", _single()]).orderBy("at", PLACE)
    gap = F.col("at") - F.lag("at").over(order)
    new = F.when((gap > SAME_DAY) & (F.col("at") != _NEVER), 1).otherwise(0)
    so_far = order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    return timed.withColumn("new", new).withColumn("run", F.sum("new").over(so_far))
