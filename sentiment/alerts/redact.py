"""Secrets out of every sentence: what an error, a log or a dead letter may say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, quote_plus, urlsplit

MASK: Final = "***"
_SHORTEST: Final = 6
_URL: Final = re.compile(r"([a-z][a-z0-9+.\-]{1,20}://)[^\s'\"<>]{1,2000}", re.IGNORECASE)
_PARAMETER: Final = re.compile(
    r"((?:access_token|token|key|secret|sign|signature|password)[\"']?\s{0,2}[=:]\s{0,2}[\"']?)[^\s&\"',)}]{1,500}",
    re.IGNORECASE,
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without addresses, tokens and the given secrets, on one line of at most 300 letters.

    >>> redact("POST https://h.example/send?key=abc123 failed: sign=xyz", ["abc123"])
    'POST https://*** failed: sign=***'
    """
    for secret in sorted(_forms(secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = _URL.sub(rf"\1{MASK}", text)
    return " ".join(_PARAMETER.sub(rf"\1{MASK}", text).split())[:300]


def _forms(secrets: Iterable[str]) -> set[str]:
    """Return the secrets as they may appear: whole, percent-encoded, and the parts of an address."""
    forms: set[str] = set()
    for secret in secrets:
        parts = [secret, quote(secret, safe=""), quote_plus(secret)]
        if "://" in secret:
            split = urlsplit(secret)
            parts += [split.query, split.username or "", split.password or "", *split.path.split("/")]
            parts += [pair.partition("=")[2] for pair in split.query.split("&")]
        forms |= {part for part in parts if len(part) >= _SHORTEST}
    return forms
