"""One attempt to deliver one part, and what became of it."""

from __future__ import annotations

import http.client
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from sentiment.alerts.channels import Part, Request, Robot
from sentiment.alerts.redact import redact

MOST_ANSWER: Final = 64 * 1024
LONGEST_WAIT: Final = 3600.0
AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which another attempt may succeed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt.

    Attributes:
        ok: Delivered.
        again: Another attempt may succeed.
        unsure: It may have been delivered all the same.
        wait: Seconds that the receiver asks to wait, None where it does not say.
        sentence: What went wrong, without a secret.
    """

    ok: bool
    again: bool = False
    unsure: bool = False
    wait: float | None = None
    sentence: str = ""


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the message and its token to an address that nobody configured."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 - urllib's own signature
        return None


def attempt(robot: Robot, part: Part, *, now: datetime, timeout: float) -> Outcome:
    """Send one part and say what became of it; never raises for the receiver's sake.

    Args:
        robot: The channel.
        part: What to send.
        now: The time that the signature tells.
        timeout: Seconds for the whole attempt.
    """
    try:
        status, headers, body = _post(robot.request(part, now), timeout)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _broken(error, robot)
    if 200 <= status < 300:
        verdict = robot.judge(body)
        if verdict.ok:
            return Outcome(ok=True)
        sentence = redact(verdict.sentence, robot.secrets)
        return Outcome(ok=False, again=verdict.busy, wait=_wait(headers), sentence=sentence)
    return Outcome(ok=False, again=status in AGAIN, wait=_wait(headers), sentence=f"HTTP {status}")


def _post(request: Request, timeout: float) -> tuple[int, Any, bytes]:
    made = urllib.request.Request(
        request.url, data=request.body, headers=dict(request.headers), method="POST"
    )
    opener = urllib.request.build_opener(_Stay)
    deadline = time.monotonic() + timeout
    try:
        answer = opener.open(made, timeout=timeout)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers, b""
    with answer:
        return answer.status, answer.headers, _read(answer, deadline)


def _read(answer: http.client.HTTPResponse, deadline: float) -> bytes:
    """Read an answer that may drip for ever: only until the deadline, only so much."""
    body = b""
    while len(body) < MOST_ANSWER:
        more = answer.read1(MOST_ANSWER)
        body += more
        if not more:
            break
        if time.monotonic() > deadline:
            raise TimeoutError("the answer takes too long")
    if answer.length:
        raise http.client.IncompleteRead(body, answer.length)
    return body


def _broken(error: Exception, robot: Robot) -> Outcome:
    """Tell a receiver that was never reached from one that may have taken the message."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    never = isinstance(cause, ConnectionRefusedError | socket.gaierror) or isinstance(error, ValueError)
    words = str(cause) or type(cause).__name__
    return Outcome(ok=False, again=True, unsure=not never, sentence=redact(words, robot.secrets))


def _wait(headers: Any) -> float | None:  # noqa: ANN401 - the headers of an answer
    """Read Retry-After: seconds, or a date.

    >>> _wait({"Retry-After": "12"}), _wait({})
    (12.0, None)
    """
    value = headers.get("Retry-After") or headers.get("x-ogw-ratelimit-reset")
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else None
