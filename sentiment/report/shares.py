"""Who complains, who understands, about what: shares with intervals and the posts behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from sentiment.report.evidence import Rows
from sentiment.report.ledger import Ledger
from sentiment.report.topics import Places, places_of_topics
from sentiment.report.wording import shanghai
from sentiment.schema import NOT_VOICES, STANCES

Z95: Final = 1.959964


def wilson(hits: int, n: int, *, z: float = Z95) -> tuple[float, float]:
    """Return the Wilson score interval of a share (Wilson 1927); (0, 1) where there is nothing to count.

    >>> tuple(round(bound, 3) for bound in wilson(8, 10))
    (0.49, 0.943)
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if n == 0:
        return 0.0, 1.0
    share, scale = hits / n, 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5 / scale
    return max(0.0, centre - half), min(1.0, centre + half)


def count_stances(posts: pd.DataFrame, scope: pd.Series, ledger: Ledger, *, key: str = "") -> dict[str, Any]:
    """Return stance shares of the counted posts in scope, and how many posts were left out and why.

    ``key`` is put before the names of the claims.
    """
    counted = scope & ledger.voices
    n = int(counted.sum())
    rule = {
        "zh": "计入的帖子：范围内的帖子，去掉官方、媒体、机器账号和蹭话题的帖子",
        "en": "posts counted: those in scope without official, media, bot and hashtag-hijacking posts",
    }
    return {
        "n": n,
        "claim": ledger.claim(f"{key}stance", rule=rule, where=counted),
        "left_out": _left_out(posts, scope),
        "unsure": int((counted & ~posts["stance_sure"]).sum()),
        "shares": [_share(posts, counted, stance, n, ledger, key) for stance in STANCES],
    }


def _share(
    posts: pd.DataFrame, counted: pd.Series, stance: str, n: int, ledger: Ledger, key: str
) -> dict[str, Any]:
    mine = counted & posts["stance"].eq(stance)
    hits = int(mine.sum())
    low, high = wilson(hits, n)
    names = {"complaint": "抱怨", "understanding": "理解", "neutral": "中性"}
    rule = {
        "zh": f"立场判为“{names[stance]}”的帖子 ÷ 计入的 {n} 条；区间为 95% Wilson 区间",
        "en": f"posts read as {stance} ÷ the {n} posts counted; 95% Wilson interval",
    }
    claim = ledger.claim(f"{key}stance-{stance}", rule=rule, where=mine)
    share = hits / n if n else None
    return {"stance": stance, "n": hits, "share": share, "low": low, "high": high, "claim": claim}


def _left_out(posts: pd.DataFrame, scope: pd.Series) -> dict[str, int]:
    mine = posts.loc[scope, ["account_kind", "hijack"]]
    out = {kind: int((mine["account_kind"].eq(kind) & ~mine["hijack"]).sum()) for kind in NOT_VOICES}
    return {**out, "hijack": int(mine["hijack"].sum())}


def count_topics(
    posts: pd.DataFrame,
    scope: pd.Series,
    topics: pd.DataFrame,
    ledger: Ledger,
    *,
    places: Places | None = None,
    key: str = "",
    most: int | None = None,
) -> list[dict[str, Any]]:
    """Return the topics hit, most complaints in scope first and the rest last, with their stance split.

    A topic whose posts are known is counted from them, among the counted posts in scope; another keeps the
    numbers of its own row.

    Args:
        posts: Annotated posts.
        scope: Which of them count.
        topics: One row a topic, the columns of ``topics.csv``.
        ledger: Takes one claim a topic.
        places: Where each topic's posts are; None: those named in the posts' ``topics``.
        key: Put before the names of the claims.
        most: Topics with the most complaints to keep; None: all.
    """
    counted = (scope & ledger.voices).to_numpy(dtype=bool)
    n = int(counted.sum())
    carried = places_of_topics(posts) if places is None else places
    if most is not None:
        complaints = counted & posts["stance"].eq("complaint").to_numpy(dtype=bool)
        hits = {name: int(complaints[at].sum()) for name, at in carried.items() if name != "other"}
        topics = topics[topics["topic"].isin(sorted(hits, key=lambda name: -hits[name])[:most])]
    rows = []
    for place, row in enumerate(topics.to_dict("records"), start=1):
        where = carried.get(str(row["topic"]))
        name = f"{key}topic-{place}"
        if where is None:
            rows.append(_given_topic(row, name, ledger))
        else:
            rows.append(_counted_topic(row, name, posts, where[counted[where]], n, ledger))
    kept = [row for row in rows if row["posts"]]
    return sorted(
        kept, key=lambda row: (row["topic"] == "other", -row["complaint"], -row["posts"], row["topic"])
    )


def _counted_topic(
    row: Mapping[Any, Any], key: str, posts: pd.DataFrame, mine: Rows, n: int, ledger: Ledger
) -> dict[str, Any]:
    split = posts["stance"].iloc[mine].value_counts()
    hits = len(mine)
    name = {"zh": row["name_zh"], "en": row["name_en"]}
    rule = {
        "zh": f"提到“{name['zh']}”的计入帖子（一条可属多个话题）÷ 计入的 {n} 条",
        "en": f"counted posts about “{name['en']}” (a post may have several topics) ÷ the {n} posts counted",
    }
    claim = ledger.claim(key, rule=rule, where=mine)
    stances = {stance: int(split.get(stance, 0)) for stance in STANCES}
    return _topic(row, name, hits, hits / n if n else 0.0, stances, claim)


def _given_topic(row: Mapping[Any, Any], key: str, ledger: Ledger) -> dict[str, Any]:
    hits = int(row["posts"])
    name = {"zh": row["name_zh"], "en": row["name_en"]}
    rule = {
        "zh": f"聚类发现的话题“{name['zh']}”，全部数据里的帖子",
        "en": f"the discovered topic “{name['en']}”, posts in all data",
    }
    ids = [post_id for post_id in str(row["post_ids"]).split(";") if post_id]
    claim = ledger.record(key, rule=rule, post_ids=ids, total=hits)
    stances = {stance: _as_count(row.get(stance), hits) for stance in ("complaint", "understanding")}
    stances["neutral"] = max(0, hits - sum(stances.values()))
    return _topic(row, name, hits, float(row["share"]), stances, claim)


def _as_count(value: Any, posts: int) -> int:  # noqa: ANN401 - a cell: a count, or a share of the posts
    if value is None or pd.isna(value):
        return 0
    return round(value * posts) if isinstance(value, float) and value <= 1 else int(value)


def _topic(
    row: Mapping[Any, Any],
    name: dict[str, str],
    posts: int,
    share: float,
    stances: dict[str, int],
    claim: str,
) -> dict[str, Any]:
    terms = row.get("terms")
    peak = row.get("peak")
    return {
        "topic": str(row["topic"]),
        "name": name,
        "posts": posts,
        "share": share,
        **stances,
        "peak": shanghai(peak).isoformat()
        if isinstance(peak, str | pd.Timestamp) and not pd.isna(peak) and peak
        else None,
        "terms": [term for term in str(terms).split(";") if term] if isinstance(terms, str) else [],
        "claim": claim,
    }
