"""How a store is served, and readings of it that everybody who looks at the same moment shares."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock, Thread
from typing import Any, Final

from sentiment.serve.room import look
from sentiment.store import Store

FRESH_SECONDS: Final = 2.0
"""Everybody who looks within so long sees the same reading of the store."""
OLDEST_SECONDS: Final = 10.0
"""A reading this old is not handed out any more."""
MOST_LOOKS: Final = 64
LOG: Final = logging.getLogger("sentiment.serve")
Clock = Callable[[], datetime]
Choice = tuple[int, str]
"""Hours and service that somebody looks at."""


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """How the store is served."""

    token: str = field(default="", repr=False)
    """What opens the door; empty: everybody on this machine may come in."""
    read_only: bool = False
    lang: str = "zh"
    refresh_seconds: int = 5


class Looks:
    """Readings of the store, shared by everybody who looks at the same moment.

    Nobody but the first waits: a reading that is no longer fresh is handed out while the next is made.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._lock, self._reading = Lock(), Lock()
        self._kept: dict[Choice, tuple[float, dict[str, Any]]] = {}
        self._coming: set[Choice] = set()
        self._changes = 0

    def get(self, hours: int, service: str) -> dict[str, Any]:
        """Return the reading for a length and a service, at most :data:`OLDEST_SECONDS` old."""
        choice = (hours, service)
        with self._lock:
            at, room = self._kept.get(choice, (-OLDEST_SECONDS, {}))
            age = time.monotonic() - at
            if room and age < FRESH_SECONDS:
                return room
            if room and age < OLDEST_SECONDS:
                if choice not in self._coming:
                    self._coming.add(choice)
                    Thread(target=self._renew, args=(choice,), daemon=True).start()
                return room
        return self._read(choice)

    def forget(self) -> None:
        """Read anew: somebody has just changed something."""
        with self._lock:
            self._kept.clear()
            self._changes += 1

    def _read(self, choice: Choice) -> dict[str, Any]:
        with self._reading:
            with self._lock:
                at, room = self._kept.get(choice, (0.0, {}))
                changes = self._changes
            if room and time.monotonic() - at < FRESH_SECONDS:
                return room
            hours, service = choice
            room = look(self._store, now=self._clock(), hours=hours, service=service or None)
            with self._lock:
                if len(self._kept) >= MOST_LOOKS:
                    self._kept.clear()
                if changes == self._changes:
                    self._kept[choice] = (time.monotonic(), room)
            return room

    def _renew(self, choice: Choice) -> None:
        try:
            self._read(choice)
        except Exception:  # told to whoever looks next, when the kept reading is too old
            LOG.exception("The store could not be read.")
        finally:
            with self._lock:
                self._coming.discard(choice)
