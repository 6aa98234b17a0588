"""A headless Chromium driven through its own debugging pipe: no driver, no network, no package."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--remote-debugging-pipe", "about:blank",
)  # fmt: skip
PATIENCE = 60.0


class Browser:
    """One page; what its console said and what it asked of the network are kept."""

    def __init__(self, program: str, profile: Path) -> None:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # the browser reads commands from descriptor 3 and writes answers to 4
        wrapped = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            ["bash", "-c", wrapped, program, f"--user-data-dir={profile}", *FLAGS],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._unread, self._sent, self._session = b"", 0, ""
        self.requests: list[str] = []
        self.console: list[str] = []

    def __enter__(self) -> Self:
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._send(f"{domain}.enable")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def open(self, page: Path, *, width: int = 1280, dark: bool = False) -> None:
        """Load a page and wait until it has."""
        self.size(width, dark=dark)
        self.go(page.as_uri())

    def go(self, address: str) -> None:
        """Load an address in the size that was set last and wait until it has."""
        self._send("Page.navigate", url=address)
        self.wait_for(f"location.href + document.readyState == {json.dumps(address + 'complete')}")

    def wait_for(self, script: str) -> None:
        """Wait until an expression is true; a page that is being left counts as not yet."""
        deadline = time.monotonic() + PATIENCE
        while True:
            done = self._send("Runtime.evaluate", expression=script, returnByValue=True)
            if done["result"].get("value") is True:
                return
            assert time.monotonic() < deadline, f"never came true: {script}"
            time.sleep(0.05)

    def size(self, width: int, *, dark: bool = False) -> None:
        """Set the size of the window and the scheme of colours."""
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=800, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._send("Emulation.setEmulatedMedia", features=scheme)

    def run(self, script: str) -> Any:  # noqa: ANN401 - whatever the script gives
        """Return the value of an expression in the page; a promise is waited for."""
        done = self._send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key where the focus is."""
        code = {"Enter": 13, "Tab": 9}[key]
        given = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self._send("Input.dispatchKeyEvent", type="keyDown", text="\r" if key == "Enter" else "", **given)
        self._send("Input.dispatchKeyEvent", type="keyUp", **given)

    def _send(self, method: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": given}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            told = self._read()
            if told.get("id") == self._sent:
                assert "error" not in told, told
                return dict(told["result"])
            self._note(told)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            part = os.read(self._in, 1 << 16)
            assert part, "the browser has closed"
            self._unread += part
        message, _, self._unread = self._unread.partition(b"\0")
        return dict(json.loads(message))

    def _note(self, told: dict[str, Any]) -> None:
        method, given = told.get("method"), told.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(given["request"]["url"])
        elif method == "Log.entryAdded":
            self.console.append(given["entry"]["text"])
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            self.console.append(json.dumps(given))
