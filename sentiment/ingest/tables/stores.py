"""Excel workbooks, Parquet files and SQLite databases to rows."""

from __future__ import annotations

import io
import sqlite3
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final

from sentiment.errors import InputError
from sentiment.ingest.tables.row import RAW_LIMIT, Row, Table
from sentiment.ingest.values import plain

Numbered = tuple[int, tuple[object, ...] | str]
"""A sheet's row with its number; a text instead of cells where the sheet is damaged."""
_BROKEN: Final = (sqlite3.Error, UnicodeDecodeError)
"""What a damaged database raises; the second where its own message holds the damage."""
_BATCH: Final = 20_000
_LOOK_AHEAD: Final = 20


def read_workbook(
    data: BinaryIO, name: str, *, is_header: Callable[[Sequence[str]], bool]
) -> Iterator[Table]:
    """Yield the sheets of an Excel workbook; the header may lie below a title.

    Raises:
        InputError: if the file is no workbook.
    """
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns about styles, which hold no posts
        try:
            book = openpyxl.load_workbook(data, read_only=True, data_only=True)
            sheets = list(book.worksheets)
        except Exception as error:  # openpyxl lets any error of zip and XML through
            raise InputError(f"{name} is not a readable Excel workbook ({error}); save it again.") from None
    for sheet in sheets:
        label = f"{name}[{plain(sheet.title)}]"
        yield _sheet(label, _cells(sheet, label), is_header)


def _cells(sheet: Any, name: str) -> Iterator[Numbered]:  # noqa: ANN401 - a worksheet
    """The sheet's rows with their numbers, without the empty ones at its end; a text where it is damaged."""
    blank: list[int] = []
    number = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            sheet.reset_dimensions()
            for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                if all(cell is None for cell in row):
                    blank.append(number)
                    continue
                yield from ((n, ()) for n in blank)
                blank = []
                yield number, tuple(row)
        except Exception as error:  # as above; what was read before is kept
            yield number + 1, f"the file is damaged from here: {_short(error)}"


def _sheet(name: str, cells: Iterator[Numbered], is_header: Callable[[Sequence[str]], bool]) -> Table:
    ahead: list[Numbered] = []
    filled: list[tuple[int, tuple[object, ...]]] = []
    for number, row in cells:
        ahead.append((number, row))
        if isinstance(row, tuple) and row:
            filled.append((number, row))
        if len(filled) >= _LOOK_AHEAD:
            break
    if not filled:
        _refuse_damaged(name, ahead)
        return Table(name, (), iter(()))
    found = (one for one in filled if is_header(["" if cell is None else str(cell) for cell in one[1]]))
    at, names = next(found, filled[0])
    header = tuple(
        f"column{n + 1}" if cell is None else str(cell).strip("\ufeff ") for n, cell in enumerate(names)
    )
    rows = (_sheet_row(name, n, row, at, header) for n, row in chain(ahead, cells) if n != at)
    return Table(name, header, rows)


def _refuse_damaged(name: str, rows: Sequence[Numbered]) -> None:
    trouble = next((row for _, row in rows if isinstance(row, str)), None)
    if trouble is not None:
        raise InputError(f"{name} is not a readable Excel sheet ({trouble}); save it again.")


def _sheet_row(
    name: str, number: int, row: tuple[object, ...] | str, at: int, header: tuple[str, ...]
) -> Row:
    source = f"{name}:{number}"
    if isinstance(row, str):
        return Row(source, None, "", row)
    if all(cell is None or cell == "" for cell in row):
        return Row(source, None, "", "blank row")
    if number < at:
        return Row(source, None, _joined(row), "before the header")
    if tuple(str(cell) for cell in row if cell is not None) == header:
        return Row(source, None, _joined(row), "repeated header")
    return Row(source, dict(zip(header, row, strict=False)))


def _joined(row: Sequence[object]) -> str:
    return ",".join("" if cell is None else str(cell) for cell in row)[:RAW_LIMIT]


def read_parquet(data: Path | BinaryIO, name: str) -> Table:
    """Return the rows of a Parquet file, read batch by batch.

    Raises:
        InputError: if the file is no Parquet file.
    """
    from pyarrow import ArrowException, parquet

    try:
        file = parquet.ParquetFile(data)
    except (ArrowException, OSError, ValueError) as error:
        raise InputError(f"{name} is not a readable Parquet file ({_short(error)}).") from None
    return Table(name, tuple(file.schema_arrow.names), _parquet_rows(file, name))


def _parquet_rows(file: Any, name: str) -> Iterator[Row]:  # noqa: ANN401 - pyarrow has no types
    from pyarrow import ArrowException

    number = 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH):
            for values in batch.to_pylist():
                number += 1
                yield Row(f"{name}:{number}", values)
    except (ArrowException, OSError, ValueError) as error:
        yield Row(f"{name}:{number + 1}", None, "", f"the file is damaged from here: {_short(error)}")


def read_database(data: Path | bytes, name: str) -> Iterator[Table]:
    """Yield the tables of a SQLite database.

    Raises:
        InputError: if the file is no database.
    """
    connection, names = _connect(data, name)
    try:
        for table in names:
            columns, rows = _select(connection, table, name)
            yield Table(f"{name}[{table}]", columns, rows)
    finally:
        connection.close()


def _connect(data: Path | bytes, name: str) -> tuple[sqlite3.Connection, list[str]]:
    """Open a database for reading; a live one (WAL) first, else as a file nobody changes."""
    trouble: Exception | None = None
    for options in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(":memory:") if isinstance(data, bytes) else _open(data, options)
        try:
            if isinstance(data, bytes):
                connection.deserialize(data)
            connection.text_factory = lambda cell: cell.decode("utf-8", "replace")
            found = connection.execute(
                "SELECT name FROM sqlite_master WHERE type='table' ORDER BY rowid"
            ).fetchall()
            return connection, [str(row[0]) for row in found if not str(row[0]).startswith("sqlite_")]
        except _BROKEN as error:
            connection.close()
            trouble = error
    raise InputError(f"{name} is not a readable SQLite database ({trouble}).")


def _open(path: Path, options: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?{options}", uri=True)


def _select(connection: sqlite3.Connection, table: str, name: str) -> tuple[tuple[str, ...], Iterator[Row]]:
    quoted = table.replace('"', '""')
    try:
        cursor = connection.execute(f'SELECT * FROM "{quoted}"')
    except _BROKEN as error:
        return (), iter([Row(f"{name}[{table}]:1", None, "", f"the table cannot be read: {error}")])
    columns = tuple(str(item[0]) for item in cursor.description)
    return columns, _database_rows(cursor, columns, f"{name}[{table}]")


def _database_rows(cursor: sqlite3.Cursor, columns: tuple[str, ...], name: str) -> Iterator[Row]:
    number = 0
    try:
        for cells in cursor:
            number += 1
            yield Row(f"{name}:{number}", dict(zip(columns, cells, strict=True)))
    except _BROKEN as error:
        yield Row(f"{name}:{number + 1}", None, "", f"the table is damaged from here: {error}")


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__


def in_memory(data: bytes) -> BinaryIO:
    """Return bytes as a file."""
    return io.BytesIO(data)
