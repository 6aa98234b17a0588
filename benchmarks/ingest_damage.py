"""Valid files of invented posts in every container, damaged at random, and what must hold after reading."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sentiment.errors import InputError
from sentiment.ingest import Ingested, check_files

Rows = list[dict[str, Any]]
TEXTS = (
    "付不了款",
    '他说"打不开"，',
    "一行\n两行",
    "闪退😡",
    "等了1,2个小时",
    "<br>又崩了&amp;",
    "'=1+1",
    "，，，卡",
)
_NUMBER = re.compile(r"第(\d+)号")


def search_rows(rng: np.random.Generator, first: int) -> Rows:
    """Return rows in the columns of weibo-search."""
    return [
        {"id": str(5150000000000000 + n), "bid": f"P{n}", "user_id": str(1000 + n), "用户昵称": f"网友{n}",
         "微博正文": f"第{n}号{text}", "艾特用户": "", "转发数": "0", "点赞数": "1.2万",
         "发布时间": f"2025-04-11 17:{n % 60:02d}", "ip": "上海"}
        for n, text in _numbered(rng, first)
    ]  # fmt: skip


def media_rows(rng: np.random.Generator, first: int) -> Rows:
    """Return rows in the columns of MediaCrawler's Weibo posts."""
    return [
        {"note_id": str(5150000000000000 + n), "content": f"第{n}号{text}", "create_time": 1744391100,
         "create_date_time": f"2025-04-11 17:{n % 60:02d}:00+08:00", "liked_count": "3", "shared_count": "",
         "last_modify_ts": 1744370000000, "creator_hash": f"c{n:015d}", "nickname": "某***友"}
        for n, text in _numbered(rng, first)
    ]  # fmt: skip


def _numbered(rng: np.random.Generator, first: int) -> list[tuple[int, str]]:
    return [(first + n, TEXTS[int(rng.integers(len(TEXTS)))]) for n in range(int(rng.integers(1, 12)))]


def as_csv(rows: Rows) -> bytes:
    """Write rows as a CSV with a mark, as most scrapers do."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return ("\ufeff" + out.getvalue()).encode()


def as_lines(rows: Rows) -> bytes:
    """Write rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_workbook(rows: Rows) -> bytes:
    """Write rows as an Excel workbook."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_parquet(rows: Rows) -> bytes:
    """Write rows as a Parquet file."""
    out = io.BytesIO()
    pd.DataFrame(rows).to_parquet(out)
    return out.getvalue()


def as_database(rows: Rows) -> bytes:
    """Write rows as a SQLite database."""
    connection = sqlite3.connect(":memory:")
    names = ", ".join(f'"{name}" TEXT' for name in rows[0])
    connection.execute(f"CREATE TABLE weibo_note ({names})")
    marks = ", ".join("?" * len(rows[0]))
    connection.executemany(f"INSERT INTO weibo_note VALUES ({marks})", [tuple(row.values()) for row in rows])
    connection.commit()
    data = connection.serialize()
    connection.close()
    return data


def as_zip(rows: Rows) -> bytes:
    """Write rows as a CSV in a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", as_csv(rows))
    return out.getvalue()


CONTAINERS: dict[str, tuple[Callable[[Rows], bytes], Callable[[np.random.Generator, int], Rows]]] = {
    "a.csv": (as_csv, search_rows),
    "b.csv": (as_csv, media_rows),
    "gb.csv": (lambda rows: as_csv(rows).decode("utf-8-sig").encode("gb18030"), search_rows),
    "wide.csv": (lambda rows: as_csv(rows).decode("utf-8-sig").encode("utf-16"), search_rows),
    "a.jsonl": (as_lines, media_rows),
    "a.json": (lambda rows: json.dumps(rows, ensure_ascii=False, indent=1).encode(), media_rows),
    "nested.json": (lambda rows: json.dumps({"user": {"id": 1}, "weibo": rows}).encode(), media_rows),
    "a.xlsx": (as_workbook, media_rows),
    "a.db": (as_database, media_rows),
    "a.parquet": (as_parquet, media_rows),
    "a.csv.gz": (lambda rows: gzip.compress(as_csv(rows), mtime=0), search_rows),
    "a.zip": (as_zip, search_rows),
}
"""Every container with how it is written and the rows it holds."""

Damage = Callable[[bytes, np.random.Generator], bytes]


def _at(data: bytes, rng: np.random.Generator) -> int:
    return int(rng.integers(0, len(data) + 1))


def cut_end(data: bytes, rng: np.random.Generator) -> bytes:
    """Lose the end."""
    return data[: _at(data, rng)]


def cut_start(data: bytes, rng: np.random.Generator) -> bytes:
    """Lose the beginning."""
    return data[_at(data, rng) :]


def flip(data: bytes, rng: np.random.Generator) -> bytes:
    """Change some bytes."""
    flipped = bytearray(data)
    for place in rng.integers(0, len(data), 20) if data else ():
        flipped[place] ^= int(rng.integers(1, 256))
    return bytes(flipped)


def _insert(piece: Callable[[np.random.Generator], bytes]) -> Damage:
    def inserted(data: bytes, rng: np.random.Generator) -> bytes:
        at = _at(data, rng)
        return data[:at] + piece(rng) + data[at:]

    return inserted


def _recode(encoding: str) -> Damage:
    return lambda data, _rng: data.decode("utf-8", "replace").encode(encoding, "replace")


def append_other(data: bytes, rng: np.random.Generator) -> bytes:
    """Run into another file of any kind."""
    write, make = CONTAINERS[list(CONTAINERS)[int(rng.integers(len(CONTAINERS)))]]
    return data + write(make(rng, 500))


def half_mixed(data: bytes, rng: np.random.Generator) -> bytes:
    """Go on in another encoding, as a file appended to by two programs."""
    at = _at(data, rng)
    return data[:at] + data[at:].decode("utf-8", "replace").encode("gb18030", "replace")


DAMAGES: tuple[Damage, ...] = (
    cut_end,
    cut_end,
    cut_start,
    flip,
    flip,
    _insert(lambda rng: rng.bytes(int(rng.integers(1, 60)))),
    _insert(lambda rng: b"\x00" * int(rng.integers(1, 200))),
    _insert(lambda rng: b"\n\r\n"[: int(rng.integers(1, 4))] * int(rng.integers(1, 5))),
    _insert(lambda rng: b'",,"'[: int(rng.integers(1, 5))]),
    _insert(lambda rng: "崩".encode() * int(rng.integers(40_000, 90_000))),
    _insert(lambda rng: b"\xef\xbb\xbf" + as_csv(search_rows(rng, 900)).splitlines()[0] + b"\r\n"),
    _recode("gb18030"),
    _recode("utf-16"),
    _recode("big5"),
    half_mixed,
    append_other,
)
"""What happens to files; afterwards no row is certain, but each must still be somewhere."""


def shuffled(rows: Rows, rng: np.random.Generator) -> Rows:
    """Return the rows with their columns in another order."""
    names = [list(rows[0])[n] for n in rng.permutation(len(rows[0]))]
    return [{name: row[name] for name in names} for row in rows]


@dataclass(frozen=True, slots=True)
class Case:
    """One file and what is known of it."""

    name: str
    data: bytes
    numbers: frozenset[int] | None
    """Numbers of the posts that must be there, no others; None where damage leaves that open."""


def make_case(seed: int) -> Case:
    """Return a damaged file; every fourth only has shuffled columns or doubled rows, so loses nothing."""
    rng = np.random.default_rng(seed)
    name = list(CONTAINERS)[seed % len(CONTAINERS)]
    write, make = CONTAINERS[name]
    rows = shuffled(make(rng, 0), rng)
    if seed // len(CONTAINERS) % 4 == 0:
        doubled = rows + rows if rng.random() < 0.5 else rows
        return Case(name, write(doubled), frozenset(range(len(rows))))
    data = write(rows)
    for _ in range(int(rng.integers(1, 4))):
        data = DAMAGES[int(rng.integers(len(DAMAGES)))](data, rng)
    return Case(name, data, None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one damaged file."""

    refused: str = ""
    """The sentence with which the file was refused."""
    rows: int = 0
    lost: int = 0
    invented: int = 0


def read_case(case: Case, folder: Path) -> Outcome:
    """Read a damaged file; anything but an :class:`InputError` is a crash and goes through."""
    path = folder / case.name
    path.write_bytes(case.data)
    try:
        got = check_files(path, salt="x", clock="2025-04-12")
    except InputError as error:
        return Outcome(str(error), lost=len(case.numbers or ()))
    lost, invented = _balance(got)
    if case.numbers is not None:
        found = Counter(int(_NUMBER.findall(text)[0]) for text in got.posts["text"])
        lost += len(case.numbers - found.keys())
        invented += sum(n - 1 for n in found.values()) + len(found.keys() - case.numbers)
    got.posts.to_csv(folder / "out.csv", encoding="utf-8")
    got.rejected.to_csv(folder / "out.csv", encoding="utf-8")
    json.dumps(got.quality.to_dict(), ensure_ascii=False).encode()
    return Outcome("", got.quality.totals["rows"], lost, invented)


def _balance(got: Ingested) -> tuple[int, int]:
    """Rows that are nowhere, and rows that are in two places."""
    places = pd.concat([got.posts["source"], got.rejected["source"], got.duplicates["source"]])
    rows = got.quality.totals["rows"]
    return max(0, rows - places.nunique()), max(0, len(places) - rows) + int(places.duplicated().sum())
