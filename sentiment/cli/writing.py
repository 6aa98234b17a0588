"""Tables to files, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.cli.reading import show_progress
from sentiment.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def write_tables(parts: Iterable[pd.DataFrame], output: Path, *, guard: bool) -> int:
    """Write parts of one table, one at a time in memory; the file appears whole or not at all."""
    progress = show_progress()
    rows = 0
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        unfinished = output.with_name(f".{output.name}.part")
        append = _append_parquet if output.suffix == ".parquet" else partial(_append_csv, guard=guard)
        with append(unfinished) as write:
            for part in parts:
                write(part)
                rows += len(part)
                progress("write", rows)
        unfinished.replace(output)
    except OSError as error:
        raise InputError(f"Cannot write {output}: {error.strerror or error}.") from None
    return rows


@contextmanager
def _append_csv(path: Path, *, guard: bool) -> Iterator[Callable[[pd.DataFrame], None]]:
    from sentiment.ingest import guard_cells

    with path.open("w", encoding="utf-8-sig", newline="") as file:

        def write(part: pd.DataFrame) -> None:
            shown = guard_cells(part) if guard else part
            shown.to_csv(file, index=False, lineterminator="\n", header=file.tell() == 0)

        yield write


@contextmanager
def _append_parquet(path: Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from sentiment.engines.parquet import packing

    with ExitStack() as stack:
        writers: list[pq.ParquetWriter] = []

        def write(part: pd.DataFrame) -> None:
            table = pa.Table.from_pandas(part, preserve_index=False)
            if not writers:
                writers.append(
                    stack.enter_context(pq.ParquetWriter(path, table.schema, **packing(table.schema)))
                )
            writers[0].write_table(table)

        yield write
