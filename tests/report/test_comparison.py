"""Incident against incident."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sentiment.errors import ConfigError, InputError
from sentiment.pipeline import Analysis
from sentiment.report import compare
from sentiment.report.comparison import MEASURES


@pytest.fixture(name="entry")
def _entry(sample_analysis: Analysis) -> dict[str, Any]:
    return sample_analysis.found.incidents[0].to_dict()


def measures(comparison: Any, column: str) -> dict[str, Any]:  # noqa: ANN401
    return comparison.table.set_index("measure")[column].to_dict()


def test_the_measures_are_those_of_the_incident(sample_analysis: Analysis):
    incident = sample_analysis.found.incidents[0]
    told = measures(compare(incident, incident), "a")
    assert tuple(told) == MEASURES
    assert told["minutes"] == (incident.end - incident.onset).total_seconds() / 60
    assert told["half_life"] == incident.half_life
    assert told["severity"] == incident.severity
    assert told["severity_topics"] == incident.severity_parts["topics"]
    assert told["complaint_share"] == pytest.approx(
        incident.complaint_posts
        / (incident.complaint_posts + incident.understanding_posts + incident.neutral_posts)
    )
    first = incident.responses[0]
    assert told["understanding_gain"] == first.main.diff
    assert told["response_after"] == pytest.approx((first.at - incident.onset).total_seconds() / 60, abs=0.1)


def test_an_incident_beside_itself_has_not_changed(entry: dict[str, Any]):
    changes = measures(compare(entry, entry), "change")
    assert {value for value in changes.values() if value is not None} == {0.0}
    assert changes["onset"] is None


def test_changes_are_b_less_a(entry: dict[str, Any]):
    worse = {**entry, "posts": entry["posts"] + 100, "severity": 4, "half_life": None, "responses": []}
    changes = measures(compare(entry, worse), "change")
    assert changes["posts"] == 100
    assert changes["severity"] == 4 - entry["severity"]
    assert changes["half_life"] is None
    assert changes["understanding_gain"] is None


def test_a_run_is_compared_by_its_worst_outage_or_by_the_one_asked_for(entry: dict[str, Any], tmp_path: Path):
    small = {**entry, "id": "small", "severity": 1}
    data = {"schema": 1, "incidents": [small, entry], "other_spikes": [{**entry, "id": "gossip"}]}
    (tmp_path / "incidents.json").write_text(json.dumps(data), encoding="utf-8")
    assert compare(tmp_path, data).names == (entry["id"], entry["id"])
    assert compare(tmp_path, data, incident_a="small", incident_b="gossip").names == ("small", "gossip")
    with pytest.raises(InputError, match="Unknown incident 'smal': did you mean 'small'"):
        compare(tmp_path, data, incident_a="smal")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Cannot read"),
        ("{", "is not the incidents.json of a run"),
        ("[]", "it holds no list 'incidents'"),
        ('{"incidents": []}', "There is no incident to compare in"),
    ],
)
def test_what_is_no_run_is_one_sentence(tmp_path: Path, content: str | None, message: str):
    if content is not None:
        (tmp_path / "incidents.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        compare(tmp_path, tmp_path)


def test_the_text_has_every_measure_in_both_languages(entry: dict[str, Any]):
    compared = compare(entry, entry)
    for lang, words in (("zh", "抱怨减半用时"), ("en", "Half-life of complaints")):
        lines = compared.to_text(lang).splitlines()
        assert len(lines) == 1 + len(MEASURES)
        assert any(line.startswith(words) for line in lines)
        assert "compare_" not in compared.to_text(lang)
    with pytest.raises(ConfigError):
        compared.to_text("fr")
