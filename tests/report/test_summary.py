"""The summary: plain data, honest in every case, each number with its claim."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from sentiment.config import ReportSettings, Settings
from sentiment.errors import ConfigError, SchemaError
from sentiment.report import render_html, summarize

ENGLISH = pytest.mark.parametrize("lang", ["zh", "en"])


def text(summary: dict[str, Any], lang: str = "zh") -> str:
    return str(summary["verdict"][lang]["text"])


def claims_named(value: Any) -> set[str]:  # noqa: ANN401 - any nesting
    """Collect every claim id that a summary names."""
    if isinstance(value, dict):
        own = {value["claim"]} if isinstance(value.get("claim"), str) else set()
        own |= (
            set(value["claims"].values())
            if isinstance(value.get("claims"), dict) and "place" in value
            else set()
        )
        return own.union(*map(claims_named, value.values())) if value else own
    if isinstance(value, list):
        return set().union(*map(claims_named, value)) if value else set()
    return set()


def test_it_is_json_and_says_the_same_again(summary: dict[str, Any]):
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_same_input_same_summary(world: SimpleNamespace, summary: dict[str, Any]):
    frame = world.annotated()
    again = world.build(frame, incidents=[world.incident(frame)])
    assert json.dumps(again) == json.dumps(summary)


def test_every_claim_named_is_in_the_ledger(summary: dict[str, Any]):
    named = claims_named({key: value for key, value in summary.items() if key != "claims"})
    assert len(named) > 20
    assert named <= set(summary["claims"])


def test_every_claim_can_be_opened(summary: dict[str, Any]):
    for claim in summary["claims"].values():
        assert claim["rule"]["zh"]
        assert claim["rule"]["en"]
        if claim["total"] and not claim["id"].startswith("trust-"):
            assert set(claim["post_ids"]) & set(summary["evidence"]), claim["id"]


def test_verdict_of_an_outage(summary: dict[str, Any]):
    assert text(summary).startswith("青禾外卖 6月18日 12:03 出现故障，持续 1 小时 52 分钟。")
    assert "约为平常的 14 倍" in text(summary)
    assert text(summary, "en").startswith("青禾外卖 had an outage from 18 Jun 12:03, lasting 1 h 52 min.")
    assert "more understanding" in text(summary, "en")


def test_key_figures_answer_when_how_bad_how_fast(summary: dict[str, Any]):
    figures = {figure["label"]: figure["value"] for figure in summary["verdict"]["zh"]["figures"]}
    assert figures == {
        "起点": "12:03",
        "高峰": "12:24",
        "结束": "13:55",
        "发现用时": "4 分钟",
        "严重程度": "3 / 4",
        "声量": "320",
    }


def test_first_screen_counts_the_incident_alone(summary: dict[str, Any], annotated: pd.DataFrame):
    item = summary["incidents"][0]
    inside = annotated["created_at"].between(pd.Timestamp(item["onset"]), pd.Timestamp(item["end"]))
    counted = inside & annotated["account_kind"].isin(["person", "unknown"])
    assert summary["scope"] == "incident"
    assert summary["stance"]["n"] == int(counted.sum())


def test_a_censored_onset_is_said(world: SimpleNamespace, annotated: pd.DataFrame):
    item = {
        **world.incident(annotated),
        "onset_censored": True,
        "onset_low": None,
        "volume_ratio": None,
        "end": None,
        "service": None,
    }
    told = world.build(annotated, incidents=[item])
    assert "一项服务 6月18日 12:03 或更早 出现故障，到数据结束时" in text(told)
    assert "没有可比的平常时段" in text(told)
    assert "or earlier, not over when the data end" in text(told, "en")
    notes = {figure["label"]: figure["note"] for figure in told["verdict"]["en"]["figures"]}
    assert notes["Onset"] == "onset at or before the first post"
    assert notes["Time to detect"] == "onset unknown"


def test_not_enough_data_is_said(world: SimpleNamespace, annotated: pd.DataFrame):
    effect = {**world.effect(), "verdict": "not_enough_data"}
    told = world.build(annotated, incidents=[{**world.incident(annotated), "responses": [effect]}])
    assert text(told).endswith("12:41 官方回应之后：数据不足。")


@ENGLISH
def test_no_incident(world: SimpleNamespace, annotated: pd.DataFrame, lang: str):
    told = world.build(annotated, incidents=[])
    assert told["state"] == "ordinary"
    assert told["scope"] == "all"
    head = {"zh": "这段数据里没有发现故障。", "en": "No outage was found in these data. "}[lang]
    assert text(told, lang).startswith(head)
    assert told["topics"]
    assert told["timeline"]["whole"]["time"] == told["timeline"]["close"]["time"]


def test_several_incidents_name_the_worst(world: SimpleNamespace, annotated: pd.DataFrame):
    worst = world.incident(annotated)
    lesser = {**worst, "id": "inc-0", "severity": 1, "onset": "2025-06-16T09:00:00+08:00", "responses": []}
    told = world.build(annotated, incidents=[lesser, worst])
    assert told["state"] == "incidents"
    assert [item["id"] for item in told["incidents"]] == ["inc-1", "inc-0"]
    assert text(told).startswith("这段数据里有 2 次异常，最严重的是青禾外卖 6月18日 12:03 的故障")


def test_an_unclear_incident_is_not_called_an_outage(world: SimpleNamespace, annotated: pd.DataFrame):
    told = world.build(annotated, incidents=[{**world.incident(annotated), "kind": "unclear"}])
    assert "还不能确定是故障" in text(told)
    assert "not certain to be an outage" in text(told, "en")


def test_no_times(world: SimpleNamespace, annotated: pd.DataFrame):
    never = pd.Series(pd.NaT, index=annotated.index, dtype=annotated["created_at"].dtype)
    told = world.build(annotated.assign(created_at=never), incidents=[])
    assert told["state"] == "no_times"
    assert told["span"] == {"start": None, "end": None, "minutes": None, "untimed": len(annotated)}
    assert told["timeline"]["whole"]["time"] == []
    assert "没有时间" in text(told)
    assert told["stance"]["n"] > 0
    assert told["quotes"]["complaint"]


@ENGLISH
def test_zero_posts(world: SimpleNamespace, annotated: pd.DataFrame, lang: str):
    told = world.build(annotated.iloc[:0], incidents=[])
    assert told["state"] == "no_posts"
    assert text(told, lang).startswith(
        {"zh": "没有可以分析的帖子", "en": "There are no posts to analyse"}[lang]
    )
    assert told["evidence"] == {}
    assert told["stance"]["n"] == 0


def test_carried_posts_are_bounded(world: SimpleNamespace, annotated: pd.DataFrame):
    settings = Settings(report=ReportSettings(max_evidence=10))
    told = world.build(annotated, incidents=[world.incident(annotated)], settings=settings)
    assert len(told["evidence"]) == 10


def test_a_missing_column_is_named(world: SimpleNamespace, annotated: pd.DataFrame):
    with pytest.raises(SchemaError, match="report needs the column stance_sure"):
        world.build(annotated.drop(columns="stance_sure"), incidents=[])


def test_an_unknown_language_is_refused(world: SimpleNamespace, annotated: pd.DataFrame):
    with pytest.raises(ConfigError, match="not 'de'"):
        world.build(annotated, incidents=[], lang="de")


def test_the_frame_is_left_as_it_was(world: SimpleNamespace):
    frame = world.annotated(seed=2)
    before = frame.copy(deep=True)
    world.build(frame, incidents=[world.incident(frame)])
    pd.testing.assert_frame_equal(frame, before)


def test_row_labels_do_not_matter(world: SimpleNamespace, annotated: pd.DataFrame, summary: dict[str, Any]):
    relabelled = annotated.set_index(pd.Index(range(1000, 1000 + len(annotated))))
    told = world.build(relabelled, incidents=[world.incident(annotated)], counts=world.counts(annotated))
    assert told["stance"] == summary["stance"]


def test_summarize_is_what_the_package_offers():
    assert summarize.__module__ == "sentiment.report.summary"


def test_too_little_data_show_neither_an_outage_nor_its_absence(
    world: SimpleNamespace, annotated: pd.DataFrame
):
    few = annotated[annotated["created_at"].notna()].head(5)
    told = world.build(few, incidents=[])
    assert told["state"] == "too_little"
    assert "数据不足" in text(told)


def many_incidents(world: SimpleNamespace, annotated: pd.DataFrame, n: int) -> list[dict[str, Any]]:
    """Return one outage and n lighter ones, one an hour."""
    worst = world.incident(annotated)
    onsets = pd.date_range("2025-06-16", periods=n, freq="h", tz="Asia/Shanghai")
    lesser = [
        {
            **worst,
            "id": f"i{k}",
            "onset": at.isoformat(),
            "end": (at + pd.Timedelta("30min")).isoformat(),
            "severity": 1,
            "posts": k + 1,
            "responses": [{**world.effect(), "at": (at + pd.Timedelta("5min")).isoformat()}],
        }
        for k, at in enumerate(onsets)
    ]
    return [*lesser, worst]


def test_many_incidents_are_bounded_by_weight(world: SimpleNamespace, annotated: pd.DataFrame):
    told = world.build(annotated, incidents=many_incidents(world, annotated, 60))
    assert len(told["incidents"]) == 40
    assert [item["id"] for item in told["unlisted"]] == [f"i{k}" for k in range(21)]  # the lightest
    assert text(told).startswith("这段数据里有 61 次异常，最严重的是青禾外卖")
    light = [item for item in told["incidents"] if item["stance"] is None]
    assert len(light) == 32
    assert all(len(set(item["claims"].values())) == 1 for item in light)
    page = render_html(told)
    assert "更轻的异常只在 report.xlsx 和 incidents.json 里，不占页面，次数： 21" in page
    assert len(page.encode("utf-8")) < 1_500_000


def test_the_first_screen_tells_the_response_to_the_main_incident(
    world: SimpleNamespace, annotated: pd.DataFrame
):
    told = world.build(annotated, incidents=many_incidents(world, annotated, 20))
    assert [response["at"] for response in told["responses"] if response["of_main"]] == [world.effect()["at"]]
    assert sum(response["told"] for response in told["responses"]) == 8
    assert next(response for response in told["responses"] if response["of_main"])["told"]
    assert "12:41 官方回应之后：理解增多。" in text(told)


def test_posts_in_pieces_give_the_same_summary(
    world: SimpleNamespace, annotated: pd.DataFrame, summary: dict[str, Any]
):
    pieces = pd.concat([annotated.iloc[n : n + 50] for n in range(0, len(annotated), 50)], ignore_index=True)
    told = world.build(pieces, incidents=[world.incident(pieces)])
    assert told == summary
