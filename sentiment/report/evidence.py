"""Which posts show something best: a score for each, and a diverse choice."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

CHOOSING: Final = ("post_id", "author", "dup_group", "own_text", "created_at")
"""Columns that choosing posts looks at; the others need not be copied."""
SENTENCE_END: Final = re.compile(r"[。！？!?\n]")
WORD_TAIL: Final = re.compile(r"[0-9A-Za-z@._+-]{1,64}$")


def score_evidence(annotated: pd.DataFrame) -> pd.Series:
    """Score how well each post serves as evidence, higher is better.

    A sure stance, outage evidence, resonance (likes, reposts, comments on a log scale) and a readable
    length count for a post; cut, hijacking and bot posts count against it.

    Returns:
        A float series on the frame's index.
    """
    resonance = sum(annotated[name].fillna(0).clip(lower=0).astype("float64") for name in _RESONANCE)
    length = annotated["own_text"].str.len().fillna(0)
    score = (
        annotated["p_neutral"].rsub(1.0).fillna(0.0)
        + annotated["stance_sure"].fillna(False).astype("float64")
        + annotated["p_outage"].fillna(0.0)
        + 0.35 * np.log1p(resonance)
        + length.between(8, 140).astype("float64")
        - 2.0 * annotated["truncated"].astype("float64")
        - 6.0 * (annotated["hijack"] | annotated["account_kind"].eq("bot")).astype("float64")
    )
    return score.astype("float64")


_RESONANCE: Final = ("likes", "reposts", "comments")


def pick_diverse(posts: pd.DataFrame, score: pd.Series, *, most: int) -> list[str]:
    """Return the ids of the best posts, at most one per author, text and near-duplicate group.

    Ties are settled by time and id, so that the same posts give the same choice.

    Args:
        posts: Part of an annotated frame.
        score: One number a post, on the index of the whole frame.
        most: Number of posts wanted.
    """
    if posts.empty:
        return []
    rows = best_rows(score.loc[posts.index].to_numpy(), np.arange(len(posts)), most=most)
    best = posts.index[rows]
    few = posts.loc[best, list(CHOOSING)].assign(score=score.loc[best])
    few = few.sort_values(["score", "created_at", "post_id"], ascending=[False, True, True])
    few = few.drop_duplicates("dup_group").drop_duplicates("own_text")
    unknown = few["author"].eq("")
    few = few[unknown | ~few["author"].duplicated()]
    return few["post_id"].head(most).tolist()


def best_rows(score: NDArray[np.float64], rows: NDArray[np.intp], *, most: int) -> NDArray[np.intp]:
    """Return the rows whose scores are highest, ties kept, in their order.

    Enough of them to survive the de-duplication of :func:`pick_diverse` without sorting a million rows.

    >>> best_rows(np.arange(1000.0), np.arange(1000), most=1).size
    400
    """
    wanted = max(most * 40, 400)
    if len(rows) <= wanted:
        return rows
    least = np.partition(score[rows], len(rows) - wanted)[len(rows) - wanted]
    return np.asarray(rows[score[rows] >= least])


def excerpt(text: str, *, most: int = 140) -> str:
    """Return the beginning of a text, whole sentences where they fit, never a cut number or address.

    What comes back is always a verbatim part of the text.

    >>> excerpt("付了钱订单没了。客服也打不通。", most=10)
    '付了钱订单没了。'
    """
    text = text.strip()
    if len(text) <= most:
        return text
    head = text[:most]
    ends = [match.end() for match in SENTENCE_END.finditer(head)]
    if ends and ends[-1] >= most // 3:
        return head[: ends[-1]].strip()
    return WORD_TAIL.sub("", head).strip() or head.strip()
