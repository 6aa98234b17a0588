"""The command that runs by itself."""

from __future__ import annotations

import json
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sentiment.cli.exits import GATE, INCIDENT_OPEN, fail

if TYPE_CHECKING:
    from sentiment.events import Send
    from sentiment.watch import WatchConfig


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--once", is_flag=True, help="One round, then exit: for cron, systemd timers and Airflow.")
@click.option(
    "--wait",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="How long to wait for another writer of the store.",
)
@click.option(
    "--exit-on-incident", is_flag=True, help="With --once: exit with 4 when an incident has not ended."
)
def watch(config: Path, once: bool, wait: float, exit_on_incident: bool) -> None:
    """Watch the folders of CONFIG (TOML): take in new rows, find incidents, alert, rewrite the report.

    May be stopped and killed at any time: the next run goes on where the last commit was. The log is JSON
    lines on stderr. See docs/scheduling.md.

    Example: sentiment watch data/sample/watch.toml --once
    """
    from sentiment.watch import load_watch
    from sentiment.watch import watch as run

    loaded = load_watch(config)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    done = run(loaded, once=once, send=_sender(loaded), stop=stop, say=say, wait=wait)
    limit = loaded.settings.ingest.max_rejected
    if once and limit is not None and done.rows and done.rejected / done.rows > limit:
        share = done.rejected / done.rows
        fail(f"{share:.1%} of the new rows were rejected, more than the allowed {limit:.1%}.", GATE)
    if once and exit_on_incident and done.open_incidents:
        sys.exit(INCIDENT_OPEN)


def _sender(config: WatchConfig) -> Send:
    from sentiment.alerts import sender
    from sentiment.watch.telling import send_nowhere

    if not config.alerts:
        return send_nowhere
    return sender(config.alerts, folder=config.store, lang=config.settings.report.lang)


def say(event: str, *, level: str = "info", **facts: Any) -> None:  # noqa: ANN401 - plain data
    """Write one line of the log."""
    line = {
        "time": datetime.now().astimezone().isoformat(timespec="milliseconds"),
        "level": level,
        "event": event,
    }
    click.echo(json.dumps({**line, **facts}, ensure_ascii=False, default=str), err=True)
