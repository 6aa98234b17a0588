"""The command that compares two runs."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("run_a", type=click.Path(path_type=Path))
@click.argument("run_b", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print plain data.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def diff(run_a: Path, run_b: Path, as_json: bool, lang: str) -> None:
    """Say what changed from RUN_A to RUN_B, two folders of analyze, and what could have changed it.

    Example: sentiment diff report-monday report-tuesday --lang en
    """
    from sentiment.report import diff_runs

    found = diff_runs(run_a, run_b)
    click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=2) if as_json else found.to_text(lang))
