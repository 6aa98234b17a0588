"""What models, services and topics say of posts: one by one, or thousands at once with equal results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.block.compiling import can_compile
from sentiment.text.clean import in_chinese, model_text, own_text
from sentiment.text.features import prepare
from sentiment.text.segment import ENGINES, Segmenter
from sentiment.text.service import find_service
from sentiment.text.stance import Floats, StanceModel, readable
from sentiment.topics.model import TopicModel

if TYPE_CHECKING:
    from sentiment.text.block.codes import Codes
    from sentiment.text.block.features import BlockScorer
    from sentiment.text.block.words import BlockSegmenter, Vocabulary
    from sentiment.topics.block import BlockTopics

Flags = NDArray[np.bool_]

BLOCK_FROM: Final = 30_000
"""Posts that a process scores one by one before it loads the compiled loops, which takes as long as these."""
MOST_WORDS: Final = 500_000
"""Words remembered; beyond them a block begins with none, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What is known of posts, one item or row a post.

    Attributes:
        own: Own texts. Columns of text are anything a str column is made of.
        tokens: Words of the model text, space-joined.
        empty: Whether the model text is.
        legible: Whether it can be read, see :func:`sentiment.text.stance.readable`.
        chinese: Whether it is Chinese, see :func:`sentiment.text.clean.in_chinese`.
        shares: Probabilities of every head of the model.
        services: Canonical names.
        mentions: The services as written.
        topics: Probabilities of topics.
    """

    own: Any
    tokens: Any
    empty: Flags
    legible: Flags
    chinese: Flags
    shares: dict[str, Floats]
    services: Any
    mentions: Any
    topics: NDArray[np.float64]


Scorer = Callable[[Any], Scored]
"""Scores a column of texts without missing ones."""


class _Tally:
    """How many posts this process was asked to score: an engine hands them over in small parts."""

    posts = 0


def choose_scorer(posts: int, segmenter: Segmenter, model: StanceModel, topics: TopicModel) -> Scorer:
    """Return the faster way to score a number of posts here; both give the same."""
    _Tally.posts += posts
    if _Tally.posts >= BLOCK_FROM and segmenter.engine == ENGINES[0] and can_compile():
        from sentiment.text.block.codes import Codes

        return lambda texts: score_block(Codes.read(texts), segmenter, model, topics)
    return lambda texts: score_singly(list(texts), segmenter, model, topics)


def score_singly(
    texts: Sequence[str], segmenter: Segmenter, model: StanceModel, topics: TopicModel
) -> Scored:
    """Score posts by the functions for one post: the definition, and the way without numba."""
    own = [own_text(text) for text in texts]
    plain = [model_text(text) for text in own]
    words = [segmenter.cut(text) for text in plain]
    prepared = [prepare(text, tokens) for text, tokens in zip(plain, words, strict=True)]
    services = [find_service(text) for text in own]
    return Scored(
        own=own,
        tokens=[" ".join(tokens) for tokens in words],
        empty=np.array([not text for text in plain], dtype=bool),
        legible=np.array([readable(text) for text in plain], dtype=bool),
        chinese=np.array([in_chinese(text) for text in plain], dtype=bool),
        shares=model.score(prepared),
        services=[service.name for service in services],
        mentions=[service.mention for service in services],
        topics=topics.score(plain, [post.words for post in prepared]),
    )


def score_block(texts: Codes, segmenter: Segmenter, model: StanceModel, topics: TopicModel) -> Scored:
    """Score posts together in compiled loops."""
    from sentiment.text.block import cleaning, services
    from sentiment.text.block.scripts import scripts

    cutter, block_topics, block_scorer = _prepared(segmenter, model, topics)
    clean = cleaning.clean(texts)
    words, starts = cutter.cut(clean.plain)
    named = services.hits(clean.plain)
    masked = services.mask(clean.plain, named)
    forms = cutter.vocabulary.forms(words)
    named_in_own = services.hits_in_folded(clean.folded, clean.plain, named)
    names, mentions = services.choose(clean.own, clean.folded, named_in_own)
    legible, chinese = scripts(clean.plain)
    return Scored(
        own=clean.own.written(),
        tokens=_joined(words, starts, cutter.vocabulary),
        empty=clean.plain.lengths() == 0,
        legible=legible,
        chinese=chinese,
        shares=model.shares(block_scorer.logits(masked, forms, starts)),
        services=names,
        mentions=mentions,
        topics=block_topics.score(clean.plain, forms, starts),
    )


def _prepared(
    segmenter: Segmenter, model: StanceModel, topics: TopicModel
) -> tuple[BlockSegmenter, BlockTopics, BlockScorer]:
    """Return segmenter and models laid out for blocks, with the words met so far."""
    if len(laid_out(segmenter, model, topics)[0].vocabulary.words) > MOST_WORDS:
        laid_out.cache_clear()
    return laid_out(segmenter, model, topics)


@lru_cache(maxsize=2)
def laid_out(
    segmenter: Segmenter, model: StanceModel, topics: TopicModel
) -> tuple[BlockSegmenter, BlockTopics, BlockScorer]:
    """Return a segmenter and models laid out for blocks, kept for the next block."""
    from sentiment.text.block.features import BlockScorer
    from sentiment.text.block.words import BlockSegmenter
    from sentiment.topics.block import BlockTopics

    cutter = BlockSegmenter(segmenter)
    return cutter, BlockTopics(topics, cutter.vocabulary), BlockScorer(model, cutter.vocabulary)


def _joined(words: NDArray[np.int32], starts: NDArray[np.int64], vocabulary: Vocabulary) -> Any:  # noqa: ANN401
    """Return the words of each text with spaces between, as an Arrow array: no string is made of them."""
    import pyarrow as pa

    from sentiment.text.block.words import joined_utf8

    letters, ends = joined_utf8(words, starts, *vocabulary.utf8())
    return pa.LargeStringArray.from_buffers(len(starts) - 1, pa.py_buffer(ends), pa.py_buffer(letters))
