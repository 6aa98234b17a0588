"""Many JSON lines at once: stretches of a file whose every line is one flat object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from sentiment.ingest.tables.block import NotText, is_tame, numbered
from sentiment.ingest.tables.row import Row

DECODER: Final = json.JSONDecoder(strict=False)
NESTED: Final = frozenset({dict, list})


@dataclass(frozen=True)
class Records:
    """Flat objects that follow each other, one a line."""

    name: str
    """As rows name the file."""
    number: int
    """The first object's line."""
    objects: Sequence[dict[str, object]] = field(repr=False)
    taken: int
    """Bytes of the lines."""
    columns: Mapping[str, Sequence[object]] = field(repr=False, default_factory=dict)
    """The cells by column, where all objects name the same ones."""

    def __len__(self) -> int:
        return len(self.objects)

    @property
    def size(self) -> int:
        """At most how many characters the cells hold; a number counts as eight and takes five at least."""
        return 2 * self.taken

    def part(self, start: int, stop: int) -> Records:
        """Return the objects from ``start`` until before ``stop``."""
        columns = {name: cells[start:stop] for name, cells in self.columns.items()}
        return Records(self.name, self.number + start, self.objects[start:stop], self.taken, columns)

    def layouts(self) -> set[tuple[str, ...]]:
        """Return the columns that objects name, each selection once."""
        return {tuple(self.columns)} if self.columns else set(map(tuple, self.objects))

    def column(self, name: str) -> pa.Array:
        """Return the cells of a column, numbers as text; null where an object has none.

        Raises:
            NotText: if one is neither text nor a whole number.
        """
        cells = self.columns.get(name, []) if self.columns else [one.get(name) for one in self.objects]
        if not len(cells):
            return pa.nulls(len(self), pa.large_string())
        kinds = set(map(type, cells)) - {str, type(None)}
        if kinds == {int}:
            cells = [str(cell) if type(cell) is int else cell for cell in cells]
        elif kinds:
            raise NotText
        try:
            return pa.array(cells, pa.large_string())
        except UnicodeEncodeError:  # half an emoji
            raise NotText from None

    def sources(self) -> pa.Array:
        """Return how each row is named: ``file:line``."""
        return numbered(self.name, self.number, len(self))

    def row(self, n: int) -> Row:
        """Return one of the objects."""
        return Row(f"{self.name}:{self.number + n}", self.objects[n])

    def rows(self) -> Iterator[Row]:
        """Yield the objects one by one."""
        return map(self.row, range(len(self)))


def read_records(data: bytes, name: str, *, number: int) -> Records | None:
    """Return a stretch of a file as records, None unless each line is one flat object.

    Args:
        data: Whole lines.
        name: How rows name the file.
        number: The first line's number.
    """
    if not is_tame(data):
        return None
    objects: list[dict[str, object]] = []
    try:
        for line in data.decode("utf-8").split("\n")[:-1]:
            item, end = DECODER.raw_decode(line)
            if end < len(line) - 1 or line[end:] not in ("", "\r"):
                return None
            if not objects and isinstance(item, dict) and NESTED.intersection(map(type, item.values())):
                return None  # the rest will hardly be flat
            objects.append(item)
    except (ValueError, RecursionError):
        return None
    if set(map(type, objects)) != {dict}:
        return None
    layouts = set(map(tuple, objects))
    if not all(map(are_clean, layouts)):
        return None
    if len(layouts) > 1:
        flat = not any(NESTED.intersection(map(type, one.values())) for one in objects)
        return Records(name, number, objects, len(data)) if flat else None
    columns = dict(zip(layouts.pop(), zip(*map(dict.values, objects), strict=True), strict=True))
    if any(NESTED.intersection(map(type, cells)) for cells in columns.values()):
        return None
    return Records(name, number, objects, len(data), columns)


def are_clean(keys: tuple[str, ...]) -> bool:
    """Return whether columns are named as in the file, and none stands for another post."""
    if not keys or keys[0][:1] in ("\ufeff", " ", ""):
        return False
    return not any(key.startswith("源微博") for key in keys)
