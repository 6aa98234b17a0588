"""Run against run: what changed, what could have changed it, folders that are no runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from sentiment.cli import cli
from sentiment.errors import ConfigError, InputError
from sentiment.pipeline import Analysis
from sentiment.report import diff_runs
from sentiment.report.difference import _reasons


@pytest.fixture(scope="module")
def run(sample_analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "a"
    sample_analysis.write(folder)
    return folder


@pytest.fixture
def other(run: Path, tmp_path: Path) -> Path:
    shutil.copytree(run, tmp_path / "b")
    return tmp_path / "b"


def edit(path: Path, change: Callable[[Any], None]) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def test_a_run_beside_itself(run: Path):
    found = diff_runs(run, run)
    assert found.same
    assert found.reasons == ()
    assert {one["change"] for one in found.incidents} == {"same"}
    assert "两次运行的结果相同" in found.to_text("zh")


def test_moved_incidents_say_what_moved(run: Path, other: Path):
    edit(other / "incidents.json", lambda data: data["incidents"][0].update(severity=0, end=None))
    (one,) = diff_runs(run, other).incidents
    assert one["change"] == "changed"
    assert {field["name"] for field in one["fields"]} == {"severity", "end"}
    assert "数据结束时仍未恢复" in diff_runs(run, other).to_text("zh")


def test_incidents_appear_and_go(run: Path, other: Path):
    def replace(data: Any) -> None:  # noqa: ANN401
        data["incidents"] = [{**data["incidents"][0], "service": "白鹭出行"}]

    edit(other / "incidents.json", replace)
    assert [one["change"] for one in diff_runs(run, other).incidents] == ["gone", "appeared"]
    assert "gone: 美团" in diff_runs(run, other).to_text("en")


def test_one_service_twice_a_day_is_paired_by_time(run: Path, other: Path):
    def twice(data: Any) -> None:  # noqa: ANN401
        first = data["incidents"][0]
        later = {
            **first,
            "id": "later",
            "onset": "2030-01-01T00:00:00+08:00",
            "end": "2030-01-01T01:00:00+08:00",
        }
        data["incidents"] = [later, first]

    edit(other / "incidents.json", twice)
    assert {one["id"]: one["change"] for one in diff_runs(run, other).incidents}["later"] == "appeared"
    assert sorted(one["change"] for one in diff_runs(run, other).incidents) == ["appeared", "same"]


def test_shares_have_an_interval(run: Path, other: Path):
    counts = pd.read_csv(other / "counts.csv", encoding="utf-8-sig")
    counts.loc[counts["series"].eq("complaint"), "n"] = 0
    counts.to_csv(other / "counts.csv", index=False, encoding="utf-8-sig")
    rows = {row["name"]: row for row in diff_runs(run, other).shares}
    assert rows["complaint"]["after"] == 0
    assert rows["complaint"]["high"] < 0
    assert rows["complaint"]["clear"]
    assert sum(row["after"] for row in rows.values()) == pytest.approx(1)


def test_topics_come_and_go(run: Path, other: Path):
    topics = pd.read_csv(other / "topics.csv", encoding="utf-8-sig")
    gone = topics.loc[0, "topic"]
    topics.loc[0, ["topic", "name_zh", "name_en"]] = ["weather", "天气", "Weather"]
    topics.to_csv(other / "topics.csv", index=False, encoding="utf-8-sig")
    changes = {row["topic"]: row["change"] for row in diff_runs(run, other).topics}
    assert (changes[gone], changes["weather"]) == ("gone", "appeared")
    assert "新出现: 天气" in diff_runs(run, other).to_text("zh")


def test_reasons_name_inputs_settings_versions_and_model():
    old = {
        "inputs": [{"file": "a.csv", "sha256": "1"}, {"file": "b.csv", "sha256": "2"}],
        "settings": {"detection": {"min_authors": 8}},
        "versions": {"pandas": "2.2"},
        "model": {"posts": 100},
        "service": None,
    }
    new = {
        "inputs": [
            {"file": "renamed.csv", "sha256": "1"},
            {"file": "b.csv", "sha256": "3"},
            {"file": "c.csv", "sha256": "4"},
        ],
        "settings": {"detection": {"min_authors": 5}},
        "versions": {"pandas": "3.0"},
        "model": {"posts": 200},
        "service": "美团",
        "asked": {"until": "2026-03-12T00:00:00+08:00"},
    }
    told = [(row["what"], row["name"], row["before"], row["after"]) for row in _reasons(old, new)]
    assert told == [
        ("input", "b.csv", "2", "3"),
        ("input", "c.csv", None, "4"),
        ("setting", "detection.min_authors", 8, 5),
        ("version", "pandas", "2.2", "3.0"),
        ("model", "posts", 100, 200),
        ("service", "--service", None, "美团"),
        ("option", "--until", None, "2026-03-12T00:00:00+08:00"),
    ]


def test_an_unexplained_difference_is_said(run: Path, other: Path):
    edit(other / "run.json", lambda data: data["totals"].update(rejected=7))
    assert "结果却不同" in diff_runs(run, other).to_text("zh")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("run.json", None, "is no run: it holds no run.json"),
        ("run.json", "{", "Cannot read"),
        ("run.json", "[]", "is not the run.json of an analysis"),
        ("counts.csv", None, "Cannot read"),
        ("counts.csv", "a,b\n1,2\n", "has no column 'service'"),
        ("topics.csv", "", "Cannot read"),
        ("incidents.json", "[]", "it holds no list 'incidents'"),
    ],
)
def test_what_is_no_run_is_one_sentence(run: Path, other: Path, name: str, content: str | None, message: str):
    (other / name).unlink()
    if content is not None:
        (other / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        diff_runs(run, other)


def test_the_command_prints_text_or_json(run: Path, other: Path):
    edit(other / "incidents.json", lambda data: data["incidents"][0].update(severity=0))
    told = CliRunner().invoke(cli, ["diff", str(run), str(other), "--lang", "en"])
    assert told.exit_code == 0
    assert "changed: 美团" in told.output
    data = json.loads(CliRunner().invoke(cli, ["diff", str(run), str(other), "--json"]).output)
    assert (data["schema"], data["same"]) == (1, False)
    assert data["incidents"][0]["fields"][0]["name"] == "severity"


def test_every_label_is_there_in_both_languages(run: Path, other: Path):
    edit(other / "run.json", lambda data: data["settings"]["text"].update(abstain=0.6))
    for lang in ("zh", "en"):
        assert "diff_" not in diff_runs(run, other).to_text(lang)
    with pytest.raises(ConfigError):
        diff_runs(run, other).to_text("fr")
