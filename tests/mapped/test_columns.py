"""Columns in files are the same frame."""

from __future__ import annotations

import gc
import threading
import time

import numpy as np
import pandas as pd
import pytest

from sentiment.mapped import ColumnFiles
from sentiment.mapped.resting import Rest, _Watch, mapped_megabytes
from sentiment.pipeline import Analysis
from sentiment.schema import ANNOTATED


@pytest.fixture
def frame(sample_analysis: Analysis) -> pd.DataFrame:
    return sample_analysis.annotated


def in_files(frame: pd.DataFrame, rows: int) -> pd.DataFrame:
    files = ColumnFiles(ANNOTATED)
    for start in range(0, len(frame), rows):
        files.append(frame.iloc[start : start + rows])
    return files.frame()


@pytest.mark.parametrize("rows", [1, 7, 500])
def test_the_frame_is_the_same_in_whatever_chunks_it_came(frame: pd.DataFrame, rows: int) -> None:
    pd.testing.assert_frame_equal(in_files(frame, rows), frame)


def test_untimed_posts_and_unknown_numbers_stay_unknown(frame: pd.DataFrame) -> None:
    gaps = frame.assign(
        created_at=frame["created_at"].where(np.arange(len(frame)) % 2 == 0),
        likes=frame["likes"].where(np.arange(len(frame)) % 3 == 0),
    )
    pd.testing.assert_frame_equal(in_files(gaps, 100), gaps)


def test_no_rows_give_an_empty_frame() -> None:
    empty = ColumnFiles(ANNOTATED).frame()
    assert {name: str(dtype) for name, dtype in empty.dtypes.items()} == dict(ANNOTATED)


def test_a_frame_in_files_can_be_written_to_and_no_other_sees_it(frame: pd.DataFrame) -> None:
    mapped = in_files(frame, 100)
    changed = mapped.copy()
    changed.loc[3, ["stance", "p_neutral"]] = ["neutral", 0.5]
    mapped.loc[4, "p_neutral"] = 0.25
    assert changed.loc[3, "p_neutral"] == 0.5
    assert mapped.loc[4, "p_neutral"] == 0.25
    assert mapped.loc[3, "p_neutral"] == frame.loc[3, "p_neutral"]


def test_texts_come_back_after_their_pages_were_let_go(frame: pd.DataFrame) -> None:
    files = ColumnFiles(ANNOTATED)
    files.append(frame)
    mapped = files.frame()
    before = mapped["text"].tolist()
    files.rest()
    assert mapped["text"].tolist() == before == frame["text"].tolist()


def test_pages_are_let_go_while_a_column_is_read() -> None:
    large = pd.DataFrame({"text": pd.Series(["又崩了" * 700], dtype="str").repeat(9_000)})
    files = ColumnFiles({"text": "str"})
    files.append(large)
    mapped = files.frame()
    started = mapped_megabytes()
    assert mapped["text"].str.len().sum() == 2_100 * 9_000
    looked_at = mapped_megabytes()
    assert looked_at > started + 40
    Rest(files._maps, most=-1_000).start()
    waited = time.monotonic() + 10
    while mapped_megabytes() > looked_at - 40 and time.monotonic() < waited:
        time.sleep(0.02)
    assert mapped_megabytes() < looked_at - 40
    assert mapped["text"].iat[8_999] == "又崩了" * 700


def resting() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if isinstance(thread, Rest)}


def test_one_thread_lets_pages_of_all_frames_go_and_ends_with_the_last(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentiment.mapped.resting._WATCH", _Watch())
    before = resting()
    frames = [in_files(frame, 100), in_files(frame, 100)]
    (thread,) = resting() - before
    frames.pop()
    gc.collect()
    thread.join(timeout=0.2)
    assert thread.is_alive()
    frames.clear()
    gc.collect()
    thread.join(timeout=5)
    assert not thread.is_alive()
    another = in_files(frame, 100)
    assert len(resting() - before) == 1
    assert len(another) == len(frame)


def test_nothing_is_left_behind(frame: pd.DataFrame, tmp_path) -> None:
    files = ColumnFiles(ANNOTATED, folder=tmp_path)
    files.append(frame)
    mapped = files.frame()
    assert list(tmp_path.iterdir()) == []
    assert len(mapped) == len(frame)
