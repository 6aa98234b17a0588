"""Posts that a test makes up, and stores to put them in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd
import pytest

from sentiment.schema import ANNOTATIONS, TIME, complete_posts
from sentiment.store import Added, Writer, write_store

Add = Callable[..., Added]


def posts_of(rows: Sequence[tuple[str, str, str]], **more: object) -> pd.DataFrame:
    """Return posts of (id, time, text), each by an author of its own unless told."""
    frame = pd.DataFrame(rows, columns=["post_id", "created_at", "text"])
    given = {"platform": "weibo", "author": [f"author-{one[0]}" for one in rows], **more}
    return complete_posts(frame.assign(**given))


def annotate_plainly(posts: pd.DataFrame) -> pd.DataFrame:
    """Annotate without a model: 崩 complains about an outage, the service is 美团 where the text says so."""
    broken = posts["text"].str.contains("崩")
    told = {
        "own_text": posts["text"],
        "tokens": "",
        "stance": broken.map({True: "complaint", False: "neutral"}),
        **dict.fromkeys(("p_complaint", "p_understanding", "p_neutral", "p_outage"), 0.5),
        "stance_sure": True,
        "neutral_kind": "info",
        **dict.fromkeys(("asks_help", "sarcasm", "mixed"), False),
        "severity": pd.NA,
        "outage": broken,
        "service": posts["text"].str.contains("美团").map({True: "美团", False: ""}),
        **dict.fromkeys(("service_mention", "topics", "p_topics"), ""),
    }
    return posts.assign(**told).astype(dict(ANNOTATIONS))


def versions_of(posts: pd.DataFrame, crawled: str | None = None) -> pd.DataFrame:
    """Return when posts were crawled."""
    times = pd.Series(
        [pd.Timestamp(crawled, tz="Asia/Shanghai") if crawled else pd.NaT] * len(posts), dtype=TIME
    )
    return pd.DataFrame({"crawled": times, "embedded": False})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> Iterator[Writer]:
    with write_store(folder) as opened:
        yield opened


@pytest.fixture
def add(store: Writer) -> Add:
    """Put posts of (id, time, text) into the store."""

    def put(*rows: tuple[str, str, str], crawled: str | None = None, **more: object) -> Added:
        posts = posts_of(rows, **more)
        return store.add(posts, versions_of(posts, crawled), annotate_plainly)

    return put
