"""Characters out of UTF-8."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.compiling import compiled

Data = NDArray[np.uint8]
Offsets = NDArray[np.int64]
Hashes = NDArray[np.uint64]


@compiled
def point_at(data: Data, at: int) -> tuple[int, int]:
    """Return the code point that begins at a place in sound UTF-8, and where the next one does."""
    first: Any = np.int64(data[at])
    if first < 0x80:
        return first, at + 1
    second: Any = np.int64(data[at + 1]) & 0x3F
    if first < 0xE0:
        return (first & 0x1F) << 6 | second, at + 2
    third: Any = np.int64(data[at + 2]) & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | second << 6 | third, at + 3
    return (first & 0x07) << 18 | second << 12 | third << 6 | (np.int64(data[at + 3]) & 0x3F), at + 4


@compiled
def start_before(data: Data, at: int) -> int:
    """Return where the code point begins that ends before a place in sound UTF-8."""
    at -= 1
    while data[at] & 0xC0 == 0x80:
        at -= 1
    return at
