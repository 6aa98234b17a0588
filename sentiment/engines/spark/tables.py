"""Tables on any path that Spark can reach: in, out, and annotated in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pandas as pd
import pyarrow as pa

from sentiment.engines.spark.rows import DDL, PLACE, TableWork
from sentiment.engines.spark.session import quiet_pandas, zoned
from sentiment.errors import InputError, unknown
from sentiment.ingest.formats import Layout, detect

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

PART: Final = 100_000
"""Rows of a part: what one task holds in memory."""
_LOOKED_AT: Final = 500
_READERS: Final = {".parquet": "parquet", ".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json"}
_CSV: Final = {"header": "true", "multiLine": "true", "quote": '"', "escape": '"', "encoding": "UTF-8"}


def read_table(spark: SparkSession, paths: str | Sequence[str], *, kind: str | None = None) -> DataFrame:
    """Read Parquet, CSV or JSON lines from any path of Spark: ``hdfs://``, ``s3a://``, ``file://``, a folder.

    Args:
        spark: The session.
        paths: One path or several of the same kind.
        kind: ``parquet``, ``csv`` or ``json``; None: told by the ending of the first path.

    Raises:
        InputError: if the kind cannot be told, or there is nothing to read.
    """
    names = [paths] if isinstance(paths, str) else list(paths)
    given = kind_of(names[0], kind)
    try:
        return spark.read.load(names, format=given, **reader_options(given))
    except Exception as error:
        raise InputError(f"Spark cannot read {', '.join(names)}: {_first_line(error)}") from None


def reader_options(kind: str) -> dict[str, str]:
    """Return the options with which a kind of table is read.

    >>> reader_options("parquet")
    {}
    """
    return dict(_CSV) if kind == "csv" else {}


def write_table(frame: DataFrame, path: str, *, kind: str | None = None) -> None:
    """Write a Spark frame as a folder of Parquet, CSV or JSON files on any path of Spark.

    Raises:
        InputError: if the kind cannot be told or the folder is there already.
    """
    try:
        frame.write.format(kind_of(path, kind)).option("header", "true").save(path)
    except Exception as error:
        if _is_spark_error(error):
            raise InputError(f"Spark cannot write {path}: {_first_line(error)}") from None
        raise


def kind_of(path: str, kind: str | None) -> str:
    """Return the kind of a table, told by the ending of its path.

    >>> kind_of("hdfs://nn/posts.jsonl", None)
    'json'
    """
    if kind is not None:
        if kind not in _READERS.values():
            raise InputError(unknown("kind of table", kind, sorted(set(_READERS.values()))))
        return kind
    ending = PurePosixPath(path.rstrip("/*")).suffix.lower()
    if ending not in _READERS:
        raise InputError(
            f"Spark cannot tell what {path} holds: name a path that ends in {', '.join(_READERS)}."
        )
    return _READERS[ending]


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _is_spark_error(error: Exception) -> bool:
    return type(error).__module__.startswith(("pyspark", "py4j"))


@dataclass(frozen=True, slots=True)
class Annotated:
    """Annotated posts on the cluster.

    Attributes:
        frame: Columns of :data:`sentiment.engines.spark.rows.RESULT`: posts, and rejected rows with a reason.
        rows: Rows of the table read.
        parts: Parts they were done in.
        layout: Layout of the table.
        reason: Why it is that.
    """

    frame: DataFrame
    rows: int
    parts: int
    layout: str
    reason: str

    @property
    def posts(self) -> DataFrame:
        """The posts alone, columns of :data:`sentiment.schema.ANNOTATED`."""
        return self.frame.where("reason = ''").drop("reason", "raw")

    @property
    def rejected(self) -> DataFrame:
        """``source``, ``reason`` and ``raw`` of every row that did not become a post."""
        return self.frame.where("reason <> ''").select("source", "reason", "raw")


def annotate_table(
    raw: DataFrame, work: TableWork, *, format: str | None = None, part: int = PART
) -> Annotated:
    """Read the rows of a Spark frame as posts and annotate them, each part of the rows in one task.

    Rows with one id lie in one part, so a post read twice is found; copies of a text by one author and
    near-duplicates are looked for within a part. A table of one part gives what this machine alone would.

    Args:
        raw: Columns of any scraper, or of a posts frame.
        work: What is done; its ``format`` is set here.
        format: The table's layout where it should not be found out.
        part: Rows of a part, about.

    Raises:
        InputError: if the rows are not posts.
    """
    from pyspark.sql import functions as F

    with quiet_pandas():
        zoned(raw.sparkSession)
        layout, reason = _layout(raw.limit(_LOOKED_AT).toArrow().to_pandas(), format)
        rows = raw.count()
        parts = max(1, -(-rows // part))
        placed = raw.withColumn(PLACE, F.monotonically_increasing_id())
        keys = [name for name in layout.columns("post_id") if name in raw.columns] or raw.columns
        spread = placed.coalesce(1) if parts == 1 else placed.repartition(parts, *keys)
        told = replace(work, format=layout.name, alone=parts == 1)
        return Annotated(spread.mapInArrow(told.task(), DDL), rows, parts, layout.name, reason)


def _layout(sample: pd.DataFrame, format: str | None) -> tuple[Layout, str]:
    columns = tuple(map(str, sample.columns))
    cells = sample.astype("object").where(sample.notna(), None)
    rows = [dict(zip(columns, row, strict=True)) for row in cells.itertuples(index=False, name=None)]
    found = detect(rows, columns, format=format)
    if found.layout is None:
        raise InputError(f"The Spark table holds no posts: {found.reason}.")
    return found.layout, found.reason


def as_spark(posts: pd.DataFrame, spark: SparkSession) -> DataFrame:
    """Return a pandas frame as a Spark frame, texts and numbers as they are."""
    with quiet_pandas():
        table = pa.Table.from_pandas(posts, preserve_index=False).replace_schema_metadata()
        kept = [_microseconds(one) if pa.types.is_timestamp(one.type) else one for one in table.schema]
        return zoned(spark).createDataFrame(table.cast(pa.schema(kept), safe=False))


def _microseconds(times: pa.Field) -> pa.Field:
    """Return the type with which Spark keeps a time."""
    return times.with_type(pa.timestamp("us", tz=times.type.tz))
