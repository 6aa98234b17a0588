"""One row a run in ``history.csv``, kept from run to run beside the report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from sentiment.errors import InputError
from sentiment.ingest import guard_cells
from sentiment.report.comparison import measures

NAME: Final = "history.csv"
COLUMNS: Final = (
    "run", "start", "end", "posts", "counted", "complaint", "understanding", "neutral", "incidents",
    "other_spikes", "service", "kind", "onset", "peak", "incident_end", "severity", "top_topic", "rising",
    "unclear", "unanswered", "grade", "delay", "time_to_peak", "peak_rate", "volume_ratio", "minutes",
    "half_life", "complaint_share", "understanding_share", "response_after", "understanding_gain",
)  # fmt: skip
MEASURED: Final = COLUMNS[-10:]
"""Measures of the main incident, see :data:`sentiment.report.comparison.MEASURES`."""


def history_row(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what one run found, in the columns of ``history.csv``.

    ``run`` is a hash of versions, settings and inputs: rows that share it come from the same run made again.
    Shares are 0 to 1; times ISO 8601; cells without a value are None.
    """
    main = summary["incidents"][0] if summary["incidents"] else {}
    shares = {row["stance"]: row["share"] for row in summary["stance"]["shares"]}
    topics = [topic["topic"] for topic in summary["topics"] if topic["topic"] != "other"]
    values = (
        run_id(summary),
        *(summary["span"][side] for side in ("start", "end")),
        summary["posts"],
        summary["stance"]["n"],
        *(_rounded(shares.get(name)) for name in ("complaint", "understanding", "neutral")),
        len(summary["incidents"]) + len(summary["unlisted"]),
        len(summary["other_spikes"]),
        *(main.get(name) for name in ("service", "kind", "onset", "peak", "end", "severity")),
        next(iter(topics), None),
        ";".join(topic["topic"] for topic in summary["rising"]["rows"] if topic["rising"]),
        _rounded(summary["found"]["unclear"]),
        summary["questions"]["unanswered"],
        summary["trust"]["grade"],
        *(_rounded((summary["main_measures"] or {}).get(name)) for name in MEASURED),
    )
    return dict(zip(COLUMNS, values, strict=True))


def run_id(summary: Mapping[str, Any]) -> str:
    """Return twelve characters that stand for a run's versions, settings and inputs."""
    told = json.dumps([summary["run"], summary["settings"]], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(told.encode("utf-8")).hexdigest()[:12]


def incident_rows(summary: Mapping[str, Any], incidents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row an incident for a report that is written again and again; one for a day without any.

    Args:
        summary: From :func:`sentiment.report.summarize`.
        incidents: Entries of ``incidents.json`` under ids that stay.

    Returns:
        Rows in the columns of ``history.csv``. ``run`` is the incident's id or the day of the newest post, so
        that a later row takes the place of an earlier one.
    """
    row = history_row(summary)
    rows = [
        {
            **row,
            "run": one["id"],
            "incident_end": one["end"],
            **{name: one[name] for name in ("service", "kind", "onset", "peak", "severity")},
            **{name: _rounded(value) for name, value in measures(one).items() if name in MEASURED},
        }
        for one in incidents
    ]
    return rows or [{**row, "run": str(row["end"])[:10]}]


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def write_history(summary: Mapping[str, Any], target: Path, *, earlier: Path) -> Path:
    """Write the earlier rows and this run's row.

    Args:
        summary: From :func:`sentiment.report.summarize`.
        target: File to write.
        earlier: The file of the runs before; need not exist.

    Raises:
        InputError: if the earlier file cannot be read as the history of runs: it is never thrown away.
    """
    return write_rows([history_row(summary)], target, earlier=earlier)


def write_rows(
    rows: Iterable[Mapping[str, Any]], target: Path, *, earlier: Path, instead: Iterable[str] = ()
) -> Path:
    """Write the earlier rows, but for those of some ``run``, and further ones.

    Args:
        rows: Rows in the columns of ``history.csv``.
        target: File to write.
        earlier: The file of before; need not exist.
        instead: Values of ``run`` whose earlier rows go.

    Raises:
        InputError: if the earlier file cannot be read as the history of runs: it is never thrown away.
    """
    fresh = guard_cells(pd.DataFrame(list(rows), columns=list(COLUMNS)).astype("object"))
    if earlier.exists():
        kept = read_history(earlier)
        kept = kept[~kept["run"].isin(list(instead))]
        fresh = pd.concat([kept, fresh.map(lambda v: "" if v is None else str(v))], ignore_index=True)
        fresh = fresh.fillna("")  # columns that an earlier version did not write
    fresh.to_csv(target, index=False, encoding="utf-8-sig", lineterminator="\n")
    return target


def read_history(path: Path) -> pd.DataFrame:
    """Return the rows of a ``history.csv``, every cell as text, empty where nothing was known.

    Raises:
        InputError: if it cannot be read as one.
    """
    advice = "move it away to begin a new one"
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from None
    except ValueError as error:  # not UTF-8, not a table
        raise InputError(f"{path} is not a history of runs ({error}): {advice}.") from None
    missing = [name for name in COLUMNS[:4] if name not in table.columns]
    if missing:
        raise InputError(f"{path} is not a history of runs (no column {missing[0]!r}): {advice}.")
    return table
