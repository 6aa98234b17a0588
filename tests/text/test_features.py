"""The numbers a linear model reads."""

from __future__ import annotations

import numpy as np
import pytest

from sentiment.text.features import (
    CHAR_BITS,
    CHAR_SIZES,
    SHAPES,
    char_grams,
    column_count,
    featurize,
    phrase_counts,
    prepare,
    word_grams,
)


def test_services_are_masked_and_numbers_folded() -> None:
    post = prepare("12306等了45分钟", ["12306", "等", "了", "45", "分钟"])
    assert post.masked == "▲等了45分钟"
    assert post.words == ("▲", "等", "了", "0", "分钟")


def test_grams_never_cross_from_one_post_to_the_next() -> None:
    rows, columns = char_grams(["ab", "cd"])
    alone = [set(char_grams([text])[1]) for text in ("ab", "cd")]
    assert [set(columns[rows == row]) for row in (0, 1)] == alone


def test_every_gram_of_every_size_is_counted() -> None:
    rows, columns = char_grams(["abc"])
    length = len("abc") + 2
    assert len(rows) == len(columns) == sum(length - size + 1 for size in CHAR_SIZES)
    assert columns.min() >= 0
    assert columns.max() < 2**CHAR_BITS


@pytest.mark.parametrize("texts", [[], [""], ["", "a"], ["😡"]])
def test_short_and_empty_texts_are_fine(texts: list[str]) -> None:
    rows, columns = char_grams(texts)
    assert len(rows) == len(columns)


def test_hashing_is_the_same_everywhere() -> None:
    """Weights are tied to these columns: a change here means a new model."""
    assert char_grams(["崩"])[1].tolist() == [1994049, 1399528, 1361112, 1406852, 1091358, 1781502]
    assert word_grams([["又", "崩了"]])[1].tolist() == [17615, 379794, 633887]


def test_matrix_is_the_same_whatever_stands_beside_a_post() -> None:
    posts = [prepare(text, list(text)) for text in ("又崩了", "美团崩了", "")]
    together = featurize(posts)
    assert together.shape == (3, column_count())
    for row, post in enumerate(posts):
        assert np.abs(together[row] - featurize([post])[0]).sum() == 0


def test_shapes_say_what_they_are_called() -> None:
    def shapes(text: str) -> set[str]:
        return {name for name, value in zip(SHAPES, phrase_counts(text), strict=False) if value}

    assert {"under_8", "question"} <= shapes("崩了？")
    assert "fault_on_service" in shapes("▲又崩了")
    assert "fault_on_service" not in shapes("心态崩了")
    assert {"hashtag", "only_hashtags"} <= shapes("#▲崩了#")
    assert "forgive_negated" in shapes("不能理解")
    assert "forgive_negated" not in shapes("能理解")
    assert "contrast_then_blame" in shapes("理解程序员但是垃圾")
    assert shapes("") == {"empty", "under_8"}
