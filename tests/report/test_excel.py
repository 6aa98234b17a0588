"""The workbook: a sheet a table, no formula, same bytes."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from sentiment.report.excel import write_excel


def test_the_sheets_with_their_rows(summary: dict[str, Any], tmp_path: Path):
    book = load_workbook(write_excel(summary, tmp_path / "r.xlsx", lang="en"))
    assert book.sheetnames == [
        "Incident brief", "Incidents", "Topic", "Topics by phase", "Other topics", "Questions", "Spread",
        "Side by side", "Posts", "Rejected",
    ]  # fmt: skip
    assert book["Posts"].max_row == len(summary["evidence"]) + 1
    assert book["Topic"].max_row == len(summary["topics"]) + 1
    assert book["Rejected"].max_row == 3
    incident = dict(
        zip(*([c.value for c in row] for row in book["Incidents"].iter_rows(max_row=2)), strict=True)
    )
    assert incident["service"] == "青禾外卖"
    assert incident["severity"] == 3
    assert incident["onset"] == "2025-06-18T12:03:00+08:00"
    assert (incident["time_to_peak"], incident["half_life"]) == (18, 47)
    course = summary["phase_topics"]
    assert book["Topics by phase"].max_row == 1 + len(course["rows"]) * len(course["phases"])
    assert book["Questions"].max_row == 1 + len(summary["questions"]["rows"])
    assert book["Side by side"].max_row == 1


def test_the_phase_sheet_adds_up_with_the_heat_map(summary: dict[str, Any], tmp_path: Path):
    sheet = load_workbook(write_excel(summary, tmp_path / "r.xlsx", lang="en"))["Topics by phase"]
    told = {(row[0], row[1]): (row[5], row[6]) for row in sheet.iter_rows(min_row=2, values_only=True)}
    for row in summary["phase_topics"]["rows"]:
        for phase, cell in zip(summary["phase_topics"]["phases"], row["cells"], strict=True):
            posts, share = told[row["name"]["en"], phase["label"]["en"]]
            assert (posts, share) == (cell["posts"], pytest.approx(cell["share"]))


def test_several_incidents_stand_side_by_side(
    world: SimpleNamespace, annotated: pd.DataFrame, tmp_path: Path
):
    worst = world.incident(annotated)
    other = {**worst, "id": "b", "service": "=cmd()", "severity": 1, "onset": "2025-06-16T09:00:00+08:00"}
    book = load_workbook(write_excel(world.build(annotated, incidents=[worst, other]), tmp_path / "r.xlsx"))
    sheet = book["并排比较"]
    assert [sheet.cell(row, 3).value for row in (2, 3)] == [3, 1]
    assert sheet.cell(3, 1).value == "'=cmd()"


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "\t=1"])
def test_no_cell_is_a_formula(world: SimpleNamespace, annotated: pd.DataFrame, tmp_path: Path, cell: str):
    frame = annotated.assign(text=cell + "崩了", own_text=cell + "崩了", region=cell, asks_help=True)
    path = write_excel(world.build(frame, incidents=[]), tmp_path / "r.xlsx")
    cells = [c for sheet in load_workbook(path) for row in sheet.iter_rows() for c in row]
    assert {c.data_type for c in cells} <= {"s", "inlineStr", "n", "b"}
    assert not [c.value for c in cells if isinstance(c.value, str) and c.value[:1] in ("=", "+", "@", "\t")]


def test_control_characters_and_long_texts_are_cut(
    world: SimpleNamespace, annotated: pd.DataFrame, tmp_path: Path
):
    text = "崩\x00\x0b了" + "长" * 40_000
    frame = annotated.assign(text=text, own_text=text)
    book = load_workbook(write_excel(world.build(frame, incidents=[]), tmp_path / "r.xlsx"))
    assert str(book["帖子"].cell(2, 3).value).startswith("崩了长")


def test_the_same_summary_gives_the_same_bytes(summary: dict[str, Any], tmp_path: Path):
    first = write_excel(summary, tmp_path / "a.xlsx").read_bytes()
    time.sleep(1.1)  # the clock of a zip file has whole seconds
    assert write_excel(summary, tmp_path / "b.xlsx").read_bytes() == first


def test_nothing_to_tell_is_still_a_workbook(world: SimpleNamespace, annotated: pd.DataFrame, tmp_path: Path):
    empty = world.build(annotated.iloc[:0], incidents=[])
    book = load_workbook(write_excel(empty, tmp_path / "r.xlsx"))
    assert book["帖子"].max_row == 1
