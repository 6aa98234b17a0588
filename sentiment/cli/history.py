"""Commands that look back: settings tried on a history, an incident beside another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sentiment.cli.reading import FILES, gate, read_files, reading_options, settings_of, show_progress
from sentiment.cli.writing import write_tables
from sentiment.errors import InputError

if TYPE_CHECKING:
    from sentiment.report import Comparison, Scorecard


@click.command()
@FILES
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    metavar="EVENTS.csv",
    help="Known outages: columns start, end, service.",
)
@click.option("--service", metavar="NAME", help="Keep posts on this service or on none.")
@click.option("--rates", metavar="R,R", help="Values of false_alarms_per_week to try.")
@click.option("--authors", metavar="N,N", help="Values of min_authors to try.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="CSV", help="Write the table.")
@click.option("--plot", type=click.Path(path_type=Path), metavar="PNG", help="Draw the table.")
@reading_options
def backtest(
    files: tuple[Path, ...],
    truth: Path | None,
    service: str | None,
    rates: str | None,
    authors: str | None,
    output: Path | None,
    plot: Path | None,
    **reading: Any,  # noqa: ANN401 - see reading_options
) -> None:
    """Try settings on the history in FILES: alarms a week and, with --truth, hits, misses and delay.

    Example: sentiment backtest exports/ --truth outages.csv --plot backtest.png
    """
    from sentiment.annotation import annotate
    from sentiment.incidents import backtest as run
    from sentiment.incidents import read_events
    from sentiment.incidents.backtesting import AUTHORS, RATES
    from sentiment.text.service import canonical_name

    settings = settings_of(reading["config"], None)
    tried = _numbers(rates, "--rates") or RATES
    people = tuple(int(value) for value in _numbers(authors, "--authors")) or AUTHORS
    events = None if truth is None else read_events(truth)
    salted = {**reading, "salt": reading["salt"] or "no author is written"}
    ingested = read_files(files, salted, settings, beside=Path())
    annotated = annotate(ingested.posts, settings=settings.text)
    name = canonical_name(service) if service else None
    if name:
        annotated = annotated[annotated["service"].isin(["", name])].reset_index(drop=True)
    progress = show_progress("settings")
    found = run(
        annotated,
        truth=events,
        service=name,
        false_alarms_per_week=tried,
        min_authors=people,
        settings=settings.detection,
        progress=lambda done: progress("settings", done),
    )
    click.echo(found.to_text())
    if output:
        write_tables([found.table], output, guard=False)
    if plot:
        _save(found.plot()[0], plot)
    gate(ingested, reading["max_rejected"], settings)


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--incident-a", metavar="ID", help="Incident of the first of two runs; else its main one.")
@click.option("--incident-b", metavar="ID", help="Incident of the second; else its main one.")
@click.option("--all", "every", is_flag=True, help="Every incident of the runs side by side.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="CSV", help="Write the table.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def compare(
    runs: tuple[Path, ...],
    incident_a: str | None,
    incident_b: str | None,
    every: bool,
    output: Path | None,
    lang: str,
) -> None:
    """Set incidents side by side: RUNS are folders of analyze, their incidents.json, or a history.csv.

    Of two runs their main incidents; of any other number, with --all or from a history.csv, every incident.

    Example: sentiment compare report-april report-june --lang en
    """
    from sentiment.report import compare as pair
    from sentiment.report import scorecard

    found: Comparison | Scorecard
    if len(runs) == 2 and not every and not any(run.suffix == ".csv" for run in runs):
        found = pair(runs[0], runs[1], incident_a=incident_a, incident_b=incident_b)
    elif incident_a or incident_b:
        raise click.UsageError(
            "--incident-a and --incident-b choose among two runs: name two, without --all."
        )
    else:
        found = scorecard(*runs)
    click.echo(found.to_text(lang))
    if output:
        write_tables([found.table], output, guard=True)


def _numbers(given: str | None, option: str) -> tuple[float, ...]:
    if given is None:
        return ()
    try:
        return tuple(float(part) for part in given.split(",") if part.strip())
    except ValueError:
        raise InputError(f"{option} takes numbers with commas between, not {given!r}: try 1,3,10.") from None


def _save(figure: Any, path: Path) -> None:  # noqa: ANN401 - a matplotlib figure
    from sentiment.display import plot_style

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with plot_style():
            figure.savefig(path)
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot draw {path}: {error}.") from None
