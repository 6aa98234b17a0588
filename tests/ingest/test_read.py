"""From files to posts: end to end, with every row accounted for."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sentiment.config import IngestSettings
from sentiment.errors import ConfigError, InputError, SentimentError
from sentiment.ingest import Ingested, check_files, guard_cells, read_posts, sample_posts
from sentiment.ingest import read as reading
from sentiment.ingest.convert import Converted
from sentiment.ingest.tables import bounded, decode, delimited
from sentiment.schema import POSTS, REJECTED

Save = Callable[..., Path]
Search = Callable[..., str]
Row = Callable[..., list[str]]
Post = Callable[..., dict[str, object]]
Table = Callable[..., str]


def checked(got: Ingested) -> Ingested:
    """Every row is somewhere, and the frames are what the contract says."""
    for part in (*got.quality.files, None):
        totals = got.quality.totals if part is None else part.to_dict()
        assert totals["accepted"] + totals["rejected"] + totals["duplicates"] == totals["rows"]
    assert got.posts.dtypes.astype(str).to_dict() == dict(POSTS)
    assert got.rejected.dtypes.astype(str).to_dict() == dict(REJECTED)
    assert len(got.posts) == got.quality.totals["accepted"]
    assert len(got.rejected) == got.quality.totals["rejected"]
    assert len(got.duplicates) == got.quality.totals["duplicates"]
    assert got.posts["post_id"].is_unique
    assert got.posts["dup_group"].isin(got.posts["post_id"]).all()
    json.dumps(got.quality.to_dict())
    return got


def test_weibo_search(save: Save, header: list[str], row_of: Row, as_csv: Table):
    rows = [
        row_of(1, "饿了么又崩了，付不了款", 点赞数="1.2万", ip="上海", user_authentication="普通用户"),
        row_of(2, "系统正在抢修，致歉", 用户昵称="饿了么", user_authentication="蓝V"),
        row_of(3, "转发微博", retweet_id="5150000000000001"),
        row_of(1, "饿了么又崩了，付不了款", 点赞数="13"),
        row_of(4, "", at="2025-04-11 17:06"),
    ]
    path = save("饿了么崩了/饿了么崩了.csv", as_csv(header, rows) + as_csv(header, []))
    got = checked(read_posts(path, salt="s"))
    posts = got.posts.set_index("post_id")
    assert list(posts.index) == ["5150000000000002", "5150000000000003", "5150000000000001"]
    first = posts.loc["5150000000000001"]
    assert first["created_at"] == pd.Timestamp("2025-04-11 17:05", tz="Asia/Shanghai")
    assert (first["likes"], first["platform"], first["keyword"], first["source"]) == (
        12000,
        "weibo",
        "饿了么崩了",
        "饿了么崩了.csv:5",
    )
    assert posts["account_kind"].tolist() == ["official", "person", "person"]
    assert posts["account_name"].tolist() == ["饿了么", "", ""]
    assert posts["kind"].tolist() == ["post", "repost", "post"]
    assert posts["root_id"].tolist() == ["", "5150000000000001", ""]
    assert got.rejected["reason"].tolist() == ["no text", "repeated header"]
    assert got.duplicates.to_dict("records") == [
        {"source": "饿了么崩了.csv:2", "post_id": "5150000000000001", "reason": "same id"}
    ]
    assert got.quality.files[0].format == "weibo-search"


def test_older_headers_with_wider_rows(save: Save, header: list[str], row_of: Row, as_csv: Table):
    rows = [row_of(n, f"第{n}个付不了款", ip="上海", user_authentication="蓝V")[: 17 + n] for n in range(5)]
    posts = checked(read_posts(save("a.csv", as_csv(header[:17], rows)))).posts
    assert posts["region"].tolist() == ["", "上海", "上海", "上海", "上海"]
    assert posts["account_kind"].tolist() == ["person", "person", "official", "official", "official"]


def test_mediacrawler_lines(save: Save, post_of: Post):
    path = save("search_contents.jsonl", [
        post_of(1, "付不了款[怒] &quot;稍后&quot; ...全文"),
        post_of(2, "好了吗", create_date_time=""),
        post_of(3, "   "),
    ])  # fmt: skip
    got = checked(read_posts(path))
    first, second = got.posts.iloc[0], got.posts.iloc[1]
    assert first["text"] == '付不了款[怒] "稍后"'
    assert first["truncated"]
    assert (first["comments"], first["reposts"] is pd.NA, first["keyword"]) == (12000, True, "饿了么崩了")
    # the scraper writes Beijing clock time as if it were UTC: 01:05 on the 12th means 17:05 on the 11th
    assert second["created_at"] == pd.Timestamp("2025-04-11 17:05", tz="Asia/Shanghai")
    assert got.rejected["reason"].tolist() == ["no text"]
    assert json.loads(got.rejected["raw"].iloc[0])["note_id"] == "5150000000000003"


def test_an_epoch_that_agrees_with_the_post_ids_is_left_alone(save: Save, post_of: Post):
    at = pd.Timestamp("2025-04-11 17:05", tz="Asia/Shanghai")
    mid = str((int(at.timestamp()) - 515_483_463) << 22)
    row = post_of(1, "付不了款", note_id=mid, create_date_time="", create_time=int(at.timestamp()))
    assert read_posts(save("a.jsonl", [row])).posts["created_at"][0] == at


def test_rows_written_after_an_upgrade_fit_the_new_columns(save: Save, as_csv: Table):
    old = [
        "note_id",
        "content",
        "create_time",
        "create_date_time",
        "liked_count",
        "comments_count",
        "shared_count",
        "last_modify_ts",
        "note_url",
        "ip_location",
        "user_id",
        "nickname",
        "gender",
        "profile_url",
        "avatar",
        "source_keyword",
    ]
    new = [
        "5150000000000001",
        "付不了款",
        "1744391100",
        "2025-04-11 17:05:00+08:00",
        "1",
        "2",
        "3",
        "1744370000000",
        "u",
        "hash1",
        "某***友",
        "饿了么",
    ]
    post = checked(read_posts(save("a.csv", as_csv(old, [new])))).posts.iloc[0]
    assert (post["keyword"], post["region"]) == ("饿了么", "")


def test_excel_mangled_ids(save: Save):
    text = "note_id,content,create_date_time,shared_count,note_url\n" + "".join(
        f"5.15E+15,第{n}个付不了款,2025-04-11 17:05,0,{url}\n"
        for n, url in enumerate(["https://m.weibo.cn/detail/5150000000000001", "x", "x"])
    )
    posts = checked(read_posts(save("a.csv", text))).posts
    assert posts["post_id"][0] == "5150000000000001"
    assert posts["post_id"].str.startswith("row-").tolist() == [False, True, True]


def test_half_and_wide_rows_are_rejected(save: Save):
    header = "note_id,content,create_date_time,shared_count,note_url\n"
    text = header + "1,付不了款,2025-04-11 17:05,0,u\n垃圾,又,崩了\n2,a,b,c,d,e,f\n"
    got = checked(read_posts(save("a.csv", text)))
    assert got.rejected["reason"].tolist() == ["half row", "more cells than the header"]


def test_a_generic_table(save: Save):
    header = "时间,内容,作者,点赞数,ip属地,平台\n"
    text = header + "2024-5-23 23:00,付不了款,小王,3,IP属地：上海,小红书\n,'=1+1 崩了,,,,\n"
    posts = checked(read_posts(save("a.csv", text.encode("gb18030")))).posts
    assert posts["platform"].tolist() == ["xhs", "unknown"]
    assert posts["region"].tolist() == ["上海", ""]
    assert posts["text"].tolist() == ["付不了款", "=1+1 崩了"]
    assert posts["account_kind"].tolist() == ["person", "unknown"]
    assert posts["created_at"].isna().tolist() == [False, True]


def test_reviews_join_title_and_body(save: Save):
    rows = [
        {"title": "闪退", "body": "打开就退", "rating": 1},
        {"title": "打开", "body": "打开就退", "rating": 1},
        {"title": "差评", "rating": 1},
    ]
    posts = checked(read_posts(save("a.jsonl", rows))).posts
    assert posts["text"].tolist() == ["闪退\n打开就退", "打开就退", "差评"]
    assert set(posts["kind"]) == {"review"}


def test_reposts_of_several_layouts(save: Save):
    card = {
        "id": "1",
        "text": "转发微博",
        "created_at": "Fri Apr 11 17:05:00 +0800 2025",
        "user": {"id": 2, "screen_name": "某"},
        "attitudes_count": 1,
        "region_name": "发布于 上海",
        "retweeted_status": {
            "id": "9",
            "text": "崩了<img alt=[怒]>",
            "created_at": "Fri Apr 11 17:00:00 +0800 2025",
            "user": None,
            "attitudes_count": 3,
        },
    }
    posts = checked(
        read_posts(save("a.json", json.dumps({"ok": 1, "data": {"cards": [{"mblog": card}]}})))
    ).posts
    assert posts["kind"].tolist() == ["repost", "post"]
    assert posts["root_id"].tolist() == ["9", ""]
    assert posts["text"].tolist() == ["转发微博", "崩了[怒]"]
    assert posts["region"].tolist() == ["上海", ""]
    assert posts["source"].tolist() == ["a.json:1", "a.json:1#retweet"]
    text = "微博id,微博正文,发布时间,发布工具,是否为原创微博\n"
    text += 'Qx,"无语\n原始用户: 某某\n转发内容: 崩了",2025-04-11 17:05,网页,False\n'
    spider = save("b.csv", text)
    post = checked(read_posts(spider)).posts.iloc[0]
    assert (post["kind"], post["text"]) == ("repost", "无语//@某某:崩了")


def test_a_database_with_posts_comments_and_users(tmp_path: Path):
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE weibo_note (id INTEGER, add_ts INTEGER, note_id TEXT, content TEXT, create_time "
        "INTEGER, create_date_time TEXT, shared_count TEXT)"
    )
    connection.execute(
        "CREATE TABLE weibo_note_comment (id INTEGER, comment_id TEXT, note_id TEXT, content TEXT, "
        "create_date_time TEXT)"
    )
    connection.execute(
        "CREATE TABLE weibo_creator (id INTEGER, user_id TEXT, nickname TEXT, desc TEXT, fans TEXT)"
    )
    connection.execute(
        "INSERT INTO weibo_note VALUES (1, 1, '11', '付不了款', 0, '2025-04-11 17:05:00', '0')"
    )
    connection.execute(
        "INSERT INTO weibo_note_comment VALUES (1, '12', '11', '我也是', '2025-04-11 17:06:00')"
    )
    connection.execute("INSERT INTO weibo_creator VALUES (1, '13', '某某', '爱吃外卖', '9')")
    connection.commit()
    connection.close()
    got = checked(read_posts(path))
    assert got.posts[["kind", "root_id"]].to_numpy().tolist() == [["post", ""], ["comment", "11"]]
    file = got.quality.files[0]
    assert file.format == "mediacrawler.weibo.contents + mediacrawler.weibo.comments"
    assert file.skipped == ("a.db[weibo_creator]",)


def test_mixed_lines_go_by_their_own_layout(save: Save, post_of: Post):
    comment = {
        "comment_id": "7",
        "note_id": "1",
        "content": "我也是",
        "create_date_time": "2025-04-11 17:06:00",
        "comment_like_count": "4",
    }
    path = save("a.jsonl", [post_of(1, "付不了款"), comment])
    assert checked(read_posts(path)).posts["kind"].tolist() == ["post", "comment"]
    asked = checked(read_posts(path, format="mediacrawler.weibo.contents")).posts
    assert asked["kind"].tolist() == ["post", "post"]


@pytest.mark.parametrize(
    ("row", "clock", "at", "guessed"),
    [
        ({"时间": "3分钟前", "crawl_time": 1744362300}, None, "2025-04-11 17:02", False),
        ({"时间": "3分钟前"}, "2025-04-11 17:05", "2025-04-11 17:02", False),
        ({"时间": "3分钟前"}, None, "2025-04-10 11:57", True),
        ({"时间": "2天前"}, "2025-04-11 17:05", "2025-04-09 17:05", True),
        ({"时间": "2025-04-11 17:00"}, None, "2025-04-11 17:00", False),
    ],
)
def test_relative_times(save: Save, row: dict[str, object], clock: str | None, at: str, guessed: bool):
    path = save("a.jsonl", [{"内容": "付不了款", **row}])
    written = pd.Timestamp("2025-04-10 12:00", tz="Asia/Shanghai").timestamp()
    os.utime(path, (written, written))
    got = read_posts(path, clock=clock)
    assert got.posts["created_at"][0] == pd.Timestamp(at, tz="Asia/Shanghai")
    assert got.posts["time_guessed"][0] == guessed
    assert got.quality.trust.time_guessed == guessed


def test_the_asked_window(save: Save):
    rows = [
        {"内容": f"第{n}条付不了款", "时间": at}
        for n, at in enumerate(
            ["2025-04-10 23:59", "2025-04-11 00:00", "2025-04-11 23:59", "2025-04-12 00:00", ""]
        )
    ]
    path = save("a.jsonl", rows)
    got = checked(read_posts(path, since="2025-04-11", until="2025-04-11"))
    assert got.posts["source"].tolist() == ["a.jsonl:2", "a.jsonl:3", "a.jsonl:5"]
    assert got.rejected["source"].tolist() == ["a.jsonl:1", "a.jsonl:4"]
    assert set(got.rejected["reason"]) == {"outside the asked window"}
    assert (got.quality.totals["rejected"], got.quality.rejected_share) == (2, 0.0)
    worse = checked(read_posts(save("b.jsonl", [*rows, {"内容": "", "时间": ""}]), since="2025-04-12"))
    assert (worse.quality.totals["rejected"], worse.quality.rejected_share) == (4, 1 / 3)
    with pytest.raises(InputError, match="Cannot read since='soon' as a time"):
        read_posts(path, since="soon")


def test_long_texts_are_cut_and_marked(save: Save):
    got = read_posts(
        save("a.jsonl", [{"内容": "崩" * 50}, {"内容": "崩了"}]), settings=IngestSettings(max_text=10)
    )
    assert got.posts["text"].str.len().tolist() == [10, 2]
    assert got.posts["truncated"].tolist() == [True, False]


def test_unreadable_characters(save: Save):
    got = checked(
        read_posts(save("a.jsonl", [{"内容": "\ufffd\ufffd\ufffd崩"}, {"内容": "付不了款" * 9 + "\ufffd"}]))
    )
    assert got.rejected["reason"].tolist() == ["unreadable characters"]


def test_folders_go_on_past_what_cannot_be_read(save: Save, search: Search):
    path = save("d/a.csv", search("付不了款"))
    save("d/b.csv", b"")
    save("d/c.txt", "随便写的几句话\n没有表格\n")
    save("d/图.png", b"\x89PNG")
    save("d/sub/a.csv", search("付不了款", "打不开"))
    got = checked(read_posts(path.parent))
    found = {file.file: (file.format, file.rows, bool(file.error)) for file in got.quality.files}
    assert found == {
        "a.csv": ("weibo-search", 1, False),
        "b.csv": ("unreadable", 0, True),
        "c.txt": ("not posts", 0, False),
        "图.png": ("not posts", 0, False),
        "sub/a.csv": ("weibo-search", 2, False),
    }
    assert got.quality.files[0].path == path
    assert got.posts["source"].tolist() == ["sub/a.csv:2", "sub/a.csv:3"]  # the later row wins
    assert got.quality.files[0].duplicates == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", r"The file a\.csv is empty\."),
        (
            "a.csv",
            "user_id,nickname,fans\n1,某某,3\n",
            r"a\.csv holds no posts: no text column among: user_id, nickname, fans\. Name the text column",
        ),
        ("a.bin", bytes(range(32)) * 20, r"a\.bin is no table"),
        ("a.json", "{}", r"a\.json holds no posts"),
    ],
)
def test_nothing_to_read_is_one_sentence(save: Save, name: str, content: str | bytes, message: str):
    with pytest.raises(InputError, match=message):
        read_posts(save(name, content))


def test_missing_paths(tmp_path: Path, save: Save, search: Search):
    with pytest.raises(InputError, match=r"There is no file .*; check the name"):
        read_posts(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="None of the 2 files can be read; the first: There is no file"):
        read_posts([tmp_path / "x.csv", tmp_path / "y.csv"])
    got = checked(read_posts([tmp_path / "x.csv", save("a.csv", search("付不了款"))]))
    assert "There is no file" in str(got.quality.files[0].error)
    with pytest.raises(ConfigError, match="Unknown format 'weibosearch'"):
        read_posts(tmp_path / "nothing.csv", format="weibosearch")


def test_check_lets_files_without_posts_pass(save: Save):
    path = save("a.csv", "user_id,nickname,fans\n1,某某,3\n")
    verdict = check_files(path).quality.to_dict()
    assert sorted(verdict) == ["files", "schema", "totals", "trust"]
    assert verdict["files"] == [
        {"file": "a.csv", "format": "not posts",
        "format_reason": "no text column among: user_id, nickname, fans", "rows": 0, "accepted": 0,
         "rejected": 0, "duplicates": 0, "untimed": 0, "skipped": ["a.csv"], "error": None}
    ]  # fmt: skip
    assert verdict["trust"]["grade"] == "poor"


def test_a_header_alone_is_no_error(save: Save, search: Search):
    got = checked(read_posts(save("a.csv", search())))
    assert (len(got), got.quality.files[0].format) == (0, "weibo-search")


def test_frames(search: Search):
    frame = pd.DataFrame(
        {
            "text": ["付不了款", None, "打不开"],
            "created_at": pd.to_datetime(["2025-04-11 17:05", None, None]),
            "likes": pd.array([1, None, 3], "Int64"),
        }
    )
    got = checked(read_posts(frame))
    assert got.posts["source"].tolist() == ["frame:1", "frame:3"]
    assert got.posts["likes"].tolist() == [1, 3]
    with pytest.raises(InputError, match="frame holds no posts"):
        read_posts(pd.DataFrame({"x": [1]}))
    assert "关于" not in repr(frame)


def test_our_own_output_is_read_again(save: Save, search: Search, tmp_path: Path):
    first = read_posts(save("a.csv", search("=付不了款", "打不开", at="2025-04-11 17:05")), salt="s").posts
    guard_cells(first).to_csv(tmp_path / "out.csv", index=False, encoding="utf-8-sig")
    first.to_parquet(tmp_path / "out.parquet")
    for name in ("out.csv", "out.parquet"):
        again = checked(read_posts(tmp_path / name, salt="another")).posts
        same = [column for column in POSTS if column != "source"]
        pd.testing.assert_frame_equal(again[same], first[same])


def test_salt_changes_authors_alone(save: Save, search: Search):
    path = save("a.csv", search("付不了款", "打不开"))
    one, other = read_posts(path, salt="a").posts, read_posts(path, salt="b").posts
    assert (one["author"] != other["author"]).all()
    pd.testing.assert_frame_equal(one.drop(columns="author"), other.drop(columns="author"))
    assert "网友" not in one.to_csv()


def test_many_chunks_read_like_one(save: Save, search: Search, monkeypatch: pytest.MonkeyPatch):
    path = save("a.csv", search(*[f"第{n % 40}个人付不了款{n % 7}" for n in range(100)], "", "打不开"))
    whole = read_posts(path)
    monkeypatch.setattr(reading, "READ_AT_ONCE", 7)
    monkeypatch.setattr(reading, "CHUNK", 10)
    told: list[int] = []
    parts = checked(read_posts(path, progress=told.append))
    pd.testing.assert_frame_equal(parts.posts, whole.posts)
    pd.testing.assert_frame_equal(parts.rejected, whole.rejected)
    pd.testing.assert_frame_equal(parts.duplicates, whole.duplicates)
    assert parts.quality.to_dict() == whole.quality.to_dict()
    assert told == [*range(7, 102, 7), 102]
    sizes = [len(chunk) for chunk in parts.chunks()]
    assert max(sizes) <= 10
    assert len(sizes) > 5
    pd.testing.assert_frame_equal(pd.concat(parts.chunks(), ignore_index=True), whole.posts)
    pd.testing.assert_frame_equal(pd.concat(parts.rejected_chunks(), ignore_index=True), whole.rejected)
    assert len(list(whole.chunks())) == 1


def test_lost_rows_are_an_error(save: Save, search: Search, monkeypatch: pytest.MonkeyPatch):
    convert = reading.convert

    def leaky(*args: object, **named: object) -> Converted:
        got = convert(*args, **named)  # type: ignore[arg-type]
        return replace(got, posts=got.posts.iloc[:-1])

    monkeypatch.setattr(reading, "convert", leaky)
    with pytest.raises(SentimentError, match="Rows were lost: 2 read, 1 accepted"):
        read_posts(save("a.csv", search("付不了款", "打不开")))


def test_it_shows_itself(save: Save, search: Search):
    got = read_posts(save("a.csv", search("<b>付不了款</b>", "打不开<script>")))
    assert repr(got) == "Ingested(2 posts from 1 files; 0 rows rejected, 0 duplicates; data quality: poor)"
    page = got._repr_html_()
    assert "weibo-search" in page
    assert "few_posts" in page
    assert "<script>" not in page


def test_the_carried_sample(tmp_path: Path):
    got = checked(sample_posts())
    assert len(got) > 400
    assert got.quality.totals["untimed"] == 0
    assert got.quality.files[0].format == "weibo-search"
    pd.testing.assert_frame_equal(got.posts, sample_posts().posts)


def test_a_whole_csv_survives_a_spreadsheet_program(save: Save, tmp_path: Path, search: Search):
    """Saved again as tab-separated UTF-16, as spreadsheets do."""
    rows = list(csv.reader(search("付不了款", "打不开").lstrip("\ufeff").splitlines()))
    text = "\r\n".join("\t".join(row) for row in rows)
    assert len(checked(read_posts(save("a.txt", text.encode("utf-16"))))) == 2


def appended(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def cut_off(path: Path, _data: bytes) -> None:
    os.truncate(path, 300_000)


def replaced(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data * 2)


@pytest.mark.parametrize(
    ("change", "fewest", "most"), [(appended, 4000, 4000), (cut_off, 1000, 3999), (replaced, 4000, 4000)]
)
def test_a_file_that_changes_while_it_is_read_neither_loses_nor_gains_rows(
    change: Callable[[Path, bytes], None],
    fewest: int,
    most: int,
    save: Save,
    search: Search,
    monkeypatch: pytest.MonkeyPatch,
):
    """Read as far as it went when it was opened; what was cut off meanwhile is not made up."""
    monkeypatch.setattr(reading, "READ_AT_ONCE", 50)
    monkeypatch.setattr(reading, "CHUNK", 100)
    monkeypatch.setattr(delimited, "_STRETCHES", (1 << 12,))
    monkeypatch.setattr(decode, "_LOADED", 1 << 12)
    monkeypatch.setattr(bounded, "_BUFFER", 1 << 12)
    content = search(*[f"第{n}个人付不了款" for n in range(4000)])
    path = save("a.csv", content)
    told: list[int] = []

    def once(rows: int) -> None:
        if not told:
            change(path, content.encode())
        told.append(rows)

    got = checked(read_posts(path, progress=once))
    assert fewest <= got.quality.totals["rows"] <= most
    accepted = [f"第{n}个人付不了款" for n in range(len(got))]
    assert got.posts["text"].tolist()[:-1] == accepted[:-1]
