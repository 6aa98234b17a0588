"""The loops over the words of many posts, compiled: loaded where numba is there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.compiling import compiled

Array = NDArray[Any]
_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@compiled
def mark_texts(data: Array, starts: Array, rows: Array, out: Array) -> None:
    """Fill the mark (FNV-1a) of each text at these rows."""
    for n in range(len(rows)):
        mark = _SEED
        for at in range(starts[rows[n]], starts[rows[n] + 1]):
            mark = (mark ^ np.uint64(data[at])) * _PRIME
        out[n] = mark


@compiled
def han(data: Array, at: int, end: int) -> Any:  # noqa: ANN401 - an integer of 64 bits
    """Return the Han character (U+4E00 to U+9FFF) that begins at a byte, 0 where another one does."""
    if data[at] < 0xE4 or data[at] > 0xE9 or at + 2 >= end:
        return 0
    lead, middle, tail = np.int64(data[at]), np.int64(data[at + 1]), np.int64(data[at + 2])
    return (lead & 15) << 12 | (middle & 63) << 6 | (tail & 63)


@compiled
def place(marks: Array, numbers: Array, table: Array, places: Array) -> None:
    """Put marks and their numbers into a table whose length is a power of two; -1 marks what is free."""
    last = np.uint64(len(table) - 1)
    for n in range(len(marks)):
        slot = (marks[n] * _SPREAD >> np.uint64(20)) & last
        while places[slot] >= 0:
            slot = (slot + np.uint64(1)) & last
        table[slot], places[slot] = marks[n], numbers[n]


@compiled
def find_words(  # noqa: C901 - one pass over memory
    data: Array,
    starts: Array,
    rows: Array,
    marks: Array,
    numbers: Array,
    seen: Array,
    post: int,
    known: int,
    out: Array,
    ends: Array,
    new: Array,
) -> int:
    """Fill the numbers of each post's different words of two to eight Han characters, letters and digits.

    Args:
        data: Tokens joined by spaces, in UTF-8.
        starts: Where each post's begin.
        rows: The posts.
        marks: Table of the words known, by mark; its length is a power of two. Words are added.
        numbers: Their numbers, -1 where the table is free.
        seen: The last post that had each word.
        post: Number of the first post here: larger than all in ``seen``.
        known: Words known.
        out: Numbers of the words, one post behind the other.
        ends: Where those of each post end.
        new: Where each word met first lies in ``data``: start and end.

    Returns:
        Words known now.
    """
    last, used, before = np.uint64(len(marks) - 1), 0, known
    for n in range(len(rows)):
        at, end = starts[rows[n]], starts[rows[n] + 1]
        mark, first, length, fits, named = _SEED, at, 0, True, False
        while at <= end:
            if at == end or data[at] == 32:
                if fits and named and 2 <= length <= 8:
                    slot = (mark * _SPREAD >> np.uint64(20)) & last
                    while numbers[slot] >= 0 and marks[slot] != mark:
                        slot = (slot + np.uint64(1)) & last
                    if numbers[slot] < 0:
                        marks[slot], numbers[slot] = mark, known
                        new[known - before, 0], new[known - before, 1] = first, at
                        known += 1
                    if seen[numbers[slot]] != post + n:
                        seen[numbers[slot]] = post + n
                        out[used] = numbers[slot]
                        used += 1
                at += 1
                mark, first, length, fits, named = _SEED, at, 0, True, False
                continue
            size = 1
            if data[at] < 128:
                letter = 97 <= data[at] <= 122
                named |= letter
                fits &= letter or 48 <= data[at] <= 57
            elif 0x4E00 <= han(data, at, end) <= 0x9FFF:
                named, size = True, 3
            else:
                fits = False
            for place in range(at, at + size):
                mark = (mark ^ np.uint64(data[place])) * _PRIME
            length += 1
            at += size
        ends[n] = used
    return known


@compiled
def count_words(
    numbers: Array, ends: Array, kinds: Array, groups: Array, bounds: Array, counts: Array
) -> None:
    """Add each post's words to the groups of its kind; kind -1 belongs to none.

    Args:
        numbers: Numbers of the words, one post behind the other.
        ends: Where those of each post end.
        kinds: Kind of each post.
        groups: Groups of each kind, one kind behind the other.
        bounds: Where those of each kind begin, and the end of the last.
        counts: Posts of each word and group, shape (words, groups).
    """
    start = 0
    for n in range(len(ends)):
        if kinds[n] >= 0:
            for at in range(start, ends[n]):
                for place in range(bounds[kinds[n]], bounds[kinds[n] + 1]):
                    counts[numbers[at], groups[place]] += 1
        start = ends[n]


@compiled
def find_grams(  # noqa: C901 - one pass over memory
    data: Array,
    starts: Array,
    rows: Array,
    single: Array,
    pairs: Array,
    pair_columns: Array,
    words: Array,
    word_ends: Array,
    out: Array,
    ends: Array,
) -> None:
    """Fill the columns of each post's known characters, pairs of them and words, ascending, each once.

    Args:
        data: Tokens joined by spaces, in UTF-8.
        starts: Where each post's begin.
        rows: The posts.
        single: Column of each character by its code point, -1 where unknown.
        pairs: Table of the pairs known (first × 65536 + second), -1 where free; its length is a power of two.
        pair_columns: Their columns.
        words: Columns of each post's words, -1 where unknown, one post behind the other.
        word_ends: Where those of each post end.
        out: The columns, one post behind the other.
        ends: Where those of each post end.
    """
    last, used, word, none = len(pairs) - 1, 0, 0, np.int64(0)
    for n in range(len(rows)):
        begin, before = used, none
        at, end = starts[rows[n]], starts[rows[n] + 1]
        while at < end:
            size, here = 1, none
            if data[at] == 32:
                at += 1
                continue
            if 97 <= data[at] <= 122:
                here = none + data[at]
            elif 0x4E00 <= han(data, at, end) <= 0x9FFF:
                here, size = han(data, at, end), 3
            if here and single[here] >= 0:
                out[used] = single[here]
                used += 1
            if here and before:
                pair = before << 16 | here
                slot = pair_slot(pair, last)
                while pairs[slot] >= 0 and pairs[slot] != pair:
                    slot = (slot + 1) & last
                if pairs[slot] == pair:
                    out[used] = pair_columns[slot]
                    used += 1
            before = here
            at += size
        while word < word_ends[n]:
            if words[word] >= 0:
                out[used] = words[word]
                used += 1
            word += 1
        used = begin + keep_different(out[begin:used])
        ends[n] = used


@compiled
def pair_slot(pair: Any, last: int) -> Any:  # noqa: ANN401 - integers of 64 bits
    """Return where the search for a pair begins in a table whose last slot is given."""
    return np.int64((np.uint64(pair) * _SPREAD >> np.uint64(20)) & np.uint64(last))


@compiled
def keep_different(values: Array) -> int:
    """Sort values in place, each once, and return how many there are."""
    values.sort()
    kept = 0
    for n in range(len(values)):
        if n == 0 or values[n] != values[n - 1]:
            values[kept] = values[n]
            kept += 1
    return kept
