"""Own and model texts of a block: compiled loops find the posts that need the regexes of ``text.clean``.

Most posts need none: only then is cleaning lower case, half width and white space, done here character by
character. The rest go through the very functions for one post; traditional script through OpenCC, all texts
in one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.codes import (
    INVISIBLE,
    ODD,
    SPACE,
    TRADITIONAL,
    Codes,
    Places,
    Points,
    lowered,
    plain_forms,
    traits,
)
from sentiment.text.block.compiling import compiled
from sentiment.text.clean import MODEL_LIMIT, model_text, own_text, simplify

_STRIP, _BY_REGEX, _SIMPLIFY = 1, 2, 4
"""What a text needs."""
_HINT: Final = 64
"""Among the traits of a character: one of the hints begins with it."""
Marks = tuple[NDArray[np.uint8], int, Points, Places]
_BETWEEN: Final = "\ue000"
"""Stands in no own text, and OpenCC knows no phrase with it."""

_OWN_HINTS: Final = ("@", "原始用户", "开发者回复", "转发", "轉發", "Repost", "图片评论", "分享图片")
"""One of them stands in every text of which ``own_text`` takes more than white space and invisible marks."""
_MODEL_HINTS: Final = (
    "@", "http", "www.", "t.cn/", "网页链接", "抽奖详情", "微博视频", "[超话]", "[话题]",
)  # fmt: skip
"""One of them stands in every own text from which a cleaner drops something."""


@dataclass(frozen=True, slots=True)
class CleanTexts:
    """The forms of a block of posts that its readers need.

    Attributes:
        own: Own texts.
        plain: Model texts.
        folded: What service names are matched on in own texts.
    """

    own: Codes
    plain: Codes
    folded: Codes


def clean(texts: Codes) -> CleanTexts:
    """Return own, model and folded texts, equal to those of the functions for one post."""
    own = own_texts(texts)
    needs = _needed(own, _model_marks())
    foreign = np.flatnonzero(needs & _SIMPLIFY)
    simple = own.replaced(foreign, _simplified(own, foreign))
    return CleanTexts(own, _model_texts(own, simple, needs), _folded_texts(simple))


def own_texts(texts: Codes) -> Codes:
    """Return the own text of each post (see :func:`sentiment.text.clean.own_text`)."""
    needs = _needed(texts, _own_marks())
    rows = np.flatnonzero(needs)
    by_regex = (needs[rows] & _BY_REGEX).tolist()
    new = [
        own_text(text) if hard else text.strip()
        for text, hard in zip(texts.texts(rows), by_regex, strict=True)
    ]
    return texts.replaced(rows, new)


def _simplified(texts: Codes, rows: Places) -> list[str]:
    """Return some of the texts in simplified script, converted together."""
    if not len(rows):
        return []
    return simplify(_BETWEEN.join(texts.texts(rows))).split(_BETWEEN)


def _model_texts(own: Codes, simple: Codes, needs: NDArray[np.uint8]) -> Codes:
    """Return the model text of each own text (see :func:`sentiment.text.clean.model_text`)."""
    rows = np.flatnonzero((needs & _BY_REGEX) | (own.lengths() > MODEL_LIMIT))
    plain = Codes(*_normalise(*simple.parts(), traits(), plain_forms()))
    return plain.replaced(rows, [model_text(text) for text in own.texts(rows)])


def _folded_texts(simple: Codes) -> Codes:
    """Return texts in simplified script in lower case (see :func:`sentiment.text.service.fold`)."""
    rows = np.flatnonzero(_needed(simple, _odd_marks()))
    return Codes(lowered()[simple.points], simple.starts).replaced(
        rows, [text.lower() for text in simple.texts(rows)]
    )


def _marks(regex: int, hints: Sequence[str], others: int = 0) -> Marks:
    """Return the traits of characters to look at, which of them a regex is for, and the hints."""
    marks = traits() & np.uint8(regex | others)
    marks[[ord(hint[0]) for hint in hints]] |= _HINT
    return marks, regex, *Codes.of(hints).parts()


@lru_cache(maxsize=1)
def _own_marks() -> Marks:
    return _marks(INVISIBLE, _OWN_HINTS, SPACE)


@lru_cache(maxsize=1)
def _model_marks() -> Marks:
    return _marks(INVISIBLE | ODD, _MODEL_HINTS, TRADITIONAL)


@lru_cache(maxsize=1)
def _odd_marks() -> Marks:
    return _marks(ODD, ())


def _needed(texts: Codes, looked_for: Marks) -> NDArray[np.uint8]:
    marks, regex, hints, hint_starts = looked_for
    return _needs(texts.points, texts.starts, marks, regex, hints, hint_starts)


@compiled
def _needs(
    points: Points, starts: Places, marks: NDArray[np.uint8], regex: int, hints: Points, hint_starts: Places
) -> NDArray[np.uint8]:
    """Return what each text needs: regexes for a character of theirs or a hint; a strip; OpenCC."""
    needs = np.zeros(len(starts) - 1, np.uint8)
    for row in range(len(needs)):
        first, last = starts[row], starts[row + 1]
        if last > first and ((marks[points[first]] | marks[points[last - 1]]) & SPACE):
            needs[row] = _STRIP
        for place in range(first, last):
            mark = marks[points[place]]
            if not mark:
                continue
            if mark & regex or (mark & _HINT and _any_at(points, place, last, hints, hint_starts)):
                needs[row] |= _BY_REGEX
            if mark & TRADITIONAL:
                needs[row] |= _SIMPLIFY
    return needs


@compiled
def _any_at(points: Points, place: int, last: int, words: Points, starts: Places) -> bool:
    """Tell whether one of the words begins at a place."""
    for word in range(len(starts) - 1):
        size = starts[word + 1] - starts[word]
        if place + size <= last:
            same = True
            for n in range(size):
                if points[place + n] != words[starts[word] + n]:
                    same = False
                    break
            if same:
                return True
    return False


@compiled
def _normalise(
    points: Points, starts: Places, traits: NDArray[np.uint8], forms: Points
) -> tuple[Points, Places]:
    """Return texts in their plain forms, at most three of a character in a row, single inner spaces."""
    out, out_starts = np.empty(len(points), np.uint32), np.zeros(len(starts), np.int64)
    at = 0
    for row in range(len(starts) - 1):
        begin, run, before = at, 0, np.uint32(0)
        for place in range(starts[row], starts[row + 1]):
            point = forms[points[place]]
            if traits[point] & SPACE:
                point = np.uint32(32)
                if at > begin and out[at - 1] != 32:
                    out[at] = point
                    at += 1
                run = 0
                continue
            run = run + 1 if run and point == before else 1
            before = point
            if run <= 3:
                out[at] = point
                at += 1
        if at > begin and out[at - 1] == 32:
            at -= 1
        out_starts[row + 1] = at
    return out[:at], out_starts
