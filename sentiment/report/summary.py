"""The report as plain data: annotated posts and what was found in them -> one JSON-able dict.

Pages, tables and figures are drawn from this dict alone. Every number in it names a claim of the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from sentiment.config import Settings
from sentiment.mapped import AT_ONCE, blank, number_values, span_of, stretches
from sentiment.report import verdict
from sentiment.report.comparison import measures
from sentiment.report.course import count_course, focus, stance_course
from sentiment.report.incident import announced_work, describe_incident, list_responses, main_incident, weight
from sentiment.report.ledger import Ledger
from sentiment.report.ordinary import against_before, period_length
from sentiment.report.posts import choose_quotes, describe_questions, find_unanswered
from sentiment.report.scorecard import describe_scorecard
from sentiment.report.shares import count_stances, count_topics
from sentiment.report.spread import describe_spread
from sentiment.report.statement import plan_statement
from sentiment.report.topics import (
    Places,
    describe_found,
    describe_rising,
    places_of_topics,
    report_phases,
    topics_by_phase,
)
from sentiment.report.trust import describe_rejected, describe_trust
from sentiment.report.wording import LANGS, both, check_lang, shanghai
from sentiment.schema import ANNOTATED, require
from sentiment.topics import Discovered
from sentiment.topics.columns import labels_at, rows_at

SUMMARY_VERSION: Final = 1
OWN_ACCOUNTS: Final = 7
"""Incidents beside the main one that are told with their own stance and topics, the heaviest ones."""
OWN_TOPICS: Final = 6
OWN: Final = ("stance", "topics", "phase_topics")
"""What such an account holds; None in an incident without one."""
LISTED: Final = 40
"""Incidents that a report lists, the heaviest; the others are in the workbook and in incidents.json."""
FEW_VALUES: Final = ("stance", "account_kind", "service", "platform", "kind", "region", "topics")
PICKED: Final = ("post_id", "own_text", "author", "dup_group")
FEWEST_BUCKETS: Final = 6
"""Buckets below which a close view of the incident shows nothing."""


MIN_TIMED: Final = 16
MIN_SPAN: Final = pd.Timedelta(hours=1)
"""Fewer timed posts, or a shorter time, cannot show that nothing happened."""


def summarize(
    annotated: pd.DataFrame,
    *,
    rejected: pd.DataFrame,
    quality: Mapping[str, Any],
    counts: pd.DataFrame,
    topics: pd.DataFrame,
    incidents: Sequence[Any],
    other_spikes: Sequence[Any],
    settings: Settings,
    run: Mapping[str, Any],
    lang: str = "zh",
    discovered: Discovered | None = None,
) -> dict[str, Any]:
    """Gather everything a report says, in both languages, with the posts behind each number.

    Args:
        annotated: Posts with annotations (schema ANNOTATED); zero rows and untimed rows are welcome.
        rejected: Rows that did not become posts (schema REJECTED); a sample of them is carried.
        quality: ``Ingested.quality.to_dict()``: files, totals, trust.
        counts: Long counts (schema COUNTS), any bucket width.
        topics: One row a topic, the columns of ``topics.csv``.
        incidents: Incidents (or their ``to_dict()``), kinds outage and unclear.
        other_spikes: The same for gossip, campaign and spam.
        settings: Settings of the run; ``settings.report.max_evidence`` posts are carried.
        run: ``run.json``: versions, clock and input hashes.
        lang: Language a page is written in unless told otherwise.
        discovered: Topics found among the posts that no seeded topic fits, on the index of ``annotated``.

    Returns:
        A dict that ``json.dumps`` takes as it is.

    Raises:
        SchemaError: if the frame lacks a column.
        ConfigError: if the language is unknown.
    """
    require(annotated, ANNOTATED, stage="report")
    posts = _compact(annotated)
    ledger = Ledger(posts, max_evidence=settings.report.max_evidence)
    found = [_plain_dict(incident) for incident in incidents]
    main = main_incident(found)
    scope = _scope(posts, main, ledger)
    told = None if discovered is None else _on_index(discovered, annotated, posts)
    given = _Topics(
        table=topics,
        places=places_of_topics(posts, None if told is None else told.assigned),
        names={
            str(topic["topic"]): {tongue: str(topic[f"name_{tongue}"]) for tongue in LANGS}
            for topic in topics.to_dict("records")
        },
    )
    ranked, unlisted = _worst_first(found, main)
    ledger.find(_named_posts(ranked, topics))  # one pass over the ids for all of them
    first = ranked[0] if ranked else None
    own = _own_account(posts, first, scope, given, ledger)
    parts: dict[str, Any] = {
        "schema": SUMMARY_VERSION,
        "lang": check_lang(lang),
        "state": _state(posts, found),
        "span": _span(posts),
        "posts": len(posts),
        "scope": "incident" if main else "all",
        "incidents": [] if first is None else [{**describe_incident(first, 1, posts, ledger), **own}],
        "unlisted": [_brief(item) for item in unlisted],
        "other_spikes": [_plain_dict(spike) for spike in other_spikes],
        **own,
        "responses": list_responses(ranked, posts, ledger),
        "timeline": _timelines(counts, main),
        "quotes": choose_quotes(posts, scope, ledger),
        "unanswered": find_unanswered(posts, scope, ledger),
        "questions": describe_questions(posts, _since_onset(posts, main), ledger),
        "found": describe_found(posts, told, given.names, ledger),
        **_lately(posts, main, told, given, ledger),
        "spread": describe_spread(posts, scope, main, ledger),
        "trust": describe_trust(quality, posts, ledger),
        "rejected": describe_rejected(rejected),
        "settings": settings.to_dict(),
        "run": dict(run),
    }
    parts["incidents"] += _other_accounts(posts, ranked[1:], given, ledger)
    parts["scorecard"] = describe_scorecard(ranked, parts["incidents"])
    parts["main_measures"] = None if first is None else measures(first)
    parts["announced"] = announced_work(posts, main, ledger)
    parts["statement"] = plan_statement(parts)
    parts["verdict"] = both(lambda tongue: verdict.write_verdict(parts, posts, ledger, tongue))
    return dict(plain_data({**parts, **ledger.to_dict()}))


@dataclass(frozen=True, slots=True)
class _Topics:
    """The topics of a run: their table, where their posts are, what they are called."""

    table: pd.DataFrame
    places: Places
    names: Mapping[str, Mapping[str, str]]


def _compact(annotated: pd.DataFrame) -> pd.DataFrame:
    """Return the posts on an index from zero, quick to compare and to pick from.

    Columns of few values become categories: a comparison of a million strings takes many times as long as one
    of their codes. Texts that were put together from chunks become one piece: picking rows from hundreds of
    chunks takes ten times as long.
    """
    few = {name: _categories(annotated[name]) for name in FEW_VALUES}
    whole = {name: _in_one_piece(annotated[name]) for name in PICKED}
    return annotated.assign(**few, **whole).reset_index(drop=True)


def _categories(column: pd.Series) -> pd.Series:
    """Return a column as categories, some posts at a time."""
    if len(column) <= AT_ONCE or isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype("category")
    numbers, values = number_values(column)
    given = pd.Categorical(pd.Series(values, dtype=column.dtype))
    names, place = given.categories, np.append(given.codes, -1)
    codes = blank(len(column), np.min_scalar_type(-len(names) - 1))
    for part in stretches(len(column)):
        codes[part] = place[numbers[part]]
    return pd.Series(pd.Categorical.from_codes(codes, categories=names, validate=False), index=column.index)


def _in_one_piece(column: pd.Series) -> pd.Series:
    import pyarrow as pa

    arrow = pa.array(column.array)
    if not isinstance(arrow, pa.ChunkedArray) or arrow.num_chunks < 2:
        return column
    return pd.Series(pd.array(arrow.combine_chunks(), dtype="str"), index=column.index)


def _on_index(discovered: Discovered, annotated: pd.DataFrame, posts: pd.DataFrame) -> Discovered:
    """Return the discovered topics on the index of the posts, which count from zero."""
    rows = rows_at(annotated.index, discovered.assigned.index)
    return replace(discovered, assigned=discovered.assigned.set_axis(labels_at(posts.index, rows)))


def _own_account(
    posts: pd.DataFrame,
    item: Mapping[str, Any] | None,
    scope: pd.Series,
    given: _Topics,
    ledger: Ledger,
    key: str = "",
) -> dict[str, Any]:
    """Return stance, topics and topics by phase of one incident, or of all posts where there is none."""
    most = OWN_TOPICS if key else None
    topics = count_topics(posts, scope, given.table, ledger, places=given.places, key=key, most=most)
    return {
        "stance": count_stances(posts, scope, ledger, key=key),
        "topics": topics,
        "phase_topics": topics_by_phase(
            posts, _of_service(posts, item), report_phases(posts, item), topics, given.places, ledger, key=key
        ),
    }


def _other_accounts(
    posts: pd.DataFrame, others: Sequence[dict[str, Any]], given: _Topics, ledger: Ledger
) -> list[dict[str, Any]]:
    """Return the incidents beside the main one; the heaviest few with an account of their own."""
    heaviest = sorted(others, key=weight, reverse=True)[:OWN_ACCOUNTS]
    told = []
    for place, item in enumerate(others, start=2):
        own = any(item is one for one in heaviest)
        described = {
            **describe_incident(item, place, posts, ledger, brief=not own),
            **dict.fromkeys(OWN),
        }
        if own:
            key = f"incident-{place}-"
            described |= _own_account(posts, item, _scope(posts, item, ledger), given, ledger, key)
        told.append(described)
    return told


def _lately(
    posts: pd.DataFrame,
    main: Mapping[str, Any] | None,
    told: Discovered | None,
    given: _Topics,
    ledger: Ledger,
) -> dict[str, Any]:
    """Return what rose at the end of the data and, on ordinary days, the period against the one before."""
    length = None if main else period_length(posts)
    assigned = None if told is None else told.assigned
    window = length or pd.Timedelta(hours=1)
    return {
        "period": None if main else against_before(posts, ledger),
        "rising": describe_rising(posts, assigned, given.names, given.places, ledger, window=window),
    }


def plain_data(value: Any) -> Any:  # noqa: ANN401 - any nesting of mappings, sequences and scalars
    """Return the same data as JSON can hold it: lists for tuples, None for NaN and NA, ISO 8601 for times.

    >>> plain_data({"a": (1, float("nan")), "at": pd.Timestamp("2025-04-11", tz="Asia/Shanghai")})
    {'a': [1, None], 'at': '2025-04-11T00:00:00+08:00'}
    """
    if isinstance(value, Mapping):
        return {str(name): plain_data(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item) for item in value]
    if isinstance(value, str | bool | int) or value is None:
        return value
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _plain_dict(result: Any) -> dict[str, Any]:  # noqa: ANN401 - an Incident or its to_dict()
    return dict(result) if isinstance(result, Mapping) else dict(result.to_dict())


def _state(posts: pd.DataFrame, found: list[dict[str, Any]]) -> str:
    if posts.empty:
        return "no_posts"
    if found:
        return "incident" if len(found) == 1 else "incidents"
    span = span_of(posts["created_at"])
    if not span.known:
        return "no_times"
    enough = span.known >= MIN_TIMED and span.last - span.first >= MIN_SPAN
    return "ordinary" if enough else "too_little"


def _span(posts: pd.DataFrame) -> dict[str, Any]:
    first, last, known = span_of(posts["created_at"])
    if not known:
        return {"start": None, "end": None, "minutes": None, "untimed": len(posts)}
    return {
        "start": first.isoformat(),
        "end": last.isoformat(),
        "minutes": (last - first).total_seconds() / 60,
        "untimed": len(posts) - known,
    }


def _named_posts(ranked: Sequence[Mapping[str, Any]], topics: pd.DataFrame) -> list[str]:
    """Return the ids of posts that incidents, responses and topics name."""
    ids = [post_id for given in topics["post_ids"] for post_id in str(given).split(";")]
    for item in ranked:
        ids += item.get("evidence_post_ids") or ()
        ids += [one["source_post_id"] for one in map(_plain_dict, item["responses"]) if one["source_post_id"]]
    return ids


def _worst_first(
    found: list[dict[str, Any]], main: Mapping[str, Any] | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the main incident and the heaviest others, these in order of time, and the rest."""
    if main is None:
        return [], []
    others = sorted((item for item in found if item is not main), key=weight, reverse=True)
    listed, rest = others[: LISTED - 1], others[LISTED - 1 :]
    return [dict(main), *sorted(listed, key=_onset)], sorted(rest, key=_onset)


def _onset(item: Mapping[str, Any]) -> str:
    return str(item["onset"])


def _brief(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an incident as a row of a table alone."""
    return {name: value for name, value in item.items() if not isinstance(value, list | tuple | Mapping)}


def _scope(posts: pd.DataFrame, main: Mapping[str, Any] | None, ledger: Ledger) -> pd.Series:
    """Return which posts the first screen counts: those of the incident, or all of them."""
    if main is None:
        return pd.Series(True, index=posts.index)
    inside = _since_onset(posts, main)
    if main.get("end"):
        inside &= posts["created_at"].le(shanghai(main["end"]))
    return inside if (inside & ledger.voices).any() else pd.Series(True, index=posts.index)


def _of_service(posts: pd.DataFrame, item: Mapping[str, Any] | None) -> pd.Series:
    """Return which posts name the incident's service or none; where others overlap it, those that name it."""
    if item is None or not item.get("service"):
        return pd.Series(True, index=posts.index)
    named = posts["service"].eq(item["service"])  # isin() would turn ten million small codes into wide ones
    return named if item.get("linked") else named | posts["service"].eq("")


def _since_onset(posts: pd.DataFrame, item: Mapping[str, Any] | None) -> pd.Series:
    inside = _of_service(posts, item)
    return inside if item is None else inside & posts["created_at"].ge(shanghai(item["onset"]))


def _timelines(counts: pd.DataFrame, main: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the course around the incident, the whole period, and stance shares over time."""
    whole = count_course(counts)
    if not whole["time"]:
        return {"close": whole, "whole": whole, "stance": stance_course(whole)}
    close = whole
    if main is not None:
        first, last = shanghai(whole["time"][0]), counts["bucket"].max()
        start, end = focus(main, first, last)
        near = count_course(counts, start=start, end=end)
        close = near if len(near["time"]) >= FEWEST_BUCKETS else whole
    return {"close": close, "whole": whole, "stance": stance_course(close)}
