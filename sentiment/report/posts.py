"""Posts shown word for word: typical ones for each stance, and calls for help nobody seems to answer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import pandas as pd

from sentiment.errors import InputError
from sentiment.mapped import span_of, stretches, take, true_places
from sentiment.report.evidence import excerpt
from sentiment.report.ledger import Ledger
from sentiment.topics import list_questions

QUOTES: Final = 6
UNANSWERED: Final = 6
QUESTIONS: Final = 8
ANSWERED: Final = 4
"""Questions shown without an answer, and with one."""


def choose_quotes(posts: pd.DataFrame, scope: pd.Series, ledger: Ledger) -> dict[str, list[dict[str, Any]]]:
    """Return verbatim, diverse posts for complaint, understanding and help, the strongest evidence first."""
    counted = scope & ledger.voices
    wanted = {
        "complaint": counted & posts["stance"].eq("complaint"),
        "understanding": counted & posts["stance"].eq("understanding"),
        "help": counted & posts["asks_help"] & posts["stance"].ne("understanding"),
    }
    said: set[str] = set()
    out = {}
    for name, where in wanted.items():
        ids = ledger.pick(where, most=QUOTES * 3, besides=said)
        out[name] = _quote_all(ids, posts, ledger, most=QUOTES)
        rows = ledger.find(quote["post_id"] for quote in out[name]).values()
        said.update(posts["own_text"].iloc[list(rows)])
    return out


def _quote_all(ids: list[str], posts: pd.DataFrame, ledger: Ledger, *, most: int) -> list[dict[str, Any]]:
    rows = ledger.find(ids)
    quotes: list[dict[str, Any]] = []
    said: set[str] = set()
    for post_id in ids:
        own = str(posts["own_text"].iat[rows[post_id]])
        words = excerpt(own)
        if len(quotes) == min(most, ledger.max_evidence // 4):
            break
        if not words or words in said or not ledger.printable(post_id, words):
            continue
        said.add(words)
        quotes.append(
            {"post_id": post_id, "text": ledger.quote(post_id, words), "cut": len(words) < len(own.strip())}
        )
    return quotes


def find_unanswered(posts: pd.DataFrame, scope: pd.Series, ledger: Ledger) -> dict[str, Any]:
    """Return calls for help that look unanswered: no comments counted, no official reply in the data.

    "Look": a crawl rarely holds all replies, so this is where to look first, not a proof.
    """
    answered = set(posts.loc[posts["account_kind"].eq("official"), "root_id"]) - {""}
    waiting = _unanswered(posts, scope & ledger.voices & posts["asks_help"], answered)
    rule = {
        "zh": "在求助、没有评论、数据里没有官方账号在其下回复的计入帖子",
        "en": "counted posts that ask for help, have no comments and no official reply in the data",
    }
    claim = ledger.claim("unanswered", rule=rule, where=waiting)
    ids = ledger.pick(waiting, most=UNANSWERED * 3)
    return {
        "n": int(waiting.sum()),
        "claim": claim,
        "quotes": _quote_all(ids, posts, ledger, most=UNANSWERED),
    }


def _unanswered(posts: pd.DataFrame, asking: pd.Series, answered: Collection[str]) -> pd.Series:
    """Return which of the posts asking have no comments and are not among those answered."""
    waiting, rows = asking.to_numpy(dtype=bool, copy=True), true_places(asking)
    for part in stretches(len(rows)):
        few = take(posts[["comments", "post_id"]], rows[part])
        waiting[rows[part]] = few["comments"].fillna(0).eq(0) & ~few["post_id"].isin(answered)
    return pd.Series(waiting, index=posts.index, copy=False)


def describe_questions(posts: pd.DataFrame, scope: pd.Series, ledger: Ledger) -> dict[str, Any]:
    """Return what people ask, unanswered questions first: the question verbatim, how many ask, since when.

    Returns:
        ``asking`` (posts that seek help in scope), ``unanswered`` (groups), ``answered`` (groups) and
        ``rows``: quote of the most typical post, posts, authors, first, waiting_minutes, answer (a quote of
        the official post that speaks of the same, or None), claim.
    """
    asking = scope & ledger.voices & posts["asks_help"]
    span = span_of(posts["created_at"], scope)
    table = list_questions(posts, now=span.last if span.known else None, among=scope)
    groups = (
        table[table["answered"].eq(False)].head(QUESTIONS),
        table[table["answered"].eq(True)].head(ANSWERED),
    )
    rows = [_question(row, place, posts, ledger) for place, row in _numbered(groups)]
    return {
        "asking": int(asking.sum()),
        "unanswered": int(table["answered"].eq(False).sum()),
        "answered": int(table["answered"].eq(True).sum()),
        "rows": [row for row in rows if row],
    }


def _numbered(groups: tuple[pd.DataFrame, ...]) -> list[tuple[int, dict[Any, Any]]]:
    return list(enumerate((row for group in groups for row in group.to_dict("records")), start=1))


def _question(row: dict[Any, Any], place: int, posts: pd.DataFrame, ledger: Ledger) -> dict[str, Any] | None:
    asked = _quote_all([row["post_id"]], posts, ledger, most=1)
    if not asked:
        return None
    answer = _quote_all([row["answer_post_id"]], posts, ledger, most=1) if row["answered"] else []
    rule = {
        "zh": "用词相近的求助帖子归为同一个问题；等待是从发帖到官方回答或数据结束的中位数；总数含近似文本",
        "en": "posts seeking help in like words are one question; the wait is the median from the post to an"
        " official answer or the end of the data; the total includes near-duplicates",
    }
    ids = str(row["post_ids"]).split(";")
    return {
        **asked[0],
        "posts": int(row["posts"]),
        "authors": int(row["authors"]),
        "first": row["first"].isoformat(),
        "waiting_minutes": float(row["waiting_minutes"]),
        "answer": answer[0] if answer else None,
        "claim": ledger.record(f"question-{place}", rule=rule, post_ids=ids, total=int(row["posts"])),
    }


def _official(response: dict[str, Any]) -> dict[str, str]:
    return {"post_id": response["source_post_id"], "text": response["text"]}


def _stated(summary: dict[str, Any]) -> list[dict[str, str]]:
    """Return the questions that drafts of a statement repeat, as quotes of the posts that asked them."""
    asked = {row["claim"]: row["post_id"] for row in summary["questions"]["rows"]}
    stages = summary["statement"]["stages"] if summary["statement"] else []
    return [
        {"post_id": asked[part["claim"]], "text": part["text"].rstrip("…")}
        for stage in stages
        for parts in stage["text"].values()
        for part in parts
        if part.get("claim") in asked
    ]


def check_quotes(summary: dict[str, Any]) -> None:
    """Raise unless every quote of a summary is a verbatim part of a post that the summary carries.

    Raises:
        InputError: naming the post and the words.
    """
    asked = summary["questions"]["rows"]
    quotes = [
        *(quote for quotes in summary["quotes"].values() for quote in quotes),
        *(quote for topic in summary["found"]["rows"] for quote in topic["quotes"]),
        *asked,
        *(root for root in summary["spread"]["roots"] if root["text"]),
        *(row["answer"] for row in asked if row["answer"]),
    ]
    official = [
        response for response in summary["responses"] if response["source_post_id"] and response["text"]
    ]
    for quote in [*quotes, *summary["unanswered"]["quotes"], *map(_official, official), *_stated(summary)]:
        post = summary["evidence"].get(quote["post_id"])
        if post is None:
            raise InputError(f"The report quotes post {quote['post_id']!r}, which it does not carry.")
        if quote["text"] not in post["text"] and quote["text"] not in post["own_text"]:
            words = quote["text"]
            raise InputError(f"The report's quote {words!r} is not word for word in post {quote['post_id']}.")
