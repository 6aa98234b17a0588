"""An ordinary day: the last stretch of the data against an equally long one before it."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from sentiment.mapped import span_of
from sentiment.report.ledger import Ledger
from sentiment.report.shares import wilson
from sentiment.schema import STANCES

LENGTHS: Final = (pd.Timedelta(days=7), pd.Timedelta(days=1), pd.Timedelta(hours=1))
"""Weeks are compared with weeks and days with days: the time of day and the weekday shape what is said."""


def period_length(posts: pd.DataFrame) -> pd.Timedelta | None:
    """Return the longest of a week, a day and an hour that the data hold twice; None where even that fails.

    >>> times = pd.date_range("2025-04-01", periods=60, freq="h", tz="Asia/Shanghai")
    >>> period_length(pd.DataFrame({"created_at": times}))
    Timedelta('1 days 00:00:00')
    """
    span = span_of(posts["created_at"])
    if not span.known:
        return None
    reach = span.last - span.first + pd.Timedelta(seconds=1)
    return next((length for length in LENGTHS if 2 * length <= reach), None)


def against_before(posts: pd.DataFrame, ledger: Ledger) -> dict[str, Any] | None:
    """Return volume and stance of the last period beside the period before it.

    Returns:
        ``minutes``, ``start``, ``end``, ``posts`` and ``posts_before`` with claims, ``ratio``, and one row a
        stance: share now and before, their difference with its 95 % interval (Newcombe 1998), claim. None
        where the data hold no two periods.
    """
    length = period_length(posts)
    if length is None:
        return None
    times = posts["created_at"]
    end = span_of(times).last + pd.Timedelta(seconds=1)
    now = times.ge(end - length) & times.lt(end)
    before = times.ge(end - 2 * length) & times.lt(end - length)
    voices = ledger.voices
    rules = (
        {"zh": "最后一段时间的全部帖子", "en": "all posts of the last period"},
        {"zh": "前一段同样长时间的全部帖子", "en": "all posts of the equally long period before"},
    )
    n, n_before = int(now.sum()), int(before.sum())
    return {
        "minutes": length / pd.Timedelta(minutes=1),
        "start": (end - length).isoformat(),
        "end": end.isoformat(),
        "posts": n,
        "posts_before": n_before,
        "ratio": n / n_before if n_before else None,
        "claim": ledger.claim("period-now", rule=rules[0], where=now),
        "claim_before": ledger.claim("period-before", rule=rules[1], where=before),
        "stances": [_stance(posts, name, now & voices, before & voices, ledger) for name in STANCES],
    }


def _stance(
    posts: pd.DataFrame, name: str, now: pd.Series, before: pd.Series, ledger: Ledger
) -> dict[str, Any]:
    mine = posts["stance"].eq(name)
    n, n_before = int(now.sum()), int(before.sum())
    hits, hits_before = int((now & mine).sum()), int((before & mine).sum())
    names = {"complaint": "抱怨", "understanding": "理解", "neutral": "中性"}
    rule = {
        "zh": f"最后一段时间立场判为“{names[name]}”的帖子 ÷ 计入的 {n} 条"
        f"（前一段 {hits_before} ÷ {n_before}）",
        "en": f"posts of the last period read as {name} ÷ the {n} counted"
        f" (the period before: {hits_before} ÷ {n_before})",
    }
    low, high = difference_interval(hits, n, hits_before, n_before)
    known = n > 0 and n_before > 0
    return {
        "stance": name,
        "share": hits / n if n else None,
        "share_before": hits_before / n_before if n_before else None,
        "diff": hits / n - hits_before / n_before if known else None,
        "low": low if known else None,
        "high": high if known else None,
        "claim": ledger.claim(f"period-{name}", rule=rule, where=now & mine),
    }


def difference_interval(hits: int, n: int, hits_before: int, n_before: int) -> tuple[float, float]:
    """Return the 95 % interval of a difference of two shares, from their Wilson intervals (Newcombe 1998).

    >>> tuple(round(bound, 2) for bound in difference_interval(56, 70, 48, 80))
    (0.05, 0.33)
    """
    here, there = hits / max(n, 1), hits_before / max(n_before, 1)
    (low, high), (low_b, high_b) = wilson(hits, n), wilson(hits_before, n_before)
    down = ((here - low) ** 2 + (high_b - there) ** 2) ** 0.5
    up = ((high - here) ** 2 + (there - low_b) ** 2) ** 0.5
    return here - there - down, here - there + up
