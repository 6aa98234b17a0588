"""How a store is served, and readings of it that everybody who looks at the same moment shares."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Final

from sentiment.serve.room import look
from sentiment.store import Store

FRESH_SECONDS: Final = 2.0
"""Everybody who looks within so long sees the same reading of the store."""
MOST_LOOKS: Final = 64
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """How the store is served."""

    token: str = field(default="", repr=False)
    """What opens the door; empty: everybody on this machine may come in."""
    read_only: bool = False
    lang: str = "zh"
    refresh_seconds: int = 5


class Looks:
    """Readings of the store, shared by everybody who looks at the same moment."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._lock = Lock()
        self._kept: dict[tuple[int, str], tuple[float, dict[str, Any]]] = {}

    def get(self, hours: int, service: str) -> dict[str, Any]:
        """Return the reading for a length and a service, at most :data:`FRESH_SECONDS` old."""
        with self._lock:
            known = self._kept.get((hours, service))
            if known and time.monotonic() - known[0] < FRESH_SECONDS:
                return known[1]
            if len(self._kept) >= MOST_LOOKS:
                self._kept.clear()
            room = look(self._store, now=self._clock(), hours=hours, service=service or None)
            self._kept[hours, service] = (time.monotonic(), room)
            return room

    def forget(self) -> None:
        """Read anew: somebody has just changed something."""
        with self._lock:
            self._kept.clear()
