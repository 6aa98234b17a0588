"""One writer at a time, by a lock that the system lets go of when the process dies.

The lock is SQLite's own on an empty database, so that it works on every system that SQLite works on.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from sentiment.errors import InputError, StoreBusy

LOCK: Final = "writer.lock"
HOLDER: Final = "writer.json"


@contextmanager
def only_writer(folder: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Hold a store's writing for this process.

    Args:
        folder: The store, made if absent.
        wait: Seconds to wait for the one who holds it.

    Raises:
        StoreBusy: naming process, host and since when.
        InputError: if the folder cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name, only_writer(Path(name)):
    ...     (Path(name) / "writer.json").exists()
    True
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(folder / LOCK, timeout=max(wait, 0.0), isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        why = (isinstance(error, OSError) and error.strerror) or error
        raise InputError(f"Cannot write the store {folder}: {why}.") from None
    with closing(connection):
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise StoreBusy(
                    f"The store {folder} is being written by {holder(folder)}. {_ADVICE}"
                ) from None
            raise InputError(f"Cannot write the store {folder}: {error}.") from None
        write_whole(folder / HOLDER, json.dumps(_self(), ensure_ascii=False))
        try:
            yield
        finally:
            (folder / HOLDER).unlink(missing_ok=True)


_ADVICE: Final = "Wait for it with --wait SECONDS, or stop it; readers need not wait."


def _self() -> dict[str, object]:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": since}


def holder(folder: Path) -> str:
    """Return who writes a store, in words."""
    try:
        data = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        return f"process {data['pid']} on {data['host']} since {data['since']}"
    except (OSError, ValueError, KeyError):
        return "another process"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new one, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
