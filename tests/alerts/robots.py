"""Group-chat robots on loopback that check what the makers check and misbehave when told to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

SECRET = "SEC-planted-secret"
LIMITS = {"dingtalk": 20_000, "feishu": 20_480}


class Robots:
    """One server for all kinds: ``/dingtalk``, ``/feishu``, ``/wecom``, ``/webhook``.

    ``faults`` holds what to do to the next requests: a status, ``(status, headers)``, ``slow``, ``cut``
    (takes the message, breaks off its answer), ``drop`` (closes without one), ``busy`` or ``garbage``.
    """

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.refused: list[str] = []
        self.asked = 0
        self.faults: deque[Any] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, kind: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{kind}?access_token=planted-token"

    @property
    def texts(self) -> list[str]:
        return [text_of(message) for message in self.taken]


def text_of(message: dict[str, Any]) -> str:
    """Return the text of a message of any kind."""
    if "content" in message:
        return str(message["content"]["text"])
    if "msgtype" not in message:
        return str(message["text"])
    inner = message[message["msgtype"]]
    return str(inner.get("content", inner.get("text")))


def _handler(robots: Robots) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one small class
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            robots.asked += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fault = robots.faults.popleft() if robots.faults else None
            if fault in (None, "cut"):
                self._take(body, fault)
            elif fault == "drop":
                _reset(self.connection)
            else:
                self._fail(fault)

        def _fail(self, fault: Any) -> None:  # noqa: ANN401 - see Robots
            if fault == "slow":
                time.sleep(1.5)
            said = {"busy": json.dumps(_BUSY.get(self._kind())).encode(), "garbage": b"<html>login</html>"}
            status, headers = fault if isinstance(fault, tuple) else (fault, {})
            self._answer(status if isinstance(status, int) else 200, said.get(status, b""), **headers)

        def _kind(self) -> str:
            return urlsplit(self.path).path.strip("/")

        def _take(self, body: bytes, fault: str | None) -> None:
            wrong = _check(self._kind(), self.path, self.headers, body)
            if wrong:
                robots.refused.append(str(wrong))
                self._answer(200, json.dumps(wrong).encode())
                return
            robots.taken.append(json.loads(body))
            robots.headers.append(dict(self.headers))
            answer = json.dumps(_FINE[self._kind()]).encode()
            if fault == "cut":
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer[:5])
                self.wfile.flush()
                _reset(self.connection)
            else:
                self._answer(200, answer)

        def _answer(self, status: int, body: bytes, **headers: str) -> None:
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler


_FINE = {
    "dingtalk": {"errcode": 0, "errmsg": "ok"},
    "wecom": {"errcode": 0, "errmsg": "ok"},
    "feishu": {"code": 0, "msg": "success", "StatusCode": 0},
    "webhook": {},
}
_BUSY = {
    "dingtalk": {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"},
    "wecom": {"errcode": 45009, "errmsg": "api freq out of limit"},
    "feishu": {"code": 11232, "msg": "frequency limited"},
}


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _check(kind: str, path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
    """Check as the makers do, in code of its own: signature, age of the time, bytes."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    data = json.loads(body)
    if kind == "dingtalk":
        good = hmac.new(SECRET.encode(), f"{query['timestamp']}\n{SECRET}".encode(), hashlib.sha256).digest()
        if (
            base64.b64decode(query["sign"]) != good
            or abs(time.time() - int(query["timestamp"]) / 1000) > 3600
        ):
            return {"errcode": 310000, "errmsg": "sign not match"}
    if kind == "feishu":
        good = hmac.new(f"{data['timestamp']}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
        if base64.b64decode(data["sign"]) != good or abs(time.time() - int(data["timestamp"])) > 3600:
            return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
    if kind == "webhook" and "X-Signature-256" in headers:
        good_hex = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        if headers["X-Signature-256"] != good_hex:
            return {"error": "signature"}
    if kind == "wecom":
        most = {"markdown": 4096, "text": 2048}[data["msgtype"]]
        if len(data[data["msgtype"]]["content"].encode()) > most:
            return {"errcode": 40058, "errmsg": f"{data['msgtype']}.content exceed max length {most}"}
    elif len(body) > LIMITS.get(kind, 10**9):
        return {"errcode": 460101, "code": 9499, "errmsg": "message too long, exceed 20000 bytes"}
    return None
