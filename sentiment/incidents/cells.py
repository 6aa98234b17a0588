"""Posts counted by minute and service, some hundred thousand at a time: a minute's posts lie together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from sentiment.incidents.minutes import Flags, Integers, Numbers, wall_minutes
from sentiment.mapped import AT_ONCE, blank, number_values, order_of, pick, stretches, true_places
from sentiment.schema import is_voice

BATCH: Final = 20_000
"""Posts whose authors are told apart at a time: their names stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Timed:
    """The timed posts of a frame in order of their minute.

    Attributes:
        frame: The frame.
        rows: Position of each post in it; None: they are all its posts, as they stand.
        minutes: Wall-clock minute numbers, increasing, shape ``(n,)``.
    """

    frame: pd.DataFrame
    rows: Integers | None
    minutes: Integers

    @classmethod
    def of(cls, annotated: pd.DataFrame) -> Timed:
        """Find the timed posts and put them in order."""
        created = annotated["created_at"]
        known = created.notna().to_numpy(dtype=bool)
        rows = None if known.all() else true_places(known)
        minutes = blank(int(known.sum()), np.int64)
        for part in stretches(len(minutes)):
            minutes[part] = wall_minutes(created.iloc[part if rows is None else rows[part]])
        if rises(minutes):
            return cls(annotated, rows, minutes)
        order = order_of(minutes)
        return cls(annotated, order if rows is None else pick(rows, order), pick(minutes, order))

    def column(self, name: str, part: slice) -> pd.Series:
        """Return a column of some of the posts."""
        return self.frame[name].iloc[part if self.rows is None else self.rows[part]]

    def people(self, part: slice) -> Flags:
        """Return which of some posts are a person's own voice."""
        return people(pd.DataFrame({name: self.column(name, part) for name in ("account_kind", "hijack")}))

    def blocks(self, at_once: int) -> Iterator[slice]:
        """Give the posts of whole minutes, about so many at a time."""
        start = 0
        while start < len(self.minutes):
            last = self.minutes[min(start + at_once, len(self.minutes)) - 1]
            stop = int(np.searchsorted(self.minutes, last, side="right"))
            yield slice(start, stop)
            start = stop


@dataclass(frozen=True, slots=True)
class Cells:
    """Counts of each minute and service that hold a post, in order of service and minute.

    Attributes:
        service: Position of the service among those counted, shape ``(n,)``.
        minute: Minute number, shape ``(n,)``.
        counts: Posts of each series, shape ``(n,)`` each.
    """

    service: Numbers
    minute: Integers
    counts: Mapping[str, Numbers]

    @classmethod
    def joined(cls, parts: Sequence[Cells]) -> Cells:
        """Return the cells of stretches of time that follow each other as one."""
        service = np.concatenate([part.service for part in parts])
        order = _ordered(service)
        return cls(
            service[order],
            np.concatenate([part.minute for part in parts])[order],
            {name: np.concatenate([part.counts[name] for part in parts])[order] for name in parts[0].counts},
        )


def count_cells(timed: Timed, group: Numbers | None) -> list[Cells]:
    """Count the posts of each minute, and those of each minute and group.

    Args:
        timed: Posts.
        group: Number of each post's service, -1 where it belongs to none; None: there are no services.
    """
    whole, named = [], []
    for part in timed.blocks(AT_ONCE):
        block = _Block(timed, part)
        whole.append(block.count(np.zeros(part.stop - part.start, dtype=np.int32), least=0))
        if group is not None:
            named.append(block.count(group[part] + 1, least=1))
    return [Cells.joined(parts) for parts in (whole, named) if parts]


def find_services(timed: Timed, min_posts: int, service: str | None) -> tuple[list[str], Numbers]:
    """Return the services counted by themselves, sorted, and the one of each post (-1: none of them)."""
    size = len(timed.minutes)
    if service is not None:
        return [service], blank(size, np.int32)
    code, given = number_values(timed.frame["service"], timed.rows)
    posts = np.zeros(len(given) + 1, dtype=np.int64)
    for part in stretches(size):
        told = code[part][timed.people(part)] if min_posts > 0 else code[part]
        posts += np.bincount(told + 1, minlength=len(posts))
    often = {str(name): n for n, name in enumerate(given) if name and posts[n + 1] >= min_posts}
    place = np.full(len(given) + 1, -1, dtype=np.int32)
    names = sorted(often)
    place[[often[name] for name in names]] = np.arange(len(names))
    for part in stretches(size):
        code[part] = place[code[part]]
    return names, code


class _Block:
    """The posts of some minutes; authors and roots are numbers that hold within a minute."""

    def __init__(self, timed: Timed, part: slice) -> None:
        self._timed, self._part = timed, part
        self._minutes = timed.minutes[part]
        self._people = timed.people(part)

    @cached_property
    def _masks(self) -> dict[str, Flags]:
        stance = self._column("stance")
        return {
            **{
                name: self._people & stance.eq(name).to_numpy(dtype=bool)
                for name in ("complaint", "understanding", "neutral")
            },
            "all": np.ones(len(self._minutes), dtype=bool),
            "outage": self._people & flags(self._column("outage")),
            "help": self._people & flags(self._column("asks_help")),
        }

    @cached_property
    def _authors(self) -> Integers:
        return self._numbered("author")

    @cached_property
    def _roots(self) -> Integers:
        return self._numbered("root_id")

    def _column(self, name: str) -> pd.Series:
        return self._timed.column(name, self._part)

    def count(self, group: Numbers, *, least: int) -> Cells:
        """Count the posts of each group; those of a group below ``least`` are left out (0 is the total)."""
        at = np.flatnonzero(group >= least)
        at = at[_ordered(group[at])]
        minute, service = self._minutes[at], group[at]
        first = np.flatnonzero((np.diff(minute, prepend=-1) != 0) | (np.diff(service, prepend=-1) != 0))
        cell = np.repeat(np.arange(len(first)), np.diff(first, append=len(at)))
        counts = {name: _total(cell[mask[at]], len(first)) for name, mask in self._masks.items()}
        mine = self._people[at]
        counts["authors"] = _distinct(cell[mine], self._authors[at[mine]], len(first))
        counts["roots"] = _distinct(cell, self._roots[at], len(first))
        return Cells(service[first], minute[first], counts)

    def _numbered(self, name: str) -> Integers:
        """Return a number for each id, equal for equal ids of a minute; an unknown one is the post's own.

        Only posts that share their minute with a known id are compared, a batch of minutes at a time.
        """
        ids, minutes = self._column(name), self._minutes
        known = ids.ne("").to_numpy(dtype=bool)
        starts = np.flatnonzero(np.diff(minutes, prepend=-1) != 0)
        shared = np.add.reduceat(known.astype(np.int64), starts) > 0
        number = np.arange(len(minutes), dtype=np.int64)
        asked = np.flatnonzero(np.repeat(shared, np.diff(starts, append=len(minutes))))
        cuts = np.unique(np.searchsorted(minutes[asked], minutes[asked[::BATCH]])) if len(asked) else asked
        for batch in np.split(asked, cuts[1:]):
            mixed = ids.iloc[batch]
            if not known[batch].all():
                mixed = mixed.where(known[batch], self._column("post_id").iloc[batch])
            number[batch] = pd.factorize(mixed)[0]
        return number


def people(annotated: pd.DataFrame) -> Flags:
    """Return which posts are a person's own voice: not official, media, bot or hijack, shape ``(n,)``.

    >>> frame = pd.DataFrame({"account_kind": ["person", "media"], "hijack": [False, False]})
    >>> people(frame).tolist()
    [True, False]
    """
    return is_voice(annotated).to_numpy(dtype=bool)


def flags(column: pd.Series) -> Flags:
    """Return a column of truth values as an array, missing ones as False.

    >>> flags(pd.Series([True, None, False])).tolist()
    [True, False, False]
    """
    return column.eq(True).fillna(False).to_numpy(dtype=bool)


def rises(values: Integers) -> bool:
    """Return whether no value is below the one before it.

    >>> rises(np.array([1, 1, 2])), rises(np.array([2, 1]))
    (True, False)
    """
    return bool((values[1:] >= values[:-1]).all())


def _ordered(service: Numbers) -> Integers:
    """Return the stable order of services; NumPy counts numbers of 16 bits instead of comparing them."""
    narrow = service.max(initial=0) < 2**15
    return np.argsort(service.astype(np.int16) if narrow else service, kind="stable")


def _total(cell: Integers, size: int) -> Numbers:
    return np.bincount(cell, minlength=size).astype(np.int32)


def _distinct(cell: Integers, number: Integers, size: int) -> Numbers:
    """Return how many distinct numbers each cell holds, shape ``(size,)``."""
    span = int(number.max(initial=0)) + 1
    pairs = np.sort(cell * span + number)
    return _total(pairs[np.diff(pairs, prepend=-1) != 0] // span, size)
