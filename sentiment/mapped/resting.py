"""Pages of mapped files, let go of when many have been looked at.

A stage that goes through a column of ten million texts would otherwise hold a gigabyte of it.
"""

from __future__ import annotations

import mmap
import threading
import time
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Final

MOST: Final = 64
"""Megabytes of pages that this process may look at before they are let go."""
EVERY: Final = 0.01
"""Seconds between two looks: a stage reads some megabytes of a column in a millisecond."""


def let_go(mapped: mmap.mmap) -> None:
    """Tell the system to take the pages of a file back, where it can be told."""
    if hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def mapped_megabytes() -> float:
    """Return the megabytes of files that this process has looked at; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[2]) * mmap.PAGESIZE / 1e6
    except (OSError, IndexError, ValueError):
        return 0.0


class Rest(threading.Thread):
    """Lets go of the pages of files whenever many have been looked at; ends when the files are let go.

    Args:
        maps: The files; they may be let go meanwhile.
        most: Megabytes of pages that this process may look at before they are let go.
    """

    def __init__(self, maps: Iterable[mmap.mmap] = (), *, most: int = MOST) -> None:
        super().__init__(name="sentiment-rest", daemon=True)
        self._lock = threading.Lock()
        self._maps = weakref.WeakSet(maps)
        self._most = most
        self._rest = mapped_megabytes()  # of libraries: they are loaded on the way
        self.ended = False

    def take(self, mapped: mmap.mmap) -> bool:
        """Look after one file more; False where this thread has ended."""
        with self._lock:
            if not self.ended:
                self._maps.add(mapped)
            return not self.ended

    def run(self) -> None:
        """Look now and then."""
        while self.look():
            time.sleep(EVERY)

    def look(self) -> bool:
        """Let go of the pages if many have been looked at; False where there is no file left."""
        held = self._held()
        if mapped_megabytes() > self._rest + self._most:
            _let_go_of_all(held)
            self._rest = mapped_megabytes()
        return bool(held)

    def _held(self) -> list[mmap.mmap]:
        with self._lock:
            held = list(self._maps)
            self.ended = not held
            return held


def _let_go_of_all(maps: Iterable[mmap.mmap]) -> None:
    for mapped in maps:
        let_go(mapped)


class _Watch:
    """The one thread that looks after all files this process has mapped; it begins with the first of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rest: Rest | None = None

    def add(self, mapped: mmap.mmap) -> None:
        with self._lock:
            if self._rest is None or not self._rest.take(mapped):
                self._rest = Rest([mapped])
                self._rest.start()

    def look(self) -> None:
        if self._rest is not None:
            self._rest.look()


_WATCH: Final = _Watch()


def watch(mapped: mmap.mmap) -> None:
    """Have the pages of a file let go of, whenever many have been looked at, as long as it is mapped."""
    _WATCH.add(mapped)


def look() -> None:
    """Let go of the pages if many have been looked at, at once.

    The thread that looks now and then is too slow where a stage reads here and there, and where other
    processes have the processors.
    """
    _WATCH.look()
