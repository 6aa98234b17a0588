r"""The robots: what each takes in how many bytes, how it is signed, and what its answer means.

Rules as documented by the makers, read 2026-11-22 (see docs/method.md):

- DingTalk, custom robot: ``timestamp`` (ms) and ``sign`` in the address; sign = urlencode(base64(HMAC-SHA256(
  key = secret, timestamp + "\n" + secret))); body at most 20,000 bytes; 20 messages a minute; errcode 0 is
  success.
- Feishu, custom bot: ``timestamp`` (s) and ``sign`` in the body; sign = base64(HMAC-SHA256(key = timestamp +
  "\n" + secret, empty message)); body at most 20 KB; 100 messages a minute; code 0 is success.
- WeCom, group robot: the key in the address is all; markdown content at most 4,096 bytes, text 2,048, UTF-8;
  20 messages a minute; errcode 0 is success.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sentiment.alerts.settings import ChannelSettings
from sentiment.alerts.split import utf8_bytes
from sentiment.errors import ConfigError

RATE: Final = {"dingtalk": 20, "wecom": 20, "feishu": 100}
"""Messages a minute that a robot takes."""
BUSY: Final = {
    "dingtalk": frozenset({-1, 130101, 410100}),
    "wecom": frozenset({-1, 45009, 45033}),
    "feishu": frozenset({11232, 99991400}),
}
"""Codes in an answer that mean: later."""
LIMIT: Final = {"dingtalk": 20_000, "feishu": 20_000, "webhook": 1_000_000}
"""Bytes of a whole body."""
WECOM_LIMIT: Final = {"markdown": 4096, "text": 2048}
"""Bytes of the content."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message, on its way.

    Attributes:
        id: The same at each attempt.
        title: First line of the whole message.
        text: What the part says, with its place and, if need be, the mark of a repeat.
        about: Event and action, for machines.
    """

    id: str
    title: str
    text: str
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A POST that is ready."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer with status 2xx means."""

    ok: bool
    busy: bool = False
    sentence: str = ""


class Robot:
    """DingTalk, Feishu, WeCom, or a plain JSON webhook.

    Args:
        settings: The channel.
        url: Its address, from the environment.
        secret: Its signing secret, from the environment; empty: not signed.

    Raises:
        ConfigError: if the address is none, or would carry the secret unencrypted over a network.
    """

    def __init__(self, settings: ChannelSettings, url: str, secret: str = "") -> None:
        self.settings, self._secret = settings, secret
        self._url = check_url(url, settings)
        if settings.kind == "wecom" and secret:
            raise ConfigError(f"Channel {settings.name}: WeCom robots are not signed; leave secret_env out.")

    @property
    def markdown(self) -> bool:
        """Whether bold type and quotes are set."""
        return self.settings.kind in ("dingtalk", "wecom") and self.settings.format == "markdown"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be told."""
        return (self._url, self._secret) if self._secret else (self._url,)

    @property
    def room(self) -> int:
        """Bytes for the text of one part: the maker's limit less the body around it."""
        if self.settings.kind == "wecom":
            return WECOM_LIMIT[self.settings.format]
        longest = Part(
            "x" * 100, "题" * 60, "", {"event_id": "x" * 200, "key": "x" * 200, "action": "x" * 20}
        )
        around = len(self.request(longest, datetime.fromtimestamp(4e9).astimezone()).body)
        return LIMIT[self.settings.kind] - around

    def cost(self, text: str) -> int:
        """Return the bytes that a text takes in a message of this channel."""
        if self.settings.kind == "wecom":
            return utf8_bytes(text)
        return len(json.dumps(self._laid_out(text), ensure_ascii=False).encode("utf-8")) - 2

    def request(self, part: Part, now: datetime) -> Request:
        """Return the signed POST of one part."""
        build = {
            "dingtalk": self._dingtalk,
            "feishu": self._feishu,
            "wecom": self._wecom,
            "webhook": self._webhook,
        }
        url, data = build[self.settings.kind](part, now)
        body = json.dumps(data, ensure_ascii=False).encode("utf-8")
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": _ascii(part.id)}
        if self.settings.kind == "webhook" and self._secret:
            headers["X-Signature-256"] = (
                "sha256=" + hmac.new(_bytes(self._secret), body, "sha256").hexdigest()
            )
        return Request(url, body, headers)

    def judge(self, body: bytes) -> Verdict:
        """Read an answer with status 2xx: these robots say 200 and name the error in the body."""
        if self.settings.kind == "webhook":
            return Verdict(ok=True)
        try:
            answer = json.loads(body)
            code = answer.get("errcode", answer.get("code", answer.get("StatusCode")))
        except (ValueError, AttributeError):
            code = None
        if not isinstance(code, int):
            return Verdict(ok=False, busy=True, sentence="the answer is not what a robot says")
        if code == 0:
            return Verdict(ok=True)
        told = str(answer.get("errmsg", answer.get("msg", "")))
        return Verdict(ok=False, busy=code in BUSY[self.settings.kind], sentence=f"error {code}: {told}")

    def _dingtalk(self, part: Part, now: datetime) -> tuple[str, dict[str, Any]]:
        url = self._url
        if self._secret:
            stamp = str(round(now.timestamp() * 1000))
            url = _with_query(url, timestamp=stamp, sign=sign_dingtalk(stamp, self._secret))
        if self.markdown:
            shown = {"title": part.title[:60], "text": self._laid_out(part.text)}
            return url, {"msgtype": "markdown", "markdown": shown}
        return url, {"msgtype": "text", "text": {"content": part.text}}

    def _feishu(self, part: Part, now: datetime) -> tuple[str, dict[str, Any]]:
        data: dict[str, Any] = {"msg_type": "text", "content": {"text": part.text}}
        if self._secret:
            stamp = str(int(now.timestamp()))
            data = {"timestamp": stamp, "sign": sign_feishu(stamp, self._secret), **data}
        return self._url, data

    def _wecom(self, part: Part, now: datetime) -> tuple[str, dict[str, Any]]:
        kind = self.settings.format
        return self._url, {"msgtype": kind, kind: {"content": part.text}}

    def _webhook(self, part: Part, now: datetime) -> tuple[str, dict[str, Any]]:
        return self._url, {
            "schema": 1,
            "id": part.id,
            "title": part.title[:60],
            "text": part.text,
            **part.about,
        }

    def _laid_out(self, text: str) -> str:
        """Return a text with the line ends that DingTalk's markdown needs to see a new line."""
        wide = self.settings.kind == "dingtalk" and self.markdown
        return text.replace("\n", "\n\n") if wide else text


def sign_dingtalk(stamp: str, secret: str) -> str:
    """Return DingTalk's signature, not yet percent-encoded.

    >>> sign_dingtalk("1577262236757", "this is secret")
    'hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM='
    """
    digest = hmac.new(_bytes(secret), _bytes(f"{stamp}\n{secret}"), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def sign_feishu(stamp: str, secret: str) -> str:
    """Return Feishu's signature: the message is empty, time and secret are the key.

    >>> sign_feishu("1599360473", "demo")
    'l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8='
    """
    return base64.b64encode(hmac.new(_bytes(f"{stamp}\n{secret}"), b"", hashlib.sha256).digest()).decode(
        "ascii"
    )


def check_url(url: str, channel: ChannelSettings) -> str:
    """Return an address that may be sent to, or raise without telling it.

    Raises:
        ConfigError: if it is no http(s) address, or plain http that leaves this machine.
    """
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
        _ = parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or not url.isascii():
        raise ConfigError(
            f"The variable {channel.url_env} of channel {channel.name} holds no http(s) address."
        )
    if parts.scheme == "http" and host not in LOOPBACK:
        raise ConfigError(
            f"The address in {channel.url_env} of channel {channel.name} starts with http: its token would be"
            " readable on the way; use https."
        )
    return url.strip()


def _with_query(url: str, **more: str) -> str:
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return urlunsplit(parts._replace(query=query))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8")


def _ascii(text: str) -> str:
    """Return an id as a header takes it."""
    return text.encode("ascii", "backslashreplace").decode("ascii").replace("\\", "%")
