"""Posts that share a template: different people who write nearly the same text.

Compared by MinHash over character triples of the author's own words, chunk by chunk; what is kept of a post
is a few numbers, and its words in a temporary file for the comparison of likely pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from sentiment.ingest.columns.strings import text_column
from sentiment.ingest.parts import Numbers, Runs
from sentiment.ingest.wording import Wording, chosen, hash_wording, own_wording, places
from sentiment.mapped import set_aside, stretches

SHORTEST: Final = 8
"""Characters of own text below which posts are not grouped: many people say ``又崩了``."""
SIMILAR: Final = 0.7
"""Share of common triples from which two texts are one template."""
_BANDS, _ROWS = 5, 3
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_AT_ONCE: Final = 4096
"""Texts that are hashed at once: what fits into a processor's cache."""
_PAIRS: Final = 2048
"""Pairs that are compared at once."""
_TRIPLE_BITS: Final = 50
"""Bits of a triple's hash beside the number of its text; two of 400 triples meet by chance once in 10^10."""


class Templates:
    """Texts taken in chunk by chunk and grouped at the end.

    Hashtags, links, names, digits and the ``//@`` tail are left out of the comparison; texts count as one
    template from a similarity of 0.7.

    >>> templates = Templates()
    >>> texts = ["取票码一直刷不出来怎么办啊1", "取票码一直刷不出来怎么办啊2", "又崩了", "又崩了"]
    >>> templates.add(pa.array(texts, pa.large_string()))
    >>> templates.leaders(np.array([True, True, True, True])).tolist()
    [0, 0, 2, 3]
    """

    def __init__(self, *, compiled: bool = False) -> None:
        self._compiled = compiled
        self._words = Runs("u4")
        self._exact = Numbers("u8")
        self._bands = [Numbers("u4") for _ in range(_BANDS)]

    def add(self, texts: pa.Array) -> None:
        """Take in texts, ``large_string`` without nulls."""
        for start in range(0, len(texts), _AT_ONCE):
            for wording, exact, bands in self._hashed(texts.slice(start, _AT_ONCE)):
                self._words.add(*wording)
                self._exact.add(exact)
                for n, band in enumerate(self._bands):
                    band.add(bands[:, n])

    def _hashed(self, texts: pa.Array) -> Iterator[tuple[Wording, np.ndarray, np.ndarray]]:
        """The own words of texts, a hash of each and its MinHash."""
        if self._compiled:
            from sentiment.ingest.loops.wording import hashed_wording

            found = hashed_wording(texts, *_hash_functions(), shortest=SHORTEST, bands=_BANDS)
            if found is not None:
                yield found
                return
        for wording in own_wording(texts.to_pylist()):
            exact = hash_wording(wording)
            exact[wording.lengths < SHORTEST] = 0
            once, first, place = np.unique(exact, return_index=True, return_inverse=True)
            bands = np.zeros((len(once), _BANDS), dtype=np.uint32)
            bands[once != 0] = _minhash(chosen(wording, first[once != 0]))
            yield wording, exact, bands[place]

    def keys(self) -> tuple[np.ndarray, np.ndarray]:
        """Return for each text the hash of its words, 0 where they are too short, and its five band keys.

        Texts of one hash are one template; of the others only those that share a band key are compared.
        """
        return self._exact.load(), np.column_stack([band.load() for band in self._bands])

    def leaders(self, kept: np.ndarray) -> np.ndarray:
        """Return for each text the number of its group's first text among those kept; else its own.

        Args:
            kept: Whether a text takes part.
        """
        leader = set_aside(np.arange(len(kept)))
        exact = self._exact.load()
        taking = set_aside(np.flatnonzero(kept & (exact != 0)))
        heads = self._first_of_each(exact, taking, leader)
        self._words.open()
        leader[heads] = heads[_link(self._words, heads, (band.load()[heads] for band in self._bands))]
        for part in stretches(len(taking)):
            leader[taking[part]] = leader[leader[taking[part]]]
        return leader

    @staticmethod
    def _first_of_each(exact: np.ndarray, taking: np.ndarray, leader: np.ndarray) -> np.ndarray:
        """Make the first text of each hash the leader of the others; return those first ones."""
        _, first, group = np.unique(exact[taking], return_index=True, return_inverse=True)
        for part in stretches(len(taking)):
            leader[taking[part]] = taking[first[group[part]]]
        return set_aside(np.sort(taking[first]))


def link_alike(texts: Sequence[str], keys: np.ndarray) -> np.ndarray:
    """For each text the number of the first one it resembles, through chains, among those of its key.

    What :meth:`Templates.leaders` does for one band, for texts that lie elsewhere.

    Args:
        texts: Texts of :data:`SHORTEST` characters or more, in input order within a key.
        keys: Only texts of one key are compared.

    >>> texts = ["取票码一直刷不出来怎么办啊", "取票码一直刷不出来怎么办呀", "取票码一直刷不出来怎么办呢"]
    >>> link_alike(texts, np.array([7, 7, 8])).tolist()
    [0, 0, 2]
    """
    words = Runs("u4")
    for wording in own_wording(texts):
        words.add(*wording)
    words.open()
    return _link(words, np.arange(len(texts)), [keys])


def _link(words: Runs, heads: np.ndarray, bands: Iterable[np.ndarray]) -> np.ndarray:
    """For each of some texts the first one it resembles, through chains."""
    parent = np.arange(len(heads))
    for band in bands:
        for left, right in _neighbours(band):
            for start in range(0, len(left), _PAIRS):
                pairs = slice(start, start + _PAIRS)
                _join(words, parent, heads, left[pairs], right[pairs])
    return _roots(parent, np.arange(len(heads)))


def _join(words: Runs, parent: np.ndarray, heads: np.ndarray, left: np.ndarray, right: np.ndarray) -> None:
    """Give texts that are alike one root, the smallest of theirs; pairs that have one are left out."""
    apart = _roots(parent, left) != _roots(parent, right)
    left, right = left[apart], right[apart]
    alike = _alike(words, heads[left], heads[right])
    for one, other in zip(left[alike].tolist(), right[alike].tolist(), strict=True):
        a, b = _root(parent, one), _root(parent, other)
        parent[max(a, b)] = min(a, b)


def _alike(words: Runs, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """For each pair of texts whether it has enough triples in common."""
    texts, place = np.unique(np.concatenate([left, right]), return_inverse=True)
    triples, sizes = _distinct_triples(Wording(*words.get(texts)))
    sides = np.arange(len(place)) % max(len(left), 1)
    lengths = sizes[place]
    starts = (np.cumsum(sizes) - sizes)[place]
    at = np.repeat(starts, lengths) + places(lengths)
    keyed = np.sort(_keyed(np.repeat(sides, lengths), triples[at]))
    shared = keyed[1:][keyed[1:] == keyed[:-1]] >> np.uint64(_TRIPLE_BITS)
    common = np.bincount(shared.astype(np.int64), minlength=len(left))
    found: np.ndarray = common >= SIMILAR * (lengths[: len(left)] + lengths[len(left) :] - common)
    return found


def _neighbours(keys: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of one key: each later member with the first one, then with the one before it."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    same = ordered[1:] == ordered[:-1]
    starts = np.maximum.accumulate(np.where(np.r_[True, ~same], np.arange(len(order)), 0)[: len(order)])
    later = np.flatnonzero(np.r_[False, same])
    yield order[starts[later]], order[later]
    third = later[starts[later] != later - 1]
    yield order[third - 1], order[third]


def _root(parent: np.ndarray, n: int) -> int:
    while parent[n] != n:
        parent[n] = parent[parent[n]]
        n = int(parent[n])
    return n


def _roots(parent: np.ndarray, members: np.ndarray) -> np.ndarray:
    roots: np.ndarray = parent[members]
    while not np.array_equal(onward := parent[roots], roots):
        roots = onward
    parent[members] = roots
    return roots


def _keyed(owners: np.ndarray, triples: np.ndarray) -> np.ndarray:
    keyed: np.ndarray = (owners.astype(np.uint64) << np.uint64(_TRIPLE_BITS)) | triples
    return keyed


def _distinct_triples(wording: Wording) -> tuple[np.ndarray, np.ndarray]:
    """The hashes of each text's triples, each once, and how many they are."""
    triples, sizes = _triples(wording)
    mixed = (triples ^ (triples >> np.uint64(29))) * _MIX
    hashed = (mixed ^ (mixed >> np.uint64(32))) * _MIX >> np.uint64(64 - _TRIPLE_BITS)
    keyed = np.sort(_keyed(np.repeat(np.arange(len(sizes)), sizes), hashed))
    keyed = keyed[np.r_[True, keyed[1:] != keyed[:-1]][: len(keyed)]]
    owners = (keyed >> np.uint64(_TRIPLE_BITS)).astype(np.int64)
    return keyed & np.uint64((1 << _TRIPLE_BITS) - 1), np.bincount(owners, minlength=len(sizes))


def _triples(wording: Wording) -> tuple[np.ndarray, np.ndarray]:
    """Three characters in a row as one number, and how many of them each text has."""
    codes = wording.codes.astype(np.uint64)
    mixed = (codes[:-2] * np.uint64(1_000_003) + codes[1:-1]) * np.uint64(1_000_003) + codes[2:]
    inside = np.ones(len(codes), dtype=bool)
    ends = np.cumsum(wording.lengths)
    inside[ends - 1] = inside[ends - 2] = False  # triples that reach into the next text
    return mixed[inside[: len(mixed)]], wording.lengths - 2


@cache
def _hash_functions() -> tuple[np.ndarray, np.ndarray]:
    """By what triples are multiplied, and what is added."""
    drawn = np.random.default_rng(0).integers(1, 2**62, (_BANDS * _ROWS, 2)).astype(np.uint64)
    return drawn[:, 0] * np.uint64(2) + np.uint64(1), drawn[:, 1].copy()


def _minhash(wording: Wording) -> np.ndarray:
    """Five numbers a text: two texts share one if three least hashes of their triples agree."""
    keys = np.zeros((len(wording.lengths), _BANDS), dtype=np.uint64)
    if not len(keys):
        return keys.astype(np.uint32)
    triples, sizes = _triples(wording)
    starts = np.cumsum(sizes) - sizes
    hashed = np.empty_like(triples)
    for n, (factor, addend) in enumerate(zip(*_hash_functions(), strict=True)):
        np.multiply(triples, factor, out=hashed)
        np.add(hashed, addend, out=hashed)
        least = np.minimum.reduceat(hashed, starts) >> np.uint64(32)
        keys[:, n // _ROWS] = (keys[:, n // _ROWS] + least) * _MIX
    return (keys >> np.uint64(32)).astype(np.uint32)


def group_templates(texts: pd.Series, ids: pd.Series) -> pd.Series:
    """Return for each post the id of the first one that shares its template: the column ``dup_group``.

    >>> texts = pd.Series(["取票码一直刷不出来怎么办啊1", "取票码一直刷不出来怎么办啊2", "又崩了"])
    >>> group_templates(texts, pd.Series(["a", "b", "c"])).tolist()
    ['a', 'a', 'c']
    """
    templates = Templates()
    templates.add(text_column(texts))
    leaders = templates.leaders(np.ones(len(texts), dtype=bool))
    return pd.Series(ids.to_numpy(dtype=object)[leaders], index=ids.index, dtype="str")
