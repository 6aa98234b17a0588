"""Who may see and change what: one token from the environment, signed sessions, form tokens. No HTTP here."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from sentiment.errors import ConfigError

SHORTEST: Final = 16
"""Letters of a token, at least: it is all that stands between a network and the store."""
HOURS: Final = 12.0
TRIES: Final = 10
"""Wrong tokens a minute, from everybody together, after which nobody may try."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Session:
    """Who holds a cookie: an id, until when, and whether the token was shown."""

    id: str
    expires: int
    inside: bool


@dataclass(slots=True)
class Access:
    """The rules of one running server; its keys die with it.

    Attributes:
        token: What opens the door; empty: everybody on this machine is inside.
        clock: Seconds since 1970.
    """

    token: str
    clock: Callable[[], float]
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _gone: set[str] = field(default_factory=set, repr=False)
    _wrong: deque[float] = field(default_factory=deque, repr=False)

    def fits(self, given: str) -> bool:
        """Say whether a token is the right one, in a time that does not depend on it."""
        return hmac.compare_digest(_digest(given), _digest(self.token))

    def may_try(self) -> bool:
        """Say whether a token may be tried now."""
        while self._wrong and self._wrong[0] < self.clock() - 60:
            self._wrong.popleft()
        return len(self._wrong) < TRIES

    def tried_wrong(self) -> None:
        """Note a wrong token."""
        self._wrong.append(self.clock())

    def begin(self, *, inside: bool) -> Session:
        """Return a new session."""
        return Session(secrets.token_urlsafe(18), int(self.clock() + HOURS * 3600), inside)

    def seal(self, session: Session) -> str:
        """Return the cookie of a session."""
        body = f"{session.id}.{session.expires}.{int(session.inside)}"
        return f"{body}.{self._sign('session', body)}"

    def read(self, cookie: str) -> Session | None:
        """Return the session of a cookie; None where it was not sealed here, is over or was ended."""
        body, _, mark = cookie[:400].rpartition(".")
        parts = body.split(".")
        if len(parts) != 3 or not hmac.compare_digest(mark.encode(), self._sign("session", body).encode()):
            return None
        session = Session(parts[0], int(parts[1]), parts[2] == "1")
        return None if session.expires < self.clock() or session.id in self._gone else session

    def end(self, session: Session) -> None:
        """End a session for good."""
        self._gone.add(session.id)

    def form_token(self, session: Session) -> str:
        """Return what a form of this session must carry."""
        return self._sign("form", session.id)

    def form_fits(self, session: Session, given: str) -> bool:
        """Say whether a form was made for this session."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.form_token(session).encode())

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def check_binding(host: str, token: str, variable: str) -> None:
    """Raise unless the token is good enough for the address.

    Raises:
        ConfigError: if an address beyond this machine has no token, or a token is short.
    """
    if token and len(token) < SHORTEST:
        raise ConfigError(
            f"The token in {variable} has {len(token)} characters: it needs {SHORTEST} or more,"
            " e.g. from: python -c 'import secrets; print(secrets.token_urlsafe(24))'."
        )
    if host not in LOOPBACK and not token:
        raise ConfigError(
            f"Serving on {host} lets others in: set a token of {SHORTEST} or more characters in the"
            f" environment variable {variable}, or serve on 127.0.0.1."
        )


def own_host(host: str, *, guarded: bool) -> bool:
    """Say whether a Host header may be answered.

    Without a token only this machine's own names are: a page of another site whose name was made to point
    here (DNS rebinding) brings its own name.

    >>> own_host("127.0.0.1:8000", guarded=False), own_host("evil.example", guarded=False)
    (True, False)
    """
    return guarded or _name(f"//{host}") in LOOPBACK


def same_origin(origin: str | None, site: str | None, host: str) -> bool:
    """Say whether a request that changes something comes from a page of this server, or from no page.

    Args:
        origin: Header Origin; browsers send it with every form.
        site: Header Sec-Fetch-Site.
        host: Header Host.

    >>> same_origin("http://127.0.0.1:8000", "same-origin", "127.0.0.1:8000")
    True
    >>> [same_origin(origin, None, "127.0.0.1:8000") for origin in ("https://evil.example", "null")]
    [False, False]
    """
    if site not in (None, "same-origin", "none"):
        return False
    return origin is None or urlsplit(origin).netloc == host


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
