"""Posts as Parquet: ``posts/day=2026-03-12/00000007.parquet``, written once, merged later, never changed.

A file counts from the moment ``state.sqlite`` names it; one that it does not name is what a killed process
left and is swept away by the next writer.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as pq

from sentiment.errors import InputError
from sentiment.schema import ANNOTATED

FOLDER: Final = "posts"
ROW: Final = "_row"
"""Column with the row's number in the store; rows are numbered in the order in which they came."""
UNTIMED: Final = "none"
"""The day of posts without a time."""
_GROUP: Final = 50_000
"""Rows of a row group: what DuckDB may skip by time."""


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file of one day.

    Attributes:
        name: Below the store's ``posts`` folder.
        day: ``2026-03-12``, or ``none`` for posts without a time.
        rows: Rows it holds, stale ones included.
        level: How often its rows were merged.
        first: First wall-clock minute; None where untimed.
        last: Last wall-clock minute.
    """

    name: str
    day: str
    rows: int
    level: int
    first: int | None
    last: int | None


def days_of(posts: pd.DataFrame) -> pd.Series:
    """Return the day each post lies under.

    >>> from sentiment.schema import complete_posts
    >>> days_of(complete_posts(pd.DataFrame({"text": ["a"], "created_at": ["2026-03-12 23:59"]}))).tolist()
    ['2026-03-12']
    """
    days: pd.Series = posts["created_at"].dt.strftime("%Y-%m-%d").fillna(UNTIMED).astype("str")
    return days


def write_part(folder: Path, table: pa.Table, *, day: str, number: int) -> str:
    """Write one part durably under its final name and return that name.

    Raises:
        InputError: if the disk is full or the folder cannot be written.
    """
    name = f"day={day}/{number:010d}.parquet"
    path = folder / FOLDER / name
    draft = path.with_suffix(".writing")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, draft, compression="zstd", row_group_size=_GROUP)
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InputError(f"Cannot write to the store {folder}: {error.strerror or error}.") from None
    return name


def to_table(posts: pd.DataFrame, rows: Sequence[int]) -> pa.Table:
    """Return annotated posts as a table with their row numbers, times in microseconds."""
    frame = posts[list(ANNOTATED)].assign(**{ROW: pd.Series(rows, index=posts.index, dtype="int64")})
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    at = table.schema.get_field_index("created_at")
    time = pa.timestamp("us", tz="Asia/Shanghai")
    return table.set_column(at, pa.field("created_at", time), table["created_at"].cast(time, safe=False))


def merge_tables(folder: Path, names: Iterable[str], stale: Iterable[int]) -> tuple[pa.Table, list[int]]:
    """Return parts as one table in order of time without the stale rows, and those rows."""
    parts = [pq.read_table(folder / FOLDER / name, partitioning=None) for name in names]
    table = pa.concat_tables(parts, promote_options="default")
    gone = compute.is_in(table[ROW], value_set=pa.array(sorted(stale), type=pa.int64()))
    dropped = table[ROW].filter(gone).to_pylist()
    live = table.filter(compute.invert(gone))
    return live.sort_by([("created_at", "ascending"), (ROW, "ascending")]), dropped


def sweep(folder: Path, known: Iterable[str]) -> int:
    """Delete the Parquet files that the state does not name, and days without files; return how many."""
    keep, swept = set(known), 0
    root = folder / FOLDER
    for path in sorted(root.glob("day=*/*")):
        if path.relative_to(root).as_posix() not in keep:
            with suppress(OSError):  # on Windows a reader may hold it open: the next sweep takes it
                path.unlink()
                swept += 1
    for day in root.glob("day=*"):
        with suppress(OSError):
            day.rmdir()  # refused unless empty
    return swept
