"""Copies and near-duplicates that lie in different parts of a table are found as on one machine."""

from __future__ import annotations

import random

import pandas as pd
import pyarrow as pa
import pytest

from sentiment.engines import RowWork
from sentiment.engines.spark import Gathered, TableWork, annotate_table, as_spark, count_table, gather
from sentiment.engines.spark.likenesses import close_chains
from sentiment.incidents import count_posts
from sentiment.ingest import Ingested, read_posts

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")


def bad_crawl(posts: pd.DataFrame, rows: int, *, seed: int) -> pd.DataFrame:
    """A scraper's table with ids seen twice, posts copied or changed a little, rows without text or time."""
    rng = random.Random(seed)
    return pd.DataFrame([row_of(posts.iloc[rng.randrange(120)], rng) for _ in range(rows)])


def row_of(post: pd.Series, rng: random.Random) -> dict[str, str | None]:
    at = post["created_at"] + pd.Timedelta(hours=rng.choice([0, 0, 1, 20, 30, 60]))
    return {
        "id": rng.choice([post["post_id"], f"x{rng.randrange(200)}"]),
        "平台": rng.choice(["微博", "小红书"]),
        "发布时间": rng.choice(["", *[at.strftime("%Y-%m-%d %H:%M:%S")] * 9]),
        "内容": rng.choice(["", *[changed(post["text"], rng)] * 30]),
        "用户id": rng.choice(["", *[f"u{rng.randrange(3)}"] * 4]),
        "转发数": rng.choice([None, "3", "7"]),
        "点赞数": str(rng.randrange(9)),
    }


def changed(text: str, rng: random.Random) -> str:
    letter, at = rng.choice("的了呢吧啊"), rng.randrange(len(text))
    changes = [text[:-1] + letter, text[:at] + letter + text[at:], text + letter * rng.randrange(1, 6)]
    return rng.choice([text, text, *changes])


@pytest.fixture(scope="module")
def local(sample: Ingested) -> Ingested:
    found = read_posts(bad_crawl(sample.posts, 700, seed=4))
    # the table has what is looked for: copies, templates, ids that stand on several posts, rejected rows
    assert len(found.duplicates) > 40
    assert (found.posts["dup_group"] != found.posts["post_id"]).sum() > 300
    assert found.posts["post_id"].str.contains("@").sum() > 100
    assert len(found.rejected) > 5
    return found


@pytest.fixture(scope="module")
def on_cluster(local: Ingested, sample: Ingested, spark) -> tuple[Gathered, pd.DataFrame]:
    table = as_spark(bad_crawl(sample.posts, 700, seed=4), spark)
    done = annotate_table(table, TableWork(), part=200)
    done.frame.persist()
    got, counts = gather(done), count_table(done.posts)
    assert done.parts == 4
    done.frame.unpersist()
    done.release()
    return got, counts


def test_the_posts_are_the_same(on_cluster, local: Ingested) -> None:
    pd.testing.assert_frame_equal(on_cluster[0].annotated, RowWork().run(local.posts))


def test_the_counts_are_the_same(on_cluster, local: Ingested) -> None:
    pd.testing.assert_frame_equal(on_cluster[1], count_posts(RowWork().run(local.posts)))


def test_what_is_no_post_is_the_same(on_cluster, local: Ingested) -> None:
    pd.testing.assert_frame_equal(on_cluster[0].rejected, local.rejected)
    assert on_cluster[0].quality.totals == local.quality.totals


def test_chains_of_pairs_end_at_the_smallest() -> None:
    assert close_chains(pairs_of([(9, 4), (4, 2), (7, 5)])).to_pydict() == {
        "head": [2, 4, 5, 7, 9],
        "root": [2, 2, 5, 5, 2],
    }


def test_a_table_without_any_likeness_has_no_chains() -> None:
    assert close_chains(pairs_of([])).to_pydict() == {"head": [], "root": []}


def pairs_of(pairs: list[tuple[int, int]]) -> pa.Table:
    columns = {"one": [one for one, _ in pairs], "other": [other for _, other in pairs]}
    return pa.table(columns, schema=pa.schema([("one", pa.int64()), ("other", pa.int64())]))
