"""Exit codes, and the one sentence that goes with a failure."""

from __future__ import annotations

import sys
from typing import Final, NoReturn

import click

FAILED: Final = 1
USAGE: Final = 2
GATE: Final = 3
INCIDENT_OPEN: Final = 4


def fail(sentence: str, code: int) -> NoReturn:
    """Say the sentence on stderr and exit."""
    click.echo(f"sentiment: {' '.join(sentence.split())}", err=True)
    sys.exit(code)
