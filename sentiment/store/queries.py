"""SQL of one's own over a store, for notebooks: it can read the store and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pyarrow as pa

from sentiment.errors import InputError
from sentiment.schema import ANNOTATED, empty
from sentiment.store.parts import FOLDER, ROW

if TYPE_CHECKING:
    from sentiment.store.reading import Store


def run_sql(store: Store, query: str, parameters: Sequence[object]) -> pd.DataFrame:
    """Run a query over the views ``posts``, ``counts`` and ``incidents`` of a store.

    Raises:
        InputError: if DuckDB refuses it.
    """
    with closing(duckdb.connect(":memory:")) as engine:
        engine.execute("SET TimeZone = 'Asia/Shanghai'")
        _show_posts(engine, store)
        engine.register("counts", pa.Table.from_pandas(store.counts(), preserve_index=False))
        engine.register("incidents", _incidents(store))
        engine.execute(f"SET allowed_directories = ['{_quoted(str(store.folder / FOLDER))}']")
        engine.execute("SET enable_external_access = false")
        engine.execute("SET lock_configuration = true")
        try:
            found = engine.sql(query, params=list(parameters)).to_arrow_table()
        except duckdb.IOException:
            raise  # a merge took a file away: the store tries again
        except duckdb.Error as error:
            raise InputError(f"Cannot run the query: {str(error).splitlines()[0]}") from None
    frame: pd.DataFrame = found.to_pandas()
    return frame


def _show_posts(engine: duckdb.DuckDBPyConnection, store: Store) -> None:
    names, stale = store.live_parts()
    if not names:
        engine.register("posts", pa.Table.from_pandas(empty(ANNOTATED), preserve_index=False))
        return
    engine.register("stale", pa.table({"gone": pa.array(stale, type=pa.int64())}))
    files = ", ".join(f"'{_quoted(str(store.folder / FOLDER / name))}'" for name in names)
    engine.execute(
        f"CREATE VIEW posts AS SELECT * EXCLUDE {ROW} FROM read_parquet([{files}], "
        f"hive_partitioning = false) WHERE {ROW} NOT IN (SELECT gone FROM stale)"
    )


def _incidents(store: Store) -> pa.Table:
    shown = ("service", "kind", "severity", "onset", "peak", "peak_count", "end", "detected_at", "posts")
    rows = [
        {"id": one.id, "state": one.state, **{name: one.data[name] for name in shown}}
        for one in store.incidents()
    ]
    fields = {"id": "str", "state": "str", **dict.fromkeys(shown, "str")}
    numbers = dict.fromkeys(("severity", "peak_count", "posts"), "Int64")
    frame = pd.DataFrame(rows, columns=list(fields)).astype({**fields, **numbers})
    return pa.Table.from_pandas(frame, preserve_index=False)


def _quoted(text: str) -> str:
    return text.replace("'", "''")
