"""Official responses found in the posts themselves."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sentiment.schema import require
from sentiment.text.response import code_response
from sentiment.text.service import find_service

_NEEDED = ("created_at", "account_kind", "account_name", "kind", "own_text", "post_id")


@dataclass(frozen=True, slots=True)
class Announcement:
    """A service speaking about itself.

    Attributes:
        at: Time of the post.
        text: Its words.
        codes: What it does, see :data:`sentiment.text.response.CODES`.
        post_id: The post.
        service: The service that speaks.
    """

    at: pd.Timestamp
    text: str
    codes: tuple[str, ...]
    post_id: str
    service: str


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
