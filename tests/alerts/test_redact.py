"""Sentences without secrets."""

from __future__ import annotations

import pytest

from sentiment.alerts.redact import redact

URL = "https://user:pass-word@h.example/open-apis/bot/v2/hook/0a1b2c3d-secret?access_token=abc%2Bdef123&x=1"


@pytest.mark.parametrize(
    "sentence",
    [
        f"cannot reach {URL}",
        "path /open-apis/bot/v2/hook/0a1b2c3d-secret not found",
        "access_token=abc%2Bdef123 is wrong",
        '{"secret": "SEC-topsecret", "sign": "q1w2e3r4"}',
        "SEC-topsecret",
        "user pass-word",
    ],
)
def test_nothing_secret_is_left(sentence: str):
    said = redact(sentence, [URL, "SEC-topsecret"])
    for secret in ("0a1b2c3d-secret", "abc%2Bdef123", "SEC-topsecret", "pass-word", "q1w2e3r4"):
        assert secret not in said


def test_a_sentence_stays_one_line_of_bounded_length():
    assert redact("a\nb" + "c" * 1000) == "a b" + "c" * 297
