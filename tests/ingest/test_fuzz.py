"""Files cut, flipped and re-encoded at random: never a crash, never a lost row."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.ingest import Ingested, check_files

Search = Callable[..., str]
Post = Callable[..., dict[str, object]]

TEXTS = [
    "付不了款",
    '他说"打不开"，',
    "一行\n两行",
    "闪退😡",
    "等了1,2个小时",
    "",
    "<br>又崩了&amp;",
    "'=1+1",
]


def as_xlsx(rows: list[dict[str, object]]) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_parquet(rows: list[dict[str, object]]) -> bytes:
    out = io.BytesIO()
    pd.DataFrame(rows).to_parquet(out)
    return out.getvalue()


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", data)
    return out.getvalue()


def files(rows: list[dict[str, object]], search: str) -> dict[str, bytes]:
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return {
        "a.csv": search.encode(),
        "gb.csv": search.removeprefix("\ufeff").encode("gb18030"),
        "wide.csv": search.encode("utf-16"),
        "a.jsonl": lines.encode(),
        "a.json": json.dumps(rows, ensure_ascii=False, indent=1).encode(),
        "nested.json": json.dumps({"user": {"id": 1}, "weibo": rows}, ensure_ascii=True).encode(),
        "a.csv.gz": gzip.compress(search.encode()),
        "a.zip": zipped(search.encode()),
        "a.xlsx": as_xlsx(rows),
        "a.parquet": as_parquet(rows),
    }


def damage(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut, flip, double, insert or re-encode."""
    kind = rng.integers(0, 6)
    at, size = int(rng.integers(0, len(data))), int(rng.integers(1, 60))
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[at:]
    if kind == 2:
        flipped = bytearray(data)
        for place in rng.integers(0, len(data), 20):
            flipped[place] ^= int(rng.integers(1, 256))
        return bytes(flipped)
    if kind == 3:
        return data + data[: at + 1]
    if kind == 4:
        return data[:at] + rng.bytes(size) + data[at:]
    return data.decode("utf-8", "replace").encode("gb18030", "replace")


def account_for(got: Ingested, folder: Path) -> None:
    """Every row is somewhere, and what came out can be written."""
    totals = got.quality.totals
    assert totals["accepted"] + totals["rejected"] + totals["duplicates"] == totals["rows"]
    assert len(got.posts) + len(got.rejected) + len(got.duplicates) == totals["rows"]
    got.posts.to_csv(folder / "out.csv", encoding="utf-8")
    json.dumps(got.quality.to_dict(), ensure_ascii=False).encode()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(
    "name",
    [
        "a.csv",
        "gb.csv",
        "wide.csv",
        "a.jsonl",
        "a.json",
        "nested.json",
        "a.csv.gz",
        "a.zip",
        "a.xlsx",
        "a.parquet",
    ],
)
def test_damaged_files(
    name: str,
    seed: int,
    tmp_path: Path,
    search: Search,
    post_of: Post,
):
    rng = np.random.default_rng([seed, len(name)])
    rows = [post_of(n, text) for n, text in enumerate(TEXTS)]
    path = tmp_path / name
    path.write_bytes(damage(files(rows, search(*TEXTS))[name], rng))
    try:
        got = check_files(path)
    except InputError as refused:
        sentence = str(refused)
    else:
        sentence = "read."
        account_for(got, tmp_path)
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    "name", ["a.csv", "gb.csv", "wide.csv", "a.jsonl", "a.json", "a.csv.gz", "a.zip", "a.xlsx", "a.parquet"]
)
def test_whole_files_lose_nothing(name: str, tmp_path: Path, search: Search, post_of: Post):
    rows = [post_of(n, text) for n, text in enumerate(TEXTS)]
    path = tmp_path / name
    path.write_bytes(files(rows, search(*TEXTS))[name])
    got = check_files(path)
    assert got.quality.totals == {"rows": 8, "accepted": 7, "rejected": 1, "duplicates": 0, "untimed": 0}
    assert got.posts["text"].tolist()[:4] == ["付不了款", '他说"打不开"，', "一行\n两行", "闪退😡"]
    assert got.posts["text"].tolist()[-1] == "=1+1"
