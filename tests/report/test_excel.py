"""The workbook: five sheets, no formula, same bytes."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from sentiment.report.excel import write_excel


def test_five_sheets_with_their_rows(summary: dict[str, Any], tmp_path: Path):
    book = load_workbook(write_excel(summary, tmp_path / "r.xlsx", lang="en"))
    assert book.sheetnames == ["Incident brief", "Incidents", "Topic", "Posts", "Rejected"]
    assert book["Posts"].max_row == len(summary["evidence"]) + 1
    assert book["Topic"].max_row == len(summary["topics"]) + 1
    assert book["Rejected"].max_row == 3
    incident = dict(
        zip(*([c.value for c in row] for row in book["Incidents"].iter_rows(max_row=2)), strict=True)
    )
    assert incident["service"] == "青禾外卖"
    assert incident["severity"] == 3
    assert incident["onset"] == "2025-06-18T12:03:00+08:00"


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "\t=1"])
def test_no_cell_is_a_formula(world: SimpleNamespace, annotated: pd.DataFrame, tmp_path: Path, cell: str):
    frame = annotated.assign(text=cell + "崩了", own_text=cell + "崩了", region=cell)
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
