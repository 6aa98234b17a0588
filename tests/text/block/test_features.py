"""The compiled loop adds as NumPy and SciPy add."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from sentiment.text.block.codes import Codes
from sentiment.text.block.compiling import can_compile
from sentiment.text.block.features import BlockScorer, _checksums, _shift, _shifts
from sentiment.text.block.sums import norm
from sentiment.text.block.words import Vocabulary
from sentiment.text.features import prepare
from sentiment.text.stance import load_model

pytestmark = pytest.mark.skipif(not can_compile(), reason="numba is switched off")


@pytest.mark.parametrize("count", [1, 2, 8, 9, 10, 129, 130, 200, 1_000, 8_123])
def test_norms_are_numpys_to_the_last_bit(count: int) -> None:
    values = np.random.default_rng(count).random(count + 3, dtype=np.float32) * 100
    assert norm(values, 3, count + 3) == np.sqrt(np.add.reduceat(values[3:] ** 2, [0])[0])


@pytest.mark.parametrize("word", ["", "a", "崩了", "某" * 10, "某" * 11, "长" * 40])
def test_checksums_are_zlibs(word: str) -> None:
    letters = np.frombuffer(f"{word}又".encode(), np.uint8).copy()
    starts = np.array([0, len(letters) - 3, len(letters)])
    word_sum, after_word, _, length = _checksums(letters, starts, _shifts())[0]
    second = _checksums(letters, starts, _shifts())[1]
    assert ~word_sum == zlib.crc32(word.encode())
    assert length == len(word.encode())
    assert ~(_shift(after_word, 3, _shifts()) ^ second[2]) == zlib.crc32(f"{word} 又".encode())


def test_scores_are_the_models_to_the_last_bit() -> None:
    model, vocabulary = load_model(), Vocabulary()
    posts = [
        prepare(text, list(text))
        for text in ("又崩了，但是理解，辛苦", "", "▲又崩了" * 80, "45.5分钟[允悲]#a#")
    ]
    words = [[vocabulary.number(word) for word in post.words] for post in posts]
    logits = BlockScorer(model, vocabulary).logits(
        Codes.of([post.masked for post in posts]),
        np.array([word for mine in words for word in mine], dtype=np.int32),
        np.cumsum([0, *map(len, words)]),
    )
    np.testing.assert_array_equal(logits, model.logits(posts))
