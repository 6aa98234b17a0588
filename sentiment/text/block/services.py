"""Services named in a block of texts, by the rules of ``text.service``.

Compiled loops find the aliases, settle which of overlapping ones counts and look at the characters beside it.
Weak aliases, the choice between several services and services nobody listed are left to ``text.service``;
they are asked only where their words stand.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sentiment.text.block.codes import Codes, Places, Points
from sentiment.text.block.compiling import compiled
from sentiment.text.block.phrases import END, LABEL, ROW, START, PhraseTable
from sentiment.text.lexicon import Hit
from sentiment.text.service import (
    BODILY_MARK,
    MARK,
    UNLISTED_NEEDS,
    alias_phrases,
    beside_fault,
    is_bodily,
    unlisted,
    weak_counts,
)

_TRAP, _STRONG, _WEAK = range(3)
_BODILY: Final = 4


@lru_cache(maxsize=1)
def _aliases() -> tuple[PhraseTable, NDArray[np.uint8]]:
    """Return the table of all aliases and the kind of each label."""
    table = PhraseTable.of(alias_phrases())
    kinds = [_TRAP if not label else _WEAK if label[0] == "?" else _STRONG for label in table.labels]
    bodily = [_BODILY * is_bodily(label.lstrip("?")) for label in table.labels]
    return table, np.array(kinds, dtype=np.uint8) | np.array(bodily, dtype=np.uint8)


@lru_cache(maxsize=1)
def _names() -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return "" and the name of each label, as an Arrow array."""
    return pa.array(["", *(label.lstrip("?") for label in _aliases()[0].labels)], type=pa.large_string())


@lru_cache(maxsize=1)
def _needs_of_unlisted() -> PhraseTable:
    return PhraseTable.of({"": UNLISTED_NEEDS})


def hits(texts: Codes) -> Places:
    """Return the services named in folded texts, as :func:`sentiment.text.service.service_hits`.

    Shape (hits, 5), see :data:`sentiment.text.block.phrases.ROW`; by text, then by start.
    """
    table, kinds = _aliases()
    found = _settle(table.find(texts), texts.points, texts.starts, kinds)
    weak = np.flatnonzero(kinds[found[:, LABEL]] & 3 == _WEAK)
    counts = np.ones(len(found), dtype=np.bool_)
    rows = found[weak, ROW]
    for place, text, (start, end, label) in zip(
        weak.tolist(), texts.texts(rows), _places(found[weak], texts.starts[rows]), strict=True
    ):
        counts[place] = weak_counts(text, Hit(start, end, table.labels[label]))
    return found[counts]


def _places(hits: Places, text_starts: Places) -> list[list[int]]:
    """Return where hits begin and end in their texts, and their labels."""
    places = hits[:, [START, END, LABEL]]
    places[:, :2] -= text_starts[:, None]
    return cast("list[list[int]]", places.tolist())


def hits_in_folded(folded: Codes, plain: Codes, named: Places) -> Places:
    """Return :func:`hits` of folded own texts, given those of the model texts, which most of them equal."""
    differ = _differ(folded.points, folded.starts, plain.points, plain.starts)
    rows = np.flatnonzero(differ)
    others = folded.taken(rows)
    found, same = hits(others), named[~differ[named[:, ROW]]]
    of = found[:, ROW]
    found[:, START : END + 1] += (folded.starts[rows[of]] - others.starts[of])[:, None]
    found[:, ROW] = rows[of]
    same[:, START : END + 1] += (folded.starts - plain.starts)[same[:, ROW]][:, None]
    together = np.concatenate([found, same])
    return together[np.argsort(together[:, ROW], kind="stable")]


def mask(texts: Codes, named: Places) -> Codes:
    """Return model texts with named services replaced by marks, see ``text.service.mask_services``."""
    bodily = (_aliases()[1][named[:, LABEL]] & _BODILY).astype(np.bool_)
    marks = np.where(bodily, ord(BODILY_MARK), ord(MARK)).astype(np.uint32)
    return Codes(*_mask(texts.points, texts.starts, named, marks))


def choose(own: Codes, folded: Codes, named: Places) -> tuple[Any, Any]:
    """Return name and mention of the service each post is about, as ``text.service.find_service``.

    As Arrow arrays of strings.
    """
    hits = named[_chosen(folded, named)]
    rows = hits[:, ROW]
    numbers, begins, ends = (np.zeros(len(own), dtype=np.int64) for _ in range(3))
    numbers[rows] = hits[:, LABEL] + 1
    begins[rows] = hits[:, START] - folded.starts[rows]
    ends[rows] = hits[:, END] - folded.starts[rows]
    mentions = Codes(*_pieces(*own.parts(), *folded.parts(), begins, ends))
    nameless = np.flatnonzero((numbers == 0) & _needs_of_unlisted().any_in(own))
    found = [unlisted(text) for text in own.texts(nameless)]
    numbers[nameless] = np.arange(len(found)) + len(_names())
    names = pa.concat_arrays(
        [_names(), pa.array([service.name for service in found], type=pa.large_string())]
    )
    written = mentions.replaced(nameless, [service.mention for service in found]).written()
    return names.take(pa.array(numbers)), written


def _chosen(folded: Codes, named: Places) -> Places:
    """Return which hit of each post that has some it is about."""
    first = np.flatnonzero(np.diff(named[:, ROW], prepend=-1))
    sizes = np.diff(np.append(first, len(named)))
    several = np.flatnonzero(sizes > 1)
    texts = folded.texts(named[first[several], ROW])
    places = _places(named, folded.starts[named[:, ROW]])
    chosen = first.copy()
    for n, text in zip(several.tolist(), texts, strict=True):
        chosen[n] += _beside_fault_or_first(text, places[first[n] : first[n] + sizes[n]])
    return chosen


def _beside_fault_or_first(text: str, hits: list[list[int]]) -> int:
    """Return which of several services a post is about: the first beside talk of a fault, else the first."""
    for n, (start, end, _) in enumerate(hits):
        if beside_fault(text, Hit(start, end, "")):
            return n
    return 0


@compiled
def _pieces(
    own: Points, own_starts: Places, folded: Points, folded_starts: Places, begins: Places, ends: Places
) -> tuple[Points, Places]:
    """Return a piece of each own text; of the folded one where folding changed how long the text is."""
    out, out_starts, at = np.empty(np.sum(ends - begins), np.uint32), np.zeros(len(begins) + 1, np.int64), 0
    for row in range(len(begins)):
        length = own_starts[row + 1] - own_starts[row]
        same = length == folded_starts[row + 1] - folded_starts[row]
        points, start = (own, own_starts[row]) if same else (folded, folded_starts[row])
        for n in range(begins[row], ends[row]):
            out[at] = points[start + n]
            at += 1
        out_starts[row + 1] = at
    return out, out_starts


@compiled
def _differ(first: Points, first_starts: Places, second: Points, second_starts: Places) -> NDArray[np.bool_]:
    """Return which texts are not the same in both."""
    differ: NDArray[np.bool_] = np.diff(first_starts) != np.diff(second_starts)
    for row in range(len(differ)):
        for n in range(first_starts[row + 1] - first_starts[row]):
            if differ[row] or first[first_starts[row] + n] != second[second_starts[row] + n]:
                differ[row] = True
                break
    return differ


@compiled
def _settle(found: Places, points: Points, starts: Places, kinds: NDArray[np.uint8]) -> Places:
    """Keep of the aliases in a text those that are the longest somewhere; traps and parts of words go."""
    kept, count = np.empty_like(found), 0
    at = 0
    widest = 0
    for hit in range(len(found)):
        widest = max(widest, found[hit, 2] - found[hit, 1])
    while at < len(found):
        row, stop = found[at, 0], at
        while stop < len(found) and found[stop, 0] == row:
            stop += 1
        for hit in range(at, stop):
            if _longest_somewhere(found, hit, at, stop, widest) and _counts(
                found[hit], points, starts[row], starts[row + 1], kinds
            ):
                kept[count] = found[hit]
                count += 1
        at = stop
    return kept[:count]


@compiled
def _longest_somewhere(found: Places, hit: int, first: int, stop: int, widest: int) -> bool:
    """Tell whether a hit is longer than every other at one of its places; of equals the first counts."""
    start, end = found[hit, 1], found[hit, 2]
    while first < hit and found[first, 1] + widest <= start:
        first += 1
    for place in range(start, end):
        beaten = False
        for other in range(first, stop):
            if found[other, 1] > place:
                break
            if other != hit and place < found[other, 2]:
                longer = found[other, 2] - found[other, 1]
                if longer > end - start or (longer == end - start and other < hit):
                    beaten = True
                    break
        if not beaten:
            return True
    return False


@compiled
def _counts(hit: Places, points: Points, first: int, last: int, kinds: NDArray[np.uint8]) -> bool:
    start, end = hit[1], hit[2]
    if kinds[hit[3]] & 3 == 0:
        return False
    if start > first and _in_word(points[start]) and _in_word(points[start - 1]):
        return False
    if end < last and _in_word(points[end - 1]) and _in_word(points[end]):
        return bool(
            end + 3 <= last and points[end] == 97 and points[end + 1] == 112 and points[end + 2] == 112
        )
    return True


@compiled
def _in_word(point: int) -> bool:
    return (97 <= point <= 122) or (48 <= point <= 57)


@compiled
def _mask(points: Points, starts: Places, named: Places, marks: Points) -> tuple[Points, Places]:
    """Replace names from the last to the first of a text, as the definition does: names may overlap."""
    out, out_starts = np.empty(len(points) + len(named), np.uint32), np.zeros(len(starts), np.int64)
    at, hit = 0, 0
    for row in range(len(starts) - 1):
        size = starts[row + 1] - starts[row]
        for n in range(size):
            out[at + n] = points[starts[row] + n]
        stop = hit
        while stop < len(named) and named[stop, 0] == row:
            stop += 1
        for name in range(stop - 1, hit - 1, -1):
            start, end = named[name, 1] - starts[row], min(named[name, 2] - starts[row], size)
            out[at + start] = marks[name]
            for n in range(end, size):
                out[at + start + 1 + n - end] = out[at + n]
            size = start + 1 + size - end
        hit = stop
        at += size
        out_starts[row + 1] = at
    return out[:at], out_starts
