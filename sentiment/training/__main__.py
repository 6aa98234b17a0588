"""``python -m sentiment.training DATA MODEL CARD``: what ``make model`` runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from sentiment.training.agreement import Agreement, agreement
from sentiment.training.card import Findings, write_model_card
from sentiment.training.corpus import read_labels
from sentiment.training.evaluate import compare_left_out, evaluate
from sentiment.training.fit import Features, Taught, fit_heads, save_model
from sentiment.training.held_out import ablations, known_services, learning_curve
from sentiment.training.stacking import fit_stack, leave_out
from sentiment.training.taught import read_taught


def main(data_folder: str, model_path: str, card_path: str) -> None:
    """Fit the model to the corpus, store it, and write the model card."""
    data = Path(data_folder)
    labels, held_out = read_labels(data / "labels"), read_labels(data / "labels" / "held_out")
    features, taught = Features.of(labels["text"]), Taught.of(read_taught(data / "taught_lines.csv"))
    left_out = leave_out(features, labels)
    stack = fit_stack(left_out, labels)
    model = fit_heads(features, labels, taught, stack=stack)
    save_model(model, model_path)
    found = Findings(
        held_out=evaluate(held_out, model=model),
        crossed=compare_left_out(left_out, labels),
        ablations=ablations(features, labels, held_out, stack=stack, taught=taught),
        curve=learning_curve(features, labels, held_out, stack=stack),
        agreement=second_opinion(
            pd.concat([labels, held_out]), data / "evaluation" / "second_annotation.csv"
        ),
        known_services=known_services(labels, held_out),
        deep=pd.read_csv(data / "evaluation" / "deep.csv"),
        log=pd.read_csv(data / "evaluation" / "scores.csv", dtype=str, keep_default_na=False),
    )
    Path(card_path).write_text(write_model_card(labels, found), encoding="utf-8")


def second_opinion(labels: pd.DataFrame, path: Path) -> Agreement:
    """Compare the labels with those that a second annotator gave to some of the posts: stance and outage."""
    second = pd.read_csv(path, dtype=str, keep_default_na=False).set_index("id")[["label", "outage"]]
    first = labels[labels["id"].isin(second.index)].set_index("id").drop(columns=["service", "topics"])
    both = [first.assign(annotator="writers"), first.assign(annotator="second", **second.loc[first.index])]
    return agreement(pd.concat(both, ignore_index=True))


if __name__ == "__main__":
    main(*sys.argv[1:4])
