"""Words, times and numbers of the report, in both languages."""

from __future__ import annotations

import string

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import ConfigError
from sentiment.report import wording
from sentiment.report.labels import LABELS, METHOD


def test_every_label_speaks_both_languages():
    blank = [key for key, pair in LABELS.items() if not pair[0].strip() or not pair[1].strip()]
    assert blank == []
    assert all(zh.strip() and en.strip() for zh, en in METHOD)


def test_both_languages_name_the_same_numbers():
    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text)}

    assert [key for key, (zh, en) in LABELS.items() if names(zh) != names(en)] == []


@pytest.mark.parametrize("lang", ["fr", "", "ZH", "zh-CN"])
def test_unknown_language_is_refused(lang: str):
    with pytest.raises(ConfigError, match=r"written in zh or en, not .*pass lang='zh'"):
        wording.check_lang(lang)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0, "0"),
        (7, "7"),
        (1234567, "1,234,567"),
        (4.62, "4.6"),
        (14.2, "14"),
    ],
)
def test_number(value: float | None, words: str):
    assert wording.number(value) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (None, "–"),
        (0.0, "0%"),
        (0.0004, "0.0%"),
        (0.004, "0.4%"),
        (0.01, "1%"),
        (0.6149, "61%"),
        (1.0, "100%"),
    ],
)
def test_percent(share: float | None, words: str):
    assert wording.percent(share) == words


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [
        (None, "–", "–"),
        (0, "0 分钟", "0 min"),
        (59.6, "1 小时", "1 h"),
        (60, "1 小时", "1 h"),
        (112, "1 小时 52 分钟", "1 h 52 min"),
        (2879, "47 小时 59 分钟", "47 h 59 min"),
        (2880, "2 天", "2 days"),
    ],
)
def test_duration(minutes: float | None, zh: str, en: str):
    assert (wording.duration(minutes, "zh"), wording.duration(minutes, "en")) == (zh, en)


def test_moments_are_told_in_shanghai_time():
    assert wording.moment("2025-06-18T04:03:00Z", "zh") == "6月18日 12:03"
    assert wording.moment("2025-06-18T04:03:00Z", "en", day=False) == "12:03"
    assert wording.moment(None, "zh") == wording.moment(pd.NaT, "en") == "–"
    assert wording.date("2025-06-17T20:00:00Z", "en", year=True) == "18 Jun 2025"


@given(st.text(max_size=60), st.integers(1, 40))
def test_elided_text_is_never_longer_than_asked(text: str, length: int):
    shown = wording.elide(text, length)
    assert len(shown) <= max(length, len(" ".join(text.split())) and length)
    assert shown.rstrip("…") in " ".join(text.split())


def test_phrase_keeps_claims_apart_and_joins_plain_words():
    segments = wording.phrase("在 {at} 出现{what}。", {"at": {"text": "12:03", "claim": "c"}, "what": "故障"})
    assert segments == [{"text": "在 "}, {"text": "12:03", "claim": "c"}, {"text": " 出现故障。"}]
    assert wording.plain(segments) == "在 12:03 出现故障。"


def test_values_cannot_smuggle_in_further_fields():
    assert wording.plain(wording.phrase("{a}", {"a": "{b}{0}"})) == "{b}{0}"
