"""A table on a cluster, annotated: read part by part, copies and templates looked for over all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from sentiment.engines.spark.copies import mark_copies
from sentiment.engines.spark.likenesses import find_leaders
from sentiment.engines.spark.numbering import number_rows
from sentiment.engines.spark.rows import DDL, PLACE, READ, RESULT, SPARK, TableWork, spelled
from sentiment.engines.spark.session import quiet_pandas, zoned
from sentiment.errors import InputError
from sentiment.ingest.duplicates import COUNTS
from sentiment.ingest.formats import Layout, detect
from sentiment.schema import POSTS, REJECTED

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

PART: Final = 100_000
"""Rows of a part: what one task holds in memory, and what this machine reads at once."""
_LOOKED_AT: Final = 500


@dataclass(frozen=True, slots=True)
class Annotated:
    """Annotated posts on the cluster.

    Attributes:
        frame: Columns of :data:`sentiment.engines.spark.rows.RESULT`: posts in the order of the table, and
            rejected rows with a reason.
        rows: Rows of the table read.
        parts: Parts of the posts in ``frame``.
        layout: Layout of the table.
        reason: Why it is that.
        held: Frames that the cluster holds on its disks for this one.
    """

    frame: DataFrame
    rows: int
    parts: int
    layout: str
    reason: str
    held: tuple[DataFrame, ...] = ()

    @property
    def posts(self) -> DataFrame:
        """The posts alone, columns of :data:`sentiment.schema.ANNOTATED`."""
        return self.frame.where("reason = ''").drop("reason", "raw")

    @property
    def rejected(self) -> DataFrame:
        """``source``, ``reason`` and ``raw`` of every row that did not become a post."""
        return self.frame.where("reason <> ''").select("source", "reason", "raw")

    def release(self) -> None:
        """Let the cluster forget what it holds; the frame is then read anew when it is asked for."""
        for one in self.held:
            one.unpersist()


def annotate_table(
    raw: DataFrame, work: TableWork, *, format: str | None = None, part: int = PART
) -> Annotated:
    """Read the rows of a Spark frame as posts and annotate them; the result is that of this machine alone.

    A table of more than one part is read part by part, then copies and near-duplicates are looked for over
    all of it: that is done when this returns, annotating waits until the frame is asked for.

    Args:
        raw: Columns of any scraper, or of a posts frame. Rows must come in the same order whenever they are
            read, as those of files do.
        work: What is done; its ``format`` is set here.
        format: The table's layout where it should not be found out.
        part: Rows of a part.

    Raises:
        InputError: if the rows are not posts.
    """
    with quiet_pandas():
        zoned(raw.sparkSession)
        layout, reason = _layout(raw.limit(_LOOKED_AT).toArrow().to_pandas(), format)
        told = replace(work, format=layout.name)
        numbered, rows = number_rows(raw)
        parts = max(1, -(-rows // part))
        if parts == 1:
            done = numbered.coalesce(1).mapInArrow(told.task(), DDL)
            return Annotated(done, rows, 1, layout.name, reason)
        frame, held = _in_parts(numbered, told, part, parts)
        return Annotated(frame, rows, parts, layout.name, reason, held)


def _in_parts(
    numbered: DataFrame, work: TableWork, part: int, parts: int
) -> tuple[DataFrame, tuple[DataFrame, ...]]:
    from pyspark import StorageLevel
    from pyspark.sql import functions as F

    def cut(frame: DataFrame) -> DataFrame:
        return frame.repartitionById(parts, (F.col(PLACE) / part).cast("int"))

    read = cut(numbered).mapInArrow(work.reading(), spelled(READ)).persist(StorageLevel.DISK_ONLY)
    marks = mark_copies(read).persist(StorageLevel.DISK_ONLY)
    posts = _settle(read, marks, find_leaders(read, marks, parts))
    rejected = read.where("reason <> ''").select(*_rejection())
    return cut(posts).mapInArrow(work.annotating(), DDL).union(rejected), (read, marks)


def _settle(read: DataFrame, marks: DataFrame, leaders: DataFrame) -> DataFrame:
    """Return the posts without copies, with merged counts, distinct ids and the group of their template."""
    from pyspark.sql import functions as F

    touched = marks.where("lost or merged or renamed").drop("exact", "bands")
    given = touched.withColumnsRenamed({name: f"most_{name}" for name in COUNTS})
    kept = read.where("reason = ''").join(given, PLACE, "left").where("lost is null or not lost")
    own = F.when(F.col("renamed"), F.concat("post_id", F.lit("@"), "source")).otherwise(F.col("post_id"))
    most = {
        name: F.when(F.col("merged"), F.when(F.col(f"most_{name}") >= 0, F.col(f"most_{name}"))).otherwise(
            F.col(name)
        )
        for name in COUNTS
    }
    settled = kept.withColumns({"post_id": own, **most})
    named = settled.select(F.col(PLACE).alias("leader"), F.col("post_id").alias("group"))
    groups = leaders.join(named, "leader").select(PLACE, "group")
    grouped = settled.join(groups, PLACE, "left").withColumn("dup_group", F.coalesce("group", "post_id"))
    return grouped.select(PLACE, *POSTS)


def _rejection() -> list[Column]:
    """Return the columns of a result for a rejected row: it has no more than :data:`REJECTED`."""
    from pyspark.sql import functions as F

    return [
        F.col(name) if name in REJECTED else F.lit(None).cast(SPARK[dtype]).alias(name)
        for name, dtype in RESULT.items()
    ]


def _layout(sample: pd.DataFrame, format: str | None) -> tuple[Layout, str]:
    columns = tuple(map(str, sample.columns))
    cells = sample.astype("object").where(sample.notna(), None)
    rows = [dict(zip(columns, row, strict=True)) for row in cells.itertuples(index=False, name=None)]
    found = detect(rows, columns, format=format)
    if found.layout is None:
        if any("\ufffd" in str(cell) for cell in (*columns, *(row[name] for row in rows for name in row))):
            raise InputError(
                "The Spark table holds no posts: its text is not UTF-8, all that Spark reads. Without "
                "engine spark the encoding is found out."
            )
        raise InputError(f"The Spark table holds no posts: {found.reason}.")
    return found.layout, found.reason
