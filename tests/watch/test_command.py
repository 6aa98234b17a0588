"""The commands `watch` and `store`: exit codes, one sentence, JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sentiment.cli import cli
from sentiment.ingest import read_posts
from sentiment.store import write_store
from tests.watch.replay import slices

SLICES = slices([f"2026-03-12 {time}" for time in ("11:35", "11:46")])


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    """A configuration whose folder holds the beginning of the outage."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "posts.csv").write_bytes(b"".join(SLICES))
    path = tmp_path / "watch.toml"
    path.write_text('[watch]\nfolders = ["in"]\nsettle_seconds = 0\n', encoding="utf-8")
    return path


def test_an_open_incident_is_exit_code_4(toml: Path) -> None:
    done = run("watch", toml, "--once", "--exit-on-incident")
    assert done.exit_code == 4
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [one["event"] for one in events][:3] == ["started", "taken in", "event"]
    assert (events[2]["id"], events[2]["level"]) == ("美团-20260312-1/trigger-1", "info")
    assert run("watch", toml, "--once").exit_code == 0


def test_too_many_rejected_rows_are_exit_code_3(toml: Path) -> None:
    with toml.open("a", encoding="utf-8") as file:
        file.write("[ingest]\nmax_rejected = 0.01\n")
    with (toml.parent / "in" / "posts.csv").open("ab") as file:
        file.write(b"".join(b"%d" % n + b"," * 20 + b"\r\n" for n in range(40)))
    done = run("watch", toml, "--once")
    assert done.exit_code == 3
    assert "of the new rows were rejected, more than the allowed 1.0%." in done.stderr


def test_a_second_watch_is_told_who_works(toml: Path) -> None:
    with write_store(toml.parent / "store"):
        done = run("watch", toml, "--once")
    assert "is being written by process" in str(done.exception)


def test_a_store_is_checked_compacted_exported_and_pruned(toml: Path, tmp_path: Path) -> None:
    run("watch", toml, "--once")
    store, out = tmp_path / "store", tmp_path / "posts.csv"
    found = json.loads(run("store", "check", store).stdout)
    assert found["problems"] == []
    assert "files merged" in run("store", "compact", store).stdout
    assert run("store", "export", store, "-o", out).exit_code == 0
    again = read_posts(out)
    assert len(again) == found["posts"]
    assert (
        run("store", "export", store, "--since", "2026-03-12 11:40", "-o", tmp_path / "few.parquet").exit_code
        == 0
    )
    assert len(read_posts(tmp_path / "few.parquet")) < found["posts"]
    assert run("store", "prune", store, "--keep-days", "1").stdout == "0 posts forgotten.\n"


def test_a_broken_store_is_exit_code_1(toml: Path, tmp_path: Path) -> None:
    run("watch", toml, "--once")
    next((tmp_path / "store" / "posts").glob("*/*.parquet")).unlink()
    done = run("store", "check", tmp_path / "store")
    assert done.exit_code == 1
    assert "is missing or damaged" in done.stdout


@pytest.mark.parametrize("words", [("check", "{}"), ("compact", "{}"), ("prune", "{}", "--keep-days", "9")])
def test_no_store_is_said_to_be_none(words: tuple[str, ...], tmp_path: Path) -> None:
    done = run("store", *(word.format(tmp_path) for word in words))
    assert "is no store" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_an_export_needs_a_known_ending(tmp_path: Path) -> None:
    with write_store(tmp_path / "store"):
        pass
    assert "name it .csv or .parquet" in str(
        run("store", "export", tmp_path / "store", "-o", "x.xls").exception
    )
