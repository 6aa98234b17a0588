"""Tables of unknown make: columns recognised by their Chinese or English names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

from sentiment.ingest.formats.known import LAYOUTS
from sentiment.ingest.formats.layout import Layout, pick
from sentiment.ingest.values import is_missing, parse_count, plain

_SEPARATORS: Final = re.compile(r"[\s_\-.:：/／\\()（）\ufeff\u200b\"']+")

COMMENT_TEXT: Final = (
    "评论内容", "评论文本", "评论正文", "回复内容", "弹幕内容", "弹幕", "comment_text", "comment_content",
    "comment_body", "comment", "评论",
)  # fmt: skip
REVIEW_TEXT: Final = (
    "评价内容", "用户评价", "评价", "点评内容", "点评", "review_text", "review_content", "review_body",
    "review",
)  # fmt: skip
POST_TEXT: Final = (
    "全文内容", "微博正文", "微博内容", "微博文本", "标题／微博内容", "博文内容", "博文", "帖子内容",
    "帖子正文", "笔记内容",
    "正文内容", "正文", "内容", "全文", "文本内容", "文本", "文案", "原文", "留言", "留言内容", "动态内容",
    "full_text",
    "longtext", "long_text", "text_raw", "raw_text", "content_text", "post_text", "post_content",
    "tweet_text",
    "text_content", "text", "content", "body", "tweet", "post", "sentence", "own_text",
)  # fmt: skip
WEAK_TEXT: Final = (
    "desc",
    "description",
    "描述",
    "简介",
    "摘要",
    "summary",
    "selftext",
    "message",
    "msg",
    "消息",
)
TITLES: Final = (
    "标题",
    "帖子标题",
    "笔记标题",
    "文章标题",
    "视频标题",
    "title",
    "subject",
    "headline",
    "热搜",
    "热搜词",
)

ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "time": ("created_at", "create_time", "publish_time", "created_time", "create_date_time", "createtime",
    "pub_time",
             "publish_at", "published_at", "publish_date", "pubdate", "pub_date", "post_time", "posted_at",
             "post_date",
             "comment_time", "review_time", "review_date", "datetime", "date_time", "timestamp", "time",
             "date", "ctime",
             "created", "created_date", "发布时间", "发表时间", "发文时间", "发帖时间", "微博发布时间",
             "微博时间", "评论时间",
             "评价时间", "创建时间", "发送时间", "回复时间", "时间", "日期", "发布日期", "at"),
    "id": ("post_id", "note_id", "comment_id", "weibo_id", "tweet_id", "review_id", "aweme_id", "mblog_id",
    "mblogid",
           "message_id", "mid", "微博id", "评论id", "帖子id", "笔记id", "id", "_id", "idstr"),
    "author": ("user_id", "userid", "uid", "author_id", "creator_hash", "sec_uid", "用户id", "作者id",
    "博主id",
               "评论者id", "user_hash"),
    "nickname": ("nickname", "nick_name", "screen_name", "user_name", "username", "user_nickname",
    "author_name", "author",
                 "user", "user_screen_name", "昵称", "用户昵称", "用户名", "用户名称", "用户", "作者",
                 "作者昵称", "微博作者", "博主",
                 "博主昵称", "评论者", "评论者昵称", "发布者", "发布人", "name"),
    "verified": ("user_authentication", "verified_type", "认证类型", "用户认证", "认证", "微博认证"),
    "reposts": ("reposts", "reposts_count", "repost_count", "shares", "share_count", "shared_count",
    "shares_count",
                "retweets", "retweet_count", "转发数", "转发量", "转发", "分享数", "分享量", "转发次数"),
    "comments": ("comments", "comments_count", "comment_count", "reply_count", "replies", "comments_num",
    "评论数", "评论量",
                 "评论次数", "回复数", "评论"),
    "likes": ("likes", "like", "like_count", "likes_count", "liked_count", "like_counts", "attitudes_count",
    "digg_count",
              "voteup_count", "thumbs", "upvotes", "点赞数", "点赞量", "点赞", "赞", "赞数", "获赞数",
              "点赞次数"),
    "region": ("ip_location", "region_name", "ip_region", "region", "province", "location", "ip属地",
    "ip归属地", "属地",
               "ip地址", "ip", "地区", "省份", "ip属地_城市", "ip属地_省份", "发布位置", "城市", "area"),
    "keyword": ("keyword", "source_keyword", "search_keyword", "query", "关键词", "关键字", "搜索词",
    "搜索关键词"),
    "root": ("root_id", "parent_id", "parent_post_id", "retweet_id", "所属微博id", "原微博id", "源微博id"),
    "url": ("url", "link", "note_url", "post_url", "链接", "微博链接", "帖子链接", "网址", "原文链接",
    "微博地址"),
    "crawled": ("crawl_time", "crawled_at", "crawl_ts", "fetched_at", "scraped_at", "collected_at",
    "last_modify_ts",
                "抓取时间", "爬取时间", "采集时间"),
    "platform": ("platform", "平台", "来源平台", "site"),
    "stars": ("rating", "stars", "star", "score", "评分", "星级", "打分"),
}  # fmt: skip
"""Our fields and the column names that stand for them, best first."""

_PEOPLE: Final = (
    "fans",
    "follows",
    "follower_count",
    "followers_count",
    "statuses_count",
    "reg_date",
    "粉丝数",
    "关注数",
)
_PLATFORMS: Final = {
    "weibo": ("weibo", "微博", "mblog"),
    "xhs": ("xiaohongshu", "xhs", "小红书", "笔记"),
    "douyin": ("douyin", "抖音", "aweme"),
    "kuaishou": ("kuaishou", "快手"),
    "bilibili": ("bilibili", "b站", "哔哩", "弹幕"),
    "tieba": ("tieba", "贴吧"),
    "zhihu": ("zhihu", "知乎"),
}


@lru_cache(maxsize=4096)
def normal_name(column: str) -> str:
    r"""Return a column's name without case, blanks and punctuation.

    >>> normal_name(" Created_At "), normal_name("\ufeff标题／微博内容")
    ('createdat', '标题微博内容')
    """
    return _SEPARATORS.sub("", column[:80]).lower()


@cache
def _names(group: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(normal_name(name) for name in group))


@cache
def _all_names() -> frozenset[str]:
    groups = (COMMENT_TEXT, REVIEW_TEXT, POST_TEXT, WEAK_TEXT, TITLES, _PEOPLE, *ROLES.values())
    known = {
        normal_name(name.lstrip("!")) for layout in LAYOUTS for name in (*layout.signature, *layout.order)
    }
    fed = {normal_name(c) for layout in LAYOUTS for name in layout.fields for c in layout.columns(name)}
    return frozenset(name for group in groups for name in _names(group)) | known | fed


def is_header(cells: Sequence[str]) -> bool:
    """Tell whether a record is a header line: short, distinct cells, some of them known column names.

    >>> is_header(["id", "微博正文", "发布时间"]), is_header(["77", "又崩了", "2025-04-11"])
    (True, False)
    """
    if not cells or cells[0][:1].isdigit() or any(len(cell) > 60 for cell in cells):
        return False  # the quick way out for nearly every row of data
    names = [normal_name(cell) for cell in cells if cell.strip()]
    if len(set(names)) < len(names) * 0.8:
        return False
    known = sum(name in _all_names() for name in names)
    return known >= 2 if len(names) > 2 else known >= 1


@lru_cache(maxsize=4096)
def _is_record(columns: tuple[str, ...]) -> bool:
    names = {normal_name(column) for column in columns}
    if names & set(_names((*COMMENT_TEXT, *REVIEW_TEXT, *POST_TEXT))):
        return True
    weak = names & set(_names((*WEAK_TEXT, *TITLES)))
    roles = sum(bool(names & set(_names(ROLES[role]))) for role in ("time", "author", "nickname", "likes"))
    return bool(weak) and roles >= 2


def is_record(item: Mapping[str, object]) -> bool:
    """Tell whether a JSON object is a post rather than a wrapper around posts.

    >>> is_record({"text": "又崩了", "id": 1}), is_record({"ok": 1, "data": {}})
    (True, False)
    """
    return len(item) < 200 and _is_record(tuple(map(str, item)))


def guess_layout(rows: Sequence[Mapping[str, object]], columns: Iterable[str]) -> Layout | None:
    """Return a layout for a table of unknown make, None where no column holds posts.

    A column counts as text by its name and by what it holds: numbers, addresses and times are no text.

    >>> guess_layout([{"内容": "又崩了", "时间": "12:00"}], ["内容", "时间"]).fields["text"]
    '内容'
    """
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(normal_name(column), column)
    text, kind = _text_column(rows, by_name)
    if not text:
        return None
    fields = {"text": text}
    taken = set(text.split("+"))
    for role, group in ROLES.items():
        found = [by_name[name] for name in _names(group) if name in by_name and by_name[name] not in taken]
        if role == "id" and found:
            found = found[:1]
        if found:
            fields[role] = "|".join(found[:3])
    return _finish(rows, fields, kind, by_name)


def _finish(
    rows: Sequence[Mapping[str, object]], fields: dict[str, str], kind: str, by_name: Mapping[str, str]
) -> Layout:
    for role in ("likes", "comments", "reposts"):
        if role in fields:
            fields[role] = fields[role].split("|")[0]
    if "stars" in fields and kind == "post":
        kind = "review"
    fields.pop("stars", None)
    _drop_user_object(rows, fields)
    _join_date_and_clock(rows, fields, by_name)
    return Layout("generic", _platform(rows, fields, by_name), kind, (), fields)


def _drop_user_object(rows: Sequence[Mapping[str, object]], fields: dict[str, str]) -> None:
    """A nested ``user`` object gives its id and name instead of itself."""
    if any(isinstance(row.get("user"), Mapping) for row in rows[:50]):
        fields["author"] = "user.id|user._id|user.idstr|" + fields.get("author", "user.user_id")
        fields["nickname"] = "user.screen_name|user.nick_name|user.nickname|user.name"


def _join_date_and_clock(
    rows: Sequence[Mapping[str, object]], fields: dict[str, str], by_name: Mapping[str, str]
) -> None:
    dates = [by_name[name] for name in ("date", "日期", "发布日期") if name in by_name]
    clocks = [by_name[name] for name in ("time", "时间", "发布时间") if name in by_name]
    if dates and clocks:
        sample = [
            plain(row.get(clocks[0])).strip() for row in rows[:50] if not is_missing(row.get(clocks[0]))
        ]
        if sample and all(re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", cell) for cell in sample):
            fields["time"] = f"{dates[0]}+{clocks[0]}"


def _text_column(rows: Sequence[Mapping[str, object]], by_name: Mapping[str, str]) -> tuple[str, str]:
    """The text column (``title+body`` where both are there) and the kind of post it makes."""
    people = any(name in by_name for name in _names(_PEOPLE))
    titles = [
        by_name[name] for name in _names(TITLES) if name in by_name and _holds_text(rows, by_name[name])
    ]
    groups = [(COMMENT_TEXT, "comment"), (REVIEW_TEXT, "review"), (POST_TEXT, "post")]
    if not people and not {"code", "data"} <= by_name.keys():  # an answer's envelope says "message": "ok"
        groups.append((WEAK_TEXT, "post"))
    for group, kind in groups:
        found = [by_name[n] for n in _names(group) if n in by_name and _holds_text(rows, by_name[n])]
        if found:
            joined = titles[:1] if kind != "comment" else []
            return "+".join([*joined, found[0]]), kind
    return (titles[0], "title") if titles and not people else ("", "")


def _holds_text(rows: Sequence[Mapping[str, object]], column: str) -> bool:
    filled = [cell for row in rows[:300] if not is_missing(cell := pick(row, column))]
    if not filled:
        return not rows  # an empty table says nothing against its header
    words = sum(_is_words(cell) for cell in filled)
    return words * 2 >= len(filled)


def _is_words(cell: object) -> bool:
    if not isinstance(cell, str):
        return False
    text = cell.strip()
    if parse_count(text) is not None or re.match(r"https?://|\d{4}[-/.]\d", text[:12]):
        return False
    return any(char.isalpha() for char in text[:400]) or not text.isascii()


def _platform(
    rows: Sequence[Mapping[str, object]], fields: Mapping[str, str], by_name: Mapping[str, str]
) -> str:
    hints = " ".join(by_name) + " " + " ".join(plain(row.get(fields.get("url", ""))) for row in rows[:20])
    return platform_named(hints)


def platform_named(text: str) -> str:
    """Return the platform that a name, header or address speaks of, else ``unknown``.

    >>> platform_named("小红书"), platform_named("https://m.weibo.cn/detail/1"), platform_named("app")
    ('xhs', 'weibo', 'unknown')
    """
    low = text[:4000].lower()
    return next((name for name, words in _PLATFORMS.items() if any(word in low for word in words)), "unknown")
