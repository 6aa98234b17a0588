"""Phrases found in many texts are those found in one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text.block.codes import Codes
from sentiment.text.block.compiling import can_compile
from sentiment.text.block.phrases import PhraseTable
from sentiment.text.lexicon import Hit, PhraseFinder, load_lexicon

pytestmark = pytest.mark.skipif(not can_compile(), reason="numba is switched off")

LETTERS = st.text(alphabet="ab崩了😡", min_size=1, max_size=4)


def found(table: PhraseTable, texts: list[str]) -> list[list[Hit]]:
    codes = Codes.of(texts)
    hits: list[list[Hit]] = [[] for _ in texts]
    for row, start, end, label, _ in table.find(codes).tolist():
        begin = int(codes.starts[row])
        hits[row].append(Hit(start - begin, end - begin, table.labels[label]))
    return hits


@given(
    st.dictionaries(st.sampled_from("xyz"), st.lists(LETTERS, unique=True), min_size=1),
    st.lists(st.text("ab崩了😡")),
)
def test_hits_are_those_of_the_phrase_finder(phrases: dict[str, list[str]], texts: list[str]) -> None:
    finder = PhraseFinder(phrases)
    assert found(PhraseTable.of(phrases), texts) == [finder.find(text) for text in texts]


def test_the_lexicon_is_found() -> None:
    text = "又崩了，但是程序员也不容易"
    assert found(PhraseTable.of(load_lexicon()), [text, ""]) == [PhraseFinder(load_lexicon()).find(text), []]


def test_many_hits_find_room() -> None:
    assert len(PhraseTable.of({"a": ["a"], "b": ["a"], "c": ["a"]}).find(Codes.of(["a" * 500]))) == 1_500


def test_texts_with_a_phrase_are_told() -> None:
    assert PhraseTable.of({"": ["崩了", "回应"]}).any_in(Codes.of(["又崩了", "崩", "回应"])).tolist() == [
        True,
        False,
        True,
    ]
