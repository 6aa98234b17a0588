"""Commands about models: how good one is on labelled posts, and teaching it with labels of your own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentiment.cli.reading import MODEL
from sentiment.errors import InputError

if TYPE_CHECKING:
    from sentiment.training.evaluate import Evaluation

LABELS = click.argument("labels", nargs=-1, required=True, type=click.Path(path_type=Path))
PICTURES = (".png", ".svg", ".pdf")


@click.command()
@LABELS
@click.option("--json", "as_json", is_flag=True, help="Write the whole evaluation as JSON.")
@click.option(
    "--plot", type=click.Path(path_type=Path), metavar="FILE", help="Draw the calibration (.png .svg .pdf)."
)
@click.option(
    "--snownlp/--no-snownlp", default=True, show_default=True, help="Score SnowNLP beside the model."
)
@MODEL
def evaluate(
    labels: tuple[Path, ...], as_json: bool, plot: Path | None, snownlp: bool, model: Path | None
) -> None:
    """Compare the model with LABELS: CSV files with text (or title) and label, outage or service.

    Example: sentiment evaluate labels.csv --plot calibration.png
    """
    from sentiment.text.stance import load_model
    from sentiment.training.corpus import ANSWERS, read_labels
    from sentiment.training.evaluate import evaluate as run

    if plot and plot.suffix not in PICTURES:
        raise InputError(f"Cannot draw {plot}: the picture must end in {', '.join(PICTURES)}.")
    result = run(read_labels(labels, answers=ANSWERS), model=load_model(model), snownlp=snownlp)
    if plot:
        _draw(result, plot)
    click.echo(json.dumps(result.to_dict(), ensure_ascii=False, indent=2) if as_json else result.to_text())


@click.command()
@LABELS
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The model to write (.npz)."
)
@click.option("--force", is_flag=True, help="Write it even where it is not better.")
@click.option("--json", "as_json", is_flag=True, help="Write the whole report as JSON.")
def train(labels: tuple[Path, ...], output: Path, force: bool, as_json: bool) -> None:
    """Teach the carried model with LABELS of your own and report what that gained, cross-validated.

    Give all your label files each time. The model that is written is used with --model.

    Example: sentiment train labels.csv -o mine.npz
    """
    from sentiment.training.corpus import ANSWERS, read_labels
    from sentiment.training.teach import save_lesson, teach

    if output.suffix != ".npz":
        raise InputError(f"Cannot write {output}: a model's name must end in .npz.")
    lesson = teach(read_labels(labels, answers=ANSWERS))
    click.echo(json.dumps(lesson.to_dict(), ensure_ascii=False, indent=2) if as_json else lesson.to_text())
    save_lesson(lesson, output, force=force)
    click.echo(f"Model written to {output}", err=True)


def _draw(result: Evaluation, place: Path) -> None:
    from sentiment.display import plot_style
    from sentiment.training.evaluate import plot_calibration

    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with plot_style():
            plot_calibration(result).savefig(place)
    except OSError as error:
        raise InputError(f"Cannot write {place}: {error.strerror or error}.") from None
