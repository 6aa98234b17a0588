"""How it spread: originals, reposts and comments, whose accounts, from where, how fast, by how few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.report.evidence import excerpt
from sentiment.report.labels import LABELS
from sentiment.report.ledger import Ledger
from sentiment.report.wording import duration, number, percent, say, shanghai

REGIONS: Final = 8
ROOTS: Final = 6
BUSIEST: Final = 0.01
"""Part of the authors whose share of the posts is told."""
FEWEST_ALIKE: Final = 3
"""Posts of one wording from which they count as copies."""
FEWEST_PLACED: Final = 20
"""Posts with a region below which regions tell nothing."""


def describe_spread(
    posts: pd.DataFrame, scope: pd.Series, main: Mapping[str, Any] | None, ledger: Ledger
) -> dict[str, Any]:
    """Return how the posts in scope spread, all accounts counted.

    Args:
        posts: Annotated posts.
        scope: Which of them: those of the incident, or all.
        main: The incident, None on ordinary days.
        ledger: Takes the claims and the quotes.

    Returns:
        ``n``; ``kinds``, ``accounts`` and ``regions`` (name, posts, share, claim, most posts first; regions
        only where at least 20 posts name one, and shares of those); ``placed`` (posts with a region);
        ``half_minutes`` and ``most_minutes`` from the onset (else the first post) until half and nine tenths
        of the posts were there; ``authors`` known, ``busiest`` of them (one in a hundred) and their share
        ``busiest_share`` of the posts with a known author, None below 100 authors; ``alike`` (share of the
        posts whose wording stands three times and more); ``roots``: the posts that most others repost or
        comment on.
    """
    rows = np.flatnonzero(scope.to_numpy())
    placed = rows[posts["region"].iloc[rows].ne("").to_numpy()]
    claims = _rules()
    return {
        "n": len(rows),
        "kinds": _split(posts, rows, "kind", ledger),
        "accounts": _split(posts, rows, "account_kind", ledger),
        "regions": _split(posts, placed, "region", ledger)[:REGIONS] if len(placed) >= FEWEST_PLACED else [],
        "placed": len(placed),
        **_speed(posts["created_at"].iloc[rows], main),
        **_concentration(posts, rows, claims["busiest"], ledger),
        **_copies(posts, rows, claims["alike"], ledger),
        "roots": _roots(posts, rows, ledger),
    }


def _split(posts: pd.DataFrame, rows: NDArray[np.intp], column: str, ledger: Ledger) -> list[dict[str, Any]]:
    """Return how many posts have each value of a column, most first, each with its claim."""
    codes, names = pd.factorize(posts[column].iloc[rows])
    counts = np.bincount(codes, minlength=len(names))
    order = sorted(range(len(names)), key=lambda n: (-counts[n], str(names[n])))
    shown = order[:REGIONS] if column == "region" else order
    return [
        {
            "name": str(names[n]),
            "posts": int(counts[n]),
            "share": counts[n] / len(rows),
            "claim": ledger.claim(
                f"spread-{column}-{place}", rule=_value_rule(column, str(names[n])), where=rows[codes == n]
            ),
        }
        for place, n in enumerate(shown, start=1)
    ]


def _value_rule(column: str, name: str) -> dict[str, str]:
    words = {
        "kind": ("这种形式的帖子", "posts of this kind"),
        "account_kind": ("这类账号的帖子", "posts of such accounts"),
        "region": ("文件里标明这个地区的帖子", "posts that the file places in this region"),
    }[column]
    zh, en = (
        f"{template}{colon}{say(name, lang)}"
        for template, colon, lang in zip(words, ("：", ": "), ("zh", "en"), strict=True)
    )
    return {"zh": zh + "，范围内、含官方和媒体", "en": en + ", in scope, official and media included"}


def _rules() -> dict[str, dict[str, str]]:
    return {
        "busiest": {
            "zh": "最活跃的 1% 作者写的帖子 ÷ 作者已知的帖子",
            "en": "posts by the busiest 1% of the authors ÷ posts whose author is known",
        },
        "alike": {
            "zh": f"同一近似文本出现 {FEWEST_ALIKE} 次以上的帖子（含转发的原样文字）",
            "en": f"posts whose wording stands {FEWEST_ALIKE} times or more, plain reposts included",
        },
    }


def _speed(times: pd.Series, main: Mapping[str, Any] | None) -> dict[str, Any]:
    known = times.dropna()
    if known.empty:
        return {"half_minutes": None, "most_minutes": None}
    start = known.min() if main is None else shanghai(main["onset"])
    reached = known.quantile([0.5, 0.9], interpolation="higher")
    half, most = ((pd.Timestamp(at) - start) / pd.Timedelta(minutes=1) for at in reached)
    return {"half_minutes": round(half, 1), "most_minutes": round(most, 1)}


def _concentration(
    posts: pd.DataFrame, rows: NDArray[np.intp], rule: Mapping[str, str], ledger: Ledger
) -> dict[str, Any]:
    codes, names = pd.factorize(posts["author"].iloc[rows])
    counts = np.bincount(codes, minlength=len(names))
    known = counts * pd.Series(names).ne("").to_numpy(dtype=bool)
    authors = int((known > 0).sum())
    busiest = int(authors * BUSIEST)
    if not busiest:
        return {"authors": authors, "busiest": 0, "busiest_share": None, "busiest_claim": None}
    chosen = np.argsort(-known, kind="stable")[:busiest]
    claim = ledger.claim("spread-busiest", rule=rule, where=rows[np.isin(codes, chosen)])
    return {
        "authors": authors,
        "busiest": busiest,
        "busiest_share": float(known[chosen].sum() / known.sum()),
        "busiest_claim": claim,
    }


def _copies(
    posts: pd.DataFrame, rows: NDArray[np.intp], rule: Mapping[str, str], ledger: Ledger
) -> dict[str, Any]:
    codes, names = pd.factorize(posts["dup_group"].iloc[rows])
    often = np.bincount(codes, minlength=len(names)) >= FEWEST_ALIKE
    alike = rows[often[codes]] if len(rows) else rows
    return {
        "alike": len(alike) / len(rows) if len(rows) else None,
        "alike_claim": ledger.claim("spread-alike", rule=rule, where=alike),
    }


def _roots(posts: pd.DataFrame, rows: NDArray[np.intp], ledger: Ledger) -> list[dict[str, Any]]:
    """Return the posts that most posts in scope repost or comment on; quoted where the data hold them."""
    under = rows[posts["root_id"].iloc[rows].ne("").to_numpy()]
    codes, names = pd.factorize(posts["root_id"].iloc[under])
    counts = np.bincount(codes, minlength=len(names))
    order = sorted(range(len(names)), key=lambda n: (-counts[n], str(names[n])))[:ROOTS]
    found = ledger.find(str(names[n]) for n in order)
    out = []
    for place, n in enumerate(order, start=1):
        root = str(names[n])
        rule = {
            "zh": "转发或评论这条帖子的帖子（数据里有的）",
            "en": "posts in the data that repost or comment on this post",
        }
        claim = ledger.claim(f"spread-root-{place}", rule=rule, where=under[codes == n])
        out.append(
            {
                "post_id": root,
                "posts": int(counts[n]),
                "claim": claim,
                **_told(posts, found.get(root), ledger),
            }
        )
    return out


def _told(posts: pd.DataFrame, row: int | None, ledger: Ledger) -> dict[str, Any]:
    nothing = {"text": None, "cut": False, "account": None}
    if row is None:
        return nothing
    post = posts.iloc[row]
    words = excerpt(str(post["own_text"]))
    if not words or not ledger.printable(post["post_id"], words):
        return nothing
    return {
        "text": ledger.quote(post["post_id"], words),
        "cut": len(words) < len(str(post["own_text"]).strip()),
        "account": str(post["account_name"]) or str(post["account_kind"]),
    }


def spread_told(summary: Mapping[str, Any], lang: str) -> list[tuple[str, str | None]]:
    """Return the sentences over the tables with their claims: how fast, by how few, how much alike."""
    spread = summary["spread"]
    told: list[tuple[str, str | None]] = []
    since = summary["scope"] == "incident"
    if spread["half_minutes"] is not None:
        half, most = (duration(spread[name], lang) for name in ("half_minutes", "most_minutes"))
        if lang == "zh":
            start = "从起点算" if since else "从第一条算"
            told.append((f"{start}，{half}发出一半的帖子，{most}发出九成。", None))
        else:
            start = "onset" if since else "first post"
            told.append(
                (f"Half of the posts were there {half} after the {start}, nine tenths after {most}.", None)
            )
    if spread["busiest_share"] is not None:
        authors, few, share = (
            number(spread["authors"]),
            number(spread["busiest"]),
            percent(spread["busiest_share"]),
        )
        words = (
            f"{authors} 位作者里最活跃的 {few} 位（1%）写了 {share} 的帖子。"
            if lang == "zh"
            else f"The busiest {few} of {authors} authors (1%) wrote {share} of the posts."
        )
        told.append((words, spread["busiest_claim"]))
    if spread["alike"]:
        share = percent(spread["alike"])
        words = (
            f"{share} 的帖子是同一说法的三次以上重复。"
            if lang == "zh"
            else f"{share} of the posts repeat wording that stands three times or more."
        )
        told.append((words, spread["alike_claim"]))
    return told


def kind_name(name: str, lang: str) -> str:
    """Return what a form of post or a kind of account is called; a region or an account's own name stays.

    >>> kind_name("person", "en"), kind_name("上海", "en")
    ('Person', '上海')
    """
    key = {"title": "headline", "official": "official_account", "media": "media_account"}.get(name, name)
    words = say(key, lang)
    return words[:1].upper() + words[1:] if key in LABELS else words
