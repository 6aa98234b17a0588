"""Scores of the stance model for a block of posts, in one compiled loop.

The definition is ``text.features.featurize`` and ``StanceModel.logits``, sparse matrices of SciPy. Here no
matrix is made: the columns of a post are marked in a bitmap, which holds each once and gives them back in
ascending order, and the weights are added in SciPy's order, in single precision, norms summed as NumPy sums
them. So the scores are equal to the last bit.

Most of the time goes by waiting for weights: 20 MB of them, a line of the cache for each column of a post. So
rows begin where lines do, and are added by a loop short enough for the processor to ask for many at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.bits import TOP, Counts, Marks, Words, mark, packed, take, unmarked
from sentiment.text.block.codes import DIGIT, Codes, Places, Points, traits
from sentiment.text.block.compiling import compiled
from sentiment.text.block.phrases import PhraseTable, row_starts
from sentiment.text.block.shapes import category_groups, count_shapes, signs
from sentiment.text.block.sums import LINE, add_rows, norm
from sentiment.text.block.words import Column, Numbers, Vocabulary
from sentiment.text.features import CHAR_BITS, CHAR_SIZES, PAIRED_SHAPES, SHAPES, WORD_BITS, column_count
from sentiment.text.lexicon import load_lexicon

if TYPE_CHECKING:
    from sentiment.text.stance import StanceModel

Floats = NDArray[np.float32]
Checksums = NDArray[np.uint32]

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_LONGEST_GRAM: Final = len(CHAR_SIZES)
_FIRST_WORD: Final = 2**CHAR_BITS
_FIRST_PHRASE: Final = 2**CHAR_BITS + 2**WORD_BITS
_SHAPES: Final = len(SHAPES)
_PAIRED: Final = np.array([SHAPES.index(name) for name in PAIRED_SHAPES])
_DAMPENED: Final = np.sqrt(np.arange(4)).astype(np.float32)
_ZERO, _DOT, _COLON, _TEXT_START, _TEXT_END = 48, 46, 58, 2, 3
_LONGEST_WORD: Final = 32
"""Bytes of a word that a checksum goes over at once."""


class BlockScorer:
    """A stance model, laid out for the compiled loop.

    Args:
        model: The model.
        vocabulary: Numbers of the words of the posts to come.
    """

    def __init__(self, model: StanceModel, vocabulary: Vocabulary) -> None:
        self._model, self._vocabulary = model, vocabulary
        used = np.zeros(column_count(), dtype=np.bool_)
        used[model.columns] = True
        self._used, self._before = packed(used[:_FIRST_PHRASE])
        phrases = np.cumsum(used)[_FIRST_PHRASE:] - 1
        self._phrase_places = np.where(used[_FIRST_PHRASE:], phrases, -1)
        self._weights = _on_lines(model.weights)
        categories = load_lexicon()
        self._lexicon = PhraseTable.of(categories)
        self._groups = category_groups(list(categories))
        self._checksums, self._shifted = Column(np.uint32), _shifts()

    def logits(self, masked: Codes, words: Numbers, word_starts: Places) -> Floats:
        """Return the raw scores of all heads: shape (n, k), float32.

        Args:
            masked: Model texts with services masked.
            words: Their words as the models read them.
            word_starts: Where the words of each text begin (and the last ends).
        """
        self._learn_new_words()
        hits, model = self._lexicon.find(masked), self._model
        scores: Floats = _logits(
            masked.points,
            masked.starts,
            words,
            word_starts,
            self._checksums.items.reshape(-1, 4),
            self._shifted,
            hits,
            row_starts(hits, len(masked)),
            self._groups,
            traits(),
            signs(),
            self._used,
            self._before,
            self._phrase_places,
            model.scale,
            np.array(model.view_weights, dtype=np.float32),
            self._weights,
        )
        return scores[:, : len(model.bias)] + model.bias

    def _learn_new_words(self) -> None:
        with self._vocabulary.one_at_a_time:
            letters, starts = self._vocabulary.utf8()
            known = len(self._checksums.items) // 4
            self._checksums.extend(_checksums(letters, starts[known:], self._shifted).ravel())


def _on_lines(weights: Floats) -> Floats:
    """Return weights with zeros behind each row, so that rows begin where lines of the cache begin."""
    rows, columns = len(weights), -(-weights.shape[1] // LINE) * LINE
    room = np.zeros(rows * columns + LINE, dtype=np.float32)
    first = -room.ctypes.data // room.itemsize % LINE
    laid: Floats = room[first : first + rows * columns].reshape(rows, columns)
    laid[:, : weights.shape[1]] = weights
    return laid


def _shifts() -> Checksums:
    """Return what n zero bytes make of each byte of a CRC-32 (polynomial 0xEDB88320, as ``zlib.crc32``).

    Shape (n, 4, 256). What follows a state depends on it and on the bytes to come by exclusive or alone,
    so a word's own part needs to be worked out only once, whatever stands before it.
    """
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(0xEDB88320), table >> 1)
    shifts = [np.arange(256, dtype=np.uint32) << np.arange(0, 32, 8, dtype=np.uint32)[:, None]]
    for _ in range(_LONGEST_WORD):
        shifts.append(table[shifts[-1] & 0xFF] ^ (shifts[-1] >> 8))
    return np.array(shifts, dtype=np.uint32)


@compiled
def _shift(state: np.uint32, length: int, shifts: Checksums) -> np.uint32:
    """Return what zero bytes make of the state of a checksum."""
    while length > 0:
        step = min(length, _LONGEST_WORD)
        state = (
            shifts[step, 0, state & 0xFF]
            ^ shifts[step, 1, (state >> 8) & 0xFF]
            ^ shifts[step, 2, (state >> 16) & 0xFF]
            ^ shifts[step, 3, state >> 24]
        )
        length -= step
    return state


@compiled
def _checksums(letters: NDArray[np.uint8], starts: Places, shifts: Checksums) -> Checksums:
    """Return of each word: checksum, that with a space behind, its own part (from state 0), length."""
    found = np.zeros((len(starts) - 1, 4), np.uint32)
    for word in range(len(found)):
        own, length = np.uint32(0), starts[word + 1] - starts[word]
        for place in range(starts[word], starts[word + 1]):
            own = _shift(own ^ np.uint32(letters[place]), 1, shifts)
        alone = _shift(np.uint32(0xFFFFFFFF), length, shifts) ^ own
        found[word, 0] = alone
        found[word, 1] = _shift(alone ^ np.uint32(32), 1, shifts)
        found[word, 2] = own
        found[word, 3] = length
    return found


@compiled
def _logits(
    points: Points,
    starts: Places,
    words: Numbers,
    word_starts: Places,
    checksums: Checksums,
    shifts: Checksums,
    hits: Places,
    hit_starts: Places,
    groups: NDArray[np.uint8],
    traits: NDArray[np.uint8],
    signs: NDArray[np.uint8],
    used: Words,
    before: Counts,
    phrase_places: Places,
    scale: Floats,
    view_weights: Floats,
    weights: Floats,
) -> Floats:
    """Score posts one after the other; what a post needs of memory is taken once for all."""
    rows, longest, signals = len(starts) - 1, 0, len(groups) + len(_PAIRED)
    for row in range(rows):
        grams = 4 * (starts[row + 1] - starts[row] + 2) + 2 * (word_starts[row + 1] - word_starts[row])
        longest = max(longest, grams)
    marks = unmarked(used)
    longest += signals * signals + _SHAPES
    folded, present = np.empty(longest, np.uint64), np.empty(signals, np.int64)
    places, values = np.empty(longest, np.int64), np.empty(longest, np.float32)
    touched = np.empty(longest, np.int64)
    counts = np.empty(_SHAPES + len(groups), np.float32)
    scores = np.zeros((rows, weights.shape[1]), np.float32)
    middle = _FIRST_WORD >> TOP
    for row in range(rows):
        size = _fold(folded, points, starts[row], starts[row + 1], traits)
        _mark_characters(folded, size, marks)
        chars = take(places, 0, touched, marks, 0, middle, before)
        mine = words[word_starts[row] : word_starts[row + 1]]
        _mark_words(mine, checksums, shifts, marks)
        grams = take(places, chars, touched, marks, middle, len(marks.tops), before)
        found = hits[hit_starts[row] : hit_starts[row + 1]]
        counts[:] = 0
        count_shapes(counts, points, starts[row], starts[row + 1], found, groups, traits, signs)
        for hit in range(len(found)):
            counts[_SHAPES + found[hit, 3]] += 1
        every = _list_phrases(places, values, grams, counts, present, phrase_places, scale)
        _bring_to_norm(places, values, 0, chars, scale, view_weights[0])
        _bring_to_norm(places, values, chars, grams, scale, view_weights[1])
        add_rows(scores[row], places, values, every, weights)
    return scores


@compiled
def _fold(out: NDArray[np.uint64], points: Points, first: int, last: int, traits: NDArray[np.uint8]) -> int:
    """Write a text between marks, each number (12, 3.5, 10:30) as 0; return its length."""
    out[0] = _TEXT_START
    size, at = 1, first
    while at < last:
        if traits[points[at]] & DIGIT:
            out[size] = _ZERO
            at += 1
            while at < last and (
                traits[points[at]] & DIGIT
                or (
                    (points[at] == _DOT or points[at] == _COLON)
                    and at + 1 < last
                    and traits[points[at + 1]] & DIGIT
                )
            ):
                at += 1
        else:
            out[size] = points[at]
            at += 1
        size += 1
    out[size] = _TEXT_END
    return size + 1


@compiled
def _mark_characters(text: NDArray[np.uint64], size: int, marks: Marks) -> None:
    """Mark the columns of all grams of one to four characters; longer ones go on from shorter ones."""
    for first in range(size):
        state = np.uint64(0)
        for length in range(1, min(_LONGEST_GRAM, size - first) + 1):
            state = (state ^ text[first + length - 1]) * _MULTIPLIER
            state ^= state >> np.uint64(29)
            column = ((state + np.uint64(length)) * _MULTIPLIER) >> np.uint64(64 - CHAR_BITS)
            mark(column, marks)


@compiled
def _mark_words(words: Numbers, checksums: Checksums, shifts: Checksums, marks: Marks) -> None:
    """Mark the columns of all words and of all pairs of neighbours, "first second"."""
    mask = np.uint32(2**WORD_BITS - 1)
    for n in range(len(words)):
        word = checksums[words[n]]
        mark(np.uint64(_FIRST_WORD + (~word[0] & mask)), marks)
        if n:
            pair = _shift(checksums[words[n - 1], 1], int(word[3]), shifts) ^ word[2]
            mark(np.uint64(_FIRST_WORD + (~pair & mask)), marks)


@compiled
def _bring_to_norm(
    places: Places, values: Floats, first: int, last: int, scale: Floats, view_weight: np.float32
) -> None:
    """Write the values of a view's columns: their scales, together as long as the view weighs."""
    for n in range(first, last):
        values[n] = scale[places[n]]
    length = norm(values, first, last)
    factor = view_weight / length if length != 0 else view_weight
    for n in range(first, last):
        values[n] = factor * values[n]


@compiled
def _list_phrases(
    places: Places,
    values: Floats,
    size: int,
    counts: Floats,
    present: Places,
    place_of: Places,
    scale: Floats,
) -> int:
    """List pairs of signals that occur in the same post, lexicon categories and shapes; return the end.

    From the last column to the first: SciPy's product with the scale leaves them in that order.
    """
    categories = len(counts) - _SHAPES
    for n in range(_SHAPES, len(counts)):
        counts[n] = _DAMPENED[min(int(counts[n]), 3)]
    signals, found = categories + len(_PAIRED), 0
    for n in range(signals):
        if counts[_SHAPES + n if n < categories else _PAIRED[n - categories]] > 0:
            present[found] = n
            found += 1
    for a in range(found - 2, -1, -1):
        first = present[a]
        pairs = len(counts) + first * (2 * signals - first - 1) // 2 - first - 1
        for b in range(found - 1, a, -1):
            place = place_of[pairs + present[b]]
            if place >= 0:
                places[size], values[size] = place, scale[place]
                size += 1
    for n in range(len(counts) - 1, -1, -1):
        if counts[n]:
            size = _list(places, values, size, place_of[n], counts[n], scale)
    return size


@compiled
def _list(places: Places, values: Floats, size: int, place: int, value: np.float32, scale: Floats) -> int:
    if place < 0:
        return size
    places[size] = place
    values[size] = value * scale[place]
    return size + 1
