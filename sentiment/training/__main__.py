"""``python -m sentiment.training LABELS MODEL CARD``: what ``make model`` runs."""

from __future__ import annotations

import sys
from pathlib import Path

from sentiment.training.corpus import read_labels
from sentiment.training.evaluate import cross_validate, write_model_card
from sentiment.training.fit import fit_model, save_model


def main(labels_path: str, model_path: str, card_path: str) -> None:
    """Fit the model to the corpus, store it, and write the model card from a cross-validation."""
    labels = read_labels(labels_path)
    save_model(fit_model(labels), model_path)
    Path(card_path).write_text(write_model_card(labels, cross_validate(labels)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:4])
