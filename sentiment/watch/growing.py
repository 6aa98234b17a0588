"""New rows of files that scrapers are still writing.

A file of lines (CSV, TSV, JSON lines) is read from where the last commit left off, whole records only. Any
other file is read whole once nobody has written to it for a while; the store knows which of its posts are
new.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import file_digest, sha256
from io import StringIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from sentiment.config import IngestSettings
from sentiment.errors import InputError
from sentiment.ingest import Ingested, check_files
from sentiment.ingest.formats import is_header
from sentiment.ingest.tables import as_rows
from sentiment.ingest.tables.decode import SAMPLE, detect_encoding, is_text
from sentiment.ingest.tables.delimited import read_delimited
from sentiment.ingest.tables.objects import looks_like_lines
from sentiment.schema import POSTS, REJECTED, TIME, empty
from sentiment.store import FileState
from sentiment.store.files import COUNTED
from sentiment.store.identity import LOST
from sentiment.store.incidents import now

AT_ONCE: Final = 8 << 20
"""Bytes of lines that are taken in by one commit."""
MARK: Final = 1 << 16
"""Bytes at the beginning and the end of what was read that tell whether the file is still the same."""
AHEAD: Final = 1 << 14
"""Bytes of a file's beginning that are read again before new rows, so that their layout is told as it was."""
ASTRAY: Final = 1 << 16
"""Bytes after which an open quote is taken to be a stray one."""
FEWEST_MARKS: Final = 4
"""Delimiters a line must hold to be known as a record: a line of a post may hold one or two."""
_SOURCE: Final = re.compile(r"(.*):(\d+)((?:#.*)?)", re.S)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of a file that belong into one commit.

    Attributes:
        posts: Posts frame.
        versions: ``crawled`` and ``embedded`` of each.
        rejected: Rows that are no posts.
        generic: The table is of unknown make.
    last: Number of the last row read; 0 where there is none.
    """

    posts: pd.DataFrame
    versions: pd.DataFrame
    rejected: pd.DataFrame
    file: FileState
    generic: bool = False
    last: int = 0


@dataclass(frozen=True, slots=True)
class Reader:
    """How files are read.

    Attributes:
        salt: Secret mixed into author hashes.
        settings: Limits.
        settle: Seconds without a write after which a file counts as written.
    """

    salt: str
    settings: IngestSettings
    settle: float

    def changes(
        self, path: Path, name: str, known: FileState | None, others: Collection[FileState] = ()
    ) -> Iterator[Chunk]:
        """Yield what is new in a file, a commit's worth at a time; nothing where it is as it was.

        Args:
            path: The file.
            name: How rows name it.
            known: What the store remembers of it.
            others: What it remembers of all files: a copy of one of them brings nothing new.
        """
        try:
            status = path.stat()
        except OSError:  # gone since it was listed
            return
        looked: dict[str, Any] = {"size": status.st_size, "mtime": status.st_mtime_ns}
        if status.st_size == 0 or (known and (known.size, known.mtime) == tuple(looked.values())):
            return
        settled = time.time() - status.st_mtime >= self.settle
        state = _uncounted(known or FileState(str(path)))
        try:
            twin = None if known else _twin(path, status.st_size, others)
            if twin is not None:
                yield _nothing(replace(_uncounted(twin), path=str(path), **looked))
            elif _is_lines(path):
                yield from self._lines(path, name, state, looked, settled)
            elif settled:
                yield self._whole(path, name, replace(state, **looked))
        except InputError as error:
            yield _nothing(replace(state, **looked, error=str(error)))
        except OSError as error:
            yield _nothing(replace(state, **looked, error=f"Cannot read {name}: {error.strerror or error}."))

    def _whole(self, path: Path, name: str, state: FileState) -> Chunk:
        content = _hash_of(path)
        if content == state.content:
            return _nothing(state)
        got = self._read(path)
        return _chunk(got, name, 0, 0, replace(state, content=content, start=state.size))

    def _lines(
        self, path: Path, name: str, state: FileState, looked: dict[str, Any], settled: bool
    ) -> Iterator[Chunk]:
        size = looked["size"]
        if state.start and not _continues(path, state):
            state = replace(state, start=0, records=0, head="", tail="")
        with path.open("rb") as file:
            while True:
                file.seek(state.start)
                data = file.read(min(AT_ONCE, size - state.start))
                at_end = state.start + len(data) >= size
                end = _whole_records(data, path, patient=at_end and not settled)
                if end == 0 and not at_end:
                    data = file.read(size - state.start)
                    raise InputError(
                        f"{name} holds a record of more than {AT_ONCE >> 20} MiB at byte {state.start}."
                    )
                if end:
                    state = _advanced(path, state, end)
                    done = at_end and end == len(data)
                    chunk = self._part(path, name, data[:end], state, looked if done else {"size": -1})
                    state = _uncounted(chunk.file)
                    yield chunk
                if at_end:
                    if end < len(data) and settled:
                        yield self._rest(path, name, data[end:], state, looked)
                    return

    def _part(self, path: Path, name: str, data: bytes, state: FileState, looked: dict[str, Any]) -> Chunk:
        """Read whole records; ``state`` is already that after them, but for the number of records."""
        ahead, before = _beginning(path, state.start - len(data))
        got = self._read(path, ahead + data)
        chunk = _chunk(got, name, before, state.records - before, replace(state, **looked))
        records = chunk.last or state.records + data.count(b"\n")
        return replace(chunk, file=replace(chunk.file, records=records))

    def _rest(self, path: Path, name: str, data: bytes, state: FileState, looked: dict[str, Any]) -> Chunk:
        """Read a last record without a line end; should it grow after all, it is read again."""
        ahead, before = _beginning(path, state.start)
        got = self._read(path, ahead + data)
        return _chunk(got, name, before, state.records - before, replace(state, **looked))

    def _read(self, path: Path, data: bytes | None = None) -> Ingested:
        """Read a file or, in its place, some of its bytes."""
        if data is None:
            return check_files(path, salt=self.salt, settings=self.settings)
        with tempfile.TemporaryDirectory(prefix="sentiment-") as folder:
            copy = Path(folder) / (path.parent.name or "files") / path.name
            copy.parent.mkdir()
            copy.write_bytes(data)
            status = path.stat()
            os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
            return check_files(copy, salt=self.salt, settings=self.settings)


def _chunk(got: Ingested, name: str, before: int, shift: int, state: FileState) -> Chunk:
    """Return what was read beyond the rows read again, under its own row numbers."""
    sources = (got.posts["source"], got.rejected["source"], got.duplicates["source"])
    fresh, torn, copies = (source.map(_number).gt(before).astype("bool") for source in sources)
    posts = _numbered(got.posts[fresh].reset_index(drop=True), name, shift)
    rejected = got.rejected[torn].reset_index(drop=True)
    rejected = rejected.assign(source=_moved(rejected["source"], name, shift))
    quality = got.quality.files[0]
    file = replace(
        state,
        format=quality.format,
        error=quality.error,
        rows=len(posts) + len(rejected) + int(copies.sum()),
        accepted=len(posts),
        rejected=len(rejected),
        duplicates=int(copies.sum()),
        untimed=int(posts["created_at"].isna().sum()),
    )
    last = max((_number(one) for source in sources for one in source), default=0)
    return Chunk(
        posts=posts,
        versions=got.versions[fresh.to_numpy()].reset_index(drop=True),
        rejected=rejected,
        file=file,
        generic="generic" in quality.format,
        last=last + shift if last else 0,
    )


def _nothing(state: FileState) -> Chunk:
    return Chunk(empty(POSTS), empty({"crawled": TIME, "embedded": "bool"}), empty(REJECTED), state)


def _uncounted(state: FileState) -> FileState:
    """Return a file's state as the beginning of the next chunk's."""
    counts: dict[str, Any] = dict.fromkeys(COUNTED, 0)
    return replace(state, **counts, seen_at=now().isoformat(), error=None)


def _number(source: str) -> int:
    found = _SOURCE.fullmatch(source)
    return int(found[2]) if found else 0


def _moved(sources: pd.Series, name: str, shift: int) -> pd.Series:
    """Return row names with the file's own name and the number of the row in the whole file."""

    def moved(source: str) -> str:
        found = _SOURCE.fullmatch(source)
        return f"{name}:{int(found[2]) + shift}{found[3]}" if found else source

    return sources.map(moved).astype("str")


def _numbered(posts: pd.DataFrame, name: str, shift: int) -> pd.DataFrame:
    """Return posts with their sources moved; ids that the reader made of a source are made of the new one."""
    sources = _moved(posts["source"], name, shift)
    lost = posts["post_id"].str.fullmatch(LOST).to_numpy(dtype=bool)
    if not lost.any():
        return posts.assign(source=sources)
    ids = posts["post_id"].copy()
    ids[lost] = [f"row-{sha256(source.encode()).hexdigest()[:16]}" for source in sources[lost]]
    groups = posts["dup_group"].map(dict(zip(posts["post_id"], ids, strict=True))).fillna(posts["dup_group"])
    return posts.assign(source=sources, post_id=ids, dup_group=groups.astype("str"))


def _is_lines(path: Path) -> bool:
    """Return whether a file grows line by line: CSV, TSV or JSON lines in a one-byte or UTF-8 encoding."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if head[:2] == b"\x1f\x8b" or head[:4] in (b"PK\x03\x04", b"PAR1", b"SQLi") or not is_text(head):
        return False
    encoding = detect_encoding(head)
    if encoding.startswith(("utf-16", "utf-32")):
        return False
    text = head.decode(encoding, "replace").lstrip("\ufeff \r\n\t")
    return looks_like_lines(text) if text.startswith("{") else not text.startswith("[")


def _is_json(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")


def _whole_records(data: bytes, path: Path, *, patient: bool) -> int:
    """Return how many of the bytes are whole records.

    A line break inside quotes ends no CSV record. An open quote is a stray one where a line after it makes a
    whole record, and after 64 KiB; otherwise it is waited for while the file is being written.
    """
    last = data.rfind(b"\n") + 1
    if last == 0 or _is_json(path):
        return last
    with path.open("rb") as file:
        header = file.readline(SAMPLE)
    mark = max((b",", b"\t", b";", b"|"), key=header.count)
    end = _closed(data, 0)
    while end < last and (line := _record_after(data, end, mark, header.count(mark))):
        end = max(_closed(data, line), line)
    return end if patient and len(data) - end < ASTRAY else last


def _closed(data: bytes, start: int) -> int:
    """Return where the last line ends, from a place on, at which no quote is open; else the place."""
    cells = np.frombuffer(data, dtype=np.uint8)[start:]
    breaks = np.flatnonzero(cells == 10)
    closed = breaks[np.cumsum(cells == 34)[breaks] % 2 == 0]
    return start + int(closed[-1]) + 1 if len(closed) else start


def _record_after(data: bytes, end: int, mark: bytes, width: int) -> int:
    """Return where a line of so many delimiters begins after the line at ``end``; 0 where there is none."""
    start = data.find(b"\n", end) + 1
    while width >= FEWEST_MARKS and start and (stop := data.find(b"\n", start) + 1):
        if data.count(mark, start, stop) >= width:
            return start
        start = stop
    return 0


def _advanced(path: Path, state: FileState, size: int) -> FileState:
    """Return the state after so many more bytes of records, counts aside."""
    start = state.start + size
    head, tail = _marks(path, start)
    return replace(state, start=start, head=head, tail=tail)


def _continues(path: Path, state: FileState) -> bool:
    """Return whether a file still begins with what was read of it."""
    return path.stat().st_size >= state.start and _marks(path, state.start) == (state.head, state.tail)


def _marks(path: Path, start: int) -> tuple[str, str]:
    """Return hashes of the first and the last bytes before a place."""
    with path.open("rb") as file:
        head = file.read(min(MARK, start))
        file.seek(max(0, start - MARK))
        tail = file.read(min(MARK, start))
    return sha256(head).hexdigest(), sha256(tail).hexdigest()


def _twin(path: Path, size: int, others: Iterable[FileState]) -> FileState | None:
    """Return the file that a new one is a copy of, byte for byte."""
    for other in others:
        if other.start != size:
            continue
        if (
            other.content == _hash_of(path)
            if other.content
            else _marks(path, size) == (other.head, other.tail)
        ):
            return other
    return None


def _beginning(path: Path, begin: int) -> tuple[bytes, int]:
    """Return the first records of a file up to where new ones begin, and how many they are."""
    if begin == 0:
        return b"", 0
    with path.open("rb") as file:
        data = file.read(min(AHEAD, begin))
    if _is_json(path):
        data = data[: data.rfind(b"\n") + 1]
        return data, data.count(b"\n")
    end = _whole_records(data, path, patient=True) or begin
    if end > len(data):  # the first record alone is longer than what was read
        with path.open("rb") as file:
            data = file.read(begin)
        end = _whole_records(data, path, patient=True)
    return data[:end], _records(data[:end])


def _records(data: bytes) -> int:
    """Return the number that the reader gives the last record of these bytes of a CSV file."""
    text = data.decode(detect_encoding(data), "replace").lstrip("\ufeff")
    last = [
        _number(row.source)
        for table in read_delimited(StringIO(text), "x", is_header=is_header)
        for row in as_rows(table.rows)
    ]
    return max(last, default=text.count("\n"))


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
