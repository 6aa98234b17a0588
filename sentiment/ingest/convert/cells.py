"""The cells of rows, by our names of the columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from sentiment.ingest.formats import Layout, pick_first
from sentiment.ingest.values import by_value, html_to_text, plain, undo_guard

FALSE: Final = frozenset({"", "false", "0", "否", "no", "none"})


class Cells:
    """The cells of a group of rows by our names of the columns; each column is picked once."""

    def __init__(self, rows: Sequence[Mapping[str, object]], layout: Layout) -> None:
        self.rows = rows
        self.layout = layout
        self._picked: dict[str, list[object]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, name: str) -> bool:
        return name in self.layout.fields

    def __getitem__(self, name: str) -> list[object]:
        """The cells that feed one of our fields, None where all its columns are empty."""
        if name not in self._picked:
            self._picked[name] = pick_first(self.rows, self.layout.columns(name))
        return self._picked[name]

    def texts(self, name: str) -> list[str]:
        """The cells of a field as text."""
        return by_value(self[name], plain) if name in self else [""] * len(self)

    def cleaned(self, name: str) -> list[str]:
        """The cells of a field as short text without markup."""
        return by_value(self[name], _short_text) if name in self else [""] * len(self)


def _short_text(cell: object) -> str:
    return "" if cell is None else html_to_text(unguarded(cell))[:300]


def unguarded(cell: object) -> object:
    """Return a cell without the apostrophe that keeps a spreadsheet from reading a formula."""
    return undo_guard(cell) if isinstance(cell, str) else cell


def flags(cells: Cells, name: str) -> np.ndarray:
    """Return which cells of a field say yes; none where the layout lacks it."""
    if name not in cells:
        return np.zeros(len(cells), dtype=bool)
    return np.array([cell.strip().lower() not in FALSE for cell in cells.texts(name)], dtype=bool)


def text_column(values: Sequence[str]) -> pd.Series:
    """Return texts as a column, of the same type if there is none."""
    return pd.Series(values, dtype="str")
