"""From settings and environment to channels that can be sent to: our own robots, or Apprise's services."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from sentiment.alerts.channels import Part, Robot
from sentiment.alerts.post import Outcome, attempt
from sentiment.alerts.settings import AlertSettings, ChannelSettings
from sentiment.alerts.split import utf8_bytes
from sentiment.errors import ConfigError

SMALLEST_BODY: Final = 200


class Reached(Protocol):
    """A channel ready to be sent to."""

    @property
    def settings(self) -> ChannelSettings:
        """What it was made from."""

    @property
    def room(self) -> int:
        """Bytes that a part may take."""

    @property
    def markdown(self) -> bool:
        """Whether bold type and quotes are set."""

    def cost(self, text: str) -> int:
        """Return the bytes that a text takes."""

    def attempt(self, part: Part) -> Outcome:
        """Send a part and say what became of it."""


@dataclass(frozen=True, slots=True)
class RobotChannel:
    """One of our own robots and how long it may take."""

    robot: Robot
    timeout: float
    settings: ChannelSettings = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", self.robot.settings)

    @property
    def room(self) -> int:
        """Bytes that a part may take."""
        return self.robot.room

    @property
    def markdown(self) -> bool:
        """Whether bold type and quotes are set."""
        return self.robot.markdown

    def cost(self, text: str) -> int:
        """Return the bytes that a text takes."""
        return self.robot.cost(text)

    def attempt(self, part: Part) -> Outcome:
        """Send a part and say what became of it."""
        # Signatures are only good for the hour: always the real time, whatever clock decides about messages.
        return attempt(self.robot, part, now=datetime.now(UTC), timeout=self.timeout)


class AppriseChannel:
    """A service that Apprise knows: mail, Slack, Teams and so on.

    Args:
        settings: The channel.
        url: Apprise's address of the service, from the environment.
        timeout: Seconds for one attempt.

    Raises:
        ConfigError: if Apprise is not installed or does not know the address.
    """

    def __init__(self, settings: ChannelSettings, url: str, timeout: float) -> None:
        try:
            import apprise
        except ModuleNotFoundError:
            raise ConfigError(
                f"Channel {settings.name} needs Apprise: pip install 'outage-sentiment[alerts]'."
            ) from None
        # Apprise logs addresses of services that fail; what went wrong is told by us, without them.
        logging.getLogger("apprise").addHandler(logging.NullHandler())
        logging.getLogger("apprise").propagate = False
        mark = "&" if "?" in url else "?"
        made = apprise.Apprise.instantiate(
            f"{url}{mark}cto={timeout}&rto={timeout}", suppress_exceptions=True
        )
        if made is None:
            raise ConfigError(
                f"The variable {settings.url_env} of channel {settings.name} is no Apprise address."
            )
        self.settings, self.markdown = settings, False
        self._apprise, self._service = apprise, made
        self.room = max(int(made.body_maxlen), SMALLEST_BODY)
        """Apprise counts letters; as many bytes are at most as many letters."""

    def cost(self, text: str) -> int:
        """Return the bytes that a text takes."""
        return utf8_bytes(text)

    def attempt(self, part: Part) -> Outcome:
        """Send a part and say what became of it; Apprise tells no more than whether it worked."""
        try:
            sent = self._service.notify(
                body=part.text, title=part.title, body_format=self._apprise.NotifyFormat.TEXT
            )
        except Exception as error:  # a plugin of a third party: whatever it raises, the queue stays
            return Outcome(
                ok=False, again=True, unsure=True, sentence=f"Apprise failed: {type(error).__name__}"
            )
        return Outcome(ok=bool(sent), again=True, unsure=not sent, sentence="" if sent else "Apprise says no")


def reach(settings: AlertSettings, env: Mapping[str, str]) -> tuple[Reached, ...]:
    """Return the channels of the settings, with their secrets from the environment.

    Raises:
        ConfigError: if a variable is not set, an address is none, or Apprise is needed and absent.
    """
    return tuple(_reach(one, float(settings.timeout_seconds), env) for one in settings.channels)


def _reach(channel: ChannelSettings, timeout: float, env: Mapping[str, str]) -> Reached:
    url = _from(env, channel.url_env, channel)
    if channel.kind == "apprise":
        return AppriseChannel(channel, url, timeout)
    secret = _from(env, channel.secret_env, channel) if channel.secret_env else ""
    return RobotChannel(Robot(channel, url, secret), timeout)


def _from(env: Mapping[str, str], name: str, channel: ChannelSettings) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise ConfigError(
            f"Channel {channel.name} needs the environment variable {name}: set it before you start."
        )
    return value
