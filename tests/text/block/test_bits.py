"""Bitmaps give back what was marked, once and in order."""

from __future__ import annotations

import numpy as np
import pytest

from sentiment.text.block.compiling import can_compile

if not can_compile():
    pytest.skip("numba is switched off", allow_module_level=True)

from sentiment.text.block.bits import mark, packed, take, unmarked

COLUMNS = 1 << 20


@pytest.mark.parametrize("count", [0, 1, 300, 9_000])
def test_marked_columns_come_back_as_places_among_the_used_ones(count: int) -> None:
    chance = np.random.default_rng(count)
    flags = chance.random(COLUMNS) < 0.5
    used, before = packed(flags)
    marks = unmarked(used)
    marked = chance.integers(0, COLUMNS, count)
    for column in marked.astype(np.uint64):
        mark(column, marks)
    out, room = np.full(count + 9, -1), np.empty(count + 9, np.int64)
    end = take(out, 2, room, marks, 0, len(marks.tops), before)
    wanted = np.unique(marked[flags[marked]])
    assert out[2:end].tolist() == (np.cumsum(flags)[wanted] - 1).tolist()
    assert not any(level.any() for level in (marks.bits[:, 1], marks.summary, marks.tops))
