"""Only whole new rows of files that grow, whatever they are cut at."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from pathlib import Path

import pandas as pd
import pytest

from sentiment.config import IngestSettings
from sentiment.ingest import read_posts
from sentiment.store import FileState
from sentiment.watch.growing import Chunk, Reader

HEADER = "id,bid,user_id,用户昵称,微博正文,发布时间\r\n"
ROW = '{n},b{n},u{n},名{n},"美团崩了，{n}",2026-03-12 12:{n:02d}\r\n'
READER = Reader("salt", IngestSettings(), settle=5.0)


class Scraper:
    """Writes a file bit by bit and reads what is new of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state: FileState | None = None

    def write(self, text: str | bytes) -> None:
        with self.path.open("ab") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def read(self, *, settled: bool = False) -> list[Chunk]:
        if settled:
            old = time.time() - 60
            os.utime(self.path, (old, old))
        chunks = list(READER.changes(self.path, self.path.name, self.state))
        self.state = chunks[-1].file if chunks else self.state
        return chunks

    def texts(self, *, settled: bool = False) -> list[str]:
        return [text for chunk in self.read(settled=settled) for text in chunk.posts["text"]]


@pytest.fixture
def csv(tmp_path: Path) -> Scraper:
    return Scraper(tmp_path / "posts.csv")


@pytest.fixture
def lines(tmp_path: Path) -> Scraper:
    return Scraper(tmp_path / "posts.jsonl")


def note(n: int) -> str:
    return json.dumps(
        {"note_id": f"{n}", "content": f"美团崩了{n}", "create_time": 1773286920}, ensure_ascii=False
    )


def test_new_rows_of_a_csv_come_once(csv: Scraper) -> None:
    csv.write(HEADER + ROW.format(n=1))
    assert csv.texts() == ["美团崩了，1"]
    assert csv.texts() == []
    csv.write(ROW.format(n=2) + ROW.format(n=3))
    (chunk,) = csv.read()
    assert chunk.posts["text"].tolist() == ["美团崩了，2", "美团崩了，3"]
    assert chunk.posts["source"].tolist() == ["posts.csv:3", "posts.csv:4"]
    assert (chunk.file.rows, chunk.file.records) == (2, 4)


def test_a_header_alone_is_waited_with(csv: Scraper) -> None:
    csv.write(HEADER)
    assert csv.texts() == []
    csv.write(ROW.format(n=1))
    assert csv.texts() == ["美团崩了，1"]


def test_half_a_row_waits_for_its_other_half(csv: Scraper) -> None:
    row = ROW.format(n=2).encode()
    csv.write(HEADER + ROW.format(n=1))
    csv.write(row[:30])
    assert csv.texts() == ["美团崩了，1"]
    csv.write(row[30:])
    assert csv.texts() == ["美团崩了，2"]


def test_a_line_break_in_quotes_ends_no_row(csv: Scraper) -> None:
    csv.write(HEADER + ROW.format(n=1) + '2,b,u,名,"第一行\n')
    assert csv.texts() == ["美团崩了，1"]
    csv.write('第二行",2026-03-12 12:02\r\n')
    assert csv.texts() == ["第一行\n第二行"]


def test_a_stray_quote_holds_up_no_rows(csv: Scraper) -> None:
    csv.write(HEADER + ROW.format(n=1) + '2,b,u,名,"没有合上,2026-03-12 12:02\r\n' + ROW.format(n=3))
    assert "美团崩了，3" in csv.texts()
    csv.write(ROW.format(n=4))
    assert csv.texts() == ["美团崩了，4"]


def test_a_last_row_without_a_line_end_is_taken_once_the_file_is_written(csv: Scraper) -> None:
    csv.write(HEADER + ROW.format(n=1) + ROW.format(n=2).rstrip())
    assert csv.texts() == ["美团崩了，1"]
    assert csv.texts(settled=True) == ["美团崩了，2"]
    csv.write("\r\n" + ROW.format(n=3))
    assert csv.texts() == ["美团崩了，2", "美团崩了，3"]  # read again, known to the store


def test_json_lines_grow_too(lines: Scraper) -> None:
    lines.write(note(1) + "\n" + note(2)[:20])
    assert lines.texts() == ["美团崩了1"]
    lines.write(note(2)[20:] + "\n{broken\n" + note(3) + "\n")
    (chunk,) = lines.read()
    assert chunk.posts["source"].tolist() == ["posts.jsonl:2", "posts.jsonl:4"]
    assert chunk.rejected["source"].tolist() == ["posts.jsonl:3"]


def test_lost_ids_stay_apart_from_tail_to_tail(csv: Scraper) -> None:
    csv.write("微博正文,发布时间,用户昵称,转发数,评论数\n")
    for n in range(3):
        csv.write(f"美团崩了 {n},2026-03-12 12:0{n},,0,0\n")
    ids = [one for chunk in csv.read() for one in chunk.posts["post_id"]]
    csv.write("美团崩了 9,2026-03-12 12:09,,0,0\n")
    ids += [one for chunk in csv.read() for one in chunk.posts["post_id"]]
    assert len(set(ids)) == 4


def test_a_file_written_anew_is_read_from_its_beginning(csv: Scraper) -> None:
    csv.write(HEADER + ROW.format(n=1) + ROW.format(n=2))
    csv.read()
    csv.path.write_text(HEADER + ROW.format(n=5), encoding="utf-8")
    assert csv.texts() == ["美团崩了，5"]


def test_a_copy_of_a_known_file_brings_nothing(csv: Scraper, tmp_path: Path) -> None:
    csv.write(HEADER + ROW.format(n=1))
    csv.read()
    assert csv.state is not None
    copy = tmp_path / "copy.csv"
    shutil.copy(csv.path, copy)
    (chunk,) = READER.changes(copy, "copy.csv", None, [csv.state])
    assert (len(chunk.posts), chunk.file.start) == (0, csv.state.start)


def test_other_files_wait_until_they_are_written(tmp_path: Path) -> None:
    scraper = Scraper(tmp_path / "posts.json")
    scraper.write("[" + note(1))
    assert scraper.read() == []
    scraper.write("," + note(2) + "]")
    assert scraper.read() == []
    assert scraper.texts(settled=True) == ["美团崩了1", "美团崩了2"]
    assert scraper.read() == []


def test_an_unreadable_file_is_named_and_left(tmp_path: Path) -> None:
    scraper = Scraper(tmp_path / "posts.csv")
    scraper.write(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100)
    (chunk,) = scraper.read(settled=True)
    assert chunk.file.error is not None
    assert "old Excel" in chunk.file.error
    assert scraper.read() == []


def test_any_cut_gives_the_rows_of_the_whole_file(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "data" / "sample" / "meituan" / "weibo_search.csv"
    data = sample.read_bytes()[:150_000]
    whole = tmp_path / "whole.csv"
    whole.write_bytes(data[: data.rfind(b"\n") + 1])
    expected = read_posts(whole, salt="salt")
    scraper, rng, got = Scraper(tmp_path / "posts.csv"), random.Random(0), []
    while data:
        size = rng.randint(1, 30_000)
        scraper.write(data[:size])
        data = data[size:]
        got += scraper.read()
    totals = expected.quality.totals
    posts = pd.concat([chunk.posts for chunk in got])
    assert sum(chunk.file.rows for chunk in got) == totals["rows"]
    assert sum(chunk.file.rejected for chunk in got) == totals["rejected"]
    assert set(expected.posts["post_id"]) <= set(posts["post_id"])
