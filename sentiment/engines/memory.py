"""Memory that is free in this process and that the system does not know of."""

from __future__ import annotations

import ctypes
from contextlib import suppress

import pyarrow as pa


def give_back() -> None:
    """Give free memory back to the system: between stages allocators would keep hundreds of megabytes of it.

    >>> give_back()
    """
    pa.default_memory_pool().release_unused()
    with suppress(AttributeError, OSError, TypeError):  # glibc's own; elsewhere there is no such call
        ctypes.CDLL(None).malloc_trim(0)
