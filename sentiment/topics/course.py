"""Topics over many posts: how many, who is hit, how they speak of it, when it peaked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.schema import ZONE, is_voice, require
from sentiment.topics.discover import Discovered
from sentiment.topics.seeded import Topic, load_topics
from sentiment.topics.words import count_words, distinctive_words

COLUMNS: Final = (
    "topic", "name_zh", "name_en", "posts", "share", "complaint", "understanding", "peak", "terms",
    "post_ids",
)  # fmt: skip
PEAK_WIDTH: Final = "15min"
MAX_IDS: Final = 20
_RANKED: Final = 2_000
"""Posts, and those as sure as the last, that are ranked where they hold enough of different wording."""
_TOLD: Final = ("post_id", "created_at", "stance", "tokens", "p_complaint", "p_understanding", "dup_group")


def topic_table(annotated: pd.DataFrame, topics: Mapping[str, Topic] | None = None) -> pd.DataFrame:
    """Return one row a topic, most posts first; topics without a post are left out.

    Official, media, bot and hijack posts are left out. A post with two topics counts for both.

    Args:
        annotated: Frame with the columns of :data:`sentiment.schema.ANNOTATED` that are used here.
        topics: The topics' names; None: the carried ones.

    Returns:
        ``topic`` id, names, ``posts``, ``share`` of all voices (0 to 1), ``complaint`` and ``understanding``
        posts, ``peak`` start of the busiest quarter hour (ISO 8601, empty where untimed), ``terms`` its
        distinctive words and ``post_ids`` examples, surest first, both ``;``-joined.
    """
    require(annotated, (*_TOLD, "topics", "account_kind", "hijack"), stage="topics")
    counted = np.flatnonzero(is_voice(annotated) & (annotated["tokens"] != ""))
    background = count_words(annotated["tokens"].iloc[counted])
    topics = topics or load_topics()
    columns = annotated[list(_TOLD)].reset_index(drop=True)
    rows = [
        _row(topics.get(topic, topic), columns.iloc[counted[at]], len(counted), background)
        for topic, at in rows_by_topic(annotated["topics"].iloc[counted])
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(["posts", "topic"], ascending=[False, True], ignore_index=True)


def rows_by_topic(topics: pd.Series) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Give each topic and the positions of its posts; a post with two topics stands at both.

    >>> [(topic, at.tolist()) for topic, at in rows_by_topic(pd.Series(["trust;takeout", "", "trust"]))]
    [('trust', [0, 2]), ('takeout', [0])]
    """
    # few combinations of topics make up many posts
    codes, combinations = pd.factorize(topics)
    of: dict[str, list[int]] = {}
    for code, names in enumerate(combinations):
        for name in str(names).split(";"):
            of.setdefault(name, []).append(code)
    for name, mine in of.items():
        if name:
            yield name, np.flatnonzero(np.isin(codes, mine))


def found_table(annotated: pd.DataFrame, found: Discovered) -> pd.DataFrame:
    """Return the discovered topics as further rows of :func:`topic_table`, most posts first.

    Args:
        annotated: The frame that was given to :func:`sentiment.topics.discover_topics`.
        found: What it gave.
    """
    counted = int((is_voice(annotated) & annotated["tokens"].ne("")).sum())
    rows = []
    for row in found.table.to_dict("records"):
        mine = found.assigned.index[found.assigned.eq(row["topic"])]
        posts = annotated.loc[mine, ["stance", "created_at"]]
        stance = posts["stance"].value_counts()
        rows.append(
            {
                **{name: row[name] for name in ("topic", "posts", "terms", "post_ids")},
                "name_zh": row["name"],
                "name_en": row["name"],
                "share": round(len(posts) / counted, 4),
                "complaint": int(stance.get("complaint", 0)),
                "understanding": int(stance.get("understanding", 0)),
                "peak": _peak(posts),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(topic: Topic | str, posts: pd.DataFrame, voices: int, background: pd.Series) -> tuple[object, ...]:
    stance = posts["stance"].value_counts()
    return (
        *((topic.id, topic.name_zh, topic.name_en) if isinstance(topic, Topic) else (topic, topic, topic)),
        len(posts),
        round(len(posts) / voices, 4),
        int(stance.get("complaint", 0)),
        int(stance.get("understanding", 0)),
        _peak(posts),
        ";".join(distinctive_words(posts["tokens"], background, voices)),
        ";".join(_examples(posts)),
    )


def _peak(posts: pd.DataFrame) -> str:
    times = posts["created_at"].dropna()
    if times.empty:
        return ""
    busiest = times.dt.floor(PEAK_WIDTH).value_counts().sort_index().idxmax()
    return pd.Timestamp(busiest).tz_convert(ZONE).isoformat(timespec="minutes")


def _examples(posts: pd.DataFrame) -> list[str]:
    """Return ids of the surest posts, at most one of each group of copies."""
    sure = posts[["p_complaint", "p_understanding"]].max(axis=1).round(4)
    for most in (_RANKED, len(posts)):
        first = sure.nlargest(most, keep="all")
        few = posts.loc[first.index, ["post_id", "dup_group"]].assign(sure=first)
        ranked = few.sort_values(["sure", "post_id"], ascending=[False, True]).drop_duplicates("dup_group")
        if len(ranked) >= MAX_IDS:
            break
    return list(ranked["post_id"].head(MAX_IDS))
