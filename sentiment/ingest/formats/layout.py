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
    cells = [pick(row, columns[0]) for row in rows]
    for column in columns[1:]:
        if gaps := [n for n, cell in enumerate(cells) if is_missing(cell)]:
            for n in gaps:
                cells[n] = pick(rows[n], column)
    return [None if is_missing(cell) else cell for cell in cells]
