"""Invented posts by the million: ten weeks of talk about several services, outages, copies, rows read twice.

Texts are those of the carried sample, turned to other services, each with an ending of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from sentiment.ingest import read_posts

SAMPLE: Final = Path(__file__).parents[1] / "data" / "sample" / "meituan"
OUTAGE: Final = pd.Timestamp("2026-03-12 11:42", tz="Asia/Shanghai")
"""When the outage of the sample begins."""
SERVICES: Final = ("美团", "饿了么", "支付宝", "微信", "12306", "滴滴", "京东", "B站")
SHARES: Final = (0.34, 0.16, 0.12, 0.1, 0.1, 0.07, 0.06, 0.05)
"""Of ordinary talk."""
FIRST: Final = np.datetime64("2026-01-05T00:00", "m")
MINUTES: Final = 70 * 1440
HOURLY: Final = (
    25, 12, 4, 3, 3, 5, 20, 50, 70, 80, 100, 170, 190, 120, 80, 70, 80, 120, 160, 150, 120, 100, 80, 50,
)  # fmt: skip
AT_ONCE: Final = 50_000
COPIES: Final = 0.04
"""Part of the posts that copy a text."""
TWICE: Final = 0.02
"""Part of the rows that stand a second time."""
EACH: Final = 3
"""Posts of an author, about."""


class Outage(NamedTuple):
    """A service's outage: the minute it begins, its length, its share of all posts."""

    service: int
    start: int
    minutes: int
    share: float


OUTAGES: Final = (
    Outage(0, 20 * 1440 + 702, 130, 0.05),
    Outage(4, 33 * 1440 + 490, 60, 0.02),
    Outage(2, 47 * 1440 + 1190, 90, 0.03),
    Outage(0, 66 * 1440 + 740, 240, 0.06),
)


def write_rows(path: Path, rows: int, *, seed: int = 7) -> Path:
    """Write that many rows of a CSV file in order of time; memory does not grow with them."""
    rng = np.random.default_rng(seed)
    pools = _pools()
    schema = pa.schema([(name, pa.string()) for name in ("id", "发布时间", "用户id", "内容")])
    schema = pa.schema([*schema, *((name, pa.int64()) for name in ("转发数", "评论数", "点赞数"))])
    with path.open("wb") as file, csv.CSVWriter(file, schema) as writer:
        first = 0
        for kind, minute in _drawn(rows, rng):
            authors = rng.integers(0, 1 + rows // EACH, len(minute))
            writer.write_table(_table(first, kind, minute, authors, pools, rng).cast(schema))
            first += len(minute)
    return path


def _pools() -> tuple[list[list[str]], list[list[str]]]:
    """Return texts by service: of ordinary days, of an outage."""
    posts = read_posts(SAMPLE).posts
    late = posts["created_at"].ge(OUTAGE)
    quiet, loud = posts.loc[~late, "text"].tolist(), posts.loc[late, "text"].tolist()
    return tuple(  # type: ignore[return-value]
        [[text.replace("美团", service) for text in texts] for service in SERVICES] for texts in (quiet, loud)
    )


def _drawn(rows: int, rng: np.random.Generator) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Give the kind (-1 ordinary, else the outage) and the minute of posts, some at a time."""
    shares = [_ordinary() * (1 - sum(one.share for one in OUTAGES)), *map(_course, OUTAGES)]
    counts = rng.multinomial(rows, np.concatenate(shares)).reshape(len(shares), MINUTES)
    ends = np.cumsum(counts.sum(axis=0))
    start = 0
    while start < MINUTES:
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + AT_ONCE, side="right")))
        minutes, kinds = np.meshgrid(np.arange(start, min(stop, MINUTES)), np.arange(-1, len(OUTAGES)))
        here = counts[:, start:stop]
        minute = np.repeat(minutes.ravel(), here.ravel())
        order = np.argsort(minute, kind="stable")
        if len(order):
            yield np.repeat(kinds.ravel(), here.ravel())[order], minute[order]
        start = stop


def _ordinary() -> NDArray[np.float64]:
    course = np.repeat(np.asarray(HOURLY, dtype=np.float64), 60)
    return np.tile(course, MINUTES // 1440) / course.sum() / (MINUTES // 1440)


def _course(one: Outage) -> NDArray[np.float64]:
    """Return the share of all posts that an outage brings to each minute: up at once, then down."""
    course = np.zeros(MINUTES)
    after = np.arange(2 * one.minutes)
    course[one.start + after] = np.minimum(after / 4, 1) * np.exp(-np.maximum(after - one.minutes, 0) / 30)
    return course / course.sum() * one.share


def _table(
    first: int,
    kind: NDArray[np.int64],
    minute: NDArray[np.int64],
    authors: NDArray[np.int64],
    pools: tuple[list[list[str]], list[list[str]]],
    rng: np.random.Generator,
) -> pa.Table:
    n = len(kind)
    own = np.array([one.service for one in OUTAGES])[kind]
    service = np.where(kind < 0, rng.choice(len(SERVICES), n, p=SHARES), own)
    drawn, copied = rng.random(n), rng.random(n) < COPIES
    number = np.arange(first, first + n)
    sizes = np.array([len(texts[0]) for texts in pools])[np.where(kind < 0, 0, 1)]
    at = (drawn * sizes).astype(int)
    texts = [
        pools[late][of][n] for late, of, n in zip((kind >= 0).tolist(), service.tolist(), at, strict=True)
    ]
    endings = pc.if_else(
        pa.array(copied), "", pc.binary_join_element_wise("", pc.cast(pa.array(number), pa.string()), " ")
    )
    moment = (FIRST + minute).astype("M8[s]") + rng.integers(0, 60, n)
    again = np.flatnonzero(rng.random(n) < TWICE)
    rows = np.arange(n)
    rows[again] = np.maximum(again - 1, 0)  # the row before, a second time
    columns = {
        "id": pa.array(5 * 10**15 + number),
        "发布时间": pa.array(np.char.replace(np.datetime_as_string(moment), "T", " ")),
        "用户id": pa.array(10**9 + authors),
        "内容": pc.binary_join_element_wise(pa.array(texts), endings, ""),
        **{name: pa.array(rng.geometric(0.3, n) - 1) for name in ("转发数", "评论数", "点赞数")},
    }
    return pa.table(columns).take(rows)
