"""What a Spark task does with its rows: read them as posts, annotate them, say which it rejected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import pandas as pd
import pyarrow as pa

from sentiment.config import IngestSettings
from sentiment.engines.rows import RowWork
from sentiment.ingest import check_files
from sentiment.schema import ANNOTATED, REJECTED, TIME, ZONE

REJECTION: Final = {"reason": "str", "raw": "str"}
"""Columns beside those of :data:`sentiment.schema.ANNOTATED`; an accepted post has no reason."""
PLACE: Final = "__place"
"""Column of a row's number in the table, so that a task can keep the order of the input."""
_SPARK: Final = {
    "str": "string",
    "bool": "boolean",
    "Int64": "bigint",
    "float64": "double",
    TIME: "timestamp",
}
_ARROW: Final = {
    "str": pa.string(),
    "bool": pa.bool_(),
    "Int64": pa.int64(),
    "float64": pa.float64(),
    TIME: pa.timestamp("us", tz="UTC"),
}
RESULT: Final = {**ANNOTATED, **REJECTION}
DDL: Final = ", ".join(f"`{name}` {_SPARK[dtype]}" for name, dtype in RESULT.items())
"""The same as Spark reads a schema."""
_SCHEMA: Final = pa.schema([(name, _ARROW[dtype]) for name, dtype in RESULT.items()])


@dataclass(frozen=True, slots=True)
class TableWork:
    """Everything a task has to be told.

    Attributes:
        rows: What is done to each post.
        format: Layout of the table.
        clock: When it was crawled, for relative times.
        salt: Secret of the author hashes.
        since: First moment to keep.
        until: Last moment to keep.
        ingest: Limits of reading.
        alone: The table is one part: rows are named as in a table of this machine.
    """

    rows: RowWork = field(default_factory=RowWork)
    format: str = "generic"
    clock: str | None = None
    salt: str = ""
    since: str | None = None
    until: str | None = None
    ingest: IngestSettings = field(default_factory=IngestSettings)
    alone: bool = False

    def task(self) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
        """Return the function for ``mapInArrow``: rows of a table to rows of :data:`RESULT`."""

        def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            from pyspark import TaskContext

            context = TaskContext.get()
            part = context.partitionId() if context else 0
            name = "frame" if self.alone else f"frame.{part}"
            yield from self.annotate(list(batches), name).to_batches(max_chunksize=10_000)

        return run

    def annotate(self, batches: list[pa.RecordBatch], name: str) -> pa.Table:
        """Return all rows of a part: posts annotated, then rejected rows with their reason."""
        if not batches or not sum(batch.num_rows for batch in batches):
            return _SCHEMA.empty_table()
        raw = pa.Table.from_batches(batches).to_pandas()
        if PLACE in raw:
            raw = raw.sort_values(PLACE, ignore_index=True).drop(columns=PLACE)
        raw.attrs["source"] = name
        got = check_files(
            raw,
            format=self.format,
            clock=self.clock,
            salt=self.salt,
            since=self.since,
            until=self.until,
            settings=self.ingest,
        )
        parts = [as_arrow(self.rows.run(chunk).assign(reason="", raw="")) for chunk in got.chunks()]
        parts += [_rejected(bad) for bad in got.rejected_chunks()]
        return pa.concat_tables(parts) if parts else _SCHEMA.empty_table()


def as_arrow(frame: pd.DataFrame) -> pa.Table:
    """Return annotated posts as Spark takes them, times in microseconds."""
    table = pa.Table.from_pandas(frame[list(RESULT)], preserve_index=False)
    return table.replace_schema_metadata().cast(_SCHEMA, safe=False)


def _rejected(bad: pd.DataFrame) -> pa.Table:
    given = pa.Table.from_pandas(bad[list(REJECTED)], preserve_index=False)
    columns = [
        given.column(one.name).cast(one.type) if one.name in REJECTED else pa.nulls(len(bad), one.type)
        for one in _SCHEMA
    ]
    return pa.table(columns, schema=_SCHEMA)


def as_pandas(table: pa.Table) -> pd.DataFrame:
    """Return rows that came from Spark as the schema says."""
    frame = pd.DataFrame(
        {name: table.column(name).to_pandas() for name in RESULT if name in table.column_names}
    )
    for name in frame:
        if RESULT[str(name)] == TIME:
            times = frame[name] if frame[name].dt.tz is not None else frame[name].dt.tz_localize("UTC")
            frame[name] = times.dt.tz_convert(ZONE)
    return frame.astype({name: RESULT[str(name)] for name in frame})
