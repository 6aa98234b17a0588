"""Reading posts: CPU time against ``pandas.read_csv``, memory on a huge file, and files damaged at random."""

from __future__ import annotations

import argparse
import csv
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.ingest_damage import make_case, read_case
from benchmarks.stages import cpu_seconds
from sentiment.cli import cli
from sentiment.errors import InputError
from sentiment.ingest import check_files, read_posts
from sentiment.ingest import read as reading
from sentiment.ingest.tables import Table, open_tables

HEADER = (
    "id",
    "bid",
    "user_id",
    "用户昵称",
    "微博正文",
    "头条文章url",
    "发布位置",
    "艾特用户",
    "话题",
    "转发数",
    "评论数",
    "点赞数",
    "发布时间",
    "发布工具",
    "微博图片url",
    "微博视频url",
    "retweet_id",
    "ip",
    "user_authentication",
    "会员类型",
    "会员等级",
)
OPENINGS = (
    "有人和我一样吗",
    "急死了",
    "第三次了",
    "刚刚",
    "#云帆外卖崩了#",
    "在公司楼下",
    "【突发】",
    "转发微博//@老王:",
)
FAILURES = (
    "付款一直转圈",
    "登录不上",
    "取票码刷不出来",
    "订单消失了",
    "页面全白",
    "提示网络异常",
    "地图加载不了",
)
FOLLOWS = (
    "客服电话打不通",
    "已经等了{}分钟",
    "钱扣了{}元没有单",
    "换了手机也不行",
    "骑手说也接不到单",
    "[怒][怒]",
    "祝早日修好",
)
BLOCK = 100_000
"""Rows that are invented at once."""
PICTURE = "https://wx1.example.com/large/{:016x}ly1h{:016x}.jpg"
PLACES = ("上海", "北京", "广东", "四川", "", "")


def search_rows(rows: int, *, seed: int = 0) -> Iterator[list[str]]:
    """Yield invented rows in the columns of weibo-search; one in twenty is a copy of an earlier one."""
    rng = np.random.default_rng(seed)
    for n in range(rows):
        if n % BLOCK == 0:
            picks = rng.integers(0, 1 << 30, (BLOCK, 6)).tolist()
        a, b, c, d, e, f = picks[n % BLOCK]
        who = n - 7 if n % 20 == 19 else n
        words = [
            OPENINGS[a % 8],
            FAILURES[b % 7],
            FOLLOWS[c % 7].format(d % 90),
            FOLLOWS[(c + e) % 7].format(f % 90),
        ]
        text = "，".join(words) + "，".join(FAILURES[(b + k) % 7] + str(f % (k + 97)) for k in range(e % 4))
        minute = f"2026-03-{12 + who % 3:02d} {who // 60 % 24:02d}:{who % 60:02d}"
        yield [
            str(5_270_000_000_000_000 + who),
            f"Q{who:x}",
            str(1_000_000_000 + b % 400_000),
            f"网友{b % 400_000}",
            text,
            "",
            "",
            "",
            "云帆外卖崩了" if a % 8 == 4 else "",
            str(d % 30),
            str(e % 40),
            str(f % 900),
            minute,
            "iPhone客户端",
            PICTURE.format(a, b) if a % 3 == 0 else "",
            "",
            "",
            PLACES[d % 6],
            "普通用户",
            "",
            "",
        ]


def write_search(path: Path, rows: int, *, seed: int = 0) -> Path:
    """Write a weibo-search CSV of invented rows."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(search_rows(rows, seed=seed))
    return path


def write_lines(path: Path, rows: int, *, seed: int = 0) -> Path:
    """Write invented rows in the columns of MediaCrawler's Weibo posts, one JSON object a line."""
    with path.open("w", encoding="utf-8") as file:
        for n, row in enumerate(search_rows(rows, seed=seed)):
            cells = dict(zip(HEADER, row, strict=True))
            post = {
                "note_id": cells["id"],
                "content": cells["微博正文"],
                "create_time": 1_744_391_100 + n // 3,
                "create_date_time": cells["发布时间"] + ":00+08:00",
                "liked_count": cells["点赞数"],
                "comments_count": cells["评论数"],
                "shared_count": cells["转发数"],
                "last_modify_ts": 1_774_370_000_000 + n,
                "ip_location": cells["ip"],
                "creator_hash": f"c{int(cells['user_id']):015d}",
                "nickname": cells["用户昵称"],
                "source_keyword": "云帆外卖崩了",
            }
            file.write(json.dumps(post, ensure_ascii=False) + "\n")
    return path


def write_generic(path: Path, rows: int, *, seed: int = 0) -> Path:
    """Write invented rows under column names of nobody's scraper."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["内容", "时间", "用户", "点赞", "评论", "地区"])
        for row in search_rows(rows, seed=seed):
            writer.writerow(
                [
                    row[HEADER.index(name)]
                    for name in ("微博正文", "发布时间", "用户昵称", "点赞数", "评论数", "ip")
                ]
            )
    return path


def row_by_row(
    path: Path, *, name: str | None = None, blocks: bool = False, compiled: bool = False
) -> Iterator[Table]:
    """Open a file without stretches: what reading column by column must equal."""
    return open_tables(path, name=name)


def compare_speed(folder: Path, rows: int) -> None:
    """Print CPU time a post of each layout, column by column and row by row, and the ratio to pandas."""
    read_posts(write_search(folder / "few.csv", 1000))  # what is loaded once is not counted
    files = (
        ("weibo-search CSV", write_search(folder / "posts.csv", rows), pd.read_csv),
        ("MediaCrawler JSON lines", write_lines(folder / "posts.jsonl", rows), pd.read_json),
        ("generic CSV", write_generic(folder / "generic.csv", rows), pd.read_csv),
    )
    for layout, path, read in files:
        options = {"lines": True} if path.suffix == ".jsonl" else {}
        bare = cpu_seconds(lambda: read(path, dtype="str", **options))  # noqa: B023 - called at once
        ours = cpu_seconds(lambda: read_posts(path))  # noqa: B023
        with patch.object(reading, "open_tables", row_by_row):
            slow = cpu_seconds(lambda: read_posts(path), rounds=1)  # noqa: B023
        print(
            f"{layout}: {ours / rows * 1e6:.1f} µs of CPU a post, {ours / bare:.1f} times pandas, "
            f"which only splits the file into cells; row by row {slow / rows * 1e6:.1f} µs"
        )


def outcome_of(path: Path) -> list[object]:
    """All that reading a file gives, or why it is refused."""
    try:
        got = check_files(path, salt="x", clock="2025-04-12")
    except InputError as error:
        return [str(error)]
    return [got.posts, got.rejected, got.duplicates, got.quality.to_dict()]


def print_same(folder: Path, cases: int) -> int:
    """Read that many damaged files in all three ways; print and return how many differ."""
    differ = 0
    for seed in range(cases):
        case = make_case(seed)
        path = folder / case.name
        path.write_bytes(case.data)
        found = outcome_of(path)
        with patch.object(reading, "_LOOPS_FROM", 0):
            compiled = outcome_of(path)
        with patch.object(reading, "open_tables", row_by_row):
            expected = outcome_of(path)
        differ += not (are_equal(found, expected) and are_equal(compiled, expected))
    print(f"{cases:,} damaged files read in loops, by arrays and row by row: {differ} differ")
    return differ


def are_equal(found: list[object], expected: list[object]) -> bool:
    """Tell whether reading gave the same twice."""
    return len(found) == len(expected) and all(
        one.equals(other) if isinstance(one, pd.DataFrame) else one == other
        for one, other in zip(found, expected, strict=True)
    )


def check_big(folder: Path, size: int) -> None:
    """Write a CSV of that many bytes, run ``sentiment check`` on it and print its peak memory."""
    path = folder / "big.csv"
    some = write_search(folder / "some.csv", BLOCK)
    rows = round(size / some.stat().st_size * BLOCK)
    write_search(path, rows)
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.ingest", "--peak", str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    print(f"{path.stat().st_size / 2**30:.2f} GiB, {rows:,} rows, {time.monotonic() - start:.0f} s")
    print((done.stdout or done.stderr).strip())


def print_peak(path: Path) -> None:
    """Run ``sentiment check`` in this process; print its totals and the largest memory it ever held."""
    out = io.StringIO()
    with redirect_stdout(out):
        cli.main(["check", str(path), "--json", "--salt", "x"], standalone_mode=False)
    totals = json.loads(out.getvalue())["totals"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {peak:.2f} GiB; {totals}")


def print_fuzz(folder: Path, cases: int) -> int:
    """Read that many damaged files; print crashes, lost and invented rows and return their number."""
    crashes, lost, invented, refused, rows = 0, 0, 0, 0, 0
    for seed in range(cases):
        case = make_case(seed)
        try:
            outcome = read_case(case, folder)
        except Exception as error:  # a crash of any kind is what is looked for
            crashes += 1
            print(f"seed {seed}, {case.name}: {error!r}")
            continue
        refused += bool(outcome.refused)
        rows, lost, invented = rows + outcome.rows, lost + outcome.lost, invented + outcome.invented
    print(f"{cases:,} damaged files, {rows:,} rows read; {refused:,} files refused in one sentence")
    print(f"{crashes} crashes, {lost} lost rows, {invented} invented rows")
    return crashes + lost + invented


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="rows of the file whose reading is timed")
    parser.add_argument("--big", action="store_true", help="check a huge CSV and print the peak memory")
    parser.add_argument("--bytes", type=int, default=2 * 10**9, help="size of the huge CSV")
    parser.add_argument("--fuzz", type=int, metavar="N", help="read N files damaged at random")
    parser.add_argument("--same", type=int, metavar="N", help="read N damaged files both ways")
    parser.add_argument("--peak", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peak is not None:
        print_peak(asked.peak)
        return
    with tempfile.TemporaryDirectory() as name:
        if asked.fuzz is not None:
            sys.exit(1 if print_fuzz(Path(name), asked.fuzz) else 0)
        elif asked.same is not None:
            sys.exit(1 if print_same(Path(name), asked.same) else 0)
        elif asked.big:
            check_big(Path(name), asked.bytes)
        else:
            compare_speed(Path(name), asked.rows)


if __name__ == "__main__":
    main()
