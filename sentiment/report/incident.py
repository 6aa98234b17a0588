"""Incidents and official responses for the report: what to say of each and which posts stand behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.mapped import span_of, stretches, take, true_places
from sentiment.report.evidence import Rows, excerpt
from sentiment.report.ledger import Ledger
from sentiment.report.wording import shanghai

RESPONSE_SHOWN: Final = 280
RESPONSES_TOLD: Final = 8
"""Responses that a report gives in full."""
CLAIMS: Final = ("onset", "detected", "peak", "end", "volume", "severity")
"""Figures of an incident that posts stand behind."""
AT_ONCE: Final = 20_000
"""Texts that are looked at at once."""
NAMED: Final = 100
"""Posts that a claim may be given: it names a dozen of them."""
MAINTENANCE: Final = "升级|维护|maintenance|upgrade"


def main_incident(found: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the incident the first screen tells of: outages first, then the most severe, the largest.

    >>> main_incident([{"kind": "unclear", "severity": 4}, {"kind": "outage", "severity": 2}])["severity"]
    2
    >>> main_incident([]) is None
    True
    """
    return max(found, key=weight, default=None)


def weight(item: Mapping[str, Any]) -> tuple[bool, float, float]:
    """Return how much an incident matters beside others: an outage, how severe, how large."""
    return (
        item["kind"] == "outage",
        item.get("severity") or 0,
        item.get("posts") or item.get("peak_count") or 0,
    )


def describe_incident(
    item: Mapping[str, Any], place: int, posts: pd.DataFrame, ledger: Ledger, *, brief: bool = False
) -> dict[str, Any]:
    """Return an incident's own fields plus its length, delay and the claims of its key figures.

    With ``brief`` one claim stands behind all of them.
    """
    onset = shanghai(item["onset"])
    end = shanghai(item["end"]) if item.get("end") else None
    found = shanghai(item["detected_at"])
    kept = {name: value for name, value in item.items() if name != "responses"}
    return {
        **kept,
        "place": place,
        "minutes": None if end is None else _minutes(end - onset),
        "delay": None if item.get("onset_censored") else _minutes(found - onset),
        "claims": (_one_claim if brief else _incident_claims)(item, place, posts, ledger),
    }


def _minutes(gap: pd.Timedelta) -> float:
    return round(gap.total_seconds() / 60, 1)


def _incident_claims(
    item: Mapping[str, Any], place: int, posts: pd.DataFrame, ledger: Ledger
) -> dict[str, str]:
    inside = rows_of(item, posts, ledger)
    times = ledger.times(inside)
    few = posts[["outage", "stance"]].iloc[inside]
    evidence = (few["outage"] | few["stance"].eq("complaint")).to_numpy(dtype=bool)
    onset, peak = shanghai(item["onset"]), shanghai(item["peak"])
    scale = pd.Timedelta(minutes=item.get("scale_minutes") or 5)
    bucket = peak - pd.Timedelta(minutes=int(scale / pd.Timedelta(minutes=1)) // 2)
    last = shanghai(item["end"] if item.get("end") else span_of(posts["created_at"]).last)
    found = shanghai(item["detected_at"])
    chosen = {
        "onset": evidence & (times <= (onset + 2 * scale).value),
        "detected": evidence & (times <= found.value),
        "peak": (times >= bucket.value) & (times < (bucket + scale).value),
        "end": times >= (last - 2 * scale).value,
        "volume": np.ones(len(inside), dtype=bool),
    }
    claims = {
        name: ledger.claim(
            f"incident-{place}-{name}", rule=_rule(name, item), where=inside[where], earliest=name == "onset"
        )
        for name, where in chosen.items()
    }
    claims["severity"] = ledger.record(
        f"incident-{place}-severity",
        rule=_rule("severity", item),
        post_ids=item.get("evidence_post_ids") or (),
        total=int(evidence.sum()),
    )
    return claims


def _one_claim(item: Mapping[str, Any], place: int, posts: pd.DataFrame, ledger: Ledger) -> dict[str, str]:
    """Return one claim for every figure of an incident that is only listed."""
    rule = {
        "zh": "从起点到结束、提到该服务或未指明服务的全部帖子；起点、高峰、结束和严重程度的算法同首屏那次",
        "en": "all posts from onset to end that name the service or no service; onset, peak, end and severity"
        " are made as those of the incident on the first screen",
    }
    claim = ledger.claim(f"incident-{place}", rule=rule, where=rows_of(item, posts, ledger))
    return dict.fromkeys(CLAIMS, claim)


def rows_of(item: Mapping[str, Any], posts: pd.DataFrame, ledger: Ledger) -> Rows:
    """Return the rows of an incident's posts: from onset to end, naming the service or none."""
    end = shanghai(item["end"]) if item.get("end") else None
    rows = ledger.between(shanghai(item["onset"]), end)
    if not item.get("service"):
        return rows
    return rows[posts["service"].iloc[rows].isin([item["service"], ""]).to_numpy()]


def _rule(name: str, item: Mapping[str, Any]) -> dict[str, str]:
    scale = item.get("scale_minutes") or "?"
    parts = ", ".join(f"{key} {value:g}" for key, value in (item.get("severity_parts") or {}).items())
    rules = {
        "onset": (
            "从报警往回找，帖数最可能开始变化的一分钟；这里列出最早的故障或抱怨证据",
            "going back from the alarm, the minute at which the number of posts most likely changed;"
            " the earliest outage or complaint evidence is listed",
        ),
        "detected": (
            "按时间先后只看当时已有的帖子，第一次越过阈值的时刻；这里列出到那时为止的证据",
            "the first moment at which the threshold was passed with the posts known by then;"
            " the evidence up to then is listed",
        ),
        "peak": (
            f"帖数最多的 {scale} 分钟；这里列出高峰前后的帖子",
            f"the busiest {scale} minutes; posts around the peak are listed",
        ),
        "end": (
            "帖数回到平常范围并保持住的时刻；这里列出最后的帖子",
            "when posts were back in the usual range and stayed there; the last posts are listed",
        ),
        "volume": (
            "从起点到结束、提到该服务或未指明服务的全部帖子",
            "all posts from onset to end that name the service or no service",
        ),
        "severity": (
            f"由规模、抱怨、持续时间等合成，0 到 4（{parts or '未给出分项'}）；总数为期间的故障与抱怨证据",
            f"made of volume, complaint and duration, 0 to 4 ({parts or 'parts not given'});"
            " the total is the outage and complaint evidence in the period",
        ),
    }
    zh, en = rules[name]
    return {"zh": zh, "en": en}


def announced_work(posts: pd.DataFrame, main: Mapping[str, Any] | None, ledger: Ledger) -> str | None:
    """Return the claim of official posts that announced an upgrade before the onset, None without any."""
    if main is None:
        return None
    early = posts["account_kind"].eq("official") & posts["created_at"].lt(shanghai(main["onset"]))
    rows = true_places(early)
    told = np.concatenate(
        [rows[part][_announces(take(posts["text"], rows[part]))] for part in stretches(len(rows), AT_ONCE)]
        or [rows]
    )
    if not len(told):
        return None
    rule = {
        "zh": "起点之前预告升级或维护的官方帖子",
        "en": "official posts before the onset that announced an upgrade or maintenance",
    }
    return ledger.record(
        "announced", rule=rule, post_ids=posts["post_id"].iloc[told[:NAMED]], total=len(told)
    )


def _announces(texts: pd.Series) -> NDArray[np.bool_]:
    return texts.str.contains(MAINTENANCE).to_numpy(dtype=bool)


def list_responses(
    found: Sequence[Mapping[str, Any]], posts: pd.DataFrame, ledger: Ledger
) -> list[dict[str, Any]]:
    """Return every official response of the incidents in time order, each with its claim.

    Args:
        found: Incidents, the main one first.
        posts: Annotated posts.
        ledger: Takes one claim a response and the quotes.

    Returns:
        The effect's own fields, ``place``, ``claim``, ``of_main`` (it answers the main incident) and ``told``
        (the report gives its windows: the main incident's first, then the earliest, eight at most).
    """
    effects: dict[str, dict[str, Any]] = {}
    for item in found:
        for effect in map(_as_dict, item["responses"]):
            effects.setdefault(str(effect["at"]), {**effect, "of_main": item is found[0]})
    ordered = [effects[at] for at in sorted(effects)]
    told = sorted(ordered, key=lambda effect: not effect["of_main"])[:RESPONSES_TOLD]
    return [
        {
            **_words(effect, ledger),
            "place": place,
            "claim": _response_claim(effect, place, posts, ledger),
            "told": any(effect is one for one in told),
        }
        for place, effect in enumerate(ordered, start=1)
    ]


def main_responses(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the responses to the main incident, the earliest first."""
    return [response for response in summary["responses"] if response["of_main"]]


def _words(effect: Mapping[str, Any], ledger: Ledger) -> dict[str, Any]:
    """Return the response with the beginning of its text; found in a post, it is quoted word for word."""
    text, post_id = str(effect.get("text") or ""), effect.get("source_post_id")
    words = excerpt(text, most=RESPONSE_SHOWN)
    shown = ledger.quote(post_id, words) if post_id and words else words
    return {**effect, "text": shown, "source_post_id": post_id, "cut": len(words) < len(text.strip())}


def _as_dict(effect: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a ResponseEffect or its to_dict()
    return effect if isinstance(effect, Mapping) else effect.to_dict()


def _response_claim(effect: Mapping[str, Any], place: int, posts: pd.DataFrame, ledger: Ledger) -> str:
    hour = pd.Timedelta(minutes=60)
    at = shanghai(effect["at"])
    near = ledger.between(at - hour, at + hour + pd.Timedelta(1))
    few = posts[["stance", "root_id"]].iloc[near]
    where = ledger.voices.iloc[near] & few["stance"].isin(["complaint", "understanding"])
    if effect["source_post_id"]:
        where &= few["root_id"].ne(effect["source_post_id"])
    rule = {
        "zh": "公告前后各 60 分钟里有立场的计入帖子，公告下面的评论和转发除外；"
        "理解占比 = 理解 ÷（理解 + 抱怨），差的区间按作者重抽样",
        "en": "counted posts with a stance in the 60 minutes before and after, without the comments under"
        " the announcement; understanding share = understanding ÷ (understanding + complaint);"
        " the interval resamples authors",
    }
    return ledger.claim(f"response-{place}", rule=rule, where=near[where.to_numpy(dtype=bool)])
