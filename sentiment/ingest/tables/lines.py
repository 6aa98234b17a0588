"""JSON lines of one layout: cells are found in the bytes, and taken out only where a column is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from sentiment.ingest.tables.block import NotText, is_tame, numbered
from sentiment.ingest.tables.records import DECODER, NESTED, are_clean
from sentiment.ingest.tables.row import Row

_LINE = ord("\n")


@dataclass(frozen=True)
class Lines:
    """Flat objects of the same columns that follow each other, one a line."""

    name: str
    """As rows name the file."""
    number: int
    """The first line's number in the file."""
    data: bytes = field(repr=False)
    """All lines as they lie in the file."""
    columns: tuple[str, ...]
    first: int
    """Which of the lines in ``data`` is the first one meant."""
    starts: np.ndarray = field(repr=False)
    """Where in ``data`` the cells begin, as :func:`sentiment.ingest.loops.lines.find_cells` finds them."""
    stops: np.ndarray = field(repr=False)

    def __len__(self) -> int:
        return int(self.starts.shape[1])

    @property
    def size(self) -> int:
        """At most how many characters the cells hold; a number counts as eight and takes five at least."""
        return 2 * len(self.data)

    def part(self, start: int, stop: int) -> Lines:
        """Return the objects from ``start`` until before ``stop``."""
        return replace(
            self,
            number=self.number + start,
            first=self.first + start,
            starts=self.starts[:, start:stop],
            stops=self.stops[:, start:stop],
        )

    def layouts(self) -> set[tuple[str, ...]]:
        """Return the columns that objects name."""
        return {self.columns}

    def column(self, name: str) -> pa.Array:
        """Return the cells of a column, numbers as text; null where an object has none.

        Raises:
            NotText: if one is neither text nor a whole number.
        """
        from sentiment.ingest.loops.lines import NO_TEXT, take_cells

        if name not in self.columns:
            return pa.nulls(len(self), pa.large_string())
        n = self.columns.index(name)
        if (self.starts[n] == NO_TEXT).any():
            raise NotText
        cells = take_cells(self.data, self.starts[n], self.stops[n])
        if cells is None:  # half an emoji
            raise NotText
        return cells

    def sources(self) -> pa.Array:
        """Return how each row is named: ``file:line``."""
        return numbered(self.name, self.number, len(self))

    def row(self, n: int) -> Row:
        """Return one of the objects."""
        inside = int(self.starts[:, n].max())
        if inside < 0:  # no cell says where the line is
            inside = int(np.flatnonzero(np.frombuffer(self.data, np.uint8) == _LINE)[self.first + n])
        start = self.data.rfind(b"\n", 0, inside) + 1
        values = DECODER.decode(self.data[start : self.data.index(b"\n", inside)].decode("utf-8"))
        return Row(f"{self.name}:{self.number + n}", values)

    def rows(self) -> Iterator[Row]:
        """Yield the objects one by one."""
        return map(self.row, range(len(self)))


def read_flat_lines(data: bytes, name: str, *, number: int, sound: bool = False) -> Lines | None:
    """Return a stretch of a file as lines, None unless each is a flat object with the first one's columns.

    Args:
        data: Whole lines.
        name: How rows name the file.
        number: The first line's number.
        sound: Whether the bytes are known to be sound UTF-8.
    """
    from sentiment.ingest.loops.lines import find_cells

    try:
        first, _ = DECODER.raw_decode(data[: data.index(b"\n")].decode("utf-8"))
        keys = _keys(first)
        if not keys or not is_tame(data):
            return None
        if not sound:
            data.decode("utf-8")
    except (ValueError, RecursionError):
        return None
    found = find_cells(data, keys)
    return None if found is None else Lines(name, number, data, tuple(first), 0, *found)


def _keys(item: object) -> list[bytes]:
    """The columns of a flat object as they stand in a file; none if it is something else."""
    if not isinstance(item, dict) or NESTED.intersection(map(type, item.values())):
        return []
    keys = [json.dumps(key, ensure_ascii=False)[1:-1] for key in item]
    plain = are_clean(tuple(item)) and not any("\\" in key for key in keys)
    return [key.encode("utf-8", "replace") for key in keys] if plain else []
