"""``docs/model-card.md``: what the model was fitted to, and how it does on posts it never saw."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sentiment.schema import STANCES
from sentiment.training.agreement import Agreement
from sentiment.training.evaluate import Evaluation


@dataclass(frozen=True, slots=True)
class Findings:
    """What the card tells.

    Attributes:
        held_out: The model on the writers that no training touches.
        crossed: Each writer answered by a model fitted to others.
        ablations: See :func:`sentiment.training.held_out.ablations`.
        curve: See :func:`sentiment.training.held_out.learning_curve`.
        agreement: The writers' labels against a second, blind annotation.
        known_services: Of the held-out posts that name a service, the share that name one the labels name.
        deep: The linear model and the deep reader beside it, see :func:`sentiment.training.deep.gain`.
        log: Scores on real posts kept outside the project, one row a corpus version.
    """

    held_out: Evaluation
    crossed: Evaluation
    ablations: pd.DataFrame
    curve: pd.DataFrame
    agreement: Agreement
    known_services: float
    deep: pd.DataFrame
    log: pd.DataFrame


def write_model_card(labels: pd.DataFrame, found: Findings) -> str:
    """Return the card as Markdown."""
    parts = [
        _fitted_to(labels),
        "## On held-out writers",
        "Writers whom no training, no choice of a setting and no word list looked at. Of their posts"
        f" that name a service, {1 - found.known_services:.0%} name one that no other writer does. They are"
        " of the same kind as the other writers (language models under one codebook): **real posts are"
        " harder than this table says**.",
        _scores(found.held_out),
        _confusion(found.held_out),
        "### Ingredients",
        "The heads refitted without one of them, decided as before, read on the held-out posts:",
        _table(found.ablations),
        "### Learning curve",
        "Random shares of the labels alone (seed 0), read on the held-out posts:",
        _table(found.curve),
        "### Deep reader",
        "Stances read again by a sentence encoder (`--deep`) beside the linear model whose answers it reads"
        " (not yet taught by it), on the held-out posts:",
        _table(found.deep),
        "## On writers left out of training in turn",
        "Five groups of whole writers (the real reviews spread over all); each is answered by a model fitted"
        " to the other four. Settings were chosen here.",
        _scores(found.crossed),
        "Macro-F1 on each file (`shipped_reviews` is real text, chosen where the model was unsure):",
        _table(
            pd.DataFrame(
                {"file": found.crossed.by_writer.keys(), "macro_f1": found.crossed.by_writer.values()}
            )
        ),
        "## Agreement",
        _agreement(found.agreement),
        "## Real posts kept outside the project",
        "Never trained on, scored once a corpus version (some again, with one setting changed)."
        " Their errors were read as classes of language and answered with posts in other words about other"
        " services, so the later rows flatter the model. `benchmarks/near_duplicates.py` finds no copy of"
        " them in the corpus but one hashtag.",
        _table(found.log),
    ]
    return "\n\n".join(parts) + "\n"


def _fitted_to(labels: pd.DataFrame) -> str:
    counts = labels["label"].value_counts()
    stances = ", ".join(f"{int(counts.get(name, 0)):,} {name}" for name in STANCES)
    return "\n".join(
        [
            "# Model card: stance and outage evidence",
            "",
            "Written by `make model`; do not edit. Method and limits: [method.md](method.md).",
            "",
            f"- Fitted to {len(labels):,} hand-labelled posts in {labels['writer'].nunique()} files, all but"
            f" `shipped_reviews` invented ({stances}; {(labels['outage'] == '1').sum():,} with outage"
            " evidence). Data card: `data/labels/README.md`.",
            "- Logistic regressions over hashed character 1- to 4-grams, word 1- and 2-grams, phrase counts,"
            " shapes of the text and pairs of phrases; listed services masked. Stance and outage are decided"
            " from the answers of all heads and their products (stacking, fitted to writers left out)."
            " Weights: `sentiment/resources/model.npz`.",
            "- The stance is also fitted to real review lines that nobody labelled, as the deep reader"
            " answers them (`data/taught_lines.csv`, made by `make deep`).",
        ]
    )


def _scores(evaluation: Evaluation) -> str:
    rows = [
        {"measure": name, "value [95 % interval]": str(score)} for name, score in evaluation.scores.items()
    ]
    rows.append(
        {
            "measure": "calibration error (10 bins)",
            "value [95 % interval]": f"{evaluation.calibration_error:.3f}",
        }
    )
    return f"{evaluation.posts:,} posts.\n\n{_table(pd.DataFrame(rows))}"


def _confusion(evaluation: Evaluation) -> str:
    return _table(evaluation.confusion.reset_index(names="label \\ predicted"))


def _agreement(agreement: Agreement) -> str:
    kappas = "; ".join(f"kappa of {name} {score}" for name, score in agreement.kappas.items())
    return (
        f"A second annotator of the same kind labelled {agreement.posts} posts, drawn at random from all"
        " writers, by the codebook without seeing the first labels:"
        f" {agreement.equal:.1%} the same stance; {kappas}."
    )


def _table(frame: pd.DataFrame) -> str:
    """Return a frame as a Markdown table, floats with three digits."""
    lines = [" | ".join(map(str, frame.columns)), "|".join(["---"] * frame.shape[1])]
    for row in frame.itertuples(index=False):
        lines.append(" | ".join(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row))
    return "\n".join(f"| {line} |" for line in lines)
