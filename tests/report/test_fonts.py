"""The letters of a page."""

from __future__ import annotations

import base64
import io
import re

import pytest
from fontTools.ttLib import TTFont

from sentiment.display import CJK_FONT
from sentiment.report.fonts import font_faces, subset_font


def letters(rules: str) -> set[str]:
    """Return every character that the embedded fonts of a stylesheet can draw."""
    out: set[str] = set()
    for data in re.findall(r"base64,([A-Za-z0-9+/=]+)\)", rules):
        with TTFont(io.BytesIO(base64.b64decode(data))) as font:
            out |= {chr(code) for code in font.getBestCmap()}
    return out


def test_only_the_letters_used_are_carried():
    assert letters(font_faces("崩了abc")) == set("崩了abc")


def test_emoji_come_from_the_second_font():
    rules = font_faces("崩了😡")
    assert rules.count("@font-face") == 2
    assert letters(rules) == set("崩了😡")


def test_the_same_letters_give_the_same_bytes():
    assert font_faces("崩了，急") == font_faces("急，崩了了了")


def test_letters_no_font_has_are_left_to_the_reader():
    assert subset_font(CJK_FONT, {0x10FFFD}) == (b"", set())
    assert font_faces("\U0010fffd") == ""


@pytest.mark.parametrize("name", ["a", "的"])
def test_files_are_woff(name: str):
    assert subset_font(CJK_FONT, {ord(name)})[0].startswith(b"wOFF")
