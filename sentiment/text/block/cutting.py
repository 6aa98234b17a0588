"""jieba's algorithm over code points: where the words of many texts begin and end.

The best route through the words of the dictionary; what it leaves as single characters goes to finalseg's
hidden Markov model. Logarithms are added in jieba's order, so that sums and ties are equal to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.codes import SPACE, Codes, Places, Points, traits
from sentiment.text.block.compiling import compiled
from sentiment.text.block.trie import HAN_FIRST, HAN_LAST, CharCodes, Nodes, Trie
from sentiment.text.segment import Segmenter

Floats = NDArray[np.float64]
Marks = NDArray[np.uint8]

BEGIN, MIDDLE, END, SINGLE, START = range(5)
"""Where in its word a character stands (jieba's B, M, E and S), and what is before the first."""
_INSIDE, _LAST, _SPACE = range(3)
"""Marks of characters: the word goes on behind it, it ends with it, white space."""
_NEVER_SEEN: Final = -3.14e100
"""jieba's log probability of it."""
_NO_WORD: Final = -1e300
"""Below every log probability of a route, above minus infinity."""
_LONGEST_EMOTICON: Final = 10
_LAST_IN_EMOTICON: Final = 0x9FFF
_OPENING, _CLOSING, _POINT, _PERCENT = map(ord, "[].%")


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts texts as ``Segmenter.cut`` does.

    Attributes:
        trie: The dictionary.
        emitted: Log probability of each code (see :class:`Trie`) at each place of a word: shape (codes, 4).
        moves: Log probability of each place behind each and behind :data:`START`: shape (5, 4).
    """

    trie: Trie
    emitted: Floats
    moves: Floats

    @classmethod
    def of(cls, segmenter: Segmenter) -> Cutter:
        """Lay the dictionary of a segmenter out."""
        trie = Trie.of(*segmenter.counts())
        return cls(trie, *_chances(trie.codes))

    def cut(self, texts: Codes) -> tuple[Places, Places, Places]:
        """Return where words begin and end, and which is the first of each text (and one past the last).

        >>> Cutter.of(Segmenter()).cut(Codes.of(["又崩了 [允悲]", "", "取票码"]))[1].tolist()
        [1, 3, 8, 11]
        """
        trie = self.trie
        marks = _marks(texts.points, texts.starts, traits(), trie.codes, trie.nodes, self.emitted, self.moves)
        return _words(marks, texts.starts)


def _chances(codes: CharCodes) -> tuple[Floats, Floats]:
    """Return the log probabilities of jieba's hidden Markov model."""
    from jieba import finalseg

    emitted, moves = np.full((int(codes.max()) + 1, 4), _NEVER_SEEN), np.full((5, 4), _NEVER_SEEN)
    for state, name in enumerate("BMES"):
        for char, chance in finalseg.emit_P[name].items():
            if HAN_FIRST <= ord(char) <= HAN_LAST:
                emitted[codes[ord(char)], state] = chance
        for following, chance in finalseg.trans_P[name].items():
            moves[state, "BMES".index(following)] = chance
        moves[START, state] = finalseg.start_P[name]
    return emitted, moves


@compiled
def _words(marks: Marks, starts: Places) -> tuple[Places, Places, Places]:
    count = 0
    for mark in marks:
        count += mark == _LAST
    begins, ends, firsts = np.empty(count, np.int64), np.empty(count, np.int64), np.zeros_like(starts)
    at, begin = 0, 0
    for row in range(len(starts) - 1):
        for place in range(starts[row], starts[row + 1]):
            if marks[place] == _LAST:
                begins[at], ends[at] = begin, place + 1
                at += 1
            if marks[place] != _INSIDE:
                begin = place + 1
        firsts[row + 1] = at
    return begins, ends, firsts


@compiled
def _marks(
    points: Points,
    starts: Places,
    traits: NDArray[np.uint8],
    codes: CharCodes,
    nodes: Nodes,
    emitted: Floats,
    moves: Floats,
) -> Marks:
    """Return the mark of each character."""
    marks, longest = np.zeros(len(points), np.uint8), 0
    for row in range(len(starts) - 1):
        longest = max(longest, starts[row + 1] - starts[row])
    written, scores = np.zeros(longest, np.uint16), np.zeros(longest + 1)
    route, steps = np.zeros(longest, np.int64), np.zeros(longest, np.uint8)
    for row in range(len(starts) - 1):
        place, stop = starts[row], starts[row + 1]
        while place < stop:
            end = place
            while end < stop and points[end] <= HAN_LAST and codes[points[end]]:
                written[end - place] = codes[points[end]]
                end += 1
            if end > place:
                _find_route(written, end - place, nodes, scores, route)
                _mark_run(points, place, end - place, written, route, nodes, emitted, moves, steps, marks)
            else:
                end = _emoticon_end(points, place, stop)
                space = end == place + 1 and traits[points[place]] & SPACE
                marks[end - 1] = _SPACE if space else _LAST
            place = end
    return marks


@compiled
def _emoticon_end(points: Points, first: int, stop: int) -> int:
    """Return the end of the code like [允悲] that begins here, or of this character."""
    if points[first] == _OPENING:
        for place in range(first + 1, min(stop, first + _LONGEST_EMOTICON)):
            if points[place] == _CLOSING and place > first + 1:
                return place + 1
            if not (_is_latin(points[place]) or HAN_FIRST <= points[place] <= _LAST_IN_EMOTICON):
                break
    return first + 1


@compiled
def _is_latin(point: int) -> bool:
    """Tell whether it is an ASCII letter or digit."""
    return 97 <= point <= 122 or 48 <= point <= 57 or 65 <= point <= 90


@compiled
def _find_route(codes: CharCodes, size: int, nodes: Nodes, scores: Floats, route: Places) -> None:
    """Write where the best route's word from each place ends; of equally good ones the longest."""
    scores[size], unknown = 0.0, nodes[0]["weight"]
    for place in range(size - 1, -1, -1):
        best, best_end = _NO_WORD, place + 1
        node, end = np.int64(codes[place]), place + 1
        while True:
            score = nodes[node]["weight"] + scores[end]
            if score >= best:
                best, best_end = score, end
            base = np.int64(nodes[node]["base"])
            if base == 0 or end == size:
                break
            child = base + codes[end]
            if nodes[child]["parent"] != node:
                break
            node, end = child, end + 1
        if best == _NO_WORD:
            best = unknown + scores[place + 1]
        scores[place], route[place] = best, best_end


@compiled
def _mark_run(
    points: Points,
    start: int,
    size: int,
    codes: CharCodes,
    route: Places,
    nodes: Nodes,
    emitted: Floats,
    moves: Floats,
    steps: Marks,
    marks: Marks,
) -> None:
    """Mark the words of a run of characters with codes: those of the route, and those of jieba's model.

    Codes and route begin with the run, points and marks with the first text: a slice would cost more than
    the look that is taken at it.
    """
    place = 0
    while place < size:
        end = place
        while end < size and route[end] == end + 1:
            marks[start + end] = _LAST
            end += 1
        if end - place > 1 and not _is_word(codes, place, end, nodes):
            _mark_unknown(points, start, codes, place, end, emitted, moves, steps, marks)
        if end < size:
            end = route[end]
            marks[start + end - 1] = _LAST
        place = end


@compiled
def _is_word(codes: CharCodes, first: int, stop: int, nodes: Nodes) -> bool:
    node = np.int64(codes[first])
    for n in range(first + 1, stop):
        child = np.int64(nodes[node]["base"]) + codes[n]
        if nodes[child]["parent"] != node:
            return False
        node = child
    return bool(nodes[node]["weight"] > _NO_WORD)


@compiled
def _mark_unknown(
    points: Points,
    start: int,
    codes: CharCodes,
    first: int,
    stop: int,
    emitted: Floats,
    moves: Floats,
    steps: Marks,
    marks: Marks,
) -> None:
    """Mark the words of single characters that are no word together: Han, and what stands between."""
    while first < stop:
        end = first
        if points[start + first] < HAN_FIRST:
            end = _latin_end(points, start + first, start + stop) - start
            for place in range(first, end - 1):
                marks[start + place] = _INSIDE
        else:
            while end < stop and points[start + end] >= HAN_FIRST:
                end += 1
            if end - first > 1:
                _mark_han(codes, first, end, emitted, moves, steps, marks, start)
        first = end


@compiled
def _latin_end(points: Points, first: int, stop: int) -> int:
    """Return the end of letters and digits (3.5%, say) or of the signs before the next of them."""
    at = first
    while at < stop and points[at] < HAN_FIRST and _is_latin(points[at]) == _is_latin(points[first]):
        at += 1
    if not _is_latin(points[first]):
        return at
    if at + 1 < stop and points[at] == _POINT and 48 <= points[at + 1] <= 57:
        at += 1
        while at < stop and 48 <= points[at] <= 57:
            at += 1
    return at + 1 if at < stop and points[at] == _PERCENT else at


@compiled
def _mark_han(
    codes: CharCodes,
    first: int,
    stop: int,
    emitted: Floats,
    moves: Floats,
    steps: Marks,
    marks: Marks,
    start: int,
) -> None:
    """Mark the words that the hidden Markov model sees.

    A step holds a bit for each place in a word: whether it is reached from the other of two before it. Of
    equally likely ones it is the other, as in jieba.
    """
    code = codes[first]
    begin, middle = moves[START, BEGIN] + emitted[code, BEGIN], moves[START, MIDDLE] + emitted[code, MIDDLE]
    end, single = moves[START, END] + emitted[code, END], moves[START, SINGLE] + emitted[code, SINGLE]
    end_begin, single_begin = moves[END, BEGIN], moves[SINGLE, BEGIN]
    begin_middle, middle_middle = moves[BEGIN, MIDDLE], moves[MIDDLE, MIDDLE]
    begin_end, middle_end = moves[BEGIN, END], moves[MIDDLE, END]
    end_single, single_single = moves[END, SINGLE], moves[SINGLE, SINGLE]
    for n in range(first + 1, stop):
        code = codes[n]
        chance = emitted[code, BEGIN]
        new_begin, to_begin = _likelier(end + end_begin + chance, single + single_begin + chance)
        chance = emitted[code, MIDDLE]
        new_middle, to_middle = _likelier(begin + begin_middle + chance, middle + middle_middle + chance)
        chance = emitted[code, END]
        new_end, to_end = _likelier(begin + begin_end + chance, middle + middle_end + chance)
        chance = emitted[code, SINGLE]
        single, to_single = _likelier(end + end_single + chance, single + single_single + chance)
        begin, middle, end = new_begin, new_middle, new_end
        steps[n] = to_begin << BEGIN | to_middle << MIDDLE | to_end << END | to_single << SINGLE
    state = SINGLE if single >= end else END
    for n in range(stop - 1, first - 1, -1):
        marks[start + n] = _LAST if state >= END else _INSIDE
        other = steps[n] >> state & 1
        outer = state in (
            BEGIN,
            SINGLE,
        )  # these are reached from END and SINGLE, the others from BEGIN and MIDDLE
        state = (SINGLE if other else END) if outer else (MIDDLE if other else BEGIN)


@compiled
def _likelier(one: float, other: float) -> tuple[float, int]:
    """Return the likelier of two ways, and 1 for the other."""
    return (other, 1) if other >= one else (one, 0)
