"""The numbers a linear model reads from a post: hashed character n-grams and words, phrase counts, pairs.

Services are masked and numbers folded, so that a model trained on 饿了么 reads 叮咚买菜 as well.
Hashing is our own (a multiplicative hash of code points), the same on every machine and version.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.clean import fold_numbers
from sentiment.text.lexicon import lexicon_finder, load_lexicon
from sentiment.text.service import mask_services

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

CHAR_BITS: Final = 21
WORD_BITS: Final = 20
CHAR_SIZES: Final = (1, 2, 3, 4)

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_HASHTAG: Final = re.compile(r"#[^#\n]{1,60}#")
_EMOTICON: Final = re.compile(r"\[[一-鿿A-Za-z0-9]{1,8}\]|[\U0001F300-\U0001FAFF☀-➿]")
_LEADING_FAULT: Final = re.compile(r"^[#【「\s]{0,3}▲(?:app|又|也|是不是|怎么)?(?:崩|宕|挂|炸)")

SHAPES: Final = (
    "empty", "under_8", "under_20", "under_60", "over_60", "question", "exclamation", "ellipsis",
    "emoticon", "hashtag", "many_hashtags", "only_hashtags", "names_service", "fault_on_service",
    "fault_without_service", "contrast_then_blame", "blame_then_contrast", "forgive_negated", "first_person",
    "thanks_for_hardship", "thanks_alone", "forgives_a_flaw", "praise_alone",
)  # fmt: skip

PAIRED_SHAPES: Final = ("under_8", "under_20", "over_60", "question", "names_service")


@dataclass(frozen=True, slots=True)
class ModelPost:
    """One post as the models read it.

    Attributes:
        masked: Model text with services masked.
        words: Its words, services masked and numbers folded.
    """

    masked: str
    words: tuple[str, ...]


def prepare(text: str, tokens: Sequence[str]) -> ModelPost:
    """Return a post as the models read it.

    Args:
        text: Model text (see :func:`sentiment.text.clean.model_text`).
        tokens: Its words.

    >>> prepare("美团又崩了", ["美团", "又", "崩了"]).masked
    '▲又崩了'
    """
    masked = mask_services(text)
    return ModelPost(masked, tuple(map(word_form, tokens)))


@lru_cache(maxsize=100_000)
def word_form(word: str) -> str:
    """Return a word as the models read it: a service masked, numbers folded.

    >>> word_form("12306"), word_form("45")
    ('▲', '0')
    """
    return fold_numbers(mask_services(word))


def views() -> dict[str, slice]:
    """Return the columns of each view of a post: characters, words, phrases (with shapes), pairs."""
    signals = len(load_lexicon()) + len(PAIRED_SHAPES)
    sizes = (2**CHAR_BITS, 2**WORD_BITS, len(SHAPES) + len(load_lexicon()), signals * (signals - 1) // 2)
    ends = np.cumsum(sizes).tolist()
    starts = [0, *ends[:-1]]
    names = ("characters", "words", "phrases", "pairs")
    return {name: slice(start, end) for name, start, end in zip(names, starts, ends, strict=True)}


def column_count() -> int:
    """Return the number of columns of the feature matrix."""
    return int(views()["pairs"].stop)


def featurize(posts: Sequence[ModelPost]) -> csr_matrix:
    """Return the feature matrix of posts: shape (n, :func:`column_count`), float32.

    Columns: characters, words, shapes, lexicon categories, pairs of signals that occur in the same post
    (thanks with bad weather mean something else than thanks alone).

    >>> featurize([prepare("又崩了", ["又", "崩了"])]).shape == (1, column_count())
    True
    """
    from scipy.sparse import csr_matrix, hstack

    chars = _hashed(
        *char_grams([fold_numbers(post.masked) for post in posts]), rows=len(posts), bits=CHAR_BITS
    )
    words = _hashed(*word_grams([post.words for post in posts]), rows=len(posts), bits=WORD_BITS)
    counts = np.array([phrase_counts(post.masked) for post in posts], dtype=np.float32)
    views = [chars, words, csr_matrix(counts), _pairs(counts)]
    matrix: csr_matrix = hstack(views, format="csr", dtype=np.float32)
    return matrix


def _pairs(counts: NDArray[np.float32]) -> csr_matrix:
    """Return which two signals, lexicon categories or paired shapes, occur in the same post."""
    from scipy.sparse import csr_matrix

    signals = np.hstack([counts[:, len(SHAPES) :], counts[:, [SHAPES.index(name) for name in PAIRED_SHAPES]]])
    count = signals.shape[1]
    rows: list[int] = []
    columns: list[int] = []
    for row, present in enumerate(signals > 0):
        for first, second in combinations(np.flatnonzero(present).tolist(), 2):
            rows.append(row)
            columns.append(first * (2 * count - first - 1) // 2 + second - first - 1)
    ones = np.ones(len(rows), dtype=np.float32)
    return csr_matrix((ones, (rows, columns)), shape=(len(counts), count * (count - 1) // 2))


def char_grams(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (row, column) of every character 1- to 4-gram of every text, texts bracketed by a mark.

    One flat array of code points is hashed for all texts at once; grams never cross a text's border.
    """
    bracketed = [f"\x02{text}\x03" for text in texts]
    codes = np.frombuffer("".join(bracketed).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    lengths = np.array([len(text) for text in bracketed], dtype=np.int64)
    row_of = np.repeat(np.arange(len(texts)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(codes))
    rows, columns = [], []
    state = np.zeros(len(codes), dtype=np.uint64)
    for size in CHAR_SIZES:
        shifted = np.append(codes[size - 1 :], np.zeros(size - 1, dtype=np.uint64))[: len(codes)]
        state = (state ^ shifted) * _MULTIPLIER
        state ^= state >> np.uint64(29)
        whole = left >= size
        rows.append(row_of[whole])
        columns.append(_bucket(state[whole] + np.uint64(size), CHAR_BITS))
    return np.concatenate(rows), np.concatenate(columns)


def _bucket(state: NDArray[np.uint64], bits: int) -> NDArray[np.int64]:
    return ((state * _MULTIPLIER) >> np.uint64(64 - bits)).astype(np.int64)


def word_grams(posts: Sequence[Sequence[str]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (row, column) of every word and pair of neighbouring words of every post."""
    rows: list[int] = []
    columns: list[int] = []
    mask = 2**WORD_BITS - 1
    for row, words in enumerate(posts):
        pairs = (f"{first} {second}" for first, second in pairwise(words))
        for gram in (*words, *pairs):
            rows.append(row)
            columns.append(zlib.crc32(gram.encode()) & mask)
    return np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64)


def _hashed(rows_: NDArray[np.int64], columns: NDArray[np.int64], *, rows: int, bits: int) -> csr_matrix:
    """Return presence of each hashed gram, one row a post."""
    from scipy.sparse import csr_matrix

    ones = np.ones(len(columns), dtype=np.float32)
    matrix = csr_matrix((ones, (rows_, columns)), shape=(rows, 2**bits))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def phrase_counts(masked: str) -> list[float]:
    """Return the shapes of a masked text and how often each lexicon category hits it (dampened)."""
    hits: dict[str, list[int]] = {}
    for hit in lexicon_finder().find(masked):
        hits.setdefault(hit.label, []).append(hit.start)
    counts = [min(len(hits.get(category, ())), 3) ** 0.5 for category in load_lexicon()]
    return [*(float(value) for value in _shapes(masked, hits)), *counts]


def _shapes(masked: str, hits: dict[str, list[int]]) -> list[bool]:
    length = len(masked)
    tags = _HASHTAG.findall(masked)
    fault = "fault" in hits or "crash" in hits
    named = "▲" in masked
    blame = [*hits.get("anger", ()), *hits.get("accuse", ()), *hits.get("loss", ()), *hits.get("redress", ())]
    forgive = [*hits.get("forgive", ()), *hits.get("thanks", ()), *hits.get("patience", ())]
    turn = hits.get("but", [])
    thanks = "thanks" in hits
    return [
        length == 0,
        length < 8,
        8 <= length < 20,
        20 <= length < 60,
        length >= 60,
        "?" in masked or "？" in masked,
        "!" in masked or "！" in masked,
        "。。" in masked or "..." in masked or "…" in masked,
        bool(_EMOTICON.search(masked)),
        bool(tags),
        len(tags) > 2,
        bool(tags) and len("".join(tags)) >= length - 1,
        named,
        named and bool(_LEADING_FAULT.search(masked)),
        fault and not named,
        _before_and_after(forgive, turn, blame),
        _before_and_after(blame, turn, forgive),
        any(
            masked[max(0, place - 2) : place].endswith(("不", "没", "别", "不能", "无法"))
            for place in forgive
        ),
        "我" in masked,
        thanks and "hardship" in hits,
        thanks and not ("hardship" in hits or blame or fault),
        "forgive" in hits and bool(blame or fault),
        "praise" in hits and not (blame or fault or turn),
    ]


def _before_and_after(first: list[int], turn: list[int], second: list[int]) -> bool:
    return any(min(first, default=99999) < place < max(second, default=-1) for place in turn)
