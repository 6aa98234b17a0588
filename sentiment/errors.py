"""What can go wrong, in one sentence each.

Every message says what is wrong, what was given, what is allowed and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class SentimentError(Exception):
    """Base of every error this package raises on purpose; the command exits with 1."""


class InputError(SentimentError, ValueError):
    """A file, table or value handed in cannot be used."""


class SchemaError(SentimentError, ValueError):
    """A frame lacks columns that a stage needs, or holds them in the wrong type."""


class StoreBusy(SentimentError):
    """Another process writes the store; the message says which, where and since when."""


class ConfigError(SentimentError, ValueError):
    """A setting is unknown or out of its range."""


def unknown(kind: str, given: str, allowed: Iterable[str]) -> str:
    """Return the sentence for an unknown name, with the nearest known one.

    Args:
        kind: What the name stands for, e.g. ``"setting"``.
        given: The name as given.
        allowed: All known names.

    >>> unknown("setting", "windw", ["window", "seed"])
    "Unknown setting 'windw': did you mean 'window'? Known: seed, window."
    """
    known = sorted(allowed)
    near = get_close_matches(given, known, n=1)
    hint = f" did you mean {near[0]!r}?" if near else ""
    return f"Unknown {kind} {given!r}:{hint} Known: {', '.join(known)}."
