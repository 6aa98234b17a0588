"""How far two annotators agree on the posts both labelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.display import html_result
from sentiment.errors import InputError
from sentiment.schema import STANCES
from sentiment.training.desk import read_desk, reading
from sentiment.training.evaluate import Score, bootstrap


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two annotators compared.

    Attributes:
        annotators: Their names.
        posts: Posts both labelled.
        kappas: Cohen's kappa of ``stance`` and ``outage``, with 95 % bootstrap intervals over posts.
        equal: Share of posts with the same stance.
        table: Rows are stances of the first, columns of the second.
        apart: The posts they label differently: text and both stances.
    """

    annotators: tuple[str, str]
    posts: int
    kappas: Mapping[str, Score]
    equal: float
    table: pd.DataFrame
    apart: pd.DataFrame

    def _repr_html_(self) -> str:
        first, second = self.annotators
        head = f"{first} / {second}: {self.posts} posts, {self.equal:.0%} the same stance"
        facts = {f"kappa {name}": score for name, score in self.kappas.items()}
        return html_result(head, facts=facts, tables=[self.table, self.apart.head(5)])

    def to_text(self) -> str:
        """Return the agreement as a short text for a terminal."""
        first, second = self.annotators
        lines = [
            f"{first} and {second}: {self.posts} posts labelled by both, {self.equal:.0%} the same stance"
        ]
        lines += [f"  kappa of {name:8s} {score}" for name, score in self.kappas.items()]
        return "\n".join([*lines, f"rows {first}, columns {second}", self.table.to_string()])


def agreement(labels: str | Path | pd.DataFrame) -> Agreement:
    """Compare the two annotators who share most posts.

    Args:
        labels: A label file, or its frame with ``text``, ``label``, ``outage`` and ``annotator``.

    Raises:
        InputError: if no post was labelled by two annotators.
    """
    frame = labels if isinstance(labels, pd.DataFrame) else read_desk(labels)
    frame = frame.assign(reading=frame["text"].map(reading)).drop_duplicates(
        ["reading", "annotator"], keep="last"
    )
    names = sorted(set(frame["annotator"]))
    both = [_shared(frame, pair) for pair in combinations(names, 2)]
    best = max(both, key=len, default=frame.head(0))
    if best.empty:
        raise InputError(
            "No post was labelled by two annotators; let a second one label with --annotator NAME."
        )
    one, other = best["label_x"].to_numpy(dtype=str), best["label_y"].to_numpy(dtype=str)
    table = pd.crosstab(pd.Series(one), pd.Series(other)).reindex(
        index=list(STANCES), columns=list(STANCES), fill_value=0
    )
    differ = best[one != other]
    return Agreement(
        annotators=(str(best["annotator_x"].iloc[0]), str(best["annotator_y"].iloc[0])),
        posts=len(best),
        kappas={
            "stance": bootstrap(one, other, cohens_kappa),
            "outage": bootstrap(best["outage_x"].to_numpy(str), best["outage_y"].to_numpy(str), cohens_kappa),
        },
        equal=float((one == other).mean()),
        table=table.rename_axis(index=None, columns=None),
        apart=differ[["text_x", "label_x", "label_y"]].set_axis(["text", "first", "second"], axis=1),
    )


def cohens_kappa(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return agreement beyond chance: 1 all alike, 0 as by chance; 1 where only one answer was ever given.

    >>> cohens_kappa(np.array(["a", "a", "b", "b"]), np.array(["a", "a", "b", "a"]))
    0.5
    """
    seen = float((one == other).mean())
    chance = sum(float((one == name).mean() * (other == name).mean()) for name in np.union1d(one, other))
    return 1.0 if chance == 1 else (seen - chance) / (1 - chance)


def _shared(frame: pd.DataFrame, pair: tuple[str, str]) -> pd.DataFrame:
    first, second = (frame[frame["annotator"] == name] for name in pair)
    return first.merge(second, on="reading")
