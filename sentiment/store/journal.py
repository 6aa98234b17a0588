"""The journal of events: committed with the state that caused them, told afterwards, never lost between."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from sentiment.events import Delivery, Event, Pending
from sentiment.store.incidents import as_json
from sentiment.store.reading import to_delivery


def add_events(state: sqlite3.Connection, events: Sequence[Event]) -> None:
    """Append events; one that is there already is left as it is."""
    rows = [(one.id, as_json(one.to_dict())) for one in events]
    state.executemany("INSERT OR IGNORE INTO events (id, data) VALUES (?, ?)", rows)


def pending_events(state: sqlite3.Connection) -> list[Pending]:
    """Return the unfinished events in order, with what is known of their deliveries."""
    found = state.execute("SELECT * FROM events WHERE finished = 0 ORDER BY sequence").fetchall()
    return [
        Pending(
            Event.from_dict(json.loads(row["data"])),
            tuple(
                to_delivery(one)
                for one in state.execute(
                    "SELECT * FROM deliveries WHERE event = ? ORDER BY channel", (row["id"],)
                )
            ),
        )
        for row in found
    ]


def record_delivery(state: sqlite3.Connection, delivery: Delivery) -> None:
    """Keep the latest delivery of an event on a channel and count the attempts."""
    retry = None if delivery.retry_at is None else delivery.retry_at.isoformat()
    values = (
        delivery.event_id, delivery.channel, delivery.state, delivery.at.isoformat(), delivery.detail, retry,
    )  # fmt: skip
    state.execute(
        "INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT (event, channel) DO UPDATE SET "
        "state = excluded.state, at = excluded.at, detail = excluded.detail, retry_at = excluded.retry_at, "
        "attempts = attempts + 1",
        values,
    )
