"""Options and steps of every command that reads scraped files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sentiment.cli.exits import GATE, fail
from sentiment.errors import InputError

if TYPE_CHECKING:
    from sentiment.config import Settings
    from sentiment.engines.spark import Gathered
    from sentiment.ingest import Ingested

Command = Callable[..., Any]
MODEL = click.option(
    "--model", type=click.Path(path_type=Path), metavar="MODEL", help="A model that `sentiment train` wrote."
)
DEEP = click.option(
    "--deep", is_flag=True, help="Read stances again by a sentence encoder, 10 to 40 posts a second."
)
JOBS = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that annotate many posts.  [default: one a core]",
)


class _Place(click.Path):
    """A path of this machine, or the address of one on a cluster (``hdfs://…``), left as it is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        return value if "://" in str(value) else Path(value)


FILES = click.argument("files", nargs=-1, required=True, type=_Place())


def reading_options(command: Command) -> Command:
    """Add the options of every command that reads scraped files."""
    options = (
        click.option(
            "--format", "format_", metavar="F", help="Layout of the files where it is not found out."
        ),
        click.option("--clock", metavar="T", help="When the files were crawled, for times like 3分钟前."),
        click.option(
            "--salt", metavar="S", help="Secret for author hashes; else one kept beside the output."
        ),
        click.option("--since", metavar="T", help="First moment to keep."),
        click.option("--until", metavar="T", help="Last moment to keep."),
        click.option("--strict", is_flag=True, help="Fail when any file cannot be read."),
        click.option(
            "--max-rejected",
            type=click.FloatRange(0, 1),
            metavar="R",
            help="Exit with 3 when a larger share of rows was rejected.",
        ),
        click.option("--config", type=click.Path(path_type=Path), metavar="TOML", help="Settings file."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def settings_of(
    config: Path | None, lang: str | None, model: Path | None = None, *, deep: bool = False
) -> Settings:
    """Return the settings of the file, else the defaults, in the language and with the model asked for.

    Where stances are to be read again by the encoder, it is loaded: a run without it should end at once.
    """
    from sentiment.config import Settings, load_settings

    settings = load_settings(config) if config else Settings()
    if model:
        settings = replace(settings, text=replace(settings.text, model=str(model)))
    if deep:
        settings = replace(settings, text=replace(settings.text, deep=True))
    if settings.text.deep:
        from sentiment.text.deep import load_encoder

        load_encoder()
    return replace(settings, report=replace(settings.report, lang=lang)) if lang else settings


def read_files(
    files: tuple[Path, ...], reading: Mapping[str, Any], settings: Settings, *, beside: Path | None
) -> Ingested:
    """Read files; author hashes use the given salt, else the one kept beside the output."""
    from sentiment.ingest import check_files, read_posts, salt_beside

    salt = reading["salt"]
    if salt is None and beside is not None:
        salt = salt_beside(beside.resolve().parent)
    progress = show_progress()
    reader = check_files if beside is None else read_posts
    ingested = reader(
        files,
        format=reading["format_"],
        clock=reading["clock"],
        salt=salt,
        since=reading["since"],
        until=reading["until"],
        settings=settings.ingest,
        progress=lambda rows: progress("read", rows),
    )
    unreadable = [file for file in ingested.quality.files if file.error]
    for file in unreadable:
        click.echo(f"sentiment: {file.error}", err=True)
    if unreadable and reading["strict"]:
        raise InputError(
            f"{len(unreadable)} of {len(ingested.quality.files)} files could not be read (--strict)."
        )
    return ingested


def show_progress(unit: str = "rows", *, total: int | None = None) -> Callable[[str, int], None]:
    """Return progress bars on stderr, silent where stderr is no terminal; a total shows the time left."""
    from sentiment.display import Progress

    return Progress(total, unit=unit, quiet=not sys.stderr.isatty())


def gate(ingested: Ingested | Gathered, max_rejected: float | None, settings: Settings) -> None:
    """Exit with 3 when a larger share of the rows of the asked window was rejected than is allowed."""
    limit = settings.ingest.max_rejected if max_rejected is None else max_rejected
    share = ingested.quality.rejected_share
    if limit is not None and share > limit:
        fail(f"{share:.1%} of the rows were rejected, more than the allowed {limit:.1%}.", GATE)
