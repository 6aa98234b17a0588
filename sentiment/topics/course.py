"""Topics over many posts: how many, who is hit, how they speak of it, when it peaked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.mapped import blank, number_values, pick, stretches, true_places
from sentiment.schema import ZONE, is_voice, require
from sentiment.topics.columns import best_of_groups, best_posts, rows_at
from sentiment.topics.discover import Discovered
from sentiment.topics.seeded import Topic, load_topics
from sentiment.topics.words import WordCounts

COLUMNS: Final = (
    "topic", "name_zh", "name_en", "posts", "share", "complaint", "understanding", "peak", "terms",
    "post_ids",
)  # fmt: skip
PEAK_WIDTH: Final = "15min"
MAX_IDS: Final = 20
_RANKED: Final = 2_000
"""Posts that are ranked where they hold enough of different wording."""
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
    counted = true_places(is_voice(annotated) & annotated["tokens"].ne(""))
    kinds, combinations = number_values(annotated["topics"], counted)
    of = _carriers(combinations)
    words = _count_words(annotated["tokens"], counted, kinds, len(combinations), of)
    stances = _Stances.of(annotated["stance"])
    topics, times = topics or load_topics(), annotated["created_at"]
    rows = []
    for group, (topic, mine) in enumerate(of.items(), start=1):
        at = pick(counted, _having(kinds, mine, len(combinations)))
        known = topics.get(topic)
        names = (known.id, known.name_zh, known.name_en) if known else (topic,) * 3
        share = round(len(at) / len(counted), 4)
        terms = ";".join(words.telling(group, len(at), len(counted)))
        row = (*names, len(at), share, *stances.count(at), _peak(times, at), terms)
        rows.append((*row, ";".join(_examples(annotated, at))))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(["posts", "topic"], ascending=[False, True], ignore_index=True)


def _count_words(
    tokens: pd.Series,
    rows: NDArray[np.intp],
    kinds: NDArray[np.int32],
    combinations: int,
    of: Mapping[str, Sequence[int]],
) -> WordCounts:
    """Count words over all posts (group 0) and over those of each topic, in the topics' order."""
    groups = [[0] for _ in range(combinations)]
    for group, mine in enumerate(of.values(), start=1):
        for kind in mine:
            groups[kind].append(group)
    counts = WordCounts(1 + len(of))
    counts.add(tokens, rows, kinds, groups)
    return counts


def _carriers(combinations: Iterable[object]) -> dict[str, list[int]]:
    """Return which combinations of topics name each topic: few combinations make up many posts."""
    of: dict[str, list[int]] = {}
    for kind, names in enumerate(combinations):
        for name in str(names).split(";"):
            of.setdefault(name, []).append(kind)
    return {name: mine for name, mine in of.items() if name}


def _having(kinds: NDArray[np.int32], mine: Sequence[int], combinations: int) -> NDArray[np.intp]:
    """Return where the kinds are one of some; a post without topics is of kind -1."""
    among = np.zeros(combinations + 1, dtype=bool)
    among[list(mine)] = True
    return true_places(among[kinds])


@dataclass(frozen=True, slots=True)
class _Stances:
    complaint: NDArray[np.bool_]
    understanding: NDArray[np.bool_]

    @classmethod
    def of(cls, stances: pd.Series) -> _Stances:
        return cls(*(stances.eq(name).to_numpy(dtype=bool) for name in ("complaint", "understanding")))

    def count(self, at: NDArray[np.intp]) -> tuple[int, int]:
        return int(self.complaint[at].sum()), int(self.understanding[at].sum())


def found_table(annotated: pd.DataFrame, found: Discovered) -> pd.DataFrame:
    """Return the discovered topics as further rows of :func:`topic_table`, most posts first.

    Args:
        annotated: The frame that was given to :func:`sentiment.topics.discover_topics`.
        found: What it gave.
    """
    counted = int((is_voice(annotated) & annotated["tokens"].ne("")).sum())
    stances, times = _Stances.of(annotated["stance"]), annotated["created_at"]
    places = rows_at(annotated.index, found.assigned.index)
    rows = []
    for row in found.table.to_dict("records"):
        mine = pick(places, true_places(found.assigned.eq(row["topic"])))
        complaint, understanding = stances.count(mine)
        rows.append(
            {
                **{name: row[name] for name in ("topic", "posts", "terms", "post_ids")},
                "name_zh": row["name"],
                "name_en": row["name"],
                "share": round(len(mine) / counted, 4),
                "complaint": complaint,
                "understanding": understanding,
                "peak": _peak(times, mine),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _peak(times: pd.Series, at: NDArray[np.intp]) -> str:
    starts, posts = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    for part in stretches(len(at)):
        known = times.iloc[at[part]].dropna().dt.floor(PEAK_WIDTH).to_numpy("datetime64[ns]")
        here, often = np.unique(known.astype(np.int64), return_counts=True)
        starts, place = np.unique(np.concatenate([starts, here]), return_inverse=True)
        posts = np.bincount(place, np.concatenate([posts, often])).astype(np.int64)
    if not len(starts):
        return ""
    busiest = pd.Timestamp(int(starts[posts.argmax()]), tz="UTC")
    return busiest.tz_convert(ZONE).isoformat(timespec="minutes")


def _examples(annotated: pd.DataFrame, at: NDArray[np.intp]) -> list[str]:
    """Return ids of the surest posts, at most one of each group of copies."""
    surest = [annotated[name].to_numpy() for name in ("p_complaint", "p_understanding")]
    sure = blank(len(at), np.float64)
    for part in stretches(len(at)):
        sure[part] = np.fmax(*(known[at[part]] for known in surest)).round(4)
    posts = annotated[["post_id", "dup_group"]]
    ranked = best_posts(sure, posts, at, _RANKED)
    if len(ranked) < MAX_IDS and len(at) > _RANKED:
        ranked = best_of_groups(sure, posts, at, MAX_IDS)
    return list(ranked["post_id"].head(MAX_IDS))
