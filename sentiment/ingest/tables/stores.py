"""Excel workbooks, Parquet files and SQLite databases to rows."""

from __future__ import annotations

import io
import sqlite3
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from sentiment.errors import InputError
from sentiment.ingest.tables.row import RAW_LIMIT, Row, Table

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
            sheets = [(sheet.title, _cells(sheet)) for sheet in book.worksheets]
        except Exception as error:  # openpyxl lets any error of zip and XML through
            raise InputError(f"{name} is not a readable Excel workbook ({error}); save it again.") from None
    for title, cells in sheets:
        yield _sheet(f"{name}[{title}]", cells, is_header)


def _cells(sheet: Any) -> list[tuple[object, ...]]:  # noqa: ANN401 - a worksheet
    sheet.reset_dimensions()
    return [tuple(row) for row in sheet.iter_rows(values_only=True)]


def _sheet(name: str, cells: list[tuple[object, ...]], is_header: Callable[[Sequence[str]], bool]) -> Table:
    filled = [n for n, row in enumerate(cells) if any(cell is not None for cell in row)]
    if not filled:
        return Table(name, (), iter(()))
    texts = [[("" if cell is None else str(cell)) for cell in cells[n]] for n in filled[:_LOOK_AHEAD]]
    at = next((filled[n] for n, row in enumerate(texts) if is_header(row)), filled[0])
    header = tuple(
        f"column{n + 1}" if cell is None else str(cell).strip("\ufeff ") for n, cell in enumerate(cells[at])
    )
    return Table(name, header, _sheet_rows(name, cells, at, header))


def _sheet_rows(
    name: str, cells: list[tuple[object, ...]], at: int, header: tuple[str, ...]
) -> Iterator[Row]:
    last = max((n for n, row in enumerate(cells) if any(cell is not None for cell in row)), default=at)
    for n, row in enumerate(cells[: last + 1]):
        source = f"{name}:{n + 1}"
        if n == at:
            continue
        if all(cell is None or cell == "" for cell in row):
            yield Row(source, None, "", "blank row")
        elif n < at:
            yield Row(source, None, _joined(row), "before the header")
        elif tuple(str(cell) for cell in row if cell is not None) == header:
            yield Row(source, None, _joined(row), "repeated header")
        else:
            yield Row(source, dict(zip(header, row, strict=False)))


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
        except sqlite3.Error as error:
            connection.close()
            trouble = error
    raise InputError(f"{name} is not a readable SQLite database ({trouble}).")


def _open(path: Path, options: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?{options}", uri=True)


def _select(connection: sqlite3.Connection, table: str, name: str) -> tuple[tuple[str, ...], Iterator[Row]]:
    quoted = table.replace('"', '""')
    try:
        cursor = connection.execute(f'SELECT * FROM "{quoted}"')
    except sqlite3.Error as error:
        return (), iter([Row(f"{name}[{table}]:1", None, "", f"the table cannot be read: {error}")])
    columns = tuple(str(item[0]) for item in cursor.description)
    return columns, _database_rows(cursor, columns, f"{name}[{table}]")


def _database_rows(cursor: sqlite3.Cursor, columns: tuple[str, ...], name: str) -> Iterator[Row]:
    number = 0
    try:
        for cells in cursor:
            number += 1
            yield Row(f"{name}:{number}", dict(zip(columns, cells, strict=True)))
    except sqlite3.Error as error:
        yield Row(f"{name}:{number + 1}", None, "", f"the table is damaged from here: {error}")


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__


def in_memory(data: bytes) -> BinaryIO:
    """Return bytes as a file."""
    return io.BytesIO(data)
