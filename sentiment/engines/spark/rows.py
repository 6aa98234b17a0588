"""What a Spark task does with its rows: read them as posts, annotate them, say which it rejected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pyarrow as pa

from sentiment.config import IngestSettings
from sentiment.engines.rows import RowWork
from sentiment.ingest import check_files, read_part
from sentiment.schema import ANNOTATED, POSTS, REJECTED, TIME, ZONE

Task = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
"""A function for ``mapInArrow``."""
REJECTION: Final = {"reason": "str", "raw": "str"}
"""Columns beside those of :data:`sentiment.schema.ANNOTATED`; an accepted post has no reason."""
PLACE: Final = "__place"
"""Column of a row's number in the table, so that a task can keep the order of the input."""
FILE, BLOCK = "__file", "__block"
"""Columns of the file that a row comes from, and of where its block of it starts."""
KEYS: Final = ("by_id", "by_author", "by_name")
"""Hashes by which copies are found, see :class:`sentiment.ingest.duplicates.Keys`; 0: none."""
_KEYED: Final = {**dict.fromkeys((PLACE, *KEYS, "exact", "at", "crawled"), "int64"), "embedded": "bool"}
SPARK: Final = {
    "str": "string",
    "bool": "boolean",
    "Int64": "bigint",
    "int64": "bigint",
    "float64": "double",
    "bands": "array<bigint>",
    TIME: "timestamp",
}
"""What Spark calls a dtype."""
_ARROW: Final = {
    "str": pa.string(),
    "bool": pa.bool_(),
    "Int64": pa.int64(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bands": pa.list_(pa.int64()),
    TIME: pa.timestamp("us", tz="UTC"),
}
READ: Final = {
    **{name: dtype for name, dtype in POSTS.items() if name != "dup_group"},
    **_KEYED,
    "bands": "bands",
    **REJECTION,
}
"""Columns of rows that were read and not yet compared."""
RESULT: Final = {**ANNOTATED, **REJECTION}
_PIECE: Final = 20_000
"""Posts that are annotated at once."""


def spelled(columns: Mapping[str, str]) -> str:
    """Return columns as Spark reads a schema.

    >>> spelled({"text": "str"})
    '`text` string'
    """
    return ", ".join(f"`{name}` {SPARK[dtype]}" for name, dtype in columns.items())


def _schema(columns: Mapping[str, str]) -> pa.Schema:
    return pa.schema([(name, _ARROW[dtype]) for name, dtype in columns.items()])


DDL: Final = spelled(RESULT)
"""The columns of :data:`RESULT` as Spark reads a schema."""
_SCHEMA: Final = _schema(RESULT)
_READ_SCHEMA: Final = _schema(READ)


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
    """

    rows: RowWork = field(default_factory=RowWork)
    format: str = "generic"
    clock: str | None = None
    salt: str = ""
    since: str | None = None
    until: str | None = None
    ingest: IngestSettings = field(default_factory=IngestSettings)

    def check(self) -> None:
        """Try what is asked for on one row here: a task on the cluster would say the same much later.

        Raises:
            SentimentError: if a time, a limit or a model is wrong.
        """
        self.rows.digest()
        read_part(pd.DataFrame({"text": ["又崩了"]}), format="generic", **self._asked())

    def task(self) -> Task:
        """Return a task that does all: rows of a table that is one part to rows of :data:`RESULT`."""

        def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            raw = _in_order(batches)
            return _batches(self.annotate(raw)) if len(raw) else iter(())

        return run

    def reading(self) -> Task:
        """Return a task that reads a part's rows: to rows of :data:`READ`."""

        def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            raw = _in_order(batches)
            return _batches(self.read(raw)) if len(raw) else iter(())

        return run

    def annotating(self) -> Task:
        """Return a task that annotates a part's posts: to rows of :data:`RESULT`."""

        def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            posts = _in_order(batches)
            for start in range(0, len(posts), _PIECE):
                piece = typed(posts.iloc[start : start + _PIECE].reset_index(drop=True), POSTS)
                yield from _batches(self._annotated(piece))

        return run

    def following(self) -> Task:
        """Return a task that does all to the rows of each file: to rows of :data:`RESULT`."""

        def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            raw = _in_order(batches)
            for place, rows in raw.groupby([FILE, BLOCK], sort=False) if len(raw) else ():
                file = rows.drop(columns=[FILE, BLOCK]).reset_index(drop=True)
                # the same name whenever it is read: a row without an id of its own gets one from it
                file.attrs["source"] = _name(*map(str, place))
                yield from _batches(self.annotate(file))

        return run

    def annotate(self, raw: pd.DataFrame) -> pa.Table:
        """Return all rows of a table: posts annotated, then rejected rows with their reason."""
        raw = raw.drop(columns=PLACE, errors="ignore")
        got = check_files(raw, format=self.format, **self._asked())
        parts = [self._annotated(chunk) for chunk in got.chunks()]
        parts += [_rejected(bad, _SCHEMA) for bad in got.rejected_chunks()]
        return pa.concat_tables(parts) if parts else _SCHEMA.empty_table()

    def read(self, raw: pd.DataFrame) -> pa.Table:
        """Return the posts of a part with what tells copies from others, then its rejected rows."""
        start = int(raw[PLACE].iloc[0])
        raw = raw.drop(columns=PLACE)
        raw.attrs["first_row"] = start + 1
        first = read_part(raw, format=self.format, **self._asked())
        exact, bands = first.templates.keys()
        keys = {name: getattr(first.keys, name).load().view(np.int64) for name in KEYS}
        parts = [_rejected(bad, _READ_SCHEMA) for bad in first.rejected.read()]
        done = 0
        for posts in first.posts.read():
            here = slice(done, done + len(posts))
            told = {
                PLACE: np.arange(start + here.start, start + here.stop),
                **{name: key[here] for name, key in keys.items()},
                "exact": exact[here].view(np.int64),
                "at": _nanoseconds(posts["created_at"]),
                "crawled": _nanoseconds(posts["crawled"]),
                "bands": list(bands[here].astype(np.int64)),
                "reason": "",
                "raw": "",
            }
            parts.append(_table(posts.assign(**told), _READ_SCHEMA))
            done = here.stop
        return pa.concat_tables(parts) if parts else _READ_SCHEMA.empty_table()

    def _asked(self) -> dict[str, Any]:
        return {
            "clock": self.clock,
            "salt": self.salt,
            "since": self.since,
            "until": self.until,
            "settings": self.ingest,
        }

    def _annotated(self, posts: pd.DataFrame) -> pa.Table:
        return _table(self.rows.run(posts).assign(reason="", raw=""), _SCHEMA)


def _in_order(batches: Iterable[pa.RecordBatch]) -> pd.DataFrame:
    """Return a part's rows in the order of the input."""
    held = [batch for batch in batches if batch.num_rows]
    if not held:
        return pd.DataFrame()
    raw: pd.DataFrame = pa.Table.from_batches(held).to_pandas()
    return raw.sort_values(PLACE, ignore_index=True) if PLACE in raw else raw


def _name(path: str, block: str) -> str:
    """Return the name of a file by its address, and where a block of it starts that is not its first.

    >>> _name("file:///in/7%E6%9C%88.csv", "0")
    '7月.csv'
    """
    return unquote(PurePosixPath(path).name) + ("" if block in ("0", "-1") else f"+{block}")


def _batches(table: pa.Table) -> Iterator[pa.RecordBatch]:
    return iter(table.to_batches(max_chunksize=10_000))


def _nanoseconds(times: pd.Series) -> np.ndarray:
    """A missing time is the least number."""
    return times.to_numpy(dtype="datetime64[ns]").view(np.int64)


def _table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """Return a frame as Spark takes it, times in microseconds."""
    table = pa.Table.from_pandas(frame[schema.names], preserve_index=False)
    return table.replace_schema_metadata().cast(schema, safe=False)


def _rejected(bad: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    given = pa.Table.from_pandas(bad[list(REJECTED)], preserve_index=False)
    columns = [
        given.column(one.name).cast(one.type) if one.name in REJECTED else pa.nulls(len(bad), one.type)
        for one in schema
    ]
    return pa.table(columns, schema=schema)


def as_pandas(table: pa.Table) -> pd.DataFrame:
    """Return rows that came from Spark as the schema says."""
    names = [name for name in RESULT if name in table.column_names]
    frame = pd.DataFrame({name: table.column(name).to_pandas() for name in names})
    return typed(frame, {name: RESULT[name] for name in names})


def typed(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return these columns with their dtypes, times in Shanghai's zone."""
    given = frame[list(columns)].copy()
    for name in (name for name, dtype in columns.items() if dtype == TIME):
        times = given[name] if given[name].dt.tz is not None else given[name].dt.tz_localize("UTC")
        given[name] = times.dt.tz_convert(ZONE)
    return given.astype(dict(columns))
