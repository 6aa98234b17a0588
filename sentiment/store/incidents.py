"""Incidents as the store keeps them, and what people added to them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import pandas as pd

from sentiment.incidents import Announcement
from sentiment.schema import ZONE

STATES: Final = ("open", "ended", "withdrawn")


@dataclass(frozen=True, slots=True)
class StoredIncident:
    """One incident under an id that stays.

    Attributes:
        id: Service, day and number: ``美团-20260312-1``.
        state: ``open``, ``ended``, or ``withdrawn`` where later posts spoke against it.
        first_seen: When it was first found.
        updated: When it last changed.
        told: Highest severity that an event named; -1 before the first event.
        times: How often it was triggered: more than once where it opened again.
        data: Its entry of ``incidents.json`` under this id.
        acknowledged: ``by``, ``at`` and ``note``; None before somebody did.
    """

    id: str
    state: str
    first_seen: datetime
    updated: datetime
    told: int
    times: int
    data: Mapping[str, Any] = field(repr=False)
    acknowledged: Mapping[str, Any] | None = None

    @property
    def onset(self) -> pd.Timestamp:
        """Best time of its beginning."""
        return pd.Timestamp(self.data["onset"])

    @property
    def end(self) -> pd.Timestamp | None:
        """When counts were usual again; None while it lasts."""
        return None if self.data["end"] is None else pd.Timestamp(self.data["end"])

    def to_row(self) -> tuple[object, ...]:
        """Return the row of the table ``incidents``."""
        known = None if self.acknowledged is None else as_json(self.acknowledged)
        return (
            self.id, self.state, self.onset.isoformat(), self.first_seen.isoformat(),
            self.updated.isoformat(), self.told, self.times, as_json(self.data), known,
        )  # fmt: skip

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> StoredIncident:
        """Return the incident of a row of the table ``incidents``."""
        known = row["acknowledged"]
        return cls(
            id=row["id"],
            state=row["state"],
            first_seen=datetime.fromisoformat(row["first_seen"]),
            updated=datetime.fromisoformat(row["updated"]),
            told=row["told"],
            times=row["times"],
            data=json.loads(row["data"]),
            acknowledged=None if known is None else json.loads(known),
        )


@dataclass(frozen=True, slots=True)
class Marked:
    """An official response that a person marked.

    Attributes:
        id: Its number in the store.
        announcement: Time, words, what it does, service.
        by: Who marked it.
        marked_at: When.
    """

    id: int
    announcement: Announcement
    by: str
    marked_at: datetime

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Marked:
        """Return the mark of a row of the table ``responses``."""
        codes = tuple(code for code in row["codes"].split(";") if code)
        told = Announcement(pd.Timestamp(row["at"]), row["text"], codes, None, row["service"] or None)
        return cls(row["id"], told, row["by"], datetime.fromisoformat(row["marked_at"]))


def now() -> datetime:
    """Return the time in Asia/Shanghai, to the second."""
    return pd.Timestamp.now(tz=ZONE).floor("s").to_pydatetime()


def as_json(data: Any) -> str:  # noqa: ANN401 - any plain data
    """Return plain data as one line of JSON."""
    return json.dumps(data, ensure_ascii=False, default=str)
