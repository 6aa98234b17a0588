"""Drafts of a holding statement: facts with claims, open fields open, no risky word of our own."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from sentiment.errors import ConfigError, InputError
from sentiment.report import check_wording, draft_statement, render_html, write_report
from sentiment.report.posts import check_quotes

STAGES = ("ack", "update", "recovered", "compensation", "postmortem")
SITUATIONS = ("unknown", "internal", "overload", "third_party", "attack")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("stage", STAGES)
def test_no_draft_uses_wording_it_warns_of(summary: dict[str, Any], stage: str, lang: str):
    for situation in SITUATIONS:
        draft = draft_statement(summary, stage=stage, situation=situation, lang=lang)
        assert check_wording(draft.text, summary=summary) == ()
        assert "{" not in draft.text
        assert not any(words.startswith(("〔原因", "〔Cause")) for words in draft.open)


def test_facts_carry_claims_and_the_rest_stays_open(summary: dict[str, Any]):
    draft = draft_statement(summary, stage="ack")
    facts = dict(draft.facts)
    assert facts["6月18日 12:03"] == "incident-1-onset"
    assert facts["青禾外卖"] == "incident-1-volume"
    assert set(facts.values()) <= set(summary["claims"])
    assert {"〔署名〕", "〔时间〕", "〔负责团队〕"} <= set(draft.open)
    assert all(words in draft.text for words in (*facts, *draft.open))


def test_the_cause_is_the_one_chosen(summary: dict[str, Any]):
    assert "原因还在查" in draft_statement(summary, stage="ack").text
    own = draft_statement(summary, stage="ack", situation="internal")
    assert "责任在我们" in own.text
    assert "道歉、承担、补救" in own.advice


def test_the_repair_is_never_read_off_the_talk(summary: dict[str, Any]):
    draft = draft_statement(summary, stage="recovered")
    assert "〔时间和状态，由技术团队确认；数据：讨论在 13:55 回到平常〕" in draft.open


def test_open_questions_are_repeated_word_for_word(summary: dict[str, Any]):
    asked = [row for row in summary["questions"]["rows"] if not row["answer"]]
    assert asked
    assert asked[0]["text"] in draft_statement(summary, stage="update", lang="en").text


def test_a_tampered_question_in_a_draft_is_found(summary: dict[str, Any]):
    forged = copy.deepcopy(summary)
    asked = {row["claim"] for row in forged["questions"]["rows"]}
    parts = [p for one in forged["statement"]["stages"] for p in one["text"]["zh"] if p.get("claim") in asked]
    parts[0]["text"] = "你们真好"
    with pytest.raises(InputError, match="not word for word"):
        check_quotes(forged)


@pytest.mark.parametrize(
    ("changes", "codes", "stage"),
    [
        ({"end": None, "responses": []}, None, "ack"),
        ({"end": None}, ["ack", "apology"], "update"),
        ({}, ["ack", "eta"], "recovered"),
        ({}, ["recovered"], "compensation"),
        ({}, ["recovered", "compensate"], "postmortem"),
    ],
)
def test_the_next_stage_follows_from_the_data(
    world: SimpleNamespace,
    annotated: pd.DataFrame,
    changes: dict[str, Any],
    codes: list[str] | None,
    stage: str,
):
    item = {**world.incident(annotated), **changes}
    if codes:
        item["responses"] = [{**world.effect(), "codes": codes}]
    plan = world.build(annotated, incidents=[item])["statement"]
    assert plan["stage"] == stage
    assert {one["name"] for one in plan["said"]} == {
        {"eta": "eta", "apology": "apology", "recovered": "recovery", "compensate": "compensation"}[code]
        for code in codes or ()
        if code != "ack"
    }


def test_an_earlier_failure_of_the_service_is_named(world: SimpleNamespace, annotated: pd.DataFrame):
    item = world.incident(annotated)
    earlier = {**item, "id": "b", "onset": "2025-06-16T09:00:00+08:00", "severity": 1, "responses": []}
    other = {**earlier, "id": "c", "service": "白鹭出行"}
    plan = world.build(annotated, incidents=[item, earlier, other])["statement"]
    assert [one["onset"] for one in plan["history"]] == ["2025-06-16T09:00:00+08:00"]


def test_risky_words_of_official_posts_are_marked(world: SimpleNamespace, annotated: pd.DataFrame):
    effect = {**world.effect(), "text": "因系统升级，少数用户无法下单"}
    told = world.build(annotated, incidents=[{**world.incident(annotated), "responses": [effect]}])
    flags = told["statement"]["flags"]
    assert [flag["kind"] for flag in flags] == ["upgrade", "belittle"]
    assert {flag["claim"] for flag in flags} <= set(told["claims"])
    assert "没有官方预告" in render_html(told)


def test_maintenance_that_was_announced_may_be_named(world: SimpleNamespace, annotated: pd.DataFrame):
    frame = annotated.copy()
    frame.loc[0, ["account_kind", "text"]] = ["official", "今晚系统升级，提前告知"]
    told = world.build(frame, incidents=[world.incident(frame)])
    assert told["announced"] == "announced"
    assert told["claims"]["announced"]["post_ids"] == [frame.loc[0, "post_id"]]
    assert check_wording("因系统升级", summary=told) == ()


def test_no_incident_no_statement(world: SimpleNamespace, annotated: pd.DataFrame, tmp_path: Path):
    told = world.build(annotated, incidents=[])
    assert told["statement"] is None
    with pytest.raises(InputError, match="no incident to speak of"):
        draft_statement(told)
    write_report(told, tmp_path)
    assert not (tmp_path / "statement.md").exists()


def test_unknown_choices_are_refused(summary: dict[str, Any]):
    with pytest.raises(ConfigError, match="Unknown stage 'acks': did you mean 'ack'"):
        draft_statement(summary, stage="acks")
    with pytest.raises(ConfigError, match="Unknown situation"):
        draft_statement(summary, situation="weather")
    with pytest.raises(ConfigError, match="not 'de'"):
        draft_statement(summary, lang="de")


def test_the_file_holds_every_stage_the_next_one_first(summary: dict[str, Any], tmp_path: Path):
    write_report(summary, tmp_path, lang="zh")
    text = (tmp_path / "statement.md").read_text(encoding="utf-8")
    assert next(line for line in text.splitlines() if line.startswith("## ")) == "## 恢复"
    assert text.count("〔署名〕") == 5
    assert "[incident-1-onset]" in text
