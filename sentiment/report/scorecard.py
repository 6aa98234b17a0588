"""Several incidents side by side: how fast found, how high, how long, what was said and what followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from sentiment.errors import InputError
from sentiment.incidents import Incident, Incidents
from sentiment.report.comparison import Side, in_columns, measures, read_incidents, shown
from sentiment.report.history import read_history
from sentiment.report.wording import check_lang, moment, say

CARD: Final = (
    "severity", "delay", "time_to_peak", "peak_rate", "volume_ratio", "minutes", "half_life",
    "complaint_share", "understanding_share", "response_after", "understanding_gain",
)  # fmt: skip
"""Measures of a scorecard, see :data:`sentiment.report.comparison.MEASURES`."""
BETTER_HIGH: Final = ("understanding_share", "understanding_gain")
COLUMNS: Final = ("run", "id", "service", "onset", *CARD)
SHOWN: Final = 8
"""Incidents that a report sets side by side, the main one first."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Incidents side by side.

    Attributes:
        table: One row an incident (:data:`COLUMNS`), earliest first; times in minutes, shares 0 to 1, gains
            differences of shares, None where unknown.
    """

    table: pd.DataFrame

    def to_text(self, lang: str = "zh") -> str:
        """Return the table for a terminal, one column an incident.

        Raises:
            ConfigError: if the language is neither ``zh`` nor ``en``.
        """
        check_lang(lang)
        rows = self.table.to_dict("records")
        heads = [
            f"{row['service'] or say('all_services', lang)} {moment(row['onset'], lang, year=True)}"
            for row in rows
        ]
        lines = [
            [say(f"compare_{name}", lang), *(shown(name, row[name], lang) for row in rows)] for name in CARD
        ]
        return in_columns([["", *heads], *lines])

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False))


def scorecard(*sources: Side) -> Scorecard:
    """Set every incident of the sources side by side.

    Args:
        sources: Incidents, runs (folders of ``analyze`` or their ``incidents.json``), or the ``history.csv``
            of runs, which holds the main incident of each.

    Raises:
        InputError: if a source cannot be read, or there is no incident in any.
    """
    rows = [row for source in sources for row in _rows(source)]
    if not rows:
        raise InputError("There is no incident to set side by side in what was given.")
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype="object").drop_duplicates(["run", "id", "onset"])
    return Scorecard(table.sort_values(["onset", "id"], ignore_index=True))


def _rows(source: Side) -> Iterator[dict[str, Any]]:
    if isinstance(source, str | Path) and Path(source).suffix == ".csv":
        yield from _history_rows(Path(source))
        return
    for entry in _entries(source):
        run = str(source) if isinstance(source, str | Path) else ""
        yield {"run": run, **{name: entry.get(name) for name in ("id", "service")}, **measures(entry)}


def _entries(source: Side) -> Sequence[Mapping[str, Any]]:
    if isinstance(source, Incident):
        return [source.to_dict()]
    if isinstance(source, Mapping) and "incidents" not in source:
        return [source]
    if isinstance(source, str | Path):
        source = read_incidents(source)
    data = source.to_dict() if isinstance(source, Incidents) else source
    return list(data["incidents"])


def _history_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the main incident of each run of a history; a run made again counts once."""
    for row in read_history(path).drop_duplicates("run", keep="last").to_dict("records"):
        if row.get("onset"):
            numbers = {name: _number(row.get(name)) for name in CARD}
            yield {
                "run": row["run"],
                "id": row["run"],
                "service": row["service"],
                "onset": row["onset"],
                **numbers,
            }


def _number(cell: str | None) -> float | None:
    value = pd.to_numeric(cell, errors="coerce") if cell else float("nan")
    return None if pd.isna(value) else float(value)


def describe_scorecard(
    found: Sequence[Mapping[str, Any]], told: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the incidents of a report side by side; nothing where there are fewer than two.

    Args:
        found: Incidents as ``Incident.to_dict()`` gives them, in the order of the report.
        told: The same as the report tells them, with ``place`` and ``claims``.

    Returns:
        ``rows`` (place, service, onset, the measures of :data:`CARD`, claims) and ``worst``: measure -> place
        of the incident where it is worst, where at least two know it and they differ.
    """
    rows: list[dict[str, Any]] = []
    for entry, item in list(zip(found, told, strict=False))[:SHOWN] if len(told) > 1 else ():
        told_measures = measures(entry)
        rows.append(
            {
                "place": item["place"],
                "service": item.get("service"),
                "claims": item["claims"],
                **{name: told_measures[name] for name in ("onset", *CARD)},
            }
        )
    return {
        "rows": rows,
        "worst": {name: place for name in CARD if (place := _worst(rows, name)) is not None},
    }


def _worst(rows: Sequence[Mapping[str, Any]], name: str) -> int | None:
    known = [(row[name], row["place"]) for row in rows if row[name] is not None]
    if len({value for value, _ in known}) < 2:
        return None
    choose = min if name in BETTER_HIGH else max
    return int(choose(known, key=lambda pair: pair[0])[1])


CLAIMED: Final[Mapping[str, str]] = {
    "severity": "severity", "delay": "detected", "time_to_peak": "peak", "peak_rate": "peak",
    "volume_ratio": "volume", "minutes": "end", "half_life": "end", "complaint_share": "volume",
    "understanding_share": "volume",
}  # fmt: skip
"""Which claim of an incident stands behind a measure; those of a response are under the response."""


def card_rows(summary: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """Return a report's scorecard, one row a measure: label and cells with words, claim and worst."""
    card = summary["scorecard"]
    out = []
    for name in CARD:
        words = [shown(name, row[name], lang) for row in card["rows"]]
        worst = [words[n] for n, row in enumerate(card["rows"]) if card["worst"].get(name) == row["place"]]
        few = bool(worst) and words.count(worst[0]) <= len(words) / 2  # what most share marks nothing
        out.append(
            {
                "label": say(f"compare_{name}", lang),
                "cells": [
                    {
                        "words": told,
                        "claim": row["claims"].get(CLAIMED.get(name, "")),
                        "worst": few and told == worst[0],
                    }
                    for row, told in zip(card["rows"], words, strict=True)
                ],
            }
        )
    return out
