"""Quotes and calls for help."""

from __future__ import annotations

import copy
from typing import Any

import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.report import Ledger
from sentiment.report.posts import check_quotes, choose_quotes, find_unanswered


def everything(frame: pd.DataFrame) -> pd.Series:
    return pd.Series(True, index=frame.index)


def test_quotes_are_verbatim_and_of_their_kind(annotated: pd.DataFrame):
    rows = annotated.set_index("post_id")
    quotes = choose_quotes(annotated, everything(annotated), Ledger(annotated))
    for kind in ("complaint", "understanding"):
        assert quotes[kind]
        for quote in quotes[kind]:
            assert quote["text"] in rows.at[quote["post_id"], "text"]
            assert rows.at[quote["post_id"], "stance"] == kind
    assert all(rows.at[quote["post_id"], "asks_help"] for quote in quotes["help"])


def test_nothing_is_said_twice(annotated: pd.DataFrame):
    quotes = choose_quotes(annotated, everything(annotated), Ledger(annotated))
    texts = [quote["text"] for kind in quotes.values() for quote in kind]
    assert len(texts) == len(set(texts))


def test_bots_and_media_are_not_quoted(annotated: pd.DataFrame):
    kinds = annotated.set_index("post_id")["account_kind"]
    quotes = choose_quotes(annotated, everything(annotated), Ledger(annotated))
    assert {kinds[quote["post_id"]] for kind in quotes.values() for quote in kind} == {"person"}


@pytest.mark.parametrize("most", [0, 3, 8])
def test_few_carried_posts_mean_few_quotes(annotated: pd.DataFrame, most: int):
    ledger = Ledger(annotated, max_evidence=most)
    quotes = choose_quotes(annotated, everything(annotated), ledger)
    assert all(len(kind) <= most // 4 for kind in quotes.values())
    carried = ledger.to_dict()["evidence"]
    assert all(quote["post_id"] in carried for kind in quotes.values() for quote in kind)


def test_a_long_post_is_quoted_in_part(annotated: pd.DataFrame):
    text = "付款之后页面一直空白。" * 40
    frame = annotated[annotated["stance"].eq("complaint") & annotated["account_kind"].eq("person")].head(1)
    frame = frame.assign(text=text, own_text=text).reset_index(drop=True)
    (quote,) = choose_quotes(frame, everything(frame), Ledger(frame))["complaint"]
    assert quote["cut"]
    assert text.startswith(quote["text"])
    assert quote["text"].endswith("。")


def test_answered_calls_are_not_listed(annotated: pd.DataFrame):
    asking = annotated.assign(comments=pd.array([0] * len(annotated), dtype="Int64"))
    before = find_unanswered(asking, everything(asking), Ledger(asking))
    assert before["n"] == int((asking["asks_help"] & asking["account_kind"].eq("person")).sum())
    answered = asking[asking["asks_help"] & asking["account_kind"].eq("person")]["post_id"].iloc[0]
    replies = asking["account_kind"].eq("media")
    official = asking.assign(
        account_kind=asking["account_kind"].mask(replies, "official"),
        root_id=asking["root_id"].mask(replies, answered),
    )
    after = find_unanswered(official, everything(official), Ledger(official))
    assert after["n"] == before["n"] - 1
    commented = asking.assign(comments=pd.array([2] * len(asking), dtype="Int64"))
    assert find_unanswered(commented, everything(commented), Ledger(commented))["n"] == 0


@pytest.mark.parametrize("where", ["quotes", "unanswered"])
def test_a_tampered_quote_is_found(summary: dict[str, Any], where: str):
    check_quotes(summary)
    forged = copy.deepcopy(summary)
    quotes = forged["quotes"]["complaint"] if where == "quotes" else forged["unanswered"]["quotes"]
    quotes[0]["text"] += "，大家都这么说"
    with pytest.raises(InputError, match="not word for word in post"):
        check_quotes(forged)


def test_a_tampered_official_text_is_found(summary: dict[str, Any]):
    forged = copy.deepcopy(summary)
    forged["responses"][0]["source_post_id"] = next(iter(forged["evidence"]))
    with pytest.raises(InputError, match="not word for word in post"):
        check_quotes(forged)


def test_a_quote_without_its_post_is_found(summary: dict[str, Any]):
    forged = copy.deepcopy(summary)
    del forged["evidence"][forged["quotes"]["complaint"][0]["post_id"]]
    with pytest.raises(InputError, match="which it does not carry"):
        check_quotes(forged)
