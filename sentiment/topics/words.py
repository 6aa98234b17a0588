"""Words that tell a group of posts from the rest, and those that may never be a name."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np
import pandas as pd

from sentiment.text.service import mask_services

MAX_TERMS: Final = 6
AT_ONCE: Final = 20_000
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


def count_words(tokens: pd.Series) -> pd.Series:
    """Return in how many posts each word that says something stands; some posts are in memory at a time."""
    counts: Counter[str] = Counter()
    for start in range(0, len(tokens), AT_ONCE):
        for post in tokens.iloc[start : start + AT_ONCE].tolist():
            counts.update(set(post.split(" ")))
    telling = {word: posts for word, posts in counts.items() if says_something(word)}
    return pd.Series(telling.values(), index=pd.Index(telling, dtype="str"), dtype="int64", name="count")


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
