"""Every layout that scrapers write, read from files of invented rows: values, units, both eras."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from sentiment.ingest import Ingested, read_posts

Save = Callable[..., Path]
Table = Callable[..., str]
RowOf = Callable[..., list[str]]
AT = pd.Timestamp("2025-04-11 17:05", tz="Asia/Shanghai")
SECONDS = int(AT.timestamp())
MS = SECONDS * 1000

MEDIA: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "weibo.contents",
        {
            "note_id": "5150000000000001",
            "content": "付不了款",
            "create_time": SECONDS + 28_800,
            "create_date_time": "2025-04-11 17:05:00+08:00",
            "liked_count": "7",
            "comments_count": "8",
            "shared_count": "9",
            "source_keyword": "崩了",
        },
        {"post_id": "5150000000000001", "likes": 7, "comments": 8, "reposts": 9, "keyword": "崩了"},
    ),
    (
        "weibo.comments",
        {
            "comment_id": "5160000000000001",
            "create_time": SECONDS + 28_800,
            "note_id": "5150000000000001",
            "create_date_time": "2025-04-11 17:05:00+08:00",
            "content": "付不了款",
            "sub_comment_count": "1",
            "comment_like_count": "7",
            "parent_comment_id": "5160000000000001",
        },
        {"post_id": "5160000000000001", "likes": 7, "comments": 1, "root_id": "5150000000000001"},
    ),
    (
        "xhs.contents",
        {
            "note_id": "64a0000000000000000000a1",
            "type": "normal",
            "title": "求助",
            "desc": "付不了款",
            "time": MS,
            "last_update_time": MS + 9,
            "liked_count": "1.2万",
            "collected_count": "3",
            "comment_count": "8",
            "share_count": "9",
            "source_keyword": "",
        },
        {"text": "求助\n付不了款", "likes": 12_000, "comments": 8, "reposts": 9},
    ),
    (
        "xhs.comments",
        {
            "comment_id": "64a0000000000000000000b1",
            "create_time": MS,
            "note_id": "64a0000000000000000000a1",
            "content": "付不了款[笑哭R]",
            "sub_comment_count": 1,
            "pictures": "",
            "parent_comment_id": "",
            "like_count": 7,
        },
        {"text": "付不了款[笑哭R]", "likes": 7, "root_id": "64a0000000000000000000a1"},
    ),
    (
        "douyin.contents",
        {
            "aweme_id": "7490000000000000001",
            "aweme_type": "0",
            "title": "付不了款",
            "desc": "付不了款",
            "create_time": SECONDS,
            "liked_count": "7",
            "collected_count": "1",
            "comment_count": "8",
            "share_count": "9",
        },
        {"text": "付不了款", "likes": 7, "comments": 8, "reposts": 9},
    ),
    (
        "douyin.comments",
        {
            "comment_id": "7490000000000000002",
            "create_time": SECONDS,
            "aweme_id": "7490000000000000001",
            "content": "付不了款",
            "sub_comment_count": "0",
            "like_count": 7,
            "parent_comment_id": "0",
            "pictures": "",
        },
        {"likes": 7, "root_id": "7490000000000000001"},
    ),
    (
        "kuaishou.contents",
        {
            "video_id": "3x1",
            "video_type": "1",
            "title": "付不了款",
            "desc": "付不了款",
            "create_time": MS,
            "liked_count": "7",
            "viewd_count": "100",
            "video_url": "https://www.kuaishou.com/short-video/3x1",
        },
        {"text": "付不了款", "likes": 7},
    ),
    (
        "kuaishou.comments",
        {
            "comment_id": "9001",
            "create_time": MS,
            "video_id": "3x1",
            "content": "付不了款",
            "sub_comment_count": "2",
        },
        {"comments": 2, "root_id": "3x1"},
    ),
    (
        "bilibili.contents",
        {
            "video_id": "113000000001",
            "video_type": "video",
            "title": "崩了",
            "desc": "付不了款",
            "create_time": SECONDS,
            "liked_count": "7",
            "disliked_count": "0",
            "video_play_count": "5",
            "video_share_count": "9",
            "video_danmaku": "1",
            "video_comment": "8",
        },
        {"text": "崩了\n付不了款", "likes": 7, "comments": 8, "reposts": 9},
    ),
    (
        "bilibili.comments",
        {
            "comment_id": "2001",
            "parent_comment_id": "0",
            "create_time": SECONDS,
            "video_id": "113000000001",
            "content": "付不了款",
            "sub_comment_count": "1",
            "like_count": "7",
        },
        {"likes": 7, "root_id": "113000000001"},
    ),
    (
        "tieba.contents",
        {
            "note_id": "9300000001",
            "title": "崩了",
            "desc": "付不了款",
            "publish_time": "2025-04-11 17:05",
            "tieba_name": "外卖吧",
            "tieba_link": "x",
            "total_replay_num": 8,
            "total_replay_page": 1,
        },
        {"text": "崩了\n付不了款", "comments": 8},
    ),
    (
        "tieba.comments",
        {
            "comment_id": "1500001",
            "parent_comment_id": "",
            "content": "付不了款",
            "publish_time": "2025-04-11 17:05",
            "sub_comment_count": 1,
            "note_id": "9300000001",
            "tieba_id": "1",
            "tieba_name": "外卖吧",
            "tieba_link": "x",
        },
        {"comments": 1, "root_id": "9300000001"},
    ),
    (
        "zhihu.contents",
        {
            "content_id": "18001",
            "content_type": "answer",
            "content_text": "付不了款",
            "question_id": "5",
            "content_url": "https://www.zhihu.com/answer/18001",
            "title": "崩了吗",
            "desc": "",
            "created_time": SECONDS,
            "updated_time": SECONDS + 60,
            "voteup_count": 7,
            "comment_count": 8,
        },
        {"text": "崩了吗\n付不了款", "likes": 7, "comments": 8},
    ),
    (
        "zhihu.comments",
        {
            "comment_id": "19001",
            "parent_comment_id": "",
            "content": "付不了款",
            "publish_time": SECONDS,
            "sub_comment_count": 1,
            "like_count": 7,
            "dislike_count": 0,
            "content_id": "18001",
            "content_type": "answer",
        },
        {"likes": 7, "root_id": "18001"},
    ),
]
PERSON = {
    "nickname": "小王",
    "user_nickname": "小王",
    "user_id": "77",
    "user_link": "u",
    "ip_location": "上海",
}
ERAS: dict[str, dict[str, Any]] = {
    "until 2026-06": {**PERSON, "avatar": "a", "gender": "m", "last_modify_ts": MS + 60_000},
    "since 2026-07": {
        "creator_hash": "c1",
        "nickname": "小***王",
        "user_nickname": "小***王",
        "last_modify_ts": MS + 60_000,
    },
    "database": {"id": 1, "add_ts": MS, **PERSON, "last_modify_ts": MS + 60_000},
}


def with_era(name: str, row: dict[str, Any], era: str) -> dict[str, Any]:
    """A row with the account columns of its time; two sites call the nickname otherwise."""
    user = "user_nickname" if name.startswith(("tieba", "zhihu")) else "nickname"
    other = "nickname" if user == "user_nickname" else "user_nickname"
    return {**row, **{key: value for key, value in ERAS[era].items() if key != other}}


@pytest.mark.parametrize("era", list(ERAS))
@pytest.mark.parametrize(("name", "row", "expected"), MEDIA, ids=[name for name, _, _ in MEDIA])
def test_mediacrawler(name: str, row: dict[str, Any], expected: dict[str, Any], era: str, save: Save):
    got = read_posts(save("a.jsonl", [with_era(name, row, era)]))
    assert got.quality.files[0].format == f"mediacrawler.{name}"
    post = got.posts.iloc[0]
    platform, _, kind = name.partition(".")
    assert (post["platform"], post["kind"]) == (platform, "post" if kind == "contents" else "comment")
    assert post["created_at"] == AT
    assert not post["time_guessed"]
    assert len(post["author"]) == 16
    assert post["account_kind"] == "person"
    assert {key: post[key] for key in expected} == expected
    if "text" not in expected:
        assert post["text"] == "付不了款"


def test_mediacrawler_workbook(tmp_path: Path):
    """Sheets of posts, comments and people in one workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    people = {
        "user_id": "77",
        "nickname": "小王",
        "gender": "m",
        "desc": "爱吃外卖",
        "fans": "3",
        "follows": "4",
    }
    rows = {"Contents": MEDIA[2][1], "Comments": MEDIA[3][1], "Creators": people}
    for title, row in rows.items():
        sheet = book.create_sheet(title)
        sheet.append(list(row))
        sheet.append(list(row.values()))
    book.save(tmp_path / "xhs.xlsx")
    got = read_posts(tmp_path / "xhs.xlsx")
    assert got.posts["kind"].tolist() == ["post", "comment"]
    assert got.posts["created_at"].tolist() == [AT, AT]
    assert got.quality.files[0].skipped == ("xhs.xlsx[Creators]",)
    assert got.posts["source"].tolist() == ["xhs.xlsx[Contents]:2", "xhs.xlsx[Comments]:2"]


@pytest.mark.parametrize("width", [16, 17, 18, 19, 21])
def test_weibo_search_through_the_years(
    width: int, save: Save, header: list[str], row_of: RowOf, as_csv: Table
):
    row = row_of(1, "付不了款", ip="上海", user_authentication="蓝V", 用户昵称="美团", 点赞数="7")
    names = [name for name in header if name != "头条文章url"][:16] if width == 16 else header[:width]
    cells = [cell for name, cell in zip(header, row, strict=True) if name in names]
    got = read_posts(save("崩了/崩了.csv", as_csv(names, [cells])))
    post = got.posts.iloc[0]
    assert got.quality.files[0].format == "weibo-search"
    assert (post["text"], post["likes"], post["created_at"], post["keyword"]) == ("付不了款", 7, AT, "崩了")
    assert post["region"] == ("上海" if width >= 18 else "")
    assert post["account_kind"] == "official"


def database(path: Path, tables: dict[str, list[dict[str, Any]]]) -> Path:
    connection = sqlite3.connect(path)
    for table, rows in tables.items():
        names = ", ".join(f'"{name}"' for name in rows[0])
        connection.execute(f"CREATE TABLE {table} ({names})")
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", [tuple(row.values()) for row in rows])
    connection.commit()
    connection.close()
    return path


def test_weibo_search_database(tmp_path: Path):
    row = {
        "id": "5150000000000001",
        "bid": "P1",
        "user_id": "77",
        "screen_name": "小王",
        "text": "付不了款",
        "article_url": "",
        "topics": "",
        "at_users": "",
        "pics": "[]",
        "video_url": "",
        "location": "",
        "created_at": "2025-04-11 17:05",
        "source": "iPhone",
        "attitudes_count": 7,
        "comments_count": 8,
        "reposts_count": 9,
        "retweet_id": "",
        "ip": "上海",
        "user_authentication": "普通用户",
        "vip_type": "",
        "vip_level": 0,
    }
    got = read_posts(database(tmp_path / "weibo.db", {"weibo": [row]}))
    post = got.posts.iloc[0]
    assert got.quality.files[0].format == "weibo-search.db"
    assert (post["likes"], post["comments"], post["reposts"], post["region"]) == (7, 8, 9, "上海")
    assert post["created_at"] == AT


def test_weibo_crawler_database(tmp_path: Path):
    """Posts, comments, reposts; people and pictures are no posts."""
    raw = "Fri Apr 11 17:05:00 +0800 2025"
    post = {
        "id": "5150000000000001",
        "bid": "P1",
        "user_id": "77",
        "screen_name": "小王",
        "text": "付不了款",
        "article_url": "",
        "topics": "",
        "at_users": "",
        "pics": "",
        "video_url": "",
        "live_photo_url": "",
        "location": "",
        "created_at": "2025-04-11 17:05:00",
        "source": "",
        "attitudes_count": 7,
        "comments_count": 8,
        "reposts_count": 9,
        "retweet_id": "",
        "edited": 0,
        "edit_count": 0,
    }
    comment = {
        "id": "516",
        "bid": "C",
        "weibo_id": post["id"],
        "root_id": "516",
        "user_id": "78",
        "created_at": raw,
        "user_screen_name": "小李",
        "user_avatar_url": "",
        "text": "我也是",
        "pic_url": "",
        "like_count": 3,
    }
    repost = {
        "id": "517",
        "bid": "R",
        "weibo_id": post["id"],
        "user_id": "79",
        "created_at": raw,
        "user_screen_name": "小张",
        "user_avatar_url": "",
        "text": "转发微博",
        "like_count": 2,
    }
    people = {
        "id": "77",
        "nick_name": "小王",
        "gender": "m",
        "follower_count": 3,
        "follow_count": 4,
        "bio": "爱吃",
    }
    bins = {
        "id": 1,
        "ext": "jpg",
        "data": b"\xff\xd8",
        "weibo_id": post["id"],
        "comment_id": None,
        "path": "x",
        "url": "y",
    }
    tables = {"user": [people], "weibo": [post], "comments": [comment], "reposts": [repost], "bins": [bins]}
    got = read_posts(database(tmp_path / "weibodata.db", tables))
    assert got.posts["kind"].tolist() == ["post", "comment", "repost"]
    assert got.posts["root_id"].tolist() == ["", post["id"], post["id"]]
    assert got.posts["created_at"].tolist() == [AT] * 3
    assert got.posts["likes"].tolist() == [7, 3, 2]
    assert got.quality.files[0].skipped == ("weibodata.db[user]", "weibodata.db[bins]")


CRAWLER = [
    "id",
    "bid",
    "正文",
    "头条文章url",
    "原始图片url",
    "视频url",
    "Live Photo视频url",
    "位置",
    "日期",
    "工具",
    "点赞数",
    "评论数",
    "转发数",
    "话题",
    "@用户",
    "完整日期",
    "是否编辑过",
    "编辑次数",
]


def test_weibo_crawler_ragged(save: Save, as_csv: Table):
    """A header of 39 columns over rows of 19 and of 37 cells."""
    header = [*CRAWLER, "是否原创", "源用户id", "源用户昵称", *(f"源微博{name}" for name in CRAWLER)]
    own = dict.fromkeys(CRAWLER, "") | {
        "id": "5150000000000001\t",
        "bid": "P1",
        "正文": "付不了款",
        "点赞数": "7",
    }
    own |= {"日期": "2025-04-11T17:05:00", "完整日期": "2025-04-11 17:05:00", "是否编辑过": "False"}
    source = own | {"id": "5150000000000002\t", "bid": "P2", "正文": "系统正在抢修", "点赞数": "70"}
    original = [*own.values(), "True"]
    repost = [*(own | {"id": "5150000000000003\t", "正文": "转发微博"}).values(), "False", "79", "某某"]
    repost += list(source.values())[: 37 - len(repost)]
    got = read_posts(save("77.csv", as_csv(header, [original, repost])))
    assert got.quality.files[0].format == "weibo-crawler"
    assert got.posts["post_id"].tolist() == ["5150000000000001", "5150000000000003", "5150000000000002"]
    assert got.posts["kind"].tolist() == ["post", "repost", "post"]
    assert got.posts["created_at"].dropna().eq(AT).all()
    assert got.posts["text"].tolist() == ["付不了款", "转发微博", "系统正在抢修"]


RAW_POST = {
    "created_at": "Fri Apr 11 17:05:00 +0800 2025",
    "reposts_count": 9,
    "comments_count": 8,
    "attitudes_count": 7,
    "source": "iPhone",
    "region_name": "发布于 上海",
}
NGHUYONG = {
    "_id": "5150000000000001",
    "mblogid": "P1",
    "created_at": "2025-04-11 17:05:00",
    "geo": None,
    "ip_location": "发布于 上海",
    "reposts_count": 9,
    "comments_count": 8,
    "attitudes_count": 7,
    "source": "<a href='x'>iPhone</a>",
    "content": "付不了款[怒]",
    "pic_urls": [],
    "crawl_time": SECONDS,
    "user": {"_id": "77", "nick_name": "小王", "verified_type": -1},
}
WHOLE = {"likes": 7, "comments": 8, "reposts": 9, "region": "上海"}
OTHERS: list[tuple[str, Any, dict[str, Any]]] = [
    ("weibospider-nghuyong", [NGHUYONG], {**WHOLE, "text": "付不了款[怒]"}),
    (
        "weibospider-nghuyong.comments",
        [
            {
                "created_at": "2025-04-11 17:05:00",
                "_id": 516,
                "like_counts": 7,
                "ip_location": "来自上海",
                "content": "付不了款",
                "comment_user": {"_id": "77", "nick_name": "小王"},
                "crawl_time": SECONDS,
            }
        ],
        {"likes": 7, "region": "上海", "kind": "comment", "post_id": "516"},
    ),
    (
        "weibospider-nghuyong.legacy",
        [
            {
                "_id": "77_P1",
                "user_id": "77",
                "content": "付不了款",
                "created_at": "2025-04-11 17:05",
                "repost_num": 9,
                "comment_num": 8,
                "like_num": 7,
                "tool": "iPhone",
                "crawl_time": SECONDS,
            }
        ],
        {"likes": 7, "comments": 8, "reposts": 9},
    ),
    (
        "crawl4weibo",
        [
            {
                "id": "5150000000000001",
                "user_id": "77",
                "text": "付不了款",
                "created_at": "2025-04-11T17:05:00+08:00",
                "source": "",
                "reposts_count": 9,
                "comments_count": 8,
                "attitudes_count": 7,
                "pic_urls": [],
                "is_original": True,
                "location": "",
                "topic_ids": [],
                "at_users": [],
            }
        ],
        {"likes": 7, "comments": 8, "reposts": 9},
    ),
    (
        "crawl4weibo.comments",
        [
            {
                "id": "516",
                "text": "付不了款",
                "created_at": "2025-04-11 17:05:00",
                "source": "来自上海",
                "user_id": "77",
                "user_screen_name": "小王",
                "user_verified": False,
                "like_counts": 7,
                "reply_id": None,
            }
        ],
        {"likes": 7, "kind": "comment", "region": "上海"},
    ),
    (
        "weibo.m_api",
        {
            "ok": 1,
            "data": {
                "cards": [
                    {
                        "card_type": 11,
                        "card_group": [
                            {
                                "card_type": 9,
                                "mblog": {
                                    **RAW_POST,
                                    "id": "5150000000000001",
                                    "mid": "1",
                                    "bid": "P1",
                                    "text": "付不了款<br/>",
                                    "user": {"id": 77, "screen_name": "小王"},
                                },
                            }
                        ],
                    }
                ]
            },
        },
        WHOLE,
    ),
    (
        "weibo.pc_ajax",
        {
            "ok": 1,
            "statuses": [
                {
                    **RAW_POST,
                    "idstr": "5150000000000001",
                    "mid": "1",
                    "mblogid": "P1",
                    "text": "x",
                    "text_raw": "付不了款",
                    "user": {"idstr": "77", "screen_name": "小王"},
                }
            ],
        },
        WHOLE,
    ),
    (
        "weibo.pc_ajax",
        [
            {
                **RAW_POST,
                "idstr": "5150000000000001",
                "mid": "1",
                "mblogid": "P1",
                "text": "x",
                "text_raw": "付不了款",
            }
        ],
        WHOLE,
    ),
    (
        "weibo.m_api",  # in the envelope of a paid service
        {
            "code": 200,
            "request_id": "r",
            "message": "请求成功",
            "time": "2025-04-11",
            "data": {
                "cards": [
                    {"card_type": 9, "mblog": {**RAW_POST, "id": "1", "text": "付不了款", "user": {"id": 77}}}
                ]
            },
        },
        WHOLE,
    ),
]


@pytest.mark.parametrize(("name", "content", "expected"), OTHERS)
def test_other_scrapers(name: str, content: object, expected: dict[str, Any], save: Save):
    lines = isinstance(content, list)
    got = read_posts(save("a.jsonl", content) if lines else save("a.json", json.dumps(content)))
    assert got.quality.files[0].format == name
    post = got.posts.iloc[0]
    assert post["created_at"] == AT
    assert post["platform"] == "weibo"
    assert {"text": "付不了款", **{key: post[key] for key in expected if key != "text"}} | {
        "text": post["text"]
    } == {"text": "付不了款", **expected}
    assert got.quality.totals["rows"] == len(got.posts)


def test_weibospider_with_its_header_again(save: Save):
    header = "微博id,微博正文,头条文章url,原始图片url,被转发微博原始图片url,是否为原创微博,"
    header += "微博视频url,发布位置,发布时间,发布工具,点赞数,转发数,评论数\n"
    row = "Q{n},第{n}个付不了款,,,,True,,无,2025-04-11 17:05,iPhone,7,9,8\n"
    got: Ingested = read_posts(save("a.csv", header + row.format(n=1) + header + row.format(n=2)))
    assert got.quality.files[0].format == "weibospider-dataabc"
    assert got.posts["likes"].tolist() == [7, 7]
    assert got.posts["created_at"].tolist() == [AT, AT]
    assert got.rejected["reason"].tolist() == ["repeated header"]
