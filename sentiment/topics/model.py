"""Topics of a post with probabilities: seed words and learnt words in one linear model.

The seeds come from the topic file, which a user can edit; the weights (``resources/topics.npz``, plain
arrays) were learnt from the labelled corpus for the carried topics. A word or a topic that a user adds has
no weights: what it shows is read from a calibration learnt over all carried topics, each treated as new.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import InputError
from sentiment.text.clean import model_text, own_text
from sentiment.text.features import prepare
from sentiment.text.segment import Segmenter
from sentiment.topics.seeded import OTHER, SeedFinder, Topic, load_topics

Floats = NDArray[np.float64]
HIT_SCALE: Final = 0.5
"""What one seed word counts beside the learnt words, whose vector has length one."""
MOST_HITS: Final = 2
_BIAS: Final = 0.3
NEW: Final = "+"
"""Before the id of a topic: words that the weights do not know."""


@dataclass(frozen=True, slots=True)
class TopicWeights:
    """What was learnt for the carried topics.

    Attributes:
        ids: Topics with weights, k of them.
        words: Seed words the weights were learnt with, by topic.
        vocabulary: Word or pair of neighbouring words to its row.
        scale: Inverse document frequency, shape (v,).
        weights: Shape (v + k + 1, k): vocabulary, seed words of each topic, constant.
        slope: What turns a score into a probability (Platt), shape (k, 2): factor and constant.
        thresholds: Probability from which a topic is given, shape (k,).
        unlearnt: The same for a topic without weights: factor of the seed words found (at most two), of the
            longest one's characters (at most six); constant; threshold.
        about: What the weights were learnt from.
    """

    ids: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    vocabulary: Mapping[str, int]
    scale: Floats
    weights: Floats
    slope: Floats
    thresholds: Floats
    unlearnt: Floats
    about: Mapping[str, Any]


def grams(words: Sequence[str]) -> Iterator[str]:
    """Yield the words of a post and its pairs of neighbouring words.

    >>> list(grams(["又", "崩了"]))
    ['又', '崩了', '又 崩了']
    """
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"


def word_vectors(posts: Sequence[Sequence[str]], vocabulary: Mapping[str, int], scale: Floats) -> Any:  # noqa: ANN401
    """Return presence of each known gram, scaled, each post of length one: sparse, shape (n, v)."""
    from scipy.sparse import csr_matrix

    columns: list[int] = []
    ends = [0]
    for words in posts:
        columns += sorted({vocabulary[gram] for gram in grams(words) if gram in vocabulary})
        ends.append(len(columns))
    places = np.array(columns, dtype=np.int64)
    values = scale[places]
    norms = np.sqrt(np.add.reduceat(np.append(values**2, 0.0), ends[:-1])) if posts else np.zeros(0)
    counts = np.diff(ends)
    norms[counts == 0] = 1.0
    return csr_matrix((values / np.repeat(norms, counts), places, ends), shape=(len(posts), len(scale)))


class TopicModel:
    """Reads the topics of posts.

    Args:
        topics: The topics, from :func:`sentiment.topics.seeded.load_topics`.
        weights: What was learnt for the carried ones.
    """

    def __init__(self, topics: Mapping[str, Topic], weights: TopicWeights) -> None:
        self.topics = topics
        self.ids = tuple(name for name in topics if name != OTHER)
        self.weights = weights
        self._learnt = [(self.ids.index(name), n) for n, name in enumerate(weights.ids) if name in topics]
        self._column = {NEW + name: n for n, name in enumerate(self.ids)}
        self._finder = SeedFinder(dict(self._phrases()))
        self.seed_phrases = self._finder.phrases
        thresholds = dict(zip(weights.ids, weights.thresholds, strict=True))
        self.thresholds: Floats = np.array([thresholds.get(name, weights.unlearnt[3]) for name in self.ids])

    def _phrases(self) -> Iterator[tuple[str, tuple[Sequence[str], Sequence[str]]]]:
        """Yield the seeds: words the weights know under the topic's id, the user's own under ``+id``."""
        for name in self.ids:
            topic, known = self.topics[name], set(self.weights.words.get(name, ()))
            yield name, ([word for word in topic.words if word in known], topic.unless)
            yield NEW + name, ([word for word in topic.words if word not in known], topic.unless)

    def score(self, texts: Sequence[str], words: Sequence[Sequence[str]]) -> Floats:
        """Return the probability of each topic: shape (n, topics), columns in the order of ``ids``.

        Args:
            texts: Model texts (see :func:`sentiment.text.clean.model_text`).
            words: Their words, services masked (see :func:`sentiment.text.features.prepare`).
        """
        found = [self._finder.find(text) for text in texts]
        if not texts:
            return np.zeros((0, len(self.ids)))
        weights = self.weights
        vectors = word_vectors(words, weights.vocabulary, weights.scale)
        dots = vectors @ weights.weights[: len(weights.scale)]
        scores = self.learnt_scores(dots, seed_counts(found, weights.ids))
        for row, text in enumerate(texts):
            if any(label.startswith(NEW) for label in found[row]):
                self.raise_to_unlearnt(scores[row], text)
        return scores

    def learnt_scores(self, dots: Floats, seeds: Floats) -> Floats:
        """Return the probability of each topic by the weights, 0 without: shape (n, topics).

        Args:
            dots: The posts' words times the weights of all learnt topics: shape (n, k).
            seeds: Their seed words, see :func:`seed_counts`: shape (n, k).
        """
        weights, columns = self.weights, [n for _, n in self._learnt]
        logits = dots[:, columns] + seeds @ weights.weights[len(weights.scale) : -1, columns]
        logits = logits + _BIAS * weights.weights[-1, columns]
        slope = weights.slope[columns]
        scores = np.zeros((len(dots), len(self.ids)))
        scores[:, [n for n, _ in self._learnt]] = 1 / (1 + np.exp(-(logits * slope[:, 0] + slope[:, 1])))
        return scores

    def raise_to_unlearnt(self, scores: Floats, text: str) -> None:
        """Raise one post's probabilities, in place, to what words without weights in its text show."""
        hits = self._finder.find(text)
        for column in [self._column[label] for label in hits if label.startswith(NEW)]:
            share = unlearnt_share(hits[NEW + self.ids[column]], self.weights.unlearnt)
            scores[column] = max(scores[column], share)

    def choose(self, scores: Floats) -> list[tuple[tuple[str, float], ...]]:
        """Return (topic, probability) of each post in the file's order; ``other`` where none is probable.

        The probability of ``other`` is one minus that of the most probable topic.
        """
        chosen: list[tuple[tuple[str, float], ...]] = []
        given = scores >= self.thresholds
        for row, mine in zip(scores, given, strict=True):
            named = tuple((self.ids[n], round(float(row[n]), 2)) for n in np.flatnonzero(mine))
            chosen.append(named or ((OTHER, round(1 - float(row.max(initial=0.0)), 2)),))
        return chosen


def seed_counts(found: Sequence[Mapping[str, tuple[str, ...]]], ids: Sequence[str]) -> Floats:
    """Return how many different seed words of each topic stand in each post, at most two, scaled."""
    counts = np.zeros((len(found), len(ids)))
    for row, hits in enumerate(found):
        if hits:
            counts[row] = [min(len(set(hits.get(name, ()))), MOST_HITS) for name in ids]
    return counts * HIT_SCALE


def unlearnt_share(hits: Sequence[str], unlearnt: Floats) -> float:
    """Return the probability of a topic without weights from its seed words found."""
    different = set(hits)
    longest = min(max(map(len, different), default=0), 6)
    logit = unlearnt[:3] @ np.array([min(len(different), MOST_HITS), longest, 1.0])
    return float(1 / (1 + np.exp(-logit)))


def read_words(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the model text of a post and its words with services masked."""
    plain = model_text(own_text(text))
    return plain, prepare(plain, Segmenter().cut(plain)).words


def topics_of(text: str, *, model: TopicModel | None = None) -> tuple[str, ...]:
    """Return the ids of a post's topics in the file's order; ``("other",)`` where none is probable.

    >>> topics_of("客服电话打不通，退款也没到账")
    ('payment', 'support')
    >>> topics_of("你好")
    ('other',)
    """
    model = model or load_topic_model()
    plain, words = read_words(text)
    return tuple(name for name, _ in model.choose(model.score([plain], [words]))[0])


@lru_cache(maxsize=4)
def load_topic_model(path: str | Path | None = None) -> TopicModel:
    """Return the model of a topic file (None: the carried one), read once a process.

    Raises:
        ConfigError: if the topic file is not one.
    """
    return TopicModel(load_topics(path), load_weights())


@lru_cache(maxsize=2)
def load_weights(path: Path | None = None) -> TopicWeights:
    """Return the carried weights, or those at a path.

    Raises:
        InputError: if the file does not hold topic weights.
    """
    place = path or Path(str(resources.files("sentiment") / "resources" / "topics.npz"))
    try:
        with np.load(place, allow_pickle=False) as arrays:
            about = json.loads(bytes(arrays["about"]).decode())
            vocabulary = bytes(arrays["vocabulary"]).decode().split("\n")
            return TopicWeights(
                ids=tuple(about["ids"]),
                words={name: tuple(words) for name, words in about["words"].items()},
                vocabulary={gram: n for n, gram in enumerate(vocabulary)},
                scale=arrays["scale"].astype(np.float64),
                weights=arrays["weights"].astype(np.float64),
                slope=arrays["slope"].astype(np.float64),
                thresholds=arrays["thresholds"].astype(np.float64),
                unlearnt=arrays["unlearnt"].astype(np.float64),
                about=about["about"],
            )
    except (OSError, KeyError, ValueError) as error:
        raise InputError(
            f"{place} does not hold topic weights: {error}. Make them with `make topics`."
        ) from None
