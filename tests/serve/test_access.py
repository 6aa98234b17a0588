"""Tokens, sessions and form tokens: what is forged, over or of another server is refused."""

from __future__ import annotations

import pytest

from sentiment.errors import ConfigError
from sentiment.serve.access import HOURS, TRIES, Access, check_binding, own_host, same_origin

TOKEN = "planted-token-0123456789"


class Clock:
    """Seconds, set by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(clock: Clock) -> Access:
    return Access(TOKEN, clock)


def test_a_sealed_session_is_read_back_until_it_is_over_or_ended(access: Access, clock: Clock):
    session = access.begin(inside=True)
    cookie = access.seal(session)
    assert access.read(cookie) == session
    clock.now += HOURS * 3600 + 1
    assert access.read(cookie) is None
    fresh = access.begin(inside=True)
    access.end(fresh)
    assert access.read(access.seal(fresh)) is None


@pytest.mark.parametrize("spoilt", ["", ".", "a.b.c.d", "x" * 5000, "ä.9999999999.1.é", "..."])
def test_what_is_no_cookie_is_no_session(access: Access, spoilt: str):
    assert access.read(spoilt) is None


def test_a_cookie_changed_in_any_place_is_no_session(access: Access):
    cookie = access.seal(access.begin(inside=False))
    for n in range(len(cookie)):
        sign = "0" if cookie[n] != "0" else "1"
        assert access.read(cookie[:n] + sign + cookie[n + 1 :]) is None


def test_a_cookie_of_another_server_is_no_session(access: Access, clock: Clock):
    assert Access(TOKEN, clock).read(access.seal(access.begin(inside=True))) is None


def test_a_form_fits_its_session_alone(access: Access):
    mine, other = access.begin(inside=True), access.begin(inside=True)
    assert access.form_fits(mine, access.form_token(mine))
    assert not access.form_fits(other, access.form_token(mine))
    assert not access.form_fits(mine, "")
    assert not access.form_fits(mine, access.seal(mine).rpartition(".")[2])  # a mark for another purpose


def test_guessing_is_slowed_down(access: Access, clock: Clock):
    for _ in range(TRIES):
        assert access.may_try()
        access.tried_wrong()
    assert not access.may_try()
    clock.now += 61
    assert access.may_try()


@pytest.mark.parametrize(
    ("host", "token", "sentence"),
    [
        ("0.0.0.0", "", "lets others in"),
        ("::", "", "lets others in"),
        ("127.0.0.1", "short", "needs 16 or more"),
    ],
)
def test_a_door_without_a_good_lock_is_refused(host: str, token: str, sentence: str):
    with pytest.raises(ConfigError, match=sentence) as caught:
        check_binding(host, token, "SENTIMENT_TOKEN")
    assert "short" not in str(caught.value)


@pytest.mark.parametrize(("host", "token"), [("127.0.0.1", ""), ("::1", ""), ("0.0.0.0", TOKEN)])
def test_a_door_with_one_is_fine(host: str, token: str):
    check_binding(host, token, "SENTIMENT_TOKEN")


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[bad", "localhost.evil.example:80"]
)
def test_another_name_is_not_answered_without_a_token(host: str):
    assert not own_host(host, guarded=False)


@pytest.mark.parametrize(
    ("origin", "site", "fine"),
    [
        (None, None, True),
        ("http://127.0.0.1:8000", "same-origin", True),
        ("http://127.0.0.1:9000", "same-site", False),
        ("http://127.0.0.1:8000", "cross-site", False),
        ("https://evil.example", None, False),
        ("null", None, False),
    ],
)
def test_who_may_change_something(origin: str | None, site: str | None, fine: bool):
    assert same_origin(origin, site, "127.0.0.1:8000") is fine
