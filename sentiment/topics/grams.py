"""Characters, pairs of them and words of posts as columns of a sparse matrix: short posts share few words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.text.block.compiling import can_compile
from sentiment.topics.columns import Places, Rows, texts_of
from sentiment.topics.words import Integers, WordNumbers, says_something

WORD: Final = "_"
"""Before a gram that is a word."""
_SYMBOLS: Final = re.compile(r"[^一-鿿a-z]+")


def grams(tokens: str) -> Iterator[str]:
    """Yield the Han characters and letters of a post, pairs of them, and its words that say something.

    >>> list(grams("取票 ！"))
    ['取', '票', '取票', '_取票']
    """
    for part in _SYMBOLS.split(tokens.replace(" ", "")):
        yield from part
        yield from (part[n : n + 2] for n in range(len(part) - 1))
    yield from (f"{WORD}{word}" for word in tokens.split(" ") if says_something(word))


class GramColumns:
    """Reads posts as rows of a matrix that says which grams each has.

    Args:
        vocabulary: Gram to its column.
    """

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary
        self._columns = max(vocabulary.values(), default=-1) + 1
        self._words = WordNumbers()

    def read(self, tokens: pd.Series, rows: Rows) -> Iterator[tuple[int, Any]]:
        """Give, some posts at a time, the place of the first in ``rows`` and their sparse matrix of ones."""
        from scipy.sparse import csr_matrix

        parts = self._compiled(tokens, rows) if can_compile() else self._plain(tokens, rows)
        for start, columns, ends in parts:
            shape = (len(ends), self._columns)
            yield start, csr_matrix((np.ones(len(columns)), columns, np.append(0, ends)), shape=shape)

    def _plain(self, tokens: pd.Series, rows: Rows) -> Iterator[tuple[int, Integers, Places]]:
        known = self._vocabulary
        posts = [sorted({known[one] for one in grams(post) if one in known}) for post in tokens.iloc[rows]]
        yield 0, np.array([n for post in posts for n in post], dtype=np.int32), np.cumsum([*map(len, posts)])

    def _compiled(self, tokens: pd.Series, rows: Rows) -> Iterator[tuple[int, Integers, Places]]:
        from sentiment.topics import loops

        texts, (single, pairs, pair_columns) = texts_of(tokens), self._tables()
        of_word: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        for start, (numbers, word_ends) in self._words.read(tokens, rows):
            new = self._words.words[len(of_word) :]
            of_word = np.append(of_word, [self._vocabulary.get(WORD + word, -1) for word in new]).astype("i4")
            few = rows[start : start + len(word_ends)]
            size = int((texts.starts[few + 1] - texts.starts[few]).sum()) * 2 + len(numbers)
            out, ends = np.empty(size, dtype=np.int32), np.empty(len(few), dtype=np.int64)
            words = of_word[numbers]
            loops.find_grams(*texts, few, single, pairs, pair_columns, words, word_ends, out, ends)
            yield start, out[: int(ends[-1])], ends

    def _tables(self) -> tuple[Integers, NDArray[np.int64], Integers]:
        """Return the columns of single characters, and a table of pairs with theirs."""
        from sentiment.topics import loops

        single = np.full(1 << 16, -1, dtype=np.int32)
        two = {gram: n for gram, n in self._vocabulary.items() if len(gram) == 2 and gram[0] != WORD}
        length = 1 << (4 * len(two) + 1).bit_length()
        pairs, columns = np.full(length, -1, dtype=np.int64), np.full(length, -1, dtype=np.int32)
        for gram, n in self._vocabulary.items():
            if len(gram) == 1:
                single[ord(gram)] = n
        for gram, n in two.items():
            pair = ord(gram[0]) << 16 | ord(gram[1])
            slot = loops.pair_slot(pair, length - 1)
            while pairs[slot] >= 0:
                slot = (slot + 1) % length
            pairs[slot], columns[slot] = pair, n
        return single, pairs, columns
