"""JSON documents and JSON lines to rows, wherever the posts are nested."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TextIO

from sentiment.errors import InputError
from sentiment.ingest.tables.block import Stretch, as_rows
from sentiment.ingest.tables.decode import TextLines
from sentiment.ingest.tables.lines import read_flat_lines
from sentiment.ingest.tables.records import read_records
from sentiment.ingest.tables.row import RAW_LIMIT, Row, Table, as_json

Object = dict[str, object]

_DEEPEST: Final = 12
"""Levels of nesting in which records are looked for."""
_WRAPPERS: Final = (
    "data",
    "cards",
    "card_group",
    "statuses",
    "weibo",
    "list",
    "items",
    "results",
    "records",
    "rows",
)
_ORIGINALS: Final = ("retweeted_status", "retweet", "origin_weibo")
_SOURCE_COLUMN: Final = "源微博"
_BETWEEN: Final = re.compile(r"\}\s{0,200},\s{0,200}(?=\{)")
_SPACE: Final = re.compile(r"[\s,\ufeff\]\x00]*")
_DECODER: Final = json.JSONDecoder(strict=False)
_LONGEST: Final = 16 << 20
"""Characters of a line that are read at once; a longer one falls to pieces, and they are rejected."""
_STRETCHES: Final = (4 << 20, 1 << 18)
"""Bytes of lines that are tried as one stretch of flat objects; compiled loops try the larger one first."""
_JOINED: Final = 20
"""Broken lines that are tried together as one object."""
_BROKEN: Final = (ValueError, RecursionError)


def parse(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Read JSON text, control characters inside strings allowed.

    Raises:
        ValueError: if it is no JSON (RecursionError: if it is nested beyond reason).
    """
    return _DECODER.decode(text)


def looks_like_lines(text: str) -> bool:
    """Tell whether text is JSON lines: one of its first lines is a whole object."""
    lines = [line for line in text.lstrip("\ufeff").split("\n")[:_JOINED] if line.strip()]
    return any(_is_object_line(line) for line in lines) and not text.lstrip("\ufeff \r\n\t").startswith("[")


def _is_object_line(line: str) -> bool:
    if not line.lstrip("\ufeff \t").startswith("{"):
        return False
    try:
        return isinstance(parse(line.strip("\ufeff \r\n\t")), dict)
    except _BROKEN:
        return False


def read_lines(
    stream: TextIO | TextLines, name: str, *, is_record: Callable[[Mapping[str, object]], bool]
) -> Table:
    """Return the rows of a JSON-lines file, read as they are asked for."""
    return Table(name, (), _lines(stream, name, is_record))


def _lines(
    stream: TextIO | TextLines, name: str, is_record: Callable[[Mapping[str, object]], bool]
) -> Iterator[Row | Stretch]:
    torn: list[tuple[int, str]] = []
    lines = _Numbered(stream)
    while True:
        if not torn and (records := lines.records(name)) is not None:
            yield records
            continue
        number, line = lines.next()
        if number < 0:
            yield Row(f"{name}:{-number}", None, "", line)
            break
        if not line:
            break
        found = _parse_line(line, torn)
        if found is None:
            if not line.strip("\ufeff \r\n\t\x00"):
                yield Row(f"{name}:{number}", None, "", "blank row")
            else:
                torn.append((number, line))
            continue
        at = number
        if len(found) == 2:  # the lines waiting and this one are one object
            at, torn = torn[0][0], []
        yield from _torn_rows(torn, name)
        torn = []
        yield from _of_document(found[0], f"{name}:{at}", is_record, numbered=False)
    yield from _torn_rows(torn, name)


class _Numbered:
    """The lines of a stream, numbered."""

    def __init__(self, stream: TextIO | TextLines) -> None:
        self.stream = stream
        self.number = 0
        self._sought = [0] * len(_STRETCHES)
        """Up to which byte of the stream no lines of one layout of each size are looked for."""
        self._tried = 0
        """Up to which byte of the stream no records are looked for."""
        self._pause = 1
        """Stretches without records after which they are looked for again; doubled each time."""

    def next(self) -> tuple[int, str]:
        """The next line, empty at the end; minus its number and the damage where the file is damaged."""
        try:
            line = self.stream.readline(_LONGEST)
        except InputError:
            raise
        except (OSError, EOFError, ValueError) as error:
            return -(self.number + 1), f"the file is damaged from here: {error}"
        self.number += 1
        return self.number, line

    def records(self, name: str) -> Stretch | None:
        """The flat objects that follow, None if what follows is anything else."""
        if not isinstance(self.stream, TextLines):
            return None
        return self._flat(self.stream, name) or self._objects(self.stream, name)

    def _flat(self, stream: TextLines, name: str) -> Stretch | None:
        for n, size in enumerate(_STRETCHES if stream.compiled else ()):
            if stream.position >= self._sought[n]:
                data = stream.ahead(size)
                found = read_flat_lines(data, name, number=self.number + 1, sound=stream.sound)
                if found is not None:
                    return self._given(stream, data, found)
                self._sought[n] = stream.position + max(len(data), 1)
        return None

    def _objects(self, stream: TextLines, name: str) -> Stretch | None:
        if stream.position < self._tried:
            return None
        data = stream.ahead(_STRETCHES[-1])
        found = read_records(data, name, number=self.number + 1)
        if found is None:
            self._tried = stream.position + max(len(data), 1) * self._pause
            self._pause *= 2
            return None
        self._pause = 1
        return self._given(stream, data, found)

    def _given(self, stream: TextLines, data: bytes, found: Stretch) -> Stretch:
        stream.skip(len(data))
        self.number += len(found)
        return found


def _parse_line(line: str, torn: list[tuple[int, str]]) -> tuple[Any] | tuple[Any, bool] | None:
    text = line.strip("\ufeff \r\n\t\x00")
    try:
        return (parse(text),)
    except _BROKEN:
        pass
    if torn and len(torn) < _JOINED:
        try:
            return parse("".join(part for _, part in torn) + line), True
        except _BROKEN:
            pass
    return None


def _torn_rows(torn: list[tuple[int, str]], name: str) -> Iterator[Row]:
    for number, line in torn:
        yield Row(f"{name}:{number}", None, line.strip()[:RAW_LIMIT], "broken JSON")


def read_document(text: str, name: str, *, is_record: Callable[[Mapping[str, object]], bool]) -> Table:
    """Return the rows of a JSON document; one that is cut off or broken gives what can be saved."""
    text = text.lstrip("\ufeff \r\n\t")
    try:
        document = parse(text)
    except _BROKEN:
        return Table(name, (), _saved(text, name, is_record))
    return Table(name, (), _of_document(document, name, is_record, numbered=True))


def _saved(text: str, name: str, is_record: Callable[[Mapping[str, object]], bool]) -> Iterator[Row]:
    """Read object after object from broken text; what lies between two of them is one rejected row."""
    number, at = 0, _start(text)
    while at < len(text):
        number += 1
        try:
            item, end = _DECODER.raw_decode(text, at)
            yield from _of_document(item, f"{name}:{number}", is_record, numbered=False)
        except _BROKEN:
            gap = _BETWEEN.search(text, at)
            end = gap.end() if gap is not None else len(text)
            yield Row(f"{name}:{number}", None, text[at : at + RAW_LIMIT], "broken JSON")
        at = _skip(text, max(end, at + 1))


def _start(text: str) -> int:
    """Where the first record begins: after the first list's bracket, or the text's beginning."""
    try:
        _DECODER.raw_decode(text)
        return 0
    except _BROKEN:
        match = re.search(r"\[\s{0,200}(?=\{)", text[:100_000])
        return match.end() if match is not None else 0


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match is not None else at


def _of_document(
    document: object, source: str, is_record: Callable[[Mapping[str, object]], bool], *, numbered: bool
) -> Iterator[Row]:
    records = _records(document, is_record)
    for n, item in enumerate(records, start=1):
        place = f"{source}:{n}" if numbered else source if len(records) == 1 else f"{source}.{n}"
        if isinstance(item, dict):
            yield from with_embedded(Row(place, _clean_keys(item)))
        else:
            yield Row(place, None, as_json({"value": item})[:RAW_LIMIT], "not an object")


def _records(document: object, is_record: Callable[[Mapping[str, object]], bool]) -> list[object]:
    """The posts of a document; if none is recognised, its objects as they are."""
    found = _find(document, is_record, 0)
    if found:
        return found
    if isinstance(document, list):
        return list(document)
    return [document] if document != {} else []


def _find(node: object, is_record: Callable[[Mapping[str, object]], bool], depth: int) -> list[object]:
    if depth > _DEEPEST:
        return []
    if isinstance(node, list):
        return _find_in_list(node, is_record, depth)
    if not isinstance(node, dict):
        return []
    inner = [node[key] for key in _WRAPPERS if isinstance(node.get(key), list | dict)]
    if isinstance(node.get("mblog"), dict):
        return [node["mblog"]]
    found = [item for child in inner for item in _find(child, is_record, depth + 1)]
    if found:
        return found
    if is_record(node):
        return [node]
    others = [value for key, value in node.items() if isinstance(value, list | dict) and key not in _WRAPPERS]
    return [item for child in others for item in _find(child, is_record, depth + 1)]


def _find_in_list(
    items: list[object], is_record: Callable[[Mapping[str, object]], bool], depth: int
) -> list[object]:
    found: list[object] = []
    strays: list[object] = []
    for item in items:
        inner = _find(item, is_record, depth + 1)
        found.extend(inner)
        if inner and strays:
            found[-len(inner) : -len(inner)] = strays
            strays = []
        if not inner and not isinstance(item, list | dict):
            strays.append(item)
    return found + strays if found else []


def _clean_keys(item: Object) -> Object:
    """Column names without the byte-order mark that a CSV-to-JSON converter left in the first."""
    if any(type(key) is not str or key[:1] in "\ufeff " for key in list(item)[:1]):
        return {str(key).strip("\ufeff "): value for key, value in item.items()}
    return item


def with_embedded(row: Row) -> Iterator[Row]:
    """Yield a row, the original it reposts and the comments it carries as rows of their own.

    >>> [r.source for r in with_embedded(Row("a:1", {"text": "转", "retweet": {"text": "原"}}))]
    ['a:1', 'a:1#retweet']
    """
    yield row
    values = row.values
    if values is None:
        return
    for key in _ORIGINALS:
        original = values.get(key)
        if isinstance(original, dict) and original:
            yield Row(f"{row.source}#retweet", original, part="retweet")
    original = _source_columns(values)
    if original:
        yield Row(f"{row.source}#retweet", original, part="retweet")
    comments = values.get("comments")
    if isinstance(comments, list):
        root = values.get("id")
        items = [item for item in comments if isinstance(item, dict)]
        for n, item in enumerate(items, start=1):
            yield Row(f"{row.source}#comment{n}", {"root_id": root, **item}, part="comment")


def split_columns(table: Table) -> Table:
    """Return a table whose ``源微博…`` columns, if it has them, become rows of their own."""
    if f"{_SOURCE_COLUMN}正文" not in table.columns:
        return table
    rows = as_rows(table.rows)
    return Table(table.name, table.columns, (part for row in rows for part in with_embedded(row)))


def _source_columns(values: Mapping[str, object]) -> Object:
    """The reposted original in weibo-crawler's ``源微博…`` columns, under its own names."""
    if not (values.get("源微博正文") or values.get("源微博id")):
        return {}
    original: Object = {
        key[len(_SOURCE_COLUMN) :]: value for key, value in values.items() if key.startswith(_SOURCE_COLUMN)
    }
    return {**original, "user_id": values.get("源用户id"), "nickname": values.get("源用户昵称")}
