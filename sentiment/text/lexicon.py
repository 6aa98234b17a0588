"""Phrases found in one pass over a text: longest match first, by category.

The categories are features of the stance model (``resources/lexicon.toml``), never labels.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found in a text.

    Attributes:
        start: First character, 0-based.
        end: One past the last character.
        label: The category (or other name) the phrase stands for.
    """

    start: int
    end: int
    label: str


class PhraseFinder:
    """Finds the phrases of many labels in one automaton pass.

    A phrase may stand under several labels; of overlapping phrases of one label the longest wins.

    Args:
        phrases: Label to its phrases.
    """

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        from ahocorasick_rs import AhoCorasick, MatchKind

        labels: dict[str, list[str]] = {}
        for label, words in phrases.items():
            for word in words:
                labels.setdefault(word, []).append(label)
        self._labels = [tuple(labels[word]) for word in labels]
        self._automaton: Any = AhoCorasick(list(labels), matchkind=MatchKind.Standard)

    def find(self, text: str) -> list[Hit]:
        """Return all hits in order of their start; hits inside a longer one of the same label are left out.

        >>> [hit.label for hit in PhraseFinder({"fault": ["打不开"], "not": ["不"]}).find("打不开")]
        ['fault', 'not']
        """
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        hits = [Hit(start, end, label) for word, start, end in found for label in self._labels[word]]
        hits.sort(key=lambda hit: (hit.start, -hit.end))
        kept: list[Hit] = []
        reach: dict[str, int] = {}
        for hit in hits:
            if hit.end > reach.get(hit.label, 0):
                kept.append(hit)
                reach[hit.label] = hit.end
        return kept


@lru_cache(maxsize=1)
def lexicon_finder() -> PhraseFinder:
    """Return the finder of the carried lexicon, built once."""
    return PhraseFinder(load_lexicon())


@lru_cache(maxsize=1)
def load_lexicon() -> Mapping[str, tuple[str, ...]]:
    """Return the carried lexicon, category to phrases, in the file's order."""
    raw = (resources.files("sentiment") / "resources" / "lexicon.toml").read_text(encoding="utf-8")
    return {category: tuple(words) for category, words in tomllib.loads(raw).items()}
