"""Topics by phase, discovered topics with their posts, rising topics, questions: numbers and their posts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.report import Ledger, render_html, render_markdown
from sentiment.report.topics import describe_found, places_of_topics, report_phases
from sentiment.schema import ZONE, is_voice
from sentiment.topics import Discovered, TopicState, discover_topics


@pytest.fixture(scope="module")
def discovered(annotated: pd.DataFrame) -> Discovered:
    """One planted group, the rest unclear."""
    rest = annotated[annotated["topics"].eq("")]
    beef = rest["text"].str.contains("牛肉饭")
    assigned = pd.Series(np.where(beef, "d1", ""), index=rest.index)
    row = {"topic": "d1", "name": "牛肉·味道", "posts": int(beef.sum()), "terms": "牛肉;味道"}
    ids = ";".join(rest.loc[beef, "post_id"].head(5))
    return Discovered(pd.DataFrame([{**row, "post_ids": ids}]), assigned, TopicState())


@pytest.fixture(scope="module")
def told(annotated: pd.DataFrame, world: SimpleNamespace, discovered: Discovered) -> dict[str, Any]:
    return world.build(annotated, incidents=[world.incident(annotated)], discovered=discovered)


def test_places_are_those_of_the_posts(annotated: pd.DataFrame, discovered: Discovered):
    places = places_of_topics(annotated, discovered.assigned)
    carried = annotated["topics"].str.split(";").map(lambda names: "payment" in names)
    assert places["payment"].tolist() == np.flatnonzero(carried).tolist()
    assert set(annotated["own_text"].iloc[places["d1"]]) == {"中午点了一份牛肉饭，味道不错"}


def test_each_cell_counts_the_posts_behind_it(told: dict[str, Any], annotated: pd.DataFrame):
    course = told["phase_topics"]
    assert [phase["name"] for phase in course["phases"]] == ["before", "growth", "decline", "after"]
    row = next(row for row in course["rows"] if row["topic"] == "payment")
    for phase, cell in zip(course["phases"], row["cells"], strict=True):
        during = annotated["created_at"].ge(phase["start"]) & annotated["created_at"].lt(phase["end"])
        counted = annotated[during & is_voice(annotated) & annotated["service"].isin(["青禾外卖", ""])]
        mine = counted[counted["topics"].str.contains("payment")]
        assert phase["posts"] == len(counted)
        assert (cell["posts"], cell["complaint"]) == (len(mine), int(mine["stance"].eq("complaint").sum()))
        if cell["posts"]:
            assert cell["share"] == pytest.approx(len(mine) / len(counted))
            assert told["claims"][cell["claim"]]["total"] == len(mine)
            assert set(told["claims"][cell["claim"]]["post_ids"]) <= set(mine["post_id"])


def test_without_an_incident_the_phases_are_days(annotated: pd.DataFrame):
    phases = report_phases(annotated, None)
    assert [phase.name for phase in phases] == ["2025-06-15", "2025-06-16", "2025-06-17", "2025-06-18"]
    assert phases[0].end == phases[1].start == pd.Timestamp("2025-06-16", tz=ZONE)


def test_discovered_topics_quote_posts_and_own_the_unclear_share(
    told: dict[str, Any], discovered: Discovered
):
    found = told["found"]
    assert found["looked"] == len(discovered.assigned)
    assert found["unclear"] == discovered.unclear
    assert told["claims"][found["claim"]]["total"] == found["unclear_posts"]
    (topic,) = found["rows"]
    assert told["claims"][topic["claim"]]["total"] == topic["posts"]
    assert topic["quotes"]
    for quote in topic["quotes"]:
        assert quote["text"] in told["evidence"][quote["post_id"]]["text"]


def test_discovery_itself_feeds_the_report(annotated: pd.DataFrame):
    found = discover_topics(annotated.assign(service="青禾外卖"))
    told = describe_found(annotated, found, {}, Ledger(annotated))
    assert sum(row["posts"] for row in told["rows"]) + told["unclear_posts"] == told["looked"]


def test_questions_say_what_how_many_and_how_long(told: dict[str, Any], annotated: pd.DataFrame):
    asked = told["questions"]
    assert asked["rows"]
    last = annotated["created_at"].max()
    for row in asked["rows"]:
        assert row["text"] in told["evidence"][row["post_id"]]["text"]
        assert told["claims"][row["claim"]]["total"] == row["posts"] >= row["authors"] > 0
        assert 0 <= row["waiting_minutes"] <= (last - pd.Timestamp(row["first"])).total_seconds() / 60


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_and_markdown_carry_them_all(told: dict[str, Any], lang: str):
    page, words = render_html(told, lang=lang), render_markdown(told, lang=lang)
    for part in ("phases", "found", "rising", "questions"):
        assert f'id="{part}"' in page
    for cell in told["phase_topics"]["rows"][0]["cells"]:
        assert not cell["claim"] or f'href="#claim-{cell["claim"]}"' in page
    assert told["questions"]["rows"][0]["text"] in words
    assert told["found"]["rows"][0]["quotes"][0]["text"] in words


@pytest.mark.parametrize("forge", ["found", "question", "answer"])
def test_a_tampered_quote_fails_both_renderers(told: dict[str, Any], forge: str):
    forged = {"text": "从来没说过的话", "cut": False}
    question = told["questions"]["rows"][0]
    if forge == "found":
        topic = told["found"]["rows"][0]
        changed = {**topic, "quotes": [{**topic["quotes"][0], **forged}]}
        summary = {**told, "found": {**told["found"], "rows": [changed]}}
    else:
        answer = {"post_id": question["post_id"], **forged}
        changed = {**question, **forged} if forge == "question" else {**question, "answer": answer}
        summary = {**told, "questions": {**told["questions"], "rows": [changed]}}
    for render in (render_html, render_markdown):
        with pytest.raises(InputError, match="is not word for word"):
            render(summary)


def test_every_quote_is_carried_even_when_little_is(
    annotated: pd.DataFrame, world: SimpleNamespace, discovered: Discovered
):
    from sentiment.config import ReportSettings, Settings

    few = Settings(report=ReportSettings(max_evidence=8))
    summary = world.build(
        annotated, incidents=[world.incident(annotated)], discovered=discovered, settings=few
    )
    assert render_html(summary)
    assert {row["post_id"] for row in summary["questions"]["rows"]} <= set(summary["evidence"])
