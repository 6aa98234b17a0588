"""CPU time of every stage, as a ratio to the naive way in the same run."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from snownlp import SnowNLP

from sentiment.annotation import annotate
from sentiment.incidents import count_posts, find_incidents
from sentiment.ingest import read_posts
from sentiment.text.segment import Segmenter

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "meituan"
NAIVE_POSTS = 300
"""Posts given to SnowNLP; its cost is linear in posts."""


def cpu_seconds(work: Callable[[], object], *, rounds: int = 3) -> float:
    """Return the median CPU time of a call."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return sorted(times)[rounds // 2]


def measure(source: Path) -> list[tuple[str, float, str]]:
    """Return (stage, CPU microseconds a post, ratio in words)."""
    files = sorted(path for path in source.glob("**/*") if path.is_file()) if source.is_dir() else [source]
    ingested = read_posts(source)
    posts = ingested.posts
    annotated = annotate(posts)

    texts = annotated["own_text"].tolist()
    segmenter = Segmenter()
    segmenter.cut("热身")
    few = [text for text in texts if text][:NAIVE_POSTS]

    bare = cpu_seconds(lambda: [pd.read_csv(path, dtype="str") for path in files if path.suffix == ".csv"])
    csv_rows = sum(len(pd.read_csv(path, dtype="str")) for path in files if path.suffix == ".csv")
    naive = cpu_seconds(lambda: [SnowNLP(text).sentiments for text in few], rounds=1) / len(few)
    read = cpu_seconds(lambda: read_posts(source)) / len(posts)
    words = cpu_seconds(lambda: [segmenter.cut(text) for text in texts]) / len(posts)
    scored = cpu_seconds(lambda: annotate(posts)) / len(posts)
    found = cpu_seconds(lambda: find_incidents(annotated, count_posts(annotated))) / len(posts)
    return [
        ("read", read, f"{read / (bare / max(csv_rows, 1)):.1f} times pandas.read_csv, a row"),
        ("segment", words, f"{words / scored:.0%} of annotate"),
        ("annotate", scored, f"{naive / scored:.0f} times as fast as SnowNLP's sentiment alone"),
        ("count and detect", found, f"{found / scored:.0%} of annotate"),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=Path, default=SAMPLE, help="file or folder of scraped posts")
    source = parser.parse_args().posts
    for stage, seconds, ratio in measure(source):
        print(f"{stage:18s} {seconds * 1e6:9.1f} µs a post   {ratio}")


if __name__ == "__main__":
    main()
