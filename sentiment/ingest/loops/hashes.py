"""One number a cell by which equal cells are told, and SHA-256 of many short texts."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sentiment.ingest.columns.strings import bytes_of, offsets_of
from sentiment.ingest.loops.points import Data, Hashes, Offsets, point_at, start_before
from sentiment.ingest.wording import SPACE, tables
from sentiment.text.block.compiling import compiled

Words = NDArray[np.uint32]

_SEED, _STEP, _LAST, _SIZE = (
    np.uint64(n) for n in (0x243F6A8885A308D3, 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0xC2B2AE3D27D4EB4F)
)
_BLOCK: Final = 64
"""Bytes that SHA-256 takes in at once."""
_HEX_DIGITS: Final = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_SHOWN: Final = 16
"""Hexadecimal digits of a hash that are kept."""


def hash_cells(column: pa.Array, *, stripped: bool = False) -> Hashes:
    """Return a number a cell, the same for equal ones; two others share one by chance in 2^64.

    Args:
        column: ``large_string`` without nulls.
        stripped: Leave out blanks at both ends, as ``str.strip`` does.
    """
    found = np.empty(len(column), dtype=np.uint64)
    _hash_cells(bytes_of(column), offsets_of(column), tables()[0], stripped, found)
    return found


@compiled
def _hash_cells(data: Data, offsets: Offsets, kinds: Data, stripped: bool, found: Hashes) -> None:
    for row in range(len(found)):
        start, stop = offsets[row], offsets[row + 1]
        if stripped:
            start, stop = _stripped(data, start, stop, kinds)
        found[row] = _hash_bytes(data, np.uint64(start), np.uint64(stop))


@compiled
def _stripped(data: Data, start: int, stop: int, kinds: Data) -> tuple[int, int]:
    while start < stop:
        point, after = point_at(data, start)
        if not kinds[point] & SPACE:
            break
        start = after
    while start < stop:
        before = start_before(data, stop)
        if not kinds[point_at(data, before)[0]] & SPACE:
            break
        stop = before
    return start, stop


@compiled
def _hash_bytes(data: Data, at: np.uint64, stop: np.uint64) -> np.uint64:
    total = _SEED ^ ((stop - at) * _SIZE)
    while at + np.uint64(8) <= stop:
        word = np.uint64(0)
        for n in range(8):
            word |= np.uint64(data[at + np.uint64(n)]) << np.uint64(8 * n)
        total = (total ^ word) * _STEP
        total ^= total >> np.uint64(29)
        at += np.uint64(8)
    word = np.uint64(0)
    while at < stop:
        word = (word << np.uint64(8)) | np.uint64(data[at])
        at += np.uint64(1)
    total = (total ^ word) * _STEP
    total = (total ^ (total >> np.uint64(32))) * _LAST
    return total ^ (total >> np.uint64(29))


def hash_texts(lead: bytes, column: pa.Array) -> pa.Array:
    """Return the first 16 hexadecimal digits of the SHA-256 of each text behind ``lead``; null gives none.

    Args:
        lead: What each message begins with.
        column: ``large_string``.
    """
    offsets = offsets_of(column)
    given = np.ones(len(column), dtype=bool)
    if column.null_count:
        given = column.is_valid().to_numpy(zero_copy_only=False)
    ends = np.zeros(len(column) + 1, dtype=np.int64)
    np.cumsum(given * _SHOWN, out=ends[1:])
    shown = np.empty(int(ends[-1]), dtype=np.uint8)
    room = len(lead) + int(np.diff(offsets).max(initial=0)) + 2 * _BLOCK
    message = np.zeros(room, dtype=np.uint8)
    message[: len(lead)] = np.frombuffer(lead, dtype=np.uint8)
    _hash_texts(bytes_of(column), offsets, given, message, len(lead), *_constants(), _HEX_DIGITS, shown)
    return pa.LargeStringArray.from_buffers(len(column), pa.py_buffer(ends), pa.py_buffer(shown))


def _constants() -> tuple[Words, Words]:
    """The first 32 bits of the fractions of roots of primes: square roots of 8, cube roots of 64."""
    primes = [n for n in range(2, 312) if all(n % k for k in range(2, int(n**0.5) + 1))]
    return (
        np.array([_fraction(n, 2) for n in primes[:8]], dtype=np.uint32),
        np.array([_fraction(n, 3) for n in primes], dtype=np.uint32),
    )


def _fraction(number: int, power: int) -> int:
    """The first 32 bits behind the point of a root, from whole numbers alone."""
    wanted = number << (32 * power)
    low, high = 0, 1 << 40
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**power <= wanted else (low, middle - 1)
    return low & 0xFFFFFFFF


@compiled
def _hash_texts(
    data: Data,
    offsets: Offsets,
    given: NDArray[np.bool_],
    message: Data,
    lead: int,
    first: Words,
    rounds: Words,
    digits: Data,
    shown: Data,
) -> None:
    words = np.zeros(64, dtype=np.uint32)
    state = np.zeros(8, dtype=np.uint32)
    end = 0
    for row in range(len(given)):
        if not given[row]:
            continue
        size = lead
        for at in range(offsets[row], offsets[row + 1]):
            message[size] = data[at]
            size += 1
        _digest(message, size, first, rounds, words, state)
        for n in range(16):
            shown[end + n] = digits[(state[n >> 3] >> np.uint32(28 - 4 * (n & 7))) & np.uint32(15)]
        end += 16


@compiled
def _digest(message: Data, size: int, first: Words, rounds: Words, words: Words, state: Words) -> None:
    """Put the SHA-256 (FIPS 180-4) of a message into ``state``; behind it there is room for its padding."""
    blocks = (size + 8) // _BLOCK + 1
    message[size] = 0x80
    message[size + 1 : blocks * _BLOCK] = 0
    for n in range(8):
        message[blocks * _BLOCK - 1 - n] = (8 * size >> 8 * n) & 0xFF
    state[:] = first
    for block in range(blocks):
        for n in range(16):
            at = block * _BLOCK + 4 * n
            words[n] = (
                np.uint32(message[at]) << np.uint32(24)
                | np.uint32(message[at + 1]) << np.uint32(16)
                | np.uint32(message[at + 2]) << np.uint32(8)
                | np.uint32(message[at + 3])
            )
        _add_block(words, rounds, state)


@compiled
def _turned(word: np.uint32, by: int) -> np.uint32:
    return np.uint32(word >> np.uint32(by)) | np.uint32(word << np.uint32(32 - by))


@compiled
def _add_block(words: Words, rounds: Words, state: Words) -> None:
    for n in range(16, 64):
        one, other = words[n - 15], words[n - 2]
        low = _turned(one, 7) ^ _turned(one, 18) ^ np.uint32(one >> np.uint32(3))
        high = _turned(other, 17) ^ _turned(other, 19) ^ np.uint32(other >> np.uint32(10))
        words[n] = words[n - 16] + low + words[n - 7] + high
    a, b, c, d, e, f, g, h = (
        state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]
    )  # fmt: skip
    for n in range(64):
        chosen = (e & f) ^ (~e & g)
        most = (a & b) ^ (a & c) ^ (b & c)
        added = np.uint32(
            h + (_turned(e, 6) ^ _turned(e, 11) ^ _turned(e, 25)) + chosen + rounds[n] + words[n]
        )
        moved = np.uint32((_turned(a, 2) ^ _turned(a, 13) ^ _turned(a, 22)) + most)
        h, g, f, e, d, c, b, a = g, f, e, np.uint32(d + added), c, b, a, np.uint32(added + moved)
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e
    state[5] += f
    state[6] += g
    state[7] += h
