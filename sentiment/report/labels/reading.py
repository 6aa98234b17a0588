"""Labels of what was read and how far to trust it: key -> (Chinese, English). Data, edited by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

READING: Final[Mapping[str, tuple[str, str]]] = {
    # trust
    "rows": ("读入行", "Rows read"),
    "accepted": ("成为帖子", "Became posts"),
    "rejected": ("未采用", "Rejected"),
    "duplicates": ("重复", "Duplicates"),
    "untimed": ("没有时间", "Without a time"),
    "time_guessed": ("时间靠推算", "Time inferred"),
    "truncated": ("被截断", "Cut short"),
    "reposts": ("转发", "Reposts"),
    "official": ("官方账号", "official accounts"),
    "media": ("媒体", "media"),
    "bot": ("机器账号", "bots"),
    "hijack": ("蹭话题", "hashtag hijacking"),
    "person": ("个人", "person"),
    "unknown": ("未知", "unknown"),
    "file": ("文件", "File"),
    "format": ("格式", "Format"),
    "reason": ("原因", "Reason"),
    "raw": ("原始内容", "Raw content"),
    "source": ("出处", "Source"),
    "good": ("好", "good"),
    "usable": ("可用", "usable"),
    "poor": ("差", "poor"),
    "grade": ("数据评级", "Data grade"),
    "warnings": ("提醒", "Warnings"),
    # warnings on the data, with their numbers
    "warn_no_posts": ("{rows} 行里没有一行成为帖子", "None of the {rows} rows became a post"),
    "warn_few_posts": (
        "只有 {posts} 条帖子，什么都难以下结论",
        "Only {posts} posts: too few to conclude much",
    ),
    "warn_many_rejected": ("{share} 的行没有采用", "{share} of the rows were rejected"),
    "warn_some_rejected": ("{share} 的行没有采用", "{share} of the rows were rejected"),
    "warn_many_duplicates": ("{share} 的行是重复", "{share} of the rows are duplicates"),
    "warn_many_untimed": (
        "{share} 的帖子没有时间，时间线不完整",
        "{share} of the posts have no time: the timeline is incomplete",
    ),
    "warn_some_untimed": ("{share} 的帖子没有时间", "{share} of the posts have no time"),
    "warn_time_guessed": (
        "{posts} 条帖子的时间由文件时间推算，可能有偏差",
        "{posts} posts have times inferred from the file's time; they may be off",
    ),
    "warn_times_by_day": (
        "{share} 的时间只有日期，精确不到分钟",
        "{share} of the times are dates only, so nothing is exact to the minute",
    ),
    "warn_capped": (
        "{hours} 个小时、{days} 天的帖数停在同一上限，采集很可能被截断：真实高峰更高",
        "{hours} hours and {days} days stand at one identical maximum: the crawl was probably cut off,"
        " the true peak is higher",
    ),
    "warn_gaps": (
        "繁忙时段之间有 {gaps} 处空白，共 {hours} 小时没有帖子",
        "{gaps} empty stretches between busy times, {hours} hours without posts",
    ),
    "warn_few_authors": ("最活跃的十位作者写了 {share} 的帖子", "Ten authors wrote {share} of the posts"),
    "warn_many_truncated": (
        "{share} 的帖子被采集程序截断",
        "{share} of the posts were cut short by the scraper",
    ),
    "warn_many_reposts": ("{share} 是转发", "{share} are reposts"),
    "warn_many_bots": ("{share} 来自机器账号", "{share} come from bots"),
    "warn_many_hijacked": ("{share} 是蹭话题的帖子", "{share} hijack the hashtag"),
    "warn_some_hijacked": ("{share} 是蹭话题的帖子", "{share} hijack the hashtag"),
    "warn_keyword_crawl": (
        "按关键词“{keyword}”采集（{share} 的帖子含它）：占比只说明写了这个词的人",
        "Crawled by the keyword “{keyword}” (in {share} of the posts): shares are among people who wrote it",
    ),
    "warn_keyword_drift": (
        "{share} 的帖子不含搜索用的关键词：搜索结果已经跑题",
        "{share} of the posts do not hold the keyword they were found by: the search drifted",
    ),
    "warn_times_ahead": (
        "{posts} 条帖子的时间晚于采集时间",
        "{posts} posts are dated after they were crawled",
    ),
    # reasons why a row became no post
    "blank row": ("空行", "blank row"),
    "repeated header": ("重复的表头", "repeated header"),
    "half row": ("残缺的行", "half row"),
    "unreadable characters": ("乱码", "unreadable characters"),
    "more cells than the header": ("列数多于表头", "more cells than the header"),
    "no text": ("没有文本", "no text"),
    "outside the asked window": ("在所选时间之外", "outside the asked window"),
}
