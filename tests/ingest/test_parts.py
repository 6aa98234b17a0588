"""What is set aside: the same rows back, in memory while few, gone from the disk with their owner."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sentiment.errors import SentimentError
from sentiment.ingest import check_files, parts, read_posts
from sentiment.ingest import read as reading
from sentiment.ingest.parts import Numbers, Parts, Runs

Save = Callable[..., Path]
Search = Callable[..., str]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for temporary files."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def frame(start: int, stop: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"n": range(start, stop), "text": pd.Series([f"第{n}个" for n in range(start, stop)])}
    )


@pytest.mark.parametrize("sizes", [[1], [3, 3, 3], [1, 1, 1, 1, 1, 1, 1], [5], [2, 0, 5, 4]])
def test_rows_come_back_in_order_in_parts_of_bounded_size(sizes: list[int], temporary: Path):
    held, ends = Parts(most=5), np.cumsum(sizes)
    for end, size in zip(ends, sizes, strict=True):
        held.add(frame(end - size, end))
    got = list(held.read())
    pd.testing.assert_frame_equal(pd.concat(got, ignore_index=True), frame(0, ends[-1]))
    assert all(len(part) <= 5 for part in got)
    assert held.rows == ends[-1]
    assert held.in_memory == (ends[-1] <= 5)
    assert [list(part.columns) for part in held.read(["text"])] == [["text"]] * len(got)
    assert bool(list(temporary.iterdir())) != held.in_memory


def test_large_rows_are_written_early(temporary: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "_HELD", 100)
    held = Parts(most=1000)
    for n in range(4):
        held.add(frame(n * 5, n * 5 + 5))
    assert len(list(held.read())) == 4


def test_temporary_files_go_with_the_result(
    temporary: Path, save: Save, search: Search, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "CHUNK", 10)
    monkeypatch.setattr(reading, "READ_AT_ONCE", 10)
    monkeypatch.setattr(parts, "_HELD_NUMBERS", 8)
    monkeypatch.setattr(parts, "_HELD_TEXTS", 8)
    got = read_posts(save("a.csv", search(*[f"第{n}个人付不了款" for n in range(35)])))
    assert len(list(temporary.iterdir())) == 1
    rest = got.chunks()
    next(rest)
    kept = got.settled
    del got, rest
    gc.collect()
    assert len(pd.concat(kept.posts())) == 35  # whoever holds the rows keeps their files
    del kept
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_few_rows_never_touch_the_disk(temporary: Path, save: Save, search: Search):
    got = read_posts(save("a.csv", search("付不了款", "", "打不开")))
    assert len(list(got.chunks())) == 1
    assert got.posts is next(got.chunks())
    assert list(temporary.iterdir()) == []


def test_a_full_disk_is_one_sentence(
    temporary: Path, save: Save, search: Search, monkeypatch: pytest.MonkeyPatch
):
    def full(*_args: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reading, "READ_AT_ONCE", 1)
    monkeypatch.setattr(reading, "CHUNK", 1)
    monkeypatch.setattr(pa, "OSFile", full)
    with pytest.raises(
        SentimentError, match=r"Cannot set rows aside in .*: No space left on device; free some"
    ):
        check_files(save("a.csv", search("付不了款", "打不开")))


@pytest.mark.parametrize("held", [1, 1 << 20])
def test_numbers_and_runs_come_back(held: int, temporary: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "_HELD_NUMBERS", held)
    monkeypatch.setattr(parts, "_HELD_TEXTS", held)
    numbers, runs = Numbers("u8"), Runs("u4")
    for chunk in ([[3, 1, 4], []], [], [[1, 5]]):
        lengths = np.array([len(run) for run in chunk], dtype=np.int64)
        numbers.add(lengths)
        runs.add(np.array([n for run in chunk for n in run], dtype=np.uint32), lengths)
    runs.open()
    assert numbers.load().tolist() == [3, 0, 2]
    values, lengths = runs.get(np.array([2, 1, 0]))
    assert (values.tolist(), lengths.tolist()) == ([1, 5, 3, 1, 4], [2, 0, 3])
