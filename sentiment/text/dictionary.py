"""The dictionary: jieba's, with the domain words and the user's.

Reading jieba's dictionary takes a second, and a start needs only what the words added to it count. For the
domain words alone that is carried (``resources/word_counts.json``, written by ``make words``); with words of
the user's, or another jieba than the one it was written with, the dictionary is read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any, NamedTuple

from sentiment.text.clean import model_text


class AddedCounts(NamedTuple):
    """What the added words count.

    Attributes:
        counts: Count of each added word.
        twice: By how much jieba's total is larger than the sum of its counts: a word that is added although
            the dictionary holds it counts twice there.
    """

    counts: Mapping[str, int]
    twice: int


def added_counts(words: tuple[str, ...] = ()) -> AddedCounts:
    """Return what the domain words and the user's count in jieba's dictionary.

    >>> added_counts().counts["取票码"] > 0
    True
    """
    return (None if words else _carried()) or counted(words)


def counted(words: tuple[str, ...] = ()) -> AddedCounts:
    """Return the counts as jieba itself has them."""
    tokenizer = reference(words)
    counts = {word: tokenizer.FREQ[word] for word in added_words(words)}
    return AddedCounts(counts, tokenizer.total - sum(tokenizer.FREQ.values()))


def _carried() -> AddedCounts | None:
    """Return the carried counts, None if they are of another jieba or of other domain words."""
    raw = (resources.files("sentiment") / "resources" / "word_counts.json").read_text(encoding="utf-8")
    held = json.loads(raw)
    if held["jieba"] != _version() or list(held["counts"]) != added_words(()):
        return None
    return AddedCounts(held["counts"], held["twice"])


def _version() -> str:
    try:
        return metadata.version("jieba")
    except metadata.PackageNotFoundError:
        return "unknown"


@lru_cache(maxsize=4)
def reference(words: tuple[str, ...]) -> Any:  # noqa: ANN401 - jieba has no types
    """Build a jieba tokenizer of our own: the global one and other callers never change.

    The prefix dictionary is built here rather than by ``initialize``, which logs to the root handler
    and reads a cache file from the shared temporary folder.
    """
    import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    for word in added_words(words):
        tokenizer.add_word(word)
    return tokenizer


def added_words(words: tuple[str, ...]) -> list[str]:
    """Return the domain words and the user's, these also in the form cleaned text has, each once."""
    own = (form.strip() for word in words for form in (word, model_text(word)))
    return list(dict.fromkeys(word for word in (*domain_words(), *own) if word))


@lru_cache(maxsize=1)
def domain_words() -> tuple[str, ...]:
    """Return the domain dictionary carried in the package, one word each."""
    raw = (resources.files("sentiment") / "resources" / "words.txt").read_text(encoding="utf-8")
    return tuple(line.strip() for line in raw.splitlines() if line.strip() and not line.startswith("#"))


def main(target: Path) -> None:
    """Write the counts of the domain words to a file."""
    found = counted()
    held = {"jieba": _version(), "twice": found.twice, "counts": dict(found.counts)}
    target.write_text(json.dumps(held, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
