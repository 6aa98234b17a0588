"""The command: each subcommand is one library call. Only this module prints, exits and knows exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sentiment.errors import InputError, SentimentError

if TYPE_CHECKING:
    import pandas as pd

    from sentiment.config import Settings
    from sentiment.ingest import Ingested

FAILED: Final = 1
USAGE: Final = 2
GATE: Final = 3
INCIDENT_OPEN: Final = 4

Command = Callable[..., Any]
FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))


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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="outage-sentiment")
def cli() -> None:
    """Scraped Chinese posts in, a trustworthy account of a service outage out. Works offline.

    Exit codes: 0 done, 1 an error in one sentence, 2 wrong usage, 3 a quality gate failed,
    4 an incident is open (only with --exit-on-incident).
    """


@cli.command()
@FILES
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the report.")
@click.option("--service", metavar="NAME", help="Keep posts on this service or on none.")
@click.option("--response", "responses", multiple=True, metavar="'T|WORDS'", help="An official response.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the report.  [default: zh]")
@click.option("--exit-on-incident", is_flag=True, help="Exit with 4 when an incident has not ended.")
@reading_options
def analyze(
    files: tuple[Path, ...],
    out: Path,
    service: str | None,
    responses: tuple[str, ...],
    lang: str | None,
    exit_on_incident: bool,
    **reading: Any,  # noqa: ANN401 - see reading_options
) -> None:
    """Read scraped FILES (or folders) and write an outage report.

    Example: sentiment analyze exports/ --out report --response "2025-04-11 17:05|官方致歉"
    """
    from sentiment.pipeline import analyze as run

    settings = _settings(reading["config"], lang)
    ingested = _read(files, reading, settings, beside=out)
    analysis = run(
        ingested,
        service=service,
        responses=[_split_response(response) for response in responses],
        settings=settings,
        progress=_progress(),
    )
    report = analysis.write(out)
    if service and not (analysis.annotated["service"] != "").any():
        click.echo(
            f"sentiment: no post names {service}; all posts without a service count as its own.", err=True
        )
    click.echo(analysis.headline)
    click.echo(str(report.html))
    _gate(ingested, reading["max_rejected"], settings)
    if exit_on_incident and any(incident.end is None for incident in analysis.found.incidents):
        sys.exit(INCIDENT_OPEN)


@cli.command()
@FILES
@click.option("--json", "as_json", is_flag=True, help="Write the whole verdict as JSON.")
@reading_options
def check(files: tuple[Path, ...], as_json: bool, **reading: Any) -> None:  # noqa: ANN401
    """Say what FILES are, what would be read, and how far to trust it.

    Example: sentiment check exports/ --json
    """
    settings = _settings(reading["config"], None)
    ingested = _read(files, reading, settings, beside=None)
    verdict = ingested.quality.to_dict()
    click.echo(json.dumps(verdict, ensure_ascii=False, indent=2) if as_json else _check_table(verdict))
    _gate(ingested, reading["max_rejected"], settings)


@cli.command()
@FILES
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="A .csv or .parquet file."
)
@click.option("--no-csv-guard", is_flag=True, help="Leave cells that look like formulas as they are.")
@reading_options
def annotate(files: tuple[Path, ...], output: Path, no_csv_guard: bool, **reading: Any) -> None:  # noqa: ANN401
    """Write one row per accepted post of FILES with stance, outage evidence, service and topics.

    Example: sentiment annotate posts.csv -o annotated.csv
    """
    from sentiment.annotation import annotate as run

    if output.suffix not in (".csv", ".parquet"):
        raise InputError(f"Cannot write {output}: the output must end in .csv or .parquet.")
    settings = _settings(reading["config"], None)
    ingested = _read(files, reading, settings, beside=output)
    chunks = ingested.chunks() if len(ingested) else [ingested.posts]
    parts = (run(chunk, settings=settings.text) for chunk in chunks)
    rows = _write_tables(parts, output, guard=not no_csv_guard)
    click.echo(f"{rows:,} posts written to {output}")
    _gate(ingested, reading["max_rejected"], settings)


@cli.command()
@click.argument("counts", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="A .csv file.")
@click.option("--time-column", default="timestamp", show_default=True)
@click.option("--value-column", default="value", show_default=True)
@click.option("--complaint-column", metavar="C", help="Column with the complaints among the posts.")
@click.option("--config", type=click.Path(path_type=Path), metavar="TOML", help="Settings file.")
def spikes(
    counts: Path,
    output: Path,
    time_column: str,
    value_column: str,
    complaint_column: str | None,
    config: Path | None,
) -> None:
    """Score any series of COUNTS (CSV) for spikes, row by row.

    Example: sentiment spikes counts.csv -o scored.csv
    """
    from sentiment.incidents import find_spikes

    found = find_spikes(
        _read_counts(counts),
        time_column=time_column,
        value_column=value_column,
        complaint_column=complaint_column,
        settings=_settings(config, None).detection,
    )
    _write_tables([found.table], output, guard=False)
    click.echo(f"{len(found.spikes)} spikes in {len(found.table):,} rows, written to {output}")


@cli.command()
@click.argument("text")
def explain(text: str) -> None:
    """Show how one post is read: own text, words, probabilities and the words that decided.

    Example: sentiment explain "取票码刷不出来"
    """
    import pandas as pd

    from sentiment.annotation import annotate as run
    from sentiment.display import explain_post
    from sentiment.text.stance import read_stance

    row = run(pd.DataFrame({"text": [text]})).iloc[0]
    click.echo(explain_post(row, read_stance(text).words))


@cli.command()
@click.argument("labels", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write the whole evaluation as JSON.")
@click.option(
    "--snownlp/--no-snownlp", default=True, show_default=True, help="Score SnowNLP beside the model."
)
def evaluate(labels: tuple[Path, ...], as_json: bool, snownlp: bool) -> None:
    """Compare the model with LABELS: CSV files with the columns text and label.

    Example: sentiment evaluate labels.csv
    """
    from sentiment.training.corpus import read_labels
    from sentiment.training.evaluate import evaluate as run

    result = run(read_labels(labels), snownlp=snownlp)
    click.echo(json.dumps(result.to_dict(), ensure_ascii=False, indent=2) if as_json else result.to_text())


@cli.command()
@click.option("--out", default="sentiment-demo", show_default=True, type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def demo(out: Path, lang: str) -> None:
    """Write a report on the 500 invented posts the package carries."""
    from sentiment.ingest import sample_posts
    from sentiment.pipeline import analyze as run

    analysis = run(sample_posts(), settings=_settings(None, lang), progress=_progress())
    report = analysis.write(out)
    click.echo(analysis.headline)
    click.echo(str(report.html))


def main() -> None:
    """Run the command; a :class:`SentimentError` becomes one sentence on stderr and exit code 1."""
    try:
        cli.main(standalone_mode=False)
    except SentimentError as error:
        _fail(str(error), FAILED)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "sentiment"
        _fail(f"{error.format_message()} See '{command} --help'.", USAGE)
    except click.ClickException as error:
        _fail(error.format_message(), FAILED)
    except (KeyboardInterrupt, click.Abort):
        _fail("Stopped; nothing half-written is left.", FAILED)


def _fail(sentence: str, code: int) -> None:
    click.echo(f"sentiment: {' '.join(sentence.split())}", err=True)
    sys.exit(code)


def _settings(config: Path | None, lang: str | None) -> Settings:
    from sentiment.config import Settings, load_settings

    settings = load_settings(config) if config else Settings()
    return replace(settings, report=replace(settings.report, lang=lang)) if lang else settings


def _read(
    files: tuple[Path, ...], reading: Mapping[str, Any], settings: Settings, *, beside: Path | None
) -> Ingested:
    """Read files; author hashes use the given salt, else the one kept beside the output."""
    from sentiment.ingest import check_files, read_posts, salt_beside

    salt = reading["salt"]
    if salt is None and beside is not None:
        salt = salt_beside(beside.resolve().parent)
    progress = _progress()
    read = check_files if beside is None else read_posts
    ingested = read(
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


def _progress() -> Callable[[str, int], None]:
    """Return a progress line on stderr, silent where stderr is no terminal."""

    def show(stage: str, rows: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{stage}: {rows:,} rows", err=True, nl=False)

    return show


def _gate(ingested: Ingested, max_rejected: float | None, settings: Settings) -> None:
    limit = settings.ingest.max_rejected if max_rejected is None else max_rejected
    totals = ingested.quality.totals
    share = totals["rejected"] / totals["rows"] if totals["rows"] else 0.0
    if limit is not None and share > limit:
        _fail(f"{share:.1%} of the rows were rejected, more than the allowed {limit:.1%}.", GATE)


def _split_response(given: str) -> tuple[str, str]:
    at, _, words = given.partition("|")
    return at.strip(), words.strip()


def _check_table(verdict: Mapping[str, Any]) -> str:
    from sentiment.report.wording import warning_words

    lines = []
    for file in verdict["files"]:
        counts = " · ".join(
            f"{file[name]:,} {name}" for name in ("rows", "accepted", "rejected", "duplicates", "untimed")
        )
        lines += [f"{file['file']}: {file['format']} ({file['format_reason']})", f"  {counts}"]
        lines += [f"  {file['error']}"] if file["error"] else []
    trust = verdict["trust"]
    lines.append(f"trust: {trust['grade']}")
    for warning in trust["warnings"]:
        numbers = {name: value for name, value in warning.items() if name != "code"}
        lines.append(f"  {warning_words(warning['code'], numbers, 'en')}")
    return "\n".join(lines)


def _read_counts(path: Path) -> pd.DataFrame:
    """Read a CSV of counts with every cell as its writer left it, except that numbers become numbers."""
    import pandas as pd

    try:
        return pd.read_csv(path, encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path} is not a CSV table of counts: {error}.") from None


def _write_tables(parts: Iterable[pd.DataFrame], output: Path, *, guard: bool) -> int:
    """Write parts of one table, one at a time in memory; the file appears whole or not at all."""
    progress = _progress()
    rows = 0
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        unfinished = output.with_name(f".{output.name}.part")
        append = _append_parquet if output.suffix == ".parquet" else partial(_append_csv, guard=guard)
        with append(unfinished) as write:
            for part in parts:
                write(part)
                rows += len(part)
                progress("write", rows)
        unfinished.replace(output)
    except OSError as error:
        raise InputError(f"Cannot write {output}: {error.strerror or error}.") from None
    return rows


@contextmanager
def _append_csv(path: Path, *, guard: bool) -> Iterator[Callable[[pd.DataFrame], None]]:
    from sentiment.ingest import guard_cells

    with path.open("w", encoding="utf-8-sig", newline="") as file:

        def write(part: pd.DataFrame) -> None:
            shown = guard_cells(part) if guard else part
            shown.to_csv(file, index=False, lineterminator="\n", header=file.tell() == 0)

        yield write


@contextmanager
def _append_parquet(path: Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with ExitStack() as stack:
        writers: list[pq.ParquetWriter] = []

        def write(part: pd.DataFrame) -> None:
            table = pa.Table.from_pandas(part, preserve_index=False)
            if not writers:
                writers.append(stack.enter_context(pq.ParquetWriter(path, table.schema)))
            writers[0].write_table(table)

        yield write


if __name__ == "__main__":
    main()
