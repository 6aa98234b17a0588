"""What is found does not depend on how many posts a stage takes at once, nor on what lies in files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sentiment as st
from sentiment.incidents import count_posts
from sentiment.incidents import counts as counting
from sentiment.mapped import arrays
from sentiment.pipeline import Analysis
from sentiment.topics import discover_topics, topic_table
from sentiment.topics.columns import best_of_groups, best_posts

PLACES = (
    "sentiment.mapped.arrays.AT_ONCE",
    "sentiment.mapped.columns.AT_ONCE",
    "sentiment.incidents.cells.AT_ONCE",
    "sentiment.incidents.counts.AT_ONCE",
    "sentiment.topics.columns.GROUPED",
    "sentiment.topics.sampling.AT_ONCE",
    "sentiment.report.summary.AT_ONCE",
    "sentiment.report.evidence.AT_ONCE",
    "sentiment.incidents.gate.TEXTS_AT_ONCE",
)


@pytest.fixture
def _in_small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in PLACES:
        monkeypatch.setattr(place, 101)
    monkeypatch.setattr(arrays, "LEAST", 1)


@pytest.mark.usefixtures("_in_small_stretches")
def test_an_analysis_in_small_stretches_is_the_same(sample_analysis: Analysis) -> None:
    small = st.analyze(sample_analysis.ingested)
    pd.testing.assert_frame_equal(small.counts, sample_analysis.counts)
    pd.testing.assert_frame_equal(small.topics, sample_analysis.topics)
    pd.testing.assert_frame_equal(small.discovered.table, sample_analysis.discovered.table)
    pd.testing.assert_series_equal(
        small.discovered.assigned, sample_analysis.discovered.assigned, check_names=False
    )
    assert small.discovered.state == sample_analysis.discovered.state
    assert small.found.to_dict() == sample_analysis.found.to_dict()
    assert small.summary == sample_analysis.summary


def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the posts in another order, some of them without a time, as a frame of objects in memory."""
    mixed = frame.sample(frac=1.0, random_state=3).astype({"author": object, "service": object})
    return mixed.assign(created_at=mixed["created_at"].where(np.arange(len(mixed)) % 50 > 0))


@pytest.mark.parametrize(("zeros", "at_once"), [(True, 9_973), (False, 23)])
def test_counts_of_posts_in_any_order(
    sample_analysis: Analysis, monkeypatch: pytest.MonkeyPatch, zeros: bool, at_once: int
) -> None:
    posts = shuffled(sample_analysis.annotated)
    whole = count_posts(posts, zeros=zeros, min_service_posts=1)
    ordered = posts.sort_values("created_at", kind="stable")
    pd.testing.assert_frame_equal(count_posts(ordered, zeros=zeros, min_service_posts=1), whole)
    for place in PLACES:
        monkeypatch.setattr(place, at_once)
    pd.testing.assert_frame_equal(count_posts(posts, zeros=zeros, min_service_posts=1), whole)
    for name in counting.SERIES[:6]:
        total = whole[whole["service"].eq("*") & whole["series"].eq(name)]["n"].sum()
        assert total == whole_number(posts[posts["created_at"].notna()], name)


def whole_number(posts: pd.DataFrame, series: str) -> int:
    """Return how many posts a series holds, counted the plain way."""
    people = ~posts["account_kind"].isin(["official", "media", "bot"]) & ~posts["hijack"]
    if series == "all":
        return len(posts)
    told = {"outage": posts["outage"], "help": posts["asks_help"]}.get(series, posts["stance"].eq(series))
    return int((people & told).sum())


@pytest.mark.usefixtures("_in_small_stretches")
def test_topics_of_posts_in_any_order(sample_analysis: Analysis) -> None:
    mixed = sample_analysis.annotated.sample(frac=1.0, random_state=3)
    pd.testing.assert_frame_equal(topic_table(mixed), topic_table(sample_analysis.annotated))
    found = discover_topics(mixed)
    pd.testing.assert_frame_equal(found.table, sample_analysis.discovered.table)
    assigned = found.assigned.reindex(sample_analysis.discovered.assigned.index)
    pd.testing.assert_series_equal(assigned, sample_analysis.discovered.assigned, check_names=False)


@pytest.mark.parametrize("groups", [3, 40, 900])
def test_the_best_of_copies_a_stretch_at_a_time(monkeypatch: pytest.MonkeyPatch, groups: int) -> None:
    rng = np.random.default_rng(groups)
    posts = pd.DataFrame(
        {"post_id": rng.permutation(1000).astype(str), "dup_group": "", "own_text": "又崩了"}
    )
    posts["dup_group"] = [f"g{n}" for n in rng.integers(0, groups, len(posts))]
    values = rng.integers(0, 5, len(posts)) / 4
    values[:9] = np.nan
    rows = np.sort(rng.choice(len(posts), 800, replace=False))
    ranked = posts.iloc[rows].assign(value=values[rows]).dropna()
    ranked = ranked.sort_values(["value", "post_id"], ascending=[False, True])
    expected = ranked.drop_duplicates("dup_group")["post_id"].tolist()
    monkeypatch.setattr(arrays, "AT_ONCE", 90)
    assert best_of_groups(values[rows], posts, rows, 20)["post_id"].tolist() == expected[:20]
    few = ranked.head(50).drop_duplicates("dup_group")["post_id"].tolist()
    assert best_posts(values[rows], posts, rows, 50)["post_id"].tolist() == few
