"""The posts that topics are learnt from: one of each wording, drawn by their ids whatever their order."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sentiment.mapped import AT_ONCE, blank, pick, stretches, take, true_places
from sentiment.topics.columns import Rows, marks_of


def choose_posts(annotated: pd.DataFrame, rows: Rows, sample: int, seed: int) -> Rows:
    """Return rows, one of each group of copies, at most ``sample``: the same posts in any order of rows.

    They come in order of their ids; of copies the one with the least id is taken.
    """
    ids = annotated["post_id"]
    for name in ("dup_group", "tokens"):
        rows = _firsts(ids, annotated[name], rows)
    if len(rows) <= sample:
        return rows[_sort_ids(ids, rows)]
    drawn = blank(len(rows), np.uint64)
    for part in stretches(len(rows)):
        here = [
            hashlib.blake2b(f"{seed}:{one}".encode(), digest_size=8).digest() for one in ids.iloc[rows[part]]
        ]
        drawn[part] = np.frombuffer(b"".join(here), dtype=">u8")
    few = true_places(drawn <= _least(drawn, sample))
    order = _sort_ids(ids, rows[few])
    chosen = np.sort(np.argsort(drawn[few][order], kind="stable")[:sample])
    return np.asarray(rows[few][order[chosen]])


def _least(drawn: NDArray[np.uint64], sample: int) -> int:
    """Return the highest of the ``sample`` least numbers."""
    low = drawn[:0]
    for part in stretches(len(drawn)):
        low = np.concatenate([low, drawn[part]])
        if len(low) > sample:
            low = np.partition(low, sample - 1)[:sample]
    return int(low.max())


def _firsts(ids: pd.Series, column: pd.Series, rows: Rows) -> Rows:
    """Return the rows whose id is the least among those that have the same text in a column."""
    marks = marks_of(column, rows)
    kept = np.zeros(len(rows), dtype=bool)
    parts = len(rows) // AT_ONCE + 1
    for n in range(parts):
        mine = _places_in(marks, n, parts)
        _, group, posts = np.unique(marks[mine], return_inverse=True, return_counts=True)
        several = posts[group] > 1
        kept[mine[~several]] = True
        copies = mine[several]
        copies = copies[_sort_ids(ids, rows[copies])]
        kept[copies[np.unique(marks[copies], return_index=True)[1]]] = True
    return pick(rows, true_places(kept))


def _places_in(marks: NDArray[np.uint64], part: int, parts: int) -> Rows:
    """Return where the marks are that fall into one of some parts: equal ones fall into the same."""
    each = [
        there.start + np.flatnonzero(marks[there] % np.uint64(parts) == part)
        for there in stretches(len(marks))
    ]
    return np.concatenate([np.zeros(0, dtype=np.intp), *each])


def _sort_ids(ids: pd.Series, rows: Rows) -> Rows:
    """Return the order of some rows, which ascend, by their ids; rows of one id as they come."""
    texts = pa.array(take(ids, rows).array, type=pa.large_string())
    return np.asarray(pc.sort_indices(texts).to_numpy())
