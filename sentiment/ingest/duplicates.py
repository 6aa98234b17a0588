"""The same post read twice, and posts that share a template.

A row is a duplicate only with the same id, or with the same text by the same known author within a day; it is
counted, never dropped silently. Different people who post nearly the same text stay, marked by ``dup_group``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

SHORTEST: Final = 8
"""Characters of own text below which posts are not grouped: many people say ``又崩了``."""
SIMILAR: Final = 0.7
"""Share of common shingles from which two texts are one template."""
_SHINGLE: Final = 3
_BANDS, _ROWS = 5, 3
_AGREE: Final = 0.4
"""Share of equal MinHash values below which two texts need not be compared (0.7 less 2.5 deviations)."""
_CHUNK: Final = 50_000
_COMPARED: Final = 400
"""Characters of a text that are compared."""
_SAME_DAY: Final = pd.Timedelta(hours=24)
_TAIL: Final = re.compile(r"//\s?@.*", re.S)
_NOISE: Final = re.compile(r"https?://\S{1,500}|#[^#\n]{1,60}#|@[\w\-·]{1,40}|\[[^\[\]]{1,12}\]|[\W_]+")
_DIGITS: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """Posts without copies, and the copies with the post they belong to."""

    posts: pd.DataFrame
    duplicates: pd.DataFrame
    """``source``, ``post_id`` of the post kept, ``reason``, ``order``."""


def drop_duplicates(posts: pd.DataFrame) -> Deduplicated:
    """Keep one row a post: the newest crawl, with the largest of its copies' counts.

    Args:
        posts: Posts with ``crawled``, ``id_lost``, ``generic``, ``embedded`` and ``order`` beside the columns
            of a posts frame. An id that was lost is never compared; an id of a table of unknown make counts
            only together with the text (it may number users).

    >>> blank = {"platform": "weibo", "text": "又崩了", "author": "", "root_id": "", "created_at": pd.NaT}
    >>> blank |= {"crawled": pd.NaT, "truncated": False}
    >>> blank |= dict.fromkeys(["id_lost", "generic", "embedded"], False)
    >>> ones = pd.array([1, 1], "Int64")
    >>> frame = pd.DataFrame({"post_id": ["1", "1"], **blank, "likes": pd.array([1, 5], "Int64"),
    ...     "reposts": ones, "comments": ones, "source": ["a:1", "a:2"], "order": [0, 1]})
    >>> done = drop_duplicates(frame)
    >>> done.posts["likes"].tolist(), done.duplicates["source"].tolist()
    ([5], ['a:1'])
    """
    by_id = _fold(posts, _id_keys(posts), "same id")
    by_text = _fold(by_id.posts, _author_keys(by_id.posts), "same author and text")
    kept = _distinct_ids(by_text.posts)
    copies = pd.concat([by_id.duplicates, by_text.duplicates], ignore_index=True)
    return Deduplicated(kept, copies.sort_values("order", ignore_index=True))


def _id_keys(posts: pd.DataFrame) -> pd.Series:
    keys = posts["platform"] + "|" + posts["post_id"]
    text = posts["text"].where(posts["generic"], "")
    return (keys + "|" + text).where(~posts["id_lost"])


def _author_keys(posts: pd.DataFrame) -> pd.Series:
    """Author and text, numbered anew after a day without a copy; comments under different posts differ."""
    known = posts["author"].ne("")
    keys = (
        posts["platform"] + "|" + posts["author"] + "|" + posts["root_id"] + "|" + posts["text"].str.strip()
    )
    rows = pd.DataFrame({"key": keys, "at": posts["created_at"]})[known]
    rows = rows[rows["key"].duplicated(keep=False)].sort_values(["key", "at"], kind="stable")
    apart = rows["at"].diff().gt(_SAME_DAY) & rows["key"].eq(rows["key"].shift())
    run = apart.groupby(rows["key"]).cumsum().astype("str")
    return (rows["key"] + "|" + run).reindex(posts.index)


def _fold(posts: pd.DataFrame, keys: pd.Series, reason: str) -> Deduplicated:
    """Keep one row a key; rows without a key are left alone."""
    again = keys.notna() & keys.duplicated(keep=False)
    if not again.any():
        return Deduplicated(posts, _copies(posts.iloc[:0], posts["post_id"].iloc[:0], reason))
    group = posts[again].assign(key=keys[again], full=~posts["truncated"], own=~posts["embedded"])
    ranked = group.sort_values(["crawled", "full", "own", "order"], na_position="first", kind="stable")
    winners = ranked.drop_duplicates("key", keep="last").set_index("key", drop=False)
    counts = group.groupby("key")[["likes", "comments", "reposts"]].max()
    folded = posts.copy()
    places = posts.index.get_indexer(posts.index[posts["order"].isin(winners["order"])])
    order = posts["order"].iloc[places]
    by_order = winners.set_index("order")["key"]
    for name in ("likes", "comments", "reposts"):
        largest = counts[name].reindex(by_order.reindex(order)).array
        folded[name] = _put(folded[name], places, largest)
    lost = group[~group["order"].isin(winners["order"])]
    kept_ids = winners["post_id"].reindex(lost["key"])
    rest = folded[~folded["order"].isin(lost["order"])].reset_index(drop=True)
    return Deduplicated(rest, _copies(lost, kept_ids, reason))


def _put(column: pd.Series, places: np.ndarray, values: Any) -> pd.Series:  # noqa: ANN401 - any array
    changed = column.copy()
    changed.iloc[places] = values
    return changed


def _copies(lost: pd.DataFrame, kept: pd.Series, reason: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source": lost["source"].array,
            "post_id": kept.array,
            "reason": pd.Series([reason] * len(lost), dtype="str").array,
            "order": lost["order"].array,
        }
    )


def _distinct_ids(posts: pd.DataFrame) -> pd.DataFrame:
    """Where an id of unknown make stands on several different posts, tell them apart by their source."""
    again = posts["post_id"].duplicated(keep=False)
    if not again.any():
        return posts
    return posts.assign(post_id=posts["post_id"].where(~again, posts["post_id"] + "@" + posts["source"]))


def group_near_duplicates(post_ids: pd.Series, texts: pd.Series) -> pd.Series:
    """Return for each post the id of its group's first post; its own where it stands alone.

    Texts are compared by MinHash over character triples of the author's own words (hashtags, links, names,
    digits and the ``//@`` tail left out), and counted as one template from a similarity of 0.7.

    >>> texts = pd.Series(["取票码一直刷不出来怎么办啊1", "取票码一直刷不出来怎么办啊2", "又崩了", "又崩了"])
    >>> group_near_duplicates(pd.Series(["a", "b", "c", "d"]), texts).tolist()
    ['a', 'a', 'c', 'd']
    """
    plain = pd.Series([_normal(text) for text in texts], index=range(len(texts)), dtype=object)
    long = plain.str.len() >= SHORTEST
    first = pd.Series(np.arange(len(plain)), index=plain.index)
    exact = first[long].groupby(plain[long], sort=False).transform("min")
    first = first.where(~long, exact.reindex(first.index)).astype("int64")
    places = np.flatnonzero((first.to_numpy() == np.arange(len(plain))) & long.to_numpy())
    leader = np.arange(len(plain))
    leader[places] = places[_link(plain.iloc[places].tolist())]
    ids = post_ids.to_numpy(dtype=object)
    return pd.Series(ids[leader[first.to_numpy()]], index=post_ids.index, dtype="str")


def _normal(text: str) -> str:
    own = _TAIL.sub("", text, count=1) if "//" in text else text
    return _DIGITS.sub("0", _NOISE.sub("", own[: _COMPARED * 2]).lower())[:_COMPARED]


def _link(texts: list[str]) -> np.ndarray:
    """For each text the place of the first one it resembles, through chains."""
    parent = np.arange(len(texts))
    if len(texts) < 2:
        return parent
    marks = np.concatenate([_minhash(texts[n : n + _CHUNK]) for n in range(0, len(texts), _CHUNK)])
    for band in range(_BANDS):
        for left, right in _candidates(_band_keys(marks, band), marks):
            a, b = _root(parent, left), _root(parent, right)
            if a != b and _alike(texts[left], texts[right]):
                parent[max(a, b)] = min(a, b)
    return np.array([_root(parent, n) for n in range(len(texts))])


def _band_keys(marks: np.ndarray, band: int) -> np.ndarray:
    keys = np.zeros(len(marks), dtype=np.uint64)
    for column in range(band * _ROWS, (band + 1) * _ROWS):
        keys = keys * np.uint64(0x9E3779B97F4A7C15) + marks[:, column]
    return keys


def _candidates(keys: np.ndarray, marks: np.ndarray) -> list[tuple[int, int]]:
    """Pairs within each bucket (first and later member, neighbours) whose hashes agree often enough."""
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    starts = np.maximum.accumulate(np.where(np.r_[True, ~same], np.arange(len(order)), 0))
    later = np.flatnonzero(np.r_[False, same])
    after_first = later[starts[later] != later - 1]
    left = order[np.r_[starts[later], after_first - 1]]
    right = order[np.r_[later, after_first]]
    close = (marks[left] == marks[right]).mean(axis=1) >= _AGREE
    return list(zip(left[close].tolist(), right[close].tolist(), strict=True))


def _root(parent: np.ndarray, n: int) -> int:
    while parent[n] != n:
        parent[n] = parent[parent[n]]
        n = int(parent[n])
    return n


def _alike(left: str, right: str) -> bool:
    a, b = ({text[i : i + _SHINGLE] for i in range(len(text) - _SHINGLE + 1)} for text in (left, right))
    common = len(a & b)
    return common >= SIMILAR * (len(a) + len(b) - common)


def _minhash(texts: list[str]) -> np.ndarray:
    """The least hash of each text's shingles under fifteen functions; texts hold a shingle at least."""
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    mixed = (codes[:-2] * np.uint64(1_000_003) + codes[1:-1]) * np.uint64(1_000_003) + codes[2:]
    ends = np.cumsum(lengths)
    inside = np.ones(len(codes), dtype=bool)
    inside[ends - 1] = inside[ends - 2] = False  # shingles that reach into the next text
    mixed = mixed[inside[: len(mixed)]]
    starts = np.r_[0, np.cumsum(lengths - 2)[:-1]]
    rng = np.random.default_rng(0)
    marks = np.empty((len(texts), _BANDS * _ROWS), dtype=np.uint32)
    for n in range(marks.shape[1]):
        a, b = (int(one) for one in rng.integers(1, 2**62, 2))
        values = ((mixed * np.uint64(2 * a + 1) + np.uint64(b)) >> np.uint64(32)).astype(np.uint32)
        marks[:, n] = np.minimum.reduceat(values, starts)
    return marks
