"""Channels from settings and environment, with Apprise there and absent."""

from __future__ import annotations

import sys

import pytest

from sentiment.alerts import alert_settings, reach, send_test
from sentiment.errors import ConfigError
from tests.alerts.conftest import HandClock
from tests.alerts.robots import Robots

MAIL = {"name": "mail", "kind": "apprise", "url_env": "MAIL"}


def test_apprise_carries_a_message_whole(robots: Robots, clock: HandClock):
    pytest.importorskip("apprise")
    settings = alert_settings({"channels": [MAIL]})
    (channel,) = reach(settings, {"MAIL": robots.url("webhook").replace("http:", "json:")})
    assert send_test(channel, settings=settings, lang="zh", now=clock.now).ok
    assert "测试消息" in robots.taken[0]["message"]


def test_apprise_that_fails_is_tried_again(
    robots: Robots, clock: HandClock, capsys: pytest.CaptureFixture[str]
):
    pytest.importorskip("apprise")
    settings = alert_settings({"channels": [MAIL]})
    (channel,) = reach(settings, {"MAIL": robots.url("webhook").replace("http:", "json:")})
    robots.faults.append(500)
    outcome = send_test(channel, settings=settings, lang="zh", now=clock.now)
    assert (outcome.ok, outcome.again, outcome.sentence) == (False, True, "Apprise says no")
    assert "planted" not in capsys.readouterr().err


def test_an_address_that_apprise_does_not_know_is_refused(capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("apprise")
    with pytest.raises(ConfigError, match="no Apprise address"):
        reach(alert_settings({"channels": [MAIL]}), {"MAIL": "nosuch://leaked"})
    assert "leaked" not in capsys.readouterr().err


def test_apprise_absent_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError, match=r"pip install 'outage-sentiment\[alerts\]'"):
        reach(alert_settings({"channels": [MAIL]}), {"MAIL": "json://127.0.0.1/"})
