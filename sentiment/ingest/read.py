"""Files of any scraper, or a frame, to posts, rejected rows and a verdict on their quality."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib import resources
from itertools import chain, islice
from pathlib import Path
from typing import Final, cast

import pandas as pd

from sentiment.config import IngestSettings
from sentiment.errors import InputError
from sentiment.ingest.columns import convert_blocks, wanted_columns
from sentiment.ingest.convert import Converted, Spec, convert, own_layout
from sentiment.ingest.formats import Detection, Layout, detect, layout_named
from sentiment.ingest.formats.detect import NOT_POSTS
from sentiment.ingest.ingested import Ingested, ingest
from sentiment.ingest.passes import FirstPass
from sentiment.ingest.paths import Paths, file_time, keyword_of, list_files, name_files
from sentiment.ingest.quality import FileQuality
from sentiment.ingest.tables import (
    Lines,
    Records,
    Row,
    Stretch,
    Table,
    as_rows,
    distinct_names,
    open_tables,
    size_of,
)
from sentiment.ingest.trust import OUTSIDE
from sentiment.ingest.values import parse_time
from sentiment.schema import ZONE
from sentiment.text.block.compiling import can_compile

CHUNK: Final = 100_000
"""Posts of a part."""
READ_AT_ONCE: Final = 50_000
"""Rows that are converted at once."""
_LARGE: Final = 64 << 20
"""Characters of rows that are converted at once, if fewer rows hold them."""
Items = list[Row | Stretch]
_LOOPS_FROM: Final = 8 << 20
"""Bytes of files from which loading compiled loops is sooner than doing without."""
_PACKED: Final = frozenset([".gz", ".zip", ".xlsx", ".xlsm", ".parquet", ".pq"])
_PACKED_TIMES: Final = 4
"""Times its size that a packed file is reckoned as."""
_LOOKED_AT: Final = 500
"""Rows by which a table's layout is told."""
TABLES: Final = frozenset(
    [
        ".csv",
        ".tsv",
        ".txt",
        ".json",
        ".jsonl",
        ".ndjson",
        ".xlsx",
        ".xlsm",
        ".parquet",
        ".pq",
        ".db",
        ".sqlite",
        ".sqlite3",
        ".gz",
        ".zip",
    ]
)
"""Endings of the files that are read in a folder."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the caller wants, read once."""

    format: str | None
    clock: pd.Timestamp | None
    salt: str
    since: pd.Timestamp | None
    until: pd.Timestamp | None
    settings: IngestSettings
    progress: Callable[[int], None] | None
    compiled: bool = False

    def told(self) -> dict[str, str]:
        """Return what was asked for, times with their zone."""
        times = {"clock": self.clock, "since": self.since, "until": self.until}
        given = {name: at.isoformat() for name, at in times.items() if at is not None}
        return {**({"format": self.format} if self.format else {}), **given}


@dataclass(slots=True)
class _Reading:
    """What has been read so far; one number an input row keeps everything in input order."""

    first: FirstPass
    files: list[FileQuality] = field(default_factory=list)
    rows: int = 0


def read_posts(
    paths: Paths | pd.DataFrame,
    *,
    format: str | None = None,
    clock: datetime | str | None = None,
    salt: str | None = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    settings: IngestSettings = IngestSettings(),  # noqa: B008 - frozen
    progress: Callable[[int], None] | None = None,
) -> Ingested:
    """Read scraped posts: files, folders (recursive), globs, or a DataFrame.

    CSV, TSV, JSON, JSON lines, Excel, Parquet and SQLite, packed or not; the scraper is told by its columns.
    One unreadable file among several is listed in ``.quality`` and the run goes on.

    Args:
        paths: A path, several, or a frame with a text column.
        format: The layout's name (``weibo-search``, ``mediacrawler.weibo.contents``, …, ``generic``) where
            it should not be found out.
        clock: When the files were crawled, for ``3分钟前`` in rows without a crawl time of their own; else
            the file's time is taken and the post marked ``time_guessed``.
        salt: Secret mixed into author hashes; pass one before you hand results on (:func:`salt_beside`).
        since: First moment to keep; posts without a time are kept.
        until: Last moment to keep; a bare date means the whole day.
        settings: Limits.
        progress: Called with the number of rows read so far.

    Returns:
        Posts, rejected rows, duplicates and quality; accepted + rejected + duplicates = rows read.

    Raises:
        InputError: if no file can be read or none holds posts.
        ConfigError: if ``format`` is unknown.

    >>> read_posts(pd.DataFrame({"内容": ["又崩了"], "时间": ["2025-04-11 17:05"]})).posts.loc[0, "text"]
    '又崩了'
    """
    got = check_files(
        paths,
        format=format,
        clock=clock,
        salt=salt,
        since=since,
        until=until,
        settings=settings,
        progress=progress,
    )
    without = tuple(file for file in got.quality.files if file.format == NOT_POSTS)
    if all(file.format == NOT_POSTS or file.error for file in got.quality.files) and without:
        raise InputError(_no_posts(without))
    return got


def check_files(
    paths: Paths | pd.DataFrame,
    *,
    format: str | None = None,
    clock: datetime | str | None = None,
    salt: str | None = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    settings: IngestSettings = IngestSettings(),  # noqa: B008 - frozen
    progress: Callable[[int], None] | None = None,
) -> Ingested:
    """Read like :func:`read_posts`, but let files without posts pass: what ``sentiment check`` shows.

    Raises:
        InputError: if no file can be read.
        ConfigError: if ``format`` is unknown.

    >>> check_files(pd.DataFrame({"fans": [3], "nickname": ["小王"]})).quality.files[0].format
    'not posts'
    """
    asked = _ask(format, clock, salt, since, until, settings, progress)
    files = [] if isinstance(paths, pd.DataFrame) else list(list_files(paths))
    compiled = _size_of(files) >= _LOOPS_FROM and can_compile()
    reading = _Reading(FirstPass(most=CHUNK, compiled=compiled))
    if isinstance(paths, pd.DataFrame):
        _read_frame(paths, asked, reading)
    else:
        _read_files(files, replace(asked, compiled=compiled), reading)
    return ingest(reading.first, reading.files, reading.rows, asked.told())


def read_part(
    frame: pd.DataFrame,
    *,
    format: str,
    clock: datetime | str | None = None,
    salt: str | None = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    settings: IngestSettings = IngestSettings(),  # noqa: B008 - frozen
) -> FirstPass:
    """Read a part of a larger table: rows set aside, copies not yet looked for (they may lie in other parts).

    Arguments and errors are those of :func:`check_files`. ``frame.attrs["first_row"]`` is the number of the
    first row in the whole table.

    >>> frame = pd.DataFrame({"text": ["又崩了", ""]})
    >>> frame.attrs["first_row"] = 41
    >>> first = read_part(frame, format="generic")
    >>> next(first.posts.read())["source"].tolist(), dict(first.reasons)
    (['frame:41'], {'no text': 1})
    """
    asked = _ask(format, clock, salt, since, until, settings, None)
    reading = _Reading(FirstPass(most=CHUNK))
    _read_frame(frame, asked, reading)
    return reading.first


def _ask(
    format: str | None,
    clock: datetime | str | None,
    salt: str | None,
    since: datetime | str | None,
    until: datetime | str | None,
    settings: IngestSettings,
    progress: Callable[[int], None] | None,
) -> _Asked:
    if format not in (None, "generic"):
        layout_named(format)
    window = _moment(since, "since"), _moment(until, "until", end=True)
    return _Asked(format, _moment(clock, "clock"), salt or "", *window, settings, progress)


def sample_posts() -> Ingested:
    """Return the 500 posts that come with the package, so that everything can be tried without a file.

    >>> len(sample_posts()) > 0
    True
    """
    with resources.as_file(resources.files("sentiment") / "resources" / "sample_posts.csv") as path:
        return read_posts(path, format="weibo-search", clock="2026-04-01")


def _moment(value: datetime | str | None, name: str, *, end: bool = False) -> pd.Timestamp | None:
    if value is None:
        return None
    read = parse_time(value)
    if read is None:
        raise InputError(f"Cannot read {name}={value!r} as a time; write it like 2025-04-11 17:05.")
    moment = pd.Timestamp(read).tz_convert(ZONE)
    bare = end and isinstance(value, str) and ":" not in value and moment == moment.normalize()
    return moment + pd.Timedelta(days=1) - pd.Timedelta(1, "ns") if bare else moment


def _size_of(paths: list[Path]) -> int:
    """Bytes of files, those of packed ones reckoned."""
    sizes = ((path, path.stat().st_size) for path in paths if path.is_file())
    return sum(size * (_PACKED_TIMES if path.suffix.lower() in _PACKED else 1) for path, size in sizes)


def _read_files(paths: list[Path], asked: _Asked, reading: _Reading) -> None:
    for path, name in zip(paths, name_files(paths), strict=True):
        if len(paths) > 1 and path.is_file() and path.suffix.lower() not in TABLES:
            reading.files.append(
                FileQuality(name, format_reason=f"not a table file ({path.suffix or 'no suffix'})")
            )
            continue
        try:
            _read_file(path, name, asked, reading)
        except InputError as error:
            reading.files.append(FileQuality(name, format="unreadable", error=str(error), path=path))
    if all(file.error and not file.rows for file in reading.files):
        raise InputError(_unreadable(reading.files))


def _unreadable(files: list[FileQuality]) -> str:
    first = str(files[0].error)
    return first if len(files) == 1 else f"None of the {len(files)} files can be read; the first: {first}"


def _no_posts(files: tuple[FileQuality, ...]) -> str:
    file = files[0]
    if len(files) > 1:
        return f"None of the {len(files)} files holds posts; the first, {file.file}: {file.format_reason}."
    way_out = "Name the text column 内容 or text, or pass format=."
    return f"{file.file} holds no posts: {file.format_reason}. {way_out}"


def _read_file(path: Path, name: str, asked: _Asked, reading: _Reading) -> None:
    spec = Spec(
        asked.salt, asked.clock, file_time(path), keyword_of(path), asked.settings.max_text, asked.compiled
    )
    tables = open_tables(path, name=name, blocks=True, compiled=asked.compiled)
    _read_tables(tables, name, spec, asked, reading)
    reading.files[-1] = replace(reading.files[-1], path=path)


def _read_frame(frame: pd.DataFrame, asked: _Asked, reading: _Reading) -> None:
    columns = distinct_names([str(name) for name in frame.columns])
    # a part of a table on a cluster knows what it is of and where it stands
    name, first = str(frame.attrs.get("source", "frame")), int(frame.attrs.get("first_row", 1))
    table = Table(name, columns, _frame_rows(frame, columns, name, first))
    spec = Spec(asked.salt, asked.clock, None, "", asked.settings.max_text)
    _read_tables(iter([table]), name, spec, asked, reading)


def _frame_rows(frame: pd.DataFrame, columns: tuple[str, ...], name: str, first: int) -> Iterator[Row]:
    objects = [frame.iloc[:, n].astype(object) for n in range(len(columns))]
    cells = zip(*(column.where(column.notna(), None).tolist() for column in objects), strict=True)
    for n, row in enumerate(cells, start=first):
        yield Row(f"{name}:{n}", dict(zip(columns, row, strict=True)))


def _read_tables(tables: Iterator[Table], name: str, spec: Spec, asked: _Asked, reading: _Reading) -> None:
    """Read one file's tables; what was read before a file turns out damaged is kept."""
    found: list[Detection] = []
    skipped: list[str] = []
    before = reading.rows
    error: str | None = None
    try:
        for table in tables:
            chunks = _chunks(table.rows)
            rows = next(chunks, [])
            found.append(_detect(rows, table.columns, asked.format))
            if found[-1].layout is None:
                skipped.append(table.name)
            else:
                table.wanted.update(wanted_columns(found[-1].layout))
                _read_table(chain([rows], chunks), table.columns, found[-1].layout, spec, asked, reading)
    except InputError as trouble:
        if reading.rows == before:
            raise
        error = str(trouble)
    if not found:
        raise InputError(f"{name} holds no table: it is empty or has no header.")
    reading.files.append(_summary(name, found, skipped, reading.rows - before, error))


def _summary(
    name: str, found: list[Detection], skipped: list[str], rows: int, error: str | None
) -> FileQuality:
    good = [one for one in found if one.layout is not None]
    chosen = good or found[:1]
    formats = dict.fromkeys(one.layout.name if one.layout else NOT_POSTS for one in chosen)
    reasons = dict.fromkeys(one.reason for one in chosen)
    return FileQuality(
        name, " + ".join(formats), "; ".join(reasons), rows, skipped=tuple(skipped), error=error
    )  # fmt: skip


def _read_table(
    chunks: Iterator[Items],
    columns: tuple[str, ...],
    layout: Layout,
    spec: Spec,
    asked: _Asked,
    reading: _Reading,
) -> None:
    if not layout.name.startswith("weibo-search"):
        spec = replace(spec, keyword="")
    for rows in chunks:
        got = _converted(rows, layout, columns, spec, asked, reading.rows)
        reading.first.add(_within(got, asked), len(reading.files))
        reading.rows += _count(rows)
        if asked.progress is not None and rows:
            asked.progress(reading.rows)


def _converted(
    items: Items, layout: Layout, columns: tuple[str, ...], spec: Spec, asked: _Asked, first: int
) -> Converted:
    """Convert column by column where the table came in blocks, else, or if that fails, row by row."""
    own = _one_layout(items, layout) if not columns and asked.format is None else layout
    if own is not None and any(not isinstance(item, Row) for item in items):
        got = convert_blocks(items, own, columns, spec, first=first)
        if got is not None:
            return got
    rows = list(as_rows(items))
    return convert(rows, layout, columns, spec, first=first, mixed=asked.format is None)


def _one_layout(items: Items, layout: Layout) -> Layout | None:
    """The layout of JSON rows by their own columns, None if they have several."""
    found: dict[str, Layout] = {}
    for item in items:
        if isinstance(item, Records | Lines):
            found |= {one.name: one for one in (own_layout(keys, layout) for keys in item.layouts())}
        elif isinstance(item, Row) and item.values is not None and item.problem is None:
            one = own_layout(tuple(item.values), layout)
            found[one.name] = one
    return next(iter(found.values())) if len(found) == 1 else None


def _count(items: Items) -> int:
    return sum(len(item) if not isinstance(item, Row) else 1 for item in items)


def _chunks(items: Iterator[Row | Stretch]) -> Iterator[Items]:
    """Rows that are converted at once: a bounded number, and fewer where they are large."""
    chunk = _Chunk()
    for item in items:
        rest: Row | Stretch | None = item
        while rest is not None:
            rest = chunk.add(rest)
            if chunk.full:
                yield chunk.items
                chunk = _Chunk()
    if chunk.items:
        yield chunk.items


class _Chunk:
    """Rows and stretches that come together until they are enough."""

    def __init__(self) -> None:
        self.items: Items = []
        self.full = False
        self._rows = 0
        self._size = 0
        self._counted = False
        """Whether the size is counted row by row; else it is what stretches hold at most."""

    def add(self, item: Row | Stretch) -> Stretch | None:
        """Take in rows; return those that are too many."""
        if isinstance(item, Row):
            self._take(item, 1, size_of(item))
            return None
        part = item.part(0, READ_AT_ONCE - self._rows)
        size = part.size
        if self._size + size >= _LARGE:
            self._count()
            size = _counted_size(part)
        if self._size + size >= _LARGE:
            part, size = _until(part, _LARGE - self._size)
        self._take(part, len(part), size)
        return item.part(len(part), len(item)) if len(part) < len(item) else None

    def _take(self, item: Row | Stretch, rows: int, size: int) -> None:
        self.items.append(item)
        self._rows += rows
        self._size += size
        self.full = self._rows >= READ_AT_ONCE or self._size >= _LARGE

    def _count(self) -> None:
        if not self._counted:
            self._size = sum(map(_counted_size, self.items))
            self._counted = True


def _counted_size(item: Row | Stretch) -> int:
    return size_of(item) if isinstance(item, Row) else sum(map(size_of, item.rows()))


def _until(part: Stretch, size: int) -> tuple[Stretch, int]:
    """As many of some rows as reach a size, and what size that is."""
    reached = 0
    for n, row in enumerate(part.rows(), start=1):
        reached += size_of(row)
        if reached >= size:
            return part.part(0, n), reached
    return part, reached


def _detect(items: Items, columns: tuple[str, ...], format: str | None) -> Detection:
    rows = islice(as_rows(items), _LOOKED_AT * 4)
    sound = [row for row in rows if row.values is not None and row.problem is None][:_LOOKED_AT]
    values = [cast("dict[str, object]", row.values) for row in sound]
    if columns:
        return detect(values, columns, format=format)
    own = [cast("dict[str, object]", row.values) for row in sound if not row.part]
    merged = tuple(dict.fromkeys(key for row in own[:50] for key in row))
    return detect(values, merged, format=format)


def _within(got: Converted, asked: _Asked) -> Converted:
    """Reject posts outside the asked window; posts without a time stay."""
    at = got.posts["created_at"]
    out = pd.Series(False, index=at.index)
    if asked.since is not None:
        out |= at < asked.since
    if asked.until is not None:
        out |= at > asked.until
    if not out.any():
        return got
    away = got.posts[out]
    lines = away.assign(
        reason=pd.Series(OUTSIDE, index=away.index, dtype="str"), raw=away["text"].str.slice(0, 2000)
    )
    rejected = pd.concat([got.rejected, lines[["source", "reason", "raw", "order"]]], ignore_index=True)
    return Converted(got.posts[~out], rejected.sort_values("order", ignore_index=True))
