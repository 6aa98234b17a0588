"""Run against run: what changed between two output folders of ``analyze``, and what could have changed it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from sentiment.errors import InputError
from sentiment.report.comparison import read_incidents
from sentiment.report.ordinary import difference_interval
from sentiment.report.wording import check_lang, moment, number, percent, say, shanghai
from sentiment.schema import STANCES

NEAR: Final = pd.Timedelta(hours=1)
"""Incidents of one service no further apart than this are the same one seen twice."""
TIMES: Final = ("onset", "peak", "end", "detected_at")
SIZES: Final = ("kind", "severity", "posts", "peak_count")
TOPIC_COLUMNS: Final = ("topic", "name_zh", "name_en", "posts", "share")
COUNT_COLUMNS: Final = ("service", "series", "n")
TOTAL: Final = "*"


@dataclass(frozen=True, slots=True)
class RunDiff:
    """What changed from run a to run b.

    Attributes:
        names: The two folders.
        reasons: What could have changed the result: one row a difference, ``what`` (input, setting, version,
            model, service, option), ``name``, ``before`` and ``after`` (None where absent). Empty: the same
            files, settings, options and versions.
        totals: Rows, posts, rejected rows and so on: ``name``, ``before``, ``after``.
        incidents: ``change`` (appeared, gone, changed, same), ``id``, ``service`` and ``fields`` (name,
            before, after) of those that changed.
        shares: One row a stance: share ``before`` and ``after``, ``low`` and ``high`` of the 95 % interval of
            the difference for independent samples (runs that share posts are closer than that), ``clear``
            where it leaves zero out.
        topics: The same for topics, the largest differences first, with ``change`` appeared, gone or changed.
    """

    names: tuple[str, str]
    reasons: tuple[Mapping[str, Any], ...]
    totals: tuple[Mapping[str, Any], ...]
    incidents: tuple[Mapping[str, Any], ...]
    shares: tuple[Mapping[str, Any], ...]
    topics: tuple[Mapping[str, Any], ...]

    @property
    def same(self) -> bool:
        """Whether nothing that was found differs: totals, incidents, stance, topics."""
        moved = [row for row in (*self.totals, *self.shares, *self.topics) if row["before"] != row["after"]]
        return not moved and all(one["change"] == "same" for one in self.incidents)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, as ``sentiment diff --json`` prints it."""
        return {
            "schema": 1,
            "runs": list(self.names),
            "same": self.same,
            **{name: [dict(row) for row in getattr(self, name)] for name in PARTS},
        }

    def to_text(self, lang: str = "zh") -> str:
        """Return the differences as text for a terminal.

        Raises:
            ConfigError: if the language is neither ``zh`` nor ``en``.
        """
        check_lang(lang)
        lines = [f"{self.names[0]} → {self.names[1]}"]
        if self.same:
            lines.append(say("diff_same", lang))
        for name in PARTS:
            told = list(_TELL[name](getattr(self, name), lang))
            if told:
                lines += ["", say(f"diff_{name}", lang), *(f"  {line}" for line in told)]
        if not self.reasons:
            lines += ["", say("diff_no_reason" if self.same else "diff_unknown_reason", lang)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.to_text())}</pre>"


PARTS: Final = ("reasons", "totals", "incidents", "shares", "topics")


@dataclass(frozen=True, slots=True)
class _Run:
    """The files of a run that are compared."""

    run: Mapping[str, Any]
    incidents: Sequence[Mapping[str, Any]]
    topics: pd.DataFrame
    stances: Mapping[str, int]


def diff_runs(a: str | Path, b: str | Path) -> RunDiff:
    """Compare two runs: what was found differently, and which inputs, settings or versions differ.

    Args:
        a: Folder of the earlier run, as ``sentiment analyze --out`` wrote it.
        b: Folder of the later one.

    Raises:
        InputError: if a folder is no run or one of its files cannot be read.
    """
    before, after = _read(Path(a)), _read(Path(b))
    return RunDiff(
        names=(str(a), str(b)),
        reasons=tuple(_reasons(before.run, after.run)),
        totals=tuple(_totals(before.run, after.run)),
        incidents=tuple(_incidents(before.incidents, after.incidents)),
        shares=tuple(_shares(before.stances, after.stances)),
        topics=tuple(_topics(before, after)),
    )


def _read(folder: Path) -> _Run:
    if not (folder / "run.json").is_file():
        raise InputError(
            f"{folder} is no run: it holds no run.json; name a folder that `sentiment analyze --out` wrote."
        )
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read {folder / 'run.json'}: {error}.") from None
    if not isinstance(run, dict) or not isinstance(run.get("settings"), dict):
        raise InputError(f"{folder / 'run.json'} is not the run.json of an analysis: it holds no settings.")
    counts = _table(folder / "counts.csv", COUNT_COLUMNS)
    whole = counts[counts["service"].eq(TOTAL)]
    sums = whole.groupby("series")["n"].sum()
    return _Run(
        run=run,
        incidents=read_incidents(folder)["incidents"],
        topics=_table(folder / "topics.csv", TOPIC_COLUMNS),
        stances={stance: int(sums.get(stance, 0)) for stance in STANCES},
    )


def _table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, encoding="utf-8-sig", dtype={"service": "str", "topic": "str"})
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from None
    except ValueError as error:  # not UTF-8, not a table
        raise InputError(f"Cannot read {path}: {error}.") from None
    missing = [name for name in columns if name not in table]
    if missing:
        raise InputError(f"{path} is not the table of a run: it has no column {missing[0]!r}.")
    for name in {"n", "posts", "share"} & set(columns):
        table[name] = pd.to_numeric(table[name], errors="coerce").fillna(0)
    return table


def _reasons(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from _inputs(a.get("inputs") or (), b.get("inputs") or ())
    parts = (("setting", "settings"), ("version", "versions"), ("model", "model"))
    for what, key in parts:
        left, right = (_flat(run.get(key) or {}) for run in (a, b))
        for name in sorted({*left, *right}):
            if left.get(name) != right.get(name):
                yield _change(name, left.get(name), right.get(name), what=what)
    if a.get("service") != b.get("service"):
        yield _change("--service", a.get("service"), b.get("service"), what="service")
    left, right = (run.get("asked") or {} for run in (a, b))
    for name in sorted({*left, *right}):
        if left.get(name) != right.get(name):
            yield _change(f"--{name}", left.get(name), right.get(name), what="option")


def _change(name: str, before: Any, after: Any, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values
    return {**more, "name": name, "before": before, "after": after}


def _inputs(a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the files that came, went or hold something else; a file that only has a new name is the same."""
    left, right = ({one["sha256"]: str(one["file"]) for one in side} for side in (a, b))
    gone = {name: sha for sha, name in left.items() if sha not in right}
    come = {name: sha for sha, name in right.items() if sha not in left}
    for name in sorted({*gone, *come}):
        yield _change(name, gone.get(name), come.get(name), what="input")


def _flat(value: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Return nested settings by dotted name.

    >>> _flat({"report": {"lang": "zh"}, "n": 1})
    {'report.lang': 'zh', 'n': 1}
    """
    out: dict[str, Any] = {}
    for name, item in value.items():
        out |= _flat(item, f"{above}{name}.") if isinstance(item, Mapping) else {f"{above}{name}": item}
    return out


def _totals(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    left, right = a.get("totals") or {}, b.get("totals") or {}
    for name in dict.fromkeys([*left, *right]):
        yield _change(name, left.get(name), right.get(name))


def _incidents(a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every incident of either run; those of one service that meet in time are one."""
    earlier = _pair(a, b)
    for n, left in enumerate(a):
        if n not in earlier.values():
            yield _incident("gone", left, ())
    for m, right in enumerate(b):
        if m not in earlier:
            yield _incident("appeared", right, ())
            continue
        left = a[earlier[m]]
        fields = [
            _change(name, left.get(name), right.get(name))
            for name in (*TIMES, *SIZES)
            if left.get(name) != right.get(name)
        ]
        yield _incident("changed" if fields else "same", right, fields)


def _incident(change: str, item: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    kept = {name: item.get(name) for name in ("id", "service", "kind", "onset", "end", "severity", "posts")}
    return {"change": change, **kept, "fields": list(fields)}


def _pair(a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Return the place in a of each incident of b that was there already, nearest onsets first."""
    close = sorted(
        (abs(shanghai(left["onset"]) - shanghai(right["onset"])), n, m)
        for n, left in enumerate(a)
        for m, right in enumerate(b)
        if left.get("service") == right.get("service") and _meet(left, right)
    )
    earlier: dict[int, int] = {}
    for _, n, m in close:
        if m not in earlier and n not in earlier.values():
            earlier[m] = n
    return earlier


def _meet(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    open_end = pd.Timestamp.max.tz_localize("UTC")
    ends = [shanghai(one["end"]) + NEAR if one.get("end") else open_end for one in (a, b)]
    return bool(shanghai(a["onset"]) <= ends[1] and shanghai(b["onset"]) <= ends[0])


def _shares(a: Mapping[str, int], b: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    n, m = sum(a.values()), sum(b.values())
    for stance in STANCES:
        yield {"name": stance, **_moved(a[stance], n, b[stance], m)}


def _moved(hits: int, n: int, hits_after: int, m: int) -> dict[str, Any]:
    low, high = difference_interval(hits_after, m, hits, n)
    known = n > 0 and m > 0
    return {
        "before": hits / n if n else None,
        "after": hits_after / m if m else None,
        "low": low if known else None,
        "high": high if known else None,
        "clear": known and (low > 0 or high < 0),
    }


def _topics(a: _Run, b: _Run) -> list[dict[str, Any]]:
    """Return every topic of either run, the largest difference of shares first."""
    left, right = ({str(row["topic"]): row for row in run.topics.to_dict("records")} for run in (a, b))
    n, m = (sum(run.stances.values()) for run in (a, b))
    rows = []
    for topic in dict.fromkeys([*right, *left]):
        named = right.get(topic) or left[topic]
        hits, hits_after = (int(side[topic]["posts"]) if topic in side else 0 for side in (left, right))
        change = "gone" if topic not in right else "changed" if topic in left else "appeared"
        rows.append(
            {
                "topic": topic,
                "name": {lang: str(named[f"name_{lang}"]) for lang in ("zh", "en")},
                "change": change,
                "posts_before": hits,
                "posts_after": hits_after,
                **_moved(min(hits, n), n, min(hits_after, m), m),
            }
        )
    return sorted(rows, key=lambda row: (-abs((row["after"] or 0) - (row["before"] or 0)), row["topic"]))


def _tell_reasons(rows: Sequence[Mapping[str, Any]], lang: str) -> Iterator[str]:
    for row in rows:
        if row["what"] == "input":
            change = "gone" if row["after"] is None else "appeared" if row["before"] is None else "changed"
            hashes = " → ".join(str(sha)[:12] for sha in (row["before"], row["after"]) if sha)
            yield f"{say('inputs', lang)} {row['name']}: {say(f'diff_{change}', lang)} ({hashes})"
        else:
            yield f"{say('diff_' + row['what'], lang)} {row['name']}: {row['before']} → {row['after']}"


def _tell_totals(rows: Sequence[Mapping[str, Any]], lang: str) -> Iterator[str]:
    for row in rows:
        if row["before"] != row["after"]:
            yield f"{say(row['name'], lang)} {number(row['before'])} → {number(row['after'])}"


def _tell_incidents(rows: Sequence[Mapping[str, Any]], lang: str) -> Iterator[str]:
    for row in rows:
        if row["change"] == "same":
            continue
        name = row["service"] or say("all_services", lang)
        yield f"{say('diff_' + row['change'], lang)}: {name} {moment(row['onset'], lang, year=True)}"
        for field in row["fields"]:
            before, after = (_shown(field["name"], field[side], lang) for side in ("before", "after"))
            yield f"  {say(field['name'], lang)} {before} → {after}"


def _shown(name: str, value: Any, lang: str) -> str:  # noqa: ANN401 - a time, a number, a kind or None
    if value is None:
        return say("ongoing", lang) if name == "end" else "–"
    if name in TIMES:
        return moment(value, lang)
    return say(str(value), lang) if name == "kind" else number(value)


def _tell_shares(rows: Sequence[Mapping[str, Any]], lang: str) -> Iterator[str]:
    for row in rows:
        if row["before"] != row["after"]:
            yield f"{say(row['name'], lang)} {_moved_words(row, lang)}"


def _moved_words(row: Mapping[str, Any], lang: str) -> str:
    shares = f"{percent(row['before'])} → {percent(row['after'])}"
    if row["low"] is None:
        return shares
    clear = "" if row["clear"] else f" {say('diff_chance', lang)}"
    return f"{shares} ({100 * row['low']:+.1f} {say('range', lang)} {100 * row['high']:+.1f}){clear}"


def _tell_topics(rows: Sequence[Mapping[str, Any]], lang: str) -> Iterator[str]:
    for row in rows:
        if row["change"] != "changed":
            posts = row["posts_before"] or row["posts_after"]
            yield f"{say('diff_' + row['change'], lang)}: {row['name'][lang]} ({number(posts)})"
        elif row["clear"]:
            yield f"{row['name'][lang]} {_moved_words(row, lang)}"
    small = sum(
        row["change"] == "changed" and not row["clear"] and row["before"] != row["after"] for row in rows
    )
    if small:
        yield f"{say('diff_others', lang)} {small}"


_TELL: Final = {
    "reasons": _tell_reasons,
    "totals": _tell_totals,
    "incidents": _tell_incidents,
    "shares": _tell_shares,
    "topics": _tell_topics,
}
