"""Timed posts as arrays; what they say and who wrote them is read only where it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from sentiment.incidents.cells import flags, people, rises
from sentiment.incidents.minutes import Flags, Integers, Numbers, wall_minutes
from sentiment.mapped import blank, number_values, order_of, pick, stretches, take
from sentiment.schema import require

Objects = npt.NDArray[np.object_]
_NEEDED: Final = (
    "post_id", "created_at", "author", "account_kind", "hijack", "dup_group", "kind",
    "own_text", "stance", "outage", "service", "topics",
)  # fmt: skip


_TELLING: Final = ("created_at", "account_kind", "hijack", "stance", "outage")


@dataclass(frozen=True)
class Posts:
    """Timed posts in order of time, one value a post.

    A million posts are looked through for the few in a spike, so names, words and ids stay in the frame.

    Attributes:
        frame: The frame they come from.
        rows: Position in that frame.
        times: Nanoseconds since the epoch, increasing.
        minutes: Wall-clock minute numbers, increasing.
        people: Person's own voice.
        outage: Outage evidence by a person.
        complaint: Complaint by a person.
        service: Position of the named service in ``services``.
        services: Names; the first is empty: none named.
    """

    frame: pd.DataFrame
    rows: Integers
    times: Integers
    minutes: Integers
    people: Flags
    outage: Flags
    complaint: Flags
    service: Numbers
    services: tuple[str, ...]

    @classmethod
    def of(cls, annotated: pd.DataFrame) -> Posts:
        """Read the timed posts of an annotated frame.

        Raises:
            SchemaError: if a needed column is missing.
        """
        require(annotated, _NEEDED, stage="find_incidents")
        rows, times = _in_order(annotated["created_at"])
        number, names = number_values(annotated["service"])
        # none named is 0
        named = [n for n, name in enumerate(names) if name != ""]
        place = np.zeros(len(names) + 1, dtype=np.int32)
        place[named] = np.arange(1, 1 + len(named))
        posts = cls(
            frame=annotated,
            rows=rows,
            times=times,
            minutes=blank(len(rows), np.int64),
            people=np.zeros(len(rows), dtype=bool),
            outage=np.zeros(len(rows), dtype=bool),
            complaint=np.zeros(len(rows), dtype=bool),
            service=blank(len(rows), np.int32),
            services=("", *(str(names[n]) for n in named)),
        )
        for part in stretches(len(rows)):
            posts._read(part, place[number[rows[part]]])
        return posts

    def _read(self, part: slice, service: Numbers) -> None:
        """Fill in what is known of some posts from their rows."""
        few = self.frame[list(_TELLING)].iloc[self.rows[part]]
        voices = people(few)
        self.minutes[part] = wall_minutes(few["created_at"])
        self.people[part] = voices
        self.outage[part] = voices & flags(few["outage"])
        self.complaint[part] = voices & few["stance"].eq("complaint").to_numpy(dtype=bool)
        self.service[part] = service

    def column(self, name: str, part: slice | list[int] = slice(None)) -> Objects:
        """Return the values of one column for these posts (or some), None where missing, shape ``(n,)``."""
        values = np.array(self.frame[name].array.take(self.rows[part]), dtype=object)
        values[pd.isna(values)] = None
        return values

    def cells(self, name: str) -> pd.Series:
        """Return one column for these posts as the frame holds it."""
        return take(self.frame[name], self.rows)

    @cached_property
    def author(self) -> Integers:
        """Number of the author; unknown authors have a number each."""
        author = self.cells("author")
        unknown = author.eq("").to_numpy(dtype=bool)
        if unknown.any():
            author = author.where(~unknown, "?" + self.cells("post_id"))
        return pd.factorize(author)[0].astype(np.int64)

    @cached_property
    def understanding(self) -> int:
        """Understanding posts by people."""
        return self._people_who("understanding")

    @cached_property
    def neutral(self) -> int:
        """Neutral posts by people."""
        return self._people_who("neutral")

    def _people_who(self, stance: str) -> int:
        return int((self.cells("stance").eq(stance).to_numpy(dtype=bool) & self.people).sum())

    def between(self, start: float, stop: float, services: frozenset[str] | None) -> Integers:
        """Return positions of posts in ``[start, stop)`` minutes naming a service given (None: any)."""
        # Whole numbers: a fraction would make a copy of all minutes as floats.
        first, last = np.searchsorted(self.minutes, [ceil(start), ceil(stop)])
        at = np.arange(first, last)
        if services is None:
            return at
        wanted = [place for place, name in enumerate(self.services) if name in services]
        inside = self.service[first:last]
        return at[np.logical_or.reduce([inside == place for place in wanted])] if wanted else at[:0]

    def only(self, at: Integers | Flags) -> Posts:
        """Return the posts at some positions alone, those of the same moment in order of their ids."""
        at = self.ordered(np.flatnonzero(at) if at.dtype == bool else at.astype(np.int64, copy=False))
        return replace(
            self,
            rows=self.rows[at],
            times=self.times[at],
            minutes=self.minutes[at],
            people=self.people[at],
            outage=self.outage[at],
            complaint=self.complaint[at],
            service=self.service[at],
        )

    def within(self, start: float, stop: float, services: frozenset[str] | None) -> Posts:
        """Return the posts of :meth:`between` alone."""
        return self.only(self.between(start, stop, services))

    def naming(self, services: Sequence[str]) -> Posts:
        """Return the same posts with these names known, whether or not a post has them."""
        new = [name for name in services if name not in self.services]
        return replace(self, services=(*self.services, *new))

    def ordered(self, at: Integers) -> Integers:
        """Return positions in order of time, those of the same moment in order of their ids."""
        tied = np.flatnonzero(np.diff(self.times[at]) == 0)
        if len(tied) == 0:
            return at
        alike = np.union1d(tied, tied + 1)
        ids = self.frame["post_id"].iloc[self.rows[at[alike]]].to_numpy(dtype=object).astype("U")
        found = at.copy()
        found[alike] = at[alike][np.lexsort((ids, self.times[at[alike]]))]
        return found


def _in_order(created: pd.Series) -> tuple[Integers, Integers]:
    """Return the rows of the timed posts in order of time, and their times in nanoseconds."""
    times = pd.DatetimeIndex(created, copy=False).as_unit("ns").asi8
    rows = blank(int(created.notna().sum()), np.int64)
    first = 0
    for part in stretches(len(created)):
        known = part.start + np.flatnonzero(created.iloc[part].notna().to_numpy(dtype=bool))
        rows[first : first + len(known)] = known
        first += len(known)
    moments = blank(len(rows), np.int64)
    for part in stretches(len(rows)):
        moments[part] = times[rows[part]]
    if rises(moments):
        return rows, moments
    order = order_of(moments)
    return pick(rows, order), pick(moments, order)
