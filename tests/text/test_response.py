"""What an official post does."""

from __future__ import annotations

import pytest

from sentiment.text.response import CODES, code_response, find_codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (
            "我们已关注到部分用户无法下单，技术团队正在紧急排查，请稍后再试，给您带来不便深表歉意。",
            {"ack", "instruct", "apology"},
        ),
        ("因系统升级导致服务异常，预计14:00恢复，对此深表歉意。", {"explain", "eta", "apology"}),
        ("服務已全部恢復，將發放10元無門檻券，再次致歉。", {"recovered", "compensate", "apology"}),
        ("网传数据泄露系谣言，平台数据安全，已向公安机关报案，请勿轻信不实信息。", {"deny"}),
        (
            "经核实，本次故障系第三方机房电力供应商原因导致，我们会尽快发布复盘报告。",
            {"explain", "scapegoat", "postmortem"},
        ),
    ],
)  # fmt: skip
def test_actions_are_coded(text: str, codes: set[str]) -> None:
    assert set(code_response(text)) >= codes


@pytest.mark.parametrize(
    "text", ["您好，请私信我们订单号", "抱歉给您带来不好的体验", "", "新品上市，全场八折"]
)
def test_small_talk_is_no_announcement(text: str) -> None:
    assert code_response(text) == ()


def test_codes_come_in_a_fixed_order() -> None:
    found = code_response(
        "因系统升级异常深表歉意，已全部恢复，将发放补偿，请更新应用后重试，预计三十分钟内到账。"
    )
    assert list(found) == [code for code in CODES if code in found]


@pytest.mark.parametrize(
    ("text", "recovered"),
    [
        ("服务已全部恢复", True),
        ("各项功能陆续恢复正常", True),
        ("已将服务恢复正常", True),
        ("技术团队正在全力修复，服务将逐步恢复", False),
        ("预计14:00全部恢复", False),
        ("我们会尽快恢复正常，请稍后再试", False),
    ],
)
def test_a_promise_to_recover_is_no_recovery(text: str, recovered: bool) -> None:
    assert ("recovered" in find_codes(text)) is recovered
