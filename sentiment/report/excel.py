"""The report as an Excel workbook: summary, incidents, topics, posts, rejected rows; every cell inert."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from sentiment.report.scorecard import CARD
from sentiment.report.spread import kind_name, spread_told
from sentiment.report.wording import check_lang, duration, plain, say

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
MODIFIED: Final = re.compile(rb"(<dcterms:modified[^>]{0,80}>)[^<]{0,40}")
CELL: Final = 32_000
EPOCH: Final = (1980, 1, 1, 0, 0, 0)

Table = tuple[Sequence[str], Iterable[Sequence[object]]]


def write_excel(summary: Mapping[str, Any], path: str | Path, *, lang: str | None = None) -> Path:
    """Write ``report.xlsx`` and return its path; the same summary gives the same bytes.

    Cells that a spreadsheet could take for a formula get an apostrophe (``sentiment.ingest.guard_cells``).
    """
    from openpyxl import Workbook

    lang = check_lang(lang or summary["lang"])
    book = Workbook()
    book.remove(book.active)
    for name, (heads, rows) in sheets(summary, lang).items():
        _fill(book.create_sheet(name), heads, rows)
    file = io.BytesIO()
    book.save(file)
    target = Path(path)
    target.write_bytes(_same_bytes(file.getvalue()))
    return target


def sheets(summary: Mapping[str, Any], lang: str) -> dict[str, Table]:
    """Return the heads and rows of every sheet by its name, in order."""
    return {
        say("title", lang): _summary_sheet(summary, lang),
        say("incidents", lang): _incident_sheet(summary, lang),
        say("topic", lang): _topic_sheet(summary, lang),
        say("nav_phases", lang): _phase_sheet(summary, lang),
        say("nav_found", lang): _found_sheet(summary, lang),
        say("nav_questions", lang): _question_sheet(summary, lang),
        say("nav_spread", lang): _spread_sheet(summary, lang),
        say("scorecard", lang): _card_sheet(summary, lang),
        say("posts", lang): _post_sheet(summary, lang),
        say("rejected", lang): _rejected_sheet(summary, lang),
    }


def _summary_sheet(summary: Mapping[str, Any], lang: str) -> Table:
    verdict = summary["verdict"][lang]
    rows: list[Sequence[object]] = [[plain(verdict["headline"]), "", ""], [plain(verdict["detail"]), "", ""]]
    rows += [[f["label"], f["value"], f["note"]] for f in verdict["figures"]]
    rows += [
        [say(s["stance"], lang), s["share"], f"{s['n']} / {summary['stance']['n']}"]
        for s in summary["stance"]["shares"]
    ]
    rows += [[say(t["name"], lang), t["n"], ""] for t in summary["trust"]["totals"]]
    return [say("summary", lang), say("value", lang), say("note", lang)], rows


def _incident_sheet(summary: Mapping[str, Any], lang: str) -> Table:
    names = (
        "id",
        "service",
        "kind",
        "onset",
        "onset_low",
        "onset_high",
        "peak",
        "peak_count",
        "end",
        "detected_at",
    )
    numbers = (
        "severity", "volume_ratio", "posts", "authors", "complaint_posts", "understanding_posts",
        "time_to_peak", "half_life",
    )  # fmt: skip
    rows = [
        [*(item.get(name) for name in (*names, *numbers)), duration(item.get("minutes"), lang)]
        for item in [*summary["incidents"], *summary["unlisted"], *summary["other_spikes"]]
    ]
    return [*names, *numbers, say("duration", lang)], rows


def _topic_sheet(summary: Mapping[str, Any], lang: str) -> Table:
    names = ("topic", "posts", "share", "complaint", "neutral", "understanding", "peak")
    rows = [[t["name"][lang], *(t[name] for name in names), " ".join(t["terms"])] for t in summary["topics"]]
    return [say("topic", lang), *names, say("terms", lang)], rows


def _phase_sheet(summary: Mapping[str, Any], lang: str) -> Table:
    """Return the heat map as one row a topic and phase."""
    names = ("posts", "share", "complaint", "understanding")
    course = summary["phase_topics"]
    rows = [
        [row["name"][lang], phase["label"][lang], phase["start"], phase["end"], phase["posts"]]
        + [cell[name] for name in names]
        for row in course["rows"]
        for phase, cell in zip(course["phases"], row["cells"], strict=True)
    ]
    heads = [say(key, lang) for key in ("topic", "phase", "from", "to", "phase_posts")]
    return [*heads, *(say(key, lang) for key in names)], rows


def _found_sheet(summary: Mapping[str, Any], lang: str) -> Table:
    heads = [say("topic", lang), "id", say("posts", lang), say("terms", lang), say("found_quotes", lang)]
    rows = [
        [
            t["name"][lang],
            t["topic"],
            t["posts"],
            " ".join(t["terms"]),
            "\n".join(q["text"] for q in t["quotes"]),
        ]
        for t in summary["found"]["rows"]
    ]
    return heads, rows


def _question_sheet(summary: Mapping[str, Any], lang: str) -> Table:
    heads = [say(key, lang) for key in ("question", "posts", "people", "since", "waiting", "answer")]
    rows = [
        [
            q["text"],
            q["posts"],
            q["authors"],
            q["first"],
            q["waiting_minutes"],
            q["answer"]["text"] if q["answer"] else None,
        ]
        for q in summary["questions"]["rows"]
    ]
    return heads, rows


def _spread_sheet(summary: Mapping[str, Any], lang: str) -> Table:
    spread = summary["spread"]
    groups = (("spread_kind", "kinds"), ("account_kind", "accounts"), ("regions", "regions"))
    rows: list[Sequence[object]] = [[words, None, None, None] for words, _ in spread_told(summary, lang)]
    rows += [
        [say(head, lang), kind_name(row["name"], lang), row["posts"], row["share"]]
        for head, name in groups
        for row in spread[name]
    ]
    rows += [[say("roots", lang), r["text"] or r["post_id"], r["posts"], None] for r in spread["roots"]]
    return [say(key, lang) for key in ("spread", "value", "posts", "share")], rows


def _card_sheet(summary: Mapping[str, Any], lang: str) -> Table:
    rows = summary["scorecard"]["rows"]
    heads = [
        say("service", lang),
        say("onset", lang),
        *(say(f"compare_{name}", lang).strip() for name in CARD),
    ]
    return heads, [[row["service"], row["onset"], *(row[name] for name in CARD)] for row in rows]


def _post_sheet(summary: Mapping[str, Any], lang: str) -> Table:
    names = (
        "post_id", "created_at", "text", "stance", "service", "topics", "platform", "account_kind",
        "account_name", "region", "likes", "reposts", "comments", "source",
    )  # fmt: skip
    return list(names), [[post[name] for name in names] for post in summary["evidence"].values()]


def _rejected_sheet(summary: Mapping[str, Any], lang: str) -> Table:
    names = ("source", "reason", "raw")
    return [say(name, lang) for name in names], [
        [row[name] for name in names] for row in summary["rejected"]["rows"]
    ]


def _fill(sheet: Worksheet, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    from openpyxl.styles import Alignment

    sheet.append(list(heads))
    for row in _guarded(list(heads), rows):
        sheet.append(row)
    sheet.freeze_panes = "A2"
    for n, head in enumerate(heads):
        sheet.column_dimensions[sheet.cell(1, n + 1).column_letter].width = (
            60 if head in ("text", "raw") or n == 0 else 18
        )
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(cell.value, str):
                cell.data_type = "s"


def _guarded(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[list[object]]:
    from sentiment.ingest import guard_cells

    cleaned = [[_clean(cell) for cell in row] for row in rows]
    table = guard_cells(pd.DataFrame(cleaned, columns=[str(n) for n in range(len(heads))], dtype="object"))
    return [[None if pd.isna(cell) else cell for cell in row] for row in table.itertuples(index=False)]


def _clean(cell: object) -> object:
    return CONTROL.sub("", cell)[:CELL] if isinstance(cell, str) else cell


def _same_bytes(workbook: bytes) -> bytes:
    """Take the time of writing out of a workbook, so that the same content is the same file."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(
                    rb"(<dcterms:created[^>]{0,80}>)[^<]{0,40}", rb"\g<1>1980-01-01T00:00:00Z", data
                )
                data = MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", data)
            new.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
