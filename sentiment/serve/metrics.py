"""Numbers for Prometheus, in its text format (version 0.0.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import pandas as pd

from sentiment.store import Store

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
LATELY: Final = timedelta(hours=24)
Sample = tuple[Mapping[str, str], float]


def write_metrics(store: Store, requests: Mapping[tuple[str, int], int], *, now: datetime) -> str:
    """Return the numbers of a store and of the server before it.

    Args:
        store: The store.
        requests: How often each route answered with each status.
        now: The time, with a zone.
    """
    totals, health = store.totals(), store.health()
    said = _stamp(health.get("at"))
    states_known = ("open", "ended", "withdrawn")
    states = Counter(one.state for one in store.incidents())
    told = Counter(delivery.state for _, delivery in store.deliveries(now - LATELY))
    parts = [
        _metric("posts", "gauge", "Distinct posts in the store.", [({}, totals.posts)]),
        _metric("rejected_rows", "gauge", "Rows that did not become posts.", [({}, totals.rejected)]),
        _metric("store_bytes", "gauge", "Bytes of the posts on disk.", [({}, totals.bytes)]),
        _metric("store_revision", "counter", "Changes of the store.", [({}, totals.revision)]),
        _metric("incidents", "gauge", "Incidents by state.", _by(states, "state", states_known)),
        _metric("incident_severity", "gauge", "Severity of each open incident, 0 to 4.", _severities(store)),
        _metric("last_post_timestamp_seconds", "gauge", "Time of the latest post.", _stamp(totals.last)),
        _metric("watch_said_timestamp_seconds", "gauge", "When the watch last spoke.", said),
        _metric("pending_events", "gauge", "Events to be told.", [({}, health.get("pending_events", 0))]),
        _metric(
            "deliveries_last_day", "gauge", "Deliveries of 24 hours by state.",
            _by(told, "state", ("sent", "skipped", "failed", "dead")),
        ),
        _metric(
            "http_requests_total", "counter", "Answers by route and status.",
            [({"route": route, "status": str(status)}, n) for (route, status), n in sorted(requests.items())],
        ),
    ]  # fmt: skip
    return "".join(parts)


def _severities(store: Store) -> list[Sample]:
    return [
        ({"incident": one.id, "service": str(one.data.get("service") or "")}, float(one.data["severity"]))
        for one in store.incidents(state="open")
    ]


def _stamp(at: object) -> list[Sample]:
    return [] if at is None else [({}, pd.Timestamp(str(at)).timestamp())]


def _by(counts: Mapping[str, int], label: str, names: Iterable[str]) -> list[Sample]:
    return [({label: name}, counts.get(name, 0)) for name in names]


def _metric(name: str, kind: str, words: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP sentiment_{name} {words}", f"# TYPE sentiment_{name} {kind}"]
    for labels, value in samples:
        inside = ",".join(f'{key}="{_escape(text)}"' for key, text in labels.items())
        lines.append(f"sentiment_{name}{f'{{{inside}}}' if inside else ''} {value:.15g}")
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    r"""Escape a label's value.

    >>> _escape('a"b\\c')
    'a\\"b\\\\c'
    """
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
