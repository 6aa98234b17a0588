"""Topics over many posts: how many, who is hit, how they speak of it, when it peaked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

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
    require(annotated, ("post_id", "topics", "stance", "tokens", "account_kind", "hijack"), stage="topics")
    voices = annotated[is_voice(annotated) & (annotated["tokens"] != "")]
    long = voices.assign(topic=voices["topics"].str.split(";")).explode("topic")
    long = long[long["topic"].fillna("") != ""]
    background = count_words(voices["tokens"])
    topics = topics or load_topics()
    rows = [
        _row(topics.get(str(topic), str(topic)), posts, len(voices), background)
        for topic, posts in long.groupby("topic", sort=False)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(["posts", "topic"], ascending=[False, True], ignore_index=True)


def found_table(annotated: pd.DataFrame, found: Discovered) -> pd.DataFrame:
    """Return the discovered topics as further rows of :func:`topic_table`, most posts first.

    Args:
        annotated: The frame that was given to :func:`sentiment.topics.discover_topics`.
        found: What it gave.
    """
    counted = int((is_voice(annotated) & annotated["tokens"].ne("")).sum())
    by_topic = dict(iter(annotated.loc[found.assigned.index].groupby(found.assigned)))
    rows = []
    for row in found.table.to_dict("records"):
        posts = by_topic[row["topic"]]
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
    ranked = posts.assign(sure=sure).sort_values(["sure", "post_id"], ascending=[False, True])
    return list(ranked.drop_duplicates("dup_group")["post_id"].head(MAX_IDS))
