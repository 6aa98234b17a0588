"""Official responses: named by the caller, listed in a table, or found in the posts themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import pandas as pd

from sentiment.config import ResponseSettings
from sentiment.errors import InputError, unknown
from sentiment.incidents.response import ResponseEffect, response_effect, response_time
from sentiment.incidents.tables import read_table
from sentiment.schema import require
from sentiment.text.response import CODES, code_response, find_codes
from sentiment.text.service import canonical_name, find_service

_NEEDED = ("created_at", "account_kind", "account_name", "kind", "own_text", "post_id")
SAME_RESPONSE: Final = pd.Timedelta(minutes=5)
"""A found announcement this close to one the caller named is the same."""
COLUMNS: Final = {
    "time": ("time", "at", "时间"),
    "text": ("text", "words", "内容"),
    "service": ("service", "服务"),
    "codes": ("codes", "动作"),
}
"""Columns of a table of responses and their other names; all but the time may be absent."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One official response.

    Attributes:
        at: Its time.
        text: Its words.
        codes: What it does, see :data:`sentiment.text.response.CODES`.
        post_id: The post it is; None where the posts do not hold it.
        service: The service that speaks; None where the caller did not say.
    """

    at: pd.Timestamp
    text: str
    codes: tuple[str, ...]
    post_id: str | None = None
    service: str | None = None


Given = tuple[str | datetime, str] | Announcement
"""A response the caller names: its time and words, or all of it."""


def name_response(at: str | datetime, text: str, *, service: str = "", codes: str = "") -> Announcement:
    """Return a response that somebody names; what it does is read from its words unless told.

    Args:
        at: Its time; without a zone it is Shanghai time.
        text: Its words.
        service: The service that speaks, under any of its names.
        codes: What it does, joined by ``;``.

    Raises:
        InputError: if the time cannot be read or a code is unknown.

    >>> name_response("2025-04-11 17:05", "官方致歉").codes
    ('apology',)
    """
    told = [code.strip() for code in codes.replace("；", ";").split(";") if code.strip()]
    strange = next((code for code in told if code not in CODES), None)
    if strange is not None:
        raise InputError(unknown("response code", strange, CODES))
    does = tuple(code for code in CODES if code in told) or find_codes(text)
    return Announcement(response_time(at), text, does, service=canonical_name(service) or None)


def read_responses(path: str | Path) -> tuple[Announcement, ...]:
    """Read a CSV table of official responses: a time, and if wanted text, service and codes.

    Raises:
        InputError: if the file cannot be read, has no column of times, or a time or code makes no sense.
    """
    rows = read_table(path, COLUMNS, needed="time", what="official responses")
    return tuple(
        name_response(row["time"], row["text"], service=row["service"], codes=row["codes"])
        for row in rows.to_dict("records")
    )


def list_responses(annotated: pd.DataFrame, given: Sequence[Given] = ()) -> tuple[Announcement, ...]:
    """Return every response once: those named and those found, in order of time.

    A found post within five minutes of a named response is that response: its time and words hold, and the
    comments under it can be measured.

    Raises:
        SchemaError: if a needed column is missing.
        InputError: if a given time cannot be read.
    """
    named = [one if isinstance(one, Announcement) else name_response(*one) for one in given]
    found = list(find_responses(annotated))
    told = []
    for one in named:
        same = min(
            (post for post in found if _same(one, post)), key=lambda post: abs(post.at - one.at), default=None
        )
        told.append(one if same is None else _joined(one, same))
    alone = [post for post in found if not any(_same(one, post) for one in named)]
    return tuple(sorted([*told, *alone], key=lambda one: one.at))


def measure_responses(
    annotated: pd.DataFrame, named: Sequence[Given], settings: ResponseSettings
) -> tuple[ResponseEffect, ...]:
    """Measure every response once, whether it was named or found in the posts, in order of time.

    Args:
        annotated: Annotated posts.
        named: Responses that somebody named, see :func:`list_responses`.
        settings: Windows, floor and resampling.

    >>> from sentiment.schema import ANNOTATED, empty
    >>> measure_responses(empty(ANNOTATED), [], ResponseSettings())
    ()
    """
    return tuple(
        response_effect(
            annotated,
            at=one.at,
            minutes=settings.windows,
            min_posts=settings.min_posts,
            resamples=settings.resamples,
            seed=settings.seed,
            text=one.text,
            codes=one.codes,
            source_post_id=one.post_id,
            service=one.service,
        )
        for one in list_responses(annotated, named)
    )


def _same(named: Announcement, post: Announcement) -> bool:
    return abs(post.at - named.at) <= SAME_RESPONSE and named.service in (None, post.service)


def _joined(named: Announcement, post: Announcement) -> Announcement:
    return replace(post, codes=tuple(code for code in CODES if code in {*named.codes, *post.codes}))


def find_responses(annotated: pd.DataFrame) -> tuple[Announcement, ...]:
    """Find announcements: timed posts of an official account named after a service, about that service.

    Many verified accounts are newspapers and shops that report on the outage of another; a comment of the
    customer service answers one person. Neither is an announcement.

    Returns:
        Announcements in order of time; texts without an action code are left out.

    Raises:
        SchemaError: if a needed column is missing.

    >>> from sentiment.schema import ANNOTATED, empty
    >>> find_responses(empty(ANNOTATED))
    ()
    """
    require(annotated, _NEEDED, stage="find_responses")
    official = annotated[annotated["created_at"].notna() & annotated["account_kind"].eq("official")]
    own_posts = official[~official["kind"].isin(["comment", "repost"])]
    ordered = own_posts.sort_values(["created_at", "post_id"], kind="stable")
    columns = ("created_at", "own_text", "post_id", "account_name")
    rows = zip(*(ordered[name] for name in columns), strict=True)
    found = (_announcement(at, str(text), str(post_id), str(name)) for at, text, post_id, name in rows)
    return tuple(one for one in found if one is not None)


def _announcement(at: pd.Timestamp, text: str, post_id: str, account: str) -> Announcement | None:
    speaker, subject = find_service(account), find_service(text).name
    if not speaker.name or subject not in ("", speaker.name):
        return None
    codes = code_response(text)
    return Announcement(at, text, codes, post_id, speaker.name) if codes else None
