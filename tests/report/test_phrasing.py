"""Risky wording: found with its reason, let pass where the data support it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sentiment.report import check_wording
from sentiment.report.phrasing import wording_risks


def kinds(text: str, summary: dict[str, Any] | None = None) -> list[str]:
    return [flag.kind for flag in check_wording(text, summary=summary)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("没有删库，也不会拿程序员祭天", ["scapegoat", "scapegoat"]),
        ("仅影响极少数用户", ["belittle"]),
        ("Only a small number of users were affected", ["belittle"]),
        ("因网络波动出现短暂异常", ["minimise", "minimise"]),
        ("系统例行维护所致", ["upgrade"]),
        ("可能是您的网络问题，请检查您的网络", ["blame_user", "blame_user"]),
        ("请勿造谣", ["blame_critic"]),
        ("是云服务商的问题", ["supplier"]),
        ("将全额赔付并承担一切损失", ["promise", "promise"]),
        ("绝不会再发生", ["guarantee"]),
        ("服务已全部恢复", ["restored"]),
        ("用户数据没有泄露", ["data_safety"]),
        ("因为太火爆", ["pride"]),
        ("会尽快恢复，请耐心等待", ["vague", "vague"]),
        ("受影响的用户可以在订单页申请退款", []),
        ("我们升级了应急预案", []),
        ("下一次说明：15:00", []),
        ("〔例如：系统升级〕", []),
        ("", []),
    ],
)
def test_wording_is_told_by_kind(text: str, expected: list[str]):
    assert kinds(text) == expected


def test_a_flag_says_where_and_why_in_both_languages():
    (flag,) = check_wording("非常抱歉，少数用户受到影响")
    assert (flag.words, flag.start) == ("少数用户", 5)
    assert flag.why["zh"].startswith("往小里说")
    assert flag.why["en"].startswith("Plays it down")


def test_reasons_name_the_numbers_of_the_data(summary: dict[str, Any]):
    (flag,) = check_wording("少数用户受到影响", summary=summary)
    assert "数据里发帖的有 201 人" in flag.why["zh"]
    (flag,) = check_wording("a minor issue", summary=summary)
    assert flag.why["en"].endswith("The data: 1 h 52 min, severity 3 of 4.")


def test_what_the_data_support_is_let_pass(summary: dict[str, Any]):
    assert kinds("已全部恢复", summary) == []  # the outage is over in these data
    still = copy.deepcopy(summary)
    still["incidents"][0]["minutes"] = None
    assert kinds("已全部恢复", still) == ["restored"]
    assert kinds("系统升级", summary) == ["upgrade"]
    assert kinds("系统升级", {**summary, "announced": "announced"}) == []
    small = copy.deepcopy(summary)
    small["incidents"][0]["severity"] = 1
    assert kinds("一个小问题", small) == []


def test_every_risk_finds_its_own_examples():
    for risk in wording_risks():
        for words in risk.shown["zh"].split("、"):
            assert risk.pattern.search(words), (risk.kind, words)
        assert any(risk.pattern.search(words) for words in risk.shown["en"].split(", ")), risk.kind


def test_a_hostile_text_takes_no_time():
    assert kinds("少数" * 50_000 + "〔" * 50_000) == []
