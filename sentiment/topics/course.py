"""Topics over many posts: how many, who is hit, how they speak of it, when it peaked."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from sentiment.schema import ZONE, is_voice, require
from sentiment.topics.seeded import load_topics

COLUMNS: Final = (
    "topic", "name_zh", "name_en", "posts", "share", "complaint", "understanding", "peak", "terms",
    "post_ids",
)  # fmt: skip
PEAK_WIDTH: Final = "15min"
MAX_TERMS: Final = 6
MAX_IDS: Final = 20


def topic_table(annotated: pd.DataFrame) -> pd.DataFrame:
    """Return one row a topic, most posts first; topics without a post are left out.

    Official, media, bot and hijack posts are left out. A post with two topics counts for both.

    Args:
        annotated: Frame with the columns of :data:`sentiment.schema.ANNOTATED` that are used here.

    Returns:
        ``topic`` id, names, ``posts``, ``share`` of all voices (0 to 1), ``complaint`` and ``understanding``
        posts, ``peak`` start of the busiest quarter hour (ISO 8601, empty where untimed), ``terms`` its
        distinctive words and ``post_ids`` examples, surest first, both ``;``-joined.
    """
    require(annotated, ("post_id", "topics", "stance", "tokens", "account_kind", "hijack"), stage="topics")
    voices = annotated[is_voice(annotated) & (annotated["tokens"] != "")]
    long = voices.assign(topic=voices["topics"].str.split(";")).explode("topic")
    long = long[long["topic"].fillna("") != ""]
    background = _word_counts(voices["tokens"])
    rows = [
        _row(str(topic), posts, len(voices), background) for topic, posts in long.groupby("topic", sort=False)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(["posts", "topic"], ascending=[False, True], ignore_index=True)


def _row(topic: str, posts: pd.DataFrame, voices: int, background: pd.Series) -> tuple[object, ...]:
    known = load_topics().get(topic)
    stance = posts["stance"].value_counts()
    return (
        topic,
        known.name_zh if known else topic,
        known.name_en if known else topic,
        len(posts),
        round(len(posts) / voices, 4),
        int(stance.get("complaint", 0)),
        int(stance.get("understanding", 0)),
        _peak(posts),
        ";".join(_terms(posts["tokens"], background, voices)),
        ";".join(_examples(posts)),
    )


def _peak(posts: pd.DataFrame) -> str:
    times = posts["created_at"].dropna()
    if times.empty:
        return ""
    busiest = times.dt.floor(PEAK_WIDTH).value_counts().sort_index().idxmax()
    return pd.Timestamp(busiest).tz_convert(ZONE).isoformat(timespec="minutes")


def _word_counts(tokens: pd.Series) -> pd.Series:
    """Return in how many posts each word stands; words of one character and marks are left out."""
    words = tokens.str.split(" ").map(lambda found: sorted(set(found))).explode().dropna().astype("str")
    return words[words.str.fullmatch(r"(?=.*[一-鿿a-z])[一-鿿a-z0-9]{2,8}")].value_counts()


def _terms(tokens: pd.Series, background: pd.Series, voices: int) -> list[str]:
    """Return the words that tell a topic's posts from the rest: count times how much over-represented."""
    here = _word_counts(tokens)
    lift = (here / len(tokens)) / (background.reindex(here.index) / voices)
    score = here * np.log(lift)
    ranked = pd.DataFrame({"score": score, "word": score.index}).sort_values(
        ["score", "word"], ascending=[False, True]
    )
    return list(ranked["word"].head(MAX_TERMS))


def _examples(posts: pd.DataFrame) -> list[str]:
    """Return ids of the surest posts, at most one of each group of copies."""
    sure = posts[["p_complaint", "p_understanding"]].max(axis=1).round(4)
    ranked = posts.assign(sure=sure).sort_values(["sure", "post_id"], ascending=[False, True])
    return list(ranked.drop_duplicates("dup_group")["post_id"].head(MAX_IDS))
