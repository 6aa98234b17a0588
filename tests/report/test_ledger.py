"""The claim ledger: rule, total, sample; invented quotes are refused."""

from __future__ import annotations

import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.report import Ledger

RULE = {"zh": "规则", "en": "rule"}


def test_a_claim_counts_all_and_samples_some(annotated: pd.DataFrame):
    ledger = Ledger(annotated, sample=5)
    where = annotated["stance"].eq("complaint")
    assert ledger.claim("c", rule=RULE, where=where) == "c"
    claim = ledger.to_dict()["claims"]["c"]
    assert claim["total"] == int(where.sum())
    assert len(claim["post_ids"]) == 5
    assert set(claim["post_ids"]) <= set(annotated.loc[where, "post_id"])
    assert claim["rule"] == RULE


def test_the_earliest_posts_on_request(annotated: pd.DataFrame):
    ledger = Ledger(annotated, sample=3)
    ledger.claim("c", rule=RULE, where=annotated["outage"], earliest=True)
    first = annotated[annotated["outage"]].sort_values("created_at")["post_id"].head(3).tolist()
    assert ledger.to_dict()["claims"]["c"]["post_ids"] == first


def test_unknown_ids_are_not_carried_but_counted(annotated: pd.DataFrame):
    ledger = Ledger(annotated)
    known = annotated["post_id"].iloc[0]
    ledger.record("r", rule=RULE, post_ids=["nobody", known, known], total=3)
    told = ledger.to_dict()
    assert told["claims"]["r"]["post_ids"] == [known]
    assert told["claims"]["r"]["total"] == 3
    assert list(told["evidence"]) == [known]


@pytest.mark.parametrize(
    "words", ["从来没说过的话", "", "   ", "青禾外卖又崩了，钱扣了订单没有，找谁说理去！"]
)
def test_an_invented_quote_is_refused(annotated: pd.DataFrame, words: str):
    post = annotated[annotated["text"].str.startswith("青禾外卖又崩了")].iloc[0]
    with pytest.raises(InputError, match=r"quote posts word for word.*is not in post"):
        Ledger(annotated).quote(post["post_id"], words)


def test_a_quote_from_no_post_is_refused(annotated: pd.DataFrame):
    with pytest.raises(InputError, match="there is no post 'nobody'"):
        Ledger(annotated).quote("nobody", "崩了")


def test_quotes_are_carried_before_claims(annotated: pd.DataFrame):
    ledger = Ledger(annotated, max_evidence=2)
    ledger.claim("c", rule=RULE, where=pd.Series(True, index=annotated.index))
    post = annotated.iloc[-1]
    ledger.quote(post["post_id"], post["text"][:4])
    carried = list(ledger.to_dict()["evidence"])
    assert len(carried) == 2
    assert carried[0] == post["post_id"]


def test_every_claim_gets_its_first_post_before_any_gets_its_second(annotated: pd.DataFrame):
    ledger = Ledger(annotated, max_evidence=2)
    complaint, understanding = (annotated["stance"].eq(s) for s in ("complaint", "understanding"))
    ledger.claim("c", rule=RULE, where=complaint)
    ledger.claim("u", rule=RULE, where=understanding)
    stances = {post["stance"] for post in ledger.to_dict()["evidence"].values()}
    assert stances == {"complaint", "understanding"}


def test_private_data_is_masked_in_quote_and_post(annotated: pd.DataFrame):
    frame = annotated.head(1).assign(text="退款打 13812345678 找我", own_text="退款打 13812345678 找我")
    ledger = Ledger(frame)
    post_id = frame["post_id"].iloc[0]
    assert ledger.quote(post_id, "退款打 13812345678") == "退款打 [电话]"
    assert "13812345678" not in str(ledger.to_dict())


def test_a_long_post_is_cut_and_says_how_long_it_was(annotated: pd.DataFrame):
    frame = annotated.head(1).assign(text="崩" * 5000, own_text="崩" * 5000)
    ledger = Ledger(frame)
    ledger.record("r", rule=RULE, post_ids=frame["post_id"], total=1)
    (post,) = ledger.to_dict()["evidence"].values()
    assert (len(post["text"]), post["characters"], post["own_text"]) == (800, 5000, "")


def test_evidence_holds_no_author(annotated: pd.DataFrame):
    ledger = Ledger(annotated)
    ledger.claim("c", rule=RULE, where=annotated["outage"])
    for post in ledger.to_dict()["evidence"].values():
        assert "author" not in post


def test_the_frame_is_left_as_it_was(annotated: pd.DataFrame):
    before = annotated.copy(deep=True)
    ledger = Ledger(annotated)
    ledger.claim("c", rule=RULE, where=annotated["outage"])
    ledger.to_dict()
    pd.testing.assert_frame_equal(annotated, before)


def test_repeated_ids_do_not_break_the_lookup(annotated: pd.DataFrame):
    twice = pd.concat([annotated.head(2), annotated.head(2)], ignore_index=True)
    ledger = Ledger(twice)
    assert ledger.quote(twice["post_id"].iloc[0], twice["text"].iloc[0])
