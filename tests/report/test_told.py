"""Several incidents: each with its own account, those that overlap named, a common cause named."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from sentiment.report import render_html, render_markdown
from sentiment.report.told import beside, shade

SERVICES = ("青禾外卖", "山岚打车", "江月支付")


@pytest.fixture(scope="module")
def told(world: SimpleNamespace) -> dict[str, Any]:
    """Three services fail within half an hour; every third post names one of them."""
    annotated = world.annotated()
    names = pd.Series([SERVICES[n % 3] for n in range(len(annotated))], dtype="str")
    annotated = annotated.assign(service=names)
    one = world.incident(annotated)
    ids = [f"inc-{n}" for n in range(3)]
    found = [
        {
            **one,
            "id": ids[n],
            "service": name,
            "onset": (pd.Timestamp(one["onset"]) + pd.Timedelta(minutes=5 * n)).isoformat(),
            "severity": 3 - n,
            "responses": [],
            "notes": ["concurrent", "common_cause"],
            "linked": [other for other in ids if other != ids[n]],
        }
        for n, name in enumerate(SERVICES)
    ]
    return world.build(annotated, incidents=found)


def test_each_incident_counts_its_own_posts(told: dict[str, Any]):
    assert [one["service"] for one in told["incidents"]] == list(SERVICES)
    for one in told["incidents"]:
        assert one["stance"]["n"] == told["claims"][one["stance"]["claim"]]["total"] > 0
        for post_id in told["claims"][one["stance"]["claim"]]["post_ids"]:
            assert told["evidence"].get(post_id, {"service": one["service"]})["service"] == one["service"]
    assert told["incidents"][0]["stance"] == told["stance"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_and_markdown_tell_of_each(told: dict[str, Any], lang: str):
    page, words = render_html(told, lang=lang), render_markdown(told, lang=lang)
    for one in told["incidents"]:
        assert f'href="#incident-{one["place"]}"' in page
        assert f'id="incident-{one["place"]}"' in page
        assert f"### {one['service']}" in words
        for sentence in beside(told, one, lang):
            assert sentence in page
            assert sentence in words


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_of_many_the_heaviest_are_told_and_all_are_listed(world: SimpleNamespace, lang: str):
    annotated = world.annotated()
    one = world.incident(annotated)
    many = [{**one, "id": f"inc-{n}", "posts": 100 + n, "responses": []} for n in range(20)]
    summary = world.build(annotated, incidents=many)
    own = [one["posts"] for one in summary["incidents"] if one["stance"]]
    assert sorted(own) == list(range(112, 120))
    page, words = render_html(summary, lang=lang), render_markdown(summary, lang=lang)
    table = page[page.index('id="incidents"') : page.index('id="timeline"')]
    assert table.count('<th scope="row">青禾外卖') + table.count("#incident-") == 20
    assert words.count("\n| 青禾外卖") == 20


def test_the_common_cause_names_the_services(told: dict[str, Any]):
    others, cause = beside(told, told["incidents"][0], "zh")
    assert others == "同时出现异常：山岚打车 12:08、江月支付 12:13 起。"
    assert cause == "青禾外卖、山岚打车、江月支付 在 30 分钟内先后出现异常，可能有共同原因。"
    top = render_html(told).split('class="contents"')[0]
    assert cause in top


def test_one_that_stands_alone_says_nothing(summary: dict[str, Any]):
    assert beside(summary, summary["incidents"][0], "en") == []


def test_shades_run_from_none_to_the_largest():
    course = {"rows": [{"cells": [{"share": 0.5}, {"share": 0.001}, {"share": None}, {"share": 0.0}]}]}
    assert [shade(share, course) for share in (0.5, 0.001, None, 0.0)] == [8, 1, 0, 0]
    assert shade(0.3, {"rows": []}) == 0
