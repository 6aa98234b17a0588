"""Geometry: everything inside the plot, no label over another."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.report import charts
from sentiment.report.marks import timeline_marks, timeline_spans

COURSE = {
    "width": 5,
    "time": [f"2025-06-18T12:{minute:02d}:00+08:00" for minute in range(0, 60, 5)],
    "all": [1, 2, 9, 20, 31, 24, 12, 9, 7, 5, 2, 1],
    "complaint": [0, 1, 6, 12, 20, 15, 7, 5, 3, 2, 1, 0],
    "understanding": [0, 0, 0, 1, 2, 3, 3, 3, 2, 2, 1, 0],
    "expected": [None, None, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0],
}
SPANS = st.lists(
    st.tuples(st.floats(36, 866), st.text("高峰12:ab", min_size=1, max_size=8)), min_size=1, max_size=6
)


@given(st.floats(0, 1e7), st.integers(2, 8))
def test_value_ticks_are_whole_rising_and_cover_the_top(top: float, most: int):
    ticks = charts.value_ticks(top, most=most)
    assert ticks[0] == 0
    assert ticks[-1] >= top
    assert all(float(tick).is_integer() for tick in ticks)
    assert len(ticks) <= most + 2
    assert ticks == sorted(set(ticks))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("hours", [0.2, 3, 30, 24 * 9, 24 * 400, 24 * 3000])
def test_time_ticks_lie_inside_and_are_few(hours: float, lang: str):
    start = pd.Timestamp("2025-06-18 11:52", tz="Asia/Shanghai")
    end = start + pd.Timedelta(hours=hours)
    ticks = charts.time_ticks(start, end, most=6, lang=lang)
    assert 1 <= len(ticks) <= 7
    assert all(start <= tick["time"] <= end for tick in ticks)


def boxes(labels: list[dict[str, Any]]) -> list[tuple[float, float, int, float]]:
    out = []
    for label in labels:
        width = charts.text_width(label["text"])
        left = label["at"] - width if label["anchor"] == "end" else label["at"]
        out.append((left, left + width, label["row"], label["x"]))
    return out


@settings(max_examples=400)
@given(SPANS)
def test_no_label_touches_another_text_or_line(spans: list[tuple[float, str]]):
    labels = [{"x": x, "text": text} for x, text in spans]
    placed = boxes(charts.place_labels(labels, left=36, right=886))
    for n, (left, right, row, _) in enumerate(placed):
        assert left >= 30
        assert right <= 892
        for m, (other_left, other_right, other_row, other_x) in enumerate(placed):
            if n == m:
                continue
            assert row != other_row or right <= other_left or other_right <= left
            crosses = left < other_x < right
            assert not crosses or other_row <= row


def test_timeline_stays_in_its_box():
    chart = charts.timeline_chart(COURSE, marks=[], spans=[], width=900, height=230, lang="zh")
    numbers = [float(n) for line in chart["lines"] for n in re.findall(r"[ML](\S+) ", line["d"])]
    assert chart["left"] <= min(numbers)
    assert max(numbers) <= chart["right"]
    heights = [float(n) for line in chart["lines"] for n in re.findall(r"[ML]\S+ (\S+)", line["d"])]
    assert chart["top"] <= min(heights)
    assert max(heights) <= chart["bottom"]
    assert chart["slot"] * len(COURSE["time"]) == pytest.approx(chart["right"] - chart["left"], abs=1)


def test_higher_counts_are_drawn_higher():
    chart = charts.timeline_chart(COURSE, marks=[], spans=[], width=900, height=230, lang="zh")
    line = next(line for line in chart["lines"] if line["kind"] == "all")
    heights = [float(n) for n in re.findall(r"[ML]\S+ (\S+)", line["d"])]
    assert heights.index(min(heights)) == COURSE["all"].index(max(COURSE["all"]))


def test_unknown_usual_level_is_a_gap_not_a_zero():
    chart = charts.timeline_chart(COURSE, marks=[], spans=[], width=900, height=230, lang="zh")
    line = next(line for line in chart["lines"] if line["kind"] == "expected")
    assert line["d"].count("M") == 1
    assert line["d"].count("L") == 9


def test_marks_and_spans_outside_are_left_out_and_open_ends_are_cut():
    marks = [
        {"time": "2025-06-18T12:20:00+08:00", "text": "高峰", "kind": "incident"},
        {"time": "2025-06-19T12:20:00+08:00", "text": "明天", "kind": "incident"},
    ]
    spans = [
        {"start": "2025-06-18T12:10:00+08:00", "end": None, "kind": "incident"},
        {"start": "2025-06-17T12:10:00+08:00", "end": "2025-06-17T13:10:00+08:00", "kind": "untrusted"},
    ]
    chart = charts.timeline_chart(COURSE, marks=marks, spans=spans, width=900, height=230, lang="zh")
    assert [label["text"] for label in chart["labels"]] == ["高峰"]
    (span,) = chart["spans"]
    assert span["x"] + span["width"] == pytest.approx(chart["right"], abs=0.2)


def test_one_bucket_can_be_drawn():
    one = {name: value[:1] if isinstance(value, list) else value for name, value in COURSE.items()}
    chart = charts.timeline_chart(one, marks=[], spans=[], width=380, height=200, lang="en")
    assert chart["lines"][0]["d"].startswith("M")


def test_stance_columns_are_full_or_empty():
    course = {
        "minutes": 10,
        "time": COURSE["time"][:3],
        "complaint": [0.5, None, 1.0],
        "neutral": [0.3, None, 0.0],
        "understanding": [0.2, None, 0.0],
    }
    chart = charts.stance_chart(course, width=900, height=150, lang="zh")
    totals = [sum(part["h"] for part in column["parts"]) for column in chart["columns"]]
    assert totals == pytest.approx([150, 0, 150], abs=0.2)
    assert [part["kind"] for part in chart["columns"][0]["parts"]] == [
        "complaint",
        "neutral",
        "understanding",
    ]


def test_effect_marks_the_direction_and_the_unknown():
    windows = [
        {"minutes": 15, "understanding_before": 0.1, "understanding_after": 0.3},
        {"minutes": 30, "understanding_before": 0.3, "understanding_after": 0.1},
        {"minutes": 60, "understanding_before": None, "understanding_after": 0.1},
    ]
    chart = charts.effect_chart(windows, width=720, lang="en")
    assert [row["up"] for row in chart["rows"]] == [True, False, False]
    assert chart["rows"][2]["before"] is None
    assert chart["left"] < chart["rows"][0]["before"] < chart["rows"][0]["after"] < chart["right"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sentence_for_screen_readers_names_the_largest_bucket(lang: str):
    words = charts.describe_peak(COURSE, lang)
    assert "12:20" in words
    assert "31" in words
    assert charts.describe_peak({"time": []}, lang)


def test_many_responses_become_lines_without_words(summary: dict[str, Any]):
    crowd = [{**summary["responses"][0], "at": f"2025-06-18T12:{n}:00+08:00"} for n in range(20, 30)]
    marks = timeline_marks({**summary, "responses": crowd}, "zh")
    assert [mark["text"] for mark in marks if mark["kind"] == "response"] == [""] * 10
    assert timeline_marks(summary, "zh")[-1]["text"] == "12:41 官方回应"


def test_spans_are_incidents_and_spoilt_hours(summary: dict[str, Any]):
    kinds = [span["kind"] for span in timeline_spans(summary)]
    assert sorted(kinds) == ["incident", "untrusted"]


def test_texts_too_long_for_a_narrow_chart_stand_above_one_another():
    labels = [
        {"x": 150.0, "text": "12:38 official response"},
        {"x": 190.0, "text": "13:55 official response"},
    ]
    placed = boxes(charts.place_labels(labels, left=36, right=366))
    assert placed[0][2] != placed[1][2]
