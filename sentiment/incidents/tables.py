"""Small CSV tables that a person keeps: official responses, known outages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import pandas as pd

from sentiment.errors import InputError

ENCODINGS: Final = ("utf-8-sig", "gb18030")
"""Excel in China saves CSV as GB18030."""


def read_table(
    path: str | Path, columns: Mapping[str, Sequence[str]], *, needed: str, what: str
) -> pd.DataFrame:
    """Read a CSV table of text cells; a column goes by any of its names, and all but one may be absent.

    Args:
        path: The file.
        columns: Our name to the names it may have.
        needed: The column that must be there.
        what: What the table holds, for the messages.

    Returns:
        Frame of stripped text with all of our columns, empty where absent; blank rows are left out.

    Raises:
        InputError: if the file cannot be read, is no CSV or lacks the needed column.
    """
    table = _read(Path(path), what)
    found = {
        name: next((given for given in table.columns if str(given).strip().lower() in others), None)
        for name, others in columns.items()
    }
    if found[needed] is None:
        given = ", ".join(map(str, table.columns)) or "none"
        raise InputError(f"{path} needs a column {needed!r} to be a table of {what}; it has: {given}.")
    blank = pd.Series("", index=table.index, dtype="str")
    cells = {name: blank if own is None else table[own].str.strip() for name, own in found.items()}
    rows = pd.DataFrame(cells)
    return rows[(rows != "").any(axis=1)].reset_index(drop=True)


def _read(path: Path, what: str) -> pd.DataFrame:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from None
    for encoding in ENCODINGS:
        try:
            return pd.read_csv(BytesIO(data), encoding=encoding, dtype=str, keep_default_na=False)
        except UnicodeDecodeError:
            continue
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise InputError(f"{path} is not a CSV table of {what}: {error}.") from None
    raise InputError(f"{path} is neither UTF-8 nor GB18030 text: save it as a UTF-8 CSV file.")
