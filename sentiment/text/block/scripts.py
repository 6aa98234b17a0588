"""Which texts of a block can be read, and which are Chinese; defined by ``readable`` and ``in_chinese``."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.codes import Codes, Places, Points
from sentiment.text.block.compiling import compiled
from sentiment.text.block.shapes import code_end, is_emoji

_OPEN: Final = 0x5B


def scripts(texts: Codes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which texts are readable, and which are in Chinese."""
    return _scripts(texts.points, texts.starts)


@compiled
def _scripts(points: Points, starts: Places) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    legible, chinese = np.zeros(len(starts) - 1, np.bool_), np.zeros(len(starts) - 1, np.bool_)
    for row in range(len(legible)):
        han, other, at, last = 0, 0, starts[row], starts[row + 1]
        skip = at
        while at < last:
            point = points[at]
            legible[row] |= 0x4E00 <= point <= 0x9FFF or is_emoji(point)
            if point == _OPEN and at >= skip:
                end = code_end(points, at, last)
                if end:
                    legible[row] |= _all_letters(points, at + 1, end - 1)
                    skip = end
            if at >= skip:
                han += _is_han(point)
                other += 0x3041 <= point <= 0x30FF or 0xAC00 <= point <= 0xD7A3
            at += 1
        chinese[row] = han > 0 and han >= other
    return legible, chinese


@compiled
def _all_letters(points: Points, first: int, last: int) -> bool:
    for place in range(first, last):  # noqa: SIM110 - numba compiles no generator
        if not (65 <= points[place] <= 90 or 97 <= points[place] <= 122):
            return False
    return True


@compiled
def _is_han(point: int) -> bool:
    return 0x3400 <= point <= 0x9FFF or 0xF900 <= point <= 0xFAFF or 0x20000 <= point <= 0x2FA1F
