"""An author's own words as numbers: without hashtags, links, names, digits and the ``//@`` tail.

Texts are compared as arrays of code points, a block of them at once: that costs a hundredth of working on
strings one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np

COMPARED: Final = 400
"""Characters of a text that are compared."""
_BLOCK: Final = 1 << 18
"""Characters that are looked at once: what fits into a processor's cache."""
_TAIL: Final = re.compile(r"//\s?@.*", re.S)
_NOISE: Final = re.compile(r"https?://\S{1,500}|#[^#\n]{1,60}#|@[\w\-·]{1,40}|\[[^\[\]]{1,12}\]|[\W_]+")
_DIGITS: Final = re.compile(r"\d+")
_MORE: Final = r"(?:https?://\S{1,500}|#[^#\n]{1,60}#|@[\w\-·]{1,40}|\[[^\[\]]{1,12}\])*"
_MARKED: Final = re.compile(
    rf"https?://\S{{1,500}}{_MORE}|#(?<![\W_]#)[^#\n]{{1,60}}#{_MORE}|@(?<![\W_]@)[\w\-·]{{1,40}}{_MORE}"
    rf"|\[(?<![\W_]\[)[^\[\]]{{1,12}}\]{_MORE}|#[\W_]*|@[\W_]*|\[[\W_]*"
)
"""What :data:`_NOISE` takes away from the first ``#``, ``@``, ``[`` or link on; a mark that follows
punctuation goes with it as punctuation, so it opens nothing."""
_CASED: Final = 0x20000
"""No character from here on has case."""
BY_CONTEXT: Final = (0x3A3, 0x130)
"""``Σ`` and ``İ``: what they are in small letters is no one character of its own."""
WORD, DIGIT, SPACE, NAME, MARK = (np.uint8(1 << n) for n in range(5))
"""Kinds of characters; the last are those of a name behind an ``@``, and what a link or mark begins with."""
MIX: Final = tuple(
    np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)


class Wording(NamedTuple):
    """Texts as code points, one after the other."""

    codes: np.ndarray
    """``uint32``."""
    lengths: np.ndarray
    """``int64``, one a text."""


def own_wording(texts: Sequence[str]) -> Iterator[Wording]:
    """Yield the own words of texts, a block of them at once.

    >>> [chr(n) for wording in own_wording(["#崩了# 等了35分钟 //@某人:转"]) for n in wording.codes]
    ['等', '了', '0', '分', '钟']
    """
    for block in _blocks([_unmarked(text) for text in texts]):
        codes = _codes(block)
        lengths = np.fromiter(map(len, block), dtype=np.int64, count=len(block))
        odd = np.flatnonzero(np.isin(codes, BY_CONTEXT)) if _has_odd(codes) else ()
        if not len(odd):
            yield _reduced(codes, lengths)
            continue
        rows = np.unique(np.searchsorted(np.cumsum(lengths), odd, side="right")).tolist()
        yield _with_rows(block, rows)


def plain_wording(text: str) -> str:
    """Return the own words of one text, read character by character: what :func:`own_wording` must equal.

    >>> plain_wording("#崩了# 等了35分钟 //@某人:转")
    '等了0分钟'
    """
    own = _TAIL.sub("", text, count=1) if "//" in text else text
    return _DIGITS.sub("0", _NOISE.sub("", own[: COMPARED * 2]).lower())[:COMPARED]


def _unmarked(text: str) -> str:
    if "//" in text:
        text = _TAIL.sub("", text, count=1)
    text = text[: COMPARED * 2]
    if "#" in text or "[" in text or "@" in text or "http" in text:
        return _MARKED.sub("", text)
    return text


def _blocks(texts: list[str]) -> Iterator[list[str]]:
    start, size = 0, 0
    for n, text in enumerate(texts):
        if size + len(text) > _BLOCK:
            yield texts[start:n]
            start, size = n, 0
        size += len(text)
    if texts:
        yield texts[start:]


def _codes(texts: Sequence[str]) -> np.ndarray:
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _has_odd(codes: np.ndarray) -> bool:
    return bool((codes == BY_CONTEXT[0]).any() or (codes == BY_CONTEXT[1]).any())


def _with_rows(block: list[str], rows: list[int]) -> Wording:
    """A block in which some texts are read character by character."""
    alone = {n: _DIGITS.sub("0", _NOISE.sub("", block[n]).lower())[:COMPARED] for n in rows}
    rest = ["" if n in alone else text for n, text in enumerate(block)]
    lengths = np.fromiter(map(len, rest), dtype=np.int64, count=len(rest))
    codes, lengths = _reduced(_codes(rest), lengths)
    starts = np.cumsum(lengths) - lengths
    sizes = [len(alone[n]) for n in rows]
    codes = np.insert(codes, np.repeat(starts[rows], sizes), _codes([alone[n] for n in rows]))
    lengths[rows] = sizes
    return Wording(codes, lengths)


def _reduced(codes: np.ndarray, lengths: np.ndarray) -> Wording:
    """Drop what is no letter or digit, make letters small and a run of digits one ``0``."""
    kinds, small = tables()
    kind = kinds[codes]
    kept = (kind & WORD) != 0
    lengths = _counted(kept, lengths)
    codes, kind = codes[kept], kind[kept]
    digit = (kind & DIGIT) != 0
    again = np.zeros(len(codes), dtype=bool)
    np.logical_and(digit[1:], digit[:-1], out=again[1:])
    starts = np.cumsum(lengths) - lengths
    again[starts[lengths > 0]] = False
    codes = np.where(digit, np.uint32(ord("0")), codes)
    codes = np.where(codes < _CASED, small[np.minimum(codes, _CASED - 1)], codes)
    if again.any():
        lengths, codes = _counted(~again, lengths), codes[~again]
    return _cut(codes, lengths)


def _counted(kept: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    ends = np.cumsum(lengths)
    before = np.zeros(len(kept) + 1, dtype=np.int64)
    np.cumsum(kept, out=before[1:])
    counted: np.ndarray = before[ends] - before[ends - lengths]
    return counted


def _cut(codes: np.ndarray, lengths: np.ndarray) -> Wording:
    if not len(lengths) or lengths.max() <= COMPARED:
        return Wording(codes, lengths)
    return Wording(codes[places(lengths) < COMPARED], np.minimum(lengths, COMPARED))


def places(lengths: np.ndarray) -> np.ndarray:
    """Return for each item of runs its place in its run.

    >>> places(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    starts = np.cumsum(lengths) - lengths
    found: np.ndarray = np.arange(lengths.sum()) - np.repeat(starts, lengths)
    return found


@cache
def tables() -> tuple[np.ndarray, np.ndarray]:
    """Return for every code point its kinds, and for those that can have case its small letter."""
    every = np.arange(0x110000, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    kinds = np.zeros(len(every), dtype=np.uint8)
    for pattern, kind in (
        (r"[^\W_]+", WORD),
        (r"\d+", DIGIT),
        (r"\s+", SPACE),
        (r"[\w\-·]+", NAME),
        ("[#@[h]", MARK),
    ):
        for found in re.finditer(pattern, every):
            kinds[found.start() : found.end()] |= kind
    small = np.arange(_CASED, dtype=np.uint32)
    for n, char in enumerate(every[:_CASED]):
        lower = char.lower()
        if lower != char and len(lower) == 1:
            small[n] = ord(lower)
    return kinds, small


def hash_wording(wording: Wording) -> np.ndarray:
    """Return one 64-bit number a text; equal texts have equal ones.

    >>> first, second = hash_wording(next(own_wording(["付不了款", "付不了款！"])))
    >>> bool(first == second)
    True
    """
    codes, lengths = wording
    mixed = codes.astype(np.uint64) * MIX[0]
    mixed += places(lengths).astype(np.uint64) * MIX[1]
    for shift, factor in ((31, MIX[2]), (29, MIX[3])):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= factor
    mixed ^= mixed >> np.uint64(32)
    sums = np.zeros(len(mixed) + 1, dtype=np.uint64)
    np.cumsum(mixed, out=sums[1:])
    ends = np.cumsum(lengths)
    total: np.ndarray = sums[ends] - sums[ends - lengths]
    total ^= lengths.astype(np.uint64) * MIX[0]
    return total


def chosen(wording: Wording, rows: np.ndarray) -> Wording:
    """Return some texts, in the order of their numbers given.

    >>> words = Wording(np.array([1, 2, 3, 4], dtype="u4"), np.array([1, 3]))
    >>> chosen(words, np.array([1, 0])).codes.tolist()
    [2, 3, 4, 1]
    """
    lengths = wording.lengths[rows]
    starts = (np.cumsum(wording.lengths) - wording.lengths)[rows]
    return Wording(wording.codes[np.repeat(starts, lengths) + places(lengths)], lengths)
