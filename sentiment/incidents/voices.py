"""People's own posts as arrays: what the measures around an official response are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from sentiment.incidents.cells import flags, people
from sentiment.incidents.minutes import Floats, Integers

NEEDED: Final = (
    "created_at", "author", "post_id", "account_kind", "hijack", "root_id", "own_text", "stance", "asks_help",
)  # fmt: skip
"""Columns of the annotated frame that the measures read."""
PARTS: Final = 4
"""Columns of :attr:`Voices.parts`."""


@dataclass(frozen=True, slots=True)
class Voices:
    """Timed posts by people, in order of time.

    Attributes:
        seconds: Time in seconds since the epoch, shape ``(n,)``.
        parts: Understanding, complaint, any post and call for help as 0 or 1, shape ``(n, 4)``.
        author: Number of the author; unknown authors have a number each, shape ``(n,)``.
        first: Second of the first post of any account.
        last: Second of the last.
    """

    seconds: Integers
    parts: Floats
    author: Integers
    first: int
    last: int

    @classmethod
    def of(cls, annotated: pd.DataFrame) -> Voices:
        """Read an annotated frame; untimed posts and accounts that are no person's are left out."""
        timed = annotated.loc[annotated["created_at"].notna(), list(NEEDED)]
        timed = timed.sort_values("created_at", kind="stable")
        seconds = timed["created_at"].to_numpy(dtype="datetime64[s]").astype(np.int64)
        first, last = (int(seconds[0]), int(seconds[-1])) if len(seconds) else (0, 0)
        mine = people(timed)
        timed, seconds = timed[mine], seconds[mine]
        names = timed["author"].where(timed["author"] != "", "?" + timed["post_id"])
        columns = (
            timed["stance"].eq("understanding"),
            timed["stance"].eq("complaint"),
            timed["stance"].notna(),
            timed["asks_help"],
        )
        return cls(
            seconds=seconds,
            parts=np.column_stack([flags(column) for column in columns]).astype(np.float64),
            author=pd.factorize(names)[0].astype(np.int64),
            first=first,
            last=last,
        )

    def window(self, start: float, stop: float) -> slice:
        """Return where the posts of ``[start, stop)`` seconds lie."""
        a, b = np.searchsorted(self.seconds, [start, stop])
        return slice(int(a), int(b))

    def covers(self, at: float, minutes: float) -> bool:
        """Return whether the data hold the whole window on both sides of a moment."""
        return self.first <= at - 60 * minutes and at + 60 * minutes <= self.last + 60


def shares(sums: Floats) -> Floats:
    """Return understanding share, complaint rate and help rate, NaN where nothing was posted.

    Args:
        sums: Understanding, complaint, all posts, calls for help, shape ``(..., 4)``.

    Returns:
        U/(U+C), C/n and H/n, shape ``(..., 3)``.

    >>> shares(np.array([1.0, 3.0, 10.0, 2.0])).tolist()
    [0.25, 0.3, 0.2]
    """
    understanding, complaint, posts, asks_help = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = [understanding / (understanding + complaint), complaint / posts, asks_help / posts]
    return np.stack(found, axis=-1)
