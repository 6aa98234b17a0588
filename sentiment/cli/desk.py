"""The label desk: one post at a time, one line of keys each, at a terminal or from a pipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sentiment.cli.reading import FILES, MODEL, read_files, reading_options, settings_of
from sentiment.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@FILES
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The label file (.csv), new or begun.",
)
@click.option("--annotator", default="a", show_default=True, metavar="NAME", help="Who labels.")
@click.option("--count", default=50, show_default=True, type=click.IntRange(1), help="Posts of this sitting.")
@click.option(
    "--overlap",
    default=50,
    show_default=True,
    type=click.IntRange(0),
    help="Posts that two annotators should both label; the first labels are not shown.",
)
@click.option("--random", "at_random", is_flag=True, help="Draw at random, for labels that judge a model.")
@MODEL
@reading_options
def label(
    files: tuple[Path, ...],
    output: Path,
    annotator: str,
    count: int,
    overlap: int,
    at_random: bool,
    model: Path | None,
    **reading: Any,  # noqa: ANN401 - see reading_options
) -> None:
    """Label posts of FILES with a few keys each; every label is kept at once, to be taken up again later.

    The posts the model is least sure of come first, unlike ones before like ones.

    Example: sentiment label posts.csv -o labels.csv --annotator me
    """
    from sentiment.text.stance import load_model
    from sentiment.training.desk import label_queue

    if output.suffix != ".csv":
        raise InputError(f"Cannot write {output}: a label file must end in .csv.")
    chosen = load_model(model)
    ingested = read_files(files, reading, settings_of(reading["config"], None), beside=output)
    queue = label_queue(
        ingested.posts,
        labels=output,
        annotator=annotator,
        n=count,
        overlap=overlap,
        at_random=at_random,
        model=chosen,
    )
    written = _sit(queue, output, annotator)
    click.echo(f"{written} posts labelled, kept in {output}")
    _show_agreement(output)


def _sit(queue: pd.DataFrame, output: Path, annotator: str) -> int:
    """Go through the queue line by line; return how many labels stand at the end."""
    from sentiment.training.desk import KEYS_HELP, take_back

    click.echo(f"{KEYS_HELP}\nb back   (empty line) pass over   ? these keys   q stop", err=True)
    labelled: list[int] = []
    place = 0
    while place < len(queue):
        _show(queue, place)
        line = sys.stdin.readline()
        keys = line.strip().lower()
        if not line or keys == "q":
            break
        if keys == "?":
            click.echo(KEYS_HELP, err=True)
        elif keys == "b" and labelled:
            place = labelled.pop()
            take_back(output, annotator=annotator)
        elif keys == "b":
            click.echo("Nothing to take back in this sitting.", err=True)
        else:
            place += _take(queue, place, keys, output, annotator, labelled)
    return len(labelled)


def _take(
    queue: pd.DataFrame, place: int, keys: str, output: Path, annotator: str, labelled: list[int]
) -> int:
    """Keep one answer; return how far to go on: 0 where the keys are not understood."""
    from sentiment.training.desk import add_labels, parse_answer

    if keys:
        try:
            parse_answer(keys)
        except InputError as error:
            click.echo(f"{error} ? shows the keys.", err=True)
            return 0
        add_labels(output, queue.iloc[[place]], [keys], annotator=annotator)
        labelled.append(place)
    return 1


def _show(queue: pd.DataFrame, place: int) -> None:
    """Show a post on stderr, without the control characters that a hostile one may carry."""
    text = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in queue["text"].iloc[place])
    click.echo(f"\n[{place + 1}/{len(queue)}, {queue['reason'].iloc[place]}]\n{text}\n> ", err=True, nl=False)


def _show_agreement(output: Path) -> None:
    """Print the agreement where two annotators labelled the same posts."""
    from sentiment.training.agreement import agreement
    from sentiment.training.desk import read_desk

    labels = read_desk(output)
    if (labels.groupby("text")["annotator"].nunique() > 1).any():
        click.echo(agreement(labels).to_text())
