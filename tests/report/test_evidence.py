"""Choosing posts: strong evidence first, diverse, verbatim."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.report.evidence import Ranking, excerpt, score_evidence


def pick(posts: pd.DataFrame, most: int) -> list[str]:
    """Return the ids that a ranking picks among all posts of a frame."""
    rows = Ranking(posts).pick(np.arange(len(posts)), most=most)
    return posts["post_id"].iloc[rows].tolist()


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
    chosen = pick(posts, 10)
    assert len(chosen) == 2
    posts["author"] = ""
    posts["dup_group"] = "same"
    assert len(pick(posts, 10)) == 1


def test_unknown_authors_do_not_count_as_one_person(annotated: pd.DataFrame):
    posts = annotated.head(6).assign(author="", own_text=[f"第{n}条" for n in range(6)])
    assert len(pick(posts, 6)) == 6


def test_choice_does_not_depend_on_row_order(annotated: pd.DataFrame):
    shuffled = annotated.sample(frac=1.0, random_state=3)
    here = pick(annotated, 8)
    assert here == pick(shuffled, 8)


def test_unwanted_texts_are_passed_over(annotated: pd.DataFrame):
    first = pick(annotated, 1)
    text = annotated.set_index("post_id").at[first[0], "own_text"]
    rows = Ranking(annotated).pick(np.arange(len(annotated)), most=5, besides={text})
    assert text not in set(annotated["own_text"].iloc[rows])


def test_the_first_posts_come_before_untimed_ones(annotated: pd.DataFrame):
    posts = annotated.head(20).reset_index(drop=True)
    posts.loc[0, "created_at"] = pd.NaT
    ranking = Ranking(posts)
    assert ranking.first(np.arange(20), most=3) == posts["created_at"].argsort(kind="stable")[:3].tolist()
    assert ranking.first(np.array([0, 5]), most=3) == [5, 0]


def test_nothing_to_choose_from(world: SimpleNamespace, annotated: pd.DataFrame):
    none = annotated.iloc[:0]
    assert pick(none, 5) == []


@given(st.text(max_size=400), st.integers(5, 200))
def test_an_excerpt_is_a_verbatim_part(text: str, most: int):
    words = excerpt(text, most=most)
    assert words in text
    assert len(words) <= max(most, len(text.strip()) if len(text.strip()) <= most else most)


def test_an_excerpt_never_cuts_a_number_or_address():
    assert excerpt("客服电话 13812345678 打不通", most=12) == "客服电话"
    assert excerpt("好。" + "字" * 20 + "再来。", most=12) == "好。" + "字" * 10
