"""What stands before every route: host, size, session, token, headers of the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from sentiment.serve.access import Access, Session, own_host, same_origin

COOKIE: Final = "sentiment_room"
MOST_BODY: Final = 32 * 1024
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; font-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # not no-referrer: with it browsers send "Origin: null" with our own forms
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cache-control", b"no-store"),
)
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Guard:
    """An ASGI application around the application.

    Args:
        app: The application.
        access: Token and sessions.
        requests: Counts answers by route and status.
    """

    def __init__(self, app: FastAPI, access: Access, requests: Counter[tuple[str, int]]) -> None:
        self.app, self._access, self._requests = app, access, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        answer = self._refuse(request)
        if answer is not None:
            await answer(scope, receive, self._sending(scope, send))
            return
        body = await _body(receive)
        if body is None:
            answer = JSONResponse({"detail": "This is too long."}, status_code=413)
            await answer(scope, receive, self._sending(scope, send))
            return
        await self.app(scope, _again(body, receive), self._sending(scope, send))

    def _refuse(self, request: Request) -> Response | None:
        """Return the answer to a request that no route may see; else note who asks."""
        headers, path = request.headers, request.url.path
        if not own_host(headers.get("host", ""), guarded=bool(self._access.token)):
            return JSONResponse({"detail": "This server does not go by that name."}, status_code=421)
        session = self._access.read(request.cookies.get(COOKIE, ""))
        bearer = self._bearer(request)
        request.state.fresh = session is None
        request.state.session = session or self._access.begin(inside=not self._access.token)
        if path.startswith("/api/") or path == "/metrics":
            if not (request.state.session.inside or bearer):
                return JSONResponse(
                    {"detail": "Send the token: Authorization: Bearer …"},
                    status_code=401,
                    headers={"WWW-Authenticate": "Bearer"},
                )
            if request.method not in SAFE and not bearer and not _ours(request):
                return JSONResponse({"detail": "Another site may not change anything here."}, status_code=403)
        return None

    def _bearer(self, request: Request) -> bool:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        if not self._access.token or kind.lower() != "bearer" or not self._access.may_try():
            return False
        if self._access.fits(given.strip()):
            return True
        self._access.tried_wrong()
        return False

    def _sending(self, scope: Scope, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                more = [(name, value) for name, value in HEADERS if name not in given]
                message = {**message, "headers": [*message["headers"], *more]}
                route = getattr(scope.get("route"), "path", "other")
                self._requests[route, message["status"]] += 1
            await send(message)

        return sending


def session_of(request: Request) -> Session:
    """Return who asks; the guard has found out."""
    session: Session = request.state.session
    return session


def _ours(request: Request) -> bool:
    """Say whether JSON that changes something was sent by our page or by a program on this machine.

    A page of another site can send neither this content type nor hide its Origin without asking first, and it
    is never allowed to.
    """
    headers = request.headers
    plain = request.method == "POST" and headers.get("content-type", "").split(";")[0] != "application/json"
    return not plain and same_origin(
        headers.get("origin"), headers.get("sec-fetch-site"), headers.get("host", "")
    )


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body, None where it is too long."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BODY:
            return None
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a receive that hands out the body once, then what comes."""
    left = [body]

    async def again() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return again
