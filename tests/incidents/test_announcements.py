"""Official responses found in the posts themselves."""

from __future__ import annotations

import pandas as pd
import pytest

from sentiment.annotation import annotate
from sentiment.errors import SchemaError
from sentiment.incidents import find_responses

APOLOGY = (
    "今日中午因系统升级出现异常，美团部分服务无法使用，我们深表歉意，技术团队正在紧急处理，服务将陆续恢复。"
)
RECOVERED = "服务已全部恢复，我们将向受影响用户发放10元无门槛券，再次致歉。"


def posts(*rows: dict[str, object]) -> pd.DataFrame:
    """Annotated posts of an official account of 美团 at one minute apart, newest first."""
    usual = {"account_kind": "official", "account_name": "美团客服", "kind": "post", "text": APOLOGY}
    frame = pd.DataFrame([usual | row for row in rows])
    times = pd.date_range("2026-03-12 12:38", periods=len(rows), freq="min")[::-1]
    return annotate(frame.assign(created_at=times, post_id=[f"p{n}" for n in range(len(rows))]))


def test_announcements_come_in_order_of_time_with_what_they_do() -> None:
    recovered, apology = posts({"text": RECOVERED}, {}).pipe(find_responses)[::-1]
    assert (apology.post_id, apology.service, apology.text) == ("p1", "美团", APOLOGY)
    assert {"explain", "apology"} <= set(apology.codes)
    assert {"recovered", "compensate"} <= set(recovered.codes)
    assert apology.at < recovered.at


@pytest.mark.parametrize(
    "row",
    [
        {"account_kind": "media"},
        {"account_kind": "person", "account_name": ""},
        {"account_name": "城市早八点"},
        {"account_name": "饿了么"},
        {"kind": "comment"},
        {"text": "您好，请私信我们订单号"},
        {"text": "美团新品日，全场八折，快来逛逛吧"},
    ],
    ids=["newspaper", "person", "unnamed account", "another service", "comment", "reply", "advertisement"],
)
def test_what_is_no_announcement_is_left_out(row: dict[str, object]) -> None:
    assert find_responses(posts(row)) == ()


def test_untimed_announcements_are_left_out() -> None:
    frame = posts({})
    assert find_responses(frame.assign(created_at=frame["created_at"].shift())) == ()


def test_missing_columns_are_named() -> None:
    with pytest.raises(SchemaError, match="find_responses needs the columns"):
        find_responses(pd.DataFrame({"text": ["好的"]}))
