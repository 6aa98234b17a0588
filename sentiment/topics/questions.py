"""Questions nobody has answered: posts that ask the same, how long they wait, and who has answered."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.mapped import stretches, take, take_anywhere, true_places
from sentiment.schema import is_voice, require
from sentiment.text.service import find_service
from sentiment.topics.columns import Rows
from sentiment.topics.seeded import OTHER
from sentiment.topics.words import says_something

NEEDED: Final = (
    "post_id", "created_at", "own_text", "tokens", "asks_help", "topics", "service", "author", "account_kind",
    "account_name", "hijack", "dup_group",
)  # fmt: skip
COLUMNS: Final = (
    "question", "post_id", "posts", "authors", "first", "last", "waiting_minutes", "answered", "answer",
    "answer_post_id", "topics", "service", "weight", "post_ids",
)  # fmt: skip
SAMPLE: Final = 1_500
SAME_QUESTION: Final = 0.7
"""Mean cosine distance of words up to which posts ask the same."""
ANSWERS: Final = 0.15
"""Cosine of the question's and an official text's words from which the text speaks to it."""
MAX_IDS: Final = 20
Floats = NDArray[np.float64]


def list_questions(
    annotated: pd.DataFrame, *, now: pd.Timestamp | None = None, among: pd.Series | None = None
) -> pd.DataFrame:
    """Return groups of posts that ask the same, those that many have waited on for long first.

    A question is answered when a post of a service's own account, no earlier than half of its posts,
    speaks of the same words. That a text speaks of the same does not mean that it satisfies: read both.

    Args:
        annotated: Frame with the columns of :data:`NEEDED`; at most 1,500 help-seeking posts of different
            wording are grouped.
        now: Until when the waiting counts; None: the last post of all.
        among: Which posts are looked at, one truth value a post; None: all.

    Returns:
        ``question`` (the most typical post's own text, verbatim) and its ``post_id``, ``posts``, ``authors``
        (distinct, known ones), ``first`` and ``last`` time, ``waiting_minutes`` (median, to the answer or to
        now), ``answered``, the ``answer``'s text and ``answer_post_id`` (empty where none), ``topics`` and
        ``service`` that most of them name, ``weight`` = posts × waiting minutes, ``post_ids`` (at most 20,
        ``;``-joined). Unanswered ones first, then by weight.

    Raises:
        SchemaError: if a column is missing.
    """
    require(annotated, NEEDED, stage="list_questions")
    annotated = annotated.reset_index(drop=True)
    asks, speaks = _asking_and_official(annotated, among)
    order = take(annotated[["created_at", "post_id"]], asks)
    official = _service_accounts(take(annotated[list(NEEDED)], speaks))
    asking = take_anywhere(annotated[list(NEEDED)], _sample(order).index.to_numpy())
    if asking.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    times = annotated["created_at"]
    until = (times if among is None else times[among.to_numpy(dtype=bool)]).max() if now is None else now
    vectors = _vectors([*asking["tokens"], *official["tokens"]])
    asked, told = vectors[: len(asking)], vectors[len(asking) :]
    groups = _group(asked)
    rows = [
        _row(asking[groups == group], asked[groups == group], official, told, until)
        for group in np.unique(groups)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(
        ["answered", "weight", "posts", "post_id"], ascending=[True, False, False, True], ignore_index=True
    )


def _asking_and_official(annotated: pd.DataFrame, among: pd.Series | None) -> tuple[Rows, Rows]:
    """Return the rows of the timed posts that seek help, and of those of official accounts."""
    asks, speaks = np.zeros((2, len(annotated)), dtype=bool)
    used = annotated[["created_at", "tokens", "asks_help", "account_kind", "hijack"]]
    for part in stretches(len(annotated)):
        few = used.iloc[part]
        timed = few["created_at"].notna() & few["tokens"].ne("")
        if among is not None:
            timed &= among.iloc[part].to_numpy(dtype=bool)
        asks[part] = timed & few["asks_help"] & is_voice(few)
        speaks[part] = timed & few["account_kind"].eq("official")
    return true_places(asks), true_places(speaks)


def _service_accounts(official: pd.DataFrame) -> pd.DataFrame:
    """Return the posts of accounts named after a service: most verified accounts are newspapers and shops."""
    own = np.array([bool(find_service(name).name) for name in official["account_name"]], dtype=bool)
    return official[own].sort_values(["created_at", "post_id"])


def _sample(asking: pd.DataFrame) -> pd.DataFrame:
    """Return at most :data:`SAMPLE` posts, the same ones whatever their order, kept in order of time."""
    drawn = np.zeros(len(asking), dtype=np.uint64)
    for part in stretches(len(asking)):
        told = (one.encode() for one in asking["post_id"].iloc[part])
        here = b"".join(hashlib.blake2b(one, digest_size=8).digest() for one in told)
        drawn[part] = np.frombuffer(here, dtype=">u8")
    if len(asking) > SAMPLE:
        few = drawn <= np.partition(drawn, SAMPLE - 1)[SAMPLE - 1]
        asking, drawn = asking[few], drawn[few]
    ranked = asking.assign(drawn=drawn).sort_values(["created_at", "post_id"])
    return ranked.iloc[np.sort(np.argsort(ranked["drawn"].to_numpy(), kind="stable")[:SAMPLE])]


def _vectors(tokens: list[str]) -> Floats:
    """Return presence of each word that says something, by inverse document frequency, of length one."""
    words = [sorted({word for word in post.split(" ") if says_something(word)}) for post in tokens]
    counts = Counter(word for post in words for word in post)
    column = {word: n for n, word in enumerate(sorted(counts))}
    out = np.zeros((len(tokens), len(column)), dtype=np.float32)
    for row, post in enumerate(words):
        for word in post:
            out[row, column[word]] = np.log((1 + len(tokens)) / counts[word])
    norms = np.linalg.norm(out, axis=1, keepdims=True)
    return np.asarray(out / np.where(norms == 0, 1, norms), dtype=np.float64)


def _group(vectors: Floats) -> NDArray[np.int64]:
    """Return the group of each post; posts without a telling word stand together in the last one."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    groups = np.zeros(len(vectors), dtype=np.int64)
    telling = np.flatnonzero(vectors.any(axis=1))
    if len(telling) > 1:
        distance = np.clip(1 - vectors[telling] @ vectors[telling].T, 0, None)
        np.fill_diagonal(distance, 0)
        tree = linkage(squareform(distance, checks=False), method="average")
        groups[telling] = fcluster(tree, SAME_QUESTION, criterion="distance")
    elif len(telling):
        groups[telling] = 1
    return groups


def _row(
    posts: pd.DataFrame, vectors: Floats, official: pd.DataFrame, told: Floats, until: pd.Timestamp
) -> tuple[Any, ...]:
    centre = vectors.mean(axis=0)
    ranked = np.argsort(-(vectors @ centre).round(9), kind="stable")
    typical = posts.iloc[ranked[0]]
    answer = _answer(posts, centre, official, told)
    end = until if answer is None else min(until, answer["created_at"])
    waits = (end - posts["created_at"]).dt.total_seconds().clip(lower=0) / 60
    waiting = round(float(waits.median()), 1)
    ids = posts.iloc[ranked].drop_duplicates("dup_group")["post_id"].head(MAX_IDS)
    return (
        typical["own_text"],
        typical["post_id"],
        len(posts),
        posts.loc[posts["author"] != "", "author"].nunique(),
        posts["created_at"].iloc[0],
        posts["created_at"].iloc[-1],
        waiting,
        answer is not None,
        "" if answer is None else answer["own_text"],
        "" if answer is None else answer["post_id"],
        _commonest([topic for given in posts["topics"] for topic in given.split(";")]),
        _commonest(list(posts["service"])),
        round(len(posts) * waiting, 1),
        ";".join(ids),
    )


def _answer(posts: pd.DataFrame, centre: Floats, official: pd.DataFrame, told: Floats) -> pd.Series | None:
    """Return the first official post that speaks of the question's words after half of it was asked."""
    length = float(np.linalg.norm(centre))
    if official.empty or not length:
        return None
    asked = posts["created_at"].iloc[(len(posts) - 1) // 2]
    fits = (told @ centre / length >= ANSWERS) & official["created_at"].ge(asked).to_numpy()
    return official.iloc[int(np.argmax(fits))] if fits.any() else None


def _commonest(names: list[str]) -> str:
    counts = Counter(name for name in names if name and name != OTHER)
    return min(counts, key=lambda name: (-counts[name], name)) if counts else ""
