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

import numpy as np
import pandas as pd

from benchmarks.ingest_damage import make_case, read_case
from benchmarks.stages import cpu_seconds
from sentiment.cli import cli
from sentiment.ingest import read_posts

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


def compare_speed(folder: Path, rows: int) -> None:
    """Print posts a CPU second and the ratio to ``pandas.read_csv`` on the same file."""
    path = write_search(folder / "posts.csv", rows)
    size = path.stat().st_size
    read_posts(write_search(folder / "few.csv", 1000))  # what is loaded once is not counted
    bare = cpu_seconds(lambda: pd.read_csv(path, dtype="str"))
    ours = cpu_seconds(lambda: read_posts(path))
    print(f"{rows:,} rows, {size / 2**20:.0f} MiB: {rows / ours:,.0f} posts a CPU second")
    print(f"{ours / bare:.0f} times the CPU time of pandas.read_csv, which only splits the file into cells")


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
    parser.add_argument("--peak", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peak is not None:
        print_peak(asked.peak)
        return
    with tempfile.TemporaryDirectory() as name:
        if asked.fuzz is not None:
            sys.exit(1 if print_fuzz(Path(name), asked.fuzz) else 0)
        elif asked.big:
            check_big(Path(name), asked.bytes)
        else:
            compare_speed(Path(name), asked.rows)


if __name__ == "__main__":
    main()
