"""The compiled loop adds as NumPy and SciPy add."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from sentiment.text.block.codes import Codes
from sentiment.text.block.compiling import can_compile
from sentiment.text.block.features import BlockScorer, _crc_table, _lowest, _pairwise_sum
from sentiment.text.block.words import Vocabulary
from sentiment.text.features import prepare
from sentiment.text.stance import load_model

pytestmark = pytest.mark.skipif(not can_compile(), reason="numba is switched off")


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 128, 129, 200, 1_000, 8_123])
def test_sums_are_numpys_to_the_last_bit(count: int) -> None:
    values = np.random.default_rng(count).random(count + 1, dtype=np.float32) * 100
    assert values[0] + _pairwise_sum(values, 1, count) == np.add.reduceat(values, [0])[0]


def test_the_checksum_is_zlibs() -> None:
    state = np.uint32(0xFFFFFFFF)
    for letter in "又 崩了".encode():
        state = _crc_table()[(state ^ letter) & 0xFF] ^ (state >> np.uint32(8))
    assert int(state) ^ 0xFFFFFFFF == zlib.crc32("又 崩了".encode())


def test_the_lowest_bit_is_found() -> None:
    assert [_lowest(np.uint64(1 << bit | 1 << 63)) for bit in range(64)] == list(range(64))


def test_scores_are_the_models_to_the_last_bit() -> None:
    model, vocabulary = load_model(), Vocabulary()
    posts = [
        prepare(text, list(text))
        for text in ("又崩了，但是理解，辛苦", "", "▲又崩了" * 80, "45.5分钟[允悲]#a#")
    ]
    words = [[vocabulary.number(word) for word in post.words] for post in posts]
    logits = BlockScorer.of(model).logits(
        Codes.of([post.masked for post in posts]),
        np.array([word for mine in words for word in mine], dtype=np.int32),
        np.cumsum([0, *map(len, words)]),
        vocabulary,
    )
    np.testing.assert_array_equal(logits, model.logits(posts))
