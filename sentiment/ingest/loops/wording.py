"""Own words, their hash and their MinHash in one go; defined by :mod:`sentiment.ingest.wording`."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sentiment.ingest.columns.strings import bytes_of, offsets_of
from sentiment.ingest.loops.points import Data, Hashes, Offsets, point_at
from sentiment.ingest.wording import (
    BY_CONTEXT,
    COMPARED,
    DIGIT,
    MARK,
    MIX,
    NAME,
    SPACE,
    WORD,
    Wording,
    tables,
)
from sentiment.text.block.compiling import compiled

Codes = NDArray[np.uint32]

_SIGMA, _DOTTED = BY_CONTEXT
_LOOKED_AT: Final = 2 * COMPARED
_LONGEST_LINK, _LONGEST_TAG, _LONGEST_NAME, _LONGEST_CODE = 500, 60, 40, 12
_SLASH, _HASH, _AT, _OPEN, _CLOSE, _LINE, _ZERO = (ord(mark) for mark in "/#@[]\n0")
_H, _T, _P, _S, _COLON = (ord(mark) for mark in "htps:")
_MIX_0, _MIX_1, _MIX_2, _MIX_3 = MIX
_TRIPLE: Final = np.uint64(1_000_003)


def hashed_wording(
    texts: pa.Array, factors: Hashes, addends: Hashes, *, shortest: int, bands: int
) -> tuple[Wording, Hashes, Codes] | None:
    """Return own words, one hash a text (0 below ``shortest`` characters) and its MinHash.

    Args:
        texts: ``large_string`` without nulls.
        factors: Multipliers of the hash functions.
        addends: What is added after them.
        shortest: Characters from which a text is hashed.
        bands: Numbers a text; each sums up as many hash functions as there are for one.

    Returns:
        None if a text holds a character whose small letter depends on those beside it.
    """
    offsets = offsets_of(texts)
    codes = np.empty(int(offsets[-1] - offsets[0]), dtype=np.uint32)
    lengths = np.zeros(len(texts), dtype=np.int64)
    if not _reduce(bytes_of(texts), offsets, *tables(), codes, lengths):
        return None
    codes = codes[: lengths.sum()]
    exact = np.zeros(len(texts), dtype=np.uint64)
    minima = np.zeros((len(texts), bands), dtype=np.uint32)
    _hash(codes, lengths, shortest, exact)
    _minhash(codes, lengths, exact, factors, addends, minima)
    return Wording(codes, lengths), exact, minima


@compiled
def _reduce(data: Data, offsets: Offsets, kinds: Data, small: Codes, codes: Codes, lengths: Offsets) -> bool:
    """Write the own words of each text one after the other; False where a letter has no small one alone."""
    text = np.zeros(_LOOKED_AT + 3, dtype=np.int64)
    end = 0
    for row in range(len(lengths)):
        size = _own_part(data, offsets[row], offsets[row + 1], kinds, text)
        written = _write_words(text, size, kinds, small, codes, end)
        if written < 0:
            return False
        lengths[row] = written
        end += written
    return True


@compiled
def _own_part(data: Data, start: int, stop: int, kinds: Data, text: Offsets) -> int:
    """Decode what is looked at of a text up to a ``//@``; return how many characters that is."""
    size, at = 0, start
    while at < stop and size < len(text):
        text[size], at = point_at(data, at)
        if text[size] == _AT and size >= 2:
            before = size - 1
            if text[before] != _SLASH and size >= 3 and kinds[text[before]] & SPACE:
                before -= 1
            if text[before] == _SLASH and before >= 1 and text[before - 1] == _SLASH:
                return min(before - 1, _LOOKED_AT)
        size += 1
    return min(size, _LOOKED_AT)


@compiled
def _write_words(text: Offsets, size: int, kinds: Data, small: Codes, codes: Codes, end: int) -> int:
    """Write the words of one text; return how many characters that is, -1 where it cannot be told."""
    at, written, was_digit = 0, 0, False
    while at < size and written < COMPARED:
        point = text[at]
        kind = kinds[point]
        after = _marked_end(text, at, size, kinds) if kind & MARK else 0
        if after:
            at = after
        elif not kind & WORD:
            at += 1
            while at < size and not kinds[text[at]] & WORD:
                at += 1
        else:
            at += 1
            if point == _SIGMA or point == _DOTTED:  # noqa: SIM109 - two comparisons are what is compiled
                return -1
            digit = kind & DIGIT != 0
            if not (digit and was_digit):
                codes[end + written] = _ZERO if digit else small[point] if point < len(small) else point
                written += 1
            was_digit = digit
    return written


@compiled
def _marked_end(text: Offsets, at: int, size: int, kinds: Data) -> int:
    """Where a link, hashtag, name or emoticon that begins here ends; 0 if none does."""
    mark = text[at]
    if mark == _H:
        return _link_end(text, at, size, kinds)
    if mark == _HASH:
        end = _run_end(text, at + 1, min(size, at + 1 + _LONGEST_TAG), _HASH, _LINE)
        return end + 1 if end > at + 1 and end < size and text[end] == _HASH else 0
    if mark == _OPEN:
        end = _run_end(text, at + 1, min(size, at + 1 + _LONGEST_CODE), _OPEN, _CLOSE)
        return end + 1 if end > at + 1 and end < size and text[end] == _CLOSE else 0
    if mark == _AT:
        end = at + 1
        while end < min(size, at + 1 + _LONGEST_NAME) and kinds[text[end]] & NAME:
            end += 1
        return end if end > at + 1 else 0
    return 0


@compiled
def _run_end(text: Offsets, at: int, stop: int, one: int, other: int) -> int:
    while at < stop and text[at] != one and text[at] != other:
        at += 1
    return at


@compiled
def _link_end(text: Offsets, at: int, size: int, kinds: Data) -> int:
    if at + 7 >= size or text[at + 1] != _T or text[at + 2] != _T or text[at + 3] != _P:
        return 0
    at += 5 if text[at + 4] == _S else 4
    if at + 3 >= size or text[at] != _COLON or text[at + 1] != _SLASH or text[at + 2] != _SLASH:
        return 0
    end = at + 3
    while end < min(size, at + 3 + _LONGEST_LINK) and not kinds[text[end]] & SPACE:
        end += 1
    return end if end > at + 3 else 0


@compiled
def _hash(codes: Codes, lengths: Offsets, shortest: int, exact: Hashes) -> None:
    start = 0
    for row in range(len(lengths)):
        size = lengths[row]
        if size >= shortest:
            total = np.uint64(0)
            for place in range(size):
                mixed = np.uint64(codes[start + place]) * _MIX_0 + np.uint64(place) * _MIX_1
                mixed = (mixed ^ (mixed >> np.uint64(31))) * _MIX_2
                mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX_3
                total += mixed ^ (mixed >> np.uint64(32))
            exact[row] = total ^ (np.uint64(size) * _MIX_0)
        start += size


@compiled
def _minhash(
    codes: Codes, lengths: Offsets, exact: Hashes, factors: Hashes, addends: Hashes, minima: Codes
) -> None:
    least = np.empty(len(factors), dtype=np.uint64)
    each = len(factors) // minima.shape[1]
    start = 0
    for row in range(len(lengths)):
        size = lengths[row]
        if exact[row]:
            least[:] = np.uint64(0xFFFFFFFFFFFFFFFF)
            for at in range(start, start + size - 2):
                pair = np.uint64(codes[at]) * _TRIPLE + np.uint64(codes[at + 1])
                triple = pair * _TRIPLE + np.uint64(codes[at + 2])
                for n in range(len(factors)):
                    least[n] = min(least[n], triple * factors[n] + addends[n])
            for band in range(minima.shape[1]):
                key = np.uint64(0)
                for n in range(band * each, band * each + each):
                    key = (key + (least[n] >> np.uint64(32))) * _MIX_0
                minima[row, band] = key >> np.uint64(32)
        start += size
