"""Ordinary days: the last period against the one before it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from sentiment.report import Ledger, render_html, render_markdown
from sentiment.report.ordinary import against_before, difference_interval, period_length


@pytest.fixture(scope="module")
def quiet(annotated: pd.DataFrame) -> pd.DataFrame:
    return annotated[annotated["created_at"].lt("2025-06-18 00:00+08:00")].reset_index(drop=True)


@pytest.fixture(scope="module")
def told(quiet: pd.DataFrame, world: SimpleNamespace) -> dict[str, Any]:
    return world.build(quiet, incidents=[])


@pytest.mark.parametrize(
    ("hours", "length"), [(24 * 15, "7D"), (24 * 3, "1D"), (5, "1h"), (1, None), (0, None)]
)
def test_weeks_with_weeks_and_days_with_days(hours: int, length: str | None):
    times = pd.to_datetime(["2025-06-01", "2025-06-01"]).tz_localize("Asia/Shanghai")
    posts = pd.DataFrame({"created_at": times + pd.to_timedelta([0, hours], unit="h")})
    assert period_length(posts) == (None if length is None else pd.Timedelta(length))


def test_the_two_periods_are_counted(quiet: pd.DataFrame):
    ledger = Ledger(quiet)
    period = against_before(quiet, ledger)
    assert period is not None
    end = quiet["created_at"].max()
    now = quiet["created_at"].gt(end - pd.Timedelta(days=1))
    assert period["posts"] == int(now.sum())
    claims = ledger.to_dict()["claims"]
    assert claims[period["claim"]]["total"] == period["posts"]
    assert claims[period["claim_before"]]["total"] == period["posts_before"]
    assert period["ratio"] == period["posts"] / period["posts_before"]
    assert sum(row["share"] for row in period["stances"]) == pytest.approx(1)


def test_a_planted_change_of_stance_is_told(quiet: pd.DataFrame, world: SimpleNamespace):
    late = quiet["created_at"].gt(quiet["created_at"].max() - pd.Timedelta(days=1))
    changed = quiet.assign(stance=quiet["stance"].mask(late, "complaint"))
    summary = world.build(changed, incidents=[])
    row = next(row for row in summary["period"]["stances"] if row["stance"] == "complaint")
    assert row["low"] > 0.5
    assert "抱怨 +100" in render_html(summary)


def test_the_interval_holds_the_difference_and_needs_posts():
    low, high = difference_interval(30, 100, 20, 100)
    assert low < 0.1 < high
    assert difference_interval(0, 0, 0, 0) == (-1.0, 1.0)


@pytest.mark.parametrize(("lang", "words"), [("zh", "没有发现故障"), ("en", "No outage was found")])
def test_the_first_screen_says_so_and_compares(told: dict[str, Any], lang: str, words: str):
    page = render_html(told, lang=lang)
    top = page[: page.index('class="contents"')]
    assert words in top
    for claim in ("period-now", "period-before", "period-complaint"):
        assert f'href="#claim-{claim}"' in top
    assert 'href="#trust"' in top
    heading = {"zh": "与前一段相比", "en": "Against the period before"}[lang]
    assert f"## {heading}" in render_markdown(told, lang=lang)


def test_an_incident_leaves_no_room_for_it(summary: dict[str, Any]):
    assert summary["period"] is None
