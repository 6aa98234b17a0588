"""Reading column by column gives what reading row by row gives: the same posts, rejected rows and verdict."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.errors import InputError
from sentiment.ingest import Ingested, check_files
from sentiment.ingest import read as reading
from sentiment.ingest.tables import Row, Table, as_rows, delimited, objects, open_tables
from sentiment.ingest.wording import own_wording, plain_wording

Save = Callable[..., Path]

TEXTS = [
    "付不了款", "", "None", " 又崩了 ", "'=1+1", "<br>又崩了&amp;", "一行\n两行", "转发微博",
    '他说"打不开"，', "等了 ...全文", "哈//@老王:转",
    "#某某崩了# 工厂直发羽绒服，戳主页下单", "\ufffd\ufffd", "第1号\u200b",
]  # fmt: skip
CELLS: dict[str, list[str]] = {
    "id": ["5150000000000001", "5150000000000017", "77\t", "abc-def-0123456", "", "nan"],
    "user_id": ["1001", "", "5.2E+9", "c0000000000000012"],
    "用户昵称": ["网友1", "美团客服", "某某日报", "", "<b>小王</b>", "AI罗伯特"],
    "转发数": ["0", "1.2万", "转发", "", "-3", "10万+"],
    "发布时间": ["2025-04-11 17:05", "3分钟前", "04月11日 17:05", "昨天", "", "1744362300"],
    "ip": ["上海", "发布于 北京", "无", ""],
    "user_authentication": ["普通用户", "蓝V", "黄V", ""],
    "retweet_id": ["", "5150000000000002"],
}
COLUMNS = {"微博正文": TEXTS, **CELLS}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in COLUMNS.items()}),
    min_size=1,
    max_size=12,
)


def by_row(path: Path, name: str = "", blocks: bool = False, compiled: bool = False) -> Iterator[Table]:
    return open_tables(path, name=name)


def outcome(path: Path) -> list[Any] | str:
    """All that reading gives, or the sentence with which the file is refused."""
    try:
        got: Ingested = check_files(path, salt="x", clock="2025-04-12")
    except InputError as error:
        return str(error)
    return [got.posts, got.rejected, got.duplicates, got.quality.to_dict()]


def assert_same_either_way(path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        found = outcome(path)
        patch.setattr(reading, "_LOOPS_FROM", 0)
        compiled = outcome(path)
        patch.setattr(reading, "_LOOPS_FROM", 1 << 60)
        patch.setattr(reading, "open_tables", by_row)
        expected = outcome(path)
    assert_equal(found, expected)
    assert_equal(compiled, expected)


def assert_equal(found: list[Any] | str, expected: list[Any] | str) -> None:
    assert type(found) is type(expected)
    for one, other in zip(found, expected, strict=True):
        if isinstance(one, pd.DataFrame):
            pd.testing.assert_frame_equal(one, other)
        else:
            assert one == other


def in_stretches(path: Path) -> int:
    """How many rows come in stretches."""
    items = [item for table in open_tables(path, blocks=True) for item in table.rows]
    return sum(len(item) for item in items if not isinstance(item, Row))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("columns")


def plain_row(n: int) -> dict[str, str]:
    cells = {name: values[0] for name, values in CELLS.items()}
    return {
        "id": str(5150000000000100 + n),
        "bid": f"P{n}",
        "艾特用户": "",
        "微博正文": f"第{n}个人付不了款",
        **cells,
    }


@settings(max_examples=10)
@given(ROWS, st.sampled_from([1 << 8, 1 << 10, 1 << 20]), st.sampled_from(["\r\n", "\n"]))
def test_any_csv(folder: Path, rows: list[dict[str, str]], stretch: int, end: str):
    path = folder / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(plain_row(0)), lineterminator=end)
        writer.writeheader()
        writer.writerows([*map(plain_row, range(30)), *({**plain_row(40), **row} for row in rows)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_STRETCHES", (stretch,))
        patch.setattr(reading, "READ_AT_ONCE", 16)
        assert_same_either_way(path)


OBJECTS = st.lists(
    st.fixed_dictionaries(
        {
            "note_id": st.sampled_from(["5150000000000001", 5150000000000017, "", None, 7.5]),
            "content": st.sampled_from([*TEXTS, None, "\ud83d!"]),
            "create_time": st.sampled_from([1744391100, "1744391100", None, "昨天"]),
            "create_date_time": st.sampled_from(["2025-04-11 17:05:00+08:00", "", None]),
            "last_modify_ts": st.sampled_from([1744370000000, "1744370000000", True]),
            "shared_count": st.sampled_from(["3", 3, "1.2万", None]),
            "nickname": st.sampled_from(["网友1", "美团客服", 7, None]),
        },
        optional={
            "source_keyword": st.sampled_from(["崩了", 5]),
            "user": st.just({"id": 1}),
            "源微博正文": st.just("原来的"),
        },
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=10)
@given(OBJECTS, st.sampled_from([1 << 8, 1 << 10, 1 << 20]), st.sampled_from(["", "\n", '{"torn": ']))
def test_any_json_lines(folder: Path, items: list[dict[str, object]], stretch: int, stray: str):
    path = folder / "a.jsonl"
    lines = [json.dumps(item, ensure_ascii="\ud83d!" in item.values()) for item in items]
    path.write_text("\n".join([*lines, stray, *lines]) + "\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objects, "_STRETCHES", (2 * stretch, stretch))
        patch.setattr(reading, "READ_AT_ONCE", 7)
        assert_same_either_way(path)


PIECES = [*"崩了付aBÀΣİß款#[]@_-·， 。h/:\n1٣\u3000😡", "http://", "#崩了#", "[怒]", "@张三", "//@", "12"]


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), max_size=8))
def test_any_wording(texts: list[str]):
    found = []
    for codes, lengths in own_wording(texts):
        whole, ends = "".join(map(chr, codes)), lengths.cumsum().tolist()
        found += [whole[end - size : end] for end, size in zip(ends, lengths.tolist(), strict=True)]
    assert found == [plain_wording(text) for text in texts]


HEADER = "id,bid,微博正文,艾特用户,发布时间\n"
BODY = "".join(f"{n},P{n},第{n}个,,2025-04-11 17:05\n" for n in range(40))
WHOLE = HEADER + BODY


@pytest.mark.parametrize(
    ("more", "rows"),
    [
        ("", 21),
        ('77,P77,"他说""打不开"",\n真的",,2025-04-11 17:05\n', 22),
        ("77,P77,多,,一格,2025-04-11 17:05\n", 0),
        ("77,P77,少一格\n", 0),
        ('77,P77,他说"打不开",,2025-04-11 17:05\n', 0),
        ('77,P77,"没有关上,,2025-04-11 17:05\n', 0),
        ("P77,无,数,字,昨天\n", 0),
        ("77,P77,回车\r,,2025-04-11 17:05\n", 0),
        ("77,P77,空\x00,,2025-04-11 17:05\n", 0),
        ('77,P77,"换行\n1,2,3,4,5",,2025-04-11 17:05\n', 0),
    ],
)
def test_a_stretch_is_plain_or_read_row_by_row(save: Save, more: str, rows: int):
    path = save("a.csv", WHOLE + more)
    assert in_stretches(path) == rows
    expected = [list(table.rows) for table in open_tables(path)]
    assert [list(as_rows(table.rows)) for table in open_tables(path, blocks=True)] == expected
    assert_same_either_way(path)


def test_one_bad_row_leaves_the_others_in_stretches(save: Save):
    path = save("a.csv", HEADER + BODY * 300 + "77,P77,少一格\n" + BODY * 300)
    assert in_stretches(path) > 20_000


def test_parts_of_stretches_are_their_rows(save: Save):
    for path in (save("a.csv", WHOLE), save("a.jsonl", [{"text": f"第{n}个", "id": n} for n in range(9)])):
        items = [item for table in open_tables(path, blocks=True) for item in table.rows]
        stretch = next(item for item in items if not isinstance(item, Row))
        rows = list(stretch.rows())
        assert list(stretch.part(2, 5).rows()) == rows[2:5] == [stretch.row(n) for n in (2, 3, 4)]
        assert stretch.part(2, 5).part(1, 9).sources().to_pylist() == [row.source for row in rows[3:5]]
        assert stretch.column("no such").null_count == len(rows)
