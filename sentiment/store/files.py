"""What the store remembers of a file, so that the next look takes in only what is new."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple, dataclass, fields
from typing import Any, Final

COUNTED: Final = ("rows", "accepted", "rejected", "duplicates", "untimed")
"""Columns that add up over the commits of a file."""
LATEST: Final = ("size", "mtime", "start", "head", "tail", "content", "format", "records", "seen_at", "error")
"""Columns that say how it is now."""


@dataclass(frozen=True, slots=True)
class FileState:
    """One file and how far it was taken in; the columns of the table ``files``.

    Attributes:
        path: The file.
        size: Its bytes when last looked at; -1 where something of it still waits.
        mtime: Its time in nanoseconds then.
        start: Bytes taken in, always the end of a record.
        head: Hash of the first bytes among them.
        tail: Hash of the last bytes among them.
        content: Hash of the whole file where it was taken in whole.
        format: Its layout.
        rows: Rows read so far.
        accepted: Rows that are posts.
        rejected: Rows that are none.
        duplicates: Rows that repeat posts.
        untimed: Posts without a time.
        records: Records up to ``start``, the header too.
        seen_at: When it was last taken in.
        error: Why it could not be read, in one sentence.
    """

    path: str
    size: int = -1
    mtime: int = 0
    start: int = 0
    head: str = ""
    tail: str = ""
    content: str = ""
    format: str = "not posts"
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    untimed: int = 0
    records: int = 0
    seen_at: str = ""
    error: str | None = None

    def to_row(self) -> tuple[Any, ...]:
        """Return the row of the table ``files``."""
        return astuple(self)

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> FileState:
        """Return the state in a row of the table ``files``."""
        return cls(**{field.name: row[field.name] for field in fields(cls)})
