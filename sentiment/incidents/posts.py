"""Timed posts as arrays; what they say and who wrote them is read only where it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from sentiment.incidents.counts import Flags, Integers, Numbers, flags, people, wall_minutes
from sentiment.schema import require

Objects = npt.NDArray[np.object_]
_NEEDED: Final = (
    "post_id", "created_at", "author", "account_kind", "hijack", "dup_group", "kind",
    "own_text", "stance", "outage", "service", "topics",
)  # fmt: skip


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
        read: Columns of the frame read so far.
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
    read: dict[str, Objects] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, annotated: pd.DataFrame) -> Posts:
        """Read the timed posts of an annotated frame.

        Raises:
            SchemaError: if a needed column is missing.
        """
        require(annotated, _NEEDED, stage="find_incidents")
        created = annotated["created_at"]
        rows = np.flatnonzero(created.notna().to_numpy(dtype=bool))
        rows = rows[np.argsort(created.to_numpy(dtype="datetime64[ns]")[rows], kind="stable")]
        voices = people(annotated)
        code, names = pd.factorize(annotated["service"].replace("", None))
        return cls(
            frame=annotated,
            rows=rows,
            times=created.to_numpy(dtype="datetime64[ns]")[rows].astype(np.int64),
            minutes=wall_minutes(created.iloc[rows]),
            people=voices[rows],
            outage=(voices & flags(annotated["outage"]))[rows],
            complaint=(voices & annotated["stance"].eq("complaint").to_numpy(dtype=bool))[rows],
            service=(code[rows] + 1).astype(np.int32),
            services=("", *map(str, names)),
        )

    def column(self, name: str) -> Objects:
        """Return the values of one column for these posts, None where missing, shape ``(n,)``."""
        if name not in self.read:
            values = np.array(self.frame[name].array.take(self.rows), dtype=object)
            values[pd.isna(values)] = None
            self.read[name] = values
        return self.read[name]

    @cached_property
    def author(self) -> Integers:
        """Number of the author; unknown authors have a number each."""
        author = self.column("author")
        unknown = author == ""
        if unknown.any():
            author = np.where(unknown, "?" + self.column("post_id"), author)
        return pd.factorize(author)[0].astype(np.int64)

    @cached_property
    def understanding(self) -> int:
        """Understanding posts by people."""
        return int(((self.column("stance") == "understanding") & self.people).sum())

    @cached_property
    def neutral(self) -> int:
        """Neutral posts by people."""
        return int(((self.column("stance") == "neutral") & self.people).sum())

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
            read={name: values[at] for name, values in self.read.items()},
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
