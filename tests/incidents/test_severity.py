"""How bad an incident was, and how fast complaints faded."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sentiment.incidents import count_posts, find_incidents
from sentiment.incidents.severity import half_life, severity, topics_hit


@pytest.mark.parametrize(
    ("ratio", "minutes", "complaint", "authors", "level"),
    [
        (1.0, 1, 0.0, 1, 0),
        (4.0, 60, 0.3, 50, 1),
        (15.0, 240, 0.7, 3000, 3),
        (100.0, 2000, 1.0, 20000, 4),
        (None, 60, 0.6, 1000, 2),
    ],
)
def test_severity(ratio: float | None, minutes: float, complaint: float, authors: int, level: int):
    found, parts = severity(
        volume_ratio=ratio, minutes=minutes, complaint_share=complaint, authors=authors, topics=2
    )
    assert found == level
    assert all(0 <= part <= 4 for part in parts.values())
    assert ("volume" in parts) == (ratio is not None)


def test_severity_grows_with_each_part():
    usual = {"volume_ratio": 5.0, "minutes": 60.0, "complaint_share": 0.4, "authors": 300, "topics": 1}
    more = {"volume_ratio": 20.0, "minutes": 300.0, "complaint_share": 0.8, "authors": 3000, "topics": 3}
    base = severity(**usual)[1]
    for name, part in zip(usual, ("volume", "duration", "complaint", "reach", "topics"), strict=True):
        assert severity(**{**usual, name: more[name]})[1][part] > base[part]


@pytest.mark.parametrize(
    ("topics", "hit"),
    [
        ([], 0),
        (["payment"] * 2, 0),
        (["payment"] * 3 + [""], 1),
        (["payment;access"] * 5 + ["other"] * 9, 2),
        (["payment"] * 97 + ["access"] * 3, 1),
    ],
)
def test_topics_are_hit_by_a_share_and_a_number_of_complaints(topics: list[str], hit: int):
    assert topics_hit(topics) == hit


@pytest.mark.parametrize("half", [20, 45, 90])
def test_the_half_life_of_an_exponential_is_found(half: int):
    rng = np.random.default_rng(half)
    minutes = np.arange(600)
    complaints = np.repeat(minutes, rng.poisson(200 * 0.5 ** (minutes / half)))
    found = half_life(complaints, start=0, stop=600, scale=1, hold=15)
    assert found == pytest.approx(half, abs=6)


def test_complaints_that_last_have_no_half_life():
    steady = np.repeat(np.arange(200), 5)
    assert half_life(steady, start=0, stop=200, scale=1, hold=15) is None
    assert half_life(np.zeros(0, dtype=np.int64), start=0, stop=200, scale=1, hold=15) is None


def test_an_incident_tells_its_course_in_minutes(outage_day: pd.DataFrame, scene: SimpleNamespace):
    (incident,) = find_incidents(outage_day, count_posts(outage_day)).incidents
    entry = incident.to_dict()
    assert entry["time_to_peak"] == (incident.peak - incident.onset).total_seconds() / 60
    assert 20 <= entry["half_life"] <= 100  # an hour at its height, then half gone every 14 minutes
    assert set(entry["severity_parts"]) == {"volume", "duration", "complaint", "reach", "topics"}
