"""Commands that write a report."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sentiment.cli.exits import INCIDENT_OPEN
from sentiment.cli.reading import (
    DEEP,
    FILES,
    JOBS,
    MODEL,
    gate,
    read_files,
    reading_options,
    settings_of,
    show_progress,
)
from sentiment.errors import InputError

if TYPE_CHECKING:
    from sentiment.pipeline import Analysis
    from sentiment.topics import TopicState


@click.command()
@FILES
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the report.")
@click.option("--service", metavar="NAME", help="Keep posts on this service or on none.")
@click.option("--response", "responses", multiple=True, metavar="'T|WORDS'", help="An official response.")
@click.option(
    "--response-file",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="Official responses: columns time, text, service, codes.",
)
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the report.  [default: zh]")
@click.option("--exit-on-incident", is_flag=True, help="Exit with 4 when an incident has not ended.")
@click.option("--engine", type=click.Choice(["local", "spark"]), default="local", show_default=True)
@click.option("--resume", is_flag=True, help="Go on where a run to the same --out was stopped.")
@MODEL
@DEEP
@JOBS
@reading_options
def analyze(
    files: tuple[Path, ...],
    out: Path,
    service: str | None,
    responses: tuple[str, ...],
    response_file: Path | None,
    lang: str | None,
    exit_on_incident: bool,
    engine: str,
    resume: bool,
    model: Path | None,
    deep: bool,
    jobs: int | None,
    **reading: Any,  # noqa: ANN401 - see reading_options
) -> None:
    """Read scraped FILES (or folders) and write an outage report.

    Example: sentiment analyze exports/ --out report --response "2025-04-11 17:05|官方致歉"
    """
    from sentiment.incidents import read_responses

    named = [split_response(response) for response in responses]
    listed = read_responses(response_file) if response_file else ()
    settings = settings_of(reading["config"], lang, model, deep=deep)
    asked: dict[str, Any] = {
        "service": service,
        "responses": [*named, *listed],
        "settings": settings,
        "topic_state": earlier_topics(out),
    }
    if engine == "spark":
        analysis = _on_spark(files, out, reading, asked)
    else:
        analysis = _here(files, out, reading, {**asked, "jobs": jobs, "resume": resume})
    report = analysis.write(out)
    shutil.rmtree(_pieces(out), ignore_errors=True)
    if service and not (analysis.annotated["service"] != "").any():
        click.echo(
            f"sentiment: no post names {service}; all posts without a service count as its own.", err=True
        )
    click.echo(analysis.headline)
    click.echo(str(report.html))
    gate(analysis.ingested, reading["max_rejected"], settings)
    if exit_on_incident and any(incident.end is None for incident in analysis.found.incidents):
        sys.exit(INCIDENT_OPEN)


def _here(files: tuple[Path, ...], out: Path, reading: Mapping[str, Any], asked: dict[str, Any]) -> Analysis:
    """Read and analyse on this machine; Ctrl-C leaves what is done to be taken up again."""
    from sentiment.pipeline import analyze as run

    ingested = read_files(files, reading, asked["settings"], beside=out)
    progress = show_progress("posts", total=len(ingested))
    try:
        return run(ingested, pieces=_pieces(out), progress=progress, **asked)
    except KeyboardInterrupt:
        if _pieces(out).is_dir():
            click.echo("sentiment: annotated posts are kept; --resume goes on from them.", err=True)
        raise


def _on_spark(
    files: tuple[Path, ...], out: Path, reading: Mapping[str, Any], asked: dict[str, Any]
) -> Analysis:
    """Read, annotate and count on a cluster, and analyse here."""
    from sentiment.ingest import salt_beside
    from sentiment.pipeline import analyze as run

    told = {name: reading[name] for name in ("clock", "since", "until")}
    salt = reading["salt"] or salt_beside(out.resolve().parent)
    progress = show_progress("posts")
    return run(
        list(files), engine="spark", format=reading["format_"], salt=salt, progress=progress, **told, **asked
    )


def _pieces(out: Path) -> Path:
    """Return where annotated posts are set aside: beside the report, under a hidden name."""
    return out.resolve().parent / f".{out.resolve().name}-pieces"


@click.command()
@click.option("--out", default="sentiment-demo", show_default=True, type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def demo(out: Path, lang: str) -> None:
    """Write a report on the 500 invented posts the package carries."""
    from sentiment.ingest import sample_posts
    from sentiment.pipeline import analyze as run

    analysis = run(sample_posts(), settings=settings_of(None, lang), progress=show_progress())
    report = analysis.write(out)
    click.echo(analysis.headline)
    click.echo(str(report.html))


def earlier_topics(out: Path) -> TopicState | None:
    """Return the topics that an earlier run into the same folder discovered: theirs keep their ids."""
    from sentiment.topics import TopicState

    path = out / "topic_state.json"
    if not path.is_file():
        return None
    try:
        return TopicState.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from None
    except ValueError as error:  # not JSON, not a state
        raise InputError(f"{path} holds no topics ({error}): move it away to begin anew.") from None


def split_response(given: str) -> tuple[str, str]:
    """Return time and words of an official response written as ``T|WORDS``."""
    at, _, words = given.partition("|")
    return at.strip(), words.strip()
