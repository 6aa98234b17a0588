"""What a labeller types: a line of a few keys for all that is asked of a post, like ``c2o @美团 #access``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from sentiment.errors import InputError, unknown
from sentiment.schema import TOPIC_IDS
from sentiment.text.service import canonical_name
from sentiment.topics import load_topics

COLUMNS_OF: Final = {
    "stance": ("label", "neutral_kind", "severity", "sarcasm", "mixed"),
    "outage": ("outage",),
    "service": ("service",),
    "topics": ("topics",),
}
"""What may be asked of a post, and the columns that hold its answer; the first is empty until it is given."""
ASKED: Final = ("stance", "outage")
"""What is asked where nothing else is said."""
NONE: Final = "-"
"""Stands in a label file where a service or topics were asked for and there are none."""

LABEL_KEYS: Final = {"c": "complaint", "u": "understanding", "n": "neutral"}
KIND_KEYS: Final = {"i": "info", "h": "help", "j": "joke", "p": "praise", "x": "irrelevant"}
FLAG_KEYS: Final = {"s": "sarcasm", "m": "mixed"}
_MARKED: Final = re.compile(r"([@#])([^@#]*)")
_BETWEEN: Final = re.compile(r"[\s,;、]+")


def questions(ask: str | Sequence[str]) -> tuple[str, ...]:
    """Return what is asked of each post, once each and in the codebook's order.

    Args:
        ask: Names, or one text with commas between them.

    Raises:
        InputError: if one is unknown or there is none.

    >>> questions("topics,stance")
    ('stance', 'topics')
    """
    parts = ask.split(",") if isinstance(ask, str) else ask
    names = {name for part in parts if (name := part.strip().lower())}
    for name in sorted(names - set(COLUMNS_OF)):
        raise InputError(unknown("question", name, COLUMNS_OF))
    if not names:
        raise InputError(f"Nothing is asked: name one or more of {', '.join(COLUMNS_OF)}.")
    return tuple(name for name in COLUMNS_OF if name in names)


def parse_answer(keys: str, ask: str | Sequence[str] = ASKED) -> dict[str, str]:
    """Return the label columns that a line of keys stands for: those of the questions asked.

    Raises:
        InputError: naming the key that is not understood or not asked for.

    >>> parse_answer("c2o")["severity"], parse_answer("nh")["neutral_kind"]
    ('2', 'help')
    >>> parse_answer("o @MT #pay #客服", "outage,service,topics")
    {'outage': '1', 'service': '美团', 'topics': 'payment;support'}
    """
    asked = questions(ask)
    plain = unicodedata.normalize("NFKC", keys).strip()
    letters = "".join(re.split("[@#]", plain, maxsplit=1)[0].lower().split())
    marked = [(mark, words.strip()) for mark, words in _MARKED.findall(plain)]
    services = [words for mark, words in marked if mark == "@"]
    topics = [word for mark, words in marked if mark == "#" for word in _BETWEEN.split(words) if word]
    for name, given in (("service", services), ("topics", topics)):
        if given and name not in asked:
            raise InputError(f"{given[0]!r} answers nothing here: {name} is not asked for.")
    row = _stance(letters, plain, asked) if "stance" in asked else _outage(letters, plain, asked)
    if "service" in asked:
        row["service"] = _service(services)
    if "topics" in asked:
        row["topics"] = _topics(topics)
    return row


def _stance(letters: str, plain: str, asked: Sequence[str]) -> dict[str, str]:
    """Return the columns of the stance, and of the outage flag where that is asked for too."""
    if not letters or letters[0] not in LABEL_KEYS:
        raise InputError(f"{plain!r} does not begin with c, u or n.")
    label = LABEL_KEYS[letters[0]]
    flags = {"o": "outage", **FLAG_KEYS} if "outage" in asked else FLAG_KEYS
    row = {"label": label, "neutral_kind": "", "severity": "", **dict.fromkeys(flags.values(), "0")}
    for key in letters[1:]:
        if key in flags:
            row[flags[key]] = "1"
        elif key in KIND_KEYS and label == "neutral":
            row["neutral_kind"] = KIND_KEYS[key]
        elif key in "0123" and label == "complaint":
            row["severity"] = key
        else:
            raise InputError(f"{key!r} means nothing after {label}.")
    return row


def _outage(letters: str, plain: str, asked: Sequence[str]) -> dict[str, str]:
    """Return the outage flag where no stance is asked for; a line must say something, if only ``-``."""
    if not plain:
        raise InputError(f"An empty line answers nothing: write {NONE} where nothing that is asked holds.")
    allowed = ("", NONE, "o") if "outage" in asked else ("", NONE)
    if letters not in allowed:
        raise InputError(f"{letters!r} means nothing here; {', '.join(asked)} is asked for.")
    return {"outage": "1" if letters == "o" else "0"} if "outage" in asked else {}


def _service(names: Sequence[str]) -> str:
    if len(names) > 1:
        raise InputError(f"A post is about one service, not {' and '.join(names)}: name the main one.")
    return (_commonest_name(names[0]) if names else "") or NONE


@lru_cache(maxsize=1024)
def _commonest_name(name: str) -> str:
    return canonical_name(name)


def _topics(words: Sequence[str]) -> str:
    found = {_topic(word) for word in words}
    return ";".join(topic for topic in TOPIC_IDS if topic in found) or NONE


def _topic(word: str) -> str:
    """Return the topic whose id or Chinese name is the word, or begins with it."""
    names = _topic_names()
    exact = [topic for topic, both in names.items() if word.lower() in both]
    begun = [topic for topic, both in names.items() if any(name.startswith(word.lower()) for name in both)]
    found = exact or begun
    if not found:
        raise InputError(unknown("topic", word, TOPIC_IDS))
    if len(found) > 1:
        raise InputError(f"{word!r} begins {' and '.join(found)}: write more of it.")
    return found[0]


def _topic_names() -> dict[str, tuple[str, ...]]:
    carried = load_topics()
    return {topic: (topic, carried[topic].name_zh) for topic in TOPIC_IDS}


def keys_help(ask: str | Sequence[str] = ASKED) -> str:
    """Return what the keys mean, for what is asked.

    >>> print(keys_help("outage"))
    o evidence of an outage now
    - alone where nothing of this holds
    """
    asked = questions(ask)
    lines = list(_stance_help(asked))
    if "service" in asked:
        lines.append("@ and the service it is about, nothing where it is about none: @美团")
    if "topics" in asked:
        lines.append("# and a topic, or the beginning of one; as many as it has:")
        lines += _topics_help()
    if "stance" not in asked:
        return "\n".join([*lines, f"{NONE} alone where nothing of this holds"])
    marks = " @美团" * ("service" in asked) + " #acc" * ("topics" in asked)
    return "\n".join([*lines, f"for example: c2{'o' * ('outage' in asked)}{marks}   ni   um"])


def _stance_help(asked: Sequence[str]) -> Sequence[str]:
    if "stance" not in asked:
        return ["o evidence of an outage now"] if "outage" in asked else []
    outage = "o evidence of an outage now, " if "outage" in asked else ""
    return (
        "c complaint, with 0-3 for its severity      u understanding",
        "n neutral, with i info, h help, j joke, p praise, x irrelevant",
        f"after it, where it holds: {outage}s sarcasm, m mixed",
    )


def _topics_help(a_line: int = 5) -> list[str]:
    named = [f"{topic} {chinese}" for topic, chinese in _topic_names().values()]
    return ["  " + ", ".join(named[n : n + a_line]) for n in range(0, len(named), a_line)]
