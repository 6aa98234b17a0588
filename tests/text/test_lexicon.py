"""Phrases found in one pass."""

from __future__ import annotations

from sentiment.text.lexicon import Hit, PhraseFinder, lexicon_finder, load_lexicon


def test_the_longest_phrase_of_a_label_wins() -> None:
    finder = PhraseFinder({"crash": ["崩", "崩了"], "again": ["又崩"]})
    assert finder.find("又崩了") == [Hit(0, 2, "again"), Hit(1, 3, "crash")]


def test_a_phrase_may_stand_under_two_labels() -> None:
    finder = PhraseFinder({"a": ["退款"], "b": ["退款"]})
    assert {hit.label for hit in finder.find("退款")} == {"a", "b"}


def test_nothing_is_found_in_nothing() -> None:
    assert lexicon_finder().find("") == []


def test_lexicon_phrases_are_in_the_form_they_are_matched_on() -> None:
    from sentiment.text.service import fold

    for category, phrases in load_lexicon().items():
        assert phrases, category
        assert len(phrases) == len(set(phrases)), category
        assert [phrase for phrase in phrases if phrase != fold(phrase)] == [], category
