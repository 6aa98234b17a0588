"""The verdict on the data: each warning can be raised and each stays silent on sound data."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from sentiment.ingest import read_posts
from sentiment.ingest.trust import Tally, Trust, judge
from sentiment.schema import complete_posts


def posts_of(n: int = 200, **columns: object) -> pd.DataFrame:
    """Sound posts: different people, words and hours, every minute some."""
    rng = np.random.default_rng(7)
    words = ["付不了款", "外卖没到", "打不开了", "好多了", "客服不理人", "终于好了", "卡在登录", "闪退"]
    frame = {
        "text": [f"{words[n % 8]}{chr(0x4E00 + int(rng.integers(0, 9000)))}" for n in range(n)],
        "author": [f"u{k}" for k in range(n)],
        "account_kind": "person",
        "created_at": pd.Timestamp("2025-04-11 08:03")
        + pd.to_timedelta(np.sort(rng.integers(0, 40_000, n)), unit="s"),
    }
    return complete_posts(pd.DataFrame({**frame, **columns}))


def codes(trust: Trust) -> set[str]:
    return {str(item["code"]) for item in trust.warnings}


def test_sound_posts_are_good():
    trust = judge(posts_of())
    assert (trust.grade, trust.warnings) == ("good", ())
    assert (trust.rows, trust.accepted) == (200, 200)
    assert trust.first is not None
    assert trust.first.endswith("+08:00")


@pytest.mark.parametrize(
    ("posts", "code", "grade"),
    [
        (posts_of(0), "no_posts", "poor"),
        (posts_of(20), "few_posts", "poor"),
        (posts_of(created_at=pd.NaT), "many_untimed", "poor"),
        (posts_of(created_at=[pd.NaT] * 20 + list(posts_of(180)["created_at"])), "some_untimed", "usable"),
        (posts_of(created_at=pd.Timestamp("2025-04-11")), "times_by_day", "poor"),
        (posts_of(time_guessed=[True] + [False] * 199), "time_guessed", "usable"),
        (posts_of(truncated=[True] * 60 + [False] * 140), "many_truncated", "usable"),
        (posts_of(kind=["repost"] * 120 + ["post"] * 80), "many_reposts", "usable"),
        (posts_of(account_kind=["bot"] * 12 + ["person"] * 188), "many_bots", "usable"),
        (posts_of(hijack=[True] * 70 + [False] * 130), "many_hijacked", "poor"),
        (posts_of(hijack=[True] * 12 + [False] * 188), "some_hijacked", "usable"),
        (posts_of(author=["u1"] * 150 + [f"v{n}" for n in range(50)]), "few_authors", "poor"),
        (posts_of(text=[f"饿了么崩了第{n}次" for n in range(200)]), "keyword_crawl", "usable"),
    ],
)
def test_each_warning(posts: pd.DataFrame, code: str, grade: str):
    trust = judge(posts)
    assert code in codes(trust)
    assert trust.grade == grade
    assert not ({"some_untimed", "many_untimed"} <= codes(trust))


@pytest.mark.parametrize(
    ("rejected", "duplicates", "code"),
    [
        ({"no text": 15}, 0, "some_rejected"),
        ({"half row": 90}, 0, "many_rejected"),
        ({}, 150, "many_duplicates"),
        ({"blank row": 500, "repeated header": 9, "outside the asked window": 900}, 0, ""),
    ],
)
def test_what_was_left_out(rejected: dict[str, int], duplicates: int, code: str):
    trust = judge(posts_of(), rejected=rejected, duplicates=duplicates)
    assert codes(trust) == ({code} if code else set())
    assert trust.rows == 200 + sum(rejected.values()) + duplicates


def hourly(*counts: int) -> pd.DataFrame:
    start = pd.Timestamp("2025-04-11 08:00")
    times = [
        start + pd.Timedelta(hours=h, seconds=20 + 3 * k) for h, n in enumerate(counts) for k in range(n)
    ]
    return posts_of(len(times), created_at=times)


@pytest.mark.parametrize(
    ("counts", "hours"),
    [
        ((30, 50, 50, 50, 20), [9, 10, 11]),  # a flat top
        ((30, 50, 49, 48, 20), []),
        ((30, 50, 20, 50, 20), []),  # two may be chance
        ((5, 5, 5, 5, 5), []),  # too few to tell
    ],
)
def test_capped_hours(counts: tuple[int, ...], hours: list[int]):
    trust = judge(hourly(*counts))
    assert [pd.Timestamp(hour).hour for hour in trust.capped_hours] == hours
    assert ("capped" in codes(trust)) == bool(hours)


def test_a_cap_per_search_word_shows_in_the_sum_of_both():
    both = pd.concat(
        [hourly(30, 50, 50, 50, 20).assign(keyword="甲"), hourly(31, 12, 35, 28, 44).assign(keyword="乙")]
    )
    trust = judge(both.reset_index(drop=True))
    assert [pd.Timestamp(hour).hour for hour in trust.capped_hours] == [9, 10, 11]


def test_capped_days():
    days = pd.concat(
        [
            hourly(30, 31, 29).assign(created_at=lambda f, d=d: f["created_at"] + pd.Timedelta(days=d))
            for d in range(3)
        ]
    )
    assert len(judge(days.reset_index(drop=True)).capped_days) == 3


def test_gaps_lie_between_busy_hours():
    trust = judge(hourly(30, 31, 0, 0, 33, 3, 0, 0, 4))
    assert [(pd.Timestamp(gap["from"]).hour, gap["hours"]) for gap in trust.gaps] == [(10, 2)]
    assert {"code": "gaps", "gaps": 1, "hours": 2} in trust.warnings


def test_the_commonest_search_word():
    trust = judge(posts_of(keyword="付不了款"))
    assert trust.keyword == "付不了款"
    assert trust.keyword_share == pytest.approx(0.125)
    assert not trust.keyword_crawl
    assert judge(posts_of(keyword="#")).keyword_share == 0.0


def test_the_verdict_is_plain_data():
    verdict = judge(hourly(30, 50, 50, 50, 0, 20), rejected={"no text": 1}).to_dict()
    assert json.loads(json.dumps(verdict)) == verdict
    assert verdict["rejected"] == {"no text": 1}
    assert verdict["capped_hours"][0] == "2025-04-11T09:00:00+08:00"


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_the_verdict_is_the_same_chunk_by_chunk(size: int):
    posts = hourly(30, 50, 50, 50, 0, 20).assign(
        keyword=lambda f: np.where(f.index % 3, "甲", "乙"), author=lambda f: (f.index % 17).astype("str")
    )
    tally = Tally(len(posts))
    parts = [posts.iloc[n : n + size] for n in range(0, len(posts), size)]
    for part in parts:
        tally.add(part)
    assert tally.verdict((part["text"] for part in parts), duplicates=3) == judge(posts, duplicates=3)


def test_search_words_beyond_number_are_not_all_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sentiment.ingest.trust._WORDS_KEPT", 5)
    tally = Tally(200)
    for n in range(0, 200, 20):
        rare = [f"词{n + k}" for k in range(20)]
        tally.add(posts_of(20, keyword=["付不了款"] * 5 + rare[5:]))
    assert len(tally.keywords) <= 10
    assert len(tally.hours) <= 22
    assert tally.verdict([]).keyword == "付不了款"


def test_a_search_that_drifted_is_said() -> None:
    texts = ["美团崩了"] * 5 + ["今天天气真好"] * 25
    got = read_posts(pd.DataFrame({"content": texts, "source_keyword": "崩了", "id": range(30)}))
    assert got.quality.trust.off_keyword_share == pytest.approx(25 / 30, abs=1e-3)
    assert "keyword_drift" in {warning["code"] for warning in got.quality.trust.warnings}
