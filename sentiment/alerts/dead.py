"""The dead letters: messages that no attempt delivered, one JSON object a line, to be sent again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from sentiment.errors import InputError

NAME: Final = "alerts-dead.jsonl"
NEEDED: Final = frozenset({"event_id", "channel", "key", "action", "title", "parts"})


def add_letter(path: Path, letter: Mapping[str, Any]) -> None:
    """Append a letter; it is on the disk when this returns, readable by the owner alone."""
    line = json.dumps(letter, ensure_ascii=False) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(line.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())


def read_letters(path: Path) -> list[dict[str, Any]]:
    """Return the letters in order, each once; none where there is no file.

    A half-written last line, left by a kill, is passed over: its message is still in the outbox.

    Raises:
        InputError: if another line is no letter.
    """
    if not path.exists():
        return []
    found: dict[tuple[str, str], dict[str, Any]] = {}
    lines = path.read_bytes().split(b"\n")
    for n, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            letter = json.loads(line)
            whole = letter.keys() >= NEEDED
        except (ValueError, AttributeError):
            whole = False
        if whole:
            found[letter["event_id"], letter["channel"]] = letter
        elif n < len(lines):
            raise InputError(f"Line {n} of {path} is no dead letter: mend it or take it out.")
    return list(found.values())


def take_out(path: Path, wanted: Callable[[Mapping[str, Any]], bool]) -> None:
    """Remove letters from the file in one step."""
    left = [letter for letter in read_letters(path) if not wanted(letter)]
    if not left:
        path.unlink(missing_ok=True)
        return
    draft = path.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    for letter in left:
        add_letter(draft, letter)
    draft.replace(path)
