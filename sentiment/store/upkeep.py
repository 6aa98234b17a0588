"""Is a store whole, and can it be taken elsewhere?"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from sentiment.incidents import count_posts
from sentiment.store.database import VERSION, connect, snapshot
from sentiment.store.parts import FOLDER, ROW
from sentiment.store.reading import Store


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Attributes:
        posts: Posts, each of which was found once.
        parts: Parquet files.
        version: Version of the tables.
        problems: One sentence each; empty where the store is whole.
    """

    posts: int
    parts: int
    version: int
    problems: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return {
            "schema": 1,
            "posts": self.posts,
            "parts": self.parts,
            "version": self.version,
            "problems": list(self.problems),
        }


def check_store(store: Store) -> Checked:
    """Compare the state with the Parquet files and the counts with the posts.

    Every post must lie in exactly one live row, and counting all posts again must give the counts that were
    kept up from commit to commit.
    """
    with closing(connect(store.folder)) as connection, snapshot(connection) as state:
        problems = [row[0] for row in state.execute("PRAGMA integrity_check") if row[0] != "ok"]
        parts = state.execute("SELECT name, rows FROM parts ORDER BY id").fetchall()
        live = {row[0] for row in state.execute("SELECT row FROM posts WHERE row IS NOT NULL")}
        gone = {row[0] for row in state.execute("SELECT row FROM stale")}
    found: list[int] = []
    for part in parts:
        rows = _rows_of(store.folder / FOLDER / part["name"])
        if rows is None:
            problems.append(f"The file {part['name']} is missing or damaged.")
        elif len(rows) != part["rows"]:
            problems.append(f"The file {part['name']} holds {len(rows)} rows, not {part['rows']}.")
        found += rows or []
    problems += _rows_differ(found, live, gone)
    if not problems:
        problems += _counts_differ(store)
    return Checked(len(live), len(parts), VERSION, tuple(problems))


def _rows_of(path: Path) -> list[int] | None:
    try:
        return [int(row) for row in pq.read_table(path, columns=[ROW], partitioning=None)[ROW].to_pylist()]
    except (OSError, ValueError):  # what pyarrow raises for damage
        return None


def _rows_differ(found: list[int], live: set[int], gone: set[int]) -> list[str]:
    problems = []
    if len(found) != len(set(found)):
        problems.append(f"{len(found) - len(set(found))} rows lie in two files.")
    if missing := live - set(found):
        problems.append(f"{len(missing)} posts lie in no file.")
    if extra := set(found) - live - gone:
        problems.append(f"{len(extra)} rows are no post's.")
    return problems


def _counts_differ(store: Store) -> list[str]:
    """Count day by day, as far back as there are posts."""
    totals = store.totals()
    if totals.first is None or totals.last is None:
        return []
    problems = []
    for day in pd.date_range(totals.first.normalize(), totals.last.normalize(), freq="D"):
        until = day + pd.Timedelta(days=1)
        kept = store.counts(day, until)
        again = count_posts(store.rows_between(day, until, ()), min_service_posts=0, zeros=False)
        again = again.sort_values(["service", "series", "bucket"], ignore_index=True)
        if not kept.equals(again):
            problems.append(f"The minute counts of {day.date()} are not those of its posts.")
    return problems
