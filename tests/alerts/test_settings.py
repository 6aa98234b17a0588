"""The [alerts] table: every mistake is one sentence, no secret in it."""

from __future__ import annotations

from typing import Any

import pytest

from sentiment.alerts import alert_settings, reach
from sentiment.alerts.settings import Mute, aware, in_hours, next_edge
from sentiment.errors import ConfigError

FINE = {"name": "oncall", "kind": "wecom", "url_env": "WECOM"}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"cooldown": 3}, "did you mean 'alerts.cool_down_minutes'"),
        ({"min_severity": "high"}, "must be a whole number"),
        ({"min_severity": True}, "must be a whole number"),
        ({"min_severity": 9}, "between 0 and 5"),
        ({"lang": "de"}, "Known: en, zh"),
        ({"quiet_hours": "23-7"}, "written as 23:00-07:00"),
        ({"mute": {"service": "美团"}}, r"\[\[alerts.mute\]\]"),
        ({"mute": [{"kind": "gossip"}]}, "Known: no_data, outage, unclear"),
        ({"mute": [{"until": "tomorrow"}]}, "is no time"),
        ({"channels": [{**FINE, "name": "on call"}]}, "needs a name"),
        ({"channels": [FINE, FINE]}, "Two channels are named 'oncall'"),
        ({"channels": [{**FINE, "kind": "wechat"}]}, "did you mean 'webhook'|Known: apprise"),
        ({"channels": [{**FINE, "url_env": ""}]}, "names no url_env"),
        ({"channels": [{**FINE, "services": "美团"}]}, "a list of texts"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(table: dict[str, Any], sentence: str):
    with pytest.raises(ConfigError, match=sentence):
        alert_settings(table)


def test_a_secret_in_the_file_is_refused_and_not_told():
    with pytest.raises(ConfigError, match="name of an environment variable") as caught:
        alert_settings({"channels": [{**FINE, "url_env": "https://h.example/send?key=leaked"}]})
    assert "leaked" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "set it before"),
        ("leaked", "holds no http"),
        ("http://192.0.2.1/leaked", "use https"),
        ("https://[leaked", "holds no http"),
        ("https://h.example:leaked/", "holds no http"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_telling_it(url: str, sentence: str):
    with pytest.raises(ConfigError, match=sentence) as caught:
        reach(alert_settings({"channels": [FINE]}), {"WECOM": url})
    assert "leaked" not in str(caught.value)
    assert "WECOM" in str(caught.value)


def test_a_mute_fits_by_service_kind_and_time():
    noon = aware("2025-04-11 12:00")
    assert Mute().covers(None, "outage", noon)
    assert not Mute(service="美团").covers("饿了么", "outage", noon)
    assert not Mute(kind="unclear").covers("美团", "outage", noon)
    assert not Mute(until="2025-04-11 12:00").covers("美团", "outage", noon)
    assert not Mute(since="2025-04-11 12:01").covers("美团", "outage", noon)


@pytest.mark.parametrize("hours", ["00:00-24:00", "12:00-12:00"])
def test_hours_around_the_clock(hours: str):
    assert all(in_hours(aware(f"2025-04-11 {hour:02d}:30"), hours) for hour in range(24))


def test_hours_are_those_of_shanghai_whatever_the_zone_of_the_clock():
    assert in_hours(aware("2025-04-11T16:00+00:00"), "23:00-07:00")
    assert next_edge(aware("2025-04-11T16:00+00:00"), "23:00-07:00") == aware("2025-04-12 07:00")
