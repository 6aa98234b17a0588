"""Text and seeded topics for a frame: the one function that engines map over rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from sentiment.config import TextSettings
from sentiment.schema import ANNOTATIONS, NEUTRAL_KINDS, STANCES, complete_posts
from sentiment.text.clean import in_chinese, model_text, own_text
from sentiment.text.features import prepare
from sentiment.text.segment import Segmenter
from sentiment.text.service import Service, find_service
from sentiment.text.stance import Floats, StanceModel, load_model, readable
from sentiment.topics.model import TopicModel, load_topic_model

CHUNK: Final = 5_000
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

    >>> annotate(pd.DataFrame({"text": ["美团又崩了，钱扣了没订单"]})).loc[0, ["stance", "service"]].tolist()
    ['complaint', '美团']
    """
    settings = settings or TextSettings()
    segmenter, model = segmenter or Segmenter(settings.words), model or chosen_model(settings)
    topics = topics or load_topic_model()
    complete = complete_posts(posts)
    parts = []
    for start in range(0, len(complete), CHUNK):
        texts = complete["text"].iloc[start : start + CHUNK].tolist()
        parts.append(_annotations(texts, settings, segmenter, model, topics))
        if progress:
            progress(start + len(texts))
    added = (
        pd.concat(parts, ignore_index=True) if parts else _annotations([], settings, segmenter, model, topics)
    )
    rest = complete.drop(columns=[name for name in ANNOTATIONS if name in complete])
    return pd.concat([rest, added], axis=1)


def chosen_model(settings: TextSettings) -> StanceModel:
    """Return the model that the settings name, else the carried one.

    Raises:
        InputError: if the file is not a model of this package.
    """
    return load_model(Path(settings.model) if settings.model else None)


def _annotations(
    texts: list[str], settings: TextSettings, segmenter: Segmenter, model: StanceModel, topics: TopicModel
) -> pd.DataFrame:
    own = [own_text(text) for text in texts]
    plain = [model_text(text) for text in own]
    words = [segmenter.cut(text) for text in plain]
    prepared = [prepare(text, tokens) for text, tokens in zip(plain, words, strict=True)]
    scores = model.score(prepared)
    services = [find_service(text) for text in own]
    frame = pd.DataFrame({"own_text": own, "tokens": [" ".join(tokens) for tokens in words]})
    frame = frame.assign(**_stance_columns(plain, scores, settings), **_service_columns(services))
    about_something = np.array([bool(text) for text in plain], dtype=bool) & frame["neutral_kind"].ne(
        "irrelevant"
    )
    chosen = topics.choose(topics.score(plain, [post.words for post in prepared]))
    frame["topics"] = [";".join(name for name, _ in mine) for mine in chosen]
    frame["p_topics"] = [";".join(f"{share:.2f}" for _, share in mine) for mine in chosen]
    frame.loc[~about_something, ["topics", "p_topics"]] = ""
    return frame[list(ANNOTATIONS)].astype(dict(ANNOTATIONS))


def _stance_columns(plain: list[str], scores: dict[str, Floats], settings: TextSettings) -> dict[str, Any]:
    """Return the model's answers as columns.

    A post with nothing to read is neutral. One without Chinese words (emoji alone, say) has the stance its
    emoji speak for, but is never sure, is no evidence of an outage and carries no flag.
    """
    legible = np.array([readable(text) for text in plain], dtype=bool)
    chinese = np.array([in_chinese(text) for text in plain], dtype=bool)
    shares = scores["stance"].astype(float)
    shares[~legible] = 1 / len(STANCES)
    best = (
        np.where(legible, shares.argmax(axis=1), STANCES.index("neutral")) if len(plain) else np.zeros(0, int)
    )
    stance = np.array(STANCES)[best]
    p_outage = np.where(chinese, scores["outage"][:, 0].astype(float), 0.0)
    kinds = (
        np.array(NEUTRAL_KINDS)[scores["neutral_kind"].argmax(axis=1)] if len(plain) else np.zeros(0, "U1")
    )
    severity = pd.Series(scores["severity"].argmax(axis=1) if len(plain) else [], dtype="Int64")
    return {
        "stance": stance,
        **{f"p_{name}": shares[:, column].round(4) for column, name in enumerate(STANCES)},
        "stance_sure": chinese & (shares.max(axis=1, initial=0.0) >= settings.abstain),
        "neutral_kind": np.where(stance == "neutral", np.where(legible, kinds, "irrelevant"), ""),
        **{flag: chinese & (scores[flag][:, 0] >= 0.5) for flag in ("asks_help", "sarcasm", "mixed")},
        "severity": severity.where(stance == "complaint"),
        "p_outage": p_outage.round(4),
        "outage": p_outage >= settings.outage_threshold,
    }


def _service_columns(services: list[Service]) -> dict[str, list[str]]:
    return {
        "service": [service.name for service in services],
        "service_mention": [service.mention for service in services],
    }
