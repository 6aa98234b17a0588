"""CSV and TSV as scrapers leave them: torn, ragged, with a second header in the middle.

Memory stays small whatever the file's size: a record is at most :data:`_FIELD` characters.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Final, TextIO

from sentiment.errors import InputError
from sentiment.ingest.tables.block import Block, Stretch, can_be_plain, read_block
from sentiment.ingest.tables.decode import TextLines
from sentiment.ingest.tables.row import RAW_LIMIT, Row, Table, distinct_names

Cells = list[str]
Numbered = tuple[int, Cells, str | None]
"""A record's number, its cells and, where the file itself was torn, the problem."""

_LINE: Final = 1 << 20
"""Characters of a line that are read at once; a longer one falls to pieces, and they are rejected."""
_LOOK_AHEAD: Final = 20
"""Records in which a header is looked for."""
_PIECES: Final = 60
"""Lines that one record, split by unquoted line breaks, is put together from."""
_STRETCHES: Final = (4 << 20, 1 << 16, 1 << 13)
"""Bytes that are tried as one block; within the larger one that is not plain the smaller ones are tried."""


class _Lines:
    """The lines of a file, with those of the record being read remembered."""

    def __init__(self, stream: TextIO | TextLines) -> None:
        self.stream = stream
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.stream.readline(_LINE)
        if not line:
            raise StopIteration
        if line[0] == "\ufeff":
            line = line.lstrip("\ufeff")
        self.taken.append(line)
        return line


def read_delimited(
    stream: TextIO | TextLines, name: str, *, is_header: Callable[[Sequence[str]], bool]
) -> Iterator[Table]:
    """Yield the tables of a CSV or TSV file: one, or more where another header follows in the middle.

    Tables must be read in order; asking for the next one skips what is left of the last.

    Args:
        stream: Text with line ends as written; of :class:`TextLines`, plain stretches come as blocks.
        name: How rows name the file.
        is_header: Tells a header line from data.
    """
    first = stream.readline(_LINE).lstrip("\ufeff")
    while first and not first.strip():
        first = stream.readline(_LINE).lstrip("\ufeff")
    delimiter = _delimiter(first)
    records = _Records(stream, first, delimiter)
    ahead = [record for _, record in zip(range(_LOOK_AHEAD), records, strict=False)]
    start = next((n for n, record in enumerate(ahead) if is_header(record[1])), 0)
    if not ahead:
        return
    records.ahead = ahead[start + 1 :]
    state = _Reading(name, delimiter, is_header, records)
    before = [state.torn(number, cells, "before the header") for number, cells, _ in ahead[:start]]
    state.header = distinct_names(ahead[start][1])
    while state.header is not None:
        header = state.header
        wanted: set[str] = set()
        yield Table(name, header, state.rows(header, before, wanted), wanted)
        before = []
        state.drain()


def _delimiter(line: str) -> str:
    return max(",\t;|", key=lambda mark: (line.count(mark), mark == ","))


class _Records:
    """Numbers the records; where a stray quote has swallowed lines, gives them back one by one."""

    def __init__(self, stream: TextIO | TextLines, first: str, delimiter: str) -> None:
        self.delimiter = delimiter
        self.ahead: list[Numbered] = []
        """Records looked at already."""
        self._lines = _Lines(stream)
        self._lines.taken.append(first)
        self._reader = csv.reader(chain([first], self._lines), delimiter=delimiter)
        self._widths: set[int] = set()
        self._number = 0
        self._over = False
        self._tried = [0] * len(_STRETCHES)
        """Up to which byte of the stream there is no block of each size."""

    def __iter__(self) -> Iterator[Numbered]:
        return self

    def __next__(self) -> Numbered:
        if not self.ahead:
            self.ahead = self._read()
        return self.ahead.pop(0)

    def _read(self) -> list[Numbered]:
        """The next record, or the lines of one that is none; StopIteration at the end."""
        if self._over:
            raise StopIteration
        cells, problem = self._next_cells()
        taken, self._lines.taken = self._lines.taken, []
        if len(taken) == 1 and problem is None:
            self._widths.add(len(cells))
        elif taken and (problem is not None or _swallowed(taken, self._widths, self.delimiter)):
            split = [_split(line, self.delimiter, self._widths) for line in taken]
            self._number += len(split)
            return [(self._number - len(split) + n, line, None) for n, line in enumerate(split, start=1)]
        self._over = problem is not None
        self._number += 1
        return [(self._number, cells, problem)]

    def _next_cells(self) -> tuple[Cells, str | None]:
        try:
            return next(self._reader), None
        except csv.Error as error:
            return [], f"not CSV: {error}"
        except InputError:
            raise
        except (OSError, EOFError, ValueError) as error:
            return [], f"the file is damaged from here: {error}"

    def block(self, name: str, header: tuple[str, ...], wanted: set[str]) -> Block | None:
        """Return the records that follow as a block if they are plain, else None."""
        stream = self._lines.stream
        if self.ahead or not isinstance(stream, TextLines):
            return None
        for n, size in enumerate(_STRETCHES):
            if stream.position < self._tried[n]:
                continue
            data = stream.ahead(size)
            found = read_block(
                data,
                name,
                header,
                self.delimiter,
                number=self._number + 1,
                widths=self._widths,
                wanted=wanted or None,
            )
            if found is not None:
                stream.skip(len(data))
                self._number += len(found)
                self._widths.add(len(header))
                return found
            self._tried[n] = stream.position + max(len(data), 1)
        return None


def _swallowed(taken: list[str], widths: set[int], delimiter: str) -> bool:
    """Whether a record over several lines is really several records, run together by an unclosed quote.

    Then a line inside it makes a whole record of its own, or its first and its last line both do.
    """
    if len(taken) < 2:
        return False
    full = {width for width in widths if width >= 3}
    if any(len(_split(line, delimiter, full)) in full - {3} for line in taken[1:-1]):
        return True
    ends = (len(_unquoted(line, delimiter)) for line in (taken[0], taken[-1]))
    return all(width in full for width in ends)


def _split(line: str, delimiter: str, widths: set[int]) -> Cells:
    """One line's cells; where a stray quote hides the commas after it, the quotes count as text."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        cells = []
    if len(cells) in widths:
        return cells
    bare = _unquoted(line, delimiter)
    return [cell.strip('"') for cell in bare] if len(bare) in widths or not cells else cells


def _unquoted(line: str, delimiter: str) -> Cells:
    text = line.strip("\r\n")
    return text.split(delimiter) if text else []


class _Reading:
    """What is left of a file, and the header that holds for it."""

    def __init__(
        self,
        name: str,
        delimiter: str,
        is_header: Callable[[Sequence[str]], bool],
        records: _Records,
    ) -> None:
        self.name = name
        self.delimiter = delimiter
        self.is_header = is_header
        self.records = records
        self.header: tuple[str, ...] | None = None
        self.current: Iterator[Row | Stretch] = iter(())

    def rows(self, header: tuple[str, ...], before: list[Row], wanted: set[str]) -> Iterator[Row | Stretch]:
        self.header = None
        self.current = self._rows(header, before, wanted)
        return self.current

    def drain(self) -> None:
        for _ in self.current:
            pass

    def _rows(self, header: tuple[str, ...], before: list[Row], wanted: set[str]) -> Iterator[Row | Stretch]:
        yield from before
        pieces: list[Numbered] = []
        ragged: set[int] = set()
        width, name = len(header), self.name
        plain = bool(header) and not header[0][:1].isdigit()
        blocks = can_be_plain(header)
        while True:
            if blocks and not pieces and (block := self.records.block(name, header, wanted)) is not None:
                yield block
                continue
            record = next(self.records, None)
            if record is None:
                break
            number, cells, problem = record
            if plain and not pieces and problem is None and len(cells) == width and cells[0][:1].isdigit():
                yield Row(f"{name}:{number}", dict(zip(header, cells, strict=True)))  # nearly every row
                continue
            if problem is None and pieces and (whole := _join(pieces, cells, len(header))) is not None:
                yield self._row(pieces[0][0], whole, header, None)
                pieces = []
                continue
            begins = problem is None and self._begins_table(cells, header)
            short = problem is None and not begins
            if short and _may_be_piece(cells, pieces, len(header), ragged):
                pieces.append(record)
                continue
            yield from self._apart(pieces, header)
            ragged.update(len(piece[1]) for piece in pieces)
            pieces = []
            if begins:
                self.header = distinct_names(cells)
                return
            if short and _may_be_piece(cells, pieces, len(header), ragged):
                pieces.append(record)
            else:
                yield self._row(number, cells, header, problem)
        yield from self._apart(pieces, header)

    def _apart(self, pieces: list[Numbered], header: tuple[str, ...]) -> Iterator[Row]:
        for number, cells, _ in pieces:
            yield self._row(number, cells, header, None)

    def _begins_table(self, cells: Cells, header: tuple[str, ...]) -> bool:
        """Whether another header follows: known names and, unlike a row of data, no number."""
        if len(cells) < 3 or any(cell[:1].isdigit() for cell in cells):
            return False
        return self.is_header(cells) and distinct_names(cells) != header

    def _row(self, number: int, cells: Cells, header: tuple[str, ...], problem: str | None) -> Row:
        if problem is None:
            problem = _problem(cells, header)
        if problem is not None:
            return self.torn(number, cells, problem)
        values: dict[str, object] = dict(zip(header, cells, strict=False))
        if len(cells) <= len(header):
            return Row(f"{self.name}:{number}", values)
        return Row(f"{self.name}:{number}", values, extra=tuple(cells[len(header) :]))

    def torn(self, number: int, cells: Cells, problem: str) -> Row:
        return Row(f"{self.name}:{number}", None, self.delimiter.join(cells)[:RAW_LIMIT], problem)


def _problem(cells: Cells, header: tuple[str, ...]) -> str | None:
    if not any(cells) or not any(cell.strip() for cell in cells):
        return "blank row"
    if cells[0].strip("\ufeff ") == header[0] and distinct_names(cells) == header:
        return "repeated header"
    if len(cells) * 3 < len(header) and len(header) > 3:
        return "half row"
    return None


def _may_be_piece(cells: Cells, pieces: list[Numbered], width: int, ragged: set[int]) -> bool:
    """Whether a short record may be part of one that unquoted line breaks tore apart."""
    if len(cells) >= width or width < 3 or len(pieces) >= _PIECES or len(cells) in ragged:
        return False
    if not pieces:
        return len(cells) > 1
    return _joined_width(pieces) + max(len(cells), 1) - 1 < width


def _joined_width(pieces: list[Numbered]) -> int:
    return sum(max(len(cells), 1) for _, cells, _ in pieces) - len(pieces) + 1


def _join(pieces: list[Numbered], cells: Cells, width: int) -> Cells | None:
    """Put the pieces of a record together if they make up exactly the header's width."""
    if len(cells) < 2 or _joined_width(pieces) + len(cells) - 1 != width:
        return None
    whole: Cells = list(pieces[0][1])
    for more in (*(piece[1] for piece in pieces[1:]), cells):
        whole[-1] = whole[-1] + "\n" + (more[0] if more else "")
        whole.extend(more[1:])
    return whole
