"""Counting phrases."""

from __future__ import annotations

import pytest

from sentiment.training.baselines import lexicon_outages, lexicon_stances


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("垃圾，投诉，退钱", "complaint"),
        ("别骂了，程序员辛苦了", "understanding"),
        ("辛苦了，但是退钱", "neutral"),
        ("//@某人:垃圾", "neutral"),
        ("", "neutral"),
    ],
)
def test_more_phrases_win_and_a_tie_is_neutral(text: str, stance: str) -> None:
    assert lexicon_stances([text]).tolist() == [stance]


def test_false_friends_are_no_outage() -> None:
    assert lexicon_outages(["美团打不开", "心态崩了", "吃饭"]).tolist() == [True, False, False]
