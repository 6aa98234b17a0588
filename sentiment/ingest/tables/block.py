"""Many records of a CSV at once: stretches of a file that are proved to hold nothing but plain records.

A stretch is plain if the rows that :mod:`sentiment.ingest.tables.delimited` would make of it need none of its
repairs: every record has the header's width, quotes stand where they belong, no record could be taken for a
header. Whatever cannot be proved so is left to be read row by row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from sentiment.ingest.tables.row import Row

_LONGEST_RECORD: Final = 100_000
"""Bytes of a record; the ``csv`` module refuses a cell of more than 131,072 characters."""
_QUOTE, _RETURN, _LINE = (ord(mark) for mark in '"\r\n')


class NotText(Exception):
    """A cell is no text."""


class Stretch(Protocol):
    """Rows of one table that follow each other, read at once."""

    def __len__(self) -> int: ...

    @property
    def size(self) -> int:
        """At most how many characters the cells hold."""

    def part(self, start: int, stop: int) -> Stretch:
        """Return the rows from ``start`` until before ``stop``."""

    def column(self, name: str) -> pa.Array:
        """Return the cells of a column, ``large_string``; null where there is none."""

    def sources(self) -> pa.Array:
        """Return how each row is named."""

    def row(self, n: int) -> Row:
        """Return one of the rows."""

    def rows(self) -> Iterator[Row]:
        """Yield the rows one by one."""


@dataclass(frozen=True)
class Block:
    """Plain records that follow each other.

    ``rows()`` are the rows that would have been read one by one.
    """

    name: str
    """As rows name the file."""
    number: int
    """The first record's number in the file."""
    header: tuple[str, ...]
    delimiter: str
    data: bytes = field(repr=False)
    """All records as they lie in the file."""
    cells: dict[str, pa.Array] = field(repr=False)
    """Columns taken so far, of all records in ``data``."""
    start: int
    stop: int
    """Which of the records in ``data`` are meant."""

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def size(self) -> int:
        """At most how many characters all its cells hold."""
        return len(self.data)

    def part(self, start: int, stop: int) -> Block:
        """Return the records from ``start`` until before ``stop``, counted within this block."""
        return replace(self, start=self.start + start, stop=min(self.start + stop, self.stop))

    def column(self, name: str) -> pa.Array:
        """Return the cells of a column, ``large_string``; null if there is no such column."""
        if name not in self.header:
            return pa.nulls(len(self), pa.large_string())
        if name not in self.cells:
            self.cells.update(_parsed(self.data, self.header, self.delimiter, {name}))
        return self.cells[name].slice(self.start, len(self))

    def sources(self) -> pa.Array:
        """Return how each row is named: ``file:row``."""
        return numbered(self.name, self.number + self.start, len(self))

    def row(self, n: int) -> Row:
        """Return one of the records."""
        codes = np.frombuffer(self.data, dtype=np.uint8)
        ends = np.flatnonzero(codes == _LINE)
        quotes = np.flatnonzero(codes == _QUOTE)
        if len(quotes):
            ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
        n += self.start
        record = self.data[ends[n - 1] + 1 if n else 0 : ends[n] + 1]
        return next(replace(self, data=record, number=self.number + n, start=0, stop=1).rows())

    def rows(self) -> Iterator[Row]:
        """Yield the records one by one."""
        text = io.StringIO(self.data.decode("utf-8", "replace"), newline="")
        for n, cells in enumerate(csv.reader(text, delimiter=self.delimiter)):
            if self.start <= n < self.stop:
                yield Row(f"{self.name}:{self.number + n}", dict(zip(self.header, cells, strict=True)))


def numbered(name: str, first: int, count: int) -> pa.Array:
    """Return the names of rows that follow each other.

    >>> numbered("a.csv", 2, 2).to_pylist()
    ['a.csv:2', 'a.csv:3']
    """
    numbers = pa.array(np.arange(first, first + count)).cast(pa.large_string())
    lead = pa.scalar(f"{name}:", pa.large_string())
    return pc.binary_join_element_wise(lead, numbers, pa.scalar("", pa.large_string()))


def as_rows(items: Iterable[Row | Stretch]) -> Iterator[Row]:
    """Yield rows, those of blocks one by one."""
    for item in items:
        if isinstance(item, Row):
            yield item
        else:
            yield from item.rows()


def can_be_plain(header: tuple[str, ...]) -> bool:
    """Return whether records under this header can be proved plain at all: its names are distinct words."""
    return len(set(header)) == len(header) and not any(name[:1].isdigit() for name in header)


def read_block(
    data: bytes,
    name: str,
    header: tuple[str, ...],
    delimiter: str,
    *,
    number: int,
    widths: Collection[int],
    wanted: Collection[str] | None,
) -> Block | None:
    """Return a stretch of a file as a block, None unless all its records are plain.

    Args:
        data: Whole lines.
        name: How rows name the file.
        header: The columns.
        delimiter: One character.
        number: The first record's number.
        widths: Numbers of cells that records before had.
        wanted: Columns that will be asked for; None: all.
    """
    if not is_tame(data) or not _quotes_are_plain(data, delimiter, {*widths, len(header)}):
        return None
    names = set(header) if wanted is None else {header[0], *wanted}
    try:
        cells = _parsed(data, header, delimiter, names)
        if not _led_by_digit(cells[header[0]]).all():
            cells.update(_parsed(data, header, delimiter, set(header) - names))
            if not np.logical_or.reduce([_led_by_digit(column) for column in cells.values()]).all():
                return None  # a record without a number may be another header
    except pa.ArrowInvalid:  # a record of another width, or broken characters
        return None
    return Block(name, number, header, delimiter, data, cells, 0, len(cells[header[0]]))


def is_tame(data: bytes) -> bool:
    """Return whether lines end where they seem to: no NUL, no byte-order mark, no return alone."""
    if b"\x00" in data or b"\xef\xbb\xbf" in data or not data.endswith(b"\n"):
        return False
    if b"\r" not in data:
        return True
    codes = np.frombuffer(data, dtype=np.uint8)
    returns = np.flatnonzero(codes == _RETURN)
    return bool((codes[returns + 1] == _LINE).all())


def _quotes_are_plain(data: bytes, delimiter: str, widths: set[int]) -> bool:
    """Every quoted cell is quoted as a whole, and no record over several lines looks like several records."""
    codes = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(codes == _LINE)
    quotes = np.flatnonzero(codes == _QUOTE)
    if not len(quotes):
        return bool(np.diff(ends, prepend=-1).max() < _LONGEST_RECORD)
    if len(quotes) % 2:
        return False
    outside = _is_border(codes, ord(delimiter))
    opening, closing = quotes[::2], quotes[1::2]
    doubled = closing[:-1] + 1 == opening[1:]
    opens = np.r_[opening[0] == 0 or outside[opening[0] - 1], outside[opening[1:] - 1] | doubled]
    closes = np.r_[outside[closing[:-1] + 1] | doubled, outside[closing[-1] + 1]]
    if not (opens.all() and closes.all()):
        return False
    inner = np.searchsorted(quotes, ends) % 2 == 1
    records = ends[~inner]
    if inner[-1] or np.diff(records, prepend=-1).max() >= _LONGEST_RECORD:
        return False
    return not inner.any() or _no_line_is_a_record(codes, ends, inner, ord(delimiter), widths)


def _is_border(codes: np.ndarray, delimiter: int) -> np.ndarray:
    """Which bytes may stand beside a quoted cell; a return belongs to a line's end."""
    table = np.zeros(256, dtype=bool)
    table[[delimiter, _LINE, _RETURN]] = True
    found: np.ndarray = table[codes]
    return found


def _no_line_is_a_record(
    codes: np.ndarray, ends: np.ndarray, inner: np.ndarray, delimiter: int, widths: set[int]
) -> bool:
    """Whether each line of a record over several lines has fewer cells than any record before it."""
    marks = np.flatnonzero(codes == delimiter)
    cells = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
    broken = inner | np.r_[False, inner[:-1]]
    least = min((width for width in widths if width >= 3), default=1 << 30)
    return bool(cells[broken].max() < least)


def _led_by_digit(column: pa.Array) -> np.ndarray:
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int64)[column.offset :][: len(column) + 1]
    data = column.buffers()[2]
    codes = np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    first = codes[np.minimum(offsets[:-1], len(codes) - 1)]
    found: np.ndarray = (first >= ord("0")) & (first <= ord("9")) & (offsets[1:] > offsets[:-1])
    return found


def _parsed(
    data: bytes, header: tuple[str, ...], delimiter: str, names: Collection[str]
) -> dict[str, pa.Array]:
    """These columns of the records.

    Raises:
        pyarrow.ArrowInvalid: if a record has another width or a cell is no UTF-8.
    """
    wanted = [str(n) for n, name in enumerate(header) if name in names]
    if not wanted:
        return {}
    table = arrow_csv.read_csv(
        pa.BufferReader(data),
        read_options=arrow_csv.ReadOptions(
            use_threads=False,
            block_size=len(data) + 1,
            column_names=[str(n) for n in range(len(header))],
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False
        ),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=wanted,
            column_types={n: pa.large_string() for n in wanted},
            strings_can_be_null=False,
        ),
    )
    return {header[int(n)]: table.column(n).combine_chunks() for n in wanted}
