"""history.csv: a row a run, earlier rows kept as they were."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.report import history_row, write_history
from sentiment.report.history import COLUMNS, incident_rows, run_id, write_rows


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def test_a_row_says_what_the_run_found(summary: dict[str, Any]):
    row = history_row(summary)
    assert tuple(row) == COLUMNS
    assert (row["service"], row["severity"], row["incidents"]) == ("青禾外卖", 3, 1)
    assert row["posts"] == summary["posts"]
    assert row["complaint"] + row["understanding"] + row["neutral"] == pytest.approx(1, abs=2e-4)


def test_rows_add_up_and_earlier_ones_stay(summary: dict[str, Any], world: SimpleNamespace, tmp_path: Path):
    path = tmp_path / "history.csv"
    write_history(summary, path, earlier=path)
    first = read(path)
    quiet = world.build(world.annotated().head(60), incidents=[])
    write_history(quiet, path, earlier=path)
    both = read(path)
    assert both.head(1).equals(first)
    assert both["incidents"].tolist() == ["1", "0"]
    assert both["onset"].tolist() == [summary["incidents"][0]["onset"], ""]


def test_the_same_run_made_again_is_told_by_its_id(summary: dict[str, Any]):
    assert run_id(summary) == run_id({**summary, "posts": 1})
    assert run_id(summary) != run_id({**summary, "run": {**summary["run"], "clock": "another"}})


def test_an_incident_told_again_has_one_row(summary: dict[str, Any], world: SimpleNamespace, tmp_path: Path):
    path = tmp_path / "history.csv"
    entry = {**world.incident(world.annotated()), "id": "青禾外卖-1"}
    for end in (None, entry["end"]):
        rows = incident_rows(summary, [{**entry, "end": end}, {**entry, "id": "青禾外卖-2"}])
        write_rows(rows, path, earlier=path, instead=[row["run"] for row in rows])
    assert read(path)["run"].tolist() == ["青禾外卖-1", "青禾外卖-2"]
    assert rows[0] == history_row(summary) | {"run": "青禾外卖-1"}


def test_a_report_without_incidents_has_one_row_a_day(summary: dict[str, Any]):
    (row,) = incident_rows({**summary, "incidents": [], "main_measures": None}, [])
    assert (row["run"], row["onset"]) == (summary["span"]["end"][:10], None)


@pytest.mark.parametrize("content", ["day,mood\n1,2\n", "\ud83d", ""])
def test_something_else_is_never_overwritten(summary: dict[str, Any], tmp_path: Path, content: str):
    path = tmp_path / "history.csv"
    path.write_bytes(content.encode("utf-16-le", "surrogatepass"))
    before = path.read_bytes()
    with pytest.raises(InputError, match="is not a history of runs"):
        write_history(summary, path, earlier=path)
    assert path.read_bytes() == before
