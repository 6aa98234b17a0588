"""The labels of the war-room page: key -> (Chinese, English). Data, edited by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sentiment.report.wording import LANGS
from sentiment.report.wording import say as say_report

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "room": ("舆情作战室", "War room"),
    "updated": ("更新于", "Updated"),
    "calm": ("没有进行中的故障", "No open incident"),
    "open_now": ("进行中", "is open"),
    "others_open": ("另有进行中的故障", "more open incidents"),
    "no_posts_yet": ("库里还没有帖子：先运行 sentiment watch", "No posts yet: run sentiment watch first"),
    "stale": ("下面是当时的情形：最后一条帖子停在", "Shown as it was then: the last post is of"),
    "watch_absent": ("没有 watch 在写这个库", "No watch writes this store"),
    "watch_stopped": ("watch 已停止，页面不会再更新", "The watch has stopped; nothing new will appear"),
    "watch_silent": ("watch 没有动静已", "The watch has said nothing for"),
    "watch_error": ("watch 报错", "The watch reports an error"),
    "last_minutes": ("最近 15 分钟", "Last 15 minutes"),
    "before_it": ("前 15 分钟", "15 minutes before"),
    "last_hour": ("最近一小时", "Last hour"),
    "hour_before": ("前一小时", "hour before"),
    "last_post": ("最新帖子", "Last post"),
    "ago": ("前", "ago"),
    "all_posts": ("库中帖子", "Posts in store"),
    "help_now": ("求助（15 分钟）", "Help sought (15 min)"),
    "course": ("走势", "Course"),
    "incident": ("故障期间", "Incident"),
    "stance_short": ("立场", "Stance"),
    "hours_1": ("1 小时", "1 h"),
    "hours_6": ("6 小时", "6 h"),
    "hours_24": ("24 小时", "24 h"),
    "hours_72": ("3 天", "3 days"),
    "everything": ("全部", "All"),
    "open_incidents": ("进行中的故障", "Open incidents"),
    "ended_incidents": ("近两天已结束", "Ended in the last two days"),
    "since_onset": ("起点", "Onset"),
    "phase": ("阶段", "Phase"),
    "moving": ("立场在动", "Stance moving"),
    "topics_moving": ("话题在动", "Topics moving"),
    "few": ("最近一小时还没有帖子", "No posts in the last hour yet"),
    "newest": ("最新的代表性帖子", "Newest representative posts"),
    "newest_note": (
        "取自最近一小时，每人最多一条，隐私信息已遮盖。",
        "From the last hour, at most one a person, private data masked.",
    ),
    "acknowledge": ("我来跟进", "I take this on"),
    "taken_by": ("已由", "Taken on by"),
    "taken_at": ("接手", "at"),
    "your_name": ("署名", "Your name"),
    "note": ("备注", "Note"),
    "mark": ("标记官方回应", "Mark an official response"),
    "mark_note": (
        "写入库里，此后的变化由 watch 在下一轮起测量。",
        "Written to the store; the watch measures the effect from its next round on.",
    ),
    "response_time": ("发布时间", "Time"),
    "response_text": ("回应内容", "Words"),
    "response_service": ("服务", "Service"),
    "send": ("标记", "Mark"),
    "marked": ("已标记的回应", "Marked responses"),
    "measuring": ("测量中：等 watch 的下一轮", "Being measured: wait for the watch's next round"),
    "take_back": ("撤回", "Take back"),
    "alerts": ("告警", "Alerts"),
    "when": ("时间", "Time"),
    "event": ("事件", "Event"),
    "channel": ("通道", "Channel"),
    "state": ("状态", "State"),
    "nobody": ("未设通道", "no channel"),
    "sent": ("已送达", "sent"),
    "skipped": ("未发", "skipped"),
    "failed": ("待重试", "to be retried"),
    "dead": ("未送达", "dead letter"),
    "trigger": ("新故障", "trigger"),
    "update": ("更新", "update"),
    "resolve": ("恢复", "resolve"),
    "no_data": ("无数据", "no data"),
    "download": ("下载报告", "Download the report"),
    "no_report": ("watch 还没有写出报告", "The watch has not written a report yet"),
    "read_only": ("只读模式", "Read-only"),
    "login": ("登录", "Log in"),
    "logout": ("退出", "Log out"),
    "token": ("访问令牌", "Access token"),
    "wrong_token": ("令牌不对", "That is not the token"),
    "too_often": ("试得太频繁，请一分钟后再来", "Too many tries; come back in a minute"),
    "said_response": ("已标记官方回应。", "The official response is marked."),
    "said_unmarked": ("已撤回标记。", "The mark is taken back."),
    "said_acknowledged": ("已记下由谁跟进。", "Noted who takes it on."),
    "refused": ("没有写入：", "Nothing was written: "),
    "live": ("自动更新", "Live"),
    "offline": ("连不上服务，稍后重试", "The server cannot be reached; trying again"),
    "json": ("数据接口", "JSON"),
    "cut": ("（有删节）", "(shortened)"),
    "table": ("数字", "Numbers"),
}


def say(key: str, lang: str) -> str:
    """Return the label of a key: the page's own, else the report's.

    >>> say("calm", "en"), say("complaint", "zh")
    ('No open incident', '抱怨')
    """
    pair = WORDS.get(key)
    return pair[LANGS.index(lang)] if pair else say_report(key, lang)
