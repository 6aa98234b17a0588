"""The same post read twice.

A row is a duplicate only with the same id, or with the same text by the same known author within a day; it is
counted, never dropped silently. Rows are told apart by 64-bit hashes, so that any number of them fits into
memory; only rows whose hash stands twice are looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from sentiment.ingest.columns.strings import text_column
from sentiment.ingest.parts import Numbers
from sentiment.mapped import stretches

COUNTS: Final = ("likes", "comments", "reposts")
SAME_ID, SAME_TEXT = "same id", "same author and text"
SAME_DAY: Final = 24 * 3600 * 10**9
"""Nanoseconds between two posts of one text by one author from which they are two posts."""
_NEVER: Final = np.iinfo(np.int64).max
_RANK: Final = ["crawled", "full", "own", "place"]
"""The newest crawl wins, then the whole text, then the post's own row, then the later one."""
CONTESTED: Final = ("created_at", "crawled", "truncated", "embedded", *COUNTS)
"""Columns by which rows of one key are compared."""


class Keys:
    """For every row three hashes: of its id, of its author and text, of its id alone; 0 where it has none."""

    def __init__(self, *, compiled: bool = False) -> None:
        self._hash = _compiled_hash if compiled else _hash
        self.by_id = Numbers("u8")
        self.by_author = Numbers("u8")
        self.by_name = Numbers("u8")

    def add(self, posts: pd.DataFrame) -> None:
        """Take in posts with ``id_lost`` and ``generic`` beside the columns of a posts frame.

        An id that was lost is never compared; an id of a table of unknown make counts only together with the
        text (it may number users). Comments under different posts differ.
        """
        ids, text = self._hash(posts["post_id"]), posts["text"]
        platform, root = self._hash(posts["platform"]), self._hash(posts["root_id"])
        by_id = _mixed(platform, ids, self._hash(text.where(posts["generic"], "")))
        self.by_id.add(np.where(posts["id_lost"], 0, by_id))
        author, known = self._hash(posts["author"]), posts["author"].ne("")
        by_author = _mixed(platform, author, root, self._hash(text, stripped=True))
        self.by_author.add(np.where(known, by_author, 0))
        self.by_name.add(_mixed(ids))


def _mixed(*hashes: np.ndarray) -> np.ndarray:
    """One number for each row's cells; the number of none is kept for rows without a key."""
    mixed = np.zeros(len(hashes[0]), dtype=np.uint64)
    for one in hashes:
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + one
    return np.maximum(mixed, np.uint64(1))


def _hash(column: pd.Series, *, stripped: bool = False) -> np.ndarray:
    """One number a cell; equal cells have equal ones."""
    coded = text_column(column.str.strip() if stripped else column).dictionary_encode()
    hashed = pd.util.hash_array(coded.dictionary.to_numpy(zero_copy_only=False), categorize=False)
    found: np.ndarray = hashed[coded.indices.to_numpy()]
    return found


def _compiled_hash(column: pd.Series, *, stripped: bool = False) -> np.ndarray:
    from sentiment.ingest.loops.hashes import hash_cells

    return hash_cells(text_column(column), stripped=stripped)


@dataclass(frozen=True, slots=True)
class Copies:
    """Which rows are copies; rows go by their place among all rows read, counted from 0."""

    lost: np.ndarray
    """Places of the copies, ascending."""
    kept: np.ndarray
    """For each copy the place of the post that stays."""
    by_text: np.ndarray
    """For each copy whether author and text told it, not the id."""
    merged: np.ndarray
    """Places of posts that had copies, ascending."""
    counts: np.ndarray
    """For each of them the largest :data:`COUNTS` of its copies; -1 where none was given."""
    renamed: np.ndarray
    """Places of posts whose id, of unknown make, stands on another post too."""

    def settle(self, rows: pd.DataFrame, start: int) -> pd.DataFrame:
        """Return rows ``start`` and following without the copies, with merged counts and distinct ids.

        The result's index holds the places.
        """
        stop = start + len(rows)
        places = pd.RangeIndex(start, stop)
        settled = rows.set_axis(places)
        merged = _between(self.merged, start, stop)
        at = self.merged[merged] - start
        for n, name in enumerate(COUNTS if len(at) and COUNTS[0] in rows else ()):
            settled[name] = _put(settled[name], at, self.counts[merged, n])
        renamed = self.renamed[_between(self.renamed, start, stop)]
        if len(renamed) and "post_id" in rows:
            ids = settled["post_id"].copy()
            ids.loc[renamed] = ids.loc[renamed] + "@" + settled.loc[renamed, "source"]
            settled["post_id"] = ids
        lost = self.lost[_between(self.lost, start, stop)]
        return settled.drop(index=places[lost - start]) if len(lost) else settled


def _between(places: np.ndarray, start: int, stop: int) -> slice:
    low, high = np.searchsorted(places, [start, stop])
    return slice(int(low), int(high))


def _put(column: pd.Series, at: np.ndarray, counts: np.ndarray) -> pd.Series:
    changed = column.array.copy()
    changed[at] = pd.arrays.IntegerArray(counts.copy(), counts < 0)
    return pd.Series(changed, index=column.index)


def find_copies(keys: Keys, parts: Iterable[pd.DataFrame]) -> Copies:
    """Decide which rows are copies of which.

    Args:
        keys: The hashes of all rows.
        parts: The rows again, with :data:`CONTESTED` columns at least, in the same order.

    >>> blank = {"platform": "weibo", "text": "又崩了", "author": "", "root_id": "", "created_at": pd.NaT}
    >>> blank |= {"crawled": pd.NaT, "truncated": False, "comments": pd.NA, "reposts": pd.NA}
    >>> blank |= dict.fromkeys(["id_lost", "generic", "embedded"], False)
    >>> frame = pd.DataFrame({"post_id": ["1", "1"], **blank, "likes": pd.array([1, 5], "Int64")})
    >>> keys = Keys()
    >>> keys.add(frame)
    >>> copies = find_copies(keys, [frame.astype({"created_at": "M8[ns]", "crawled": "M8[ns]"})])
    >>> copies.lost.tolist(), copies.kept.tolist(), copies.counts.tolist()
    ([0], [1], [[5, -1, -1]])
    """
    by_id, by_author, by_name = keys.by_id.load(), keys.by_author.load(), keys.by_name.load()
    contested = _repeated(by_id) | _repeated(by_author) | _repeated(by_name)
    rows = pd.concat([_compared(part, at) for part, at in _chosen(parts, contested)] or [_compared_none()])
    rows["id"], rows["author"] = by_id[rows.index], by_author[rows.index]
    same_id, rows = _fold(rows, rows["id"])
    same_text, rest = _fold(rows, _runs(rows))
    names = pd.Series(by_name[rest.index], index=rest.index)
    kept = pd.concat([same_id, same_text]).sort_index()
    merged = rest[rest["merged"]].sort_index()
    return Copies(
        lost=kept.index.to_numpy(dtype=np.int64),
        kept=_final(kept, same_text),
        by_text=kept.index.isin(same_text.index),
        merged=merged.index.to_numpy(dtype=np.int64),
        counts=merged[list(COUNTS)].to_numpy(dtype=np.int64),
        renamed=np.sort(names.index[names.duplicated(keep=False)].to_numpy(dtype=np.int64)),
    )


def _repeated(keys: np.ndarray) -> np.ndarray:
    """Whether a key stands more than once."""
    ordered = np.sort(keys)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    again = again[again != 0]
    if not len(again):
        return np.zeros(len(keys), dtype=bool)
    found = np.zeros(len(keys), dtype=bool)
    for part in stretches(len(keys)):
        at = np.minimum(np.searchsorted(again, keys[part]), len(again) - 1)
        found[part] = again[at] == keys[part]
    return found


def _chosen(
    parts: Iterable[pd.DataFrame], contested: np.ndarray
) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
    start = 0
    for part in parts:
        inside = np.flatnonzero(contested[start : start + len(part)])
        if len(inside):
            yield part.iloc[inside], inside + start
        start += len(part)


def _compared(rows: pd.DataFrame, places: np.ndarray) -> pd.DataFrame:
    """What rows of one key are ranked by, as numbers."""
    numbers = {
        "place": places,
        "at": _nanoseconds(rows["created_at"]),
        "crawled": _nanoseconds(rows["crawled"]),
        "full": ~rows["truncated"].to_numpy(dtype=bool),
        "own": ~rows["embedded"].to_numpy(dtype=bool),
        "merged": np.zeros(len(rows), dtype=bool),
        **{name: rows[name].fillna(-1).to_numpy(dtype=np.int64) for name in COUNTS},
    }
    return pd.DataFrame(numbers, index=places)


def _compared_none() -> pd.DataFrame:
    names = ("place", "at", "crawled", "full", "own", "merged", *COUNTS)
    return pd.DataFrame({name: np.zeros(0, dtype=np.int64) for name in names}).astype({"merged": bool})


def _nanoseconds(times: pd.Series) -> np.ndarray:
    """A missing time is the least number."""
    return times.to_numpy(dtype="datetime64[ns]").view(np.int64)


def _fold(rows: pd.DataFrame, keys: pd.Series) -> tuple[pd.Series, pd.DataFrame]:
    """Keep one row a key (0: none).

    Returns:
        For the place of each row lost the place of the row kept; and the rows kept, counts merged.
    """
    again = keys.ne(0) & keys.duplicated(keep=False)
    if not again.any():
        return pd.Series(dtype=np.int64), rows
    group = rows[again].assign(key=keys[again])
    best = group.sort_values(_RANK, kind="stable").drop_duplicates("key", keep="last")
    winner = group["key"].map(best.set_index("key")["place"])
    most = group.groupby("key")[list(COUNTS)].max().reindex(best["key"])
    rest = rows.copy()
    rest.loc[best.index, list(COUNTS)] = most.to_numpy()
    rest.loc[best.index, "merged"] = True
    lost = winner[winner.ne(group["place"])]
    return lost, rest.drop(index=lost.index)


def _runs(rows: pd.DataFrame) -> pd.Series:
    """Author and text, numbered anew after a day without a copy; 0 where the author is not known."""
    known = rows[rows["author"].ne(0)]
    at = known["at"].where(known["at"] >= 0, _NEVER)  # a copy without a time belongs to the last run
    ordered = pd.DataFrame({"author": known["author"], "at": at}).sort_values(["author", "at"], kind="stable")
    later = ordered["at"].to_numpy()
    gap = np.r_[0, later[1:] - later[:-1]] > SAME_DAY
    new = ordered["author"].ne(ordered["author"].shift()).to_numpy() | (gap & (later != _NEVER))
    return pd.Series(np.cumsum(new), index=ordered.index).reindex(rows.index, fill_value=0)


def _final(kept: pd.Series, by_text: pd.Series) -> np.ndarray:
    """The post that stays for each copy, also where the row that won by id was a copy by its text."""
    places = kept.to_numpy(dtype=np.int64)
    if by_text.empty:
        return places
    onward = by_text.reindex(places).to_numpy(dtype="float64", na_value=np.nan)
    return np.where(np.isnan(onward), places, onward).astype(np.int64)
