"""Which of the posts handed in are new, which replace others, and which change nothing.

The same rules as inside one run (see :mod:`sentiment.ingest.duplicates`), so that it does not matter how
were cut into commits: of posts with one id, and of an author's posts of one text within a day, the newest
crawl stays, then the whole text, then the post's own row, then the later one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from sentiment.incidents.minutes import DAY
from sentiment.store.identity import UNTIMED


@dataclass(frozen=True, slots=True)
class Added:
    """What became of posts handed to a store: together they are the posts handed in.

    Attributes:
        new: Posts not seen before.
        updated: Newer versions of known posts.
        known: Posts that changed nothing.
        copies: Posts that repeat an author's words of the same day under another id; one of the two is kept.
        old: Posts from before what was pruned.
    """

    new: int = 0
    updated: int = 0
    known: int = 0
    copies: int = 0
    old: int = 0


@dataclass(frozen=True, slots=True)
class Sifted:
    """Which posts to write and which stored ones they replace.

    Attributes:
        kept: Places of the posts to write.
        aliases: Places of copies that are not written but known from now on.
        replaced: Rows of the table ``posts`` that are replaced by a post of the same id.
        displaced: Rows that are replaced by a copy under another id.
        added: What became of all posts.
    """

    kept: tuple[int, ...]
    aliases: tuple[int, ...]
    replaced: tuple[sqlite3.Row, ...]
    displaced: tuple[sqlite3.Row, ...]
    added: Added

    @property
    def gone(self) -> tuple[sqlite3.Row, ...]:
        """The stored posts that are no more."""
        return (*self.replaced, *self.displaced)


class Mark(NamedTuple):
    """What is remembered of one post, see :func:`sentiment.store.identity.identify`."""

    key: int
    said: int
    minute: int
    rank: int
    content: int


def sift(
    marks: pd.DataFrame,
    known: Mapping[int, sqlite3.Row],
    said: Mapping[int, Sequence[sqlite3.Row]],
    horizon: int,
) -> Sifted:
    """Decide about each post.

    Args:
        marks: What is remembered of each, one row a post.
        known: Rows of the table ``posts`` by key.
        said: Live rows by author and text.
        horizon: Minute before which posts were pruned.
    """
    kept: list[int] = []
    aliases: list[int] = []
    replaced: dict[int, sqlite3.Row] = {}
    displaced: dict[int, sqlite3.Row] = {}
    counts = dict.fromkeys(("new", "updated", "known", "copies", "old"), 0)
    taken: set[int] = set()
    rows = marks[list(Mark._fields)].itertuples(index=False, name=None)
    for at, one in enumerate(map(Mark._make, rows)):
        before = known.get(one.key)
        near = [row for row in said.get(one.said, ()) if row["key"] != one.key and _same_day(one, row)]
        fate = "known" if one.key in taken else _fate(one, before, near, horizon)
        counts[fate] += 1
        loses = fate == "copies" and any(row["rank"] > one.rank for row in near)
        if loses:
            aliases.append(at)
        elif fate in ("new", "updated", "copies"):
            kept.append(at)
            taken.add(one.key)
            displaced.update({row["key"]: row for row in near})
            if before is not None and before["row"] is not None:
                replaced[one.key] = before
    newer = tuple(row for key, row in replaced.items() if key not in displaced)
    return Sifted(tuple(kept), tuple(aliases), newer, tuple(displaced.values()), Added(**counts))


def _fate(one: Mark, before: sqlite3.Row | None, near: Sequence[sqlite3.Row], horizon: int) -> str:
    """Return what becomes of a post: new, updated, known, copies or old."""
    if UNTIMED != one.minute < horizon:
        return "old"
    if before is not None and one.content == before["content"]:
        return "known"
    if before is not None and before["row"] is not None:
        return "updated" if one.rank >= before["rank"] else "known"
    return "copies" if near else "new"


def _same_day(one: Mark, row: sqlite3.Row) -> bool:
    return one.minute == UNTIMED or row["minute"] is None or abs(one.minute - row["minute"]) < DAY
