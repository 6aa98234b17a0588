"""How far the posts can be trusted: plain numbers, warnings and one grade.

The grade is ``poor`` if any of the grave warnings holds (:data:`GRAVE`), ``usable`` if any other does, else
``good``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

HARMLESS: Final = frozenset({"blank row", "repeated header", "outside the asked window"})
"""Reasons of rejection that say nothing against the data."""
GRAVE: Final = frozenset(
    {
        "no_posts",
        "few_posts",
        "many_rejected",
        "many_untimed",
        "capped",
        "times_by_day",
        "few_authors",
        "many_hijacked",
    }
)
_CAPPED_LEAST: Final = {"h": 20, "D": 50}
"""Posts an hour or a day must hold before equal maxima are no chance."""
_CAPPED_TIMES: Final = 3
_BUSY: Final = 10
"""Posts in the hour before and after an empty stretch from which it is a gap in the crawl."""
_WORD: Final = range(2, 7)
_SAMPLE: Final = 400


@dataclass(frozen=True, slots=True)
class Trust:
    """The verdict for the data-trust panel; shares are of the accepted posts."""

    rows: int
    accepted: int
    rejected: Mapping[str, int]
    """Rejected rows by reason."""
    duplicates: int
    untimed: int
    time_guessed: int
    truncated_share: float
    repost_share: float
    bot_share: float
    official_share: float
    media_share: float
    hijack_share: float
    top10_authors_share: float
    """Share of the ten busiest authors among posts whose author is known."""
    first: str | None
    last: str | None
    capped_hours: tuple[str, ...]
    """Hours that all stand at one identical maximal count: the crawl was cut off there."""
    capped_days: tuple[str, ...]
    gaps: tuple[Mapping[str, Any], ...]
    """Empty hours between busy ones: ``from``, ``to``, ``hours``."""
    keyword: str
    """The commonest search word, or a word that nearly every post contains."""
    keyword_share: float
    """Share of posts whose text contains it."""
    keyword_crawl: bool
    """Every post (19 in 20) contains one word: shares are among people who used it."""
    warnings: tuple[Mapping[str, Any], ...]
    """Codes with their numbers."""
    grade: str
    """``good`` | ``usable`` | ``poor``."""

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain data."""
        plain = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


def judge(
    posts: pd.DataFrame,
    *,
    rejected: Mapping[str, int] | None = None,
    duplicates: int = 0,
    rows: int | None = None,
) -> Trust:
    """Judge accepted posts and what was left out beside them.

    Args:
        posts: A posts frame.
        rejected: Rejected rows by reason.
        duplicates: Rows that were copies.
        rows: Rows read; the sum of the above if left out.

    >>> from sentiment.schema import POSTS, empty
    >>> judge(empty(POSTS)).grade
    'poor'
    """
    reasons = dict(sorted((rejected or {}).items()))
    numbers = _numbers(posts)
    word, share = _keyword(posts)
    facts: dict[str, Any] = {
        "rows": len(posts) + sum(reasons.values()) + duplicates if rows is None else rows,
        "accepted": len(posts),
        "rejected": reasons,
        "duplicates": duplicates,
        **numbers,
        **_crawl_shape(posts),
        "keyword": word,
        "keyword_share": share,
        "keyword_crawl": share >= 0.95 and len(posts) >= 20,
    }
    warnings = _warnings(facts, _by_day_share(posts))
    codes = {str(item["code"]) for item in warnings}
    grade = "poor" if codes & GRAVE else "usable" if codes else "good"
    return Trust(**facts, warnings=warnings, grade=grade)


def _numbers(posts: pd.DataFrame) -> dict[str, Any]:
    times = posts["created_at"].dropna()
    kinds = posts["account_kind"]
    return {
        "untimed": int(posts["created_at"].isna().sum()),
        "time_guessed": int(posts["time_guessed"].sum()),
        "truncated_share": _share(posts["truncated"]),
        "repost_share": _share(posts["kind"].eq("repost")),
        "bot_share": _share(kinds.eq("bot")),
        "official_share": _share(kinds.eq("official")),
        "media_share": _share(kinds.eq("media")),
        "hijack_share": _share(posts["hijack"]),
        "top10_authors_share": _top_share(posts["author"]),
        "first": times.min().isoformat() if len(times) else None,
        "last": times.max().isoformat() if len(times) else None,
    }


def _share(flags: pd.Series) -> float:
    return round(float(flags.mean()), 4) if len(flags) else 0.0


def _top_share(authors: pd.Series) -> float:
    counts = authors[authors.ne("")].value_counts()
    return round(float(counts.iloc[:10].sum() / counts.sum()), 4) if len(counts) else 0.0


def _crawl_shape(posts: pd.DataFrame) -> dict[str, Any]:
    times = posts["created_at"].dropna()
    groups = [times]
    if posts["keyword"].nunique() > 1:
        groups += [
            times[posts["keyword"].reindex(times.index).eq(word)] for word in posts["keyword"].unique()[:20]
        ]
    return {
        "capped_hours": _capped(groups, "h"),
        "capped_days": _capped(groups, "D"),
        "gaps": _gaps(times),
    }


def _capped(groups: list[pd.Series], width: str) -> tuple[str, ...]:
    """Buckets at one identical maximal count, in all posts or in those of one search word."""
    found: set[pd.Timestamp] = set()
    for times in groups:
        counts = _per(times, width)
        top = counts[counts.eq(counts.max())]
        rivals = counts.gt(counts.max() * 0.9).sum()
        if len(top) >= _CAPPED_TIMES and top.iloc[0] >= _CAPPED_LEAST[width] and len(top) * 2 >= rivals:
            found.update(top.index)
    return tuple(moment.isoformat() for moment in sorted(found))


def _per(times: pd.Series, width: str) -> pd.Series:
    return times.dt.floor(width).value_counts().sort_index() if len(times) else pd.Series(dtype="int64")


def _gaps(times: pd.Series) -> tuple[dict[str, Any], ...]:
    """Stretches of empty hours whose neighbours on both sides are busy."""
    counts = _per(times, "h")
    if len(counts) < 2:
        return ()
    hours = list(counts.index)
    steps = (np.diff(counts.index.to_numpy()) / np.timedelta64(1, "h")).astype("int64")
    busy = counts.to_numpy() >= _BUSY
    found = []
    for n in np.flatnonzero((steps > 1) & busy[:-1] & busy[1:]).tolist():
        start, end = hours[n] + pd.Timedelta(hours=1), hours[n + 1]
        found.append({"from": start.isoformat(), "to": end.isoformat(), "hours": int(steps[n]) - 1})
    return tuple(found)


def _by_day_share(posts: pd.DataFrame) -> float:
    """Share of times that are exactly midnight: the file holds days only."""
    times = posts["created_at"].dropna()
    return _share(times.eq(times.dt.normalize())) if len(times) else 0.0


def _keyword(posts: pd.DataFrame) -> tuple[str, float]:
    """The commonest search word, else the longest word in nearly every post; and the share that has it."""
    words = posts.loc[posts["keyword"].ne(""), "keyword"].value_counts()
    word = str(words.index[0]) if len(words) else _common_word(posts["text"])
    if not word:
        return "", 0.0
    parts = [part for part in word.strip("#").split() if part]
    if not parts:
        return word, 0.0
    held = np.logical_and.reduce(
        [posts["text"].str.contains(part, regex=False, case=False) for part in parts]
    )
    return word, round(float(held.mean()), 4)


def _common_word(texts: pd.Series) -> str:
    sample = texts.iloc[:: max(1, len(texts) // _SAMPLE)].iloc[:_SAMPLE]
    if len(sample) < 20:
        return ""
    seen: Counter[str] = Counter()
    for text in sample:
        seen.update({text[i : i + n] for n in _WORD for i in range(min(len(text), 300) - n + 1)})
    common = [word for word, count in seen.items() if count >= 0.95 * len(sample) and word.isalnum()]
    return max(common, key=lambda word: (len(word), seen[word], word), default="")


def _warnings(facts: Mapping[str, Any], by_day: float) -> tuple[Mapping[str, Any], ...]:
    accepted = facts["accepted"]
    if not accepted:
        return ({"code": "no_posts", "rows": facts["rows"]},)
    bad = sum(n for reason, n in facts["rejected"].items() if reason not in HARMLESS)
    capped = len(facts["capped_hours"]) + len(facts["capped_days"])
    checks = [
        ("few_posts", accepted < 30, {"posts": accepted}),
        ("many_rejected", bad > 0.2 * max(facts["rows"], 1), {"share": _ratio(bad, facts["rows"])}),
        ("some_rejected", bad > 0.05 * max(facts["rows"], 1), {"share": _ratio(bad, facts["rows"])}),
        (
            "many_duplicates",
            facts["duplicates"] > 0.3 * facts["rows"],
            {"share": _ratio(facts["duplicates"], facts["rows"])},
        ),
        ("many_untimed", facts["untimed"] > 0.5 * accepted, {"share": _ratio(facts["untimed"], accepted)}),
        ("some_untimed", facts["untimed"] > 0.05 * accepted, {"share": _ratio(facts["untimed"], accepted)}),
        ("time_guessed", facts["time_guessed"] > 0, {"posts": facts["time_guessed"]}),
        ("times_by_day", by_day > 0.5, {"share": by_day}),
        ("capped", capped > 0, {"hours": len(facts["capped_hours"]), "days": len(facts["capped_days"])}),
        (
            "gaps",
            bool(facts["gaps"]),
            {"gaps": len(facts["gaps"]), "hours": sum(gap["hours"] for gap in facts["gaps"])},
        ),
        (
            "few_authors",
            facts["top10_authors_share"] > 0.5 and accepted >= 100,
            {"share": facts["top10_authors_share"]},
        ),
        ("many_truncated", facts["truncated_share"] > 0.2, {"share": facts["truncated_share"]}),
        ("many_reposts", facts["repost_share"] > 0.5, {"share": facts["repost_share"]}),
        ("many_bots", facts["bot_share"] > 0.05, {"share": facts["bot_share"]}),
        ("many_hijacked", facts["hijack_share"] > 0.3, {"share": facts["hijack_share"]}),
        ("some_hijacked", facts["hijack_share"] > 0.05, {"share": facts["hijack_share"]}),
        (
            "keyword_crawl",
            facts["keyword_crawl"],
            {"keyword": facts["keyword"], "share": facts["keyword_share"]},
        ),
    ]
    said = {code for code, holds, _ in checks if holds}
    return tuple(
        {"code": code, **numbers}
        for code, holds, numbers in checks
        if holds and code.replace("some_", "many_") not in said - {code}
    )


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
