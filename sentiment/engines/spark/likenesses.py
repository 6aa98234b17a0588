"""Which posts of a table on a cluster share a template: what :class:`Templates` tells of one here.

Equal wordings are grouped by their hash; of the rest, texts that share a band key are compared in one task.
What comes to this machine is a pair of numbers for each text that resembles another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from sentiment.engines.spark.rows import PLACE
from sentiment.ingest.templates import link_alike

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_PAIR: Final = "one bigint, other bigint"
_BAND: Final = 2**32


def find_leaders(read: DataFrame, marks: DataFrame, parts: int) -> DataFrame:
    """Return ``place`` and ``leader`` (a place) of every post whose template an earlier post has.

    Args:
        read: Columns of :data:`sentiment.engines.spark.rows.READ`.
        marks: What :func:`mark_copies` says of them.
        parts: Tasks that compare texts.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    head = F.min(PLACE).over(Window.partitionBy("exact"))
    taking = marks.where("not lost and exact <> 0").select(PLACE, "bands", head.alias("head"))
    linked = close_chains(_pairs(read, taking.where(F.col(PLACE) == F.col("head")), parts))
    roots = read.sparkSession.createDataFrame(linked)
    found = taking.select(PLACE, "head").join(roots, "head", "left")
    leader = F.coalesce("root", "head")
    return found.select(PLACE, leader.alias("leader")).where(F.col("leader") != F.col(PLACE))


def _pairs(read: DataFrame, heads: DataFrame, parts: int) -> pa.Table:
    """Return pairs of places whose texts are alike: enough to chain all that are."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    banded = heads.select(PLACE, F.posexplode("bands").alias("band", "value"))
    keyed = banded.select(PLACE, (F.col("band") * _BAND + F.col("value")).alias("key"))
    shared = keyed.withColumn("many", F.count("*").over(Window.partitionBy("key"))).where("many > 1")
    told = shared.select("key", PLACE).join(read.where("reason = ''").select(PLACE, "text"), PLACE)
    pairs: pa.Table = told.repartition(parts, "key").mapInArrow(_compare, _PAIR).toArrow()
    return pairs


def _compare(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    held = [batch for batch in batches if batch.num_rows]
    if not held:
        return
    table = pa.Table.from_batches(held).sort_by([("key", "ascending"), (PLACE, "ascending")])
    places = table.column(PLACE).to_numpy()
    first = link_alike(table.column("text").to_pylist(), table.column("key").to_numpy())
    apart = first != np.arange(len(first))
    yield pa.record_batch({"one": places[apart], "other": places[first[apart]]})


def close_chains(pairs: pa.Table) -> pa.Table:
    """Return for every place in a pair, by name ``head``, the smallest one it is chained to: ``root``."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(pairs):
        return pa.table({"head": pa.array([], pa.int64()), "root": pa.array([], pa.int64())})
    ends = np.concatenate([pairs.column("one").to_numpy(), pairs.column("other").to_numpy()])
    places, at = np.unique(ends, return_inverse=True)
    left, right = np.split(at, 2)
    links = coo_array((np.ones(len(left), dtype=bool), (left, right)), shape=(len(places), len(places)))
    _, group = connected_components(links, directed=False)
    _, first = np.unique(group, return_index=True)  # places ascend: the first of a group is its smallest
    return pa.table({"head": places, "root": places[first][group]})
