"""Files that somebody made to do harm, or that only look like it."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.ingest import Ingested, check_files, guard_cells, mask_private, read_posts
from sentiment.ingest.tables import bounded
from sentiment.schema import POSTS

Save = Callable[..., Path]
Search = Callable[..., str]
Row = Callable[..., list[str]]
Table = Callable[..., str]
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>又崩了"


def balanced(got: Ingested) -> Ingested:
    totals = got.quality.totals
    assert totals["accepted"] + totals["rejected"] + totals["duplicates"] == totals["rows"]
    assert (len(got.posts), len(got.rejected), len(got.duplicates)) == (
        totals["accepted"],
        totals["rejected"],
        totals["duplicates"],
    )
    return got


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1", "'=1"])
def test_formulas_are_inert_in_what_is_written(
    cell: str, save: Save, header: list[str], row_of: Row, as_csv: Table
):
    fields = {name: cell for name in ("用户昵称", "ip", "话题", "发布工具")}
    row = row_of(1, f"{cell} 又崩了", user_authentication="蓝V", **fields)
    posts = balanced(read_posts(save("a.csv", as_csv(header, [row])))).posts
    guarded = guard_cells(posts)
    for name in ("text", "account_name", "region"):
        assert not guarded[name].str.match(r"[=+\-@\t\r]").any(), name
    assert guarded["likes"].tolist() == [2]


def test_markup_is_inert_in_every_text_field(save: Save, header: list[str], row_of: Row, as_csv: Table):
    fields = {name: SCRIPT for name in ("用户昵称", "ip", "话题", "发布工具", "bid")}
    row = row_of(1, SCRIPT, user_authentication="蓝V", **fields)
    path = save(f"{SCRIPT.replace('/', '')}.csv", as_csv(header, [row, row_of(2, "")]))
    got = balanced(read_posts(path))
    post = got.posts.iloc[0]
    for name in ("text", "account_name", "region", "keyword"):
        assert "<" not in post[name], name
    assert "<script" not in got._repr_html_()
    assert "onerror" not in post["text"]


def test_a_post_of_ten_megabytes(save: Save, as_csv: Table):
    long = "崩" * 10_000_000
    rows = [{"内容": long, "时间": "2025-04-11 17:05"}, {"内容": "又崩了", "时间": "2025-04-11 17:06"}]
    got = balanced(read_posts(save("a.jsonl", rows)))
    assert got.posts["text"].str.len().tolist() == [10_000, 3]
    assert got.posts["truncated"].tolist() == [True, False]
    table = as_csv(["内容", "时间"], [[long, "2025-04-11 17:05"], ["又崩了", "2025-04-11 17:06"]])
    got = balanced(read_posts(save("a.csv", table)))
    assert got.posts["text"].tolist()[-1] == "又崩了"
    assert got.posts["text"].str.len().max() == 10_000
    assert got.rejected["reason"].unique().tolist() == ["half row"]
    assert got.rejected["raw"].str.len().max() <= 2000


def test_ids_that_excel_turned_into_floats(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.append(["note_id", "content", "create_date_time", "shared_count", "note_url"])
    for n in range(9):
        link = f"https://m.weibo.cn/detail/52415948904224{n}1" if n else ""
        book.active.append([52415948904224e2 + 10 * n, f"第{n}个付不了款", "2025-04-11 17:05:00", "0", link])
    book.save(tmp_path / "a.xlsx")
    got = balanced(read_posts(tmp_path / "a.xlsx"))
    assert got.posts["post_id"].str.startswith("row-").tolist() == [True, *[False] * 8]
    assert got.posts["post_id"].tolist()[1:] == [f"52415948904224{n}1" for n in range(1, 9)]


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        ("2025-04-11 17:05", "2025-04-11 17:05"),
        ("2024-02-30 10:00", None),
        ("2025-04-11 25:61", None),
        ("0001-01-01 00:00", None),
        ("9999-12-31 23:59", None),
        ("-1", None),
        ("99999999999999999999", None),
        ("1970-01-01 00:00", None),
        ("NaT", None),
        ("2099-12-31 23:59", "2099-12-31 23:59"),
    ],
)
def test_clocks_that_jump(at: str, kept: str | None, save: Save):
    rows = [{"内容": "付不了款", "时间": "2025-04-11 17:05"}, {"内容": "打不开", "时间": at}]
    got = balanced(read_posts(save("a.jsonl", rows)))
    expected = pd.NaT if kept is None else pd.Timestamp(kept, tz="Asia/Shanghai")
    assert got.posts["created_at"][1] is expected or got.posts["created_at"][1] == expected
    assert got.quality.totals["untimed"] == (kept is None)


def test_posts_from_after_the_crawl_are_named(save: Save):
    rows = [{"内容": f"第{n}个付不了款", "时间": "2025-04-11 17:05"} for n in range(30)]
    rows += [{"内容": "打不开", "时间": "2031-01-01 00:00"}]
    trust = read_posts(save("a.jsonl", rows), clock="2025-04-12").quality.trust
    assert trust.ahead == 1
    assert {"code": "times_ahead", "posts": 1} in trust.warnings
    sound = read_posts(save("b.jsonl", rows[:-1]), clock="2025-04-12").quality.trust
    assert (sound.ahead, "times_ahead" in {item["code"] for item in sound.warnings}) == (0, False)


@pytest.mark.parametrize("content", ["\n\n\n", "\ufeff", "   \r\n\t\r\n", "\x00" * 50])
def test_files_of_nothing_are_empty(content: str, save: Save):
    with pytest.raises(InputError, match=r"The file a\.csv is empty\."):
        read_posts(save("a.csv", content))


def test_rows_of_nothing(save: Save, header: list[str], as_csv: Table):
    blank = [["" for _ in header] for _ in range(5)]
    got = balanced(read_posts(save("a.csv", as_csv(header, blank))))
    assert (len(got), got.rejected["reason"].unique().tolist()) == (0, ["blank row"])
    assert got.posts.dtypes.astype(str).to_dict() == dict(POSTS)
    assert next(got.chunks()).empty
    assert got.quality.trust.grade == "poor"


def test_only_rejected_rows(save: Save, search: Search):
    got = balanced(read_posts(save("a.csv", search("", " ", "\u200b"))))
    assert got.rejected["reason"].tolist() == ["no text"] * 3
    assert "no_posts" in {str(item["code"]) for item in got.quality.trust.warnings}


def test_a_folder_with_history_pictures_and_links(save: Save, search: Search, tmp_path: Path):
    path = save("d/a.csv", search("付不了款"))
    save("d/.git/objects/a.csv", search("秘密"))
    save("d/.ipynb_checkpoints/a.csv", search("旧的"))
    save("d/图片/x.jpg", b"\xff\xd8\xff\xe0" + bytes(500))
    (tmp_path / "d" / "again.csv").symlink_to(path)
    (tmp_path / "d" / "round").symlink_to(tmp_path / "d", target_is_directory=True)
    (tmp_path / "d" / "circle.csv").symlink_to(tmp_path / "d" / "circle.csv")
    got = balanced(read_posts(tmp_path / "d"))
    assert [file.file for file in got.quality.files if file.rows] == ["a.csv"]
    assert got.posts["text"].tolist() == ["付不了款"]
    assert got.quality.totals["rows"] == 1
    with pytest.raises(InputError, match="There is no file"):
        read_posts(tmp_path / "d" / "circle.csv")


def test_a_file_that_may_not_be_read(save: Save, search: Search, monkeypatch: pytest.MonkeyPatch):
    locked, other = save("a.csv", search("付不了款")), save("b.csv", search("打不开"))
    opened = Path.open

    def refuse(path: Path, *args: object, **named: object) -> object:
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)  # the tests may run as root, whom nothing is refused
    with pytest.raises(InputError, match=r"^Cannot read a\.csv: Permission denied\.$"):
        read_posts(locked)
    got = balanced(read_posts([locked, other]))
    assert got.quality.files[0].error == "Cannot read a.csv: Permission denied."
    assert got.posts["text"].tolist() == ["打不开"]


def test_what_is_no_plain_file(tmp_path: Path):
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(InputError, match=r"a\.csv is not a file"):
        read_posts(tmp_path / "a.csv")


def zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.csv.gz", lambda data: gzip.compress(data)),
        ("a.zip", lambda data: zipped("a.csv", data)),
        ("a.xlsx", lambda data: zipped("xl/workbook.xml", data)),
        ("a.json.gz", lambda data: gzip.compress(b"[" + data)),
    ],
)
def test_bombs_are_refused(
    name: str, pack: Callable[[bytes], bytes], save: Save, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bounded, "FREE", 1 << 20)
    bomb = pack("内容,时间\n".encode() + b"0" * (4 << 20))
    with pytest.raises(InputError, match=rf"^{name} unpacks to more than 200 times its size and 1 MiB"):
        read_posts(save(name, bomb))


def test_a_bomb_after_sound_rows_ends_the_file_with_a_sentence(
    save: Save, search: Search, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bounded, "FREE", 1 << 20)
    monkeypatch.setattr("sentiment.ingest.read.READ_AT_ONCE", 100)
    texts = [f"第{n}个人付不了款" for n in range(300)]
    data = search(*texts).encode() + (b"0" * 2000 + b"\r\n") * 4000
    got = balanced(read_posts(save("a.csv.gz", gzip.compress(data))))
    assert got.posts["text"].tolist()[:200] == texts[:200]
    assert str(got.quality.files[0].error).startswith("a.csv.gz unpacks to more than")


def test_well_packed_posts_are_no_bomb(save: Save, search: Search):
    data = search(*[f"第{n}个人付不了款" for n in range(2000)]).encode()
    assert len(balanced(read_posts(save("a.csv.gz", gzip.compress(data, 9))))) == 2000


def test_columns_of_the_same_name(save: Save):
    path = save("a.csv", "内容,内容,时间,时间\n付不了款,另一列,2025-04-11 17:05,x\n")
    assert balanced(read_posts(path)).posts["text"].tolist() == ["付不了款"]
    frame = pd.DataFrame([["付不了款", "另一列"]], columns=["text", "text"])
    assert balanced(read_posts(frame)).posts["text"].tolist() == ["付不了款"]


def test_columns_named_like_ours(save: Save):
    row = {"内容": "付不了款", "order": 7, "file": "/etc/passwd", "crawled": "x", "embedded": True}
    row |= {"id_lost": True, "generic": 1, "place": 3, "hijack": "yes", "dup_group": "1", "source": "z:9"}
    got = balanced(read_posts(save("a.jsonl", [row, {**row, "内容": "打不开"}])))
    assert got.posts["source"].tolist() == ["a.jsonl:1", "a.jsonl:2"]
    assert got.posts["hijack"].tolist() == [False, False]
    balanced(read_posts(pd.DataFrame([row])))


def test_names_of_files_that_are_no_text(tmp_path: Path, search: Search):
    path = tmp_path / os.fsdecode(b"\xff\xfe.csv")
    path.write_bytes(search("付不了款").encode())
    got = balanced(read_posts(path))
    json.dumps(got.quality.to_dict(), ensure_ascii=False).encode()
    assert got.posts["source"].tolist() == ["\ufffd\ufffd.csv:2"]


@pytest.mark.parametrize("depth", [50, 100_000])
def test_json_nested_beyond_reason(depth: int, save: Save):
    path = save("a.json", '{"data":' * depth + '{"text":"又崩了"}' + "}" * depth)
    try:
        posts = len(balanced(check_files(path)))
    except InputError:
        posts = 0
    assert posts == 0


def test_what_is_rejected_is_masked_before_it_is_shown(save: Save):
    rows = "1,,2025-04-11 17:05,电话13912345678\n2,又崩了,2025-04-11 17:05,某某\n"
    path = save("a.csv", "id,内容,时间,昵称\n" + rows)
    raw = balanced(read_posts(path)).rejected["raw"][0]
    assert "13912345678" in raw
    assert "13912345678" not in mask_private(raw)
