"""Counting on the cluster: what crosses to this machine is a row a minute and service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sentiment.engines.spark.session import quiet_pandas, zoned
from sentiment.incidents.counts import TOTAL
from sentiment.incidents.totals import complete_counts
from sentiment.schema import NOT_VOICES, ZONE

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def count_table(posts: DataFrame, *, min_service_posts: int = 30, service: str | None = None) -> pd.DataFrame:
    """Count annotated posts on the cluster as :func:`sentiment.incidents.count_posts` does here.

    Args:
        posts: Spark frame with the columns of :data:`sentiment.schema.ANNOTATED`.
        min_service_posts: Timed posts by people that must name a service.
        service: The posts are of this one service or of none: count all of them as it.

    Returns:
        A pandas frame of :data:`sentiment.schema.COUNTS`.
    """
    from pyspark.sql import functions as F

    with quiet_pandas():
        zoned(posts.sparkSession)
        timed = posts.where(F.col("created_at").isNotNull()).withColumn("minute", _minute())
        total = timed.groupBy("minute").agg(*_sums()).withColumn("service", F.lit(TOTAL))
        wide = total
        if service is None:
            named = timed.where(F.col("service") != "").groupBy("minute", "service").agg(*_sums())
            wide = total.unionByName(named)
        got = wide.toArrow().to_pandas()
    minutes = pd.to_datetime(got["minute"].to_numpy() * 60, unit="s", utc=True).tz_convert(ZONE)
    return complete_counts(got.assign(bucket=minutes), min_service_posts=min_service_posts, service=service)


def _minute() -> Column:
    from pyspark.sql import functions as F

    return F.floor(F.unix_timestamp("created_at") / 60)


def plain_sums() -> list[Column]:
    """Return the series of counts that add up: all but ``authors`` and ``roots``."""
    from pyspark.sql import functions as F

    people = _people()

    def count(where: Column) -> Column:
        return F.count(F.when(where, 1))

    stances = ("complaint", "understanding", "neutral")
    return [
        F.count("*").alias("all"),
        *(count(people & (F.col("stance") == name)).alias(name) for name in stances),
        count(people & F.col("outage")).alias("outage"),
        count(people & F.col("asks_help")).alias("help"),
    ]


def _sums() -> list[Column]:
    """Return every series of counts; ``authors`` and ``roots`` are distinct within their minute."""
    from pyspark.sql import functions as F

    def known(name: str) -> Column:
        return F.when(F.col(name) != "", F.col(name)).otherwise(F.col("post_id"))

    return [
        *plain_sums(),
        F.count_distinct(F.when(_people(), known("author"))).alias("authors"),
        F.count_distinct(known("root_id")).alias("roots"),
    ]


def _people() -> Column:
    from pyspark.sql import functions as F

    return ~F.col("account_kind").isin(*NOT_VOICES) & ~F.col("hijack")
