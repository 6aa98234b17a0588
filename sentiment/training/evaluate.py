"""How good the stance model is: on a labelled file, and on writers it never saw. SnowNLP stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.annotation import annotate
from sentiment.display import Drawing, html_result
from sentiment.errors import InputError
from sentiment.schema import STANCES
from sentiment.text.clean import own_text
from sentiment.text.service import fold
from sentiment.text.stance import StanceModel, load_model
from sentiment.training.baselines import lexicon_outages, lexicon_stances
from sentiment.training.fit import Features
from sentiment.training.stacking import LeftOut, leave_out, whole_models

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Labels = NDArray[Any]
Measure = Callable[[NDArray[Any], NDArray[Any]], float]
RESAMPLES: Final = 1_000
SNOWNLP_BAND: Final = (0.4, 0.6)
"""SnowNLP's score below the band counts as complaint, above it as understanding."""


@dataclass(frozen=True, slots=True)
class Score:
    """A figure with its 95 % bootstrap interval over posts."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How predictions compare with labels.

    Attributes:
        posts: Labelled posts compared.
        scores: Name to score: ``macro_f1``, F1 of each stance, ``outage_f1``, ``service_accuracy``,
            ``lexicon_macro_f1``, ``lexicon_outage_f1``, ``snownlp_macro_f1``; a name is absent where the
            labels lack the column.
        confusion: Rows are labels, columns predictions.
        calibration_error: Expected calibration error of the predicted stance, 10 bins; 0 without stances.
        calibration: The bins that hold posts: low and high border, posts, stated and true share of hits.
        by_writer: Macro-F1 on each label file.
        worst: The surest wrong answers: text, label, predicted, probability.
    """

    posts: int
    scores: Mapping[str, Score]
    confusion: pd.DataFrame
    calibration_error: float
    calibration: pd.DataFrame
    by_writer: Mapping[str, float]
    worst: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "posts": self.posts,
            "scores": {name: [s.value, s.low, s.high] for name, s in self.scores.items()},
            "confusion": self.confusion.to_dict(orient="index"),
            "calibration_error": self.calibration_error,
            "calibration": self.calibration.to_dict(orient="records"),
            "by_writer": dict(self.by_writer),
            "worst": self.worst.to_dict(orient="records"),
        }

    def plot(self) -> Drawing:
        """Draw the calibration; the numbers are :attr:`calibration`."""
        return Drawing(plot_calibration(self), self.calibration)

    def _repr_html_(self) -> str:
        facts = {**self.scores, "calibration_error": f"{self.calibration_error:.3f}"}
        head = f"{self.posts:,} labelled posts (95 % intervals; rows labels, columns predictions)"
        return html_result(head, facts=facts, tables=[self.confusion, self.worst.head(5)])

    def to_text(self) -> str:
        """Return the evaluation as a short text for a terminal."""
        lines = [f"{self.posts} labelled posts (95 % bootstrap intervals)"]
        lines += [f"  {name:22s} {score}" for name, score in self.scores.items()]
        if len(self.calibration):
            lines += self._stance_lines()
        if len(self.worst):
            lines += ["", "surest errors"]
        for row in self.worst.head(10).itertuples():
            lines.append(
                f"  {row.predicted} {row.probability:.2f}, labelled {row.label}: {_shortened(str(row.text))}"
            )
        return "\n".join(lines)

    def _stance_lines(self) -> list[str]:
        return [
            f"  {'calibration_error':22s} {self.calibration_error:.3f}",
            "",
            "label \\ predicted",
            self.confusion.to_string(),
            "",
            "how sure, and how often right",
            *(
                f"  {row.low:.1f}-{row.high:.1f}  {row.posts} posts: "
                f"said {row.stated:.2f}, right {row.right:.2f}"
                for row in self.calibration.itertuples()
            ),
        ]


def _shortened(text: str, most: int = 60) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


@dataclass(frozen=True, slots=True)
class Answers:
    """What is said of labelled posts: shares shape (n, 3), all else shape (n,)."""

    shares: NDArray[np.float64]
    stance: Labels
    outage: NDArray[np.bool_]
    service: Labels
    mention: Labels

    @classmethod
    def blank(cls, posts: int) -> Answers:
        """Return room for the answers to a number of posts."""
        names = np.empty(posts, dtype=object)
        return cls(
            np.zeros((posts, len(STANCES))), names, np.zeros(posts, dtype=bool), names.copy(), names.copy()
        )

    def take(self, rows: NDArray[np.bool_]) -> Answers:
        """Return the answers to some posts."""
        return Answers(*(column[rows] for column in self._columns()))

    def put(self, rows: NDArray[np.bool_], answers: Answers) -> None:
        """Write down the answers to some posts."""
        for column, given in zip(self._columns(), answers._columns(), strict=True):
            column[rows] = given

    def _columns(self) -> tuple[NDArray[Any], ...]:
        return self.shares, self.stance, self.outage, self.service, self.mention


def evaluate(labels: pd.DataFrame, *, model: StanceModel | None = None, snownlp: bool = True) -> Evaluation:
    """Compare a model with labels.

    Args:
        labels: Frame of :func:`sentiment.training.corpus.read_labels`.
        model: Another model than the carried one.
        snownlp: Whether to score SnowNLP beside it (about 300 posts a second).

    Raises:
        InputError: if no post has a stance, an outage flag or a service.
    """
    if labels.empty:
        raise InputError("No labelled post to evaluate on: the labels file has no rows.")
    if (labels[["label", "outage", "service"]] == "").to_numpy().all():
        raise InputError("No post to evaluate on: none has a label, an outage flag or a service.")
    return compare(labels, answer(labels, model or load_model()), snownlp=snownlp)


def cross_validate(labels: pd.DataFrame, *, snownlp: bool = True) -> Evaluation:
    """Leave writers out: each writer's posts are answered by a model fitted to other writers only.

    Raises:
        InputError: if there are fewer than two writers.
    """
    writers = set(labels["writer"])
    if len(writers) < 2:
        raise InputError(f"Leaving a writer out needs at least two label files; there is {len(writers)}.")
    labels = labels.reset_index(drop=True)
    return compare_left_out(leave_out(Features.of(labels["text"]), labels), labels, snownlp=snownlp)


def compare_left_out(left_out: LeftOut, labels: pd.DataFrame, *, snownlp: bool = True) -> Evaluation:
    """Compare labels with the answers of models that, heads and stack, were fitted to other writers."""
    answers = Answers.blank(len(labels))
    for here, model in whole_models(left_out, labels):
        answers.put(here, answer(labels[here], model))
    return compare(labels, answers, snownlp=snownlp)


def answer(labels: pd.DataFrame, model: StanceModel) -> Answers:
    """Return what a model says of labelled posts, read as a user's posts are."""
    read = annotate(pd.DataFrame({"text": labels["text"].tolist()}), model=model)
    shares = np.array(read[[f"p_{name}" for name in STANCES]], dtype=float)
    names = (np.array(read[name], dtype=object) for name in ("service", "service_mention"))
    return Answers(
        shares, np.array(read["stance"], dtype=object), np.array(read["outage"], dtype=bool), *names
    )


def compare(labels: pd.DataFrame, answers: Answers, *, snownlp: bool) -> Evaluation:
    """Compare answers with labels, and with what a lexicon and (slowly) SnowNLP say."""
    labelled = (labels["label"] != "").to_numpy()
    scores = _stance_scores(labels[labelled], answers.stance[labelled], snownlp=snownlp)
    flagged, says = (labels["outage"] != "").to_numpy(), (labels["outage"] == "1").to_numpy()
    if flagged.any():
        scores["outage_f1"] = bootstrap(says[flagged], answers.outage[flagged], binary_f1)
        counted = lexicon_outages(list(labels["text"]))[flagged]
        scores["lexicon_outage_f1"] = bootstrap(says[flagged], counted, binary_f1)
    if (named := (labels["service"] != "").to_numpy()).any():
        right = _right_services(labels[named], answers.take(named))
        scores["service_accuracy"] = bootstrap(right, right, lambda ours, _: float(ours.mean()))
    truth = labels["label"].to_numpy(dtype=str)
    stances = answers.take(labelled)
    bins = _calibration(truth[labelled], stances)
    return Evaluation(
        posts=len(labels),
        scores=scores,
        confusion=_confusion(truth[labelled], stances.stance),
        calibration_error=_calibration_error(bins),
        calibration=bins,
        by_writer={
            str(writer): macro_f1(truth[at], answers.stance[at])
            for writer, at in labels.reset_index(drop=True)[labelled].groupby("writer").groups.items()
        },
        worst=_worst(labels[labelled], truth[labelled], stances),
    )


def _stance_scores(labels: pd.DataFrame, stance: Labels, *, snownlp: bool) -> dict[str, Score]:
    """Return the scores of the stances beside what a lexicon and SnowNLP reach; none without labels."""
    if labels.empty:
        return {}
    truth, texts = labels["label"].to_numpy(dtype=str), list(labels["text"])
    scores = {"macro_f1": bootstrap(truth, stance, macro_f1)}
    for name in STANCES:
        scores[f"{name}_f1"] = bootstrap(truth == name, stance == name, binary_f1)
    scores["lexicon_macro_f1"] = bootstrap(truth, lexicon_stances(texts), macro_f1)
    if snownlp:
        scores["snownlp_macro_f1"] = bootstrap(truth, snownlp_stances(texts), macro_f1)
    return scores


def macro_f1(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Return the mean F1 over the three stances.

    >>> macro_f1(np.array(["neutral", "complaint"]), np.array(["neutral", "neutral"])).__round__(3)
    0.222
    """
    return float(np.mean([binary_f1(truth == name, predicted == name) for name in STANCES]))


def binary_f1(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Return the F1 of a yes/no answer; 0 where nothing is right."""
    right = float((truth & predicted).sum())
    total = float(truth.sum() + predicted.sum())
    return 2 * right / total if total else 0.0


def bootstrap(truth: NDArray[Any], predicted: NDArray[Any], measure: Measure) -> Score:
    """Return a measure of answers with its interval over 1,000 resamples of the posts (seed 0)."""
    draws = np.random.default_rng(0).integers(0, len(truth), size=(RESAMPLES, len(truth)))
    values = [measure(truth[draw], predicted[draw]) for draw in draws]
    low, high = np.quantile(values, [0.025, 0.975])
    return Score(float(measure(truth, predicted)), float(low), float(high))


def _right_services(labels: pd.DataFrame, answers: Answers) -> NDArray[np.bool_]:
    return np.array(
        [
            given in (service, mention) or fold(given) == fold(mention)
            for given, service, mention in zip(
                labels["service"], answers.service, answers.mention, strict=True
            )
        ]
    )


def snownlp_stances(texts: list[str]) -> Labels:
    """Return what SnowNLP's polarity says of each text; an empty text counts as neutral.

    >>> list(snownlp_stances([""]))
    [np.str_('neutral')]
    """
    from snownlp import SnowNLP

    low, high = SNOWNLP_BAND
    polarity = [SnowNLP(text).sentiments if text else 0.5 for text in map(own_text, texts)]
    stances = ["complaint" if p < low else "understanding" if p > high else "neutral" for p in polarity]
    return np.array(stances, dtype=str)


def _confusion(truth: Labels, predicted: Labels) -> pd.DataFrame:
    table = pd.crosstab(pd.Series(truth), pd.Series(predicted))
    table = table.reindex(index=list(STANCES), columns=list(STANCES), fill_value=0)
    return table.rename_axis(index=None, columns=None)


def _calibration(truth: Labels, answers: Answers) -> pd.DataFrame:
    """Return the stated and the true share of hits in ten bins of the stated one, empty bins left out."""
    stated = answers.shares.max(axis=1)
    table = pd.DataFrame({"stated": stated, "right": answers.stance == truth})
    table["bin"] = np.minimum((stated * 10).astype(int), 9)
    bins = table.groupby("bin").agg(
        posts=("stated", "size"), stated=("stated", "mean"), right=("right", "mean")
    )
    bins = bins.reset_index()
    return bins.assign(low=bins["bin"] / 10, high=(bins["bin"] + 1) / 10)[
        ["low", "high", "posts", "stated", "right"]
    ]


def _calibration_error(bins: pd.DataFrame) -> float:
    """Return how far stated and true hit rates lie apart, weighted by posts."""
    if bins.empty:
        return 0.0
    return float(((bins["stated"] - bins["right"]).abs() * bins["posts"]).sum() / bins["posts"].sum())


def _worst(labels: pd.DataFrame, truth: Labels, answers: Answers, most: int = 20) -> pd.DataFrame:
    wrong = np.flatnonzero(answers.stance != truth)
    stated = answers.shares.max(axis=1)
    order = wrong[np.argsort(-stated[wrong], kind="stable")][:most]
    return pd.DataFrame(
        {
            "text": labels["text"].to_numpy()[order],
            "label": truth[order],
            "predicted": answers.stance[order],
            "probability": stated[order].round(3),
        }
    )


def plot_calibration(evaluation: Evaluation) -> Figure:
    """Draw how often the model is right against how sure it says it is; the area of a dot is its posts."""
    from sentiment.display import COLOURS, new_figure, plot_style

    with plot_style():
        figure = new_figure(width=5.2, height=5.0)
        axes = figure.subplots()
        bins = evaluation.calibration
        axes.plot([0, 1], [0, 1], color=COLOURS["expected"], linewidth=1)
        sizes = 20 + 400 * bins["posts"] / bins["posts"].max()
        axes.scatter(bins["stated"], bins["right"], s=sizes, color=COLOURS["volume"], alpha=0.8)
        for row in bins.itertuples():
            axes.annotate(
                f"{row.posts}", (row.stated, row.right), xytext=(8, -14), textcoords="offset points"
            )
        axes.set(xlim=(0.3, 1.06), ylim=(-0.02, 1.05), xlabel="stated probability", ylabel="share right")
        axes.set_title(f"Calibration error {evaluation.calibration_error:.3f} on {evaluation.posts:,} posts")
    return figure
