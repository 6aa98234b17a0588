"""Commands about series of counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentiment.cli.reading import settings_of
from sentiment.cli.writing import write_tables
from sentiment.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


@click.command()
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
        settings=settings_of(config, None).detection,
    )
    write_tables([found.table], output, guard=False)
    click.echo(f"{len(found.spikes)} spikes in {len(found.table):,} rows, written to {output}")


def _read_counts(path: Path) -> pd.DataFrame:
    """Read a CSV of counts with every cell as its writer left it, except that numbers become numbers."""
    import pandas as pd

    try:
        return pd.read_csv(path, encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path} is not a CSV table of counts: {error}.") from None
