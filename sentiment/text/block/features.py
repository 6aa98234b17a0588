"""Scores of the stance model for a block of posts, in one compiled loop.

The definition is ``text.features.featurize`` and ``StanceModel.logits``, sparse matrices of SciPy. Here no
matrix is made: the columns of a post are marked in a bitmap, which holds each once and gives them back in
ascending order, and the weights are added in SciPy's order, in single precision, norms summed as NumPy sums
them. So the scores are equal to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.codes import DIGIT, Codes, Places, Points, traits
from sentiment.text.block.compiling import compiled
from sentiment.text.block.phrases import ROW, PhraseTable
from sentiment.text.block.shapes import category_groups, count_shapes
from sentiment.text.block.words import Numbers, Vocabulary
from sentiment.text.features import CHAR_BITS, CHAR_SIZES, PAIRED_SHAPES, SHAPES, WORD_BITS, column_count
from sentiment.text.lexicon import load_lexicon

if TYPE_CHECKING:
    from sentiment.text.stance import StanceModel

Floats = NDArray[np.float32]

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_LONGEST_GRAM: Final = len(CHAR_SIZES)
_FIRST_WORD: Final = 2**CHAR_BITS
_FIRST_PHRASE: Final = 2**CHAR_BITS + 2**WORD_BITS
_AT_ONCE: Final = 8
"""Scores added up at once, in registers."""
_SHAPES: Final = len(SHAPES)
_PAIRED: Final = np.array([SHAPES.index(name) for name in PAIRED_SHAPES])
_DAMPENED: Final = np.sqrt(np.arange(4)).astype(np.float32)
_ZERO, _DOT, _COLON, _TEXT_START, _TEXT_END = 48, 46, 58, 2, 3


@dataclass(frozen=True, slots=True)
class BlockScorer:
    """A stance model, laid out for the compiled loop.

    Attributes:
        model: The model.
        place: Of each feature column its place among the model's, -1 where the model does not use it.
        used: The hashed columns that the model uses, as a bitmap.
        weights: Those of the model, filled up with zeros to a multiple of :data:`_AT_ONCE` scores.
        lexicon: Phrases by category.
        groups: Of the categories, see :func:`sentiment.text.block.shapes.category_groups`.
    """

    model: StanceModel
    place: NDArray[np.int32]
    used: NDArray[np.uint64]
    weights: Floats
    lexicon: PhraseTable
    groups: NDArray[np.uint8]

    @classmethod
    def of(cls, model: StanceModel) -> BlockScorer:
        """Lay out a model."""
        place = np.full(column_count(), -1, dtype=np.int32)
        place[model.columns] = np.arange(len(model.columns))
        categories = load_lexicon()
        used = np.packbits(place[:_FIRST_PHRASE] >= 0, bitorder="little").view(np.dtype("<u8"))
        return cls(
            model,
            place,
            used.astype(np.uint64),
            np.pad(model.weights, ((0, 0), (0, -model.weights.shape[1] % _AT_ONCE))),
            PhraseTable.of(categories),
            category_groups(list(categories)),
        )

    def logits(self, masked: Codes, words: Numbers, word_starts: Places, vocabulary: Vocabulary) -> Floats:
        """Return the raw scores of all heads: shape (n, k), float32.

        Args:
            masked: Model texts with services masked.
            words: Their words as the models read them.
            word_starts: Where the words of each text begin (and the last ends).
            vocabulary: The words by number.
        """
        hits = self.lexicon.find(masked)
        model = self.model
        return (
            _logits(
                masked.points,
                masked.starts,
                words,
                word_starts,
                *vocabulary.utf8(),
                hits,
                np.searchsorted(hits[:, ROW], np.arange(len(masked) + 1)),
                self.groups,
                traits(),
                _crc_table(),
                self.place,
                self.used,
                model.scale,
                np.array(model.view_weights, dtype=np.float32),
                self.weights,
            )[:, : len(model.bias)]
            + model.bias
        )


def _crc_table() -> NDArray[np.uint32]:
    """Return the table of CRC-32 (polynomial 0xEDB88320), which ``zlib.crc32`` works by."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(0xEDB88320), table >> 1)
    return table


@compiled
def _logits(
    points: Points,
    starts: Places,
    words: Numbers,
    word_starts: Places,
    letters: NDArray[np.uint8],
    letter_starts: Places,
    hits: Places,
    hit_starts: Places,
    groups: NDArray[np.uint8],
    traits: NDArray[np.uint8],
    crc_table: NDArray[np.uint32],
    place: NDArray[np.int32],
    used: NDArray[np.uint64],
    scale: Floats,
    view_weights: Floats,
    weights: Floats,
) -> Floats:
    """Score posts one after the other; what a post needs of memory is taken once for all."""
    rows, longest = len(starts) - 1, 0
    for row in range(rows):
        longest = max(
            longest, 4 * (starts[row + 1] - starts[row] + 2), 2 * (word_starts[row + 1] - word_starts[row])
        )
    bits, summary = np.zeros(len(used), np.uint64), np.zeros(len(used) // 64, np.uint64)
    folded = np.empty(longest + 8, np.uint64)
    marked, values = np.empty(longest + 8, np.int64), np.empty(longest + 8, np.float32)
    counts = np.empty(_SHAPES + len(groups), np.float32)
    scores = np.zeros((rows, weights.shape[1]), np.float32)
    for row in range(rows):
        size = _fold(folded, points, starts[row], starts[row + 1], traits)
        _mark_characters(folded, size, used, bits, summary)
        count = _take_marked(marked, bits, summary, 0, _FIRST_WORD >> 12)
        _add_view(scores[row], marked, count, values, place, scale, view_weights[0], weights)
        own = words[word_starts[row] : word_starts[row + 1]]
        _mark_words(own, letters, letter_starts, crc_table, used, bits, summary)
        count = _take_marked(marked, bits, summary, _FIRST_WORD >> 12, len(summary))
        _add_view(scores[row], marked, count, values, place, scale, view_weights[1], weights)
        mine = hits[hit_starts[row] : hit_starts[row + 1]]
        counts[:] = 0
        count_shapes(counts, points, starts[row], starts[row + 1], mine, groups, traits)
        for hit in range(len(mine)):
            counts[_SHAPES + mine[hit, 3]] += 1
        _add_phrases(scores[row], counts, place, scale, weights)
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
def _mark_characters(
    text: NDArray[np.uint64],
    size: int,
    used: NDArray[np.uint64],
    bits: NDArray[np.uint64],
    summary: NDArray[np.uint64],
) -> None:
    """Mark the columns of all grams of one to four characters; longer ones go on from shorter ones."""
    for first in range(size):
        state = np.uint64(0)
        for length in range(1, min(_LONGEST_GRAM, size - first) + 1):
            state = (state ^ text[first + length - 1]) * _MULTIPLIER
            state ^= state >> np.uint64(29)
            column = ((state + np.uint64(length)) * _MULTIPLIER) >> np.uint64(64 - CHAR_BITS)
            _mark(column, used, bits, summary)


@compiled
def _mark_words(
    words: Numbers,
    letters: NDArray[np.uint8],
    starts: Places,
    crc_table: NDArray[np.uint32],
    used: NDArray[np.uint64],
    bits: NDArray[np.uint64],
    summary: NDArray[np.uint64],
) -> None:
    """Mark the columns of all words and of all pairs of neighbours, "first second"."""
    mask = np.uint32(2**WORD_BITS - 1)
    before = np.uint32(0)
    for n in range(len(words)):
        first, last = starts[words[n]], starts[words[n] + 1]
        alone = np.uint32(0xFFFFFFFF)
        pair = crc_table[(before ^ np.uint32(32)) & np.uint32(0xFF)] ^ (before >> np.uint32(8))
        for at in range(first, last):
            letter = np.uint32(letters[at])
            alone = crc_table[(alone ^ letter) & np.uint32(0xFF)] ^ (alone >> np.uint32(8))
            pair = crc_table[(pair ^ letter) & np.uint32(0xFF)] ^ (pair >> np.uint32(8))
        _mark(np.uint64(_FIRST_WORD + (~alone & mask)), used, bits, summary)
        if n:
            _mark(np.uint64(_FIRST_WORD + (~pair & mask)), used, bits, summary)
        before = alone


@compiled
def _mark(
    column: np.uint64, used: NDArray[np.uint64], bits: NDArray[np.uint64], summary: NDArray[np.uint64]
) -> None:
    """Mark a column that the model uses in the bitmap, and its word of 64 columns in the bitmap of words.

    Without a branch, which the processor would guess wrong at every other column.
    """
    word = column >> np.uint64(6)
    bit = used[word] & (np.uint64(1) << (column & np.uint64(63)))
    bits[word] |= bit
    summary[word >> np.uint64(6)] |= np.uint64(bit != 0) << (word & np.uint64(63))


@compiled
def _take_marked(
    out: NDArray[np.int64], bits: NDArray[np.uint64], summary: NDArray[np.uint64], first: int, last: int
) -> int:
    """Write the marked columns in ascending order and unmark them; return how many."""
    count = 0
    for top in range(first, last):
        while summary[top]:
            word = (top << 6) + _lowest(summary[top])
            summary[top] &= summary[top] - np.uint64(1)
            rest = bits[word]
            while rest:
                out[count] = (word << 6) + _lowest(rest)
                count += 1
                rest &= rest - np.uint64(1)
            bits[word] = 0
    return count


_DE_BRUIJN: Final = np.uint64(0x03F79D71B4CB0A89)
_LOWEST: Final = np.zeros(64, dtype=np.int64)
_LOWEST[[(0x03F79D71B4CB0A89 << bit & 0xFFFFFFFFFFFFFFFF) >> 58 for bit in range(64)]] = range(64)


@compiled
def _lowest(word: np.uint64) -> int:
    """Return which is the lowest bit set: a De Bruijn number's upper six bits differ for each shift."""
    lowest = word & (~word + np.uint64(1))
    place: int = _LOWEST[(lowest * _DE_BRUIJN) >> np.uint64(58)]
    return place


@compiled
def _add_view(
    scores: Floats,
    columns: NDArray[np.int64],
    count: int,
    values: Floats,
    place: NDArray[np.int32],
    scale: Floats,
    view_weight: np.float32,
    weights: Floats,
) -> None:
    """Add the weights of the marked columns, scaled and brought to the norm of the view."""
    if count == 0:
        return
    for n in range(count):
        columns[n] = place[columns[n]]
        values[n] = scale[columns[n]] * scale[columns[n]]
    norm = np.sqrt(values[0] + _pairwise_sum(values, 1, count - 1))
    factor = view_weight / norm if norm != 0 else view_weight
    for n in range(count):
        values[n] = factor * scale[columns[n]]
    for k in range(0, len(scores), _AT_ONCE):
        _add_eight(scores[k : k + _AT_ONCE], columns, count, values, weights, k)


@compiled
def _add_eight(
    scores: Floats, places: NDArray[np.int64], count: int, values: Floats, weights: Floats, first: int
) -> None:
    """Add the weights of eight scores: eight variables stay in registers, items of an array would not."""
    a, b, c, d = scores[0], scores[1], scores[2], scores[3]
    e, f, g, h = scores[4], scores[5], scores[6], scores[7]
    for n in range(count):
        row, value = weights[places[n]], values[n]
        a += value * row[first]
        b += value * row[first + 1]
        c += value * row[first + 2]
        d += value * row[first + 3]
        e += value * row[first + 4]
        f += value * row[first + 5]
        g += value * row[first + 6]
        h += value * row[first + 7]
    scores[0], scores[1], scores[2], scores[3] = a, b, c, d
    scores[4], scores[5], scores[6], scores[7] = e, f, g, h


@compiled
def _pairwise_sum(values: Floats, first: int, count: int) -> np.float32:
    """Return the sum in NumPy's order: halves down to 128 items, each half before their sum."""
    sums, found = np.empty(64, np.float32), 0
    firsts, counts, open_ = np.empty(128, np.int64), np.empty(128, np.int64), 1
    firsts[0], counts[0] = first, count
    while open_:
        open_ -= 1
        first, count = firsts[open_], counts[open_]
        if count < 0:
            found -= 1
            sums[found - 1] += sums[found]
        elif count <= 128:
            sums[found] = _short_sum(values, first, count)
            found += 1
        else:
            half = count // 2
            half -= half % 8
            counts[open_] = -1
            firsts[open_ + 1], counts[open_ + 1] = first + half, count - half
            firsts[open_ + 2], counts[open_ + 2] = first, half
            open_ += 3
    total: np.float32 = sums[0]
    return total


@compiled
def _short_sum(values: Floats, first: int, count: int) -> np.float32:
    """Return the sum of at most 128 items: eight running sums, then what is left."""
    if count < 8:
        total = np.float32(0)
        for n in range(first, first + count):
            total += values[n]
        return total
    sums = values[first : first + 8].copy()
    whole = count - count % 8
    for n in range(8, whole):
        sums[n & 7] += values[first + n]
    first_half, second_half = (
        (sums[0] + sums[1]) + (sums[2] + sums[3]),
        (sums[4] + sums[5]) + (sums[6] + sums[7]),
    )
    total = np.float32(first_half + second_half)
    for n in range(whole, count):
        total += values[first + n]
    return total


@compiled
def _add_phrases(
    scores: Floats, counts: Floats, place: NDArray[np.int32], scale: Floats, weights: Floats
) -> None:
    """Add pairs of signals that occur in the same post, lexicon categories and shapes.

    From the last column to the first: SciPy's product with the scale leaves them in that order.
    """
    categories = len(counts) - _SHAPES
    for n in range(_SHAPES, len(counts)):
        counts[n] = _DAMPENED[min(int(counts[n]), 3)]
    signals = categories + len(_PAIRED)
    present, size = np.empty(signals, np.int64), 0
    for n in range(signals):
        if counts[_SHAPES + n if n < categories else _PAIRED[n - categories]] > 0:
            present[size] = n
            size += 1
    first_pair = _FIRST_PHRASE + len(counts)
    for a in range(size - 2, -1, -1):
        for b in range(size - 1, a, -1):
            first, second = present[a], present[b]
            pair = first * (2 * signals - first - 1) // 2 + second - first - 1
            _add(scores, place[first_pair + pair], np.float32(1), scale, weights)
    for n in range(len(counts) - 1, -1, -1):
        if counts[n]:
            _add(scores, place[_FIRST_PHRASE + n], counts[n], scale, weights)


@compiled
def _add(scores: Floats, place: int, value: np.float32, scale: Floats, weights: Floats) -> None:
    if place >= 0:
        value = value * scale[place]
        for k in range(len(scores)):
            scores[k] += value * weights[place, k]
