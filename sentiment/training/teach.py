"""What labels of your own are worth: the carried model before, and after learning from them, on those posts.

``after`` is cross-validated: each fifth of the posts is answered by a model that learned from the others.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.display import html_result
from sentiment.errors import InputError
from sentiment.text.clean import own_model_text
from sentiment.text.stance import StanceModel, load_model
from sentiment.training.adapt import MIN_ANSWERS, adapt_model
from sentiment.training.evaluate import RESAMPLES, Answers, Evaluation, Score, answer, compare, macro_f1
from sentiment.training.fit import save_model

FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Lesson:
    """A model taught with labels, and what that was worth.

    Attributes:
        model: The base model moved by all labels.
        labels: The posts learned from, each text once.
        contradicted: Texts left out because their labels contradict each other.
        without_stance: Rows left out because they answer other questions alone.
        before: The base model on the posts.
        after: Models that learned from the other four fifths, on each fifth.
        gain: Macro-F1 after minus before, with its interval over the same resamples of the posts.
        stances: What ``after`` answered, one a post.
    """

    model: StanceModel
    labels: pd.DataFrame
    contradicted: int
    without_stance: int
    before: Evaluation
    after: Evaluation
    gain: Score
    stances: NDArray[np.str_]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "posts": len(self.labels),
            "contradicted": self.contradicted,
            "without_stance": self.without_stance,
            "gain": [self.gain.value, self.gain.low, self.gain.high],
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
        }

    def _repr_html_(self) -> str:
        table = pd.DataFrame({"carried model": self.before.scores, "with your labels": self.after.scores})
        head = f"{len(self.labels)} labelled posts: macro-F1 {self.gain.value:+.3f}"
        note = f"95 % interval of the gain: {self.gain.low:+.3f} to {self.gain.high:+.3f}"
        return html_result(head, tables=[table.astype("str")], notes=[note])

    def to_text(self) -> str:
        """Return the lesson as a short text for a terminal."""
        lines = [
            f"{len(self.labels)} labelled posts, {FOLDS}-fold cross-validation (95 % bootstrap intervals)"
        ]
        if self.contradicted:
            lines.append(f"{self.contradicted} texts with contradicting labels left out")
        if self.without_stance:
            lines.append(f"{self.without_stance} rows without a stance left out")
        lines.append(f"  {'':22s} {'carried model':22s} with your labels")
        for name, score in self.before.scores.items():
            if name in self.after.scores and not name.startswith(("snownlp", "lexicon")):
                lines.append(f"  {name:22s} {score!s:22s} {self.after.scores[name]}")
        errors = f"{self.before.calibration_error:<22.3f} {self.after.calibration_error:.3f}"
        lines.append(f"  {'calibration_error':22s} {errors}")
        return "\n".join([*lines, f"  {'gain in macro_f1':22s} {self.gain}"])


def teach(labels: pd.DataFrame, *, base: StanceModel | None = None) -> Lesson:
    """Teach a model with labels and measure what it gained.

    Args:
        labels: Frame of :func:`sentiment.training.corpus.read_labels`. Texts that read alike count once;
            if their labels contradict each other, they are left out, and so are rows without a stance.
        base: The model to start from; else the carried one.

    Raises:
        InputError: if fewer than :data:`~sentiment.training.adapt.MIN_ANSWERS` posts or one stance is left.
    """
    base = base or load_model()
    stanced = labels[labels["label"] != ""]
    settled, contradicted = settle(stanced)
    if len(settled) < MIN_ANSWERS or settled["label"].nunique() < 2:
        raise InputError(
            f"Teaching needs at least {MIN_ANSWERS} labelled posts of two stances; there are {len(settled)}"
            f" of {settled['label'].nunique()}. Label more, for example with `sentiment label`."
        )
    first, second = answer(settled, base), _answer_by_folds(settled, base)
    before, after = compare(settled, first, snownlp=False), compare(settled, second, snownlp=False)
    gain = _gain(settled["label"].to_numpy(dtype=str), first.stance, second.stance)
    model = adapt_model(settled, base)
    adapted = {**model.about["adapted"], "gain": gain.value}
    seen = [_mark(text) for text in settled["text"]]
    model = replace(model, about={**model.about, "adapted": adapted, "seen": seen})
    left_out = len(labels) - len(stanced)
    return Lesson(model, settled, contradicted, left_out, before, after, gain, second.stance)


def settle(labels: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the labels with each text once, and how many texts were left out for contradicting labels."""
    key = labels["text"].map(own_model_text)
    stances = labels["label"].groupby(key).transform("nunique")
    agreed = labels[(stances == 1) & ~key.duplicated()].reset_index(drop=True)
    return agreed, int(key[stances > 1].nunique())


def save_lesson(lesson: Lesson, path: str | Path, *, force: bool = False) -> None:
    """Write a taught model, unless what stands there, or the carried model, is better.

    Raises:
        InputError: if it is not better and ``force`` is off, or the place cannot be written.
    """
    place = Path(path)
    if not force and (reason := why_not(lesson, place)):
        raise InputError(f"{reason} Nothing was written; --force writes the model all the same.")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = place.with_name(f".{place.name}.part")
        save_model(lesson.model, unfinished)
        unfinished.replace(place)
    except OSError as error:
        raise InputError(f"Cannot write {place}: {error.strerror or error}.") from None
    load_model.cache_clear()


def why_not(lesson: Lesson, place: Path) -> str | None:
    """Return in a sentence why a taught model should not be written to a place, or None."""
    if lesson.gain.value <= 0:
        before, after = (e.scores["macro_f1"] for e in (lesson.before, lesson.after))
        return f"Your labels do not make the model better on them: macro-F1 {before} before, {after} after."
    if not place.exists():
        return None
    rival = load_model(place)
    seen = set(rival.about.get("seen", ()))
    new = np.array([_mark(text) not in seen for text in lesson.labels["text"]], dtype=bool)
    if new.sum() >= MIN_ANSWERS:
        truth = lesson.labels["label"].to_numpy(dtype=str)[new]
        theirs = macro_f1(truth, answer(lesson.labels[new], rival).stance)
        ours = macro_f1(truth, lesson.stances[new])
        where = f"on the {int(new.sum())} posts it has not learned from"
    else:
        theirs, ours = float(rival.about["adapted"]["gain"]), lesson.gain.value
        where = "as a gain over the carried model"
    return (
        f"{place} holds a better model: macro-F1 {theirs:.3f} against {ours:.3f} {where}."
        if theirs > ours
        else None
    )


def _mark(text: str) -> str:
    return hashlib.sha256(own_model_text(text).encode()).hexdigest()[:12]


def _answer_by_folds(labels: pd.DataFrame, base: StanceModel) -> Answers:
    """Answer each fold with a model that learned from the others; every fold has its share of each stance."""
    shuffled = labels.sample(frac=1, random_state=0)
    fold = shuffled.groupby("label").cumcount().reindex(labels.index).to_numpy() % FOLDS
    answers = answer(labels, base)
    for number in range(FOLDS):
        part = fold == number
        if part.any():
            answers.put(part, answer(labels[part], adapt_model(labels[~part], base)))
    return answers


def _gain(truth: NDArray[np.str_], before: NDArray[np.str_], after: NDArray[np.str_]) -> Score:
    draws = np.random.default_rng(0).integers(0, len(truth), size=(RESAMPLES, len(truth)))
    gains = [macro_f1(truth[draw], after[draw]) - macro_f1(truth[draw], before[draw]) for draw in draws]
    low, high = np.quantile(gains, [0.025, 0.975])
    return Score(macro_f1(truth, after) - macro_f1(truth, before), float(low), float(high))
