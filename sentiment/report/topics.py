"""Topics for the report: by phase of an incident, the discovered ones with their posts, the rising ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.incidents.cells import rises
from sentiment.mapped import days_of, number_values, pick, set_aside, span_of, true_places
from sentiment.report.evidence import excerpt
from sentiment.report.ledger import Ledger
from sentiment.report.wording import LANGS, both, date, say, shanghai
from sentiment.topics import Discovered, Phase, phases_of, rising_topics
from sentiment.topics.columns import rows_at

Places = dict[str, NDArray[np.intp]]
"""Topic -> positions of its posts in the frame."""
HOUR: Final = pd.Timedelta(hours=1)
SHOWN: Final = 12
DAYS: Final = 7
NAMED: Final = 3
RISING_SHOWN: Final = 16
LABELLED: Final = frozenset(("before", "growth", "decline", "after"))


def places_of_topics(posts: pd.DataFrame, found: pd.Series | None = None) -> Places:
    """Return where each topic's posts are, seeded topics from the posts and discovered ones from ``found``.

    >>> places_of_topics(pd.DataFrame({"topics": ["payment;trust", "", "trust"]}))["trust"].tolist()
    [0, 2]
    """
    codes, combined = number_values(posts["topics"])
    carrying: dict[str, list[int]] = {}
    for code, names in enumerate(combined):
        for topic in [name for name in str(names).split(";") if name]:
            carrying.setdefault(topic, []).append(code)
    places = {}
    for topic, given in carrying.items():
        carries = np.zeros(len(combined) + 1, dtype=bool)  # the last one for posts without topics (code -1)
        carries[given] = True
        places[topic] = true_places(carries[codes])
    if found is not None:
        rows = rows_at(posts.index, found.index)
        numbers, names = number_values(found)
        for n, name in enumerate(names):
            if name:
                places[str(name)] = _ascending(pick(rows, true_places(numbers == n)))
    return places


def _ascending(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    return rows if rises(rows) else set_aside(np.sort(rows))


def report_phases(posts: pd.DataFrame, main: Mapping[str, Any] | None) -> tuple[Phase, ...]:
    """Return the phases of an incident (before, growth, decline, after), or the last seven days."""
    span = span_of(posts["created_at"])
    if not span.known:
        return ()
    if main is not None:
        end = shanghai(main["end"]) if main.get("end") else None
        return phases_of(shanghai(main["onset"]), shanghai(main["peak"]), end, span.last)
    days = days_of(posts["created_at"])[-DAYS:]
    return tuple(Phase(f"{day:%Y-%m-%d}", day, day + pd.Timedelta(days=1)) for day in days)


def topics_by_phase(
    posts: pd.DataFrame,
    inside: pd.Series,
    phases: Sequence[Phase],
    rows: Sequence[Mapping[str, Any]],
    places: Places,
    ledger: Ledger,
    *,
    key: str = "",
) -> dict[str, Any]:
    """Return the share of each topic in each phase, how people speak of it there and who is hit.

    Args:
        posts: Annotated posts.
        inside: Which of them name the service or none (any time).
        phases: Stretches of time that do not overlap.
        rows: Topics as :func:`sentiment.report.shares.count_topics` gives them; the first twelve are shown.
        places: Where each topic's posts are.
        ledger: Takes one claim a cell with posts.
        key: Put before the claims' names.

    Returns:
        ``phases`` (name, label, start, end, posts) and ``rows``: topic, name, authors, regions, services and
        one cell a phase with posts, share of the phase's counted posts, complaint, understanding and claim.
    """
    counted = (inside & ledger.voices).to_numpy(dtype=bool)
    phase_of = np.full(len(posts), -1, dtype=np.int8)
    for n, phase in enumerate(phases):
        during = ledger.between(phase.start, phase.end)
        phase_of[during[counted[during]]] = n
    sizes = np.bincount(phase_of[phase_of >= 0], minlength=len(phases))
    told: list[dict[str, Any]] = [
        {
            "name": phase.name,
            "label": both(partial(_phase_label, phase.name)),
            "start": phase.start.isoformat(),
            "end": phase.end.isoformat(),
            "posts": int(sizes[n]),
        }
        for n, phase in enumerate(phases)
    ]
    shown = [row for row in rows if row["topic"] != "other" and row["topic"] in places][:SHOWN]
    table = []
    for place, row in enumerate(shown, start=1):
        at = places[row["topic"]]
        at = at[phase_of[at] >= 0]
        cells = [
            _cell(posts, at[phase_of[at] == n], row["name"], phase, f"{key}phase-{n + 1}-{place}", ledger)
            for n, phase in enumerate(told)
        ]
        if len(at):
            who = _who(posts[["author", "region", "service"]].iloc[at])
            table.append({"topic": row["topic"], "name": row["name"], **who, "cells": cells})
    return {"phases": told, "rows": table}


def _cell(
    posts: pd.DataFrame,
    here: NDArray[np.intp],
    name: Mapping[str, str],
    phase: Mapping[str, Any],
    key: str,
    ledger: Ledger,
) -> dict[str, Any]:
    n, stance = phase["posts"], posts["stance"].iloc[here]
    rule = _cell_rule(name, phase["label"], n)
    return {
        "posts": len(here),
        "share": len(here) / n if n else None,
        "complaint": int(stance.eq("complaint").sum()),
        "understanding": int(stance.eq("understanding").sum()),
        "claim": ledger.claim(key, rule=rule, where=here) if len(here) else None,
    }


def _phase_label(name: str, lang: str) -> str:
    return say(f"phase_{name}", lang) if name in LABELLED else date(name, lang)


def _cell_rule(name: Mapping[str, str], label: Mapping[str, str], n: int) -> dict[str, str]:
    return {
        "zh": f"{label['zh']}：提到“{name['zh']}”的计入帖子 ÷ 该阶段计入的 {n} 条",
        "en": f"{label['en']}: counted posts about “{name['en']}” ÷ the {n} posts counted in that phase",
    }


def _who(posts: pd.DataFrame) -> dict[str, Any]:
    """Return how many known authors speak, and the regions and services they name most."""
    return {
        "authors": int(posts.loc[posts["author"].ne(""), "author"].nunique()),
        "regions": _commonest(posts["region"]),
        "services": _commonest(posts["service"]),
    }


def _commonest(names: pd.Series) -> list[str]:
    counts = {str(name): int(n) for name, n in names.value_counts().items() if name and n}
    return sorted(counts, key=lambda name: (-counts[name], name))[:NAMED]


def describe_found(
    posts: pd.DataFrame, discovered: Discovered | None, names: Mapping[str, Mapping[str, str]], ledger: Ledger
) -> dict[str, Any]:
    """Return the discovered topics with verbatim posts, and how much stayed unclear.

    Args:
        posts: Annotated posts.
        discovered: What :func:`sentiment.topics.discover_topics` found; its index is that of ``posts``.
        names: Topic -> its name in each language.
        ledger: Takes one claim a topic, one for the unclear posts, and the quotes.

    Returns:
        ``looked`` posts that no seeded topic fits, ``unclear`` (share), ``unclear_posts``, ``claim`` and
        ``rows``: topic, name, posts, terms, claim and up to three quotes.
    """
    if discovered is None or discovered.assigned.empty:
        return {"looked": 0, "unclear": None, "unclear_posts": 0, "claim": None, "rows": []}
    assigned, rows = discovered.assigned, []
    places = places_of_topics(posts, assigned)
    named = [post_id for ids in discovered.table["post_ids"] for post_id in str(ids).split(";")]
    texts = {post_id: str(posts["own_text"].iat[row]) for post_id, row in ledger.find(named).items()}
    for place, row in enumerate(discovered.table.to_dict("records"), start=1):
        rule = {
            "zh": f"没有预设话题能解释、按用词归到“{row['name']}”一组的帖子（全部数据）",
            "en": f"posts that no named topic fits, grouped by their words as “{row['name']}” (all data)",
        }
        rows.append(
            {
                "topic": str(row["topic"]),
                "name": dict(names.get(str(row["topic"]), dict.fromkeys(LANGS, row["name"]))),
                "posts": int(row["posts"]),
                "terms": [term for term in str(row["terms"]).split(";") if term],
                "claim": ledger.claim(f"found-{place}", rule=rule, where=places[str(row["topic"])]),
                "quotes": _quotes(str(row["post_ids"]).split(";"), texts, ledger),
            }
        )
    unclear = _ascending(pick(rows_at(posts.index, assigned.index), true_places(assigned.eq(""))))
    rule = {"zh": "没有话题能解释、也归不进任何一组的帖子", "en": "posts that fit no topic and no group"}
    return {
        "looked": len(assigned),
        "unclear": discovered.unclear,
        "unclear_posts": len(unclear),
        "claim": ledger.claim("found-unclear", rule=rule, where=unclear),
        "rows": rows,
    }


def _quotes(ids: Sequence[str], texts: Mapping[str, str], ledger: Ledger) -> list[dict[str, Any]]:
    quotes: list[dict[str, Any]] = []
    for post_id in ids:
        own = texts.get(post_id, "").strip()
        words = excerpt(own)
        if words and ledger.printable(post_id, words):
            cut = len(words) < len(own)
            quotes.append({"post_id": post_id, "text": ledger.quote(post_id, words), "cut": cut})
        if len(quotes) == NAMED:
            break
    return quotes


def describe_rising(
    posts: pd.DataFrame,
    found: pd.Series | None,
    names: Mapping[str, Mapping[str, str]],
    places: Places,
    ledger: Ledger,
    *,
    window: pd.Timedelta = HOUR,
) -> dict[str, Any]:
    """Return the topics of the last stretch of the data beside the stretch before it, the surest rise first.

    Returns:
        ``minutes`` of the window, its ``start`` and ``end``, and ``rows``: topic, name, posts, before, share,
        share_before, rising (beyond chance over all topics), claim.
    """
    table = rising_topics(posts, window=window, found=found)
    minutes = window / pd.Timedelta(minutes=1)
    if table.empty:
        return {"minutes": minutes, "start": None, "end": None, "rows": []}
    shown = table[table["topic"].ne("other")].head(RISING_SHOWN)
    counted = ledger.voices & posts["tokens"].ne("")
    end = span_of(posts["created_at"], counted).last + pd.Timedelta(seconds=1)
    recent = (counted & posts["created_at"].ge(end - window) & posts["created_at"].lt(end)).to_numpy()
    rows = []
    for place, row in enumerate(shown.to_dict("records"), start=1):
        name = names.get(str(row["topic"]), dict.fromkeys(LANGS, str(row["topic"])))
        rule = {
            "zh": f"最后一段时间里提到“{name['zh']}”的帖子；是否上升按二项检验，已按话题数校正",
            "en": f"posts about “{name['en']}” in the last stretch; a rise is told by a binomial test"
            " corrected for the number of topics",
        }
        at = places.get(str(row["topic"]), np.empty(0, dtype=np.intp))
        claim = ledger.claim(f"rising-{place}", rule=rule, where=at[recent[at]]) if row["posts"] else None
        kept = {field: row[field] for field in ("posts", "before", "share", "share_before")}
        rows.append(
            {
                "topic": str(row["topic"]),
                "name": dict(name),
                **kept,
                "rising": bool(row["rising"]),
                "claim": claim,
            }
        )
    return {"minutes": minutes, "start": (end - window).isoformat(), "end": end.isoformat(), "rows": rows}
