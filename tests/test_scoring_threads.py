"""Several threads score posts at once: compiled loops let each other run, and the words met are shared."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sentiment import scoring
from sentiment.scoring import Scored, score_block
from sentiment.text.block.codes import Codes
from sentiment.text.block.compiling import can_compile
from sentiment.text.segment import Segmenter
from sentiment.text.stance import load_model
from sentiment.topics.model import load_topic_model
from sentiment.training.corpus import read_labels

LABELS = Path(__file__).parents[1] / "data" / "labels"
THREADS, TOGETHER, ROUNDS = 4, 40, 3

pytestmark = pytest.mark.skipif(not can_compile(), reason="numba is switched off")


@pytest.fixture
def _threads_meet_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_threads_meet_often")
def test_threads_that_score_at_once_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    from sentiment.text.block.features import BlockScorer
    from sentiment.text.block.words import BlockSegmenter, Vocabulary
    from sentiment.topics.block import BlockTopics

    parts = Segmenter(), load_model(), load_topic_model()
    texts = read_labels(LABELS)["text"].iloc[::6].tolist()
    blocks = [Codes.of(texts[n : n + TOGETHER]) for n in range(0, len(texts), TOGETHER)]
    cutter = BlockSegmenter(parts[0])

    def score(threads: int) -> list[Scored]:
        words = cutter.vocabulary = Vocabulary()  # every word is new to all threads
        made = cutter, BlockTopics(parts[2], words), BlockScorer(parts[1], words)
        monkeypatch.setattr(scoring, "_prepared", lambda *_: made)
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(lambda block: score_block(block, *parts), blocks))

    alone = score(1)
    for _ in range(ROUNDS):
        for found, expected in zip(score(THREADS), alone, strict=True):
            assert found.tokens.equals(expected.tokens)
            assert found.services.equals(expected.services)
            np.testing.assert_array_equal(found.topics, expected.topics)
            for head, shares in expected.shares.items():
                np.testing.assert_array_equal(found.shares[head], shares)
