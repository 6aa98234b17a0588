"""Commands about posts: what files hold, what each post says, why one is read as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from sentiment.cli.reading import DEEP, FILES, JOBS, MODEL, gate, read_files, reading_options, settings_of
from sentiment.cli.writing import write_tables
from sentiment.errors import InputError


@click.command()
@FILES
@click.option("--json", "as_json", is_flag=True, help="Write the whole verdict as JSON.")
@reading_options
def check(files: tuple[Path, ...], as_json: bool, **reading: Any) -> None:  # noqa: ANN401
    """Say what FILES are, what would be read, and how far to trust it.

    Example: sentiment check exports/ --json
    """
    settings = settings_of(reading["config"], None)
    ingested = read_files(files, reading, settings, beside=None)
    verdict = ingested.quality.to_dict()
    click.echo(json.dumps(verdict, ensure_ascii=False, indent=2) if as_json else _check_table(verdict))
    gate(ingested, reading["max_rejected"], settings)


@click.command()
@FILES
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="A .csv or .parquet file."
)
@click.option("--no-csv-guard", is_flag=True, help="Leave cells that look like formulas as they are.")
@MODEL
@DEEP
@JOBS
@reading_options
def annotate(
    files: tuple[Path, ...],
    output: Path,
    no_csv_guard: bool,
    model: Path | None,
    deep: bool,
    jobs: int | None,
    **reading: Any,  # noqa: ANN401 - see reading_options
) -> None:
    """Write one row per accepted post of FILES with stance, outage evidence, service and topics.

    Example: sentiment annotate posts.csv -o annotated.csv
    """
    from sentiment.engines import RowWork, annotate_each

    if output.suffix not in (".csv", ".parquet"):
        raise InputError(f"Cannot write {output}: the output must end in .csv or .parquet.")
    settings = settings_of(reading["config"], None, model, deep=deep)
    ingested = read_files(files, reading, settings, beside=output)
    chunks = ingested.chunks() if len(ingested) else [ingested.posts]
    work = RowWork(settings.text, settings.topics.file)
    parts = annotate_each(chunks, work, rows=len(ingested), jobs=jobs)
    rows = write_tables(parts, output, guard=not no_csv_guard)
    click.echo(f"{rows:,} posts written to {output}")
    gate(ingested, reading["max_rejected"], settings)


@click.command()
@click.argument("text")
@MODEL
def explain(text: str, model: Path | None) -> None:
    """Show how one post is read: own text, words, probabilities and the words that decided.

    Example: sentiment explain "取票码刷不出来"
    """
    import pandas as pd

    from sentiment.annotation import annotate as run
    from sentiment.display import explain_post
    from sentiment.text.stance import load_model, read_stance

    text = text.encode("utf-8", "replace").decode("utf-8")  # a shell may hand in bytes that are no text
    chosen = load_model(model)
    row = run(pd.DataFrame({"text": [text]}), model=chosen).iloc[0]
    click.echo(explain_post(row, read_stance(text, model=chosen).words))


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
