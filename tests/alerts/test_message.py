"""What messages say, and what posts in them cannot do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sentiment.alerts.decide import Told
from sentiment.alerts.message import Message, harmless, quoted, write_message
from sentiment.alerts.settings import alert_settings
from sentiment.events import Event
from tests.alerts.conftest import HandClock

Make = Callable[..., Event]


def written(
    event: Event, action: str, lang: str = "zh", *, markdown: bool = False, told: Told | None = None
) -> Message:
    settings = alert_settings({"link": "https://war.example/"})
    return write_message(event, action, told=told, settings=settings, lang=lang, markdown=markdown)


@pytest.mark.parametrize(
    ("lang", "title", "numbers"),
    [
        ("zh", "【新故障】美团：严重程度 3/4（严重）", "帖子 1,234 条，1,100 人；抱怨 61%，理解 4%。"),
        (
            "en",
            "[New outage] 美团: severity 3/4 (major)",
            "1,234 posts by 1,100 people; complaint 61%, understanding 4%.",
        ),
    ],
)
def test_a_trigger_says_what_when_and_how_bad(event: Make, lang: str, title: str, numbers: str):
    message = written(event(), "trigger", lang)
    assert message.title == title
    assert message.text.splitlines()[0] == title
    assert numbers in message.text
    assert "12:03" in message.text
    assert "12:09" in message.text
    assert message.text.endswith("美团-1/trigger-1")
    assert "https://war.example/" in message.text


@pytest.mark.parametrize(
    ("severity", "phase", "words"),
    [
        (2, "escalation", "严重程度 2 → 3（严重）"),
        (3, "plateau", "进入升级阶段"),
        (3, "escalation", "仍在持续"),
    ],
)
def test_an_update_says_what_changed(event: Make, clock: HandClock, severity: int, phase: str, words: str):
    assert words in written(event(2, "update"), "update", told=Told(clock.now, severity, phase, True)).title


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("resolve", "已恢复，历时 1 小时 20 分钟"),
        ("over", "已结束，历时 1 小时 20 分钟"),
        ("withdrawn", "不再认定"),
    ],
)
def test_an_end_says_how_long_it_lasted(event: Make, clock: HandClock, action: str, words: str):
    clock.on(minutes=74)
    onset = clock.now.replace(hour=12, minute=3)
    ended = event(3, "resolve", onset=onset.isoformat(), end=clock.now.isoformat())
    assert words in written(ended, action).title


def test_a_silent_feed_says_since_when(event: Make):
    silent = Event(
        "no_data-1/no_data-1", "no_data", "no_data-1", event().at, None, 0, {"minutes": 45, "last_post": None}
    )
    assert written(silent, "no_data").title == "【无数据】已 45 分钟 没有新帖子"
    assert "outage in this time goes unseen" in written(silent, "no_data", "en").text


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("markdown", [True, False])
def test_everything_that_is_known_is_told(event: Make, clock: HandClock, lang: str, markdown: bool):
    full = event(
        topics=[{"name_zh": "支付", "name_en": "Payment", "posts": 120}],
        quotes=["付了钱订单没了", "崩了"],
        acknowledged={"by": "小王", "at": clock.now.isoformat()},
        responses=[
            {"at": clock.now.isoformat(), "sentence_zh": "理解上升", "sentence_en": "understanding rose"}
        ],
    )
    text = written(full, "trigger", lang, markdown=markdown).text
    for words in (
        "120",
        "付了钱订单没了",
        "崩了",
        "小王",
        "理解上升" if lang == "zh" else "understanding rose",
    ):
        assert words in text
    assert ("\n> 崩了" in text) is markdown
    assert text.startswith("**") is markdown


@pytest.mark.parametrize(
    "post",
    [
        "<@all> 快看",
        '<at user_id="all">所有人</at>',
        "[领红包](https://evil.example/x)",
        "看 https://evil.example/x",
        "**x** `code` ~~y~~ __z__",
        "第一行\n# 标题\n> 引用",
        "电话 13812345678，邮箱 a.b@c.example",
        "\u202e反转\u200b",
    ],
)
def test_a_post_pings_nobody_links_nowhere_and_tells_nothing_private(post: str):
    shown = quoted(post)
    assert not set("<>[]`*_~\n\u202e\u200b") & set(shown)
    for gone in ("evil.example", "13812345678", "a.b@c", "# "):
        assert gone not in shown


def test_a_long_post_is_shortened_where_everybody_sees_it():
    assert quoted("退款。" * 100).endswith("退款。…")
    assert quoted("退款。" * 3) == "退款。" * 3


def test_a_service_name_is_no_way_in_either(event: Make):
    forged = Event("a/trigger-1", "trigger", "a", event().at, "<@all>\n# 美团", 3, event().incident)
    assert written(forged, "trigger").title == "【新故障】＜@all＞ ＃ 美团：严重程度 3/4（严重）"
    assert harmless("") == ""
