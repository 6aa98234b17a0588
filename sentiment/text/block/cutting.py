"""jieba's algorithm over code points: where the words of many texts begin and end.

The best route through the words of the dictionary, what stays single given to the hidden Markov model of
finalseg, in jieba's order of adding, so that sums of logarithms and ties are equal to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.codes import SPACE, Codes, Places, Points, traits
from sentiment.text.block.compiling import compiled
from sentiment.text.block.trie import HAN_FIRST, HAN_LAST, Codes16, Nodes, Trie
from sentiment.text.segment import Segmenter

Floats = NDArray[np.float64]

BEGIN, MIDDLE, END, SINGLE = range(4)
"""Where in its word a character stands."""
_IMPOSSIBLE: Final = -3.14e100
"""jieba's log probability of what was never seen."""
_WORST: Final = -1e300
_EMOTICON_LENGTH: Final = 10
"""Of the longest code like [允悲], brackets included."""
_LAST_IDEOGRAPH: Final = 0x9FFF


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts texts as ``Segmenter.cut`` does.

    Attributes:
        trie: The dictionary.
        emitted: Log probability of each code (see :class:`Trie`) at each place of a word.
        moves: Log probability of each place behind each.
        begun: Log probability of each place at the beginning.
    """

    trie: Trie
    emitted: Floats
    moves: Floats
    begun: Floats

    @classmethod
    def of(cls, segmenter: Segmenter) -> Cutter:
        """Lay a segmenter's dictionary out."""
        trie = Trie.of(*segmenter.counts())
        return cls(trie, *_probabilities(trie.codes))

    def cut(self, texts: Codes) -> tuple[Places, Places, Places]:
        """Return where words begin and end, and which is the first of each text (and one past the last)."""
        return _cut(
            texts.points,
            texts.starts,
            traits(),
            self.trie.codes,
            self.trie.nodes,
            self.trie.unknown,
            self.emitted,
            self.moves,
            self.begun,
        )


def _probabilities(codes: Codes16) -> tuple[Floats, Floats, Floats]:
    from jieba import finalseg

    emitted = np.full((int(codes.max()) + 1, 4), _IMPOSSIBLE)
    moves, begun = np.full((4, 4), _IMPOSSIBLE), np.zeros(4)
    for state, name in enumerate("BMES"):
        begun[state] = finalseg.start_P[name]
        for char, probability in finalseg.emit_P[name].items():
            if len(char) == 1 and HAN_FIRST <= ord(char) <= HAN_LAST:
                emitted[codes[ord(char)], state] = probability
        for behind, probability in finalseg.trans_P[name].items():
            moves[state, "BMES".index(behind)] = probability
    return emitted, moves, begun


@compiled
def _cut(
    points: Points,
    starts: Places,
    traits: NDArray[np.uint8],
    codes: Codes16,
    nodes: Nodes,
    unknown: float,
    emitted: Floats,
    moves: Floats,
    begun: Floats,
) -> tuple[Places, Places, Places]:
    begins, ends = np.empty(len(points), np.int64), np.empty(len(points), np.int64)
    firsts, count = np.zeros(len(starts), np.int64), 0
    room = np.max(np.diff(starts)) + 1 if len(starts) > 1 else 1
    written, scores, route = np.zeros(room, np.uint16), np.zeros(room), np.zeros(room, np.int32)
    behind = np.zeros((room, 4), np.uint8)
    for row in range(len(starts) - 1):
        place, stop = starts[row], starts[row + 1]
        while place < stop:
            size = 0
            while place + size < stop and points[place + size] <= HAN_LAST and codes[points[place + size]]:
                written[size] = codes[points[place + size]]
                size += 1
            if size:
                _find_route(written[:size], nodes, unknown, scores, route)
                count = _cut_run(
                    points[place : place + size], written, nodes, route, emitted, moves, begun, behind, place, begins, ends, count
                )
                place += size
            else:
                size = _emoticon_size(points[place:stop])
                if size > 1 or not traits[points[place]] & SPACE:
                    begins[count], ends[count] = place, place + size
                    count += 1
                place += size
        firsts[row + 1] = count
    return begins[:count], ends[:count], firsts


@compiled
def _emoticon_size(points: Points) -> int:
    """Return the length of the code like [允悲] that begins here, 1 if none does."""
    if points[0] == 91:
        for size in range(1, min(len(points), _EMOTICON_LENGTH)):
            point = points[size]
            if point == 93:
                return size + 1 if size > 1 else 1
            if not (_is_letter(point) or HAN_FIRST <= point <= _LAST_IDEOGRAPH):
                return 1
    return 1


@compiled
def _is_letter(point: int) -> bool:
    return 97 <= point <= 122 or 48 <= point <= 57 or 65 <= point <= 90


@compiled
def _find_route(written: Codes16, nodes: Nodes, unknown: float, scores: Floats, route: NDArray[np.int32]) -> None:
    """Write where the word that begins at each place of the best route ends; of equal ones the longest."""
    size = len(written)
    scores[size] = 0.0
    for place in range(size - 1, -1, -1):
        best, best_end = _WORST, place + 1
        node, end = np.int64(written[place]), place + 1
        while True:
            score = nodes[node]["weight"] + scores[end]
            if score >= best:
                best, best_end = score, end
            base = nodes[node]["base"]
            if base == 0 or end == size:
                break
            child = np.int64(base) + written[end]
            if nodes[child]["parent"] != node:
                break
            node, end = child, end + 1
        if best == _WORST:
            best = unknown + scores[place + 1]
        scores[place], route[place] = best, best_end


@compiled
def _cut_run(
    points: Points,
    written: Codes16,
    nodes: Nodes,
    route: NDArray[np.int32],
    emitted: Floats,
    moves: Floats,
    begun: Floats,
    behind: NDArray[np.uint8],
    offset: int,
    begins: Places,
    ends: Places,
    count: int,
) -> int:
    """Add the words of a run of characters that the dictionary may hold; returns the new count of words."""
    size, place = len(points), 0
    while place < size:
        end = place
        while end < size and route[end] == end + 1:
            end += 1
        if end - place > 1 and not _is_word(written[place:end], nodes):
            first = place
            while first < end:
                last = first
                if points[first] >= HAN_FIRST:
                    while last < end and points[last] >= HAN_FIRST:
                        last += 1
                    count = _cut_unknown(
                        written[first:last], emitted, moves, begun, behind, offset + first, begins, ends, count
                    )
                else:
                    last = _latin_end(points, first, end)
                    begins[count], ends[count] = offset + first, offset + last
                    count += 1
                first = last
        else:
            for single in range(place, end):
                begins[count], ends[count] = offset + single, offset + single + 1
                count += 1
        if end < size:
            begins[count], ends[count] = offset + end, offset + route[end]
            count += 1
            end = route[end]
        place = end
    return count


@compiled
def _is_word(written: Codes16, nodes: Nodes) -> bool:
    node = np.int64(written[0])
    for n in range(1, len(written)):
        base = nodes[node]["base"]
        if base == 0:
            return False
        child = np.int64(base) + written[n]
        if nodes[child]["parent"] != node:
            return False
        node = child
    return nodes[node]["weight"] > _WORST


@compiled
def _latin_end(points: Points, first: int, stop: int) -> int:
    """Return the end of letters and digits (3.5%, say) or of what stands between two of them."""
    at = first
    if not _is_letter(points[at]):
        while at < stop and points[at] < HAN_FIRST and not _is_letter(points[at]):
            at += 1
        return at
    while at < stop and _is_letter(points[at]):
        at += 1
    if at + 1 < stop and points[at] == 46 and 48 <= points[at + 1] <= 57:
        at += 1
        while at < stop and 48 <= points[at] <= 57:
            at += 1
    if at < stop and points[at] == 37:
        at += 1
    return at


@compiled
def _cut_unknown(
    written: Codes16,
    emitted: Floats,
    moves: Floats,
    begun: Floats,
    behind: NDArray[np.uint8],
    offset: int,
    begins: Places,
    ends: Places,
    count: int,
) -> int:
    """Add the words that the hidden Markov model sees in a run of Han; returns the new count of words."""
    size = len(written)
    code = written[0]
    b, m, e, s = (
        begun[BEGIN] + emitted[code, BEGIN],
        begun[MIDDLE] + emitted[code, MIDDLE],
        begun[END] + emitted[code, END],
        begun[SINGLE] + emitted[code, SINGLE],
    )
    for n in range(1, size):
        code = written[n]
        from_e, from_s = e + moves[END, BEGIN] + emitted[code, BEGIN], s + moves[SINGLE, BEGIN] + emitted[code, BEGIN]
        behind[n, BEGIN] = SINGLE if from_s >= from_e else END
        new_b = max(from_s, from_e)
        from_b, from_m = b + moves[BEGIN, MIDDLE] + emitted[code, MIDDLE], m + moves[MIDDLE, MIDDLE] + emitted[code, MIDDLE]
        behind[n, MIDDLE] = MIDDLE if from_m >= from_b else BEGIN
        new_m = max(from_m, from_b)
        from_b, from_m = b + moves[BEGIN, END] + emitted[code, END], m + moves[MIDDLE, END] + emitted[code, END]
        behind[n, END] = MIDDLE if from_m >= from_b else BEGIN
        new_e = max(from_m, from_b)
        from_e, from_s = e + moves[END, SINGLE] + emitted[code, SINGLE], s + moves[SINGLE, SINGLE] + emitted[code, SINGLE]
        behind[n, SINGLE] = SINGLE if from_s >= from_e else END
        new_s = max(from_s, from_e)
        b, m, e, s = new_b, new_m, new_e, new_s
    state = SINGLE if s >= e else END
    for n in range(size - 1, 0, -1):
        behind[n, 0], state = state, behind[n, state]
    behind[0, 0] = state
    begin = 0
    for n in range(size):
        state = behind[n, 0]
        if state == BEGIN:
            begin = n
        elif state != MIDDLE:
            if state == SINGLE:
                begin = n
            begins[count], ends[count] = offset + begin, offset + n + 1
            count += 1
            begin = n + 1
    return count
