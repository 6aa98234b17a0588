"""Which posts show something best: a score for each, and a diverse choice."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.incidents.cells import rises
from sentiment.mapped import blank, order_of, stretches, take

Rows = NDArray[np.intp]
"""Positions of posts in their frame."""
UNIQUE: Final = ("dup_group", "own_text", "author")
"""Columns in which no two chosen posts agree; unknown authors are not one person."""
AT_ONCE: Final = 100_000
"""Posts that are scored at once: what stands between would take several times the memory of the scores."""
SENTENCE_END: Final = re.compile(r"[。！？!?\n]")
WORD_TAIL: Final = re.compile(r"[0-9A-Za-z@._+-]{1,64}$")


def score_evidence(annotated: pd.DataFrame) -> pd.Series:
    """Score how well each post serves as evidence, higher is better.

    A sure stance, outage evidence, resonance (likes, reposts, comments on a log scale) and a readable
    length count for a post; cut, hijacking and bot posts count against it.

    Returns:
        A float series on the frame's index.
    """
    score, used = blank(len(annotated), np.float64), annotated[list(_SCORED)]
    for part in stretches(len(annotated), AT_ONCE):
        score[part] = _score(used.iloc[part])
    return pd.Series(score, index=annotated.index, dtype="float64", copy=False)


def _score(part: pd.DataFrame) -> NDArray[np.float64]:
    resonance = sum(part[name].to_numpy("float64", na_value=0.0).clip(min=0.0) for name in _RESONANCE)
    length = part["own_text"].str.len().to_numpy()
    unwanted = part["hijack"].to_numpy() | part["account_kind"].eq("bot").to_numpy(dtype=bool)
    return np.asarray(
        np.nan_to_num(1.0 - part["p_neutral"].to_numpy())
        + part["stance_sure"].to_numpy()
        + np.nan_to_num(part["p_outage"].to_numpy())
        + 0.35 * np.log1p(resonance)
        + ((length >= 8) & (length <= 140))
        - 2.0 * part["truncated"].to_numpy()
        - 6.0 * unwanted,
        dtype=np.float64,
    )


_RESONANCE: Final = ("likes", "reposts", "comments")
_SCORED: Final = (
    "own_text", "hijack", "account_kind", "p_neutral", "stance_sure", "p_outage", "truncated", *_RESONANCE,
)  # fmt: skip


class Ranking:
    """Posts by the strength of their evidence, ranked once so that many choices among them are cheap.

    Args:
        annotated: The annotated frame; it is read, never changed.
    """

    def __init__(self, annotated: pd.DataFrame) -> None:
        self._columns = [annotated[name] for name in ("post_id", *UNIQUE)]
        self._score = score_evidence(annotated).to_numpy()
        self.times: NDArray[np.int64] = (
            pd.DatetimeIndex(annotated["created_at"], copy=False).as_unit("ns").asi8
        )

    def pick(self, rows: Rows, *, most: int, besides: Collection[str] = ()) -> list[int]:
        """Return the rows of the best posts, at most one per author, text and near-duplicate group.

        Only the best few hundred are looked at. Ties are settled by time and id, so that the same posts give
        the same choice whatever their order.

        Args:
            rows: Positions of the posts to choose from.
            most: Number of posts wanted.
            besides: Texts that are not wanted.
        """
        chosen: list[int] = []
        seen: dict[str, set[str]] = {"dup_group": set(), "own_text": set(besides), "author": {""}}
        for row, *values in self._candidates(rows, most):
            if any(
                value in seen[name]
                for name, value in zip(UNIQUE, values, strict=True)
                if value or name != "author"
            ):
                continue
            for name, value in zip(UNIQUE, values, strict=True):
                seen[name].add(value)
            chosen.append(row)
            if len(chosen) == most:
                break
        return chosen

    @cached_property
    def _by_time(self) -> Rows | None:
        """Rows in order of time; None: as they stand."""
        return None if rises(self.times) else order_of(self.times)

    def between(self, start: pd.Timestamp, end: pd.Timestamp | None) -> Rows:
        """Return the rows of the posts from a time on and before another (None: to the end)."""
        order = self._by_time
        low = np.searchsorted(self.times, start.value, sorter=order)
        high = len(self.times) if end is None else np.searchsorted(self.times, end.value, sorter=order)
        return np.arange(low, high) if order is None else np.sort(order[low:high])

    def first(self, rows: Rows, *, most: int) -> list[int]:
        """Return the rows of the earliest posts, untimed ones last."""
        times = self.times[rows].astype("uint64")  # NaT is the smallest int64 and so the largest here
        if len(rows) > most:
            near = np.partition(times, most - 1)[most - 1]
            rows, times = rows[times <= near], times[times <= near]
        ids = self._columns[0].iloc[rows].to_numpy(dtype="object")
        order = sorted(range(len(rows)), key=lambda n: (times[n], ids[n]))
        return [int(rows[n]) for n in order[:most]]

    def _candidates(self, rows: Rows, most: int) -> list[tuple[Any, ...]]:
        """Return row, near-duplicate group, text and author of the best posts, the best first."""
        best = best_rows(self._score, rows, most=most)
        columns = [take(column, best).to_numpy(dtype="object") for column in self._columns]
        order = sorted(
            range(len(best)), key=lambda n: (-self._score[best[n]], self.times[best[n]], columns[0][n])
        )
        return [(int(best[n]), *(column[n] for column in columns[1:])) for n in order]


def best_rows(score: NDArray[np.float64], rows: Rows, *, most: int) -> Rows:
    """Return the rows whose scores are highest, ties kept up to a bound, in their order.

    Enough of them to survive the de-duplication of :meth:`Ranking.pick` without sorting a million rows.

    >>> best_rows(np.arange(1000.0), np.arange(1000), most=1).size
    64
    """
    wanted = max(most * 8, 64)
    if len(rows) <= wanted:
        return rows
    top = np.zeros(0)
    for part in stretches(len(rows)):
        top = np.concatenate([top, score[rows[part]]])
        top = np.partition(top, max(len(top) - wanted, 0))[-wanted:]
    chosen, least = rows[:0], top.min()
    for part in stretches(len(rows)):
        chosen = np.concatenate([chosen, rows[part][score[rows[part]] >= least]])
        if len(chosen) >= wanted * 16:
            break
    return chosen[: wanted * 16]


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
