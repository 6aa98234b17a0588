"""Incidents side by side: of one run, of several, of a history."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from sentiment.cli import cli
from sentiment.errors import InputError
from sentiment.pipeline import Analysis
from sentiment.report import render_html, scorecard, write_history
from sentiment.report.scorecard import CARD, card_rows


@pytest.fixture(name="entry")
def _entry(sample_analysis: Analysis) -> dict[str, Any]:
    return sample_analysis.found.incidents[0].to_dict()


def test_every_incident_is_a_row_the_earliest_first(entry: dict[str, Any]):
    later = {**entry, "id": "later", "onset": "2027-01-01T10:00:00+08:00", "severity": 4}
    table = scorecard({"incidents": [later, entry]}).table
    assert table["id"].tolist() == [entry["id"], "later"]
    assert table["severity"].tolist() == [entry["severity"], 4]
    assert (
        table.loc[0, "minutes"]
        == (pd.Timestamp(entry["end"]) - pd.Timestamp(entry["onset"])).total_seconds() / 60
    )


def test_a_folder_a_file_and_an_incident_give_the_same(
    sample_analysis: Analysis, entry: dict[str, Any], tmp_path: Path
):
    (tmp_path / "incidents.json").write_text(json.dumps(sample_analysis.found.to_dict()), encoding="utf-8")
    rows = [
        scorecard(source).table[list(CARD)].to_dict("records")
        for source in (tmp_path, tmp_path / "incidents.json", sample_analysis.found.incidents[0], entry)
    ]
    assert rows[0] == rows[1] == rows[2] == rows[3]


def test_a_history_holds_the_same_measures(sample_analysis: Analysis, entry: dict[str, Any], tmp_path: Path):
    path = tmp_path / "history.csv"
    write_history(sample_analysis.summary, path, earlier=path)
    write_history(sample_analysis.summary, path, earlier=path)  # the same run again counts once
    (row,) = scorecard(path).table[list(CARD)].to_dict("records")
    (told,) = scorecard(entry).table[list(CARD)].to_dict("records")
    assert row == pytest.approx(told, abs=1e-3)


def test_a_history_of_before_has_gaps(sample_analysis: Analysis, tmp_path: Path):
    path = tmp_path / "history.csv"
    write_history(sample_analysis.summary, path, earlier=path)
    old = pd.read_csv(path, dtype=str, encoding="utf-8-sig").drop(columns=["half_life", "delay"])
    old.to_csv(path, index=False, encoding="utf-8-sig")
    write_history(sample_analysis.summary, path, earlier=path)
    told = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert told["half_life"].iloc[0] == ""
    assert told["half_life"].iloc[1] != ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_text_has_a_line_a_measure(entry: dict[str, Any], lang: str):
    lines = scorecard(entry).to_text(lang).splitlines()
    assert len(lines) == 1 + len(CARD)
    assert "compare_" not in "".join(lines)


def test_nothing_to_set_side_by_side():
    with pytest.raises(InputError, match="no incident"):
        scorecard({"incidents": []})


def test_the_report_sets_several_side_by_side(world: SimpleNamespace, annotated: pd.DataFrame):
    worst = world.incident(annotated)
    quick = {**worst, "id": "b", "onset": "2025-06-16T09:00:00+08:00", "end": "2025-06-16T09:30:00+08:00"}
    quick |= {"severity": 1, "detected_at": "2025-06-16T09:20:00+08:00", "responses": [], "half_life": None}
    told = world.build(annotated, incidents=[quick, worst])
    rows = {row["label"]: row["cells"] for row in card_rows(told, "en")}
    assert [cell["worst"] for cell in rows["Time to detect"]] == [False, True]
    assert [cell["worst"] for cell in rows["Severity (0–4)"]] == [True, False]
    assert [cell["words"] for cell in rows["Half-life of complaints"]] == ["47 min", "–"]
    assert not any(cell["worst"] for cell in rows["Half-life of complaints"])
    assert {cell["claim"] for cells in rows.values() for cell in cells} - {None} <= set(told["claims"])
    assert 'id="scorecard"' in render_html(told)


def test_what_most_incidents_share_is_not_marked(world: SimpleNamespace, annotated: pd.DataFrame):
    worst = world.incident(annotated)
    days = ("2025-06-15", "2025-06-16", "2025-06-17")
    others = [
        {**worst, "id": day, "onset": f"{day}T09:00:00+08:00", "end": f"{day}T09:30:00+08:00"} for day in days
    ]
    others[0]["severity"] = 1
    told = world.build(annotated, incidents=[worst, *others])
    severity = next(row["cells"] for row in card_rows(told, "zh") if row["label"].startswith("严重程度"))
    assert [cell["words"] for cell in severity] == ["3", "1", "3", "3"]
    assert not any(cell["worst"] for cell in severity)


def test_one_incident_needs_no_scorecard(summary: dict[str, Any]):
    assert summary["scorecard"] == {"rows": [], "worst": {}}
    assert 'id="scorecard"' not in render_html(summary)


def test_the_command_takes_any_number(sample_analysis: Analysis, tmp_path: Path):
    for name in "abc":
        (tmp_path / name).mkdir()
        text = json.dumps(sample_analysis.found.to_dict())
        (tmp_path / name / "incidents.json").write_text(text, encoding="utf-8")
    runs = [str(tmp_path / name) for name in "abc"]
    three = CliRunner().invoke(cli, ["compare", *runs, "--lang", "en", "-o", str(tmp_path / "card.csv")])
    assert three.exit_code == 0
    assert three.output.splitlines()[0].count("美团") == 3
    assert len(pd.read_csv(tmp_path / "card.csv", encoding="utf-8-sig")) == 3
    two = CliRunner().invoke(cli, ["compare", *runs[:2]])
    assert "严重程度（0–4）" in two.output
    wrong = CliRunner().invoke(cli, ["compare", *runs, "--incident-a", "x"])
    assert wrong.exit_code == 2
