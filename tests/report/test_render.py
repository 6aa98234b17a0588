"""A written report: its files, its cell in a notebook."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from sentiment.errors import ConfigError, InputError
from sentiment.report import render_html, write_report


def test_the_files_of_the_design(summary: dict[str, Any], tmp_path: Path):
    report = write_report(summary, tmp_path / "deep" / "out")
    files = {
        path.relative_to(tmp_path / "deep" / "out").as_posix() for path in report.html.parent.rglob("*.*")
    }
    figures = {f"figures/{name}.png" for name in ("timeline", "stance", "topics", "response")}
    assert files == {"report.html", "statement.md", "report.md", "report.pdf", "report.xlsx", *figures}
    assert report.html.read_text(encoding="utf-8") == render_html(summary)
    assert len(report.figures) == 4


def test_it_shows_itself(summary: dict[str, Any], tmp_path: Path):
    report = write_report(summary, tmp_path, lang="en")
    cell = report._repr_html_()
    assert "青禾外卖 had an outage" in cell
    assert f'href="{report.html.as_posix()}"' in cell


def test_a_headline_cannot_inject_into_the_cell(summary: dict[str, Any], tmp_path: Path):
    forged = copy.deepcopy(summary)
    forged["verdict"]["zh"]["headline"] = [{"text": "<script>1</script>"}]
    assert "<script>" not in write_report(forged, tmp_path)._repr_html_()


def test_a_forged_summary_writes_nothing(summary: dict[str, Any], tmp_path: Path):
    forged = copy.deepcopy(summary)
    forged["quotes"]["complaint"][0]["text"] = "不是原话"
    with pytest.raises(InputError, match="not word for word"):
        write_report(forged, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_unknown_language_is_refused(summary: dict[str, Any], tmp_path: Path):
    with pytest.raises(ConfigError, match="zh or en"):
        write_report(summary, tmp_path / "out", lang="jp")
