"""The dictionary: what is carried of it is what jieba says, and a start does without jieba."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sentiment.text import dictionary
from sentiment.text.dictionary import added_counts, counted, domain_words
from sentiment.text.segment import Segmenter, _rjieba

CUT_AND_TELL = """
import sys
from sentiment.text.segment import Segmenter
print(Segmenter({words}).cut({text!r}), "jieba" in sys.modules)
"""


def test_the_carried_counts_are_those_of_jieba() -> None:
    assert dictionary._carried() == counted(), "run make words"
    assert set(added_counts().counts) == set(domain_words())


def test_words_of_the_user_are_counted_by_jieba() -> None:
    found = added_counts(("某某乐优选",))
    assert found == counted(("某某乐优选",))
    assert found.counts["某某乐优选"] > 0


@pytest.mark.parametrize("changed", ["version", "words"])
def test_another_jieba_or_other_words_are_counted_anew(changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if changed == "version":
        monkeypatch.setattr(dictionary.metadata, "version", lambda _name: "0.0")
    else:
        monkeypatch.setattr(dictionary, "domain_words", lambda: ("取票码", "崩了吧唧"))
    dictionary.reference.cache_clear()
    _rjieba.cache_clear()
    try:
        assert dictionary._carried() is None
        assert added_counts() == counted()
        assert Segmenter().cut("取票码刷不出来")[0] == "取票码"
    finally:
        monkeypatch.undo()
        dictionary.reference.cache_clear()
        _rjieba.cache_clear()


@pytest.mark.parametrize(
    ("words", "text", "loaded"),
    [("", "取票码刷不出来", False), ("", "㐂野家的取票码", True), ("('野家',)", "取票码", True)],
)
def test_jieba_is_loaded_only_where_it_decides(words: str, text: str, loaded: bool) -> None:
    code = CUT_AND_TELL.format(words=words, text=text)
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "取票码" in told
    assert told.strip().endswith(str(loaded))
