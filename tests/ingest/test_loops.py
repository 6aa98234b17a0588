"""Compiled loops give what the functions for one text or cell give."""

from __future__ import annotations

import json
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.ingest.loops.hashes import hash_cells, hash_texts
from sentiment.ingest.loops.times import UNREAD, read_full_times
from sentiment.ingest.tables.block import NotText
from sentiment.ingest.tables.lines import Lines, read_flat_lines
from sentiment.ingest.templates import Templates
from sentiment.ingest.values import parse_time

PIECES = [
    *"崩了付aBÀß款#[]@_-·， 。h/:\n1٣\u3000😡𠀀",
    "http://",
    "#崩了#",
    "[怒]",
    "@张三",
    "//@",
    "// @",
    "12",
]


def column(*cells: str | None) -> pa.Array:
    return pa.array(cells, pa.large_string())


def read(*lines: str) -> Lines | None:
    return read_flat_lines("".join(line + "\n" for line in lines).encode(), "a.jsonl", number=1)


def set_aside(texts: list[str], *, compiled: bool) -> list[np.ndarray]:
    templates = Templates(compiled=compiled)
    templates.add(column(*texts))
    words = np.frombuffer(templates._words._tape.read(), "u4")
    return [words, templates._exact.load(), *(band.load() for band in templates._bands)]


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), max_size=8))
def test_any_wording(texts: list[str]):
    long = [text * 30 for text in texts]
    for found, expected in zip(
        set_aside(texts + long, compiled=True), set_aside(texts + long, compiled=False), strict=True
    ):
        assert found.tolist() == expected.tolist()


def test_a_letter_without_a_small_one_of_its_own():
    texts = ["ΟΔΟΣ 付款一直失败怎么办", "İSTANBUL 打不开打不开打不开"]
    assert set_aside(texts, compiled=True)[1].tolist() == set_aside(texts, compiled=False)[1].tolist()


@pytest.mark.parametrize("size", [0, 1, 20, 54, 55, 56, 63, 64, 65, 119, 120, 500])
def test_hashes_are_sha256(size: int):
    cells = ["", "微博" + "a" * size, None, "b" * size]
    expected = ["" if one is None else sha256(b"salt|" + one.encode()).hexdigest()[:16] for one in cells]
    assert hash_texts(b"salt|", column(*cells)).to_pylist() == expected


def test_equal_cells_have_one_number():
    found = hash_cells(column("又崩了", " 又崩了\u3000", "又崩", "", "12345678", "123456789"))
    assert len(set(found.tolist())) == 6
    stripped = hash_cells(column("又崩了", " 又崩了\u3000", "\x1c又崩了\n", " \t", ""), stripped=True)
    assert stripped[0] == stripped[1] == stripped[2] != stripped[3] == stripped[4]


@pytest.mark.parametrize(
    "cell",
    ["2025-04-11 17:05", "2025-04-11T17:05:09", "2024-02-29 00:00:59+08:00", "2098-12-31 23:59Z",
     "2001-01-01 00:00:00-0330", "2025-04-11 17:05:00+0000"],
)  # fmt: skip
def test_times_written_in_full(cell: str):
    found = read_full_times(column(cell, None))
    moment = parse_time(cell)
    assert found is not None
    assert moment is not None
    assert found.tolist() == [round(moment.timestamp()) * 10**9, UNREAD]


@pytest.mark.parametrize(
    "cell",
    ["3分钟前", "2025-04-11", "2025-4-11 17:05", "2025-02-29 10:00", "2025-13-01 10:00", "2025-04-11 24:00",
     "2025-04-11 17:60", "1999-04-11 17:05", "2025-04-11 17:05 ", "2025-04-11 17:05:61",
     "\uff12025-04-11 17:05",
     "2025-04-11 17:05+08",
     "2025-04-11 17:05:0", "2025-04-11 17:05:00.5", "2025-04-11 17:05+13:00"],
)  # fmt: skip
def test_other_times_are_left_to_others(cell: str):
    assert read_full_times(column("2025-04-11 17:05", cell)) is None


VALUES = st.one_of(
    st.text(max_size=8), st.none(), st.integers(), st.booleans(), st.floats(allow_nan=False, width=32)
)


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=6), st.booleans(), st.booleans())
def test_any_flat_lines(rows: list[tuple[object, object]], ascii_only: bool, tight: bool):
    objects = [dict(zip(["文", "b"], row, strict=True)) for row in rows]
    separators = (",", ":") if tight else None
    lines = [json.dumps(one, ensure_ascii=ascii_only, separators=separators) for one in objects]
    found = read(*lines)
    if found is None:  # a long number, a byte-order mark, or keys written with escapes
        return
    assert [row.values for row in found.rows()] == objects
    for name in ("文", "b"):
        cells = [one[name] for one in objects]
        if all(cell is None or type(cell) in (str, int) for cell in cells):
            assert found.column(name).to_pylist() == [None if cell is None else str(cell) for cell in cells]
        else:
            with pytest.raises(NotText):
                found.column(name)


FIRST = '{"a": "x", "b": 1}'


@pytest.mark.parametrize(
    "line",
    ['{"b": 1, "a": "x"}', '{"a": "x"}', '{"a": "x", "b": 1, "c": 2}', '{"a": "x", "b": [1]}', "",
     " " + FIRST,
     '{"a": "x", "b": 01}',
     '{"a": "x", "b": -0}', '{"a": "x", "b": 1.}', '{"a": "x", "b": NaN}',
     FIRST + ",",
     '{"a": "x", "b": 1234567890123456789}', r'{"a": "\x", "b": 1}', r'{"a": "\u12g4", "b": 1}', '{"a": "x',
     '{"a": "x\\', '{"a": "\\u12', '{"a": "x", "b": tru}', '{"a": "x", "b": 1e}', '{"a": "x" "b": 1}', "[]"],
)  # fmt: skip
def test_what_is_not_certain_is_left_to_others(line: str):
    assert read(FIRST, line) is None
    assert read(FIRST, FIRST.replace("x", r"\ud83d\ude21\n")) is not None


def test_half_an_emoji_is_no_text():
    found = read(FIRST, r'{"a": "\ud83d!", "b": 2}')
    assert found is not None
    assert found.column("b").to_pylist() == ["1", "2"]
    with pytest.raises(NotText):
        found.column("a")


def test_parts_of_lines():
    found = read(*(json.dumps({"a": None, "b": n % 2 == 0}) for n in range(5)))
    assert found is not None
    assert found.part(1, 4).part(1, 2).row(0).values == {"a": None, "b": True}
    assert found.part(3, 9).sources().to_pylist() == ["a.jsonl:4", "a.jsonl:5"]
