"""A layout: the columns of one kind of table and what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sentiment.ingest.values import is_missing


@dataclass(frozen=True, slots=True)
class Layout:
    """One table layout as data.

    ``fields`` maps our names to columns. ``a|b`` takes the first that is filled, ``a+b`` joins both,
    ``user.id`` looks into a nested object.
    """

    name: str
    platform: str = "unknown"
    kind: str = "post"
    signature: tuple[str, ...] = ()
    """Columns that must be there; a leading ``!`` means must not."""
    fields: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    """The newest full column order, for rows wider than an old header."""
    clock_ahead: str = ""
    """A column whose epoch is Beijing wall-clock time taken for UTC (8 hours ahead)."""

    def matches(self, columns: frozenset[str]) -> bool:
        """Tell whether a table with these columns has this layout's signature."""
        return bool(self.signature) and all(
            (name[1:] not in columns) if name[0] == "!" else (name in columns) for name in self.signature
        )

    def columns(self, name: str) -> list[str]:
        """Return the columns that feed one of our fields, in order of preference."""
        return [part for part in self.fields.get(name, "").replace("+", "|").split("|") if part]


def pick(row: Mapping[str, object], column: str) -> object:
    """Return a cell; ``user.id`` looks into a nested object.

    >>> pick({"user": {"id": 7}}, "user.id")
    7
    """
    if column in row or "." not in column:
        return row.get(column)
    outer, _, inner = column.partition(".")
    nested = row.get(outer)
    return pick(nested, inner) if isinstance(nested, Mapping) else None


def pick_first(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> list[object]:
    """Return for each row the first of these cells that is filled, None where all are missing.

    >>> pick_first([{"a": "", "b": 2}, {"a": 1}], ["a", "b"])
    [2, 1]
    """
    if not columns:
        return [None] * len(rows)
    cells = _filled(_column(rows, columns[0]))
    for column in columns[1:]:
        gaps = [n for n, cell in enumerate(cells) if cell is None]
        if gaps:
            more = _filled(_column([rows[n] for n in gaps], column))
            for n, cell in zip(gaps, more, strict=True):
                cells[n] = cell
    return cells


def _column(rows: Sequence[Mapping[str, object]], column: str) -> list[object]:
    if "." in column:
        return [pick(row, column) for row in rows]
    return [row.get(column) for row in rows]


def _filled(cells: list[object]) -> list[object]:
    """The cells with None for those that hold nothing; a column's few spellings of that are found first."""
    try:
        empty = {cell for cell in set(cells) if is_missing(cell)}
    except TypeError:  # nested objects
        return [None if is_missing(cell) else cell for cell in cells]
    if not empty:
        return cells
    if len(empty) == 1 and None in empty:
        return cells
    return [None if cell in empty else cell for cell in cells]
