"""What each robot is sent, within its bytes, and what its answers mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.alerts.channels import Part, Robot
from sentiment.alerts.settings import ChannelSettings
from sentiment.alerts.split import number_parts
from sentiment.errors import ConfigError

NOW = datetime(2026, 3, 12, 4, 0, tzinfo=UTC)
ABOUT = {"event_id": "美团-1/trigger-1", "key": "美团-1", "action": "trigger", "part": 1}


def robot(kind: str, form: str = "markdown") -> Robot:
    chosen = ChannelSettings(name="one", kind=kind, url_env="U", format=form)
    return Robot(chosen, "https://h.example/send?key=planted", "" if kind == "wecom" else "secret")


@pytest.mark.parametrize(
    ("kind", "form", "most"),
    [("dingtalk", "markdown", 20_000), ("dingtalk", "text", 20_000), ("feishu", "text", 20_000)],
)
@settings(max_examples=15)
@given(text=st.text(alphabet='崩a"\n\\。\x07👍', max_size=12_000))
def test_every_body_is_within_the_makers_limit(kind: str, form: str, most: int, text: str):
    one = robot(kind, form)
    for part in number_parts(text, one.room, cost=one.cost):
        assert len(one.request(Part("x" * 90, "题" * 300, part, ABOUT), NOW).body) <= most


@pytest.mark.parametrize(("form", "most"), [("markdown", 4096), ("text", 2048)])
def test_wecom_counts_the_content(form: str, most: int):
    one = robot("wecom", form)
    parts = number_parts("打不开。" * 2000, one.room, cost=one.cost)
    sizes = []
    for part in parts:
        data = json.loads(one.request(Part("id", "t", part, ABOUT), NOW).body)
        sizes.append(len(data[form]["content"].encode()))
    assert max(sizes) <= most
    assert min(sizes[:-1]) > most - 100  # no smaller than need be


def test_what_each_robot_is_sent():
    part = Part("美团-1/trigger-1#1", "标题", "一\n二", ABOUT)
    ding = json.loads(robot("dingtalk").request(part, NOW).body)
    assert ding == {"msgtype": "markdown", "markdown": {"title": "标题", "text": "一\n\n二"}}
    assert json.loads(robot("dingtalk", "text").request(part, NOW).body)["text"] == {"content": "一\n二"}
    feishu = json.loads(robot("feishu").request(part, NOW).body)
    assert feishu["content"] == {"text": "一\n二"}
    assert feishu["timestamp"] == str(int(NOW.timestamp()))
    hook = robot("webhook").request(part, NOW)
    assert json.loads(hook.body) == {"schema": 1, "id": part.id, "title": "标题", "text": "一\n二", **ABOUT}
    assert hook.headers["Idempotency-Key"].isascii()


def test_a_signature_keeps_what_the_address_had_and_does_not_pile_up():
    one = robot("dingtalk")
    first, second = (one.request(Part("i", "t", "x", ABOUT), NOW).url for _ in range(2))
    assert first == second
    assert first.startswith("https://h.example/send?key=planted&timestamp=1773288000000&sign=")
    assert "+" not in first.partition("sign=")[2]


@pytest.mark.parametrize(
    ("kind", "answer", "ok", "busy"),
    [
        ("dingtalk", b'{"errcode":0,"errmsg":"ok"}', True, False),
        ("dingtalk", b'{"errcode":130101,"errmsg":"send too fast"}', False, True),
        ("dingtalk", b'{"errcode":310000,"errmsg":"sign not match"}', False, False),
        ("wecom", b'{"errcode":93000,"errmsg":"invalid webhook url"}', False, False),
        ("wecom", b'{"errcode":45009,"errmsg":"api freq"}', False, True),
        ("feishu", b'{"code":0}', True, False),
        ("feishu", b'{"StatusCode":0,"StatusMessage":"success"}', True, False),
        ("feishu", b'{"code":19021,"msg":"sign match fail"}', False, False),
        ("feishu", b'{"code":11232,"msg":"frequency limited"}', False, True),
        ("feishu", b"<html>", False, True),
        ("wecom", b"[]", False, True),
        ("wecom", b"", False, True),
        ("webhook", b"", True, False),
    ],
)
def test_an_answer_with_status_200_is_read(kind: str, answer: bytes, ok: bool, busy: bool):
    verdict = robot(kind).judge(answer)
    assert (verdict.ok, verdict.busy) == (ok, busy)


def test_a_secret_for_a_robot_that_takes_none_is_an_error():
    with pytest.raises(ConfigError, match="not signed"):
        Robot(ChannelSettings(name="one", kind="wecom", url_env="U"), "https://h.example/", "secret")
