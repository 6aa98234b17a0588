"""Commands about the model that reads posts."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
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
