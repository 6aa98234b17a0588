"""The secret that keeps author hashes from being looked up."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from sentiment.errors import InputError

NAME: Final = ".sentiment-salt"


def salt_beside(folder: Path) -> str:
    """Return the salt kept in a folder; it is made on first use, readable by its owner alone.

    Raises:
        InputError: if the folder cannot be written to or the file holds nothing.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     salt_beside(Path(name)) == salt_beside(Path(name))
    True
    """
    path = folder / NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _create(path, secrets.token_hex(16))
        salt = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InputError(
            f"Cannot keep the salt in {path}: {error.strerror or error}; pass one with --salt."
        ) from None
    if not salt:
        raise InputError(f"The salt file {path} is empty; delete it or pass a salt with --salt.")
    return salt


def _create(path: Path, salt: str) -> None:
    """Write the whole file in one step, so that two runs that start together share one salt."""
    draft = path.with_name(f"{NAME}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(salt + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        draft.replace(path)
        return
    draft.unlink(missing_ok=True)
