"""The frames between stages: their columns, dtypes and checks.

Every stage takes a frame checked by :func:`require` and adds its own columns; nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import pandas as pd

from sentiment.errors import SchemaError

ZONE: Final = "Asia/Shanghai"
TIME: Final = f"datetime64[ns, {ZONE}]"

POSTS: Final[Mapping[str, str]] = {
    "post_id": "str",  # the file's id as text; a hash of source and row where the id was lost
    "created_at": TIME,  # NaT where the file has no time
    "text": "str",  # as read
    "author": "str",  # salted hash; empty where unknown
    "account_kind": "str",  # person | official | media | bot | unknown
    "account_name": "str",  # kept for official and media accounts only
    "platform": "str",  # weibo | xhs | douyin | ... | unknown
    "kind": "str",  # post | comment | repost | review | title
    "reposts": "Int64",
    "comments": "Int64",
    "likes": "Int64",
    "region": "str",
    "root_id": "str",  # the post that a comment or repost belongs to; empty where none
    "keyword": "str",  # the crawl's search word
    "truncated": "bool",  # the scraper cut the text
    "hijack": "bool",  # sells under somebody else's hashtag
    "dup_group": "str",  # post_id of the group's representative (its own where alone)
    "source": "str",  # file:row
    "time_guessed": "bool",  # a relative time read against the file's time
}

ANNOTATIONS: Final[Mapping[str, str]] = {
    "own_text": "str",  # the author's own words
    "tokens": "str",  # space-joined
    "stance": "str",  # complaint | understanding | neutral
    "p_complaint": "float64",
    "p_understanding": "float64",
    "p_neutral": "float64",
    "stance_sure": "bool",  # False in the abstain band
    "neutral_kind": "str",  # info | help | joke | praise | irrelevant; empty unless neutral
    "asks_help": "bool",
    "sarcasm": "bool",
    "mixed": "bool",
    "severity": "Int64",  # 0..3, NA unless complaint
    "outage": "bool",  # evidence that a digital service fails for its users now
    "p_outage": "float64",
    "service": "str",  # canonical name; empty where none is named
    "service_mention": "str",  # as written
    "topics": "str",  # ;-joined ids; empty where the post is about no service
    "p_topics": "str",  # their probabilities, ;-joined, in the same order
}

REJECTED: Final[Mapping[str, str]] = {"source": "str", "reason": "str", "raw": "str"}
COUNTS: Final[Mapping[str, str]] = {"bucket": TIME, "service": "str", "series": "str", "n": "Int64"}
ANNOTATED: Final[Mapping[str, str]] = {**POSTS, **ANNOTATIONS}

STANCES: Final = ("complaint", "understanding", "neutral")
NEUTRAL_KINDS: Final = ("info", "help", "joke", "praise", "irrelevant")
ACCOUNT_KINDS: Final = ("person", "official", "media", "bot", "unknown")
NOT_VOICES: Final = ("official", "media", "bot")
TOPIC_IDS: Final = (
    "takeout", "movie_tickets", "travel_tickets", "trust", "payment", "access", "support",
    "official_response", "compensation", "cause", "logistics", "goods", "hotel_travel", "rides",
    "merchants", "riders", "switching", "regulation", "other",
)  # fmt: skip

_DEFAULTS: Final[Mapping[str, object]] = {
    "account_kind": "unknown",
    "platform": "unknown",
    "kind": "post",
    "truncated": False,
    "hijack": False,
    "time_guessed": False,
}


def empty(columns: Mapping[str, str]) -> pd.DataFrame:
    """Return a frame of no rows with the given columns and dtypes."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})


def require(frame: pd.DataFrame, columns: Iterable[str], *, stage: str) -> None:
    """Raise unless the frame has the columns a stage needs.

    Raises:
        SchemaError: naming the stage, the missing columns and those present.

    >>> require(pd.DataFrame({"text": []}), ["text"], stage="annotate")
    """
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        given = ", ".join(map(str, frame.columns)) or "none"
        raise SchemaError(
            f"{stage} needs the column{'s' * (len(missing) > 1)} {', '.join(missing)}; "
            f"the frame has: {given}. Read files with read_posts() or add the columns."
        )


def is_voice(frame: pd.DataFrame) -> pd.Series:
    """Return which posts speak for users: not official, media or bot accounts, not hashtag hijackers.

    >>> frame = pd.DataFrame({"account_kind": ["person", "bot", "unknown"], "hijack": [False, False, True]})
    >>> is_voice(frame).tolist()
    [True, False, False]
    """
    return ~frame["account_kind"].isin(NOT_VOICES) & ~frame["hijack"].eq(True).fillna(False).astype("bool")


def complete_posts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a posts frame with every column of :data:`POSTS`, absent ones filled with defaults.

    Lets an analyst hand in any DataFrame that has at least ``text``. Other columns are kept after ours.
    Times without a zone are read as Asia/Shanghai.

    Raises:
        SchemaError: if ``text`` is absent.

    >>> complete_posts(pd.DataFrame({"text": ["又崩了"]})).loc[0, "account_kind"]
    'unknown'
    """
    require(frame, ["text"], stage="posts")
    rows = pd.RangeIndex(len(frame))
    given = frame.reset_index(drop=True)
    columns: dict[str, pd.Series] = {}
    for name, dtype in POSTS.items():
        absent = name not in given
        columns[name] = (
            pd.Series(_default(name, dtype), index=rows, dtype=dtype) if absent else _cast(given[name], dtype)
        )
    if "post_id" not in given:
        columns["post_id"] = pd.Series([f"row{n}" for n in rows], index=rows, dtype="str")
    if "dup_group" not in given:
        columns["dup_group"] = columns["post_id"]
    rest = given[[name for name in given.columns if name not in POSTS]]
    return pd.concat([pd.DataFrame(columns, index=rows), rest], axis=1)


def _default(name: str, dtype: str) -> object:
    if name in _DEFAULTS:
        return _DEFAULTS[name]
    return {"str": "", "Int64": pd.NA, TIME: pd.NaT, "bool": False}[dtype]


def _cast(column: pd.Series, dtype: str) -> pd.Series:
    if dtype == "str":
        return _as_text(column.fillna(""))
    if dtype == TIME:
        return to_shanghai(column)
    if dtype == "bool":
        return column.fillna(False).astype("bool")
    return pd.to_numeric(column, errors="coerce").astype("Int64")


def to_shanghai(times: pd.Series) -> pd.Series:
    """Return times as ``datetime64[ns, Asia/Shanghai]``; naive ones are taken to be Shanghai time.

    >>> str(to_shanghai(pd.Series(["2025-04-11 12:00"]))[0])
    '2025-04-11 12:00:00+08:00'
    """
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        times = pd.to_datetime(times, errors="coerce")
    if times.dt.tz is None:
        times = times.dt.tz_localize(ZONE)
    zoned: pd.Series = times.dt.tz_convert(ZONE).astype(TIME)
    return zoned


def _as_text(column: pd.Series) -> pd.Series:
    """Return a column as str; half a character, which no file can hold, becomes a question mark."""
    try:
        return column.astype("str")
    except UnicodeEncodeError:
        return column.map(lambda cell: str(cell).encode("utf-8", "replace").decode("utf-8")).astype("str")
