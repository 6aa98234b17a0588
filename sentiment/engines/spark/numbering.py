"""Numbers for the rows of a Spark frame: 0, 1, 2, … by file, and by place within it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from sentiment.engines.spark.rows import BLOCK, FILE, PLACE

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_STRETCH: Final = ("__task", FILE, BLOCK)
"""Rows of one task and one block of a file lie one after the other."""


def number_rows(raw: DataFrame) -> tuple[DataFrame, int]:
    """Return a frame with the number of each row as :data:`PLACE`, and how many rows there are.

    Files go by their path (Spark reads large ones first), rows that come from no file as they come.
    """
    from pyspark.sql import functions as F

    told = raw.withColumns(
        {
            PLACE: F.monotonically_increasing_id(),
            "__task": F.spark_partition_id(),
            FILE: F.input_file_name(),
            BLOCK: F.input_file_block_start(),
        }
    )
    counts = told.groupBy(*_STRETCH).agg(F.min(PLACE).alias("low"), F.count("*").alias("rows"))
    stretches = counts.toArrow().sort_by([(name, "ascending") for name in (FILE, BLOCK, "__task")])
    rows = stretches.column("rows").to_numpy()
    shift = np.cumsum(rows) - rows - stretches.column("low").to_numpy()
    shifts = stretches.select(list(_STRETCH)).append_column("__shift", pa.array(shift))
    given = F.broadcast(raw.sparkSession.createDataFrame(shifts))
    placed = told.join(given, list(_STRETCH)).withColumn(PLACE, F.col(PLACE) + F.col("__shift"))
    return placed.drop(*_STRETCH, "__shift"), int(rows.sum())
