"""The label desk: one post at a time, one line of keys each, at a terminal or from a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
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
@click.option(
    "--ask",
    default="stance,outage",
    show_default=True,
    metavar="Q,Q",
    help="What is asked of each post: stance, outage, service, topics.",
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
    ask: str,
    at_random: bool,
    model: Path | None,
    **reading: Any,  # noqa: ANN401 - see reading_options
) -> None:
    """Label posts of FILES with a few keys each; every label is kept at once, to be taken up again later.

    The posts the model is least sure of come first, unlike ones before like ones; posts that you labelled and
    of which --ask asks more now come before them.

    Example: sentiment label posts.csv -o labels.csv --annotator me --ask stance,outage,service,topics
    """
    from sentiment.text.stance import load_model
    from sentiment.training.desk import label_queue
    from sentiment.training.keys import questions

    if output.suffix != ".csv":
        raise InputError(f"Cannot write {output}: a label file must end in .csv.")
    asked, chosen = questions(ask), load_model(model)
    ingested = read_files(files, reading, settings_of(reading["config"], None), beside=output)
    queue = label_queue(
        ingested.posts,
        labels=output,
        annotator=annotator,
        n=count,
        overlap=overlap,
        at_random=at_random,
        ask=asked,
        model=chosen,
    )
    written = _sit(queue, output, annotator, asked)
    click.echo(f"{written} posts labelled, kept in {output}")
    _show_agreement(output)


def _sit(queue: pd.DataFrame, output: Path, annotator: str, asked: Sequence[str]) -> int:
    """Go through the queue line by line; return how many labels stand at the end."""
    from sentiment.training.desk import take_back
    from sentiment.training.keys import keys_help

    click.echo(f"{keys_help(asked)}\nb back   (empty line) pass over   ? these keys   q stop", err=True)
    labelled: list[int] = []
    place = 0
    while place < len(queue):
        _show(queue, place)
        line = sys.stdin.readline()
        keys = line.strip()
        if not line or keys.lower() == "q":
            break
        if keys in ("?", "？"):
            click.echo(keys_help(asked), err=True)
        elif keys.lower() == "b" and labelled:
            place = labelled.pop()
            take_back(output, annotator=annotator, ask=asked)
        elif keys.lower() == "b":
            click.echo("Nothing to take back in this sitting.", err=True)
        elif not keys:
            place += 1
        elif _keep(queue.iloc[[place]], keys, output, annotator, asked):
            labelled.append(place)
            place += 1
    return len(labelled)


def _keep(post: pd.DataFrame, keys: str, output: Path, annotator: str, asked: Sequence[str]) -> bool:
    """Keep one answer; False, and why, where it is not understood."""
    from sentiment.training.desk import add_labels
    from sentiment.training.keys import parse_answer

    try:
        parse_answer(keys, asked)
    except InputError as error:
        click.echo(f"{error} ? shows the keys.", err=True)
        return False
    add_labels(output, post, [keys], annotator=annotator, ask=asked)
    return True


def _show(queue: pd.DataFrame, place: int) -> None:
    """Show a post on stderr, without the control characters that a hostile one may carry."""
    text = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in queue["text"].iloc[place])
    click.echo(f"\n[{place + 1}/{len(queue)}, {queue['reason'].iloc[place]}]\n{text}\n> ", err=True, nl=False)


def _show_agreement(output: Path) -> None:
    """Print the agreement where two annotators labelled the same posts."""
    from sentiment.training.agreement import agreement
    from sentiment.training.desk import read_desk

    with suppress(InputError):  # nothing was asked of two: nothing to compare
        click.echo(agreement(read_desk(output)).to_text())
