"""The command that writes a fresh notebook."""

from __future__ import annotations

from pathlib import Path

import click

from sentiment.cli.analysis import split_response
from sentiment.cli.reading import FILES


@click.command()
@click.argument("output", type=click.Path(path_type=Path), metavar="OUT.ipynb")
@FILES
@click.option("--service", metavar="NAME", help="Keep posts on this service or on none.")
@click.option("--response", "responses", multiple=True, metavar="'T|WORDS'", help="An official response.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--force", is_flag=True, help="Replace a notebook that stands there.")
def notebook(
    output: Path,
    files: tuple[Path, ...],
    service: str | None,
    responses: tuple[str, ...],
    lang: str,
    force: bool,
) -> None:
    """Write OUT.ipynb, a notebook filled for FILES (or folders): incidents, figures, responses, report.

    Its parameters cell can be set by papermill.

    Example: sentiment notebook review.ipynb exports/ --service 美团
    """
    from sentiment.notebooks import write_notebook

    named = [split_response(response) for response in responses]
    place = write_notebook(output, files, service=service, responses=named, lang=lang, force=force)
    click.echo(str(place))
