"""Learn the weights of the carried topics: ridge regression on words and seed words, scored writer by writer.

Run as ``python -m sentiment.training.topics LABELS WEIGHTS`` (``make topics``).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.text.clean import own_model_text
from sentiment.topics.model import (
    MOST_HITS,
    Floats,
    TopicWeights,
    grams,
    seed_counts,
    word_vectors,
)
from sentiment.topics.seeded import OTHER, SeedFinder, Topic, load_topics
from sentiment.training.corpus import read_labels
from sentiment.training.fit import corpus_hash, prepared

MIN_POSTS: Final = 3
RIDGE: Final = 1.0
_BIAS: Final = 0.3
_GRID: Final = np.arange(0.05, 0.8, 0.025)
TOPIC_WRITERS: Final = tuple(f"writer_{letter}" for letter in "abcdefghijklm")
"""Who was given every topic id; later ones knew the codebook's short list: their empty cells say nothing."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TopicScores:
    """Weights, and what they give each post when its writer is left out.

    Attributes:
        weights: Learnt from all writers.
        gold: Labels, shape (n, k).
        shares: Probability without the post's writer, shape (n, k).
        given: Topics given without the post's writer: its threshold comes from the others too.
        seeds: Topics of which a seed word stands in the post.
        unlearnt: Topics given by the calibration for a topic without weights, that topic left out of it.
    """

    weights: TopicWeights
    gold: Flags
    shares: Floats
    given: Flags
    seeds: Flags
    unlearnt: Flags


def fit_topics(labels: pd.DataFrame, topics: Mapping[str, Topic] | None = None) -> TopicScores:
    """Learn the topics of a labelled frame (see :func:`sentiment.training.corpus.read_labels`).

    Files without any topic are left out. The examples of the topic file are learnt as posts of their topic
    and not scored.
    """
    topics = topics or load_topics()
    labels = labels[labels.groupby("writer")["topics"].transform("max") != ""]
    ids = tuple(name for name in topics if name != OTHER)
    texts, gold, writers = _posts(labels, topics, ids)
    words = [post.words for post in prepared(texts)]
    vocabulary, scale = _vocabulary(words)
    finder = SeedFinder({name: (topics[name].words, topics[name].unless) for name in ids})
    found = [finder.find(own_model_text(text)) for text in texts]
    vectors = word_vectors(words, vocabulary, scale)
    raw, left_out = _ridge(vectors, seed_counts(found, ids), gold, writers)
    real = writers != ""
    slope, shares = _calibrate(left_out, gold, writers)
    given = np.zeros_like(gold)
    for writer in sorted(set(writers[real])):
        rest = real & (writers != writer)
        given[writers == writer] = shares[writers == writer] >= best_thresholds(shares[rest], gold[rest])
    unlearnt, by_seeds = _fit_unlearnt(found, gold, ids, real)
    weights = TopicWeights(
        ids=ids,
        words={name: topics[name].words for name in ids},
        vocabulary=vocabulary,
        scale=scale,
        weights=raw,
        slope=slope,
        thresholds=best_thresholds(shares[real], gold[real]),
        unlearnt=unlearnt,
        about={"posts": len(labels), "corpus_sha256": corpus_hash(labels)},
    )
    seeds = np.array([[name in hits for name in ids] for hits in found])
    return TopicScores(weights, gold[real], shares[real], given[real], seeds[real], by_seeds[real])


def _posts(
    labels: pd.DataFrame, topics: Mapping[str, Topic], ids: Sequence[str]
) -> tuple[list[str], Flags, NDArray[np.str_]]:
    """Return texts, their topics and writers; examples come last, with no writer."""
    examples = [(text, name) for name in ids for text in topics[name].examples]
    texts = [*labels["text"], *(text for text, _ in examples)]
    named = [*(set(given.split(";")) for given in labels["topics"]), *({name} for _, name in examples)]
    gold = np.array([[name in mine for name in ids] for mine in named], dtype=bool)
    return texts, gold, np.array([*labels["writer"], *("" for _ in examples)], dtype=str)


def _vocabulary(words: Sequence[Sequence[str]]) -> tuple[dict[str, int], Floats]:
    counts = Counter(gram for post in words for gram in set(grams(post)))
    kept = sorted(gram for gram, n in counts.items() if n >= MIN_POSTS and "\n" not in gram)
    scale = np.log((1 + len(words)) / (1 + np.array([counts[gram] for gram in kept]))) + 1
    return {gram: n for n, gram in enumerate(kept)}, scale.astype(np.float16).astype(np.float64)


def _ridge(vectors: Any, seeds: Floats, gold: Flags, writers: NDArray[np.str_]) -> tuple[Floats, Floats]:  # noqa: ANN401
    """Return weights, and each post's scores without its writer (exact, from one inverse)."""
    from scipy.linalg import cho_factor, cho_solve
    from scipy.sparse import csr_matrix, hstack

    constant = np.full((len(gold), 1), _BIAS)
    matrix = hstack([vectors, csr_matrix(seeds), csr_matrix(constant)], format="csr")
    kernel = (matrix @ matrix.T).toarray().astype(np.float32)
    kernel[np.diag_indices_from(kernel)] += RIDGE
    inverse = cho_solve(cho_factor(kernel, overwrite_a=True), np.eye(len(gold), dtype=np.float32))
    target = gold.astype(np.float32)
    dual = inverse @ target
    scores = np.zeros(gold.shape)
    for writer in sorted(set(writers)):
        rows = np.flatnonzero(writers == writer)
        scores[rows] = target[rows] - np.linalg.solve(inverse[np.ix_(rows, rows)], dual[rows])
    return np.asarray(matrix.T @ dual, dtype=np.float64), scores


def _calibrate(scores: Floats, gold: Flags, writers: NDArray[np.str_]) -> tuple[Floats, Floats]:
    """Return (factor, constant) of each topic, and each post's probability by those of other writers."""
    real = writers != ""
    shares = np.zeros(scores.shape)
    for writer in sorted(set(writers[real])):
        mine = writers == writer
        slope = _platt(scores[real & ~mine], gold[real & ~mine])
        shares[mine] = 1 / (1 + np.exp(-(scores[mine] * slope[:, 0] + slope[:, 1])))
    return _platt(scores[real], gold[real]), shares


def _platt(scores: Floats, gold: Flags) -> Floats:
    from sklearn.linear_model import LogisticRegression

    out = []
    for column in range(scores.shape[1]):
        if gold[:, column].all() or not gold[:, column].any():
            out.append((0.0, -6.0))
            continue
        fit = LogisticRegression(C=100.0).fit(scores[:, [column]], gold[:, column])
        out.append((float(fit.coef_[0, 0]), float(fit.intercept_[0])))
    return np.array(out)


def best_thresholds(shares: Floats, gold: Flags) -> Floats:
    """Return the probability of each topic from which giving it has the best F1."""
    best = []
    for share, label in zip(shares.T, gold.T, strict=True):
        f1 = [2 * ((share >= t) & label).sum() / max((share >= t).sum() + label.sum(), 1) for t in _GRID]
        best.append(_GRID[int(np.argmax(f1))])
    return np.array(best)


def _fit_unlearnt(
    found: Sequence[Mapping[str, tuple[str, ...]]],
    gold: Flags,
    ids: Sequence[str],
    real: Flags,
) -> tuple[Floats, Flags]:
    """Learn what seed words show of a topic nobody labelled: every topic in turn is that topic."""
    from sklearn.linear_model import LogisticRegression

    hits = [[set(mine.get(name, ())) for name in ids] for mine in found]
    counts = np.array([[min(len(words), MOST_HITS) for words in row] for row in hits], dtype=float)
    longest = np.array([[min(max(map(len, words), default=0), 6) for words in row] for row in hits])
    features = np.stack([counts, longest], axis=2)

    def learn(columns: list[int]) -> Floats:
        rows = features[real][:, columns].reshape(-1, 2)
        target = gold[real][:, columns].ravel()
        fit = LogisticRegression(C=100.0).fit(rows, target)
        shares = fit.predict_proba(rows)[:, [1]]
        threshold = best_thresholds(shares, target[:, None])[0]
        return np.array([*fit.coef_[0], fit.intercept_[0], threshold])

    given = np.zeros_like(gold)
    for column in range(len(ids)):
        learnt = learn([n for n in range(len(ids)) if n != column])
        logits = features[:, column] @ learnt[:2] + learnt[2]
        given[:, column] = 1 / (1 + np.exp(-logits)) >= learnt[3]
    return learn(list(range(len(ids)))), given


def save_weights(weights: TopicWeights, path: str | Path) -> None:
    """Write weights as npz; the same weights give the same bytes."""
    about = {"ids": weights.ids, "words": weights.words, "about": weights.about}
    arrays: dict[str, Any] = {
        "vocabulary": np.frombuffer("\n".join(weights.vocabulary).encode(), dtype=np.uint8),
        "scale": weights.scale.astype(np.float16),
        "weights": weights.weights.astype(np.float16),
        "slope": weights.slope.astype(np.float32),
        "thresholds": weights.thresholds.astype(np.float32),
        "unlearnt": weights.unlearnt.astype(np.float32),
        "about": np.frombuffer(
            json.dumps(about, ensure_ascii=False, sort_keys=True).encode(), dtype=np.uint8
        ),
    }
    with Path(path).open("wb") as file:
        np.savez_compressed(file, **arrays)


def main(labels_path: str, weights_path: str) -> None:
    """Learn the topics of the corpus and store the weights."""
    labels = read_labels(labels_path)
    save_weights(fit_topics(labels[labels["writer"].isin(TOPIC_WRITERS)]).weights, weights_path)


if __name__ == "__main__":
    main(*sys.argv[1:3])
