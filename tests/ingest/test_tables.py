"""Files of every make to rows; nothing gets lost on the way."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.ingest import read_posts
from sentiment.ingest.formats import is_header
from sentiment.ingest.tables import Row, open_tables
from sentiment.ingest.tables.decode import detect_encoding
from sentiment.ingest.tables.delimited import read_delimited
from sentiment.ingest.tables.row import raw_text

Save = Callable[..., Path]
Search = Callable[..., str]
HEADER = "id,content,create_time,likes\n"


def rows_of(text: str) -> list[Row]:
    tables = read_delimited(io.StringIO(text, newline=""), "a.csv", is_header=is_header)
    return [row for table in tables for row in table.rows]


def first_rows(path: Path) -> list[Row]:
    tables = open_tables(path)
    return list(next(tables).rows)


def texts_of(rows: list[Row]) -> list[object]:
    return [row.values["content"] if row.values else row.problem for row in rows]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("1,a,t,5\n2,b,t,6\n", ["a", "b"]),
        ('1,"a\nb",t,5\n', ["a\nb"]),
        ("1,a\nb,t,5\n2,c,t,6\n", ["a\nb", "c"]),  # line breaks nobody quoted
        ("1,a\n\nb\nc,t,5\n2,c,t,6\n", ["a\n\nb\nc", "c"]),
        ("1,a,t,5\n\n2,b,t,6\n", ["a", "blank row", "b"]),
        (",,,\n1,a,t,5\n", ["blank row", "a"]),
        ("1,a,t,5\n" + HEADER + "2,b,t,6\n", ["a", "repeated header", "b"]),
        ("1,a,t,5\n\ufeff" + HEADER + "2,b,t,6\n", ["a", "repeated header", "b"]),
        ('9f"\n1,a,t,5\n', ["half row", "a"]),
        (
            '1,a,t,5\n2,"b,t,6\n3,c,t,7\n4,"d,e",t,8\n5,f,t,9\n',
            ["a", "b", "c", "d,e", "f"],
        ),  # unclosed quotes
        ('1,a,t,5\n2,"b,t,6\n3,c,t,7\n', ["a", "b", "c"]),
        ("1,a,t,5,x,y\n", ["a"]),
        ("1,a,t\n2,b,t\n3,c,t\n", ["a", "b", "c"]),  # ragged by design
    ],
)
def test_csv_as_it_is(body: str, found: list[object]):
    assert texts_of(rows_of(HEADER + body)) == found


def test_rows_are_numbered_like_a_spreadsheet():
    rows = rows_of(HEADER + '1,"a\nb",t,5\n2,c,t,6\n')
    assert [row.source for row in rows] == ["a.csv:2", "a.csv:3"]


def test_extra_cells_are_kept():
    assert rows_of(HEADER + "1,a,t,5,x,y\n")[0].extra == ("x", "y")


def test_lines_before_the_header_are_told():
    rows = rows_of("导出于昨天\n" + HEADER + "1,a,t,5\n")
    assert [row.problem for row in rows] == ["before the header", None]


def test_another_header_begins_another_table():
    text = HEADER + "1,a,t,5\nnote_id,微博正文,发布时间\n7,b,t\n"
    tables = read_delimited(io.StringIO(text, newline=""), "a.csv", is_header=is_header)
    found = [(table.columns, [row.source for row in table.rows]) for table in tables]
    assert found == [
        (("id", "content", "create_time", "likes"), ["a.csv:2"]),
        (("note_id", "微博正文", "发布时间"), ["a.csv:4"]),
    ]


def test_a_skipped_table_is_drained():
    text = HEADER + "1,a,t,5\nnote_id,微博正文,发布时间\n7,b,t\n"
    tables = list(read_delimited(io.StringIO(text, newline=""), "a.csv", is_header=is_header))
    assert len(tables) == 2


def test_an_endless_field_costs_its_own_lines_only():
    text = HEADER + '1,a,t,5\n2,"' + "x" * 300_000 + "\n" + "3,c,t,6\n" * 3
    rows = rows_of(text)
    assert texts_of(rows)[0] == "a"
    assert texts_of(rows)[-3:] == ["c", "c", "c"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters(delimiter: str):
    rows = rows_of((HEADER + "1,a,t,5\n").replace(",", delimiter))
    assert texts_of(rows) == ["a"]


def test_repeated_column_names_are_told_apart():
    text = "content,,content\na,b,c\n"
    tables = read_delimited(io.StringIO(text, newline=""), "a.csv", is_header=is_header)
    assert next(tables).columns == ("content", "column2", "content.2")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(save: Save, search: Search, encoding: str):
    path = save(
        "a.csv", search("饿了么又崩了付不了款", "外卖订单没了").removeprefix("\ufeff").encode(encoding)
    )
    assert [row.values["微博正文"] for row in first_rows(path) if row.values] == [
        "饿了么又崩了付不了款",
        "外卖订单没了",
    ]


def test_a_few_broken_bytes_do_not_change_the_encoding(save: Save, search: Search):
    data = search(*["饿了么又崩了付不了款"] * 20).encode()
    path = save("a.csv", data[:-8] + b"\xe5\x8f\r\n")
    texts = [row.values["微博正文"] for row in first_rows(path) if row.values]
    assert texts[0] == "饿了么又崩了付不了款"
    assert detect_encoding(b"ascii") == "utf-8"


JSONL = '{"content": "a", "id": 1}\n'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (JSONL * 2, ["a", "a"]),
        (JSONL + "\n" + JSONL, ["a", "blank row", "a"]),
        (JSONL + '{"content": "b", "id"', ["a", "broken JSON"]),
        (JSONL + '{"content": "b\nc", "id": 2}\n' + JSONL, ["a", "b\nc", "a"]),
        (JSONL + '{"content": "b", "likes": NaN}\n', ["a", "b"]),
        (JSONL + "[1, 2]\n", ["a", "not an object", "not an object"]),
        ('{"content": "a",\n "id": 1\n}\n', ["a"]),  # pretty-printed
        ('{"content": "a",\n "id": 1}\n{"content": "b",\n "id": 2}\n', ["a", "b"]),
        ('\ufeff{"\ufeffcontent": "a", "id": 1}\n', ["a"]),
        ('[{"content": "a", "id": 1}, {"content": "b", "id": 2}]', ["a", "b"]),
        ('[{"content": "a", "id": 1}, {"content": "b", "id', ["a", "broken JSON"]),
        ('[{"content": "a", "id": 1}, {"content": b}, {"content": "c", "id": 3}]', ["a", "broken JSON", "c"]),
        ('[{"content": "a", "id": 1}, 7, {"content": "b", "id": 2}]', ["a", "not an object", "b"]),
        ('{"user": {"id": 1}, "weibo": [{"content": "a", "id": 1}]}', ["a"]),
        ('{"code": 0, "data": {"list": [{"content": "a", "id": 1}]}}', ["a"]),
        ('{"message": "ok", "data": {"statuses": [{"content": "a", "id": 1}]}}', ["a"]),
        (
            '{"user": {"id": 1}, "weibo": [{"content": "a", "id": 1}, {"content": "b", "i',
            ["a", "broken JSON"],
        ),
    ],
)
def test_json(save: Save, text: str, found: list[object]):
    rows = first_rows(save("a.json", text))
    assert texts_of(rows) == found


def test_api_cards_are_unwrapped(save: Save):
    card = {"card_type": 9, "mblog": {"id": "1", "text": "崩了", "user": {"id": 2}}}
    group = {"card_type": 11, "card_group": [{"card_type": 42, "desc": "广告"}, card]}
    page = {"ok": 1, "data": {"cards": [card, group], "cardlistInfo": {"desc": ""}}}
    path = save("a.json", json.dumps(page))
    assert [row.values["text"] for row in first_rows(path) if row.values] == ["崩了", "崩了"]
    lines = save("a.jsonl", [page, page])
    assert [row.source for row in first_rows(lines)] == [
        "a.jsonl:1.1", "a.jsonl:1.2", "a.jsonl:2.1", "a.jsonl:2.2"
    ]  # fmt: skip


def test_originals_and_comments_are_rows_of_their_own(save: Save):
    item = {
        "id": 1,
        "text": "转",
        "retweeted_status": {"id": 2, "text": "原"},
        "comments": [{"id": 3, "text": "评"}],
    }
    rows = first_rows(save("a.json", [item]))
    assert [(row.source, row.part) for row in rows] == [
        ("a.json:1", ""), ("a.json:1#retweet", "retweet"), ("a.json:1#comment1", "comment")
    ]  # fmt: skip
    assert rows[2].values is not None
    assert rows[2].values["root_id"] == 1


def test_originals_in_columns(save: Save):
    path = save(
        "a.csv",
        "id,bid,正文,@用户,是否原创,源用户id,源微博id,源微博正文\n1\t,b,转,,False,9,2\t,原\n3\t,c,早,,True\n",
    )
    rows = first_rows(path)
    assert [row.source for row in rows] == ["a.csv:2", "a.csv:2#retweet", "a.csv:3"]
    assert rows[1].values is not None
    assert (rows[1].values["正文"], rows[1].values["user_id"]) == ("原", "9")


def test_workbook(save: Save, tmp_path: Path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Contents"
    for row in [
        ["导出"],
        ["note_id", "content", "create_time"],
        ["1", "崩了", 1744362300],
        [],
        ["note_id", "content", "create_time"],
        ["2", "又崩了", None],
    ]:
        sheet.append(row)
    book.create_sheet("空")
    book.save(tmp_path / "a.xlsx")
    tables = list(open_tables(tmp_path / "a.xlsx"))
    assert [table.name for table in tables] == ["a.xlsx[Contents]", "a.xlsx[空]"]
    rows = list(tables[0].rows)
    assert [row.problem for row in rows] == ["before the header", None, "blank row", "repeated header", None]
    assert rows[1].values == {"note_id": "1", "content": "崩了", "create_time": 1744362300}
    assert list(tables[1].rows) == []


def test_parquet(tmp_path: Path):
    pd.DataFrame({"content": ["崩了", None], "n": [1, 2]}).to_parquet(tmp_path / "a.parquet")
    assert [row.values for row in first_rows(tmp_path / "a.parquet")] == [
        {"content": "崩了", "n": 1},
        {"content": None, "n": 2},
    ]


def make_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE "we""ibo" (id TEXT, text TEXT)')
        connection.execute('INSERT INTO "we""ibo" VALUES (?, CAST(? AS TEXT))', ("1", b"\xe5\xb4\xa9\xff"))
        connection.execute("CREATE TABLE user (id TEXT, nick_name TEXT)")
    connection.close()


def test_database(tmp_path: Path):
    make_database(tmp_path / "a.db")
    found = {table.name: [row.values for row in table.rows] for table in open_tables(tmp_path / "a.db")}
    assert found == {'a.db[we"ibo]': [{"id": "1", "text": "崩\ufffd"}], "a.db[user]": []}


def test_packed_files(save: Save, tmp_path: Path, search: Search):
    text = search("崩了").encode()
    make_database(tmp_path / "x.db")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("一/a.csv", text)
        archive.writestr("b.csv.gz", gzip.compress(text))
        archive.writestr("c.db", (tmp_path / "x.db").read_bytes())
        archive.writestr("图.png", b"\x89PNG\x00\x00\x01\x02\x03")
        archive.writestr("__MACOSX/a.csv", b"junk")
    found = {table.name: len(list(table.rows)) for table in open_tables(tmp_path / "a.zip")}
    assert found == {
        "a.zip/一/a.csv": 1,
        "a.zip/b.csv.gz": 1,
        'a.zip/c.db[we"ibo]': 1,
        "a.zip/c.db[user]": 0,
        "a.zip/图.png": 0,
    }


def test_a_gzip_that_ends_early_gives_what_it_holds(save: Save, search: Search):
    text = search(*[f"第{n}个人说崩了{n * n}" for n in range(3000)]).encode()
    rows = first_rows(save("a.csv.gz", gzip.compress(text)[:-2000]))
    assert len(rows) > 100
    assert str(rows[-1].problem).startswith("the file is damaged from here")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "The file a.csv is empty"),
        ("a.csv", b"\n \n", "The file a.csv is empty"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(range(64)) * 4, "a.png is no table"),
        (
            "a.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
            "old Excel .xls file; save it as .xlsx",
        ),
        ("a.xlsx", b"PK\x03\x04garbage", "a damaged zip or Excel file"),
        ("a.parquet", b"PAR1garbagePAR1", "not a readable Parquet file"),
        ("a.db", b"SQLite format 3\x00" + b"\x01" * 200, "not a readable SQLite database"),
        ("a.gz", b"\x1f\x8b\x08garbage", "Cannot read a.gz"),
    ],
)
def test_what_is_no_table_is_said_in_one_sentence(save: Save, name: str, data: bytes, message: str):
    with pytest.raises(InputError, match=message):
        list(open_tables(save(name, data)))


def test_missing_files_and_folders(tmp_path: Path):
    with pytest.raises(InputError, match=r"There is no file .*nothing.csv; check the name"):
        list(open_tables(tmp_path / "nothing.csv"))
    with pytest.raises(InputError, match="is not a file"):
        list(open_tables(tmp_path))


def test_archives_inside_archives_end(save: Save):
    data = b"id,content\n1,a\n"
    for _ in range(6):
        data = gzip.compress(data)
    with pytest.raises(InputError, match="packed more than 3 times"):
        list(open_tables(save("a.gz", data)))


def test_deep_json_is_refused_politely(save: Save):
    rows = first_rows(save("a.json", "[" * 100_000))
    assert {row.problem for row in rows} == {"broken JSON"}


def test_raw_text_is_short():
    assert len(raw_text(Row("a:1", {"content": "长" * 5000}))) == 2000
    assert raw_text(Row("a:1", None, "9f", "half row")) == "9f"


@pytest.mark.parametrize("mostly", ["utf-8", "gb18030"])
def test_lines_of_two_encodings_are_each_read_in_their_own(tmp_path: Path, mostly: str) -> None:
    other = "gb18030" if mostly == "utf-8" else "utf-8"
    texts = [f"第{n}条，联通打不开，我的外卖呢" for n in range(3_000)]
    lines = [f"{text}\n".encode(other if n % 3 == 0 else mostly) for n, text in enumerate(texts)]
    path = tmp_path / "mixed.csv"
    path.write_bytes(b"content\n" + b"".join(lines))
    assert read_posts(path).posts["text"].tolist() == texts
