"""From the cluster to this machine: the posts of one report, in files, and what became of the other rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import pandas as pd

from sentiment.engines.spark.annotating import Annotated
from sentiment.engines.spark.rows import as_pandas
from sentiment.engines.spark.session import quiet_pandas
from sentiment.errors import InputError
from sentiment.ingest.passes import DUPLICATES
from sentiment.ingest.quality import FileQuality, Quality
from sentiment.ingest.trust import Tally
from sentiment.mapped import ColumnFiles
from sentiment.schema import ANNOTATED, POSTS, REJECTED, empty

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MOST: Final = 20_000_000
"""Posts of one report: about 14 GB of files on this machine."""
_AT_ONCE: Final = 300_000
"""Rows that cross to this machine at once, about."""
_SLICE: Final = 100_000


@dataclass(frozen=True, repr=False)
class Gathered:
    """Posts read on a cluster, as :class:`sentiment.ingest.Ingested` has them.

    Attributes:
        quality: What was read and how far to trust it.
        annotated: The posts with their annotations, in files.
        rejected: ``source``, ``reason``, ``raw`` of every row that did not become a post.
    """

    quality: Quality
    annotated: pd.DataFrame = field(repr=False)
    rejected: pd.DataFrame = field(repr=False)

    def __repr__(self) -> str:
        totals = self.quality.totals
        return (
            f"Gathered({totals['accepted']:,} posts of {totals['rows']:,} rows from Spark; "
            f"{totals['rejected']:,} rejected, {totals['duplicates']:,} duplicates)"
        )

    @property
    def posts(self) -> pd.DataFrame:
        """The columns of :data:`sentiment.schema.POSTS`."""
        return self.annotated[list(POSTS)]

    @cached_property
    def duplicates(self) -> pd.DataFrame:
        """Copies are counted on a cluster, not listed: a frame of no rows."""
        return empty(DUPLICATES)

    def __len__(self) -> int:
        return len(self.annotated)


def gather(
    done: Annotated, *, service: str = "", most: int = MOST, progress: Callable[[int], None] | None = None
) -> Gathered:
    """Fetch the annotated posts, some parts of the table at a time, and judge them.

    Args:
        done: Annotated posts on the cluster; keep them there (``frame.persist()``) or they are done twice.
        service: Fetch the posts that name this service or none; all are judged.
        most: Posts at most.
        progress: Called with the posts fetched so far.

    Raises:
        InputError: if there are more posts.
    """
    with quiet_pandas():
        accepted = done.posts.count()
        if accepted > most:
            raise InputError(
                f"{accepted:,} posts are more than one report is made of here ({most:,}): choose a time "
                "with --since and --until, or count and write them on the cluster (see docs/scale.md)."
            )
        tally = Tally(accepted)
        with ColumnFiles(ANNOTATED) as files:
            for part in _parts(done.posts, done.parts, accepted):
                for start in range(0, len(part), _SLICE):
                    tally.add(part.iloc[start : start + _SLICE])
                files.append(part[part["service"].isin(["", service])] if service else part)
                if progress:
                    progress(tally.seen)
            rejected = done.rejected.toArrow().to_pandas().astype(dict(REJECTED))
            return Gathered(_judge(done, tally, rejected), files.frame(), rejected)


def _parts(posts: DataFrame, parts: int, rows: int) -> Iterator[pd.DataFrame]:
    from pyspark.sql import functions as F

    step = max(1, parts * _AT_ONCE // max(rows, 1))
    for first in range(0, parts, step):
        some = posts
        if step < parts:
            some = posts.where(F.spark_partition_id().between(first, first + step - 1))
        yield as_pandas(some.toArrow())


def _judge(done: Annotated, tally: Tally, rejected: pd.DataFrame) -> Quality:
    copies = done.rows - tally.seen - len(rejected)
    counted = (done.rows, tally.seen, len(rejected), copies, tally.counts["untimed"])
    table = FileQuality("spark", done.layout, done.reason, *counted)
    reasons = Counter(str(reason) for reason in rejected["reason"])
    texts = (part["text"] for part in _parts(done.posts.select("text"), done.parts, tally.seen))
    return Quality((table,), tally.verdict(texts, rejected=reasons, duplicates=copies, rows=done.rows))
