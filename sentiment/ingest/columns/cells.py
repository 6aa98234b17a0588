"""The cells of a chunk of a table, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from sentiment.ingest.columns.fields import clean_cells
from sentiment.ingest.columns.strings import TEXT, filled, joined, texts_of
from sentiment.ingest.formats import Layout, pick
from sentiment.ingest.tables import NotText, Row, Stretch


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows between two blocks, and their cells under the names they were written for."""

    rows: list[Row]
    fitted: list[dict[str, object]]

    def __len__(self) -> int:
        return len(self.rows)

    def row(self, n: int) -> Row:
        """Return one of the rows."""
        return self.rows[n]

    def sources(self) -> pa.Array:
        """Return how each row is named."""
        return texts_of([row.source for row in self.rows])

    def column(self, name: str) -> pa.Array:
        """Return the cells of a column, null where a row has none.

        Raises:
            NotText: if one is no string.
        """
        try:
            return pa.array([pick(row, name) for row in self.fitted], TEXT)
        except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
            raise NotText from None


class Columns:
    """The cells of blocks and rows, in order, by our names of the columns."""

    def __init__(self, stretches: Sequence[Stretch | RowGroup], layout: Layout) -> None:
        self.stretches = stretches
        self.layout = layout
        self._count = sum(map(len, stretches))
        self._picked: dict[tuple[str, ...], pa.Array] = {}

    def __len__(self) -> int:
        return self._count

    def __contains__(self, name: str) -> bool:
        return name in self.layout.fields

    def __getitem__(self, name: str) -> pa.Array:
        """The cells that feed one of our fields, null where all its columns are empty."""
        return self.first(self.layout.columns(name))

    def first(self, names: Sequence[str]) -> pa.Array:
        """Return the first of these cells that is filled, null where all are missing."""
        key = tuple(names)
        if key not in self._picked:
            found = pa.nulls(len(self), TEXT)
            for name in names:
                if not found.null_count:
                    break
                cells = filled(self.raw(name))
                found = cells if found.null_count == len(self) else pc.coalesce(found, cells)
            self._picked[key] = found
        return self._picked[key]

    def raw(self, name: str) -> pa.Array:
        """Return a column's cells as they are; null where a row has none."""
        return joined([pa.nulls(0, TEXT), *(stretch.column(name) for stretch in self.stretches)])

    def sources(self) -> pa.Array:
        """Return how each row is named."""
        return joined([pa.nulls(0, TEXT), *(stretch.sources() for stretch in self.stretches)])

    def texts(self, name: str) -> pa.Array:
        """Return the cells of a field, empty where missing."""
        return self[name].fill_null("")

    def cleaned(self, name: str) -> pa.Array:
        """Return the cells of a field as short text without markup."""
        return clean_cells(self[name])


def wanted_columns(layout: Layout) -> set[str]:
    """Return every column that one of a layout's fields may be read from."""
    parts = [part for name in layout.fields for part in layout.columns(name)]
    return {*parts, *(part.partition(".")[0] for part in parts)}
