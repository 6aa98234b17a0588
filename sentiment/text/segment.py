"""Words of a post: jieba's, with the domain dictionary, from a fast engine; emoticon codes kept whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from sentiment.errors import ConfigError, unknown
from sentiment.text.dictionary import added_counts, reference

ENGINES: Final = ("rjieba", "jieba")

EMOTICON: Final = re.compile(r"(\[[一-鿿A-Za-z0-9]{1,8}\])")
"""A code like [允悲], kept whole; splitting by it gives plain text and codes in turn."""
_LATIN: Final = re.compile(r"[a-zA-Z0-9+#&._%-]{2,}")
_LATIN_WORD: Final = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
"""How jieba splits a run of letters, digits and signs that no dictionary holds."""
_RARE: Final = re.compile("[㐀-䶿\u9fd6-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f\ud800-\udfff]")
"""Characters that rjieba takes for Han and jieba does not, and halves of characters, which it refuses."""
_FILLER: Final = "\ue000"
"""A word of private use, which no cleaned text holds."""


@dataclass(frozen=True, slots=True)
class Segmenter:
    """What a tokenizer is made of; small, so that it can be sent to workers.

    Attributes:
        words: The user's words, added to the domain dictionary as written and as cleaned text has them.
        engine: ``rjieba``, or ``jieba``, the reference, nine times as slow; both give the same words.
    """

    words: tuple[str, ...] = ()
    engine: str = "rjieba"

    def __post_init__(self) -> None:
        """Refuse an unknown engine and words that are no text.

        Raises:
            ConfigError: naming what was given.
        """
        if self.engine not in ENGINES:
            raise ConfigError(unknown("segmentation engine", self.engine, ENGINES))
        if wrong := [word for word in self.words if not isinstance(word, str)]:
            raise ConfigError(f"Words to keep whole must be texts, not {wrong[0]!r}.")

    def cut(self, text: str) -> list[str]:
        """Return the words of a cleaned text, without white space.

        Joined, they give back the text without its white space.

        >>> Segmenter().cut("饿了么的取票码刷不出来[允悲]")
        ['饿了么', '的', '取票码', '刷不出来', '[允悲]']
        """
        tokens: list[str] = []
        for piece in EMOTICON.split(text):
            if EMOTICON.fullmatch(piece):
                tokens.append(piece)
            else:
                tokens += (token for token in self._cut_plain(piece) if not token.isspace())
        return tokens

    def _cut_plain(self, piece: str) -> Iterable[str]:
        if self.engine == "jieba" or _RARE.search(piece):
            words: list[str] = reference(self.words).lcut(piece)
            return words
        return chain.from_iterable(map(self.split_token, self.cut_raw(piece)))

    def cut_raw(self, piece: str) -> list[str]:
        """Return the fast engine's tokens of a text without emoticon codes and rare Han (:data:`_RARE`)."""
        tokens: list[str] = _rjieba(self.words).cut(piece)
        return tokens

    def counts(self) -> tuple[dict[str, int], int]:
        """Return the count of each word of the dictionary (0: the beginning of one), and jieba's total."""
        tokenizer = reference(self.words)
        return tokenizer.FREQ, tokenizer.total

    def split_token(self, token: str) -> list[str]:
        """Return the words of a raw token: letters and digits no dictionary holds, split as jieba does."""
        if _LATIN.fullmatch(token) and not _rjieba(self.words).has_word(token):
            return [word for word in _LATIN_WORD.split(token) if word]
        return [token]


@lru_cache(maxsize=4)
def _rjieba(words: tuple[str, ...]) -> Any:  # noqa: ANN401 - the class stands in a compiled module
    """Build the fast tokenizer with the very frequencies of the reference.

    jieba's total counts a word twice that is added although the dictionary holds it; rjieba's counts it
    once. The filler makes up for that: with equal totals the sums of logarithms are equal to the last
    bit, and ties between two ways to cut fall the same way.
    """
    import rjieba

    added, tokenizer = added_counts(words), rjieba.Jieba()
    for word, count in added.counts.items():
        tokenizer.add_word(word, count, None)
    tokenizer.add_word(_FILLER, added.twice, None)
    return tokenizer
