"""Own and model texts of a block: compiled loops find the posts that need the regexes of ``text.clean``.

Most posts need none: only then is cleaning lower case, half width and white space, done here character by
character. The rest, one in five, go through the very functions for one post.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from sentiment.text.clean import MODEL_LIMIT, model_text, own_text
from sentiment.text.service import fold

_STRIP: Final = 1
_BY_REGEX: Final = 2

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
        own: Own texts, as strings and as code points.
        own_codes: The same as code points.
        plain: Model texts.
        folded: What service names are matched on in own texts.
    """

    own: list[str]
    own_codes: Codes
    plain: Codes
    folded: Codes


def clean(texts: Sequence[str]) -> CleanTexts:
    """Return own, model and folded texts, equal to those of the functions for one post."""
    own = own_texts(texts)
    codes = Codes.of(own)
    return CleanTexts(own, codes, model_texts(own, codes), folded_texts(own, codes))


def own_texts(texts: Sequence[str]) -> list[str]:
    """Return the own text of each post (see :func:`sentiment.text.clean.own_text`)."""
    needs = _needs(*_parts(Codes.of(texts)), traits(), INVISIBLE, *_hints(_OWN_HINTS))
    own = list(texts)
    for row in np.flatnonzero(needs).tolist():
        own[row] = own_text(own[row]) if needs[row] & _BY_REGEX else own[row].strip()
    return own


def model_texts(own: Sequence[str], codes: Codes) -> Codes:
    """Return the model text of each own text (see :func:`sentiment.text.clean.model_text`)."""
    needs = _needs(*_parts(codes), traits(), INVISIBLE | ODD | TRADITIONAL, *_hints(_MODEL_HINTS))
    rows = np.flatnonzero((needs & _BY_REGEX) | (codes.lengths() > MODEL_LIMIT))
    plain = Codes(*_normalise(*_parts(codes), traits(), plain_forms()))
    return plain.replaced(rows, [model_text(own[row]) for row in rows.tolist()])


def folded_texts(own: Sequence[str], codes: Codes) -> Codes:
    """Return each own text in simplified script and lower case (see :func:`sentiment.text.service.fold`)."""
    odd = _needs(*_parts(codes), traits(), ODD | TRADITIONAL, *_hints(()))
    rows = np.flatnonzero(odd & _BY_REGEX)
    return Codes(lowered()[codes.points], codes.starts).replaced(
        rows, [fold(own[row]) for row in rows.tolist()]
    )


def _parts(codes: Codes) -> tuple[Points, Places]:
    return codes.points, codes.starts


def _hints(words: Sequence[str]) -> tuple[Points, Places]:
    return _parts(Codes.of(words))


@compiled
def _needs(
    points: Points, starts: Places, traits: NDArray[np.uint8], marks: int, hints: Points, hint_starts: Places
) -> NDArray[np.uint8]:
    """Return what each text needs: the regexes, where it holds a marked character or a hint; else a strip."""
    may_begin = np.zeros(0x10000, np.bool_)
    for hint in range(len(hint_starts) - 1):
        may_begin[hints[hint_starts[hint]]] = True
    needs = np.zeros(len(starts) - 1, np.uint8)
    for row in range(len(needs)):
        first, last = starts[row], starts[row + 1]
        if last > first and ((traits[points[first]] | traits[points[last - 1]]) & SPACE):
            needs[row] = _STRIP
        for place in range(first, last):
            point = points[place]
            if traits[point] & marks:
                needs[row] = _BY_REGEX
                break
            if point < 0x10000 and may_begin[point] and _any_at(points, place, last, hints, hint_starts):
                needs[row] = _BY_REGEX
                break
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
