"""Shares of stance and topics, their intervals and who is left out."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.report import Ledger
from sentiment.report.shares import count_stances, count_topics, wilson
from sentiment.schema import is_voice


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (8, 10, 0.4902, 0.9433),
        (50, 100, 0.4038, 0.5962),
    ],
)
def test_wilson_against_published_values(hits: int, n: int, low: float, high: float):
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-4)


@given(st.integers(1, 5000), st.floats(0, 1))
def test_wilson_holds_the_share(n: int, part: float):
    hits = round(n * part)
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n + 1e-9
    assert hits / n - 1e-9 <= high <= 1


def test_official_media_bot_and_hijack_posts_are_left_out(annotated: pd.DataFrame):
    everything = pd.Series(True, index=annotated.index)
    told = count_stances(annotated, everything, Ledger(annotated))
    left = annotated["account_kind"].isin(["official", "media", "bot"])
    assert told["n"] == int((~left).sum())
    assert sum(told["left_out"].values()) == int(left.sum())
    hijacked = annotated.assign(hijack=annotated["stance"].eq("neutral"))
    assert is_voice(hijacked).sum() < is_voice(annotated).sum()


def test_stance_shares_add_up(annotated: pd.DataFrame):
    told = count_stances(annotated, pd.Series(True, index=annotated.index), Ledger(annotated))
    assert sum(share["n"] for share in told["shares"]) == told["n"]
    assert sum(share["share"] for share in told["shares"]) == pytest.approx(1)
    assert all(share["low"] <= share["share"] <= share["high"] for share in told["shares"])


def test_nobody_counted_gives_no_share(annotated: pd.DataFrame):
    told = count_stances(annotated, pd.Series(False, index=annotated.index), Ledger(annotated))
    assert told["n"] == 0
    assert [share["share"] for share in told["shares"]] == [None] * 3


def test_topics_are_counted_from_the_posts(world: SimpleNamespace, annotated: pd.DataFrame):
    everything = pd.Series(True, index=annotated.index)
    rows = count_topics(annotated, everything, world.topics(annotated), Ledger(annotated))
    named = [row["complaint"] for row in rows if row["topic"] != "other"]
    assert named == sorted(named, reverse=True)
    assert "other" not in [row["topic"] for row in rows[:-1]]
    payment = next(row for row in rows if row["topic"] == "payment")
    mine = annotated[is_voice(annotated) & annotated["topics"].str.contains("payment")]
    assert payment["posts"] == len(mine)
    assert payment["complaint"] == int(mine["stance"].eq("complaint").sum())
    assert payment["complaint"] + payment["understanding"] + payment["neutral"] == payment["posts"]


@pytest.mark.parametrize("complaint", [0.5, 20])
def test_a_discovered_topic_keeps_its_own_numbers(annotated: pd.DataFrame, complaint: float):
    found = pd.DataFrame(
        {
            "topic": ["d1"],
            "name_zh": ["取餐柜"],
            "name_en": ["Locker"],
            "posts": [40],
            "share": [0.1],
            "complaint": [complaint],
            "understanding": [0],
            "peak": [None],
            "terms": ["柜子"],
            "post_ids": [annotated["post_id"].iloc[0]],
        }
    )
    ledger = Ledger(annotated)
    (row,) = count_topics(annotated, pd.Series(True, index=annotated.index), found, ledger)
    assert (row["posts"], row["complaint"], row["neutral"], row["peak"]) == (40, 20, 20, None)
    assert ledger.to_dict()["claims"][row["claim"]]["total"] == 40


def test_a_topic_nobody_wrote_about_is_not_listed(world: SimpleNamespace, annotated: pd.DataFrame):
    silent = annotated.assign(topics="")
    topics = world.topics(silent)
    assert count_topics(silent, pd.Series(True, index=silent.index), topics, Ledger(silent)) == []
