"""The sentences at the top, case by case."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest


def told(world: SimpleNamespace, annotated: pd.DataFrame, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    summary: dict[str, Any] = world.build(annotated, incidents=[{**world.incident(annotated), **changes}])
    return summary


def test_peak_and_volume_are_told_apart(summary: dict[str, Any]):
    assert "高峰，5 分钟内 31 条；期间共 320 条，约为平常的 14 倍。" in summary["verdict"]["zh"]["text"]
    assert (
        "31 posts in 5 min; 320 posts in all, about 14 times the usual." in summary["verdict"]["en"]["text"]
    )


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "没有可比的平常时段"), ("en", "no ordinary period to compare")]
)
def test_no_ratio_without_a_baseline(world: SimpleNamespace, annotated: pd.DataFrame, lang: str, words: str):
    verdict = told(world, annotated, volume_ratio=None)["verdict"][lang]
    assert words in verdict["text"]
    assert words in " ".join(figure["note"] for figure in verdict["figures"])


@pytest.mark.parametrize(
    ("low", "high", "note"),
    [
        ("2025-06-18T12:01:00+08:00", "2025-06-18T12:05:00+08:00", "12:01–12:05"),
        ("2025-06-18T12:03:00+08:00", "2025-06-18T12:03:00+08:00", "6月18日"),
        (None, "2025-06-18T12:05:00+08:00", "6月18日"),
    ],
)
def test_the_interval_of_the_onset(
    world: SimpleNamespace, annotated: pd.DataFrame, low: str | None, high: str, note: str
):
    figures = told(world, annotated, onset_low=low, onset_high=high)["verdict"]["zh"]["figures"]
    assert figures[0]["note"] == note


def test_an_open_incident_says_when_the_data_end(world: SimpleNamespace, annotated: pd.DataFrame):
    summary = told(world, annotated, end=None)
    last = annotated["created_at"].max()
    assert f"到数据结束时（{last:%H:%M}）仍未恢复" in summary["verdict"]["zh"]["text"]
    assert summary["verdict"]["en"]["figures"][2] == {
        "label": "End",
        "value": "open",
        "note": "still on when the data end",
        "claim": "incident-1-end",
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_number_in_a_sentence_has_a_claim_of_the_ledger(summary: dict[str, Any], lang: str):
    verdict = summary["verdict"][lang]
    cited = [part for part in (*verdict["headline"], *verdict["detail"]) if "claim" in part]
    assert len(cited) >= 10
    assert all(part["claim"] in summary["claims"] for part in cited)
    bare = "".join(part["text"] for part in verdict["detail"] if "claim" not in part)
    digits = bare.replace("5 分钟内", "").replace("in 5 min", "")
    assert not any(letter.isdigit() for letter in digits)


def test_nothing_is_said_of_stance_where_nobody_is_counted(world: SimpleNamespace, annotated: pd.DataFrame):
    official = annotated.assign(account_kind="official")
    summary = world.build(official, incidents=[])
    assert "抱怨占" not in summary["verdict"]["zh"]["text"]
    labels = [figure["label"] for figure in summary["verdict"]["zh"]["figures"]]
    assert labels == ["帖子", "时间范围", "数据评级"]


def test_the_topic_other_is_not_what_people_talk_about_most(world: SimpleNamespace, annotated: pd.DataFrame):
    frame = annotated.assign(topics="other")
    topics = world.topics(frame).head(1).assign(topic="other", name_zh="其他", name_en="Other")
    summary = world.build(frame, incidents=[], topics=topics)
    assert summary["topics"][0]["topic"] == "other"
    assert "其他" not in summary["verdict"]["zh"]["text"]
