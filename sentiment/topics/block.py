"""Topics of a block of posts in compiled loops; the definition is ``TopicModel.score``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.codes import Codes, Places
from sentiment.text.block.compiling import compiled
from sentiment.text.block.phrases import LABEL, ROW, PhraseTable, fill, row_starts, slot
from sentiment.text.block.words import Column, Numbers, Vocabulary
from sentiment.topics.model import HIT_SCALE, MOST_HITS, NEW, Floats, TopicModel
from sentiment.topics.seeded import SHIELD

_FIRST, _SECOND = 1, 2
"""Whether a word is the first of a pair with weights, or the second."""


class BlockTopics:
    """A topic model, laid out for compiled loops.

    Args:
        model: The model.
        vocabulary: Numbers of the words of the posts to come.
    """

    def __init__(self, model: TopicModel, vocabulary: Vocabulary) -> None:
        self._model, self._vocabulary = model, vocabulary
        self._seeds = PhraseTable.of(model.seed_phrases)
        labels = {name: number for number, name in enumerate(self._seeds.labels)}
        self._shield_of = np.array([labels.get(SHIELD + name, -1) for name in labels])
        ids = {name: number for number, name in enumerate(model.weights.ids)}
        self._column_of = np.array([ids.get(name, -1) for name in labels])
        self._own = np.array([name.startswith(NEW) for name in labels], dtype=np.bool_)
        self._row_of, self._sides = Column(np.int32), Column(np.uint8)
        pairs = [gram.split(" ") for gram in model.weights.vocabulary if " " in gram]
        self._firsts, self._seconds = {first for first, _ in pairs}, {second for _, second in pairs}
        self._pairs = self._pair_table()

    def _pair_table(self) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        number = self._vocabulary.number
        known = [
            (gram.split(" "), row) for gram, row in self._model.weights.vocabulary.items() if " " in gram
        ]
        keys = np.array([(number(a) + 1) << 32 | (number(b) + 1) for (a, b), _ in known], dtype=np.uint64)
        rows = np.array([row for _, row in known], dtype=np.int32)
        size = 1 << (4 * len(known) + 16).bit_length()
        return fill(keys, rows, np.zeros(size, np.uint64), np.full(size, -1, np.int32))

    def score(self, plain: Codes, words: Numbers, word_starts: Places) -> Floats:
        """Return the probability of each topic: shape (n, topics), see :meth:`TopicModel.score`.

        Args:
            plain: Model texts.
            words: Their words as the models read them.
            word_starts: Where the words of each text begin (and the last ends).
        """
        weights, rows = self._model.weights, len(plain)
        hits = self._seeds.find(plain)
        hit_starts = row_starts(hits, rows)
        counted = _count_seeds(
            hits, hit_starts, self._shield_of, self._column_of, len(weights.ids), MOST_HITS
        )
        self._learn_new_words()
        known = self._row_of.items, self._sides.items, *self._pairs
        dots = _dots(words, word_starts, *known, weights.scale, weights.weights)
        scores = self._model.learnt_scores(dots, counted * HIT_SCALE)
        for row in np.unique(hits[self._own[hits[:, LABEL]], ROW]).tolist():
            self._model.raise_to_unlearnt(scores[row], plain.text(row))
        return scores

    def _learn_new_words(self) -> None:
        with self._vocabulary.one_at_a_time:
            new = self._vocabulary.words[len(self._row_of.items) :]
            self._row_of.extend([self._model.weights.vocabulary.get(word, -1) for word in new])
            self._sides.extend(
                [_FIRST * (word in self._firsts) | _SECOND * (word in self._seconds) for word in new]
            )


@compiled
def _count_seeds(
    hits: Places, hit_starts: Places, shield_of: Places, column_of: Places, columns: int, most: int
) -> Floats:
    """Return how many different seed words of each topic stand in each post outside its shields."""
    counts = np.zeros((len(hit_starts) - 1, columns))
    for row in range(len(counts)):
        first, last = hit_starts[row], hit_starts[row + 1]
        for hit in range(first, last):
            column = column_of[hits[hit, 3]]
            if column >= 0 and counts[row, column] < most and _is_new(hits, hit, first, last, shield_of):
                counts[row, column] += 1
    return counts


@compiled
def _is_new(hits: Places, hit: int, first: int, last: int, shield_of: Places) -> bool:
    """Tell whether a hit is not shielded, and its phrase did not stand before, unshielded."""
    if _is_shielded(hits, hit, first, last, shield_of):
        return False
    for other in range(first, hit):
        same = hits[other, 3] == hits[hit, 3] and hits[other, 4] == hits[hit, 4]
        if same and not _is_shielded(hits, other, first, last, shield_of):
            return False
    return True


@compiled
def _is_shielded(hits: Places, hit: int, first: int, last: int, shield_of: Places) -> bool:
    shield = shield_of[hits[hit, 3]]
    if shield >= 0:
        for other in range(first, last):
            if hits[other, 3] == shield and hits[other, 1] <= hits[hit, 1] and hits[hit, 2] <= hits[other, 2]:
                return True
    return False


@compiled
def _dots(
    words: Numbers,
    starts: Places,
    row_of: Numbers,
    sides: NDArray[np.uint8],
    pair_keys: NDArray[np.uint64],
    pair_rows: Numbers,
    scale: Floats,
    weights: Floats,
) -> Floats:
    """Return each post's known words and pairs, scaled and of length one, times their weights."""
    dots = np.zeros((len(starts) - 1, weights.shape[1]))
    seen = np.full(len(scale), -1, np.int64)
    for post in range(len(dots)):
        squares = 0.0
        for n in range(starts[post], starts[post + 1]):
            for pair in range(2):
                if pair:
                    if n == starts[post] or not (sides[words[n - 1]] & _FIRST and sides[words[n]] & _SECOND):
                        continue
                    key = np.uint64(words[n - 1] + 1) << np.uint64(32) | np.uint64(words[n] + 1)
                    row = pair_rows[slot(key, pair_keys)]
                else:
                    row = row_of[words[n]]
                if row >= 0 and seen[row] != post:
                    seen[row] = post
                    squares += scale[row] * scale[row]
                    for k in range(weights.shape[1]):
                        dots[post, k] += scale[row] * weights[row, k]
        if squares:
            dots[post] /= np.sqrt(squares)
    return dots
