"""Columns of texts as what they are in memory, bytes one behind the other: what compiled loops read."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sentiment.mapped import blank, stretches, take, true_places
from sentiment.text.block.compiling import can_compile

Rows = NDArray[np.intp]
Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


AT_ONCE: Final = 20_000
"""Texts that a loop takes at once: other threads wait meanwhile."""
GROUPED: Final = 100_000
"""Posts of which the best are sorted at once."""


class Texts(NamedTuple):
    """Texts in UTF-8.

    Attributes:
        data: All texts, one behind the other.
        starts: Where each begins, and the end of the last: shape (texts + 1,).
    """

    data: Bytes
    starts: Places


def texts_of(column: pd.Series) -> Texts:
    """Return the texts of a column; where it lies in one piece nothing is copied.

    >>> texts = texts_of(pd.Series(["崩了", ""]))
    >>> bytes(texts.data).decode(), texts.starts.tolist()
    ('崩了', [0, 6, 6])
    """
    texts = pa.array(column.array, type=pa.large_string())
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if texts.null_count:
        texts = texts.fill_null("")
    if not len(texts):
        return Texts(np.zeros(0, dtype=np.uint8), np.zeros(1, dtype=np.int64))
    _, starts, data = texts.buffers()
    places = np.frombuffer(starts, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return Texts(np.frombuffer(data or b"", dtype=np.uint8), places)


def marks_of(column: pd.Series, rows: Rows) -> NDArray[np.uint64]:
    """Return a number for each text at these rows: equal texts have equal ones, others (2⁻⁶⁴) have not.

    >>> marks_of(pd.Series(["a", "b", "a"]), np.array([0, 2])).tolist() == [12638187200555641996] * 2
    True
    """
    texts = texts_of(column)
    out: NDArray[np.uint64] = blank(len(rows), np.uint64)
    if can_compile():
        from sentiment.topics.loops import mark_texts

        for start in range(0, len(rows), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            mark_texts(texts.data, texts.starts, rows[part], out[part])
        return out
    for n, row in enumerate(rows):
        mark = 0xCBF29CE484222325
        for byte in texts.data[texts.starts[row] : texts.starts[row + 1]].tolist():
            mark = ((mark ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
        out[n] = mark
    return out


def best(values: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """Return where the highest values are, at least so many, all that equal the last; missing ones never.

    >>> best(np.array([0.1, 0.9, 0.5, 0.5]), 2).tolist()
    [1, 2, 3]
    """
    top, known = np.zeros(0), 0
    for part in stretches(len(values)):
        here = values[part][~np.isnan(values[part])]
        known += len(here)
        top = np.concatenate([top, here])
        if len(top) > most:
            top = np.partition(top, len(top) - most)[len(top) - most :]
    if known <= most:
        return np.flatnonzero(~np.isnan(values))
    return true_places(values >= top.min(initial=np.inf))


def ranked_first(values: NDArray[np.float64], ids: pd.Series, rows: Rows, most: int) -> Rows:
    """Return where the ``most`` highest values are, ascending; of those that equal the last the least ids.

    Args:
        values: One a row.
        ids: Ids of a frame.
        rows: Rows of that frame.
        most: How many are wanted.

    >>> ranked_first(np.array([0.5, 0.9, 0.5]), pd.Series(["b", "c", "a"]), np.arange(3), 2).tolist()
    [1, 2]
    """
    high = best(values, most)
    if len(high) <= most:
        return high
    tied = values[high] == values[high].min()
    sure, chosen = high[~tied], high[:0]
    for part in stretches(tied.sum()):
        chosen = np.sort(np.concatenate([chosen, high[tied][part]]))
        texts = pa.array(take(ids, rows[chosen]).array, type=pa.large_string())
        least = pc.select_k_unstable(texts, k=most - len(sure), sort_keys=[("", "ascending")])
        chosen = chosen[least.to_numpy()]
    return np.sort(np.concatenate([sure, chosen]))


def best_posts(values: NDArray[np.float64], posts: pd.DataFrame, rows: Rows, most: int) -> pd.DataFrame:
    """Return one of each ``dup_group`` of the ``most`` posts of highest value, the highest first, then by id.

    Args:
        values: One a row; posts without one are left out.
        posts: Frame with ``post_id`` and ``dup_group``.
        rows: Rows of that frame.
        most: Posts looked at.

    >>> posts = pd.DataFrame({"post_id": ["a", "b", "c"], "dup_group": ["a", "a", "c"]})
    >>> best_posts(np.array([0.5, 0.7, 0.6]), posts, np.arange(3), 2)["post_id"].tolist()
    ['b', 'c']
    """
    few = ranked_first(values, posts["post_id"], rows, most)
    return _first_of_each(take(posts, rows[few]).assign(value=values[few]))


def best_of_groups(values: NDArray[np.float64], posts: pd.DataFrame, rows: Rows, most: int) -> pd.DataFrame:
    """Return the best post of each ``dup_group``, of ``most`` groups: as :func:`best_posts` of all posts.

    Where many posts are copies the best of them hold few groups; all are looked at, a stretch at a time.

    >>> posts = pd.DataFrame({"post_id": ["a", "b", "c"], "dup_group": ["a", "a", "c"]})
    >>> best_of_groups(np.array([0.7, 0.7, 0.6]), posts, np.arange(3), 2)["post_id"].tolist()
    ['a', 'c']
    """
    found = posts.iloc[:0].assign(value=0.0)
    for part in stretches(len(rows), GROUPED):
        here = part.start + _highest(values[part], marks_of(posts["dup_group"], rows[part]))
        fresh = take(posts, rows[here]).assign(value=values[here])
        found = _first_of_each(pd.concat([found, fresh])).head(most)
    return found


def _first_of_each(posts: pd.DataFrame) -> pd.DataFrame:
    ranked = posts.sort_values(["value", "post_id"], ascending=[False, True], kind="stable")
    return ranked.drop_duplicates("dup_group")


def _highest(values: NDArray[np.float64], groups: NDArray[np.uint64]) -> Rows:
    """Return where a value is the highest of its group."""
    _, group = np.unique(groups, return_inverse=True)
    top = np.full(int(group.max(initial=-1)) + 1, -np.inf)
    np.fmax.at(top, group, values)
    return np.flatnonzero(values == top[group])


def labels_at(index: pd.Index, rows: Rows) -> pd.Index:
    """Return an index's labels at some rows; of one that counts from 0 the rows themselves, without a copy.

    >>> labels_at(pd.Index(["a", "b"]), np.array([1])).tolist()
    ['b']
    """
    return pd.Index(rows, copy=False, name=index.name) if _counts_rows(index) else index.take(rows)


def rows_at(index: pd.Index, labels: pd.Index) -> Rows:
    """Return the rows of some labels; of an index that counts from 0 the labels themselves, without a copy.

    >>> rows_at(pd.Index(["a", "b"]), pd.Index(["b"])).tolist()
    [1]
    """
    if _counts_rows(index) and labels.dtype == np.intp:
        return labels.to_numpy()
    return np.asarray(index.get_indexer(labels))


def _counts_rows(index: pd.Index) -> bool:
    return isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
