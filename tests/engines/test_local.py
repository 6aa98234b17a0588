"""Work in pieces and processes: the same rows, nothing lost to a death, nothing done twice."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from sentiment.engines import RowWork, annotate_chunks, annotate_each, count_jobs
from sentiment.engines import worker as worker_module
from sentiment.engines.processes import Workers
from sentiment.engines.worker import Piece, pack
from sentiment.errors import ConfigError, InputError, SentimentError
from sentiment.ingest import Ingested
from sentiment.pipeline import Analysis

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def posts(sample: Ingested) -> pd.DataFrame:
    return sample.posts.head(200)


@pytest.fixture(scope="module")
def wanted(sample_analysis: Analysis) -> pd.DataFrame:
    return sample_analysis.annotated.head(200)


def halves(posts: pd.DataFrame) -> Iterator[pd.DataFrame]:
    yield posts.iloc[:90].reset_index(drop=True)
    yield posts.iloc[90:].reset_index(drop=True)


@pytest.mark.parametrize("jobs", [1, 2])
def test_pieces_give_the_same_rows_in_order(jobs: int, posts: pd.DataFrame, wanted: pd.DataFrame) -> None:
    told: list[int] = []
    got = annotate_chunks(
        halves(posts), RowWork(), rows=200, jobs=jobs, piece=40, alone=0, progress=told.append
    )
    pd.testing.assert_frame_equal(got, wanted)
    assert told == [40, 80, 90, 130, 170, 200]


def test_few_posts_are_done_here(posts: pd.DataFrame, wanted: pd.DataFrame, tmp_path: Path) -> None:
    got = annotate_chunks([posts], RowWork(), rows=200, folder=tmp_path / "pieces")
    pd.testing.assert_frame_equal(got, wanted)
    assert not (tmp_path / "pieces").exists()


def test_posts_of_other_services_are_left_out(posts: pd.DataFrame) -> None:
    got = annotate_chunks([posts], RowWork(service="饿了么"), rows=200, jobs=1, piece=60, alone=0)
    assert set(got["service"]) == {"", "饿了么"}


def test_a_stopped_run_goes_on_from_its_pieces(
    posts: pd.DataFrame, wanted: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"rows": 200, "jobs": 1, "piece": 50, "alone": 0, "folder": tmp_path / "pieces"}
    stopped = annotate_each([posts], RowWork(), **options)
    next(stopped), next(stopped)
    stopped.close()
    left = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "pieces").iterdir()}
    assert len(left) == 2

    done: list[str] = []
    work = worker_module.run_piece
    monkeypatch.setattr(
        "sentiment.engines.local.run_piece", lambda piece: (done.append(piece.target.name), work(piece))
    )
    got = annotate_chunks([posts], RowWork(), resume=True, **options)
    pd.testing.assert_frame_equal(got, wanted)
    assert len(done) == 2
    assert not left.keys() & set(done)


@pytest.mark.parametrize("change", ["posts", "settings"])
def test_pieces_of_other_posts_or_settings_are_not_taken(
    change: str, posts: pd.DataFrame, tmp_path: Path
) -> None:
    options = {"rows": 200, "jobs": 1, "piece": 200, "alone": 0, "folder": tmp_path / "pieces"}
    annotate_chunks([posts], RowWork(), **options)
    other = posts.assign(text="京东崩了") if change == "posts" else posts
    service = "京东" if change == "settings" else ""
    got = annotate_chunks([other], RowWork(service=service), resume=True, **options)
    assert set(got["service"]) <= {"", "京东"}
    assert len(list((tmp_path / "pieces").iterdir())) == 2


def test_without_resume_a_run_begins_anew(posts: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "pieces").mkdir()
    (tmp_path / "pieces" / "old.arrow").touch()
    annotate_chunks([posts], RowWork(), rows=200, jobs=1, alone=0, folder=tmp_path / "pieces")
    assert "old.arrow" not in {path.name for path in (tmp_path / "pieces").iterdir()}


def test_a_worker_that_is_killed_is_replaced_and_told(
    posts: pd.DataFrame, wanted: pd.DataFrame, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workers = Workers()
    piece = Piece(RowWork(), pack(posts), tmp_path / "done.arrow")

    def kill_first() -> None:
        while not workers._all:
            time.sleep(0.005)
        os.kill(workers._all[0].pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_first)
    killer.start()
    with caplog.at_level(logging.WARNING, "sentiment.engines"):
        workers.run(piece)
    killer.join()
    workers.stop()
    assert "A worker process died (exit status -9); its posts are done again (1 of 2)." in caplog.text
    pd.testing.assert_frame_equal(worker_module.read_piece(piece.target).to_pandas(), wanted)


def test_ctrl_c_leaves_whole_pieces_and_no_worker(
    posts: pd.DataFrame, wanted: pd.DataFrame, tmp_path: Path
) -> None:
    options = {"rows": 200, "jobs": 2, "piece": 40, "alone": 0, "folder": tmp_path / "pieces"}

    def stop(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        annotate_chunks([posts], RowWork(), progress=stop, **options)
    whole = sorted((tmp_path / "pieces").glob("*.arrow"))
    pd.testing.assert_frame_equal(worker_module.read_piece(whole[0]).to_pandas(), wanted.head(40))
    assert not [thread for thread in threading.enumerate() if "sentiment-worker" in thread.name]
    rest = annotate_chunks([posts], RowWork(), resume=True, **{**options, "jobs": 1})
    pd.testing.assert_frame_equal(rest, wanted)


def test_a_worker_that_starts_while_all_are_stopped_is_ended_too(
    posts: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers, start = Workers(), subprocess.Popen
    stopper = threading.Thread(target=workers.stop)

    def start_late(*args: object, **options: object) -> subprocess.Popen[bytes]:
        stopper.start()
        stopper.join(timeout=0.2)
        return start(*args, **options)

    monkeypatch.setattr(subprocess, "Popen", start_late)
    with pytest.raises(SentimentError, match=r"Stopped\."):
        workers.run(Piece(RowWork(), pack(posts), tmp_path / "never.arrow"))
    stopper.join()
    (worker,) = workers._all
    assert worker.returncode is not None
    assert worker.stdin.closed
    assert worker.stdout.closed
    with pytest.raises(SentimentError, match=r"Stopped\."):
        workers.run(Piece(RowWork(), pack(posts), tmp_path / "never.arrow"))


def test_workers_that_always_die_end_the_run_in_one_sentence(posts: pd.DataFrame, tmp_path: Path) -> None:
    workers = Workers(program=[sys.executable, "-c", "raise SystemExit(9)"])
    with pytest.raises(SentimentError, match="died 3 times over the same posts"):
        workers.run(Piece(RowWork(), pack(posts), tmp_path / "never.arrow"))
    workers.stop()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_read_is_one_sentence(posts: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Cannot read .*absent\.toml"):
        annotate_chunks([posts], RowWork(topics=str(tmp_path / "absent.toml")), rows=200, alone=0)


def test_a_workers_error_is_the_callers_error(posts: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "topics.toml").write_text("no topics", encoding="utf-8")
    with pytest.raises(SentimentError, match=r"topics\.toml"):
        annotate_chunks([posts], RowWork(topics=str(tmp_path / "topics.toml")), rows=200, jobs=2, alone=0)


def test_a_script_without_a_main_guard_may_use_processes(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import pandas as pd\n"
        "from sentiment.engines import RowWork, annotate_chunks\n"
        "posts = pd.DataFrame({'text': ['美团又崩了'] * 4})\n"
        "print(len(annotate_chunks([posts], RowWork(), rows=4, jobs=2, alone=0)))\n",
        encoding="utf-8",
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert run.stdout == "4\n"


def test_jobs_are_counted_and_checked() -> None:
    assert count_jobs(None) >= 1
    with pytest.raises(ConfigError, match="jobs must be 1 or more, not 0"):
        count_jobs(0)
