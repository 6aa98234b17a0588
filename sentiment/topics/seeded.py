"""Seeded topics of one post: every topic of which a word stands in it.

The topics are defined by ``resources/topics.toml``, which a user can read and edit.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from sentiment.text.lexicon import PhraseFinder


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and what shows it.

    Attributes:
        id: Identifier, one of the design's.
        name_zh: Chinese name.
        name_en: English name.
        words: Words and phrases, simplified and lower-case.
        unless: Phrases that contain one of the words and mean something else.
        examples: Posts that show it.
    """

    id: str
    name_zh: str
    name_en: str
    words: tuple[str, ...]
    unless: tuple[str, ...]
    examples: tuple[str, ...]


@lru_cache(maxsize=1)
def load_topics() -> Mapping[str, Topic]:
    """Return the carried topics by id, in the file's order."""
    raw = (resources.files("sentiment") / "resources" / "topics.toml").read_text(encoding="utf-8")
    return {
        name: Topic(
            id=name,
            name_zh=entry["zh"],
            name_en=entry["en"],
            words=tuple(entry["words"]),
            unless=tuple(entry.get("unless", ())),
            examples=tuple(entry["examples"]),
        )
        for name, entry in tomllib.loads(raw).items()
    }


def topics_of(text: str) -> tuple[str, ...]:
    """Return the ids of the topics of a model text, in the file's order; ``("other",)`` where none fits.

    Args:
        text: Simplified, lower-case text (see :func:`sentiment.text.clean.model_text`).

    >>> topics_of("刚看好的电影票没了")
    ('movie_tickets',)
    >>> topics_of("你好")
    ('other',)
    """
    found = topic_words(text)
    return tuple(name for name in load_topics() if name in found) or ("other",)


def topic_words(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the words of each topic found in a model text.

    >>> topic_words("外卖没到，退款")["payment"]
    ('退款',)
    """
    hits = _finder().find(text)
    shields = [hit for hit in hits if hit.label.startswith("!")]
    found: dict[str, list[str]] = {}
    for hit in hits:
        shielded = any(
            shield.label == f"!{hit.label}" and shield.start <= hit.start and hit.end <= shield.end
            for shield in shields
        )
        if not hit.label.startswith("!") and not shielded:
            found.setdefault(hit.label, []).append(text[hit.start : hit.end])
    return {name: tuple(words) for name, words in found.items()}


@lru_cache(maxsize=1)
def _finder() -> PhraseFinder:
    """Build the finder of all topics; phrases of ``unless`` carry ``!`` before the topic."""
    phrases: dict[str, tuple[str, ...]] = {}
    for topic in load_topics().values():
        phrases[topic.id] = topic.words
        phrases[f"!{topic.id}"] = topic.unless
    return PhraseFinder({label: words for label, words in phrases.items() if words})
