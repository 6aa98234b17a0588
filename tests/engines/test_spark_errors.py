"""What a new user of the Spark engine gets wrong, and what lies around: one clear sentence each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from sentiment.engines.spark import as_spark, read_table
from sentiment.engines.spark.java import provide_java
from sentiment.errors import InputError, SentimentError
from sentiment.ingest import Ingested, read_posts
from sentiment.pipeline import analyze

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")


def java_home(folder: Path, program: str) -> dict[str, str]:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\n{program}\n")
    java.chmod(0o700)
    return {"JAVA_HOME": str(folder)}


def test_java_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentiment.engines.spark.java.find_spec", lambda _name: None)
    with pytest.raises(SentimentError, match=r"Spark needs Java 17 or newer .* install it"):
        provide_java({"PATH": ""})


@pytest.mark.parametrize(("told", "version"), [("1.8.0_402", "8"), ("11.0.22", "11")])
def test_java_that_is_too_old(told: str, version: str, tmp_path: Path) -> None:
    with pytest.raises(SentimentError, match=rf"Java 17 or newer, and \S*java is Java {version}: install"):
        provide_java(java_home(tmp_path, f"echo 'openjdk version \"{told}\"' >&2"))


def test_a_java_home_without_java(tmp_path: Path) -> None:
    with pytest.raises(SentimentError, match=r"cannot be started \(FileNotFoundError\): set JAVA_HOME"):
        provide_java({"JAVA_HOME": str(tmp_path)})


def test_a_java_that_is_there_is_left_alone(tmp_path: Path) -> None:
    given = java_home(tmp_path, "echo 'openjdk version \"21.0.2\"' >&2")
    environment = dict(given)
    provide_java(environment)
    assert environment == given


def test_the_java_of_the_package_starts() -> None:
    environment = {"PATH": ""}
    provide_java(environment)
    java = Path(environment["JAVA_HOME"]) / "bin" / "java"
    options = ["--add-modules=jdk.incubator.vector", "-version"]
    told = subprocess.run([java, *options], capture_output=True, text=True, check=True)
    assert "version" in told.stderr


def test_pyspark_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyspark"] or ["pyspark"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SentimentError, match=r"needs pyspark: pip install 'outage-sentiment\[spark\]'"):
        analyze(pd.DataFrame({"text": ["又崩了"]}), engine="spark")


def test_paths_without_posts(spark, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no \S+absent.parquet here"):
        analyze(tmp_path / "absent.parquet", engine="spark")
    with pytest.raises(InputError, match=r"Spark cannot read \S+absent.parquet: .*does not exist"):
        read_table(spark, (tmp_path / "absent.parquet").as_uri())
    with pytest.raises(InputError, match="Spark cannot tell what s3a://bucket/posts holds"):
        analyze("s3a://bucket/posts", engine="spark")
    with pytest.raises(InputError, match=r"The folder \S+ holds no files"):
        analyze(tmp_path, engine="spark")
    (tmp_path / "posts.parquet").write_bytes(b"no parquet at all")
    with pytest.raises(InputError, match=r"Spark cannot read \S+posts.parquet: "):
        analyze(tmp_path, engine="spark")
    (tmp_path / "posts.csv").write_text("text\n又崩了\n", encoding="utf-8")
    with pytest.raises(InputError, match="files of one kind at once, not csv and parquet"):
        analyze(tmp_path, engine="spark")


def test_what_is_no_source_and_no_engine(spark) -> None:
    with pytest.raises(InputError, match="not int"):
        analyze(7, engine="spark")
    with pytest.raises(SentimentError, match="did you mean 'spark'"):
        analyze(pd.DataFrame({"text": ["又崩了"]}), engine="sprak")
    with pytest.raises(InputError, match="holds no posts"):
        analyze(as_spark(pd.DataFrame({"fans": [3], "nickname": ["小王"]}), spark), engine="spark")
    with pytest.raises(InputError, match="Cannot read since='soon' as a time"):
        analyze(pd.DataFrame({"text": ["又崩了"]}), engine="spark", since="soon")


CSV = """id,发布时间,内容
1,2026-03-12 12:00:00,美团又崩了
2,2026-03-12 12:01
3,2026-03-12 12:02:00,点不了外卖,多余
"""


def test_torn_rows_and_other_encodings(spark, tmp_path: Path) -> None:
    torn, other = tmp_path / "torn.csv", tmp_path / "other.csv"
    torn.write_bytes(CSV.encode() + "4,2026-03-12 12:03:00,客服电话打不通\n".encode("gb18030"))
    got = analyze(torn, engine="spark").ingested
    assert got.posts["text"].tolist() == ["美团又崩了", "点不了外卖"]
    assert got.rejected["source"].tolist() == ["frame:2", "frame:4"]
    assert got.rejected["reason"].tolist() == ["no text", "unreadable characters"]
    other.write_text(CSV, encoding="gb18030")
    with pytest.raises(InputError, match="its text is not UTF-8"):
        analyze(other, engine="spark")


def test_times_as_pandas_writes_them(spark, sample: Ingested, tmp_path: Path) -> None:
    few = sample.posts.head(20)
    few.to_parquet(tmp_path / "posts.parquet")
    table = read_table(spark, (tmp_path / "posts.parquet").as_uri()).toArrow().to_pandas()
    assert read_posts(table).posts["created_at"].equals(few["created_at"])


QUIET = """
import sentiment as st
st.analyze(st.sample_posts().posts.head(60), engine="spark", progress=lambda stage, rows: print(stage, rows))
"""


def test_a_run_says_how_far_it_is_and_nothing_else(tmp_path: Path) -> None:
    told = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, check=True)
    assert told.stderr == ""
    assert "annotate 60" in told.stdout.splitlines()
