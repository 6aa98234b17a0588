"""A dictionary with log probabilities as a double-array trie: one look leads from a prefix to a longer one.

A node's children stand at the node's base plus the code of the next character; a child is known by naming
the node as its parent. Nodes of single characters stand at the characters' codes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.codes import Places, Points
from sentiment.text.block.compiling import compiled

CharCodes = NDArray[np.uint16]
Nodes = NDArray[Any]

NODE: Final = np.dtype([("base", np.int32), ("parent", np.int32), ("weight", np.float64)], align=True)
"""Where a node's children begin (0: it has none), its parent (-1: an empty place), and the log probability of
the word that ends there (minus infinity: none does)."""
HAN_FIRST, HAN_LAST = 0x4E00, 0x9FD5
"""What jieba takes for Han."""
_OTHERS: Final = "+#&._%-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""What else jieba looks up in its dictionary."""


_TRIES: Final = 64
"""After so many places that did not fit, the places before are taken for full."""


@dataclass(frozen=True, slots=True)
class Trie:
    """The words of a dictionary.

    Attributes:
        codes: Code of each character up to the last Han, 0 where jieba looks up no word: frequent ones first.
        nodes: Nodes, see :data:`NODE`; the weight of the first is that of a character that is no word.
    """

    codes: CharCodes
    nodes: Nodes

    @classmethod
    def of(cls, counts: Mapping[str, int], total: int) -> Trie:
        """Build the trie of words by their counts; what has a count of 0 is no word.

        >>> Trie.of({"美团": 3}, 4).nodes[0]["weight"].item()
        -1.3862943611198906
        """
        words = sorted(word for word, count in counts.items() if count)
        log_total = math.log(total)
        weights = np.array([math.log(counts[word]) - log_total for word in words])
        points = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        codes, roots = _codes(points)
        written = np.where(points <= HAN_LAST, codes[np.minimum(points, HAN_LAST)], 0).astype(np.uint16)
        starts = np.append(0, np.cumsum(lengths))
        parents, letters, ends = _branches(written, starts, roots)
        children = (np.argsort(parents[roots:], kind="stable") + roots).astype(np.int64)
        counted = np.bincount(parents[roots:], minlength=len(parents))
        by_count = np.argsort(-counted, kind="stable")[: np.count_nonzero(counted)]
        bases, places = _placed(letters, children, np.append(0, np.cumsum(counted)), by_count, roots)
        nodes = np.zeros(int(bases.max(initial=0)) + roots, NODE)
        nodes["parent"], nodes["weight"] = -1, -np.inf
        nodes["base"][places] = bases
        nodes["parent"][places[roots:]] = places[parents[roots:]]
        known = ends >= 0
        nodes["weight"][places[ends[known]]] = weights[known]
        nodes["weight"][0] = -log_total
        return cls(codes, nodes)


def _codes(points: Points) -> tuple[CharCodes, int]:
    """Return the code of each character that can stand in a word, and one past the last code."""
    alphabet = np.array([*map(ord, _OTHERS), *range(HAN_FIRST, HAN_LAST + 1)])
    used = np.bincount(points[points <= HAN_LAST], minlength=HAN_LAST + 1)
    codes = np.zeros(HAN_LAST + 1, np.uint16)
    codes[alphabet[np.argsort(-used[alphabet], kind="stable")]] = np.arange(1, len(alphabet) + 1)
    return codes, len(alphabet) + 1


@compiled
def _branches(codes: CharCodes, starts: Places, roots: int) -> tuple[Places, CharCodes, Places]:
    """Return parent and last character of each node, and the node where each sorted word ends.

    The first nodes are those of single characters. A word with a character that has no code gets -1.
    """
    parents, letters = np.zeros(roots + len(codes), np.int64), np.zeros(roots + len(codes), np.uint16)
    ends, path, count = np.full(len(starts) - 1, -1, np.int64), np.zeros(len(codes) + 1, np.int64), roots
    written = path[:0].copy()
    for word in range(len(starts) - 1):
        letter = codes[starts[word] : starts[word + 1]]
        if np.all(letter > 0):
            same = 0
            while same < min(len(written), len(letter)) and written[same] == letter[same]:
                same += 1
            path[0] = letter[0]
            for at in range(max(same, 1), len(letter)):
                parents[count], letters[count] = path[at - 1], letter[at]
                path[at] = count
                count += 1
            ends[word] = path[len(letter) - 1]
            written = letter.astype(np.int64)
    return parents[:count], letters[:count], ends


@compiled
def _placed(
    letters: CharCodes, children: Places, child_starts: Places, by_count: Places, roots: int
) -> tuple[Places, Places]:
    """Return each node's base and place, such that no two children meet; nodes with many children first."""
    free = np.arange(4 * len(letters) + 4 * roots)  # leads to the next free place, itself where it is free
    bases, places, start = np.zeros(len(letters), np.int64), np.arange(len(letters)), roots
    for node in by_count:
        own = children[child_starts[node] : child_starts[node + 1]]
        codes = letters[own].astype(np.int64)
        lowest = codes.min()
        if len(own) == 1:
            start = roots
        first, tries = _next_free(free, max(start, lowest + 1)), 1
        while not _fits(free, first - lowest, codes):
            first, tries = _next_free(free, first + 1), tries + 1
        if tries > _TRIES:
            start = first
        bases[node] = first - lowest
        for n in range(len(own)):
            places[own[n]] = bases[node] + codes[n]
            free[places[own[n]]] += 1
    return bases, places


@compiled
def _next_free(free: Places, place: int) -> int:
    at = place
    while free[at] != at:
        at = free[at]
    while free[place] != at:
        free[place], place = at, free[place]
    return at


@compiled
def _fits(free: Places, base: int, codes: Places) -> bool:
    n = 0
    while n < len(codes) and free[base + codes[n]] == base + codes[n]:
        n += 1
    return n == len(codes)
