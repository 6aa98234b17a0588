"""The command: each subcommand is one library call. Only this package prints, exits and knows exit codes."""

from __future__ import annotations

import click

from sentiment.cli.alert import alert
from sentiment.cli.analysis import analyze, demo
from sentiment.cli.desk import label
from sentiment.cli.diff import diff
from sentiment.cli.exits import FAILED, USAGE, fail
from sentiment.cli.history import backtest, compare
from sentiment.cli.models import evaluate, train
from sentiment.cli.notebook import notebook
from sentiment.cli.posts import annotate, check, explain
from sentiment.cli.series import spikes
from sentiment.cli.serve import serve
from sentiment.cli.store import store
from sentiment.cli.watch import watch
from sentiment.errors import SentimentError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="outage-sentiment")
def cli() -> None:
    """Scraped Chinese posts in, a trustworthy account of a service outage out. Works offline.

    Exit codes: 0 done, 1 an error in one sentence, 2 wrong usage, 3 a quality gate failed,
    4 an incident is open (only with --exit-on-incident).
    """


for command in (
    alert, analyze, annotate, backtest, check, compare, demo, diff, evaluate, explain, label, notebook,
    serve, spikes, store, train, watch,
):  # fmt: skip
    cli.add_command(command)


def main() -> None:
    """Run the command; a :class:`SentimentError` becomes one sentence on stderr and exit code 1."""
    try:
        cli.main(standalone_mode=False)
    except SentimentError as error:
        fail(str(error), FAILED)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "sentiment"
        fail(f"{error.format_message()} See '{command} --help'.", USAGE)
    except click.ClickException as error:
        fail(error.format_message(), FAILED)
    except (KeyboardInterrupt, click.Abort):
        fail("Stopped; nothing half-written is left.", FAILED)
