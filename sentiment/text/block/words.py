"""Words of a block of texts as numbers.

A word's masked form, hash and bytes depend on the word alone: they are worked out once, when it is first met.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from threading import RLock
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.codes import Codes, Places, Points
from sentiment.text.block.compiling import compiled
from sentiment.text.block.cutting import Cutter
from sentiment.text.features import word_form
from sentiment.text.segment import Segmenter

Numbers = NDArray[np.int32]

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_EXACT: Final = 3
"""Characters of the longest word that fits into a key of 63 bits, so that equal keys mean equal words."""


class Column:
    """An array that grows at its end.

    Args:
        dtype: Of the items.
    """

    def __init__(self, dtype: Any) -> None:  # noqa: ANN401 - what NumPy takes for a dtype
        self._room = np.empty(1024, dtype=dtype)
        self._size = 0

    def extend(self, items: Sequence[int] | NDArray[Any]) -> None:
        """Add items."""
        end = self._size + len(items)
        if end > len(self._room):
            room = np.empty(2 * end, dtype=self._room.dtype)
            room[: self._size] = self._room[: self._size]
            self._room = room
        self._room[self._size : end] = items
        self._size = end

    @property
    def items(self) -> NDArray[Any]:
        """The items so far."""
        return self._room[: self._size]


class Vocabulary:
    """Numbers of the words met so far, and what is known of each.

    Attributes:
        words: The words, by number.
        one_at_a_time: Held by the thread that adds words, or what is to know of them elsewhere.
    """

    def __init__(self) -> None:
        self.words: list[str] = []
        self.one_at_a_time = RLock()  # compiled loops let other threads run
        self._met = _Met(
            np.zeros(1 << 12, np.uint64),
            np.zeros(1 << 12, np.int32),
            np.zeros(1 << 12, np.uint32),
            np.zeros(1 << 10, np.int64),
        )
        self._bytes, self._ends, self._forms = Column(np.uint8), Column(np.int64), Column(np.int32)
        self._ends.extend([0])

    def number(self, word: str) -> int:
        """Return the number of a word, a new one where it was not met before."""
        points = Codes.of([word])
        return int(self.numbers(points.points, points.starts[:1], points.starts[1:])[0])

    def numbers(self, points: Points, begins: Places, ends: Places) -> Numbers:
        """Return the numbers of words given by their first place and one past the last."""
        with self.one_at_a_time:
            numbers, self._met, count = _numbered(points, begins, ends, self._met, len(self.words))
            if count > len(self.words):
                self._learn(count)
        return numbers

    def _learn(self, count: int) -> None:
        """Take down what is to know of the words up to a count."""
        known = len(self.words)
        ends = self._met.ends[known : count + 1]
        letters = self._met.letters[ends[0] : ends[-1]]
        text = letters.tobytes().decode("utf-32-le", "surrogatepass")
        new = [text[begin:end] for begin, end in pairwise((ends - ends[0]).tolist())]
        sizes = 1 + (letters >= 0x80) + (letters >= 0x800) + (letters >= 0x10000)
        places = self._ends.items[-1] + np.append(0, np.cumsum(sizes))
        self._bytes.extend(np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8))
        self._ends.extend(places[ends[1:] - ends[0]])
        self._forms.extend(np.arange(known, count))
        self.words += new
        for number, word in enumerate(new, known):
            form = word_form(word)
            if form != word:
                number_of_form = self.number(form)  # may move the column
                self._forms.items[number] = number_of_form

    def forms(self, words: Numbers) -> Numbers:
        """Return the numbers of the words as the models read them: services masked, numbers folded."""
        forms: Numbers = self._forms.items[words]
        return forms

    def utf8(self) -> tuple[NDArray[np.uint8], Places]:
        """Return all words in UTF-8, one behind the other, and where each begins (and the last ends)."""
        return self._bytes.items, self._ends.items


class _Met(NamedTuple):
    """Words met: an open-addressed table of keys (0: empty) and numbers, and the words as code points."""

    keys: NDArray[np.uint64]
    numbers: Numbers
    letters: Points
    ends: Places


class BlockSegmenter:
    """Cuts blocks of model texts into the numbers of their words, as ``Segmenter.cut`` cuts each.

    Args:
        segmenter: What cuts a text.
    """

    def __init__(self, segmenter: Segmenter) -> None:
        self.vocabulary = Vocabulary()
        self._cutter = Cutter.of(segmenter)

    def cut(self, texts: Codes) -> tuple[Numbers, Places]:
        """Return the words of texts, one text behind the other, and where each begins (and the last ends)."""
        begins, ends, starts = self._cutter.cut(texts)
        return self.vocabulary.numbers(texts.points, begins, ends), starts


@compiled
def _numbered(
    points: Points, begins: Places, ends: Places, met: _Met, count: int
) -> tuple[Numbers, _Met, int]:
    """Return the number of each word, the table with the new ones, and how many words it holds."""
    out = np.empty(len(begins), np.int32)
    keys, numbers, letters, letter_ends = met
    for n in range(len(begins)):
        word = points[begins[n] : ends[n]]
        key = _key(word)
        at = _slot(key, word, keys, numbers, letters, letter_ends)
        if not keys[at]:
            end = letter_ends[count] + len(word)
            if count + 2 > len(letter_ends):
                letter_ends = np.append(letter_ends, letter_ends)
            if end > len(letters):
                letters = np.append(letters, np.zeros(end, np.uint32))
            letters[letter_ends[count] : end] = word
            keys[at], numbers[at], letter_ends[count + 1] = key, count, end
            out[n] = count
            count += 1
            if 2 * count > len(keys):
                keys, numbers = _spread(keys, numbers)
        else:
            out[n] = numbers[at]
    return out, _Met(keys, numbers, letters, letter_ends), count


@compiled
def _key(word: Points) -> np.uint64:
    """Return a number for a word, another for each word of up to three characters, and never 0."""
    key = np.uint64(0)
    if len(word) <= _EXACT:
        for point in word:
            key = key << np.uint64(21) | np.uint64(point) + np.uint64(1)
        return key
    for point in word:
        key = (key ^ np.uint64(point)) * _MULTIPLIER
        key ^= key >> np.uint64(29)
    return key | np.uint64(1 << 63)


@compiled
def _slot(
    key: np.uint64,
    word: Points,
    keys: NDArray[np.uint64],
    numbers: Numbers,
    letters: Points,
    ends: Places,
) -> np.uint64:
    """Return where a word stands in the table, or the empty place where it would."""
    mask = np.uint64(len(keys) - 1)
    at = (key * _MULTIPLIER) >> np.uint64(32) & mask
    while keys[at] and not (
        keys[at] == key and (len(word) <= _EXACT or _same(word, letters, ends, numbers[at]))
    ):
        at = (at + np.uint64(1)) & mask
    return at


@compiled
def _same(word: Points, letters: Points, ends: Places, number: int) -> bool:
    begin, size = ends[number], ends[number + 1] - ends[number]
    if size == len(word):
        while size and letters[begin + size - 1] == word[size - 1]:
            size -= 1
        return bool(size == 0)
    return False


@compiled
def _spread(keys: NDArray[np.uint64], numbers: Numbers) -> tuple[NDArray[np.uint64], Numbers]:
    """Return a table with four times the room."""
    size = 4 * len(keys)
    mask = np.uint64(size - 1)
    wide, wide_numbers = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    for n in range(len(keys)):
        if keys[n]:
            at = (keys[n] * _MULTIPLIER) >> np.uint64(32) & mask
            while wide[at]:
                at = (at + np.uint64(1)) & mask
            wide[at], wide_numbers[at] = keys[n], numbers[n]
    return wide, wide_numbers


@compiled
def joined_utf8(
    words: Numbers, starts: Places, letters: NDArray[np.uint8], word_starts: Places
) -> tuple[NDArray[np.uint8], Places]:
    """Return the words of each text in UTF-8 with a space between, and where each text begins."""
    size = len(words)
    for word in words:
        size += word_starts[word + 1] - word_starts[word]
    out, out_starts, at = np.empty(size, np.uint8), np.zeros(len(starts), np.int64), 0
    for row in range(len(starts) - 1):
        for place in range(starts[row], starts[row + 1]):
            if place > starts[row]:
                out[at] = 32
                at += 1
            for n in range(word_starts[words[place]], word_starts[words[place] + 1]):
                out[at] = letters[n]
                at += 1
        out_starts[row + 1] = at
    return out[:at], out_starts
