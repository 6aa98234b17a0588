"""How far the posts can be trusted: plain numbers, warnings and one grade.

The grade is ``poor`` if any of the grave warnings holds (:data:`GRAVE`), ``usable`` if any other does, else
``good``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from sentiment.ingest.parts import Numbers

OUTSIDE: Final = "outside the asked window"
"""Reason of rejection of posts before ``since`` or after ``until``."""
HARMLESS: Final = frozenset({"blank row", "repeated header", OUTSIDE})
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
TALLIED: Final = (
    "created_at", "text", "author", "account_kind", "kind", "keyword", "truncated", "hijack", "time_guessed",
)  # fmt: skip
"""Columns of posts that the verdict needs."""
_WORD: Final = range(2, 7)
_SAMPLE: Final = 400
_WORDS_TOLD: Final = 20
"""Search words whose hours are looked at apart."""
_WORDS_KEPT: Final = 10_000
"""Search words that are counted."""


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
    ahead: int
    """Posts from more than a day after they were crawled: a clock was wrong."""
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
    off_keyword_share: float
    """Of the posts found by a keyword, the share that does not hold it: the search drifted."""
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
    tally = Tally(len(posts))
    tally.add(posts)
    return tally.verdict([posts["text"]], rejected=rejected, duplicates=duplicates, rows=rows)


class Tally:
    """What the verdict needs of the posts, added up chunk by chunk.

    >>> from sentiment.schema import complete_posts
    >>> tally = Tally(2)
    >>> for text in ("又崩了", "好了"):
    ...     tally.add(complete_posts(pd.DataFrame({"text": [text]})))
    >>> tally.verdict([pd.Series(["又崩了", "好了"])]).accepted
    2
    """

    def __init__(self, accepted: int) -> None:
        self.accepted = accepted
        self.seen = 0
        self.counts: Counter[str] = Counter()
        self.authors = Numbers("u8")
        self.keywords: Counter[str] = Counter()
        self.keyed = 0
        self.off_keyword = 0
        self.hours: dict[str | None, pd.Series] = {}
        """Posts by hour: under None all, else those of one search word."""
        self.ends: list[pd.Timestamp] = []
        self.sample: list[str] = []

    def add(self, posts: pd.DataFrame) -> None:
        """Count one chunk of posts, with the columns :data:`TALLIED` at least."""
        times = posts["created_at"]
        kinds = posts["account_kind"].value_counts()
        self.counts.update({f"kind_{kind}": int(n) for kind, n in kinds.items()})
        self.counts.update({name: int(posts[name].sum()) for name in ("time_guessed", "truncated", "hijack")})
        self.counts["repost"] += int(posts["kind"].eq("repost").sum())
        self.counts["untimed"] += int(times.isna().sum())
        self.counts["midnight"] += int(times.eq(times.dt.normalize()).sum())
        known = posts["author"][posts["author"].ne("")].to_numpy(dtype=object)
        self.authors.add(pd.util.hash_array(known, categorize=False))
        self._add_hours(posts, times.dt.floor("h"))
        if times.notna().any():
            self.ends = [min([*self.ends, times.min()]), max([*self.ends, times.max()])]
        step = max(1, self.accepted // _SAMPLE)
        self.sample += posts["text"].iloc[-self.seen % step :: step].tolist()[: _SAMPLE - len(self.sample)]
        self._add_drift(posts.loc[posts["keyword"] != "", ["keyword", "text"]])
        self.seen += len(posts)

    def _add_hours(self, posts: pd.DataFrame, hours: pd.Series) -> None:
        words = posts["keyword"]
        self.keywords.update({str(word): int(n) for word, n in words.value_counts(sort=False).items()})
        if len(self.keywords) > 2 * _WORDS_KEPT:
            self.keywords = Counter(dict(self.keywords.most_common(_WORDS_KEPT)))
        self._add_counts(None, hours)
        for word in words.unique():
            if word in self.hours or len(self.hours) <= _WORDS_TOLD:
                self._add_counts(str(word), hours[words.eq(word)])

    def _add_counts(self, word: str | None, hours: pd.Series) -> None:
        counts = hours.value_counts()
        before = self.hours.get(word)
        added = counts if before is None else before.add(counts, fill_value=0)
        self.hours[word] = added.sort_index().astype("int64")

    def verdict(
        self,
        texts: Iterable[pd.Series],
        *,
        rejected: Mapping[str, int] | None = None,
        duplicates: int = 0,
        rows: int | None = None,
        ahead: int = 0,
    ) -> Trust:
        """Return the verdict.

        Args:
            texts: The texts of all posts again, to see which share the commonest search word.
            rejected: Rejected rows by reason.
            duplicates: Rows that were copies.
            rows: Rows read; the sum of the above if left out.
            ahead: Posts from after they were crawled.
        """
        reasons = dict(sorted((rejected or {}).items()))
        word, share = self._keyword(texts)
        facts: dict[str, Any] = {
            "rows": self.seen + sum(reasons.values()) + duplicates if rows is None else rows,
            "accepted": self.seen,
            "rejected": reasons,
            "duplicates": duplicates,
            "ahead": ahead,
            **self._numbers(),
            **self._crawl_shape(),
            "keyword": word,
            "keyword_share": share,
            "keyword_crawl": share >= 0.95 and self.seen >= 20,
            "off_keyword_share": _ratio(self.off_keyword, self.keyed),
        }
        timed = self.seen - self.counts["untimed"]
        warnings = _warnings(facts, _ratio(self.counts["midnight"], timed))
        codes = {str(item["code"]) for item in warnings}
        grade = "poor" if codes & GRAVE else "usable" if codes else "good"
        return Trust(**facts, warnings=warnings, grade=grade)

    def _numbers(self) -> dict[str, Any]:
        shares = {
            "truncated_share": "truncated", "repost_share": "repost", "bot_share": "kind_bot",
            "official_share": "kind_official", "media_share": "kind_media", "hijack_share": "hijack",
        }  # fmt: skip
        return {
            "untimed": self.counts["untimed"],
            "time_guessed": self.counts["time_guessed"],
            **{share: _ratio(self.counts[name], self.seen) for share, name in shares.items()},
            "top10_authors_share": self._top_share(),
            "first": self.ends[0].isoformat() if self.ends else None,
            "last": self.ends[1].isoformat() if self.ends else None,
        }

    def _top_share(self) -> float:
        authors = self.authors.load()
        counts = np.unique(authors, return_counts=True)[1]
        return _ratio(int(np.sort(counts)[-10:].sum()), len(authors))

    def _crawl_shape(self) -> dict[str, Any]:
        everything = self.hours.get(None, pd.Series(dtype="int64"))
        several = len(self.hours) > 2
        groups = list(self.hours.values()) if several else [everything]
        return {
            "capped_hours": _capped(groups, "h"),
            "capped_days": _capped([_by_day(group) for group in groups], "D"),
            "gaps": _gaps(everything),
        }

    def _add_drift(self, keyed: pd.DataFrame) -> None:
        """Count the posts of a keyword crawl, and those among them that do not hold their keyword."""
        self.keyed += len(keyed)
        for word, texts in keyed.groupby("keyword")["text"]:
            for part in str(word).strip("#").split():
                texts = texts[texts.str.contains(part, regex=False, case=False)]
            self.off_keyword += int((keyed["keyword"] == word).sum()) - len(texts)

    def _keyword(self, texts: Iterable[pd.Series]) -> tuple[str, float]:
        """The commonest search word, else the longest one in nearly every post; the share that has it."""
        words = Counter({word: n for word, n in self.keywords.items() if word})
        word = words.most_common(1)[0][0] if words else _common_word(self.sample)
        parts = [part for part in word.strip("#").split() if part]
        if not parts:
            return word, 0.0
        held = sum(
            int(
                np.logical_and.reduce(
                    [one.str.contains(part, regex=False, case=False) for part in parts]
                ).sum()
            )
            for one in texts
        )
        return word, _ratio(held, self.seen)


def _by_day(hours: pd.Series) -> pd.Series:
    return hours.groupby(pd.DatetimeIndex(hours.index).floor("D")).sum() if len(hours) else hours


def _capped(groups: list[pd.Series], width: str) -> tuple[str, ...]:
    """Buckets at one identical maximal count, in all posts or in those of one search word."""
    found: set[pd.Timestamp] = set()
    for counts in groups:
        top = counts[counts.eq(counts.max())]
        rivals = counts.gt(counts.max() * 0.9).sum()
        if len(top) >= _CAPPED_TIMES and top.iloc[0] >= _CAPPED_LEAST[width] and len(top) * 2 >= rivals:
            found.update(top.index)
    return tuple(moment.isoformat() for moment in sorted(found))


def _gaps(counts: pd.Series) -> tuple[dict[str, Any], ...]:
    """Stretches of empty hours whose neighbours on both sides are busy."""
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


def _common_word(sample: Sequence[str]) -> str:
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
        ("times_ahead", facts["ahead"] > 0, {"posts": facts["ahead"]}),
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
    off = facts["off_keyword_share"]
    checks.append(("keyword_drift", off > 0.5 and accepted >= 20, {"share": off}))
    said = {code for code, holds, _ in checks if holds}
    return tuple(
        {"code": code, **numbers}
        for code, holds, numbers in checks
        if holds and code.replace("some_", "many_") not in said - {code}
    )


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
