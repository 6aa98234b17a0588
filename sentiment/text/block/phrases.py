"""Phrases of many labels found in many texts: a trie in arrays, walked by a compiled loop.

The rule is that of :class:`sentiment.text.lexicon.PhraseFinder`, which stays the definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.codes import Codes, Places, Points
from sentiment.text.block.compiling import compiled

ROW, START, END, LABEL, PHRASE = range(5)
"""Columns of what is found: text, first character and one past the last (counted from the first text's
beginning), label, phrase."""
_FIRST: Final = 0x10000
_PAIR_BITS: Final = 17
_ALONE_BITS: Final = 16
_CHARACTER: Final = np.uint64(21)
_KEY: Final = np.uint64(42)
"""Bits of a character, and of a node and a character; a node has 21 as well."""
_KEY_BITS: Final = np.uint64((1 << 42) - 1)
Bits = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class PhraseTable:
    """A trie of phrases.

    Attributes:
        labels: Names of the labels.
        begins: Bitmap of hashed pairs of characters that a phrase may begin with: most places of a text are
            passed over by it, and it is small enough for the nearest cache.
        first: Node of each first character below 0x10000, 0 where no phrase begins with it.
        edges: Open-addressed hash table of (node, character, node that they lead to), 0 where empty: one look
            into memory for each.
        phrase: Phrase that ends at a node, -1 where none does.
        label_starts: Where the labels of each phrase begin in ``phrase_labels``.
        phrase_labels: Labels of all phrases.
    """

    labels: tuple[str, ...]
    begins: Bits
    first: NDArray[np.int32]
    edges: NDArray[np.uint64]
    phrase: NDArray[np.int32]
    label_starts: NDArray[np.int32]
    phrase_labels: NDArray[np.int32]

    @classmethod
    def of(cls, phrases: Mapping[str, Iterable[str]]) -> PhraseTable:
        """Build the table of label to phrases; phrases are not empty."""
        names = tuple(phrases)
        labels: dict[str, list[int]] = {}
        for number, words in enumerate(phrases.values()):
            for word in words:
                labels.setdefault(word, []).append(number)
        edges: dict[tuple[int, int], int] = {}
        ends: dict[int, int] = {}
        for number, word in enumerate(labels):
            node = 0
            for char in word:
                node = edges.setdefault((node, ord(char)), len(edges) + 1)
            ends[node] = number
        return cls(names, _beginnings(labels), *_arrays(edges, ends), *_lists(list(labels.values())))

    def find(self, codes: Codes) -> Places:
        """Return what is found in texts, by text, start and falling end: shape (hits, 5), see :data:`ROW`.

        Of overlapping phrases of one label the longest wins.
        """
        return _find(
            codes.points,
            codes.starts,
            len(self.labels),
            self.begins,
            self.first,
            self.edges,
            self.phrase,
            self.label_starts,
            self.phrase_labels,
        )

    def any_in(self, codes: Codes) -> NDArray[np.bool_]:
        """Return which texts hold a phrase."""
        held = np.zeros(len(codes), np.bool_)
        held[self.find(codes)[:, ROW]] = True
        return held


def _beginnings(phrases: Iterable[str]) -> Bits:
    """Return the bitmap of pairs that phrases begin with; behind it, of phrases of one character."""
    begins = np.zeros((1 << _PAIR_BITS) + (1 << _ALONE_BITS) >> 6, np.uint64)
    for phrase in phrases:
        first, second = np.uint32(ord(phrase[0])), np.uint32(ord(phrase[1]) if len(phrase) > 1 else 0)
        bit = int(_pair(first, second) if len(phrase) > 1 else _alone(first))
        begins[bit >> 6] |= np.uint64(1 << (bit & 63))
    return begins


@compiled
def _pair(first: np.uint32, second: np.uint32) -> np.uint64:
    """Return which bit stands for two characters."""
    mixed = np.uint64(first) << np.uint64(21) | np.uint64(second)
    return (mixed * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _PAIR_BITS)


@compiled
def _alone(character: np.uint32) -> np.uint64:
    """Return which bit stands for one character, whatever follows."""
    return np.uint64(1 << _PAIR_BITS) + (np.uint64(character) & np.uint64((1 << _ALONE_BITS) - 1))


@compiled
def _beginning(points: Points, starts: Places, begins: Bits) -> Places:
    """Return the places where a phrase may begin: most of those where none does are left out.

    Without a branch, which the processor would guess wrong at every one of them.
    """
    places, count = np.empty(len(points) + 1, np.int64), np.int64(0)
    for row in range(len(starts) - 1):
        for place in range(starts[row], starts[row + 1]):
            pair = _pair(points[place], points[place + 1] if place + 1 < starts[row + 1] else np.uint32(0))
            alone = _alone(points[place])
            bits = begins[pair >> np.uint64(6)] >> (pair & np.uint64(63))
            bits |= begins[alone >> np.uint64(6)] >> (alone & np.uint64(63))
            places[count] = place
            count += np.int64(bits & np.uint64(1))
    return places[:count]


def _arrays(
    edges: Mapping[tuple[int, int], int], ends: Mapping[int, int]
) -> tuple[NDArray[np.int32], NDArray[np.uint64], NDArray[np.int32]]:
    first, phrase = np.zeros(_FIRST, np.int32), np.full(len(edges) + 1, -1, np.int32)
    for (node, char), child in edges.items():
        if node == 0 and char < _FIRST:
            first[char] = child
    for node, number in ends.items():
        phrase[node] = number
    triples = np.array([(*edge, child) for edge, child in edges.items()], dtype=np.uint64).reshape(-1, 3)
    table = np.zeros(1 << (2 * len(edges) + 16).bit_length(), np.uint64)
    return first, _filled(table, triples[:, 0] << _CHARACTER | triples[:, 1], triples[:, 2]), phrase


@compiled
def _filled(
    table: NDArray[np.uint64], keys: NDArray[np.uint64], nodes: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    for n in range(len(keys)):
        at = _edge_place(keys[n], len(table))
        while table[at]:
            at = (at + np.uint64(1)) & np.uint64(len(table) - 1)
        table[at] = nodes[n] << _KEY | keys[n]
    return table


@compiled
def _edge_place(key: np.uint64, size: int) -> np.uint64:
    return (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32) & np.uint64(size - 1)


@compiled
def _child(node: np.uint64, point: np.uint32, edges: NDArray[np.uint64]) -> np.uint64:
    """Return the node that a character leads to, 0 where it leads nowhere."""
    key = node << _CHARACTER | np.uint64(point)
    at = _edge_place(key, len(edges))
    while edges[at] and edges[at] & _KEY_BITS != key:
        at = (at + np.uint64(1)) & np.uint64(len(edges) - 1)
    return np.uint64(edges[at] >> _KEY)


def _lists(lists: list[list[int]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    starts = np.cumsum([0, *map(len, lists)]).astype(np.int32)
    return starts, np.array([item for items in lists for item in items], dtype=np.int32)


@compiled
def row_starts(found: Places, rows: int) -> Places:
    """Return where the hits of each text begin (and those of the last end)."""
    starts, hit = np.empty(rows + 1, np.int64), 0
    for row in range(rows):
        starts[row] = hit
        while hit < len(found) and found[hit, 0] == row:
            hit += 1
    starts[rows] = hit
    return starts


@compiled
def slot(key: np.uint64, keys: NDArray[np.uint64]) -> np.uint64:
    """Return where a key stands in an open-addressed table, or the empty place where it would."""
    mask = np.uint64(len(keys) - 1)
    at = (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32) & mask
    while keys[at] != 0 and keys[at] != key:
        at = (at + np.uint64(1)) & mask
    return at


@compiled
def fill(
    wanted: NDArray[np.uint64], values: NDArray[np.int32], keys: NDArray[np.uint64], nodes: NDArray[np.int32]
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Put keys and what they lead to into an open-addressed table of twice their number and more."""
    for n in range(len(wanted)):
        at = slot(wanted[n], keys)
        keys[at] = wanted[n]
        nodes[at] = values[n]
    return keys, nodes


@compiled
def _with_room(found: Places, count: int) -> Places:
    """Return the array, or one of twice its size where it is full."""
    if count < len(found):
        return found
    grown = np.empty((2 * count, 5), np.int64)
    grown[:count] = found
    return grown


@compiled
def _find(
    points: Points,
    starts: Places,
    label_count: int,
    begins: Bits,
    first: NDArray[np.int32],
    edges: NDArray[np.uint64],
    phrase: NDArray[np.int32],
    label_starts: NDArray[np.int32],
    phrase_labels: NDArray[np.int32],
) -> Places:
    found, count = np.empty((len(points) // 4 + 16, 5), np.int64), 0
    reach = np.zeros(label_count, np.int64)  # places count on from text to text: no need to forget
    ending, row = np.empty(256, np.int64), 0
    for place in _beginning(points, starts, begins):
        while place >= starts[row + 1]:
            row += 1
        last, depth, after = starts[row + 1], 0, place + 1
        low = points[place] < _FIRST
        node = np.uint64(first[points[place]]) if low else _child(np.uint64(0), points[place], edges)
        while node:
            if phrase[node] >= 0 and depth < 256:
                ending[depth] = after << 32 | phrase[node]
                depth += 1
            if after >= last:
                break
            node = _child(node, points[after], edges)
            after += 1
        while depth:
            depth -= 1
            end, number = ending[depth] >> 32, ending[depth] & 0xFFFFFFFF
            for item in range(label_starts[number], label_starts[number + 1]):
                label = phrase_labels[item]
                if end > reach[label]:
                    reach[label] = end
                    found = _with_room(found, count)
                    found[count, 0] = row
                    found[count, 1] = place
                    found[count, 2] = end
                    found[count, 3] = label
                    found[count, 4] = number
                    count += 1
    return found[:count]
