"""What converting is told, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Spec:
    """What converting needs to know beside the rows."""

    salt: str = ""
    clock: pd.Timestamp | None = None
    file_time: pd.Timestamp | None = None
    keyword: str = ""
    max_text: int = 10_000
    compiled: bool = False
    """Whether compiled loops do what they can."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A chunk's posts and rejected rows, each with the row's ``order`` in the run."""

    posts: pd.DataFrame
    rejected: pd.DataFrame
