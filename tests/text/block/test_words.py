"""Words of blocks are those of posts cut one by one."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.text.block.codes import Codes
from sentiment.text.block.compiling import can_compile
from sentiment.text.block.cutting import Cutter
from sentiment.text.block.trie import Trie
from sentiment.text.block.words import BlockSegmenter, Vocabulary
from sentiment.text.clean import model_text
from sentiment.text.features import word_form
from sentiment.text.segment import ENGINES, Segmenter
from sentiment.training.corpus import read_labels

LABELS = Path(__file__).parents[3] / "data" / "labels"
ODD = [
    "", " ", "\r\n", "\x1c\u3000", "[允悲]", "[]", "[允", "[" * 12, "[哈哈哈哈哈哈哈哈哈]", "[a]b]", "[龦]",
    "10:30-24 t.cn/a_b", "涨了3.5%，c++也崩", "a.5.6%%", "3.%", "--", "AT&T", "一直嘀嘀嘀",
    "好好好至于内容方面", "𠮷野家㐂", "\x00", "\ue000\ue001", "當機了，餓了麼", "龘囧囧",
    "\u9fd5\u9fd6", "豈", "sa-rver崩了又崩", "囧" * 3_000, "a" * 3_000, "美团崩了" * 900,
]  # fmt: skip

pytestmark = pytest.mark.skipif(not can_compile(), reason="numba is switched off")


@pytest.fixture(scope="module")
def cutter() -> BlockSegmenter:
    return BlockSegmenter(Segmenter())


def cut(cutter: BlockSegmenter, texts: list[str]) -> list[list[str]]:
    numbers, starts = cutter.cut(Codes.of(texts))
    return [
        [cutter.vocabulary.words[number] for number in numbers[first:stop]]
        for first, stop in pairwise(starts)
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_odd_texts_are_cut_as_one_by_one(cutter: BlockSegmenter, engine: str) -> None:
    assert cut(cutter, ODD) == [Segmenter(engine=engine).cut(text) for text in ODD]


def test_no_texts(cutter: BlockSegmenter) -> None:
    assert cut(cutter, []) == []


@pytest.mark.parametrize(
    "words", [(), ("取票码刷不", "崩了又崩", "打不开了", "优选app", "崩 了", "崩😡", "c")]
)
def test_the_corpus_is_cut_as_one_by_one(words: tuple[str, ...]) -> None:
    texts = read_labels(LABELS)["text"].iloc[::8].map(model_text).tolist()
    chance = random.Random(0)
    texts += ["".join(chance.choices([*ODD[:-3], *texts], k=3)) for _ in range(400)]
    segmenter = Segmenter(words)
    assert cut(BlockSegmenter(segmenter), texts) == [segmenter.cut(text) for text in texts]


def test_a_users_words_are_kept_whole() -> None:
    texts = ["某某乐优选崩了", "打开某某乐优选"]
    assert ["某某乐优选" in words for words in cut(BlockSegmenter(Segmenter()), texts)] == [False, False]
    assert ["某某乐优选" in words for words in cut(BlockSegmenter(Segmenter(("某某乐优选",))), texts)] == [
        True,
        True,
    ]


@settings(max_examples=60)
@given(st.lists(st.text(max_size=30), max_size=4))
def test_any_texts_are_cut_as_one_by_one(cutter: BlockSegmenter, texts: list[str]) -> None:
    assert cut(cutter, texts) == [Segmenter().cut(text) for text in texts]


@settings(max_examples=60)
@given(st.text(alphabet="哈嘀好的了不是又崩囧aB1.%-_+# []", max_size=12))
def test_repetitions_are_cut_as_one_by_one(cutter: BlockSegmenter, text: str) -> None:
    assert cut(cutter, [text]) == [Segmenter(engine="jieba").cut(text)]


def test_the_trie_holds_each_word_with_its_probability() -> None:
    counts, total = Segmenter().counts()
    trie = Trie.of(counts, total)
    for word in random.Random(0).sample([word for word, count in counts.items() if count], 3_000):
        if not all(ord(char) < len(trie.codes) and trie.codes[ord(char)] for char in word):
            continue
        node = 0
        for char in word:
            child = int(trie.nodes[node]["base"]) + int(trie.codes[ord(char)])
            assert not node or trie.nodes[child]["parent"] == node
            node = child
        assert trie.nodes[node]["weight"] == np.log(counts[word]) - np.log(total)


def test_a_trie_of_nothing_cuts_nothing_together() -> None:
    trie = Trie.of({}, 1)
    whole = Cutter.of(Segmenter())
    ends = Cutter(trie, whole.emitted, whole.moves).cut(Codes.of(["!！", "a1"]))[1]
    assert ends.tolist() == [1, 2, 4]


def test_a_word_has_one_number_and_its_bytes() -> None:
    vocabulary = Vocabulary()
    words = [f"{char}{n}" for n in range(1_500) for char in ("崩", "é", "😡", "长长长长的词")]
    numbers = [vocabulary.number(word) for word in words]
    assert numbers == [vocabulary.number(word) for word in words]
    assert [vocabulary.words[number] for number in numbers] == words
    letters, starts = vocabulary.utf8()
    for number, word in enumerate(vocabulary.words):
        assert letters[starts[number] : starts[number + 1]].tobytes() == word.encode("utf-8", "surrogatepass")
    forms = vocabulary.forms(np.array(numbers, dtype=np.int32))
    assert [vocabulary.words[form] for form in forms] == [word_form(word) for word in words]


def test_threads_share_a_vocabulary(cutter: BlockSegmenter) -> None:
    texts = read_labels(LABELS)["text"].iloc[:500].map(model_text).tolist()
    expected, found = cut(cutter, texts), {}
    shared = BlockSegmenter(Segmenter())

    def work(number: int) -> None:
        found[number] = cut(shared, texts)

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(found.values()) == [expected] * 4
    assert len(set(shared.vocabulary.words)) == len(shared.vocabulary.words)
