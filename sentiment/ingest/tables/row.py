"""A row as it lies in a file, before anybody asks what it means."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from sentiment.ingest.tables.block import Stretch

RAW_LIMIT: Final = 2000
"""Characters of a bad row that are kept for the list of rejected rows."""


class Row(NamedTuple):
    """One CSV record, JSON object, mblog or table row.

    Attributes:
        source: ``file:row``; an embedded original adds ``#retweet``.
        values: Column name to cell; None where the row could not be read at all.
        raw: The row as text if it has a problem, else empty (see :func:`raw_text`).
        problem: Why the row is no record (torn, blank, a repeated header), else None.
        extra: Cells beyond the header.
        part: ``retweet`` or ``comment`` for what another row carried inside itself, else empty.
    """

    source: str
    values: dict[str, object] | None
    raw: str = ""
    problem: str | None = None
    extra: tuple[str, ...] = ()
    part: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file: a CSV, a worksheet, a database table, the records of a JSON document."""

    name: str
    """As rows name it: ``posts.csv``, ``book.xlsx[Contents]``."""
    columns: tuple[str, ...]
    """The header; empty where every row names its own columns (JSON)."""
    rows: Iterator[Row | Stretch]
    """Stretches stand only where :func:`open_tables` was asked for them."""
    wanted: set[str] = field(default_factory=set)
    """Columns that stretches yet to come shall take out of the file; empty: all."""


def distinct_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a header's names; an empty one is numbered, one that stands again gets a number behind it.

    >>> distinct_names(["内容", "", "内容"])
    ('内容', 'column2', '内容.2')
    """
    seen: dict[str, int] = {}
    names = []
    for n, cell in enumerate(cells):
        name = cell.strip().strip("\ufeff") or f"column{n + 1}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return tuple(names)


def size_of(row: Row) -> int:
    """Return about how many characters a row holds.

    >>> size_of(Row("a.csv:2", {"内容": "又崩了", "赞": "3"}))
    4
    """
    if row.values is None:
        return len(row.raw)
    try:
        return sum(map(len, row.values.values()))  # type: ignore[arg-type] # a CSV holds text alone
    except TypeError:
        cells = row.values.values()
        return sum(len(cell) if isinstance(cell, str) else _nested_size(cell) for cell in cells)


def _nested_size(cell: object) -> int:
    return len(repr(cell)) if isinstance(cell, dict | list | bytes) else 8


def raw_text(row: Row) -> str:
    """Return a row as text, cut to what the list of rejected rows keeps.

    >>> raw_text(Row("a.csv:2", {"内容": ""}))
    '{"内容": ""}'
    """
    if row.raw or row.values is None:
        return row.raw[:RAW_LIMIT]
    return as_json(row.values)[:RAW_LIMIT]


def as_json(values: Mapping[str, object]) -> str:
    """Return an object as one line of JSON; what JSON does not know is written as text."""
    try:
        return json.dumps(values, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        return str(values)
