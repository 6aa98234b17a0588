"""Tell what a file is by its bytes, unpack it if need be, and hand out its tables."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, cast

from sentiment.errors import InputError
from sentiment.ingest.formats import is_header, is_record
from sentiment.ingest.tables.bounded import check_archive, open_at_size, open_unpacked
from sentiment.ingest.tables.decode import MIXABLE, SAMPLE, TextLines, detect_encoding, is_text, text_lines
from sentiment.ingest.tables.delimited import read_delimited
from sentiment.ingest.tables.objects import looks_like_lines, read_document, read_lines, split_columns
from sentiment.ingest.tables.row import Table
from sentiment.ingest.tables.stores import read_database, read_parquet, read_workbook
from sentiment.ingest.values import plain

_LARGEST: Final = 1 << 31
"""Bytes of a file that is loaded whole (JSON, workbooks, databases inside an archive)."""
_NESTED: Final = 3
"""Archives inside archives that are opened."""
_JSON: Final = re.compile(r"\s{0,1000}(?:\{\s{0,1000}[\"}]|\[\s{0,1000}[\[\]{\"\d-])")
_DAMAGE: Final = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class _Bytes:
    """Something that can be read from its beginning, more than once."""

    name: str
    open: Callable[[], BinaryIO]
    size: int
    """Bytes as it lies there; for a member of an archive, packed."""
    path: Path | None = None
    depth: int = 0
    blocks: bool = False
    compiled: bool = False

    def head(self, size: int = SAMPLE) -> bytes:
        with closing(self.open()) as stream:
            return _read_some(stream, size)

    def whole(self) -> bytes:
        with closing(self.open()) as stream:
            data = _read_some(stream, _LARGEST + 1)
        if len(data) > _LARGEST:
            raise InputError(
                f"{self.name} holds more than 2 GiB in one piece; write it as CSV or JSON lines."
            )
        return data


def _read_some(stream: BinaryIO, size: int) -> bytes:
    """Read up to ``size`` bytes, or what comes before the damage."""
    parts: list[bytes] = []
    left = size
    try:
        while left > 0 and (part := stream.read(min(left, 1 << 16))):
            parts.append(part)
            left -= len(part)
    except _DAMAGE:
        if not parts:
            raise
    return b"".join(parts)


def open_tables(
    path: Path, *, name: str | None = None, blocks: bool = False, compiled: bool = False
) -> Iterator[Table]:
    """Yield the tables of a file; what it is shows in its bytes, not in its name.

    CSV, TSV, JSON, JSON lines, xlsx, Parquet, SQLite, and any of them in gzip or zip. The tables must be
    read in order.

    Args:
        path: The file.
        name: How rows name it; its file name if left out.
        blocks: Whether stretches of plain records may come as one :class:`Block` each.
        compiled: Whether compiled loops may look for them.

    Raises:
        InputError: if the file is missing, empty or no table.
    """
    label = plain(path.name) if name is None else name
    if not path.exists():
        raise InputError(f"There is no file {path}; check the name.")
    if not path.is_file():
        raise InputError(f"{path} is not a file.")
    try:
        size = path.stat().st_size
        source = _Bytes(label, lambda: open_at_size(path, size), size, path, 0, blocks, compiled)
        for table in _tables(source):
            yield split_columns(table)
    except _DAMAGE as error:
        raise InputError(f"Cannot read {label}: {getattr(error, 'strerror', None) or error}.") from None


def _tables(source: _Bytes) -> Iterator[Table]:
    head = source.head(64)
    if not head:
        raise InputError(f"The file {source.name} is empty.")
    if head[:2] == b"\x1f\x8b":
        yield from _gzip(source)
    elif head[:4] == b"PK\x03\x04":
        yield from _zip(source)
    elif head[:16] == b"SQLite format 3\x00":
        yield from read_database(source.path or source.whole(), source.name)
    elif head[:4] == b"PAR1":
        yield read_parquet(source.path or io.BytesIO(source.whole()), source.name)
    else:
        yield from _text(source)


def _gzip(source: _Bytes) -> Iterator[Table]:
    if source.depth >= _NESTED:
        raise InputError(f"{source.name} is packed more than {_NESTED} times; unpack it first.")

    def unpacked() -> BinaryIO:
        stream = gzip.GzipFile(fileobj=source.open(), mode="rb")
        return open_unpacked(cast("BinaryIO", stream), name=source.name, packed=source.size)

    yield from _tables(replace(source, open=unpacked, path=None, depth=source.depth + 1))


def _zip(source: _Bytes) -> Iterator[Table]:
    try:
        archive = zipfile.ZipFile(source.path or io.BytesIO(source.whole()))
    except zipfile.BadZipFile:
        raise InputError(f"{source.name} is a damaged zip or Excel file; write it again.") from None
    with archive:
        check_archive(archive, source.name, source.size)
        members = [item for item in archive.infolist() if not item.is_dir()]
        if any(item.filename == "xl/workbook.xml" for item in members):
            yield from read_workbook(io.BytesIO(source.whole()), source.name, is_header=is_header)
            return
        if source.depth >= _NESTED:
            raise InputError(f"{source.name} is packed more than {_NESTED} times; unpack it first.")
        for item in members:
            if not _is_hidden(item.filename):
                yield from _member(archive, item, source)


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX", "~$")) for part in name.split("/"))


def _member(archive: zipfile.ZipFile, item: zipfile.ZipInfo, source: _Bytes) -> Iterator[Table]:
    """The tables of one packed file; one that is no table is a table without rows."""
    inner = _Bytes(
        f"{source.name}/{plain(item.filename)}",
        lambda: cast("BinaryIO", archive.open(item)),
        item.compress_size,
        None,
        source.depth + 1,
        source.blocks,
        source.compiled,
    )
    try:
        yield from _tables(inner)
    except (InputError, *_DAMAGE):
        yield Table(inner.name, (), iter(()))


def _text(source: _Bytes) -> Iterator[Table]:
    head = source.head()
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise InputError(f"{source.name} is an old Excel .xls file; save it as .xlsx or CSV.")
    if not is_text(head):
        raise InputError(f"{source.name} is no table: it is neither CSV, JSON, Excel, Parquet nor SQLite.")
    encoding = detect_encoding(head)
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    if not text[:SAMPLE].strip("\x00 \r\n\t"):
        raise InputError(f"The file {source.name} is empty.")
    if _JSON.match(text):
        yield from _json(source, encoding, text)
        return
    with _lines(source, encoding) as stream:
        yield from read_delimited(stream, source.name, is_header=is_header)


def _lines(source: _Bytes, encoding: str) -> io.TextIOWrapper | TextLines:
    if source.blocks and encoding in MIXABLE:
        return TextLines(source.open(), encoding, compiled=source.compiled)
    return text_lines(source.open(), encoding)


def _json(source: _Bytes, encoding: str, text: str) -> Iterator[Table]:
    if looks_like_lines(text):
        with _lines(source, encoding) as stream:
            yield read_lines(stream, source.name, is_record=is_record)
    else:
        whole = source.whole().decode(encoding, "replace")
        yield read_document(whole, source.name, is_record=is_record)
