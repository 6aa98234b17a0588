"""Spark beyond the contract: paths, parts, growing folders, Java."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from sentiment.cli import cli
from sentiment.engines.spark import (
    TableWork,
    annotate_table,
    as_spark,
    find_uncounted,
    follow,
    gather,
    read_table,
    write_table,
)
from sentiment.errors import InputError
from sentiment.ingest import Ingested
from sentiment.pipeline import analyze
from tests.engines.growing import drop

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
COLUMNS = "id string, created_at timestamp, text string, user_id string"


@pytest.fixture(scope="module")
def posts(sample: Ingested) -> pd.DataFrame:
    return sample.posts


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_tables_come_back_as_they_were_written(kind: str, posts: pd.DataFrame, spark, tmp_path: Path) -> None:
    few = posts[["post_id", "text"]].head(50)
    place = (tmp_path / f"posts.{kind}").as_uri()
    write_table(as_spark(few, spark), place)
    got = read_table(spark, place).toArrow().to_pandas().astype("str")
    assert got.sort_values("post_id")["text"].tolist() == few.sort_values("post_id")["text"].tolist()


def test_rejected_rows_and_other_services_are_told_apart(posts: pd.DataFrame, spark) -> None:
    empty = posts.head(3).assign(text="", post_id=["x", "y", "z"])
    analysis = analyze(as_spark(pd.concat([posts, empty]), spark), engine="spark", service="美团")
    assert analysis.ingested.quality.totals["rejected"] == 3
    assert len(analysis.ingested.rejected) == 3
    assert analysis.ingested.quality.totals["duplicates"] == 0
    assert set(analysis.annotated["service"]) == {"", "美团"}
    assert "美团" in set(analysis.counts["service"])


def test_too_many_posts_for_a_report_is_one_sentence(posts: pd.DataFrame, spark) -> None:
    with pytest.raises(InputError, match="more than one report is made of here"):
        gather(annotate_table(as_spark(posts, spark), TableWork()), most=100)


def test_the_command_runs_on_spark(posts: pd.DataFrame, spark, tmp_path: Path) -> None:
    posts[["post_id", "created_at", "text", "author"]].to_csv(tmp_path / "posts.csv", index=False)
    out = tmp_path / "out"
    options = ["--engine", "spark", "--salt", "x", "--out", str(out)]
    done = CliRunner().invoke(cli, ["analyze", (tmp_path / "posts.csv").as_uri(), *options])
    assert done.exit_code == 0, done.output
    assert "美团" in done.output
    assert len(pd.read_parquet(out / "posts.parquet")) == len(posts)


def test_a_growing_folder_is_done_once_and_late_posts_are_told(
    spark, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, out = tmp_path / "in", (tmp_path / "out").as_uri()
    folder.mkdir()

    def look() -> tuple[int, int]:
        done = follow(
            spark, folder.as_uri(), out, work=TableWork(), schema=COLUMNS, kind="json", watermark="10 minutes"
        )
        return done.posts, done.late

    drop(folder, "a", "2026-03-12 12:00:00", ["美团又崩了"] * 6)
    assert look() == (6, 0)
    drop(folder, "b", "2026-03-12 14:00:00", ["外卖点不了"] * 6)
    assert look() == (6, 0)
    assert look() == (0, 0)
    with caplog.at_level(logging.WARNING, "sentiment.engines"):
        drop(folder, "c", "2026-03-12 12:30:00", ["太晚了，美团崩了"] * 5)
        assert look() == (5, 5)
    assert "5 posts came more than 10 minutes late" in caplog.text
    assert find_uncounted(spark, out, watermark="10 minutes") == 5
    written = spark.read.parquet(f"{out}/posts").toArrow().to_pandas()
    assert len(written) == written["post_id"].nunique() == 17
    counts = spark.read.parquet(f"{out}/counts").toArrow().to_pandas()
    assert counts["all"].tolist() == [6]
    assert counts["service"].tolist() == ["美团"]
