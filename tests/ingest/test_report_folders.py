"""A report written into the folder of exports is not read back."""

from __future__ import annotations

from pathlib import Path

from sentiment.ingest import read_posts


def test_a_report_beside_the_exports_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("content\n美团又崩了\n", encoding="utf-8")
    report = tmp_path / "report"
    (report / "figures").mkdir(parents=True)
    for name in ("run.json", "report.html", "incidents.json", "posts.parquet", "topics.csv"):
        (report / name).write_text("content\n不是帖子\n", encoding="utf-8")
    assert read_posts(tmp_path).posts["text"].tolist() == ["美团又崩了"]


def test_a_folder_that_only_looks_like_a_report_is_read(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('[{"content": "又崩了"}]', encoding="utf-8")
    assert len(read_posts(tmp_path)) == 1
