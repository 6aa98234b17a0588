"""Every layout is told by its columns; tables of unknown make by the names and contents of theirs."""

from __future__ import annotations

import pytest

from sentiment.errors import ConfigError
from sentiment.ingest.formats import LAYOUTS, detect, is_header, is_record, layout_named, pick, pick_first

OLD = "user_id nickname avatar ip_location last_modify_ts"
NEW = "creator_hash nickname last_modify_ts"

KNOWN = [
    (
        "note_id content create_time create_date_time liked_count comments_count shared_count note_url",
        "mediacrawler.weibo.contents",
    ),
    (
        "comment_id create_time create_date_time note_id content sub_comment_count comment_like_count "
        "parent_comment_id",
        "mediacrawler.weibo.comments",
    ),
    (
        "note_id type title desc video_url time last_update_time liked_count collected_count comment_count "
        "share_count image_list tag_list note_url source_keyword xsec_token",
        "mediacrawler.xhs.contents",
    ),
    (
        "comment_id create_time note_id content sub_comment_count pictures parent_comment_id like_count",
        "mediacrawler.xhs.comments",
    ),
    (
        "aweme_id aweme_type title desc create_time liked_count collected_count comment_count share_count "
        "aweme_url cover_url",
        "mediacrawler.douyin.contents",
    ),
    (
        "comment_id create_time aweme_id content sub_comment_count like_count parent_comment_id pictures",
        "mediacrawler.douyin.comments",
    ),
    (
        "video_id video_type title desc create_time liked_count viewd_count video_url",
        "mediacrawler.kuaishou.contents",
    ),
    ("comment_id create_time video_id content sub_comment_count", "mediacrawler.kuaishou.comments"),
    (
        "video_id video_type title desc create_time liked_count video_play_count video_danmaku video_comment",
        "mediacrawler.bilibili.contents",
    ),
    (
        "comment_id parent_comment_id create_time video_id content sub_comment_count like_count",
        "mediacrawler.bilibili.comments",
    ),
    (
        "note_id title desc note_url publish_time tieba_name tieba_link total_replay_num total_replay_page "
        "source_keyword",
        "mediacrawler.tieba.contents",
    ),
    (
        "comment_id parent_comment_id content publish_time sub_comment_count note_id note_url tieba_id "
        "tieba_name",
        "mediacrawler.tieba.comments",
    ),
    (
        "content_id content_type content_text content_url question_id title desc created_time updated_time "
        "voteup_count comment_count",
        "mediacrawler.zhihu.contents",
    ),
    (
        "comment_id parent_comment_id content publish_time sub_comment_count like_count dislike_count "
        "content_id content_type",
        "mediacrawler.zhihu.comments",
    ),
]
OTHERS = [
    (
        "id bid user_id 用户昵称 微博正文 发布位置 艾特用户 话题 转发数 评论数 点赞数 发布时间 发布工具",
        "weibo-search",
    ),
    (
        "id bid user_id screen_name text article_url topics at_users pics location created_at source "
        "attitudes_count comments_count reposts_count retweet_id ip",
        "weibo-search.db",
    ),
    (
        "id bid 正文 头条文章url 原始图片url 视频url 位置 日期 工具 点赞数 评论数 转发数 话题 @用户 完整日期",
        "weibo-crawler",
    ),
    (
        "user_id screen_name id bid text article_url pics live_photo_url links created_at attitudes_count "
        "at_users full_created_at",
        "weibo-crawler.json",
    ),
    (
        "id bid user_id screen_name text article_url topics at_users pics live_photo_url created_at "
        "attitudes_count retweet_id",
        "weibo-crawler.json",
    ),
    ("id weibo_id created_at user_screen_name text pic_url like_count", "weibo-crawler.comments"),
    ("id bid weibo_id user_id created_at user_screen_name text like_count", "weibo-crawler.reposts"),
    ("mid idstr mblogid created_at text_raw text source region_name reposts_count", "weibo.pc_ajax"),
    ("微博id 微博正文 头条文章url 发布位置 发布时间 发布工具 点赞数 转发数 评论数", "weibospider-dataabc"),
    (
        "_id mblogid created_at ip_location reposts_count comments_count attitudes_count content user url "
        "crawl_time",
        "weibospider-nghuyong",
    ),
    (
        "created_at _id like_counts ip_location content comment_user crawl_time",
        "weibospider-nghuyong.comments",
    ),
    (
        "_id user_id content created_at repost_num comment_num like_num tool crawl_time",
        "weibospider-nghuyong.legacy",
    ),
    (
        "id user_id text created_at source reposts_count attitudes_count topic_ids is_original at_users",
        "crawl4weibo",
    ),
    ("id text created_at source user_id user_screen_name like_counts reply_id", "crawl4weibo.comments"),
    (
        "id mid bid text created_at user source attitudes_count comments_count reposts_count region_name",
        "weibo.m_api",
    ),
    ("idstr mid mblogid text text_raw created_at user attitudes_count region_name", "weibo.pc_ajax"),
    ("post_id created_at text author account_kind platform dup_group source", "sentiment.posts"),
]


@pytest.mark.parametrize("era", ["", OLD, NEW, f"id add_ts {OLD}"])
@pytest.mark.parametrize(("columns", "name"), KNOWN)
def test_both_eras_of_mediacrawler(columns: str, name: str, era: str):
    found = detect([], [*columns.split(), *era.split()])
    assert found.layout is not None
    assert found.layout.name == name
    assert found.reason.startswith("columns ")


@pytest.mark.parametrize(("columns", "name"), OTHERS)
def test_other_scrapers(columns: str, name: str):
    found = detect([], columns.split())
    assert found.layout is not None
    assert found.layout.name == name


def test_every_layout_is_covered_here():
    assert {layout.name for layout in LAYOUTS} == {name for _, name in [*KNOWN, *OTHERS]} | {
        "weibo.m_api.comments"
    }


def test_every_layout_feeds_text_time_and_id():
    for layout in LAYOUTS:
        assert {"text", "time", "id"} <= set(layout.fields), layout.name


@pytest.mark.parametrize(
    ("row", "text", "kind"),
    [
        ({"内容": "付不了款", "时间": "12:00"}, "内容", "post"),
        ({"标题／微博内容": "付不了款", "全文内容": "付不了款，退了吗"}, "全文内容", "post"),
        ({"微博内容": "付不了款", "评论": "3"}, "微博内容", "post"),
        ({"微博id": "5.03733E+15", "微博内容": "付不了款", "粉丝数": "3万"}, "微博内容", "post"),
        ({"评论内容": "付不了款", "内容": "原帖说了什么"}, "评论内容", "comment"),
        ({"comment": "still down", "likes": 3}, "comment", "comment"),
        ({"title": "闪退", "body": "打开就退", "rating": 1}, "title+body", "review"),
        ({"review": "打开就退", "stars": 1}, "review", "review"),
        ({"Text": "打开就退", "Created_At": "x"}, "Text", "post"),
        ({"标题": "某平台崩了", "热度": "12万"}, "标题", "title"),
        ({"content": "https://t.cn/x", "text": "真的崩了"}, "text", "post"),
        ({"content": 12345, "文案": "真的崩了"}, "文案", "post"),
        ({"desc": "真的崩了", "nickname": "某某"}, "desc", "post"),
    ],
)
def test_tables_of_unknown_make(row: dict[str, object], text: str, kind: str):
    found = detect([row] * 3, list(row))
    assert found.layout is not None
    assert (found.layout.name, found.layout.fields["text"], found.layout.kind) == ("generic", text, kind)


@pytest.mark.parametrize(
    "row",
    [
        {"user_id": "1", "nickname": "某某", "desc": "爱吃外卖", "fans": 3, "follows": 4},
        {"id": "1", "nick_name": "某某", "followers_count": 3, "description": "爱吃外卖"},
        {"a": 1, "b": 2},
        {"content": 3, "text": 4},
        {"timestamp": "2025-04-11", "value": 3},
        {"code": 200, "request_id": "r", "message": "请求成功", "time": "2025-04-11", "data": None},
    ],
)
def test_tables_without_posts(row: dict[str, object]):
    found = detect([row] * 3, list(row))
    assert found.layout is None
    assert found.reason.startswith("no text column among: ")


def test_generic_columns_are_recognised():
    row = {
        "微博ID": "1",
        "微博作者": "某某",
        "微博内容": "崩了",
        "点赞量": 1,
        "ip属地": "上海",
        "发布时间": "x",
        "关键词": "k",
    }
    layout = detect([row], list(row)).layout
    assert layout is not None
    assert layout.platform == "weibo"
    assert {name: layout.fields[name] for name in ("id", "nickname", "likes", "region", "time",
    "keyword")} == {
        "id": "微博ID", "nickname": "微博作者", "likes": "点赞量", "region": "ip属地", "time": "发布时间",
        "keyword": "关键词"
    }  # fmt: skip


def test_day_and_clock_in_two_columns():
    row = {"内容": "崩了", "日期": "2025-04-11", "时间": "17:05"}
    layout = detect([row], list(row)).layout
    assert layout is not None
    assert layout.fields["time"] == "日期+时间"


def test_a_format_can_be_asked_for():
    row = {"content": "崩了", "note_id": "1"}
    found = detect([row], list(row), format="mediacrawler.weibo.contents")
    assert (found.layout, found.reason) == (layout_named("mediacrawler.weibo.contents"), "asked for")
    generic = detect(
        [row], ["note_id", "content", "create_date_time", "shared_count"], format="generic"
    ).layout
    assert generic is not None
    assert generic.name == "generic"
    wrong = detect([{"x": 1}], ["x"], format="weibo-search")
    assert wrong.layout is None
    assert "there is no column 微博正文" in wrong.reason
    with pytest.raises(ConfigError, match="Unknown format 'weibo-serch': did you mean 'weibo-search'"):
        detect([row], list(row), format="weibo-serch")


@pytest.mark.parametrize(
    ("cells", "header"),
    [
        (["id", "content", "time"], True),
        (["\ufeffid", "bid", "微博正文"], True),
        (["text"], True),
        (["1", "content", "time"], False),
        (["崩了", "某某", "上海"], False),
        (["id", "id", "id", "id"], False),
        (["content", "x" * 80], False),
        ([], False),
    ],
)
def test_headers(cells: list[str], header: bool):
    assert is_header(cells) is header


def test_records():
    assert is_record({"text": "a"})
    assert is_record({"title": "a", "desc": "b", "nickname": "c", "liked_count": 1})
    assert not is_record({"title": "广告", "desc": "正在直播", "card_type": 42})
    assert not is_record({str(n): n for n in range(300)} | {"text": "a"})


def test_cells_are_picked_by_preference():
    rows = [{"a": "", "user": {"id": 7}}, {"a": "x"}, {"user": None}]
    assert pick_first(rows, ["a", "user.id"]) == [7, "x", None]
    assert pick_first(rows, []) == [None] * 3
    assert pick({"user.id": 3, "user": {"id": 4}}, "user.id") == 3
