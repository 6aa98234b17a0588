"""Words of a block of texts as numbers.

A word's masked form, hash and bytes depend on the word alone: they are worked out once, when it is first met.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.codes import RARE, Codes, Places, Points, traits
from sentiment.text.block.compiling import compiled
from sentiment.text.features import word_form
from sentiment.text.segment import EMOTICON, Segmenter

Numbers = NDArray[np.int32]

_POST_END: Final = "\n"
_EMOTICON_HERE: Final = "\ue001"
"""Line ends and characters of private use stand in no model text."""
_POST_END_TOKEN, _EMOTICON_TOKEN = 0, 1
_TEXTS_A_CALL: Final = 100
"""Texts cut in one call: fewer cost calls, more cost memory that the next cache holds."""


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
    """

    def __init__(self) -> None:
        self.words: list[str] = []
        self._number: dict[str, int] = {}
        self._bytes, self._ends, self._forms = Column(np.uint8), Column(np.int64), Column(np.int32)
        self._ends.extend([0])

    def number(self, word: str) -> int:
        """Return the number of a word, a new one where it was not met before."""
        known = self._number.get(word)
        if known is not None:
            return known
        number = self._number[word] = len(self.words)
        self.words.append(word)
        written = word.encode("utf-8", "surrogatepass")
        self._bytes.extend(list(written))
        self._ends.extend([int(self._ends.items[-1]) + len(written)])
        self._forms.extend([number])
        form = word_form(word)
        if form != word:
            self._forms.items[number] = self.number(form)
        return number

    def forms(self, words: Numbers) -> Numbers:
        """Return the numbers of the words as the models read them: services masked, numbers folded."""
        forms: Numbers = self._forms.items[words]
        return forms

    def utf8(self) -> tuple[NDArray[np.uint8], Places]:
        """Return all words in UTF-8, one behind the other, and where each begins (and the last ends)."""
        return self._bytes.items, self._ends.items


class BlockSegmenter(dict[str, int]):
    """Cuts blocks of model texts into the numbers of their words, as ``Segmenter.cut`` cuts each.

    As a dictionary it leads from what the engine cuts to its number in ``_parts``: an engine's token is one
    word, none (white space), or several (a run of letters and signs that jieba would split).

    Args:
        segmenter: What cuts a text.
    """

    def __init__(self, segmenter: Segmenter) -> None:
        super().__init__()
        self.vocabulary = Vocabulary()
        self._segmenter = segmenter
        self._part_words, self._part_ends = Column(np.int32), Column(np.int64)
        self._part_ends.extend([0])
        for mark in (_POST_END, _EMOTICON_HERE):
            self[mark] = self._add_parts([])

    def __missing__(self, token: str) -> int:
        split = [] if token.isspace() else self._segmenter.split_token(token)
        number = self[token] = self._add_parts([self.vocabulary.number(word) for word in split])
        return number

    def _add_parts(self, words: list[int]) -> int:
        self._part_words.extend(words)
        self._part_ends.extend([len(self._part_words.items)])
        return len(self._part_ends.items) - 2

    def cut(self, texts: Codes) -> tuple[Numbers, Places]:
        """Return the words of texts, one text behind the other, and where each begins (and the last ends)."""
        singly = np.flatnonzero(_hold_rare(texts.points, texts.starts, traits())).tolist()
        cut = [
            [self.vocabulary.number(word) for word in self._segmenter.cut(texts.text(row))] for row in singly
        ]
        tokens, emoticons = self._tokens(texts.replaced(np.array(singly, dtype=np.int64), [""] * len(singly)))
        return _join(
            len(texts),
            tokens,
            emoticons,
            self._part_words.items,
            self._part_ends.items,
            np.array(singly, dtype=np.int64),
            np.array([word for words in cut for word in words], dtype=np.int32),
            np.cumsum([0, *map(len, cut)]),
        )

    def _tokens(self, texts: Codes) -> tuple[Numbers, Numbers]:
        """Return the engine's tokens, a :data:`_POST_END` behind each text, and the emoticons set aside."""
        tokens: list[Numbers] = []
        emoticons: list[int] = []
        for first in range(0, len(texts), _TEXTS_A_CALL):
            pieces = EMOTICON.split(_lines(texts, first, min(first + _TEXTS_A_CALL, len(texts))))
            emoticons += map(self.vocabulary.number, pieces[1::2])
            cut = self._segmenter.cut_raw(_EMOTICON_HERE.join(pieces[::2]))
            tokens.append(np.fromiter(map(self.__getitem__, cut), np.int32, len(cut)))
        return np.concatenate([np.zeros(0, np.int32), *tokens]), np.array(emoticons, dtype=np.int32)


def _lines(texts: Codes, first: int, stop: int) -> str:
    """Return texts as one string, each followed by a line end."""
    return _with_ends(texts.points, texts.starts[first : stop + 1]).tobytes().decode("utf-32-le")


@compiled
def _with_ends(points: Points, starts: Places) -> Points:
    out, at = np.empty(starts[-1] - starts[0] + len(starts) - 1, np.uint32), 0
    for row in range(len(starts) - 1):
        for place in range(starts[row], starts[row + 1]):
            out[at] = points[place]
            at += 1
        out[at] = 10
        at += 1
    return out


@compiled
def _hold_rare(points: Points, starts: Places, traits: NDArray[np.uint8]) -> NDArray[np.bool_]:
    held = np.zeros(len(starts) - 1, np.bool_)
    for row in range(len(held)):
        for place in range(starts[row], starts[row + 1]):
            if traits[points[place]] & RARE:
                held[row] = True
    return held


@compiled
def _join(
    rows: int,
    tokens: Numbers,
    emoticons: Numbers,
    part_words: Numbers,
    part_ends: Places,
    singly: Places,
    single_words: Numbers,
    single_starts: Places,
) -> tuple[Numbers, Places]:
    """Replace tokens by their words, emoticons and texts cut alone put back into their places."""
    size = len(single_words)
    for token in tokens:
        size += 1 if token == _EMOTICON_TOKEN else part_ends[token + 1] - part_ends[token]
    words, starts = np.empty(size, np.int32), np.zeros(rows + 1, np.int64)
    at, row, emoticon, single = 0, 0, 0, 0
    for token in tokens:
        if token == _POST_END_TOKEN:
            if single < len(singly) and singly[single] == row:
                for n in range(single_starts[single], single_starts[single + 1]):
                    words[at] = single_words[n]
                    at += 1
                single += 1
            row += 1
            starts[row] = at
        elif token == _EMOTICON_TOKEN:
            words[at] = emoticons[emoticon]
            emoticon += 1
            at += 1
        else:
            for n in range(part_ends[token], part_ends[token + 1]):
                words[at] = part_words[n]
                at += 1
    return words[:at], starts


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
