"""Readings are shared: one at a time, nobody waits for the next, nobody sees an old one after a change."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from sentiment.serve import looks
from sentiment.serve.app import make_app
from sentiment.serve.looks import Looks, ServeSettings
from sentiment.store import Store
from tests.serve.conftest import NOW


class Slow:
    """Stands in for the reading of a store: counts and takes its time."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.n = seconds, 0

    def __call__(self, *_: object, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - see look
        self.n += 1
        told = {"n": self.n, "began": time.monotonic(), **asked}
        time.sleep(self.seconds)
        return told


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    reading = Slow(0.2)
    monkeypatch.setattr(looks, "look", reading)
    monkeypatch.setattr(looks, "OLDEST_SECONDS", 1000.0)
    return reading


def test_everybody_at_once_is_one_reading(store: Store, slow: Slow):
    shared = Looks(store, lambda: NOW)
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: seen.append(shared.get(6, "")["n"])) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 12


def test_a_reading_that_is_not_fresh_is_handed_out_while_the_next_is_made(
    store: Store, slow: Slow, monkeypatch: pytest.MonkeyPatch
):
    shared = Looks(store, lambda: NOW)
    shared.get(6, "")
    monkeypatch.setattr(looks, "FRESH_SECONDS", 0.0)
    assert shared.get(6, "")["n"] == 1
    end = time.monotonic() + 30
    while shared.get(6, "")["n"] == 1:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_reading_that_is_too_old_is_not_handed_out(
    store: Store, slow: Slow, monkeypatch: pytest.MonkeyPatch
):
    shared = Looks(store, lambda: NOW)
    shared.get(6, "")
    for name in ("FRESH_SECONDS", "OLDEST_SECONDS"):
        monkeypatch.setattr(looks, name, 0.0)
    assert shared.get(6, "")["n"] == 2


def test_after_a_change_nobody_sees_a_reading_from_before(
    store: Store, slow: Slow, monkeypatch: pytest.MonkeyPatch
):
    shared = Looks(store, lambda: NOW)
    shared.get(6, "")
    monkeypatch.setattr(looks, "FRESH_SECONDS", 0.0)
    shared.get(6, "")  # the next is being made
    changed = time.monotonic()
    shared.forget()
    assert shared.get(6, "")["began"] >= changed


def test_another_choice_is_another_reading(store: Store, slow: Slow):
    shared = Looks(store, lambda: NOW)
    assert [shared.get(6, "")["service"], shared.get(6, "美团")["service"]] == [None, "美团"]


def test_a_warm_server_has_read_before_anybody_asks(store: Store, monkeypatch: pytest.MonkeyPatch):
    app = make_app(store, ServeSettings(), clock=lambda: NOW, warm=True)
    monkeypatch.setattr(looks, "look", Slow(60))  # whoever waits for a reading now waits long
    monkeypatch.setattr(looks, "FRESH_SECONDS", 1000.0)
    monkeypatch.setattr(looks, "OLDEST_SECONDS", 1000.0)
    page = TestClient(app, base_url="http://127.0.0.1:8000").get("/")
    assert "美团" in page.text
