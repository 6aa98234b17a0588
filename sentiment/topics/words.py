"""Words that tell a group of posts from the rest, and those that may never be a name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.mapped import blank
from sentiment.text.block.compiling import can_compile
from sentiment.text.service import mask_services
from sentiment.topics.columns import Places, Rows, Texts, texts_of

Integers = NDArray[np.int32]
MAX_TERMS: Final = 6
AT_ONCE: Final = 5_000
"""Posts whose words are in memory at once."""
_WORD: Final = re.compile(r"(?=.*[一-鿿a-z])[一-鿿a-z0-9]{2,8}")


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Return the carried words that name no topic (``resources/stopwords.txt``)."""
    raw = (resources.files("sentiment") / "resources" / "stopwords.txt").read_text(encoding="utf-8")
    return frozenset(word for line in raw.splitlines() if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=65_536)
def says_something(word: str) -> bool:
    """Tell whether a word may name a topic: two to eight characters, Han or Latin, no stop word, no service.

    >>> says_something("取票码"), says_something("我们"), says_something("美团"), says_something("10")
    (True, False, False, False)
    """
    return bool(_WORD.fullmatch(word)) and word not in stop_words() and "▲" not in mask_services(word)


class WordCounts:
    """Counts in how many posts of each group the words stand that say something.

    Args:
        groups: How many groups there are.

    Attributes:
        words: All words met, those that say nothing too.
        counts: Posts by word and group, shape (words, groups).

    >>> counts = WordCounts(2)
    >>> counts.add(pd.Series(["退款 没 到账", "退款"]), np.array([0, 1]), np.array([0, 1]), [[0], [0, 1]])
    >>> counts.of(0).to_dict(), counts.of(1).to_dict()
    ({'退款': 2, '到账': 1}, {'退款': 1})
    """

    def __init__(self, groups: int) -> None:
        self.words: list[str] = []
        self.counts: Integers = np.zeros((0, groups), dtype=np.int32)
        self._numbers = WordNumbers()

    def add(
        self, tokens: pd.Series, rows: Rows, kinds: NDArray[np.integer], groups: Sequence[Sequence[int]]
    ) -> None:
        """Count posts.

        Args:
            tokens: Space-joined words.
            rows: Which of them.
            kinds: What kind of post each of those is; -1: not counted.
            groups: The groups that each kind counts for.
        """
        flat = np.array([group for mine in groups for group in mine], dtype=np.int64)
        bounds = np.cumsum([0, *map(len, groups)])
        for start, (numbers, ends) in self._numbers.read(tokens, rows):
            self._grow()
            mine = kinds[start : start + len(ends)].astype(np.int64, copy=False)
            if can_compile():
                from sentiment.topics import loops

                loops.count_words(numbers, ends, mine, flat, bounds, self.counts)
                continue
            kind = np.repeat(mine, np.diff(ends, prepend=0))
            for one, to in enumerate(groups):
                held = np.bincount(numbers[kind == one], minlength=len(self.counts))
                self.counts[:, list(to)] += held[:, np.newaxis].astype(np.int32)

    def _grow(self) -> None:
        self.words = self._numbers.words
        if len(self.words) > len(self.counts):
            room = np.zeros((2 * len(self.words), self.counts.shape[1]), dtype=np.int32)
            room[: len(self.counts)] = self.counts
            self.counts = room

    def of(self, group: int) -> pd.Series:
        """Return the posts of each word that stands in a group."""
        mine = self.counts[: len(self.words), group]
        held = np.flatnonzero(mine)
        words = pd.Index([self.words[n] for n in held], dtype="str")
        return pd.Series(mine[held].astype("int64"), index=words, name="count")

    def held(
        self,
        tokens: pd.Series,
        rows: Rows,
        kinds: NDArray[np.integer],
        wanted: Sequence[Collection[str]],
    ) -> Integers:
        """Return how many different words of those wanted of its kind each post has.

        Args:
            tokens: Space-joined words.
            rows: Which posts.
            kinds: What kind each of those is.
            wanted: Words of each kind, met before.
        """
        place = {word: n for n, word in enumerate(self.words)}
        among = np.zeros((len(wanted), len(place)), dtype=bool)
        for kind, words in enumerate(wanted):
            among[kind, [place[word] for word in words]] = True
        out: Integers = blank(len(rows), np.int32)
        for start, (numbers, ends) in self._numbers.read(tokens, rows):
            post = np.repeat(np.arange(start, start + len(ends)), np.diff(ends, prepend=0))
            hits = post[among[kinds[post], numbers]]
            out[start : start + len(ends)] = np.bincount(hits - start, minlength=len(ends))
        return out

    def telling(self, group: int, size: int, posts: int, *, most: int = MAX_TERMS) -> list[str]:
        """Return the words that tell a group from all posts, see :func:`distinctive_words`.

        Group 0 is all posts, ``size`` the number of the group's posts, ``posts`` that of all.
        """
        held = np.flatnonzero(self.counts[: len(self.words), group])
        here, everywhere = self.counts[held, group], self.counts[held, 0]
        score = here * np.log((here / size) / (everywhere / posts))
        if len(score) > most:
            least = np.partition(score, len(score) - most)[len(score) - most]
            held, score = held[score >= least], score[score >= least]
        ranked = sorted(zip(-score, (self.words[n] for n in held), strict=True))
        return [word for _, word in ranked[:most]]


class WordNumbers:
    """Gives the words that say something a number each, as they are met.

    Attributes:
        words: All words met, by number, those that say nothing too.
    """

    def __init__(self) -> None:
        self.words: list[str] = []
        self._says: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._marks: NDArray[np.uint64] = np.zeros(0, dtype=np.uint64)
        self._slots: Integers = np.zeros(0, dtype=np.int32)
        self._seen: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._known: dict[str, int] = {}
        self._posts = 0

    def read(self, tokens: pd.Series, rows: Rows) -> Iterator[tuple[int, tuple[Integers, Places]]]:
        """Give, some posts at a time, the place of the first in ``rows``, each post's words and their ends.

        A post's words are numbers, each once, in order; one post's stand behind the other's.
        """
        texts = texts_of(tokens)
        for start in range(0, len(rows), AT_ONCE):
            few = rows[start : start + AT_ONCE]
            numbers, ends = self._compiled(texts, few) if can_compile() else self._plain(texts, few)
            says = self._says[numbers]
            kept = np.concatenate([[0], np.cumsum(says)])
            yield start, (numbers[says], kept[ends])

    def _plain(self, texts: Texts, rows: Rows) -> tuple[Integers, Places]:
        numbers: list[int] = []
        ends = np.zeros(len(rows), dtype=np.int64)
        for n, row in enumerate(rows):
            post = bytes(texts.data[texts.starts[row] : texts.starts[row + 1]]).decode()
            for word in dict.fromkeys(post.split(" ")):
                if _WORD.fullmatch(word):
                    numbers.append(self._known.setdefault(word, len(self._known)))
            ends[n] = len(numbers)
        self._learn(list(self._known)[len(self.words) :])
        return np.array(numbers, dtype=np.int32), ends

    def _compiled(self, texts: Texts, rows: Rows) -> tuple[Integers, Places]:
        from sentiment.topics import loops

        size = int((texts.starts[rows + 1] - texts.starts[rows]).sum()) // 3 + len(rows)
        self._make_room(len(self.words) + size)
        out, ends = np.empty(size, dtype=np.int32), np.empty(len(rows), dtype=np.int64)
        new = np.empty((size, 2), dtype=np.int64)
        known = loops.find_words(
            *texts, rows, self._marks, self._slots, self._seen, self._posts, len(self.words), out, ends, new
        )
        self._posts += len(rows)
        met = new[: known - len(self.words)]
        self._learn([bytes(texts.data[start:end]).decode() for start, end in met.tolist()])
        return out[: int(ends[-1])] if len(ends) else out[:0], ends

    def _learn(self, words: list[str]) -> None:
        self.words += words
        self._says = np.concatenate([self._says, np.array([*map(says_something, words)], dtype=bool)])

    def _make_room(self, words: int) -> None:
        """Keep the table half empty; the marks of words met are put in anew where it grows."""
        if words > len(self._seen):
            self._seen = np.concatenate([self._seen, np.full(words, -1, dtype=np.int64)])
        if 2 * words <= len(self._marks):
            return
        from sentiment.topics import loops

        held = self._slots >= 0
        marks, slots = self._marks[held], self._slots[held]
        length = 1 << (4 * words - 1).bit_length()
        self._marks, self._slots = np.zeros(length, np.uint64), np.full(length, -1, dtype=np.int32)
        loops.place(marks, slots, self._marks, self._slots)


def count_words(tokens: pd.Series) -> pd.Series:
    """Return in how many posts each word that says something stands; some posts are in memory at a time.

    >>> count_words(pd.Series(["退款 没 到账", "退款 退款"])).to_dict()
    {'退款': 2, '到账': 1}
    """
    counts = WordCounts(1)
    counts.add(tokens, np.arange(len(tokens)), np.zeros(len(tokens), dtype=np.int64), [[0]])
    return counts.of(0)


def distinctive_words(
    tokens: pd.Series, background: pd.Series, posts: int, *, most: int = MAX_TERMS
) -> list[str]:
    """Return the words that tell posts from all others: count times how much over-represented.

    Args:
        tokens: Space-joined words of the group's posts.
        background: Posts of each word over all posts, from :func:`count_words`.
        posts: Number of all posts.
        most: Words returned at most.
    """
    here = count_words(tokens)
    lift = (here / len(tokens)) / (background.reindex(here.index) / posts)
    score = here * np.log(lift)
    ranked = pd.DataFrame({"score": score, "word": score.index}).sort_values(
        ["score", "word"], ascending=[False, True]
    )
    return list(ranked["word"].head(most))
