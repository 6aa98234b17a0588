"""Tables on any path that Spark can reach, in and out; and frames of pandas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pandas as pd
import pyarrow as pa

from sentiment.engines.spark.session import first_line, quiet_pandas, zoned
from sentiment.errors import InputError, unknown

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

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
    if not names:
        raise InputError("No files were given; name at least one file or folder.")
    kinds = sorted({kind_of(name, kind) for name in names})
    if len(kinds) > 1:
        raise InputError(
            f"Spark reads files of one kind at once, not {' and '.join(kinds)}: name those of one."
        )
    given = kinds[0]
    try:
        return zoned(spark).read.load(names, format=given, **reader_options(given))
    except Exception as error:
        raise InputError(f"Spark cannot read {', '.join(names)}: {first_line(error)}") from None


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
            raise InputError(f"Spark cannot write {path}: {first_line(error)}") from None
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
    ending = PurePosixPath(path.rstrip("/*").removesuffix(".gz")).suffix.lower()
    if ending not in _READERS:
        raise InputError(
            f"Spark cannot tell what {path} holds: name a path that ends in {', '.join(_READERS)}."
        )
    return _READERS[ending]


def _is_spark_error(error: Exception) -> bool:
    return type(error).__module__.startswith(("pyspark", "py4j"))


def as_spark(posts: pd.DataFrame, spark: SparkSession) -> DataFrame:
    """Return a pandas frame as a Spark frame, texts and numbers as they are."""
    with quiet_pandas():
        table = pa.Table.from_pandas(posts, preserve_index=False).replace_schema_metadata()
        kept = [_microseconds(one) if pa.types.is_timestamp(one.type) else one for one in table.schema]
        return zoned(spark).createDataFrame(table.cast(pa.schema(kept), safe=False))


def _microseconds(times: pa.Field) -> pa.Field:
    """Return the type with which Spark keeps a time."""
    return times.with_type(pa.timestamp("us", tz=times.type.tz))
