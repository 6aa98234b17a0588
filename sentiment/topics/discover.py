"""Topics that the topic file does not name: clusters of the posts that no seeded topic fits.

A bounded sample is embedded by latent semantic analysis of characters and words and split by k-means; a
mixture of multinomials, started there, gives every post its topic or none. The same seed gives the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.display import html_result
from sentiment.errors import InputError
from sentiment.mapped import blank, pick, spell_out, stretches, take_anywhere, true_places
from sentiment.schema import is_voice, require
from sentiment.topics.columns import Rows, best_of_groups, best_posts, labels_at
from sentiment.topics.grams import GramColumns, grams
from sentiment.topics.sampling import choose_posts
from sentiment.topics.seeded import OTHER
from sentiment.topics.words import MAX_TERMS, Integers, WordCounts

Floats = NDArray[np.float64]

NEEDED: Final = ("post_id", "topics", "tokens", "dup_group", "own_text", "account_kind", "hijack")
SAMPLE: Final = 5_000
MOST: Final = 12
FEWEST_POSTS: Final = 40
"""Posts of different wording below which nothing is clustered."""
FEWEST_IN_TOPIC: Final = 8
QUOTES: Final = 3
DIMENSIONS: Final = 40
ROUNDS: Final = 10
SMOOTHING: Final = 0.1
SURE: Final = 0.5
"""Probability of its topic below which a post is unclear."""
SAME_TOPIC: Final = 0.3
"""Cosine of word profiles from which a topic is one that was there before."""
PROFILE_WORDS: Final = 80
MAX_IDS: Final = 20
TEMPER: Final = 0.6
"""How much a gram counts: characters, pairs and words of one place are not independent evidence."""
RANKED: Final = 2_000
"""Posts of a topic among which those shown are looked for first."""


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A discovered topic as later runs know it again.

    Attributes:
        id: ``d1``, ``d2``, …; never given twice within one state.
        words: Words that tell it from the rest, with their weight (0 to 1), the strongest first.
    """

    id: str
    words: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TopicState:
    """What a run leaves for the next one, so that yesterday's topic keeps its id.

    Attributes:
        topics: All topics found so far, those of the last run as it saw them.
        given: How many ids have been given.
    """

    topics: tuple[FoundTopic, ...] = ()
    given: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the state as plain data for JSON."""
        topics = [{"id": topic.id, "words": dict(topic.words)} for topic in self.topics]
        return {"schema": 1, "given": self.given, "topics": topics}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TopicState:
        """Read what :meth:`to_dict` wrote.

        Raises:
            InputError: if the data are something else.

        >>> TopicState.from_dict(TopicState().to_dict()) == TopicState()
        True
        """
        try:
            topics = tuple(
                FoundTopic(str(one["id"]), {str(w): float(n) for w, n in one["words"].items()})
                for one in data["topics"]
            )
            return cls(topics, int(data["given"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"The topic state is not one that discover_topics() gave: {error!r}.") from None


@dataclass(frozen=True)
class Discovered:
    """Topics found among the posts that no seeded topic fits.

    Attributes:
        table: One row a topic, most posts first: ``topic`` (id), ``name``, ``posts``, ``share`` of the posts
            looked at (0 to 1), ``terms`` (``;``-joined), ``quotes`` (three verbatim own texts), ``post_ids``
            (those of the quotes first).
        assigned: Topic id of every post looked at, ``""`` where unclear; index as the given frame.
        state: For the next run.
    """

    table: pd.DataFrame
    assigned: pd.Series = field(repr=False)
    state: TopicState = field(repr=False)

    @property
    def unclear(self) -> float:
        """Share of the posts looked at that belong to no topic found (0 to 1; 0 where there are none)."""
        return float(self.assigned.eq("").mean()) if len(self.assigned) else 0.0

    def _repr_html_(self) -> str:
        return html_result(f"{len(self.table)} topics found, {self.unclear:.0%} unclear", tables=[self.table])


def discover_topics(
    annotated: pd.DataFrame,
    *,
    state: TopicState | None = None,
    most: int = MOST,
    sample: int = SAMPLE,
    seed: int = 0,
) -> Discovered:
    """Find topics among the posts that no seeded topic fits.

    Give the posts of an incident, or of an ordinary day, to learn what is said there. Posts of official,
    media, bot and hijack accounts and posts about no service are left out.

    Args:
        annotated: Frame with the columns of :data:`NEEDED`.
        state: What the run before left; a topic with like words gets its id.
        most: Topics at most; 0: none.
        sample: Posts of different wording, at most, that the topics are learnt from.
        seed: Of the sample and of k-means.

    Raises:
        SchemaError: if a column is missing.
    """
    require(annotated, NEEDED, stage="discover_topics")
    state = state or TopicState()
    looked = annotated["topics"].eq(OTHER) & annotated["tokens"].ne("") & is_voice(annotated)
    rows = true_places(looked)
    learnt = choose_posts(annotated, rows, sample, seed)
    if most < 1 or len(learnt) < FEWEST_POSTS:
        return Discovered(_table([]), pd.Series("", index=annotated.index[rows], dtype="str"), state)
    from threadpoolctl import threadpool_limits

    counts, vocabulary = _count_grams(take_anywhere(annotated["tokens"], learnt))
    # one thread: on more, small matrices cost several times the CPU, and sums come out in another order
    with threadpool_limits(1):
        mixture = _fit(counts, _how_many(len(learnt), most), seed)
    clusters, sure = _assign(annotated["tokens"], rows, GramColumns(vocabulary), mixture)
    return _name_topics(annotated, rows, clusters, sure, state)


def _how_many(posts: int, most: int) -> int:
    """Return the number of clusters: one for 20 posts at the fewest, growing with the square root.

    >>> [_how_many(n, 12) for n in (40, 400, 5_000)]
    [2, 5, 12]
    """
    return int(np.clip(round((posts / 16) ** 0.5), 2, most)) if most > 1 else 1


def _count_grams(tokens: pd.Series) -> tuple[Any, dict[str, int]]:
    from sklearn.feature_extraction.text import CountVectorizer

    least = 3 if len(tokens) > 100 else 2
    counter = CountVectorizer(analyzer=grams, min_df=least, max_df=0.2, binary=True)
    counts = counter.fit_transform(tokens)
    return counts.astype(np.float64), {gram: int(n) for gram, n in counter.vocabulary_.items()}


@dataclass(frozen=True, slots=True)
class _Mixture:
    """Clusters as multinomials beside the language of all posts.

    Attributes:
        ratio: Log of each gram's share in a cluster over its share in all posts, shape (k, v).
        weight: Log of the share of posts of each cluster, then of no cluster, shape (k + 1,).
    """

    ratio: Floats
    weight: Floats


def _fit(counts: Any, clusters: int, seed: int) -> _Mixture:  # noqa: ANN401 - scipy sparse
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.preprocessing import normalize

    weighted = TfidfTransformer().fit_transform(counts)
    dimensions = min(DIMENSIONS, min(weighted.shape) - 1)
    embedded = normalize(TruncatedSVD(dimensions, random_state=seed).fit_transform(weighted))
    start = KMeans(clusters, n_init=5, random_state=seed).fit_predict(embedded)
    everything = np.asarray(counts.sum(axis=0)).ravel() + 0.5
    everything /= everything.sum()
    shares = np.column_stack([np.eye(clusters)[start], np.zeros(len(start))])
    for _ in range(ROUNDS):
        inside = np.asarray(counts.T @ shares[:, :-1]).T + SMOOTHING * everything * len(everything)
        ratio = np.log(inside / inside.sum(axis=1, keepdims=True)) - np.log(everything)
        # no cluster begins with one post of ten: a share of zero could never grow
        weight = np.log(shares.sum(axis=0) + 0.1 * len(start)) - np.log(
            1.1 * len(start) * (1 + clusters / 11)
        )
        mixture = _Mixture(ratio, weight)
        shares = _share(counts, mixture)
    return mixture


def _share(counts: Any, mixture: _Mixture) -> Floats:  # noqa: ANN401 - scipy sparse
    """Return the probability of each cluster, and of none in the last column: shape (n, k + 1)."""
    evidence = np.asarray(counts @ mixture.ratio.T) * TEMPER
    logits = np.column_stack([evidence, np.zeros(len(evidence))]) + mixture.weight
    logits -= logits.max(axis=1, keepdims=True)
    shares = np.exp(logits)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _assign(
    tokens: pd.Series, rows: Rows, columns: GramColumns, mixture: _Mixture
) -> tuple[Integers, Floats]:
    """Return each post's cluster, -1 where it is unclear, and how probable the likeliest one is.

    Clusters of too few posts dissolve.
    """
    clusters, sure = blank(len(rows), np.int32), blank(len(rows), np.float64)
    none = len(mixture.weight) - 1
    sizes = np.zeros(none + 1, dtype=np.int64)
    for start, part in columns.read(tokens, rows):
        shares = _share(part, mixture)
        here = slice(start, start + len(shares))
        likeliest, sure[here] = shares.argmax(axis=1), shares.max(axis=1)
        clusters[here] = np.where((sure[here] >= SURE) & (likeliest < none), likeliest, -1)
        sizes += np.bincount(clusters[here] + 1, minlength=none + 1)
    kept = np.array([-1, *np.where(sizes[1:] >= FEWEST_IN_TOPIC, np.arange(none), -1)], dtype=np.int32)
    for there in stretches(len(rows)):
        clusters[there] = kept[clusters[there] + 1]
    return clusters, sure


def _name_topics(
    annotated: pd.DataFrame, rows: Rows, clusters: Integers, sure: Floats, state: TopicState
) -> Discovered:
    """Name each cluster by its words and three posts, and give it an id: its old one where it had one."""
    kinds, sizes = _without_gaps(clusters)
    several = range(1, len(sizes))
    counts = WordCounts(len(sizes))
    counts.add(annotated["tokens"], rows, kinds, [[0], *([0, n] for n in several)])
    profiles = [_profile(counts, n, int(sizes[n]), len(rows)) for n in several]
    # a post that has none of the words that tell the topic could not be explained to a reader
    told = counts.held(annotated["tokens"], rows, kinds, [[], *profiles]) > 0
    named = counts.held(annotated["tokens"], rows, kinds, [[], *(list(one)[:MAX_TERMS] for one in profiles)])
    found = [
        (mine, profile)
        for n, profile in enumerate(profiles, start=1)
        if len(mine := true_places((kinds == n) & told)) >= FEWEST_IN_TOPIC
    ]
    found.sort(key=lambda one: -len(one[0]))
    ids, state = _give_ids([profile for _, profile in found], state)
    names, table = blank(len(rows), np.int32), []
    for n, (given, (mine, profile)) in enumerate(zip(ids, found, strict=True), start=1):
        names[mine] = n
        # the sure and telling first: equal where the number of words is, since a probability is at most 1
        rank = blank(len(mine), np.float64)
        for part in stretches(len(mine)):
            rank[part] = 2.0 * named[mine[part]] + sure[mine[part]].round(4)
        table.append(_row(given, annotated, pick(rows, mine), rank, profile, len(rows)))
    assigned = spell_out(names, ["", *ids]).set_axis(labels_at(annotated.index, rows))
    return Discovered(_table(table), assigned, state)


def _without_gaps(clusters: Integers) -> tuple[Integers, NDArray[np.int64]]:
    """Return clusters numbered from 1, 0 where a post has none, and how many posts each number has."""
    posts = np.zeros(1 + int(clusters.max(initial=-1)) + 1, dtype=np.int64)
    for part in stretches(len(clusters)):
        posts += np.bincount(clusters[part] + 1, minlength=len(posts))
    there = posts > 0
    there[0] = True
    place = (np.cumsum(there) - 1).astype(np.int32)
    kinds = blank(len(clusters), np.int32)
    for part in stretches(len(clusters)):
        kinds[part] = place[clusters[part] + 1]
    return kinds, posts[there]


def _profile(counts: WordCounts, group: int, posts: int, looked: int) -> dict[str, float]:
    """Return the words that tell a cluster's posts from the rest, with the share of them that have each."""
    words = counts.telling(group, posts, looked, most=PROFILE_WORDS)
    usual = counts.of(0).reindex(words) / looked
    here = counts.of(group).reindex(words)
    mine = here / posts
    kept = [word for word in words if mine[word] > usual[word] and here[word] >= 2]
    return {word: round(float(mine[word]), 4) for word in kept}


def _give_ids(profiles: list[dict[str, float]], state: TopicState) -> tuple[list[str], TopicState]:
    """Match profiles with the state's, the likest pair first; a topic without its like gets the next id."""
    pairs = [
        (_likeness(profile, old.words), -place, old.id)
        for place, profile in enumerate(profiles)
        for old in state.topics
    ]
    ids: dict[int, str] = {}
    for likeness, place, old_id in sorted(pairs, key=lambda pair: (-pair[0], -pair[1], pair[2])):
        if likeness >= SAME_TOPIC and -place not in ids and old_id not in ids.values():
            ids[-place] = old_id
    given = state.given
    for place in range(len(profiles)):
        if place not in ids:
            given += 1
            ids[place] = f"d{given}"
    seen = tuple(FoundTopic(ids[place], profile) for place, profile in enumerate(profiles))
    unseen = tuple(old for old in state.topics if old.id not in ids.values())
    return [ids[place] for place in range(len(profiles))], TopicState((*seen, *unseen), given)


def _likeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the cosine of two word profiles.

    >>> _likeness({"取票": 1.0}, {"取票": 0.5})
    1.0
    """
    norms = sum(v * v for v in one.values()) * sum(v * v for v in other.values())
    return sum(value * other.get(word, 0.0) for word, value in one.items()) / norms**0.5 if norms else 0.0


def _row(
    topic: str, annotated: pd.DataFrame, rows: Rows, rank: Floats, profile: Mapping[str, float], looked: int
) -> dict[str, Any]:
    words = list(profile)[:MAX_TERMS]
    shown = _shown(annotated[["post_id", "dup_group", "own_text"]], rows, rank)
    return {
        "topic": topic,
        "name": "·".join(words[:3]),
        "posts": len(rows),
        "share": round(len(rows) / looked, 4),
        "terms": ";".join(words),
        "quotes": tuple(shown["own_text"].head(QUOTES)),
        "post_ids": ";".join(shown["post_id"].head(MAX_IDS)),
    }


def _shown(posts: pd.DataFrame, rows: Rows, rank: Floats) -> pd.DataFrame:
    """Return the posts of highest rank, of different wording."""
    shown = best_posts(rank, posts, rows, RANKED).drop_duplicates("own_text")
    for most in (RANKED, len(rows)):
        if len(shown) >= MAX_IDS or len(rows) <= RANKED:
            break
        groups = best_of_groups(rank, posts, rows, most)
        shown = groups.drop_duplicates("own_text")
        if len(groups) < most:
            break
    return shown


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ["topic", "name", "posts", "share", "terms", "quotes", "post_ids"]
    return pd.DataFrame(rows, columns=columns)
