"""The data-trust panel."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from sentiment.report import Ledger
from sentiment.report.trust import REJECTED_SHOWN, describe_rejected, describe_trust
from sentiment.schema import REJECTED, empty


def test_totals_have_claims(world: SimpleNamespace, annotated: pd.DataFrame):
    ledger = Ledger(annotated)
    told = describe_trust(world.quality(len(annotated)), annotated, ledger)
    claims = ledger.to_dict()["claims"]
    numbers = {total["name"]: total["n"] for total in told["totals"]}
    assert numbers["accepted"] + numbers["rejected"] + numbers["duplicates"] == numbers["rows"]
    assert all(claims[total["claim"]]["total"] == total["n"] for total in told["totals"])


def test_account_kinds_open_their_posts(world: SimpleNamespace, annotated: pd.DataFrame):
    told = describe_trust(world.quality(len(annotated)), annotated, Ledger(annotated))
    kinds = {kind["name"]: kind["n"] for kind in told["kinds"]}
    assert kinds == annotated["account_kind"].value_counts().to_dict()


def test_spoilt_stretches_are_hours_days_and_gaps(annotated: pd.DataFrame):
    trust = {
        "capped_hours": ["2025-06-18T12:00:00+08:00"],
        "capped_days": ["2025-06-16T00:00:00+08:00"],
        "gaps": [{"from": "2025-06-17T03:00:00+08:00", "to": "2025-06-17T05:00:00+08:00", "hours": 2}],
    }
    told = describe_trust({"trust": trust}, annotated, Ledger(annotated))
    lengths = [pd.Timestamp(s["end"]) - pd.Timestamp(s["start"]) for s in told["untrusted"]]
    assert lengths == [pd.Timedelta("1D"), pd.Timedelta("2h"), pd.Timedelta("1h")]


def test_warnings_may_be_codes_or_mappings(annotated: pd.DataFrame):
    trust = {"warnings": ["gaps", {"code": "few_posts", "posts": 3}]}
    told = describe_trust({"trust": trust}, annotated, Ledger(annotated))
    assert told["warnings"] == [
        {"code": "gaps", "numbers": {}},
        {"code": "few_posts", "numbers": {"posts": 3}},
    ]


def test_a_quality_that_says_nothing(annotated: pd.DataFrame):
    told = describe_trust({}, annotated, Ledger(annotated))
    assert (told["grade"], told["totals"], told["files"], told["warnings"]) == (None, [], [], [])


def test_rejected_rows_are_counted_in_full_and_shown_in_part():
    rows = pd.DataFrame({"source": [f"f:{n}" for n in range(500)], "reason": "blank row", "raw": "x" * 900})
    told = describe_rejected(rows)
    assert told["n"] == 500
    assert told["by_reason"] == {"blank row": 500}
    assert len(told["rows"]) == REJECTED_SHOWN
    assert len(told["rows"][0]["raw"]) == 200
    assert describe_rejected(empty(REJECTED)) == {"n": 0, "by_reason": {}, "rows": []}
