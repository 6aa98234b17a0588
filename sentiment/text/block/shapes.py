"""Shapes of masked texts; the definition is ``text.features.phrase_counts``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.codes import SPACE, Places, Points
from sentiment.text.block.compiling import compiled

_FAULT, _BLAME, _SOOTHE, _TURN, _FORGIVE, _THANKS, _HARDSHIP, _PRAISE = (1 << n for n in range(8))
_GROUPS: Final = {
    "fault": _FAULT,
    "crash": _FAULT,
    "anger": _BLAME,
    "accuse": _BLAME,
    "loss": _BLAME,
    "redress": _BLAME,
    "forgive": _SOOTHE | _FORGIVE,
    "thanks": _SOOTHE | _THANKS,
    "patience": _SOOTHE,
    "but": _TURN,
    "hardship": _HARDSHIP,
    "praise": _PRAISE,
}
_NAMED: Final = ord("▲")
_BEFORE_NAMED: Final = tuple(map(ord, "#【「"))
_BETWEEN: Final = np.array(
    [[ord(char) for char in word.ljust(3, "\0")] for word in ("app", "又", "也", "是不是", "怎么")]
)
"""What may stand between a service and the word that it broke, filled up with zeros."""
_BREAKS: Final = tuple(map(ord, "崩宕挂炸"))
_NOT: Final = tuple(map(ord, "不没别"))
_QUESTIONS, _EXCLAMATIONS = tuple(map(ord, "?？")), tuple(map(ord, "!！"))
_HASH, _STOP, _DOT, _ELLIPSIS, _OPEN, _CLOSE, _I = map(ord, "#。.…[]我")
_EMOJI: Final = ((0x1F300, 0x1FAFF), (0x2600, 0x27BF))
_CAN, _WITHOUT, _WAY = map(ord, "能无法")


@lru_cache(maxsize=1)
def signs() -> NDArray[np.uint8]:
    """Return which code points a shape may be seen by: 1 where it is worth looking, shape (0x110000,)."""
    found = np.zeros(0x110000, dtype=np.uint8)
    found[[*_QUESTIONS, *_EXCLAMATIONS, _HASH, _STOP, _DOT, _ELLIPSIS, _OPEN, _I, _NAMED]] = 1
    for first, last in _EMOJI:
        found[first : last + 1] = 1
    return found


def category_groups(categories: Sequence[str]) -> NDArray[np.uint8]:
    """Return which groups each lexicon category belongs to, as bits."""
    return np.array([_GROUPS.get(name, 0) for name in categories], dtype=np.uint8)


@compiled
def is_emoji(point: int) -> bool:
    """Tell whether a character is an emoji or another picture the models know."""
    return (_EMOJI[0][0] <= point <= _EMOJI[0][1]) or (_EMOJI[1][0] <= point <= _EMOJI[1][1])


@compiled
def code_end(points: Points, place: int, last: int) -> int:
    """Return where an emoticon code like [允悲] that begins at a place ends, else 0."""
    if points[place] != _OPEN:
        return 0
    for at in range(place + 1, min(place + 10, last)):
        point = points[at]
        if point == _CLOSE:
            return at + 1 if at > place + 1 else 0
        if not (0x4E00 <= point <= 0x9FFF or 65 <= point <= 90 or 97 <= point <= 122 or 48 <= point <= 57):
            return 0
    return 0


@compiled
def count_shapes(
    counts: NDArray[np.float32],
    points: Points,
    first: int,
    last: int,
    hits: Places,
    groups: NDArray[np.uint8],
    traits: NDArray[np.uint8],
    signs: NDArray[np.uint8],
) -> None:
    """Write the shapes of a masked text, in the order of :data:`~sentiment.text.features.SHAPES`.

    Args:
        counts: Zeros, written to.
        points: Code points of all texts.
        first: Where the text begins.
        last: Where it ends.
        hits: What of the lexicon stands in it, see :data:`sentiment.text.block.phrases.ROW`.
        groups: Of the lexicon's categories.
        traits: Of the code points.
        signs: Of the code points, see :func:`signs`.
    """
    length = last - first
    counts[0] = length == 0
    counts[1] = length < 8
    counts[2] = 8 <= length < 20
    counts[3] = 20 <= length < 60
    counts[4] = length >= 60
    tags, tagged = 0, 0
    if _count_signs(counts, points, first, last, signs):
        tags, tagged = _hashtags(points, first, last)
    counts[9] = tags > 0
    counts[10] = tags > 2
    counts[11] = tags > 0 and tagged >= length - 1
    counts[13] = counts[12] > 0 and _begins_with_fault(points, first, last, traits)
    _count_turns(counts, points, first, hits, groups)


@compiled
def _count_signs(
    counts: NDArray[np.float32], points: Points, first: int, last: int, signs: NDArray[np.uint8]
) -> bool:
    """Write what single signs show; return whether hashtags may stand in the text."""
    hashes = False
    for place in range(first, last):
        point = points[place]
        if not signs[point]:
            continue
        hashes |= point == _HASH
        if point in _QUESTIONS:
            counts[5] = 1
        elif point in _EXCLAMATIONS:
            counts[6] = 1
        elif _trails_off(points, place, last):
            counts[7] = 1
        elif point == _NAMED:
            counts[12] = 1
        elif point == _I:
            counts[18] = 1
        if is_emoji(point) or (point == _OPEN and code_end(points, place, last)):
            counts[8] = 1
    return hashes


@compiled
def _trails_off(points: Points, place: int, last: int) -> bool:
    """Tell whether …, 。。 or ... begins at a place."""
    point = points[place]
    if point == _STOP:
        return place + 1 < last and points[place + 1] == _STOP
    if point == _DOT:
        return place + 2 < last and points[place + 1] == _DOT and points[place + 2] == _DOT
    return bool(point == _ELLIPSIS)


@compiled
def _hashtags(points: Points, first: int, last: int) -> tuple[int, int]:
    """Return the number of hashtags, and of their characters."""
    tags, tagged, place = 0, 0, first
    while place < last:
        if points[place] == _HASH:
            end = place + 1
            while end < last and points[end] != _HASH and points[end] != 10:
                end += 1
            if end < last and points[end] == _HASH and 1 <= end - place - 1 <= 60:
                tags += 1
                tagged += end + 1 - place
                place = end
        place += 1
    return tags, tagged


@compiled
def _begins_with_fault(points: Points, first: int, last: int, traits: NDArray[np.uint8]) -> bool:
    place = first
    while place < min(first + 3, last) and (points[place] in _BEFORE_NAMED or traits[points[place]] & SPACE):
        place += 1
    if place >= last or points[place] != _NAMED:
        return False
    place += 1
    for word in _BETWEEN:
        end = _end_of_word(points, place, last, word)
        if end:
            place = end
            break
    return place < last and points[place] in _BREAKS


@compiled
def _end_of_word(points: Points, place: int, last: int, word: Places) -> int:
    """Return where a word that stands at a place ends, else 0."""
    for code in word:
        if code == 0:
            break
        if place >= last or points[place] != code:
            return 0
        place += 1
    return place


@compiled
def _count_turns(
    counts: NDArray[np.float32], points: Points, first: int, hits: Places, groups: NDArray[np.uint8]
) -> None:
    """Write the shapes that tell which phrases stand before which."""
    present = 0
    first_blame = first_soothe = 1 << 60
    last_blame = last_soothe = -1
    for hit in range(len(hits)):
        group, place = groups[hits[hit, 3]], hits[hit, 1]
        present |= group
        if group & _BLAME:
            first_blame, last_blame = min(first_blame, place), max(last_blame, place)
        if group & _SOOTHE:
            first_soothe, last_soothe = min(first_soothe, place), max(last_soothe, place)
            if _negated(points, first, place):
                counts[17] = 1
    for hit in range(len(hits)):
        if groups[hits[hit, 3]] & _TURN:
            place = hits[hit, 1]
            if first_soothe < place < last_blame:
                counts[15] = 1
            if first_blame < place < last_soothe:
                counts[16] = 1
    fault, blame = (present & _FAULT) != 0, (present & _BLAME) != 0
    thanks, hardship = (present & _THANKS) != 0, (present & _HARDSHIP) != 0
    counts[14] = fault and counts[12] == 0
    counts[19] = thanks and hardship
    counts[20] = thanks and not (hardship or blame or fault)
    counts[21] = (present & _FORGIVE) != 0 and (blame or fault)
    counts[22] = (present & _PRAISE) != 0 and not (blame or fault or (present & _TURN) != 0)


@compiled
def _negated(points: Points, first: int, place: int) -> bool:
    """Tell whether 不, 没, 别, 不能 or 无法 stands right before a place."""
    if place > first and points[place - 1] in _NOT:
        return True
    if place - first < 2:
        return False
    before, last = points[place - 2], points[place - 1]
    cannot, no_way = before == _NOT[0] and last == _CAN, before == _WITHOUT and last == _WAY
    return bool(cannot or no_way)
