"""Where the cells of JSON lines are, if every line is one flat object of the same columns.

Anything that is not certain is left to :mod:`json`: what is found here is what that would read.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from sentiment.ingest.loops.points import Data, Offsets
from sentiment.text.block.compiling import compiled

NO_CELL: Final = -1
"""Begins a cell that is null."""
NO_TEXT: Final = -2
"""Begins a cell that is neither text nor a whole number."""
_QUOTE, _BACKSLASH, _LINE, _RETURN, _OPEN, _CLOSE, _COLON, _COMMA, _MINUS, _POINT, _PLUS = (
    ord(mark) for mark in '"\\\n\r{}:,-.+'
)
_ZERO, _NINE, _SPACE, _TAB, _E, _U = (ord(mark) for mark in "09 \teu")
_LONGEST_NUMBER: Final = 18
"""Digits of a whole number that are read without another look."""
_WORDS: Final = np.frombuffer(b"null,true,false", dtype=np.uint8)
_NULL, _TRUE, _FALSE = (0, 4), (5, 9), (10, 15)
_ESCAPES: Final = np.zeros(256, dtype=np.uint8)
for _mark, _char in zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
    _ESCAPES[_mark] = _char


def find_cells(data: bytes, keys: list[bytes]) -> tuple[Offsets, Offsets] | None:
    """Return where each cell begins and ends, texts without their quotes: shape (columns, lines).

    Args:
        data: Whole lines of sound UTF-8 without NUL.
        keys: The columns, in the order of the file, as they are written there.

    Returns:
        None unless each line is such an object.
    """
    names = np.frombuffer(b"".join(keys), dtype=np.uint8)
    ends = np.cumsum([0, *map(len, keys)])
    count = data.count(b"\n")
    found = np.empty((2, len(keys), count), dtype=np.int64)
    sure = _find(np.frombuffer(data, dtype=np.uint8), names, ends, _WORDS, _ESCAPES, found)
    return (found[0], found[1]) if sure else None


@compiled
def _find(data: Data, names: Data, ends: Offsets, words: Data, escapes: Data, found: Offsets) -> bool:
    columns, at = len(ends) - 1, 0
    for row in range(found.shape[2]):
        if data[at] != _OPEN:
            return False
        at += 1
        for column in range(columns):
            at = _key_end(data, at, names, ends[column], ends[column + 1])
            if at < 0:
                return False
            start, stop, at = _cell(data, at, words, escapes)
            if at < 0:
                return False
            found[0, column, row], found[1, column, row] = start, stop
            at = _past_blanks(data, at)
            if data[at] != (_CLOSE if column == columns - 1 else _COMMA):
                return False
            at += 1
        at += data[at] == _RETURN
        if data[at] != _LINE:
            return False
        at += 1
    return at == len(data)


@compiled
def _past_blanks(data: Data, at: int) -> int:
    while data[at] == _SPACE or data[at] == _TAB:
        at += 1
    return at


@compiled
def _key_end(data: Data, at: int, names: Data, first: int, last: int) -> int:
    """Where the value of a column begins, if its key follows; else -1."""
    at = _past_blanks(data, at)
    if data[at] != _QUOTE:
        return -1
    at += 1
    for n in range(first, last):
        if data[at] != names[n]:
            return -1
        at += 1
    if data[at] != _QUOTE:
        return -1
    at = _past_blanks(data, at + 1)
    return _past_blanks(data, at + 1) if data[at] == _COLON else -1


@compiled
def _cell(data: Data, at: int, words: Data, escapes: Data) -> tuple[int, int, int]:
    """Where a cell's content begins and ends, and where the line goes on: -1 if this is no plain value."""
    first = data[at]
    if first == _QUOTE:
        stop = _text_end(data, at + 1, escapes)
        return at + 1, stop, stop + 1 if stop >= 0 else -1
    if first == _MINUS or _ZERO <= first <= _NINE:
        return _number(data, at)
    if _is_word(data, at, words, _NULL[0], _NULL[1]):
        return NO_CELL, NO_CELL, at + 4
    if _is_word(data, at, words, _TRUE[0], _TRUE[1]):
        return NO_TEXT, NO_TEXT, at + 4
    if _is_word(data, at, words, _FALSE[0], _FALSE[1]):
        return NO_TEXT, NO_TEXT, at + 5
    return 0, 0, -1


@compiled
def _is_word(data: Data, at: int, words: Data, first: int, last: int) -> bool:
    for n in range(first, last):
        if data[at] != words[n]:
            return False
        at += 1
    return True


@compiled
def _text_end(data: Data, at: int, escapes: Data) -> int:
    """Where the quote stands that ends a text; -1 if the line ends before or an escape is none."""
    while True:
        while data[at] > _BACKSLASH:  # most bytes of Chinese
            at += 1
        if data[at] == _QUOTE:
            return at
        if data[at] == _LINE or data[at] == _RETURN:
            return -1
        if data[at] == _BACKSLASH:
            at += 1
            if data[at] == _U:
                for n in range(1, 5):
                    if _hex_value(data[at + n]) < 0:
                        return -1
                at += 4
            elif not escapes[data[at]]:
                return -1
        at += 1


@compiled
def _hex_value(digit: int) -> int:
    if _ZERO <= digit <= _NINE:
        return digit - _ZERO
    small = digit | 0x20
    return small - 87 if 97 <= small <= 102 else -1


@compiled
def _number(data: Data, at: int) -> tuple[int, int, int]:
    start = at
    at += data[at] == _MINUS
    digits = _past_digits(data, at) - at
    if digits == 0 or digits > _LONGEST_NUMBER or (data[at] == _ZERO and (digits > 1 or at > start)):
        return 0, 0, -1
    at += digits
    if data[at] != _POINT and data[at] | 0x20 != _E:
        return start, at, at
    if data[at] == _POINT:
        after = _past_digits(data, at + 1)
        if after == at + 1:
            return 0, 0, -1
        at = after
    if data[at] | 0x20 == _E:
        at += 2 if data[at + 1] == _MINUS or data[at + 1] == _PLUS else 1
        after = _past_digits(data, at)
        if after == at:
            return 0, 0, -1
        at = after
    return NO_TEXT, NO_TEXT, at


@compiled
def _past_digits(data: Data, at: int) -> int:
    while _ZERO <= data[at] <= _NINE:
        at += 1
    return at


def take_cells(data: bytes, starts: Offsets, stops: Offsets) -> pa.Array | None:
    """Return a column's cells, ``large_string``, escapes undone; None if one holds half an emoji.

    Args:
        data: The lines.
        starts: Where each cell begins, :data:`NO_CELL` where there is none.
        stops: Where each ends.
    """
    offsets = np.zeros(len(starts) + 1, dtype=np.int64)
    out = np.empty(int((stops - starts).sum()), dtype=np.uint8)
    size = _take(np.frombuffer(data, dtype=np.uint8), starts, stops, _ESCAPES, offsets, out)
    if size < 0:
        return None
    given = starts != NO_CELL
    valid = None if given.all() else pa.py_buffer(np.packbits(given, bitorder="little"))
    return pa.Array.from_buffers(
        pa.large_string(), len(starts), [valid, pa.py_buffer(offsets), pa.py_buffer(out[:size])]
    )


@compiled
def _take(data: Data, starts: Offsets, stops: Offsets, escapes: Data, offsets: Offsets, out: Data) -> int:
    size = 0
    for row in range(len(starts)):
        at, stop = starts[row], stops[row]
        while at < stop:
            if data[at] != _BACKSLASH:
                out[size] = data[at]
                at, size = at + 1, size + 1
            elif data[at + 1] != _U:
                out[size] = escapes[data[at + 1]]
                at, size = at + 2, size + 1
            else:
                point, at = _escaped(data, at, stop)
                if 0xD800 <= point <= 0xDFFF:
                    return -1
                size = _write_point(point, out, size)
        offsets[row + 1] = size
    return size


@compiled
def _four(data: Data, at: int) -> int:
    value = 0
    for n in range(4):
        value = value << 4 | _hex_value(data[at + n])
    return value


@compiled
def _escaped(data: Data, at: int, stop: int) -> tuple[int, int]:
    r"""The code point written as ``\u....``, or as two of them, and where it ends."""
    high = _four(data, at + 2)
    at += 6
    if 0xD800 <= high <= 0xDBFF and at < stop and data[at] == _BACKSLASH and data[at + 1] == _U:
        low = _four(data, at + 2)
        if 0xDC00 <= low <= 0xDFFF:
            return 0x10000 + ((high & 0x3FF) << 10 | (low & 0x3FF)), at + 6
    return high, at


@compiled
def _write_point(point: int, out: Data, size: int) -> int:
    if point < 0x80:
        out[size] = point
        return size + 1
    if point < 0x800:
        out[size] = 0xC0 | point >> 6
        out[size + 1] = 0x80 | point & 0x3F
        return size + 2
    if point < 0x10000:
        out[size] = 0xE0 | point >> 12
        out[size + 1] = 0x80 | (point >> 6 & 0x3F)
        out[size + 2] = 0x80 | point & 0x3F
        return size + 3
    out[size] = 0xF0 | point >> 18
    out[size + 1] = 0x80 | (point >> 12 & 0x3F)
    out[size + 2] = 0x80 | (point >> 6 & 0x3F)
    out[size + 3] = 0x80 | point & 0x3F
    return size + 4
