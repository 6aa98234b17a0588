"""A report of many posts: its size, and the CPU time of its making beside that of the run."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

import sentiment.pipeline as pipeline
from sentiment.ingest import read_posts

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "meituan"
DAY = pd.Timedelta(days=1)


def repeat(source: Path, rows: int) -> pd.DataFrame:
    """Return the posts again and again, each round with ids, authors and words of its own, a week earlier."""
    posts = read_posts(source).posts
    rounds = []
    for n in range(-(-rows // len(posts))):
        mark = f"{n}"
        rounds.append(
            posts.assign(
                post_id=posts["post_id"] + "-" + mark,
                author=posts["author"] + mark,
                text=posts["text"] + " " + mark,
                created_at=posts["created_at"] - (n % 10) * 7 * DAY,
            )
        )
    return pd.concat(rounds, ignore_index=True).head(rows)


@contextmanager
def timed(spent: dict[str, float], name: str) -> Iterator[None]:
    """Add the CPU time of a block to a table."""
    start = time.process_time()
    yield
    spent[name] = spent.get(name, 0.0) + time.process_time() - start


def measure(frame: pd.DataFrame) -> tuple[dict[str, float], int]:
    """Return CPU seconds of the analysis, of the summary and of drawing its files; bytes of the page."""
    spent: dict[str, float] = {}
    with timed(spent, "analyse"):
        analysis = pipeline.analyze(frame)
    with timed(spent, "summarize"):
        assert analysis.summary["posts"] == len(frame)
    with tempfile.TemporaryDirectory() as folder, timed(spent, "render"):
        size = analysis.report(folder).html.stat().st_size
    return spent, size


def main() -> None:
    """Print the times, the share of the report and the size of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=Path, default=SAMPLE, help="file or folder of scraped posts")
    parser.add_argument("--rows", type=int, default=1_000_000, help="posts of the run")
    given = parser.parse_args()
    spent, size = measure(repeat(given.posts, given.rows))
    whole = sum(spent.values())
    for name, seconds in spent.items():
        print(f"{name:10s} {seconds:8.1f} CPU s   {seconds / whole:.1%} of the run")
    print(f"page       {size / 1e6:8.2f} MB")


if __name__ == "__main__":
    main()
