"""Posts that share a template: different people who write nearly the same text.

Compared by MinHash over character triples of the author's own words, chunk by chunk; what is kept of a post
is a few numbers, and its words in a temporary file for the comparison of likely pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from sentiment.ingest.parts import Numbers, Texts

SHORTEST: Final = 8
"""Characters of own text below which posts are not grouped: many people say ``又崩了``."""
SIMILAR: Final = 0.7
"""Share of common triples from which two texts are one template."""
_REMEMBERED: Final = 4096
"""Texts whose triples are kept at hand while pairs are compared."""
_BANDS, _ROWS = 5, 3
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_BLOCK: Final = 1_000_000
"""Characters that are hashed at once."""
_COMPARED: Final = 400
"""Characters of a text that are compared."""
_TAIL: Final = re.compile(r"//\s?@.*", re.S)
_NOISE: Final = re.compile(r"https?://\S{1,500}|#[^#\n]{1,60}#|@[\w\-·]{1,40}|\[[^\[\]]{1,12}\]|[\W_]+")
_DIGITS: Final = re.compile(r"\d+")


class Templates:
    """Texts taken in chunk by chunk and grouped at the end.

    Hashtags, links, names, digits and the ``//@`` tail are left out of the comparison; texts count as one
    template from a similarity of 0.7.

    >>> templates = Templates()
    >>> templates.add(["取票码一直刷不出来怎么办啊1", "取票码一直刷不出来怎么办啊2", "又崩了", "又崩了"])
    >>> templates.leaders(np.array([True, True, True, True])).tolist()
    [0, 0, 2, 3]
    """

    def __init__(self) -> None:
        self._texts = Texts()
        self._exact = Numbers("u8")
        self._bands = [Numbers("u4") for _ in range(_BANDS)]

    def add(self, texts: Sequence[str]) -> None:
        """Take in texts."""
        plain = np.array([_normal(text) for text in texts], dtype=object)
        exact = pd.util.hash_array(plain, categorize=False) if len(plain) else np.zeros(0, dtype=np.uint64)
        exact[np.fromiter(map(len, plain), dtype=np.int64, count=len(plain)) < SHORTEST] = 0
        self._texts.add(plain.tolist())
        self._exact.add(exact)
        once, first, place = np.unique(exact, return_index=True, return_inverse=True)
        bands = np.zeros((len(once), _BANDS), dtype=np.uint32)
        bands[once != 0] = _minhash(plain[first[once != 0]].tolist())
        for n, band in enumerate(self._bands):
            band.add(bands[place, n])

    def leaders(self, kept: np.ndarray) -> np.ndarray:
        """Return for each text the number of its group's first text among those kept; else its own.

        Args:
            kept: Whether a text takes part.
        """
        leader = np.arange(len(kept))
        exact = self._exact.load()
        places = np.flatnonzero(kept & (exact != 0))
        _, first, group = np.unique(exact[places], return_index=True, return_inverse=True)
        heads = np.sort(places[first])
        leader[places] = places[first][group]
        self._texts.open()
        leader[heads] = heads[self._link(heads)]
        leader[places] = leader[leader[places]]
        return leader

    def _link(self, heads: np.ndarray) -> np.ndarray:
        """For each of some texts the first one it resembles, through chains."""
        parent = np.arange(len(heads))
        triples = lru_cache(_REMEMBERED)(lambda n: _triples(self._texts[int(heads[n])]))
        for band in self._bands:
            for left, right in _neighbours(band.load()[heads]):
                a, b = _root(parent, left), _root(parent, right)
                if a != b and _alike(triples(left), triples(right)):
                    parent[max(a, b)] = min(a, b)
        while not np.array_equal(onward := parent[parent], parent):
            parent = onward
        return parent


def _normal(text: str) -> str:
    own = _TAIL.sub("", text, count=1) if "//" in text else text
    return _DIGITS.sub("0", _NOISE.sub("", own[: _COMPARED * 2]).lower())[:_COMPARED]


def _neighbours(keys: np.ndarray) -> Iterator[tuple[int, int]]:
    """Pairs of one key: each later member with the first one and with the one before it."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    same = ordered[1:] == ordered[:-1]
    if not same.any():
        return
    starts = np.maximum.accumulate(np.where(np.r_[True, ~same], np.arange(len(order)), 0))
    later = np.flatnonzero(np.r_[False, same])
    for n in later.tolist():
        start = int(starts[n])
        yield int(order[start]), int(order[n])
        if start != n - 1:
            yield int(order[n - 1]), int(order[n])


def _root(parent: np.ndarray, n: int) -> int:
    while parent[n] != n:
        parent[n] = parent[parent[n]]
        n = int(parent[n])
    return n


def _triples(text: str) -> frozenset[str]:
    return frozenset(map("".join, zip(text, text[1:], text[2:], strict=False)))


def _alike(left: frozenset[str], right: frozenset[str]) -> bool:
    common = len(left & right)
    return common >= SIMILAR * (len(left) + len(right) - common)


def _minhash(texts: list[str]) -> np.ndarray:
    """Five numbers a text: two texts share one if three least hashes of their triples agree."""
    blocks = [_block_minhash(block) for block in _blocks(texts)]
    return np.concatenate(blocks) if blocks else np.zeros((0, _BANDS), dtype=np.uint32)


def _blocks(texts: list[str]) -> Iterator[list[str]]:
    start, size = 0, 0
    for n, text in enumerate(texts):
        if size + len(text) > _BLOCK:
            yield texts[start:n]
            start, size = n, 0
        size += len(text)
    if texts:
        yield texts[start:]


def _block_minhash(texts: list[str]) -> np.ndarray:
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    mixed = (codes[:-2] * np.uint64(1_000_003) + codes[1:-1]) * np.uint64(1_000_003) + codes[2:]
    ends = np.cumsum(lengths)
    inside = np.ones(len(codes), dtype=bool)
    inside[ends - 1] = inside[ends - 2] = False  # triples that reach into the next text
    mixed = mixed[inside[: len(mixed)]]
    starts = np.r_[0, np.cumsum(lengths - 2)[:-1]]
    rng = np.random.default_rng(0)
    keys = np.zeros((len(texts), _BANDS), dtype=np.uint64)
    for n in range(_BANDS * _ROWS):
        a, b = (int(one) for one in rng.integers(1, 2**62, 2))
        least = np.minimum.reduceat((mixed * np.uint64(2 * a + 1) + np.uint64(b)) >> np.uint64(32), starts)
        keys[:, n // _ROWS] = (keys[:, n // _ROWS] + least) * _MIX
    return (keys >> np.uint64(32)).astype(np.uint32)
