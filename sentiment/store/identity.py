"""What makes a stored post the same post when it comes again, and what makes it a newer one."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from sentiment.incidents.minutes import DAY, wall_minutes

Integers = npt.NDArray[np.int64]
LOST: Final = re.compile(r"row-[0-9a-f]{16}")
"""Ids that the reader makes of source and row where a file's own id was lost."""
UNTIMED: Final = -1
"""The minute of a post without a time, in arrays."""
_TOLD: Final = (
    "text", "author", "account_kind", "account_name", "kind", "reposts", "comments", "likes", "region",
    "root_id", "keyword", "truncated", "hijack",
)  # fmt: skip


def identify(posts: pd.DataFrame, versions: pd.DataFrame, *, generic: bool) -> pd.DataFrame:
    """Return what the store remembers of each post, on the index of ``posts``.

    Args:
        posts: A posts frame.
        versions: ``crawled`` and ``embedded`` of the same posts (see ``Ingested.versions``).
        generic: The posts come from a table of unknown make, whose ids count only together with the text.

    Returns:
        ``key``, ``said`` (0 where the author is unknown), ``minute`` (-1 where untimed), ``rank``,
        ``content``.
    """
    text = posts["text"].str.strip()
    minute = _minutes(posts["created_at"])
    day = pd.Series(np.floor_divide(minute, DAY).astype(str), index=posts.index)
    said = _hashed(posts["platform"], posts["author"], posts["root_id"], text)
    said[posts["author"].eq("").to_numpy()] = 0
    key = _hashed(posts["platform"], posts["post_id"], text if generic else text.str.slice(0, 0))
    lost = posts["post_id"].str.fullmatch(LOST).to_numpy(dtype=bool) & (said != 0)
    key[lost] = _hashed(day, posts["author"], posts["root_id"], text)[lost]
    told = [posts[name].astype("str").fillna("") for name in _TOLD]
    times = posts["created_at"].astype("str").fillna("").where(~posts["time_guessed"], "")
    return pd.DataFrame(
        {
            "key": key,
            "said": said,
            "minute": minute,
            "rank": _rank(posts, versions),
            "content": _hashed(times, *told),
        },
        index=posts.index,
    )


def _minutes(times: pd.Series) -> Integers:
    minutes = np.full(len(times), UNTIMED, dtype=np.int64)
    timed = times.notna().to_numpy()
    minutes[timed] = wall_minutes(times[timed])
    return minutes


def _rank(posts: pd.DataFrame, versions: pd.DataFrame) -> Integers:
    """The newest crawl wins, then the whole text, then the post's own row: one number, larger is better."""
    crawled = versions["crawled"].reset_index(drop=True)
    seconds = np.zeros(len(crawled), dtype=np.int64)
    known = crawled.notna().to_numpy()
    if known.any():
        seconds[known] = pd.DatetimeIndex(crawled[known]).tz_convert("UTC").as_unit("s").asi8
    full = ~posts["truncated"].to_numpy(dtype=bool)
    own = ~versions["embedded"].to_numpy(dtype=bool)
    return np.asarray(seconds * 4 + full * 2 + own, dtype=np.int64)


def _hashed(*columns: pd.Series) -> Integers:
    """Return a 64-bit number for each row's cells, never 0; the same on every machine."""
    cells = zip(*(column.tolist() for column in columns), strict=True)
    return np.fromiter((_number(row) for row in cells), dtype=np.int64, count=len(columns[0]))


def _number(cells: tuple[str, ...]) -> int:
    joined = "\x00".join(cells).encode("utf-8", "replace")
    return int.from_bytes(blake2b(joined, digest_size=8).digest(), "big", signed=True) or 1
