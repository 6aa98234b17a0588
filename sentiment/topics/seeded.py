"""The topics people can name: a readable file of words, phrases and examples, found in a text.

The carried file is ``resources/topics.toml``; a user's own takes its place.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from sentiment.errors import ConfigError, unknown
from sentiment.text.clean import model_text
from sentiment.text.lexicon import PhraseFinder

OTHER: Final = "other"
"""The topic of a post that no other topic fits."""
SHIELD: Final = "!"
"""Before a topic: phrases that shield its words."""
_KEYS: Final = ("zh", "en", "words", "unless", "examples")
_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FOUND_ID: Final = re.compile(r"d\d+")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and what shows it.

    Attributes:
        id: Identifier, one of the design's or the user's own.
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


@lru_cache(maxsize=4)
def load_topics(path: str | Path | None = None) -> Mapping[str, Topic]:
    """Return the topics of a file by id, in the file's order; ``other`` is added where it is absent.

    Args:
        path: A TOML file with one table a topic; None: the carried one.

    Raises:
        ConfigError: if the file cannot be read or a topic in it is not complete.

    >>> load_topics()["takeout"].name_zh
    '外卖'
    """
    place = (
        Path(str(resources.files("sentiment") / "resources" / "topics.toml")) if path is None else Path(path)
    )
    try:
        raw = tomllib.loads(place.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"Cannot read the topic file {place}: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The topic file {place} is not valid TOML: {error}.") from None
    topics = {name: _topic(name, entry, place) for name, entry in raw.items()}
    return {**topics, OTHER: topics.get(OTHER) or Topic(OTHER, "其他", "Other", (), (), ())}


def _topic(name: str, entry: object, place: Path) -> Topic:
    where = f"The topic file {place}: [{name}]"
    if not _ID.fullmatch(name) or _FOUND_ID.fullmatch(name):
        raise ConfigError(
            f"{where} is no topic id; use lower-case letters, digits and _, and not d and a number, "
            "which names topics found by clustering."
        )
    if not isinstance(entry, Mapping):
        raise ConfigError(f"{where} must be a table with the keys {', '.join(_KEYS)}.")
    if strange := [key for key in entry if key not in _KEYS]:
        raise ConfigError(f"{where}: {unknown('key', strange[0], _KEYS)}")
    words = _texts(entry.get("words", []), f"{where} words")
    if not words and name != OTHER:
        raise ConfigError(f"{where} has no words; give at least one.")
    return Topic(
        id=name,
        name_zh=_name(entry.get("zh", name), f"{where} zh"),
        name_en=_name(entry.get("en", name), f"{where} en"),
        words=words,
        unless=_texts(entry.get("unless", []), f"{where} unless"),
        examples=_texts(entry.get("examples", []), f"{where} examples"),
    )


def _name(value: Any, where: str) -> str:  # noqa: ANN401 - a TOML value
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{where} must be a name, not {value!r}.")
    return value


def _texts(values: Any, where: str) -> tuple[str, ...]:  # noqa: ANN401 - a TOML value
    """Return words in the form they are matched on, each once."""
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ConfigError(f'{where} must be a list of texts, like ["退款", "扣了钱"].')
    clean = [value.strip() if where.endswith("examples") else model_text(value) for value in values]
    return tuple(dict.fromkeys(value for value in clean if value))


class SeedFinder:
    """Finds the words of many topics in one pass over a text.

    Args:
        topics: Topic to its words, and to the phrases that shield them.

    Attributes:
        phrases: What is looked for: topic to words, :data:`SHIELD` and topic to phrases.
    """

    def __init__(self, topics: Mapping[str, tuple[Sequence[str], Sequence[str]]]) -> None:
        phrases: dict[str, tuple[str, ...]] = {}
        for name, (words, unless) in topics.items():
            phrases[name] = tuple(words)
            phrases[SHIELD + name] = tuple(unless)
        self.phrases = {label: words for label, words in phrases.items() if words}
        self._finder = PhraseFinder(self.phrases)

    def find(self, text: str) -> Mapping[str, tuple[str, ...]]:
        """Return the words of each topic found in a model text, in order."""
        hits = self._finder.find(text)
        shields = [hit for hit in hits if hit.label.startswith(SHIELD)]
        found: dict[str, list[str]] = {}
        for hit in hits:
            shielded = any(
                shield.label == SHIELD + hit.label and shield.start <= hit.start and hit.end <= shield.end
                for shield in shields
            )
            if not hit.label.startswith(SHIELD) and not shielded:
                found.setdefault(hit.label, []).append(text[hit.start : hit.end])
        return {name: tuple(words) for name, words in found.items()}


def topic_words(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the carried words of each topic found in a model text.

    >>> topic_words("外卖没到，退款")["payment"]
    ('退款',)
    """
    return _finder().find(text)


@lru_cache(maxsize=1)
def _finder() -> SeedFinder:
    return SeedFinder({topic.id: (topic.words, topic.unless) for topic in load_topics().values()})
