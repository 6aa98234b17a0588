"""Words of a post: an own ``jieba.Tokenizer`` with the domain dictionary, emoticon codes kept whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

_EMOTICON: Final = re.compile(r"(\[[一-鿿A-Za-z0-9]{1,8}\])")


@dataclass(frozen=True, slots=True)
class Segmenter:
    """What a tokenizer is made of; small, so that it can be sent to workers.

    Attributes:
        words: The user's words, added to the domain dictionary.
    """

    words: tuple[str, ...] = ()

    def cut(self, text: str) -> list[str]:
        """Return the words of a cleaned text, without white space.

        Joined, they give back the text without its white space.

        >>> Segmenter().cut("饿了么的取票码刷不出来[允悲]")
        ['饿了么', '的', '取票码', '刷不出来', '[允悲]']
        """
        tokenizer = _tokenizer(self.words)
        tokens: list[str] = []
        for piece in _EMOTICON.split(text):
            if _EMOTICON.fullmatch(piece):
                tokens.append(piece)
            else:
                tokens += (token for token in tokenizer.lcut(piece) if not token.isspace())
        return tokens


@lru_cache(maxsize=4)
def _tokenizer(words: tuple[str, ...]) -> Any:  # noqa: ANN401 - jieba has no types
    """Build a tokenizer of our own: the global one and other callers never change.

    The prefix dictionary is built here rather than by ``initialize``, which logs to the root handler
    and reads a cache file from the shared temporary folder.
    """
    import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    for word in (*domain_words(), *words):
        tokenizer.add_word(word)
    return tokenizer


@lru_cache(maxsize=1)
def domain_words() -> tuple[str, ...]:
    """Return the domain dictionary carried in the package, one word each."""
    raw = (resources.files("sentiment") / "resources" / "words.txt").read_text(encoding="utf-8")
    return tuple(line.strip() for line in raw.splitlines() if line.strip() and not line.startswith("#"))
