"""How far two annotators agree on the posts both labelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.display import html_result
from sentiment.errors import InputError
from sentiment.schema import STANCES, TOPIC_IDS
from sentiment.text.clean import own_model_text
from sentiment.text.service import canonical_name, fold
from sentiment.training.desk import read_desk
from sentiment.training.evaluate import Score, bootstrap
from sentiment.training.keys import NONE

ANSWERS: Final = ("label", "outage", "service", "topics")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two annotators compared, each question on the posts that both answered it for.

    Attributes:
        annotators: Their names.
        posts: Posts both labelled.
        kappas: Cohen's kappa of ``stance`` and ``outage``, with 95 % bootstrap intervals over posts.
        equal: Share of posts with the same stance; NaN where no stance was asked for.
        table: Rows are stances of the first, columns of the second.
        apart: The posts they label differently: text, both answers and the question.
        shares: ``service``: share of posts with the same service or none; ``named service``: the same where
            either names one; ``topics``: mean share of topics in common (Jaccard; none and none is 1).
        topics: One row a topic that either gave: posts of the first, of the second, of both, and kappa.
    """

    annotators: tuple[str, str]
    posts: int
    kappas: Mapping[str, Score]
    equal: float
    table: pd.DataFrame
    apart: pd.DataFrame
    shares: Mapping[str, Score]
    topics: pd.DataFrame

    def _repr_html_(self) -> str:
        first, second = self.annotators
        facts = {f"kappa {name}": score for name, score in self.kappas.items()}
        facts |= {f"equal {name}": score for name, score in self.shares.items()}
        tables = [self.table] * ("stance" in self.kappas) + [self.apart.head(5)]
        tables += [self.topics] * ("topics" in self.shares)
        return html_result(f"{first} / {second}: {self._head()}", facts=facts, tables=tables)

    def _head(self) -> str:
        stance = f", {self.equal:.0%} the same stance" if "stance" in self.kappas else ""
        return f"{self.posts} posts labelled by both{stance}"

    def to_text(self) -> str:
        """Return the agreement as a short text for a terminal."""
        first, second = self.annotators
        lines = [f"{first} and {second}: {self._head()}"]
        lines += [f"  kappa of {name:8s} {score}" for name, score in self.kappas.items()]
        lines += [f"  equal {name:13s} {score}" for name, score in self.shares.items()]
        if "stance" in self.kappas:
            lines += [f"rows {first}, columns {second}", self.table.to_string()]
        if len(self.topics):
            lines.append(self.topics.to_string(index=False, float_format="{:.2f}".format))
        return "\n".join(lines)


def agreement(labels: str | Path | pd.DataFrame) -> Agreement:
    """Compare the two annotators who share most posts.

    Args:
        labels: A label file, or its frame with ``text``, ``annotator``, ``label`` and ``outage``, and
            ``service`` and ``topics`` if wanted (``-``: there is none, empty: not asked).

    Raises:
        InputError: if no post was labelled by two annotators.
    """
    frame = labels if isinstance(labels, pd.DataFrame) else read_desk(labels)
    frame = frame.reindex(columns=[*dict.fromkeys([*frame.columns, *ANSWERS])], fill_value="")
    frame = frame.assign(reading=frame["text"].map(own_model_text)).drop_duplicates(
        ["reading", "annotator"], keep="last"
    )
    names = sorted(set(frame["annotator"]))
    shared = [_shared(frame, pair) for pair in combinations(names, 2)]
    best = max(shared, key=len, default=frame.head(0))
    if best.empty:
        raise InputError(
            "No post was labelled by two annotators; let a second one label with --annotator NAME."
        )
    one, other = _answers(best, "label")
    table = pd.crosstab(pd.Series(one), pd.Series(other)).reindex(
        index=list(STANCES), columns=list(STANCES), fill_value=0
    )
    return Agreement(
        annotators=(str(best["annotator_x"].iloc[0]), str(best["annotator_y"].iloc[0])),
        posts=len(best),
        kappas={
            name: bootstrap(*_answers(best, column), cohens_kappa)
            for name, column in (("stance", "label"), ("outage", "outage"))
            if _both_gave(best, column).any()
        },
        equal=float((one == other).mean()) if len(one) else float("nan"),
        table=table.rename_axis(index=None, columns=None),
        apart=pd.concat([_apart(best, column) for column in ANSWERS], ignore_index=True),
        shares={**_same_service(best), **_topics_in_common(best)},
        topics=_by_topic(best),
    )


def _shared(frame: pd.DataFrame, pair: tuple[str, str]) -> pd.DataFrame:
    """Return the posts of which two annotators answered one question at least; services by one name."""
    first, second = (frame[frame["annotator"] == name] for name in pair)
    both = first.merge(second, on="reading")
    both = both[np.logical_or.reduce([_both_gave(both, column) for column in ANSWERS])]
    one_name = {name: fold(canonical_name(name)) for name in {*both["service_x"], *both["service_y"]}}
    return both.replace({"service_x": one_name, "service_y": one_name}).reset_index(drop=True)


def _both_gave(both: pd.DataFrame, column: str) -> pd.Series:
    return both[f"{column}_x"].ne("") & both[f"{column}_y"].ne("")


def _answers(both: pd.DataFrame, column: str) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Return what the first and the second answered to a question that both answered."""
    given = both[_both_gave(both, column)]
    return given[f"{column}_x"].to_numpy(dtype=str), given[f"{column}_y"].to_numpy(dtype=str)


def _apart(both: pd.DataFrame, column: str) -> pd.DataFrame:
    name = "stance" if column == "label" else column
    differ = both[_both_gave(both, column) & both[f"{column}_x"].ne(both[f"{column}_y"])]
    shown = differ[["text_x", f"{column}_x", f"{column}_y"]].set_axis(["text", "first", "second"], axis=1)
    return shown.assign(question=name)


def _same_service(both: pd.DataFrame) -> dict[str, Score]:
    one, other = _answers(both, "service")
    named = (one != NONE) | (other != NONE)
    parts = {"service": np.ones(len(one), dtype=bool), "named service": named}
    return {name: bootstrap(one[part], other[part], _equal) for name, part in parts.items() if part.any()}


def _equal(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float((one == other).mean())


def _topic_sets(both: pd.DataFrame) -> list[tuple[set[str], set[str]]]:
    one, other = _answers(both, "topics")
    return [(set(a.split(";")) - {NONE}, set(b.split(";")) - {NONE}) for a, b in zip(one, other, strict=True)]


def _topics_in_common(both: pd.DataFrame) -> dict[str, Score]:
    shares = np.array([len(a & b) / len(a | b) if a | b else 1.0 for a, b in _topic_sets(both)])
    return {"topics": bootstrap(shares, shares, lambda drawn, _: float(drawn.mean()))} if len(shares) else {}


def _by_topic(both: pd.DataFrame) -> pd.DataFrame:
    sets = _topic_sets(both)
    rows = []
    for topic in (topic for topic in TOPIC_IDS if any(topic in a | b for a, b in sets)):
        one, other = (np.array([topic in pair[n] for pair in sets]) for n in (0, 1))
        counts = [int(one.sum()), int(other.sum()), int((one & other).sum())]
        rows.append([topic, *counts, cohens_kappa(one, other)])
    return pd.DataFrame(rows, columns=["topic", "first", "second", "both", "kappa"])


def cohens_kappa(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return agreement beyond chance: 1 all alike, 0 as by chance; 1 where only one answer was ever given.

    >>> cohens_kappa(np.array(["a", "a", "b", "b"]), np.array(["a", "a", "b", "a"]))
    0.5
    """
    seen = float((one == other).mean())
    chance = sum(float((one == name).mean() * (other == name).mean()) for name in np.union1d(one, other))
    return 1.0 if chance == 1 else (seen - chance) / (1 - chance)
