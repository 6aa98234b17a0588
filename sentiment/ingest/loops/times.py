"""Times written in full, out of the bytes of a column."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sentiment.ingest.columns.strings import bytes_of, nulls, offsets_of
from sentiment.ingest.loops.points import Data, Offsets
from sentiment.text.block.compiling import compiled

UNREAD: Final = np.iinfo(np.int64).min
"""Stands for a cell that is none: what NaT is."""
_FIRST, _LAST = 2001, 2098
"""Years whose times are the same whichever zone they are looked at in."""
_BEIJING: Final = 8 * 3600
_DASH, _COLON, _SPACE, _T, _Z, _PLUS, _ZERO = (ord(mark) for mark in "-: TZ+0")
_DAYS: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)
_UNIT: Final = 10**9


def read_full_times(column: pa.Array) -> Offsets | None:
    """Return nanoseconds since 1970; None unless each cell is null or ``2025-04-11 17:05[:09][+08:00]``.

    >>> read_full_times(pa.array(["2025-04-11T17:05", None], pa.large_string())).tolist()[0]
    1744362300000000000
    """
    found = np.full(len(column), UNREAD)
    sure = _read(bytes_of(column), offsets_of(column), ~nulls(column), _DAYS, found)
    return found if sure else None


@compiled
def _read(data: Data, offsets: Offsets, given: NDArray[np.bool_], days: Offsets, found: Offsets) -> bool:
    for row in range(len(found)):
        if given[row]:
            seconds = _seconds(data, offsets[row], offsets[row + 1], days)
            if seconds < 0:
                return False
            found[row] = seconds * _UNIT
    return True


@compiled
def _seconds(data: Data, at: int, stop: int, days: Offsets) -> int:
    """Seconds since 1970, -1 if this is no such time."""
    if stop - at < 16 or data[at + 4] != _DASH or data[at + 7] != _DASH or data[at + 13] != _COLON:
        return -1
    if data[at + 10] != _SPACE and data[at + 10] != _T:
        return -1
    year = _two(data, at) * 100 + _two(data, at + 2)
    month, day = _two(data, at + 5), _two(data, at + 8)
    hour, minute, second = _two(data, at + 11), _two(data, at + 14), 0
    if not (_FIRST <= year <= _LAST and 1 <= month <= 12 and 0 <= hour <= 23 and 0 <= minute <= 59):
        return -1
    if not 1 <= day <= days[month] + (month == 2 and year % 4 == 0):
        return -1
    at += 16
    if stop - at >= 3 and data[at] == _COLON:
        second = _two(data, at + 1)
        at += 3
    ahead = _ahead(data, at, stop)
    if not 0 <= second <= 59 or ahead < 0:
        return -1
    passed = (year - 1970) * 365 + (year - 1969) // 4 + day - 1 + (month > 2 and year % 4 == 0)
    for n in range(1, month):
        passed += days[n]
    return ((passed * 24 + hour) * 60 + minute) * 60 + second - (ahead - 24 * 3600)


@compiled
def _two(data: Data, at: int) -> int:
    """A number of two digits, far below zero if it is none."""
    tens: Any = np.int64(data[at]) - _ZERO
    ones: Any = np.int64(data[at + 1]) - _ZERO
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -(1 << 30)


@compiled
def _ahead(data: Data, at: int, stop: int) -> int:
    """Seconds, and a day, that a clock is ahead of UTC; -1 if what stands there is no zone."""
    if at == stop:
        return _BEIJING + 24 * 3600
    if stop - at == 1 and data[at] == _Z:
        return 24 * 3600
    colon = stop - at == 6 and data[at + 3] == _COLON
    if not colon and stop - at != 5:
        return -1
    hours, minutes = _two(data, at + 1), _two(data, at + 3 + colon)
    if not (0 <= hours <= 12 and 0 <= minutes <= 59):
        return -1
    if data[at] == _PLUS:
        return 24 * 3600 + (hours * 60 + minutes) * 60
    return 24 * 3600 - (hours * 60 + minutes) * 60 if data[at] == _DASH else -1
