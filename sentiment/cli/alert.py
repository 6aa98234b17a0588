"""Alerts by hand: try the channels of a configuration, send the dead letters again."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from sentiment.errors import ConfigError, InputError, SentimentError, unknown

CONFIG = click.argument("config", type=click.Path(path_type=Path))
CHANNEL = click.option("--channel", metavar="NAME", help="This channel alone.")


@click.group()
def alert() -> None:
    """Try the alert channels of a watch configuration, or send again what no attempt delivered.

    Example: sentiment alert test watch.toml
    """


@alert.command("test")
@CONFIG
@CHANNEL
def test_channels(config: Path, channel: str | None) -> None:
    """Send one test message to each channel of CONFIG and say what became of it.

    Example: sentiment alert test watch.toml --channel oncall
    """
    from sentiment.alerts import alert_settings, reach, send_test
    from sentiment.schema import ZONE

    settings = alert_settings(_table(config, "alerts"))
    names = [one.name for one in settings.channels]
    wanted = tuple(one for one in settings.channels if channel in (None, one.name))
    if not wanted:
        raise ConfigError(
            unknown("channel", str(channel), names)
            if names
            else f"{config} names no channel: add [[alerts.channels]]."
        )
    failed = []
    for one in reach(replace(settings, channels=wanted), os.environ):  # the others' secrets may be absent
        outcome = send_test(one, settings=settings, lang=settings.lang, now=datetime.now(ZoneInfo(ZONE)))
        click.echo(f"{one.settings.name} ({one.settings.kind}): {'sent' if outcome.ok else outcome.sentence}")
        failed += [] if outcome.ok else [one.settings.name]
    if failed:
        raise SentimentError(f"Not delivered on {', '.join(failed)}.")


@alert.command()
@CONFIG
@CHANNEL
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the store; else that of CONFIG.")
@click.option(
    "--seconds", default=60, show_default=True, type=click.IntRange(1, 3600), help="Time for all attempts."
)
def resend(config: Path, channel: str | None, store: Path | None, seconds: int) -> None:
    """Send the dead letters again, in their order; what fails once more stays in the outbox.

    Example: sentiment alert resend watch.toml --channel oncall
    """
    from sentiment.alerts import sender

    with sender(_table(config, "alerts"), folder=store or _store(config)) as send:
        count = send.resend(channel=channel)
        states = [one.state for one in send.drain(seconds)]
        sent, left = states.count("sent"), send.pending
    click.echo(
        f"{count} dead letters taken up: {sent} sent, {states.count('dead')} dead again, {left} waiting"
    )
    if sent < len(states):
        raise SentimentError(
            "Not every letter was delivered; watch, or this command, tries the waiting ones again."
        )


def _store(config: Path) -> Path:
    folder = _table(config, "watch").get("store")
    if not isinstance(folder, str):
        raise ConfigError(f"{config} names no [watch] store: pass --store FOLDER.")
    path = config.parent / folder
    if not path.is_dir():
        raise InputError(f"There is no store in {path}: pass --store FOLDER.")
    return path


def _table(config: Path, name: str) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(config.read_text(encoding="utf-8")).get(name, {})
    except OSError as error:
        raise ConfigError(f"Cannot read the settings file {config}: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The settings file {config} is not valid TOML: {error}.") from None
    if not isinstance(table, Mapping):
        raise ConfigError(f"{name!r} in {config} must be a table [{name}].")
    return table
