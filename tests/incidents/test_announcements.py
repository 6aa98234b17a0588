"""Official responses found in the posts themselves."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sentiment.annotation import annotate
from sentiment.errors import InputError, SchemaError
from sentiment.incidents import find_responses, list_responses, name_response, read_responses

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


def test_a_named_response_close_to_a_post_is_that_post() -> None:
    found = posts({"text": APOLOGY})
    (one,) = list_responses(found, [("2026-03-12 12:40", "官方补偿")])
    assert (one.post_id, one.text, str(one.at)[11:16]) == ("p0", APOLOGY, "12:38")
    assert {"apology", "compensate"} <= set(one.codes)


@pytest.mark.parametrize(("at", "service"), [("2026-03-12 12:50", ""), ("2026-03-12 12:39", "饿了么")])
def test_other_times_and_services_are_other_responses(at: str, service: str) -> None:
    found = list_responses(posts({}), [name_response(at, "致歉", service=service)])
    assert [one.post_id for one in found] == ["p0", None]


def test_all_sources_make_one_list_in_order(tmp_path: Path) -> None:
    table = tmp_path / "responses.csv"
    table.write_text(
        "时间,内容,服务,动作\n2026-03-12 11:50,热线说明,美团,eta;instruct\n,,,\n2026-03-12 12:38,,,\n",
        encoding="gb18030",
    )
    listed = list_responses(posts({}), [("2026-03-12 14:00", "服务已恢复"), *read_responses(table)])
    assert [(str(one.at)[11:16], one.codes[:1]) for one in listed] == [
        ("11:50", ("instruct",)),
        ("12:38", ("ack",)),
        ("14:00", ("recovered",)),
    ]
    assert listed[0].service == "美团"
    assert listed[1].post_id == "p0"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text\n致歉\n", "needs a column 'time' to be a table of official responses; it has: text"),
        ("time,text\n昨天,致歉\n", "'昨天' cannot be read"),
        ("time,codes\n2026-03-12 12:00,appology\n", "did you mean 'apology'"),
        ("", "is not a CSV table of official responses"),
    ],
)
def test_a_table_that_makes_no_sense_is_one_sentence(tmp_path: Path, content: str, message: str) -> None:
    table = tmp_path / "responses.csv"
    table.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_responses(table)


def test_a_table_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot read"):
        read_responses(tmp_path / "none.csv")
