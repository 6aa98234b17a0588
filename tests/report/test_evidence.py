"""Choosing posts: strong evidence first, diverse, verbatim."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.report.evidence import excerpt, pick_diverse, score_evidence


def test_resonance_and_certainty_raise_the_score(annotated: pd.DataFrame):
    two = annotated.iloc[[0, 0]].reset_index(drop=True)
    louder = two.assign(likes=pd.array([0, 500], dtype="Int64"))
    assert score_evidence(louder).is_monotonic_increasing
    unsure = two.assign(stance_sure=[False, True])
    assert score_evidence(unsure)[0] < score_evidence(unsure)[1]


@pytest.mark.parametrize("flaw", ["truncated", "hijack"])
def test_flaws_lower_the_score(annotated: pd.DataFrame, flaw: str):
    two = annotated.iloc[[0, 0]].reset_index(drop=True).assign(**{flaw: [True, False]})
    assert score_evidence(two)[0] < score_evidence(two)[1]


def test_absent_counts_do_not_make_the_score_absent(annotated: pd.DataFrame):
    blank = annotated.head(3).assign(likes=pd.array([pd.NA] * 3, dtype="Int64"), p_outage=float("nan"))
    assert score_evidence(blank).notna().all()


def test_one_post_an_author_and_a_group(annotated: pd.DataFrame):
    posts = annotated[annotated["stance"].eq("complaint")].copy()
    posts["own_text"] = [f"第{n}条" for n in range(len(posts))]
    posts["author"] = ["x", "y"] * (len(posts) // 2) + ["x"] * (len(posts) % 2)
    chosen = pick_diverse(posts, score_evidence(posts), most=10)
    assert len(chosen) == 2
    posts["author"] = ""
    posts["dup_group"] = "same"
    assert len(pick_diverse(posts, score_evidence(posts), most=10)) == 1


def test_unknown_authors_do_not_count_as_one_person(annotated: pd.DataFrame):
    posts = annotated.head(6).assign(author="", own_text=[f"第{n}条" for n in range(6)])
    assert len(pick_diverse(posts, score_evidence(posts), most=6)) == 6


def test_choice_does_not_depend_on_row_order(annotated: pd.DataFrame):
    shuffled = annotated.sample(frac=1.0, random_state=3)
    here = pick_diverse(annotated, score_evidence(annotated), most=8)
    assert here == pick_diverse(shuffled, score_evidence(shuffled), most=8)


def test_nothing_to_choose_from(world: SimpleNamespace, annotated: pd.DataFrame):
    none = annotated.iloc[:0]
    assert pick_diverse(none, score_evidence(none), most=5) == []


@given(st.text(max_size=400), st.integers(5, 200))
def test_an_excerpt_is_a_verbatim_part(text: str, most: int):
    words = excerpt(text, most=most)
    assert words in text
    assert len(words) <= max(most, len(text.strip()) if len(text.strip()) <= most else most)


def test_an_excerpt_never_cuts_a_number_or_address():
    assert excerpt("客服电话 13812345678 打不通", most=12) == "客服电话"
    assert excerpt("好。" + "字" * 20 + "再来。", most=12) == "好。" + "字" * 10
