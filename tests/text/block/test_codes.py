"""Texts as code points, and what is known of each code point."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import opencc
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text.block.codes import DIGIT, INVISIBLE, ODD, SPACE, TRADITIONAL, Codes, lowered, traits
from sentiment.text.clean import drop_invisible, simplify

DICTIONARIES = Path(opencc.__file__).parent / "clib"
EVERY = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]


def has(char: str, trait: int) -> bool:
    return bool(traits()[ord(char)] & trait)


def test_texts_come_back() -> None:
    texts = ["又崩了", "", "😡\ud83d", "a"]
    codes = Codes.of(texts)
    assert [codes.text(row) for row in range(len(codes))] == texts
    assert codes.lengths().tolist() == [3, 0, 2, 1]


@given(st.lists(st.text(max_size=9)), st.integers(0, 3))
def test_columns_are_read_and_written(texts: list[str], skipped: int) -> None:
    codes = Codes.read(pd.Series(texts, dtype="str").iloc[skipped:])
    assert [codes.text(row) for row in range(len(codes))] == texts[skipped:]
    assert codes.written().to_pylist() == texts[skipped:]
    codes.written().validate(full=True)


def test_a_column_in_parts_is_read_and_every_length_of_a_character() -> None:
    texts = ["aé崩😡", "", "\x7f\x80\u07ff\u0800\uffff\U00010000\U0010ffff"]
    codes = Codes.read(pd.concat([pd.Series(texts[:1], dtype="str"), pd.Series(texts[1:], dtype="str")]))
    assert codes.written().to_pylist() == texts
    assert len(Codes.read(pd.Series([], dtype="str"))) == 0


def test_some_texts_are_replaced() -> None:
    codes = Codes.of(["a", "bc", "", "d"]).replaced(np.array([1, 2]), ["", "xyz"])
    assert [codes.text(row) for row in range(4)] == ["a", "", "xyz", "d"]


def test_traits_are_those_of_the_regexes() -> None:
    for trait, pattern in ((SPACE, r"\s"), (DIGIT, r"\d")):
        assert [char for char in EVERY if has(char, trait) != bool(re.match(pattern, char))] == []
    assert [char for char in EVERY if has(char, INVISIBLE) != (drop_invisible(char) == "")] == []


def test_lower_case_is_known_of_all_but_odd_characters() -> None:
    lower = lowered()
    assert [char for char in EVERY if not has(char, ODD) and char.lower() != chr(lower[ord(char)])] == []


def test_opencc_changes_no_character_alone_that_is_not_marked() -> None:
    unmarked = "".join(char for char in EVERY if not has(char, TRADITIONAL))
    assert simplify(unmarked) == unmarked


def test_opencc_changes_no_phrase_without_a_marked_character(tmp_path: Path) -> None:
    reader, dictionary = (
        DICTIONARIES / "bin" / "opencc_dict",
        DICTIONARIES / "share" / "opencc" / "TSPhrases.ocd2",
    )
    if not (reader.exists() and dictionary.exists()):
        pytest.skip("this build of OpenCC does not carry the reader of its dictionaries")
    text = tmp_path / "phrases.txt"
    subprocess.run(
        [reader, "-i", dictionary, "-o", text, "-f", "ocd2", "-t", "text"], check=True, capture_output=True
    )
    entries = [line.split("\t") for line in text.read_text(encoding="utf-8").splitlines()]
    assert len(entries) > 100
    assert [
        key for key, to in entries if to.split(" ")[0] != key and not any(has(c, TRADITIONAL) for c in key)
    ] == []
