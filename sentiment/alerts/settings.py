"""The ``[alerts]`` table: whom to tell, when, and which environment variables hold the secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final, get_type_hints
from zoneinfo import ZoneInfo

from sentiment.errors import ConfigError, unknown
from sentiment.schema import ZONE

CHANNEL_KINDS: Final = ("dingtalk", "feishu", "wecom", "webhook", "apprise")
FORMATS: Final = ("markdown", "text")
KINDS: Final = ("outage", "unclear", "no_data")
WORST: Final = 4
_HOURS: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_NAME: Final = re.compile(r"[A-Za-z0-9_\-]{1,40}")


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """One place that messages go to. Secrets are named, never written here."""

    name: str = ""
    """Letters, digits, ``-`` and ``_``; each channel its own."""
    kind: str = "webhook"
    """dingtalk, feishu, wecom, webhook (JSON) or apprise."""
    url_env: str = ""
    """Environment variable that holds the address."""
    secret_env: str = ""
    """Environment variable that holds the signing secret; empty: not signed."""
    format: str = "markdown"
    """markdown or text, where the channel takes both."""
    min_severity: int = 0
    """Incidents below this severity are not told here."""
    services: tuple[str, ...] = ()
    """Canonical names; empty: all."""


@dataclass(frozen=True, slots=True)
class Mute:
    """What is not told; an empty field fits everything."""

    service: str = ""
    """Canonical name."""
    kind: str = ""
    """outage, unclear or no_data."""
    since: str = ""
    """``2026-03-12 22:00``, Shanghai time unless it names its zone."""
    until: str = ""
    """The same; news is told then, and without an end it is never told."""

    def covers(self, service: str | None, kind: str, now: datetime) -> bool:
        """Say whether an incident is muted at this time.

        >>> Mute(service="美团").covers("美团", "outage", aware("2025-04-11 12:03"))
        True
        """
        return (
            (not self.service or self.service == service)
            and (not self.kind or self.kind == kind)
            and (not self.since or aware(self.since) <= now)
            and (not self.until or now < aware(self.until))
        )


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """When to tell, and whom."""

    lang: str = "zh"
    """``zh`` or ``en``; ``[report] lang`` unless given."""
    min_severity: int = 1
    """Incidents below this severity are not told."""
    cool_down_minutes: int = 30
    """After a message, a fall in severity or a new phase waits so long; a rise is told at once."""
    repeat_minutes: int = 120
    """An update without a change is told after so long, unless somebody has acknowledged; 0: never."""
    quiet_hours: str = ""
    """``23:00-07:00``: less severe news waits until they are over; empty: none."""
    quiet_below: int = 3
    """Severity from which the quiet hours do not hold news back."""
    no_data_hours: str = "00:00-24:00"
    """When the feed should not be silent; outside them its silence waits."""
    no_data_severity: int = 3
    """Severity that a silent feed counts as."""
    give_up_minutes: int = 60
    """A message that no attempt has delivered by then goes to the dead-letter file."""
    timeout_seconds: int = 10
    """Seconds that a server may take to answer, 1 to 120."""
    link: str = ""
    """Address of the war-room page or the report, told at the end of a message."""
    mute: tuple[Mute, ...] = ()
    channels: tuple[ChannelSettings, ...] = ()


def alert_settings(table: Mapping[str, Any]) -> AlertSettings:
    """Build the settings from the ``[alerts]`` table of a TOML file.

    Raises:
        ConfigError: if a key is unknown, a value has the wrong type or is out of its range.

    >>> alert_settings({"channels": [{"name": "oncall", "kind": "wecom", "url_env": "W"}]}).channels[0].kind
    'wecom'
    """
    given = dict(table)
    mutes = _rows(given.pop("mute", []), "alerts.mute", Mute)
    channels = _rows(given.pop("channels", []), "alerts.channels", ChannelSettings)
    settings = _build(AlertSettings, given, "alerts")
    settings = AlertSettings(**{**_plain(settings), "mute": tuple(mutes), "channels": tuple(channels)})
    _check(settings)
    return settings


def aware(at: datetime | str) -> datetime:
    """Return a time with its zone; one without a zone is Shanghai time.

    Raises:
        ConfigError: if it is no time.

    >>> aware("2025-04-11 12:03").isoformat()
    '2025-04-11T12:03:00+08:00'
    """
    try:
        time = datetime.fromisoformat(at) if isinstance(at, str) else at
    except ValueError:
        raise ConfigError(f"{at!r} is no time: write it as 2025-04-11 12:03.") from None
    return time.replace(tzinfo=ZoneInfo(ZONE)) if time.tzinfo is None else time


def in_hours(now: datetime, hours: str) -> bool:
    """Say whether a time of day lies in ``HH:MM-HH:MM`` (Shanghai time), which may pass midnight.

    >>> [in_hours(aware(f"2025-04-11 {at}"), "23:00-07:00") for at in ("22:59", "23:00", "06:59", "07:00")]
    [False, True, True, False]
    """
    if not hours:
        return False
    start, end = _hours(hours)
    at = _minute(now)
    return start <= at < end if start < end else at >= start or at < end


def next_edge(now: datetime, hours: str) -> datetime:
    """Return when ``HH:MM-HH:MM`` is next over, or next begins where ``now`` lies outside it.

    >>> next_edge(aware("2025-04-11 23:30"), "23:00-07:00").isoformat()
    '2025-04-12T07:00:00+08:00'
    """
    start, end = _hours(hours)
    edge = end if in_hours(now, hours) else start
    wait = (edge - _minute(now)) % (24 * 60)
    return now.replace(second=0, microsecond=0) + timedelta(minutes=wait or 24 * 60)


def _minute(now: datetime) -> int:
    clock = now.astimezone(ZoneInfo(ZONE))
    return clock.hour * 60 + clock.minute


def _hours(hours: str) -> tuple[int, int]:
    found = _HOURS.fullmatch(hours)
    if not found:
        raise ConfigError(f"Hours are written as 23:00-07:00, not {hours!r}.")
    first, second, third, fourth = (int(part) for part in found.groups())
    return first * 60 + second, third * 60 + fourth


def _check(settings: AlertSettings) -> None:
    _one_of("alerts.lang", settings.lang, ("zh", "en"))
    for hours in (settings.quiet_hours, settings.no_data_hours):
        if hours:
            _hours(hours)
    for name in ("min_severity", "quiet_below", "no_data_severity"):
        _within(f"alerts.{name}", getattr(settings, name), 0, WORST + 1)
    for name in ("cool_down_minutes", "repeat_minutes", "give_up_minutes"):
        _within(f"alerts.{name}", getattr(settings, name), 0, 100_000)
    _within("alerts.timeout_seconds", settings.timeout_seconds, 1, 120)
    for mute in settings.mute:
        _check_mute(mute)
    names = [channel.name for channel in settings.channels]
    for channel in settings.channels:
        _check_channel(channel, names)


def _check_mute(mute: Mute) -> None:
    if mute.kind:
        _one_of("alerts.mute.kind", mute.kind, KINDS)
    for at in (mute.since, mute.until):
        if at:
            try:
                aware(at)
            except ConfigError as error:
                raise ConfigError(f"alerts.mute: {error}") from None


def _check_channel(channel: ChannelSettings, names: list[str]) -> None:
    if not _NAME.fullmatch(channel.name):
        raise ConfigError(
            f'A channel needs a name of letters, digits, - and _, not {channel.name!r}: name = "oncall".'
        )
    if names.count(channel.name) > 1:
        raise ConfigError(f"Two channels are named {channel.name!r}: give each its own name.")
    _one_of(f"kind of channel {channel.name}", channel.kind, CHANNEL_KINDS)
    _one_of(f"format of channel {channel.name}", channel.format, FORMATS)
    _within(f"min_severity of channel {channel.name}", channel.min_severity, 0, WORST + 1)
    if not channel.url_env:
        raise ConfigError(
            f"Channel {channel.name} names no url_env: write the address into an environment variable"
            " and name that variable here."
        )
    for key in ("url_env", "secret_env"):
        value = getattr(channel, key)
        if value and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", value):
            raise ConfigError(
                f"{key} of channel {channel.name} must be the name of an environment variable,"
                " not the address or secret itself."
            )


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(unknown(f"value of {name}", value, allowed))


def _within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ConfigError(f"{name} must be between {low} and {high}, not {value}.")


def _rows(value: Any, name: str, kind: type) -> list[Any]:  # noqa: ANN401 - a TOML value
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise ConfigError(f"{name} must be tables: write [[{name}]] above each.")
    return [_build(kind, row, name) for row in value]


def _build(kind: type, given: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - one of the classes here
    known = [one.name for one in fields(kind)]
    types = get_type_hints(kind)
    for key, value in given.items():
        if key not in known:
            raise ConfigError(unknown("setting", f"{name}.{key}", (f"{name}.{one}" for one in known)))
        _check_type(f"{name}.{key}", value, types[key])
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in given.items()})


def _check_type(name: str, value: Any, kind: Any) -> None:  # noqa: ANN401 - a TOML value
    if kind is str and isinstance(value, str):
        return
    if kind is int and type(value) is int:
        return
    if kind == tuple[str, ...] and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return
    wanted = {str: "text", int: "a whole number"}.get(kind, "a list of texts")
    raise ConfigError(f"Setting {name} must be {wanted}, not {value!r}.")


def _plain(settings: AlertSettings) -> dict[str, Any]:
    return {one.name: getattr(settings, one.name) for one in fields(settings)}
