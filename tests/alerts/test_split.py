"""Cutting by bytes: nothing lost, nothing torn."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.alerts.split import characters, number_parts, split_text, utf8_bytes
from sentiment.errors import ConfigError

TEXTS = st.text(alphabet=st.sampled_from("崩了a 。！\n\r…é👨\u200d👩\u0301🇨🇳🏽"), max_size=200)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(24, 90))
def test_parts_fit_and_join_to_the_text(text: str, most: int):
    parts = split_text(text, most)
    assert "".join(parts) == text
    assert all(utf8_bytes(part) <= most for part in parts)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(60, 200))
def test_numbered_parts_fit_with_what_may_come_before_them(text: str, most: int):
    parts = number_parts(text, most, reserve="（重发）")
    assert all(utf8_bytes("（重发）" + part) <= most for part in parts)
    assert "".join(re.sub(r"^（\d+/\d+）\n", "", part) for part in parts) == text


def test_numbers_count_to_the_last_part():
    parts = number_parts("退款。" * 600, 60)
    assert [part.split("\n")[0] for part in parts] == [
        f"（{n}/{len(parts)}）" for n in range(1, len(parts) + 1)
    ]
    assert len(parts) > 99  # three digits did not break the limit either
    assert max(map(utf8_bytes, parts)) <= 60


@pytest.mark.parametrize(
    ("text", "most", "parts"),
    [
        ("第一条\n第二条\n第三条", 21, ["第一条\n第二条\n", "第三条"]),  # at a post
        ("打不开。退款！谁管？", 21, ["打不开。退款！", "谁管？"]),  # at a sentence
        ("崩崩崩崩", 7, ["崩崩", "崩崩"]),  # between characters where nothing else fits
        ("", 7, [""]),
    ],
)
def test_where_a_text_is_cut(text: str, most: int, parts: list[str]):
    assert split_text(text, most) == parts


def test_no_character_is_torn():
    family = "👨‍👩‍👧‍👦"
    assert split_text(family * 3, utf8_bytes(family) + 3) == [family] * 3
    assert characters("🇨🇳🇯🇵👍🏽") == ["🇨🇳", "🇯🇵", "👍🏽"]


def test_a_character_longer_than_a_part_is_cut_between_its_signs():
    bomb = "e" + "\u0301" * 5000
    assert "".join(split_text(bomb, 100)) == bomb


def test_a_part_too_small_for_a_letter_is_refused():
    with pytest.raises(ConfigError, match="too small"):
        split_text("崩", 2)
