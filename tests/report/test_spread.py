"""How it spread: counts that add up, roots word for word, speed and concentration."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.report import Ledger, render_html
from sentiment.report.posts import check_quotes
from sentiment.report.spread import describe_spread, spread_told


def spread(frame: pd.DataFrame, main: dict[str, Any] | None = None) -> dict[str, Any]:
    return describe_spread(frame, pd.Series(True, index=frame.index), main, Ledger(frame))


def test_the_parts_add_up(summary: dict[str, Any]):
    told = summary["spread"]
    for name in ("kinds", "accounts"):
        assert sum(row["posts"] for row in told[name]) == told["n"]
        assert sum(row["share"] for row in told[name]) == pytest.approx(1)
    assert sum(row["posts"] for row in told["regions"]) == told["placed"]
    assert [row["posts"] for row in told["accounts"]] == sorted(
        (row["posts"] for row in told["accounts"]), reverse=True
    )


def test_each_number_opens_its_posts(summary: dict[str, Any], annotated: pd.DataFrame):
    kinds = annotated.set_index("post_id")["account_kind"]
    for row in summary["spread"]["accounts"]:
        claim = summary["claims"][row["claim"]]
        assert claim["total"] == row["posts"]
        assert {kinds[post_id] for post_id in claim["post_ids"]} == {row["name"]}


def test_speed_runs_from_the_onset(annotated: pd.DataFrame):
    frame = annotated.head(10).assign(
        created_at=pd.date_range("2025-06-18 12:00", periods=10, freq="min", tz="Asia/Shanghai")
    )
    assert spread(frame)["half_minutes"] == 5
    assert spread(frame, {"onset": "2025-06-18T11:50:00+08:00"})["half_minutes"] == 15
    never = frame.assign(created_at=pd.Series(pd.NaT, index=frame.index, dtype=frame["created_at"].dtype))
    assert spread(never)["half_minutes"] is None


def test_the_busiest_authors(annotated: pd.DataFrame):
    frame = annotated.head(300).assign(author=[f"a{n}" for n in range(200)] + ["loud"] * 90 + [""] * 10)
    told = spread(frame)
    assert (told["authors"], told["busiest"]) == (201, 2)
    assert told["busiest_share"] == pytest.approx(91 / 290)
    for few in (frame.assign(author=""), frame.head(99)):
        assert spread(few)["busiest_share"] is None


def test_copies_are_wordings_that_stand_three_times(annotated: pd.DataFrame):
    frame = annotated.head(10).assign(dup_group=list("aaabbcdefg"))
    assert spread(frame)["alike"] == pytest.approx(0.3)


def test_roots_are_quoted_where_the_data_hold_them(annotated: pd.DataFrame):
    frame = annotated.copy()
    root = frame["post_id"].iloc[3]
    frame.loc[10:30, "root_id"] = root
    frame.loc[40:45, "root_id"] = "elsewhere"
    first, second = spread(frame)["roots"]
    assert (first["post_id"], first["posts"]) == (root, 21)
    assert first["text"] in frame["own_text"].iloc[3]
    assert (second["post_id"], second["posts"], second["text"]) == ("elsewhere", 6, None)


def test_a_tampered_root_is_found(world: SimpleNamespace, annotated: pd.DataFrame):
    frame = annotated.copy()
    inside = np.flatnonzero(frame["outage"])
    frame.loc[inside[5:30], "root_id"] = frame["post_id"].iloc[inside[0]]
    told = world.build(frame, incidents=[world.incident(frame)])
    assert "被转发和评论最多的帖子" in render_html(told)
    forged = copy.deepcopy(told)
    forged["spread"]["roots"][0]["text"] = "一切正常"
    with pytest.raises(InputError, match="not word for word"):
        check_quotes(forged)


def test_few_places_are_not_told(annotated: pd.DataFrame):
    assert spread(annotated.assign(region=["上海"] * 19 + [""] * (len(annotated) - 19)))["regions"] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sentences(summary: dict[str, Any], lang: str):
    words = [words for words, _ in spread_told(summary, lang)]
    assert {"zh": "从起点算", "en": "after the onset"}[lang] in words[0]
    assert len(words) >= 2


def test_nothing_to_spread(world: SimpleNamespace, annotated: pd.DataFrame):
    told = world.build(annotated.iloc[:0], incidents=[])
    assert told["spread"]["n"] == 0
    assert spread_told(told, "zh") == []
