"""Figures: the numbers drawn, the user's settings untouched, Chinese without boxes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest

from sentiment.report import draw_response, draw_stance, draw_timeline, draw_topics, write_figures
from sentiment.report.figures import FIGURES

EVERY = pytest.mark.parametrize("draw", list(FIGURES.values()), ids=list(FIGURES))


def words(figure: Any) -> list[str]:  # noqa: ANN401 - a matplotlib figure
    import matplotlib.text

    found = figure.findobj(matplotlib.text.Text)
    return [text.get_text() for text in found if text.get_text()]


def test_timeline_draws_the_summary(summary: dict[str, Any]):
    figure, numbers = draw_timeline(summary)
    course = summary["timeline"]["close"]
    assert numbers["all"].tolist() == course["all"]
    assert numbers["time"].tolist() == [pd.Timestamp(at) for at in course["time"]]
    lines = {line.get_label(): line.get_ydata() for line in figure.axes[0].get_lines()}
    assert list(lines["抱怨"]) == course["complaint"]
    assert {"起点 12:03", "高峰 12:24", "结束 13:55", "12:41 官方回应"} <= set(words(figure))


def test_timeline_in_english(summary: dict[str, Any]):
    figure, _ = draw_timeline(summary, lang="en")
    assert {"Onset 12:03", "Complaint", "12:41 official response"} <= set(words(figure))


def test_times_stand_at_their_shanghai_hour(summary: dict[str, Any]):
    figure, _ = draw_timeline(summary)
    figure.canvas.draw()
    labels = {label.get_text() for label in figure.axes[0].get_xticklabels()}
    assert "12:00" in labels


def test_stance_shares_are_drawn_as_full_columns(summary: dict[str, Any]):
    figure, numbers = draw_stance(summary)
    known = numbers.dropna(subset=["complaint"])
    assert len(known) > 3
    sums = known[["complaint", "neutral", "understanding"]].sum(axis=1)
    assert sums.tolist() == pytest.approx([1] * len(known), abs=1e-3)
    tops = {round(bar.get_y() + bar.get_height(), 3) for bar in figure.axes[0].patches}
    assert max(tops) == pytest.approx(1, abs=1e-3)


def test_topics_are_split_by_stance(summary: dict[str, Any]):
    _, numbers = draw_topics(summary)
    assert numbers["topic"].tolist() == [topic["topic"] for topic in summary["topics"]]
    assert (numbers[["complaint", "neutral", "understanding"]].sum(axis=1) == numbers["posts"]).all()


def test_long_topic_names_are_elided(summary: dict[str, Any]):
    topics = [{**summary["topics"][0], "name": {"zh": "很长" * 30, "en": "long " * 30}}]
    figure, numbers = draw_topics({**summary, "topics": topics})
    assert numbers["name"].tolist() == ["很长" * 30]
    assert max(map(len, words(figure))) <= 14


def test_response_windows_with_intervals(summary: dict[str, Any]):
    _, numbers = draw_response(summary)
    assert numbers["minutes"].tolist() == [15, 30, 60, 120]
    assert (numbers["low"] <= numbers["diff"]).all()
    assert (numbers["diff"] <= numbers["high"]).all()


def test_windows_without_enough_posts_are_not_drawn(world: SimpleNamespace, annotated: pd.DataFrame):
    effect = world.effect()
    effect["windows"][0].update(diff=None, low=None, high=None)
    incident = {**world.incident(annotated), "responses": [effect]}
    figure, numbers = draw_response(world.build(annotated, incidents=[incident]))
    assert numbers["diff"].isna().tolist() == [True, False, False, False]
    dots = next(line for line in figure.axes[0].get_lines() if line.get_marker() == "o")
    assert list(dots.get_ydata()) == [1, 2, 3]
    assert "  数据不足" in words(figure)


@EVERY
def test_nothing_to_draw_says_so(world: SimpleNamespace, annotated: pd.DataFrame, draw: Any):  # noqa: ANN401
    empty = world.build(annotated.iloc[:0], incidents=[])
    figure, numbers = draw(empty, lang="en")
    assert numbers.empty
    assert words(figure) == ["Not enough data"]


@EVERY
def test_settings_stay_as_they_were(summary: dict[str, Any], draw: Any):  # noqa: ANN401
    before = dict(mpl.rcParams)
    draw(summary)
    assert dict(mpl.rcParams) == before


def test_png_files_are_written_twice_alike(summary: dict[str, Any], tmp_path: Path):
    # pytest turns matplotlib's "glyph missing" warnings into errors: boxes would fail here
    first, second = (write_figures(summary, tmp_path / name) for name in ("a", "b"))
    assert [path.name for path in first] == ["timeline.png", "stance.png", "topics.png", "response.png"]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in first)


def test_a_dollar_is_no_formula(summary: dict[str, Any], tmp_path: Path):
    topics = [{**summary["topics"][0], "name": {"zh": "$x_{$ 券", "en": "$x_{$"}}]
    assert write_figures({**summary, "topics": topics}, tmp_path)
