"""Text and seeded topics for a frame."""

from __future__ import annotations

import pandas as pd
import pytest

from sentiment import annotate
from sentiment.annotation import CHUNK
from sentiment.errors import SchemaError
from sentiment.schema import ANNOTATED, STANCES

TEXTS = [
    "美团又崩了，钱扣了没订单",
    "程序员也不容易",
    "转发微博",
    "",
    "😡",
    "ok fine",
    "美團當機了//@某某:真的",
]


NOTHING = [
    None, float("nan"), "", " \n", "转发微博", "//@某某:崩了", "@美团", "http://t.cn/A6", "12345", "？？！",
    "ok fine", "\x00", "\ud83d", "a" * 10_000,
]  # fmt: skip
NO_WORDS = [
    "😡😡😡", "🙂", "👨\u200d👩\u200d👧", "[允悲][允悲]", "😡" * 10_000, "サーバーが落ちた", "ok 😡",
]  # fmt: skip


def test_columns_and_dtypes_are_the_schemas() -> None:
    annotated = annotate(pd.DataFrame({"text": TEXTS}))
    assert {name: str(dtype) for name, dtype in annotated.dtypes.items()} == dict(ANNOTATED)


def test_one_row_a_post_in_order_and_nothing_changed_in_place() -> None:
    posts = pd.DataFrame({"text": TEXTS, "extra": range(len(TEXTS))}, index=range(10, 10 + len(TEXTS)))
    before = posts.copy()
    annotated = annotate(posts)
    pd.testing.assert_frame_equal(posts, before)
    assert annotated["text"].tolist() == TEXTS
    assert annotated["extra"].tolist() == list(range(len(TEXTS)))


def test_rows_do_not_depend_on_their_neighbours() -> None:
    whole = annotate(pd.DataFrame({"text": TEXTS}))
    for row, text in enumerate(TEXTS):
        alone = annotate(pd.DataFrame({"text": [text]}))
        assert alone["stance"].tolist() == [whole.loc[row, "stance"]]
        assert alone["p_complaint"][0] == pytest.approx(whole.loc[row, "p_complaint"], abs=2e-4)


def test_chunks_change_nothing() -> None:
    frame = pd.DataFrame({"text": ["又崩了"] * (CHUNK + 1)})
    done: list[int] = []
    assert annotate(frame, progress=done.append)["stance"].nunique() == 1
    assert done == [CHUNK, CHUNK + 1]


def test_what_belongs_together_stands_together() -> None:
    annotated = annotate(pd.DataFrame({"text": TEXTS * 2}))
    assert set(annotated["stance"]) <= set(STANCES)
    complaint, neutral = annotated["stance"] == "complaint", annotated["stance"] == "neutral"
    assert (annotated["severity"].notna() == complaint).all()
    assert ((annotated["neutral_kind"] != "") == neutral).all()
    sums = annotated[["p_complaint", "p_understanding", "p_neutral"]].sum(axis=1)
    assert (sums - 1).abs().max() < 1e-3
    assert (annotated["outage"] == (annotated["p_outage"] >= 0.5)).all()


def test_posts_without_own_words_are_not_sure_and_have_no_topic() -> None:
    row = annotate(pd.DataFrame({"text": ["转发微博"]})).iloc[0]
    assert (row["own_text"], row["tokens"], row["topics"], row["stance_sure"]) == ("", "", "", False)
    assert (row["stance"], row["neutral_kind"], row["outage"]) == ("neutral", "irrelevant", False)


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_to_read_is_neutral_irrelevant_and_not_sure(text: object) -> None:
    row = annotate(pd.DataFrame({"text": [text]}, dtype=object)).iloc[0]
    assert (row["stance"], row["neutral_kind"], row["stance_sure"]) == ("neutral", "irrelevant", False)
    assert (row["p_complaint"], row["p_outage"], row["outage"]) == (0.3333, 0.0, False)
    assert (row["asks_help"], row["sarcasm"], row["mixed"]) == (False, False, False)
    assert row["topics"] == ""


@pytest.mark.parametrize("text", NO_WORDS)
def test_emoji_and_other_languages_are_never_sure_and_no_evidence(text: str) -> None:
    row = annotate(pd.DataFrame({"text": [text]})).iloc[0]
    assert row["stance"] in STANCES
    assert (row["stance_sure"], row["p_outage"], row["outage"]) == (False, 0.0, False)


def test_ten_thousand_characters_are_judged_by_their_beginning() -> None:
    long = "美团又崩了，钱扣了没订单，客服打不通。" * 530
    rows = annotate(pd.DataFrame({"text": [long, long[:2_000], "#美团崩了#" * 1_500]}))
    assert rows.loc[0, ["stance", "outage"]].tolist() == rows.loc[1, ["stance", "outage"]].tolist()
    assert rows["stance"].isin(STANCES).all()


def test_service_comes_with_the_words_of_the_post() -> None:
    row = annotate(pd.DataFrame({"text": ["美團當機了"]})).iloc[0]
    assert (row["service"], row["service_mention"]) == ("美团", "美團")


def test_annotating_twice_is_annotating_once() -> None:
    once = annotate(pd.DataFrame({"text": TEXTS}))
    pd.testing.assert_frame_equal(annotate(once), once)


def test_an_empty_frame_stays_empty() -> None:
    assert annotate(pd.DataFrame({"text": pd.Series([], dtype="str")})).empty


def test_a_frame_without_text_is_one_sentence() -> None:
    with pytest.raises(SchemaError, match="needs the column text; the frame has: body"):
        annotate(pd.DataFrame({"body": ["崩了"]}))
