"""Incident against incident: this outage beside the last one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unicodedata import east_asian_width

import pandas as pd

from sentiment.errors import InputError, unknown
from sentiment.incidents import Incident, Incidents
from sentiment.report.incident import main_incident
from sentiment.report.wording import check_lang, duration, moment, number, percent, say, shanghai

Side = Incident | Incidents | Mapping[str, Any] | str | Path
"""An incident, all incidents of a run, an entry of ``incidents.json``, that file or a run's folder."""
PARTS: Final = ("volume", "duration", "complaint", "reach", "topics")
MEASURES: Final = (
    "onset", "minutes", "delay", "peak_count", "peak_rate", "time_to_peak", "half_life", "posts", "authors",
    "volume_ratio", "complaint_share", "understanding_share", "severity",
    *(f"severity_{part}" for part in PARTS),
    "response_after", "understanding_gain", "gain_low", "gain_high", "gain_verdict",
)  # fmt: skip
_MINUTES: Final = ("minutes", "delay", "time_to_peak", "half_life", "response_after")
_SHARES: Final = ("complaint_share", "understanding_share")
_POINTS: Final = ("understanding_gain", "gain_low", "gain_high")
_WORDS: Final = ("onset", "gain_verdict")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two incidents side by side.

    Attributes:
        table: One row a measure (:data:`MEASURES`): ``measure``, ``a``, ``b`` and ``change`` (b less a; None
            where one of the two is unknown). Times are minutes, shares 0 to 1, gains differences of shares.
        names: Ids of the two incidents.
    """

    table: pd.DataFrame
    names: tuple[str, str]

    def to_text(self, lang: str = "zh") -> str:
        """Return the table for a terminal.

        Raises:
            ConfigError: if the language is neither ``zh`` nor ``en``.
        """
        check_lang(lang)
        rows = []
        for row in self.table.to_dict("records"):
            name = str(row["measure"])
            rows.append([say(f"compare_{name}", lang), *(shown(name, row[side], lang) for side in "ab")])
        return in_columns([["", *self.names], *rows])

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False))


def in_columns(lines: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as aligned text.

    >>> print(in_columns([["", "a"], ["起点", "b"]]))
          a
    起点  b
    """
    widths = [max(map(_width, column)) + 2 for column in zip(*lines, strict=True)]
    return "\n".join(
        "".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def _width(text: str) -> int:
    """Return the columns a text takes in a terminal: Chinese takes two a character."""
    return sum(1 + (east_asian_width(letter) in "WF") for letter in text)


def compare(a: Side, b: Side, *, incident_a: str | None = None, incident_b: str | None = None) -> Comparison:
    """Set an incident beside another: course, size, severity and what followed the official response.

    The gain is the change of U/(U+C) in the verdict's window of the first response that has one: an order in
    time, not what the response caused.

    Args:
        a: The earlier run or incident.
        b: The later one.
        incident_a: Id of the incident of run a; else its main one (outages first, then the most severe).
        incident_b: The same for run b.

    Raises:
        InputError: if a file cannot be read, or a run holds no incident or not the one asked for.
    """
    first, second = _entry(a, incident_a), _entry(b, incident_b)
    left, right = measures(first), measures(second)
    rows = [(name, left[name], right[name], _change(name, left[name], right[name])) for name in MEASURES]
    table = pd.DataFrame(rows, columns=["measure", "a", "b", "change"], dtype="object")
    return Comparison(table, (str(first["id"]), str(second["id"])))


def _entry(side: Side, wanted: str | None) -> Mapping[str, Any]:
    if isinstance(side, Incident):
        return side.to_dict()
    if isinstance(side, Mapping) and "incidents" not in side:
        return side
    data = side.to_dict() if isinstance(side, Incidents) else side
    data = read_incidents(data) if isinstance(data, str | Path) else data
    found: list[dict[str, Any]] = [*data["incidents"], *(data.get("other_spikes", ()) if wanted else ())]
    if wanted is not None:
        ids = {str(one["id"]): one for one in found}
        if wanted not in ids:
            raise InputError(unknown("incident", wanted, ids))
        return ids[wanted]
    main = main_incident(found)
    if main is None:
        raise InputError(
            f"There is no incident to compare in {side if isinstance(side, str | Path) else 'it'}."
        )
    return main


def read_incidents(path: str | Path) -> Mapping[str, Any]:
    """Return what stands in the ``incidents.json`` of a run, given that file or the run's folder.

    Raises:
        InputError: if it cannot be read or holds no incidents.
    """
    file = Path(path) / "incidents.json" if Path(path).is_dir() else Path(path)
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"Cannot read {file}: {error.strerror or error}.") from None
    except ValueError as error:
        raise InputError(f"{file} is not the incidents.json of a run: {error}.") from None
    if not isinstance(data, dict) or not isinstance(data.get("incidents"), list):
        raise InputError(f"{file} is not the incidents.json of a run: it holds no list 'incidents'.")
    return data


def measures(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the measures (:data:`MEASURES`) of one entry; what an older run did not write is unknown."""
    onset = shanghai(entry["onset"])
    parts = entry.get("severity_parts") or {}
    taking_sides = entry.get("complaint_posts", 0) + entry.get("understanding_posts", 0)
    people = taking_sides + entry.get("neutral_posts", 0)
    return {
        "onset": onset.isoformat(),
        "minutes": _after(onset, entry["end"]),
        "delay": None if entry["onset_censored"] else _after(onset, entry["detected_at"]),
        "peak_count": entry["peak_count"],
        "peak_rate": round(entry["peak_count"] / max(entry["scale_minutes"], 1), 2),
        **{
            name: entry.get(name)
            for name in ("time_to_peak", "half_life", "posts", "authors", "volume_ratio")
        },
        "complaint_share": entry.get("complaint_posts", 0) / people if people else None,
        "understanding_share": entry.get("understanding_posts", 0) / taking_sides if taking_sides else None,
        "severity": entry["severity"],
        **{f"severity_{part}": parts.get(part) for part in PARTS},
        **_gain(onset, entry["responses"]),
    }


def _gain(onset: pd.Timestamp, responses: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return when the first response came, and the change around the first that has one."""
    ordered = sorted(responses, key=lambda one: shanghai(one["at"]))
    found: dict[str, Any] = dict.fromkeys(("response_after", *_POINTS, "gain_verdict"))
    if not ordered:
        return found
    found |= {"response_after": _after(onset, ordered[0]["at"]), "gain_verdict": ordered[0]["verdict"]}
    told = next((one for one in ordered if one.get("main")), None)
    if told is not None:
        main = told["main"]
        found |= {"understanding_gain": main["diff"], "gain_low": main["low"], "gain_high": main["high"]}
        found["gain_verdict"] = told["verdict"]
    return found


def _after(onset: pd.Timestamp, time: str | None) -> float | None:
    return None if time is None else round((shanghai(time) - onset).total_seconds() / 60, 1)


def _change(name: str, a: Any, b: Any) -> float | None:  # noqa: ANN401 - a number, a word or None
    return None if name in _WORDS or a is None or b is None else round(float(b) - float(a), 4)


def shown(name: str, value: Any, lang: str) -> str:  # noqa: ANN401 - a number, a word or None
    """Return a measure as words.

    >>> shown("half_life", 47.0, "en"), shown("complaint_share", 0.35, "en"), shown("delay", None, "en")
    ('47 min', '35%', '–')
    """
    if value is None or pd.isna(value):
        return "–"
    if name in _WORDS:
        return moment(value, lang, year=True) if name == "onset" else say(str(value), lang)
    if name in _MINUTES:
        return duration(value, lang)
    if name in _SHARES:
        return percent(value)
    return f"{100 * value:+.0f}" if name in _POINTS else number(value)
