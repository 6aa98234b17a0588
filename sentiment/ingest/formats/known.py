"""The layouts of known scrapers, as data: one entry a layout.

Read in the scrapers' source code and in files they wrote; both MediaCrawler eras (with user ids until
2026-06, ``creator_hash`` since) share an entry, because ``a|b`` takes what is there.
"""

from __future__ import annotations

from typing import Final

from sentiment.ingest.formats.layout import Layout

_MC: Final = "mediacrawler."
_WHO: Final = {
    "author": "creator_hash|user_id",
    "nickname": "nickname|user_nickname",
    "crawled": "last_modify_ts",
}
_NOTE: Final = {**_WHO, "region": "ip_location", "keyword": "source_keyword"}
_REPLY: Final = {
    **_WHO,
    "id": "comment_id",
    "text": "content",
    "time": "create_time",
    "likes": "like_count",
    "comments": "sub_comment_count",
    "region": "ip_location",
}
_COUNTS: Final = {
    "reposts": "reposts_count|repost_num",
    "comments": "comments_count|comment_num",
    "likes": "attitudes_count|likes_count|like_num|like_counts|like_count",
}

_MEDIACRAWLER: Final = (
    Layout(
        _MC + "weibo.contents", "weibo", "post",
        ("note_id", "content", "create_date_time", "shared_count"),
        {**_NOTE, "id": "note_id", "text": "content", "time": "create_date_time|create_time",
         "likes": "liked_count", "comments": "comments_count", "reposts": "shared_count", "url": "note_url"},
        clock_ahead="create_time",
    ),
    Layout(
        _MC + "weibo.comments", "weibo", "comment",
        ("comment_id", "note_id", "content", "create_date_time"),
        {**_REPLY, "time": "create_date_time|create_time", "likes": "comment_like_count", "root": "note_id"},
        clock_ahead="create_time",
    ),
    Layout(
        _MC + "xhs.contents", "xhs", "post",
        ("note_id", "desc", "time", "collected_count"),
        {**_NOTE, "id": "note_id", "text": "title+desc", "time": "time", "likes": "liked_count",
         "comments": "comment_count", "reposts": "share_count", "url": "note_url"},
    ),
    Layout(
        _MC + "xhs.comments", "xhs", "comment",
        ("comment_id", "note_id", "content", "sub_comment_count", "!create_date_time", "!tieba_name"),
        {**_REPLY, "root": "note_id"},
    ),
    Layout(
        _MC + "douyin.contents", "douyin", "post",
        ("aweme_id", "aweme_type", "desc"),
        {**_NOTE, "id": "aweme_id", "text": "title+desc", "time": "create_time", "likes": "liked_count",
         "comments": "comment_count", "reposts": "share_count", "url": "aweme_url"},
    ),
    Layout(_MC + "douyin.comments", "douyin", "comment", ("comment_id", "aweme_id", "content"),
           {**_REPLY, "root": "aweme_id"}),
    Layout(
        _MC + "kuaishou.contents", "kuaishou", "post",
        ("video_id", "viewd_count"),
        {**_NOTE, "id": "video_id", "text": "title+desc", "time": "create_time", "likes": "liked_count",
         "url": "video_url"},
    ),
    Layout(
        _MC + "kuaishou.comments", "kuaishou", "comment",
        ("comment_id", "video_id", "content", "sub_comment_count", "!parent_comment_id", "!like_count"),
        {**_REPLY, "root": "video_id"},
    ),
    Layout(
        _MC + "bilibili.contents", "bilibili", "post",
        ("video_id", "video_play_count", "video_danmaku"),
        {**_NOTE, "id": "video_id", "text": "title+desc", "time": "create_time", "likes": "liked_count",
         "comments": "video_comment", "reposts": "video_share_count", "url": "video_url"},
    ),
    Layout(_MC + "bilibili.comments", "bilibili", "comment",
           ("comment_id", "video_id", "parent_comment_id", "content"), {**_REPLY, "root": "video_id"}),
    Layout(
        _MC + "tieba.contents", "tieba", "post",
        ("note_id", "tieba_name", "total_replay_num"),
        {**_NOTE, "id": "note_id", "text": "title+desc", "time": "publish_time",
        "author": "creator_hash|user_link",
         "comments": "total_replay_num", "url": "note_url"},
    ),
    Layout(
        _MC + "tieba.comments", "tieba", "comment",
        ("comment_id", "tieba_name", "content"),
        {**_REPLY, "time": "publish_time", "author": "creator_hash|user_link", "root": "note_id"},
    ),
    Layout(
        _MC + "zhihu.contents", "zhihu", "post",
        ("content_id", "content_type", "content_text", "voteup_count"),
        {**_NOTE, "id": "content_id", "text": "title+content_text|desc", "time": "created_time",
         "likes": "voteup_count", "comments": "comment_count", "url": "content_url"},
    ),
    Layout(_MC + "zhihu.comments", "zhihu", "comment", ("comment_id", "content_id", "content_type",
    "content"),
           {**_REPLY, "time": "publish_time", "root": "content_id"}),
)  # fmt: skip

_SEARCH_COLUMNS: Final = (
    "id", "bid", "user_id", "用户昵称", "微博正文", "头条文章url", "发布位置", "艾特用户", "话题", "转发数",
    "评论数", "点赞数", "发布时间", "发布工具", "微博图片url", "微博视频url", "retweet_id", "ip",
    "user_authentication", "会员类型", "会员等级",
)  # fmt: skip

_SEARCH: Final = (
    Layout(
        "weibo-search", "weibo", "post",
        ("bid", "微博正文", "艾特用户", "发布时间"),
        {"id": "id", "text": "微博正文", "time": "发布时间", "author": "user_id", "nickname": "用户昵称",
         "verified": "user_authentication", "reposts": "转发数", "comments": "评论数", "likes": "点赞数",
         "region": "ip", "root": "retweet_id", "url": "头条文章url"},
        _SEARCH_COLUMNS,
    ),
    Layout(
        "weibo-search.db", "weibo", "post",
        ("id", "bid", "text", "screen_name", "attitudes_count", "retweet_id", "!live_photo_url"),
        {**_COUNTS, "id": "id", "text": "text", "time": "created_at", "author": "user_id",
        "nickname": "screen_name",
         "verified": "user_authentication", "region": "ip", "root": "retweet_id", "keyword": "keyword"},
    ),
)  # fmt: skip

_CRAWLER: Final = (
    Layout(
        "weibo-crawler", "weibo", "post",
        ("bid", "正文", "@用户"),
        {"id": "id", "text": "正文", "time": "完整日期|日期", "author": "user_id", "nickname": "nickname",
         "reposts": "转发数", "comments": "评论数", "likes": "点赞数", "root": "源微博id",
         "original": "是否原创"},
    ),
    Layout(
        "weibo-crawler.json", "weibo", "post",
        ("id", "bid", "text", "screen_name", "at_users", "attitudes_count", "live_photo_url"),
        {**_COUNTS, "id": "id", "text": "text", "time": "full_created_at|created_at", "author": "user_id",
         "nickname": "screen_name", "root": "retweet.id|retweet_id"},
    ),
    Layout(
        "weibo-crawler.json", "weibo", "post",
        ("id", "bid", "text", "screen_name", "article_url", "links", "attitudes_count"),
        {**_COUNTS, "id": "id", "text": "text", "time": "full_created_at|created_at", "author": "user_id",
         "nickname": "screen_name", "root": "retweet.id|retweet_id"},
    ),
    Layout(
        "weibo-crawler.comments", "weibo", "comment",
        ("id", "weibo_id", "user_screen_name", "text"),
        {"id": "id", "text": "text", "time": "created_at", "author": "user_id",
        "nickname": "user_screen_name",
         "likes": "like_count", "root": "weibo_id"},
    ),
    Layout(
        "weibo-crawler.reposts", "weibo", "repost",
        ("id", "bid", "weibo_id", "user_screen_name", "text", "!pic_url", "!root_id"),
        {"id": "id", "text": "text", "time": "created_at", "author": "user_id",
        "nickname": "user_screen_name", "likes": "like_count", "root": "weibo_id"},
    ),
)  # fmt: skip

_SPIDERS: Final = (
    Layout(
        "weibospider-dataabc", "weibo", "post",
        ("微博id", "微博正文", "发布工具"),
        {"id": "微博id", "text": "微博正文", "time": "发布时间", "reposts": "转发数", "comments": "评论数",
         "likes": "点赞数", "original": "是否为原创微博"},
    ),
    Layout(
        "weibospider-nghuyong", "weibo", "post",
        ("_id", "mblogid", "content"),
        {**_COUNTS, "id": "_id", "text": "content", "time": "created_at", "author": "user._id|user_id",
         "nickname": "user.nick_name", "verified": "user.verified_type", "region": "ip_location",
         "root": "retweet_id", "keyword": "keyword", "crawled": "crawl_time|crawl_ts", "url": "url"},
    ),
    Layout(
        "weibospider-nghuyong.comments", "weibo", "comment",
        ("_id", "content", "comment_user"),
        {**_COUNTS, "id": "_id", "text": "content", "time": "created_at", "author": "comment_user._id",
         "nickname": "comment_user.nick_name", "verified": "comment_user.verified_type",
         "region": "ip_location",
         "crawled": "crawl_time|crawl_ts"},
    ),
    Layout(
        "weibospider-nghuyong.legacy", "weibo", "post",
        ("_id", "content", "like_num", "repost_num"),
        {**_COUNTS, "id": "_id", "text": "content", "time": "created_at", "author": "user_id",
         "root": "origin_weibo.id|origin_weibo", "crawled": "crawl_time"},
    ),
)  # fmt: skip

_API: Final = (
    Layout(
        "crawl4weibo", "weibo", "post",
        ("id", "user_id", "text", "topic_ids", "is_original"),
        {**_COUNTS, "id": "id", "text": "text", "time": "created_at", "author": "user_id",
         "nickname": "screen_name|user_screen_name", "root": "retweeted_status.id", "cut": "text_truncated"},
    ),
    Layout(
        "crawl4weibo.comments", "weibo", "comment",
        ("id", "text", "user_screen_name", "like_counts"),
        {**_COUNTS, "id": "id", "text": "text", "time": "created_at", "author": "user_id",
         "nickname": "user_screen_name", "verified": "user_verified_type", "region": "source",
         "root": "root_id"},
    ),
    Layout(
        "weibo.pc_ajax", "weibo", "post",
        ("text_raw", "created_at", "user"),
        {**_COUNTS, "id": "idstr|mid|id", "text": "longText.longTextContent|text_raw|text",
        "time": "created_at",
         "author": "user.idstr|user.id", "nickname": "user.screen_name", "verified": "user.verified_type",
         "region": "region_name", "root": "retweeted_status.idstr|retweeted_status.id"},
    ),
    Layout(
        "weibo.pc_ajax", "weibo", "post",
        ("text_raw", "created_at", "mblogid", "!user"),
        {**_COUNTS, "id": "idstr|mid|id", "text": "text_raw|text", "time": "created_at",
        "region": "region_name", "root": "retweeted_status.idstr|retweeted_status.id"},
    ),
    Layout(
        "weibo.m_api", "weibo", "post",
        ("text", "created_at", "user", "attitudes_count", "!text_raw"),
        {**_COUNTS, "id": "id|mid|idstr", "text": "longText.longTextContent|text|raw_text",
        "time": "created_at",
         "author": "user.id", "nickname": "user.screen_name", "verified": "user.verified_type",
         "region": "region_name", "root": "retweeted_status.id|retweeted_status.idstr"},
    ),
    Layout(
        "weibo.m_api.comments", "weibo", "comment",
        ("text", "created_at", "user", "like_count"),
        {**_COUNTS, "id": "id|mid", "text": "text", "time": "created_at", "author": "user.id",
         "nickname": "user.screen_name", "verified": "user.verified_type", "region": "source",
         "root": "root_id"},
    ),
)  # fmt: skip

_OWN: Final = (
    Layout(
        "sentiment.posts", "unknown", "post",
        ("post_id", "created_at", "text", "account_kind", "dup_group", "source"),
        {"id": "post_id", "text": "text", "time": "created_at", "hashed": "author",
        "account_kind": "account_kind",
         "nickname": "account_name", "platform": "platform", "kind": "kind", "reposts": "reposts",
         "comments": "comments", "likes": "likes", "region": "region", "root": "root_id",
         "keyword": "keyword",
         "cut": "truncated", "guessed": "time_guessed"},
    ),
)  # fmt: skip

LAYOUTS: Final[tuple[Layout, ...]] = (*_OWN, *_MEDIACRAWLER, *_SEARCH, *_CRAWLER, *_SPIDERS, *_API)
"""Every known layout; where several fit, the one with most columns in its signature wins."""
