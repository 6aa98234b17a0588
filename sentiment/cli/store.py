"""Commands that look after a store."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentiment.cli.exits import FAILED
from sentiment.cli.writing import write_tables
from sentiment.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from sentiment.store import Store

STORE = click.argument("folder", metavar="STORE", type=click.Path(path_type=Path))
WAIT = click.option(
    "--wait",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="How long to wait for another writer.",
)


@click.group()
def store() -> None:
    """Look after a store: the folder in which `sentiment watch` keeps posts, counts, incidents and events.

    Example: sentiment store check store
    """


@store.command()
@STORE
def check(folder: Path) -> None:
    """Say on stdout, as JSON, whether every post is there once and the counts are right; exit with 1 if not.

    Example: sentiment store check store
    """
    from sentiment.store import check_store, open_store

    with open_store(folder) as opened:
        found = check_store(opened)
    click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=2))
    if found.problems:
        sys.exit(FAILED)


@store.command()
@STORE
@WAIT
def compact(folder: Path, wait: float) -> None:
    """Merge the files of each day into one and give unused space back.

    Example: sentiment store compact store --wait 60
    """
    from sentiment.store import write_store

    with write_store(_existing(folder), wait=wait) as opened:
        before = opened.totals().bytes
        merged = opened.fold(whole_days=True)
        opened.shrink()
        after = opened.totals().bytes
    click.echo(f"{merged} files merged; posts took {before:,} bytes and take {after:,}.")


@store.command()
@STORE
@click.option("--since", metavar="T", help="First moment; posts without a time are left out then.")
@click.option("--until", metavar="T", help="Moment before which posts were written.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="A .csv or .parquet file of the annotated posts.",
)
def export(folder: Path, since: str | None, until: str | None, output: Path) -> None:
    """Write the annotated posts to a file that every other command reads.

    Example: sentiment store export store --since 2026-03-12 -o posts.parquet
    """
    from sentiment.store import open_store

    if output.suffix not in (".csv", ".parquet"):
        raise InputError(f"Cannot tell the format of {output}; name it .csv or .parquet.")
    with open_store(folder) as opened:
        rows = write_tables(_by_day(opened, since, until), output, guard=True)
    click.echo(f"{rows:,} posts written to {output}.")


@store.command()
@STORE
@click.option(
    "--keep-days",
    required=True,
    type=click.IntRange(1),
    metavar="N",
    help="Days, before the day of the newest post, whose posts are kept.",
)
@WAIT
def prune(folder: Path, keep_days: int, wait: float) -> None:
    """Forget old posts for good; minute counts and incidents stay, so that detection keeps its history.

    Example: sentiment store prune store --keep-days 90
    """
    from sentiment.store import write_store
    from sentiment.store.reading import day_start

    with write_store(_existing(folder), wait=wait) as opened:
        last = opened.last_minute()
        gone = 0 if last is None else opened.prune(day_start(last, keep_days))
        opened.shrink()
    click.echo(f"{gone:,} posts forgotten.")


def _existing(folder: Path) -> Path:
    """Return the folder of a store that is there: upkeep makes none."""
    from sentiment.store import open_store

    open_store(folder).close()
    return folder


def _by_day(opened: Store, since: str | None, until: str | None) -> Iterator[pd.DataFrame]:
    """Yield posts a day at a time; posts without a time last, where no time is asked for."""
    import pandas as pd

    from sentiment.store.reading import moment

    yield opened.posts(newest=0)  # a file with a header, whatever there is
    totals = opened.totals()
    start = totals.first if since is None else moment(since)
    stop = totals.last if until is None else moment(until)
    if start is not None and stop is not None:
        for day in pd.date_range(start.normalize(), stop.normalize(), freq="D"):
            low, high = max(day, start), day + pd.Timedelta(days=1)
            yield opened.posts(low, high if until is None else min(high, stop))
    if since is None and until is None:
        yield opened.posts(untimed=True)
