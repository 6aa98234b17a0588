"""Words and grams are counted the same by compiled loops and without."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sentiment.pipeline import Analysis
from sentiment.topics import words
from sentiment.topics.columns import best, marks_of, texts_of
from sentiment.topics.discover import discover_topics
from sentiment.topics.grams import GramColumns, grams
from sentiment.topics.words import WordCounts, count_words, distinctive_words, says_something

ODD = [
    "",
    " ",
    "  退款  退款 ",
    "a1 ab ａｂ 8 88 1a",  # noqa: RUF001
    "取票码刷不出来了呀啊哦 㐀㐀 鿿一",
    "👀 x👀y 退款",
    "é退款 退款é",
    "的 美团",
]


@pytest.fixture(params=["compiled", "plain"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "plain":
        for module in ("words", "columns", "grams"):
            monkeypatch.setattr(f"sentiment.topics.{module}.can_compile", lambda: False)
    return str(request.param)


@pytest.fixture
def tokens(sample_analysis: Analysis) -> pd.Series:
    return pd.concat([pd.Series(ODD, dtype="str"), sample_analysis.annotated["tokens"]], ignore_index=True)


def counted(tokens: pd.Series) -> dict[str, int]:
    each = [word for post in tokens for word in set(post.split(" ")) if says_something(word)]
    return {str(word): int(n) for word, n in pd.Series(each, dtype="str").value_counts().items()}


def test_each_word_counts_once_a_post(way: str, tokens: pd.Series) -> None:
    assert count_words(tokens).to_dict() == counted(tokens)


def test_many_small_blocks_count_the_same(way: str, tokens: pd.Series, monkeypatch) -> None:
    monkeypatch.setattr(words, "AT_ONCE", 3)
    assert count_words(tokens).to_dict() == counted(tokens)


def test_groups_count_their_own_posts(way: str, tokens: pd.Series) -> None:
    rows = np.arange(0, len(tokens), 2)
    kinds = np.arange(len(rows)) % 3 - 1
    counts = WordCounts(3)
    counts.add(tokens, rows, kinds, [[0, 1], [0, 2]])
    assert counts.of(0).to_dict() == counted(tokens.iloc[rows[kinds >= 0]])
    assert counts.of(1).to_dict() == counted(tokens.iloc[rows[kinds == 0]])
    assert counts.of(2).to_dict() == counted(tokens.iloc[rows[kinds == 1]])


def test_words_that_tell_a_group_are_those_of_its_posts(way: str, tokens: pd.Series) -> None:
    counts = WordCounts(2)
    kinds = tokens.str.contains("退款").to_numpy(dtype=int)
    counts.add(tokens, np.arange(len(tokens)), kinds, [[0], [0, 1]])
    mine = tokens[kinds == 1]
    told = distinctive_words(mine, count_words(tokens), len(tokens))
    assert counts.telling(1, len(mine), len(tokens)) == told
    assert told[0] == "退款"


def test_words_held_are_counted_in_each_post(way: str) -> None:
    tokens, rows = pd.Series(["退款 到账 退款", "到账", "客服"]), np.arange(3)
    counts = WordCounts(1)
    counts.add(tokens, rows, np.zeros(3, dtype=int), [[0]])
    held = counts.held(tokens, rows, np.array([1, 1, 0]), [["退款"], ["退款", "到账"]])
    assert held.tolist() == [2, 1, 0]


def test_grams_are_the_columns_of_a_post(way: str, tokens: pd.Series) -> None:
    known = {gram: n for n, gram in enumerate(sorted({one for post in tokens[::2] for one in grams(post)}))}
    rows = np.arange(1, len(tokens))
    parts = [matrix.toarray() for _, matrix in GramColumns(known).read(tokens, rows)]
    wanted = np.zeros((len(rows), len(known)))
    for n, post in enumerate(tokens.iloc[rows]):
        wanted[n, [known[one] for one in grams(post) if one in known]] = 1
    assert (np.concatenate(parts) == wanted).all()


def test_discovered_topics_do_not_depend_on_the_way(sample_analysis: Analysis, monkeypatch) -> None:
    posts = sample_analysis.annotated.assign(topics="other")
    compiled = discover_topics(posts)
    for module in ("words", "columns", "grams"):
        monkeypatch.setattr(f"sentiment.topics.{module}.can_compile", lambda: False)
    plain = discover_topics(posts)
    pd.testing.assert_frame_equal(compiled.table, plain.table)
    pd.testing.assert_series_equal(compiled.assigned, plain.assigned)
    assert len(compiled.table)


def test_equal_texts_have_equal_marks_and_others_have_not(way: str, tokens: pd.Series) -> None:
    marks = marks_of(tokens, np.arange(len(tokens)))
    assert (pd.factorize(marks)[0] == pd.factorize(tokens)[0]).all()


def test_texts_of_a_part_of_a_column_are_its_own() -> None:
    texts = texts_of(pd.Series(["崩了", None, "好了"], dtype="str").iloc[1:])
    assert [
        bytes(texts.data[a:b]).decode() for a, b in zip(texts.starts, texts.starts[1:], strict=False)
    ] == [
        "",
        "好了",
    ]


def test_best_keeps_ties_and_leaves_out_what_is_missing() -> None:
    assert best(np.array([np.nan, 0.5, 0.7, 0.5]), 2).tolist() == [1, 2, 3]
    assert best(np.array([np.nan, 0.5]), 5).tolist() == [1]
