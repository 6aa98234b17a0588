"""Our model, SnowNLP, cnsenti, a plain lexicon and TF-IDF with logistic regression, side by side in one run.

Quality on the label files given (columns ``text``, ``label``, perhaps ``outage``) with 95 % bootstrap
intervals, and posts per CPU second on the same texts. TF-IDF is fitted to the corpus our model is fitted to.
``pip install cnsenti`` (MIT) for its row; no other part of the project needs it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sentiment.annotation import annotate
from sentiment.schema import STANCES
from sentiment.text.clean import own_model_text, own_text
from sentiment.text.segment import Segmenter
from sentiment.training.baselines import lexicon_outages, lexicon_stances
from sentiment.training.corpus import read_labels
from sentiment.training.evaluate import binary_f1, bootstrap, macro_f1, snownlp_stances

CORPUS = Path(__file__).parents[1] / "data" / "labels"
SLOW_POSTS = 300
"""Posts that time a reader of a few hundred posts a second; the others read ``--posts``."""

Answers = tuple[NDArray[np.str_], NDArray[np.bool_] | None]
Reader = Callable[[Sequence[str]], Answers]


def ours(texts: Sequence[str]) -> Answers:
    """Read with the carried model: all columns of ``annotate``, not the stance alone."""
    frame = annotate(pd.DataFrame({"text": list(texts)}))
    return frame["stance"].to_numpy(dtype=str), frame["outage"].to_numpy(dtype=bool)


def lexicon(texts: Sequence[str]) -> Answers:
    """Count the phrases of the carried lexicon."""
    return lexicon_stances(texts), lexicon_outages(texts)


def snownlp(texts: Sequence[str]) -> Answers:
    """Take SnowNLP's polarity for a stance, as ``sentiment evaluate`` does."""
    return snownlp_stances(list(texts)), None


def cnsenti() -> Reader:
    """Return a reader that compares cnsenti's counts of negative and positive words."""
    from cnsenti import Sentiment

    counter = Sentiment()

    def read(texts: Sequence[str]) -> Answers:
        counts = [counter.sentiment_count(own_text(text)) for text in texts]
        balance = [found["pos"] - found["neg"] for found in counts]
        stances = ["complaint" if b < 0 else "understanding" if b > 0 else "neutral" for b in balance]
        return np.array(stances, dtype=str), None

    return read


def tfidf() -> Reader:
    """Fit TF-IDF of words with logistic regressions for stance and outage to ``data/labels``."""
    labels = read_labels(CORPUS)
    segmenter = Segmenter()

    def words(texts: Sequence[str]) -> list[str]:
        return [" ".join(segmenter.cut(own_model_text(text))) for text in texts]

    def fitted(rows: pd.DataFrame, target: pd.Series) -> object:
        vectorizer = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), min_df=2)
        return make_pipeline(vectorizer, LogisticRegression(C=10, max_iter=1000)).fit(
            words(rows["text"]), target
        )

    flagged = labels[labels["outage"] != ""]
    stance, outage = fitted(labels, labels["label"]), fitted(flagged, flagged["outage"])

    def read(texts: Sequence[str]) -> Answers:
        cut = words(texts)
        return stance.predict(cut).astype(str), outage.predict(cut) == "1"

    return read


def readers() -> dict[str, tuple[Reader, bool]]:
    """Return every reader and whether it is slow."""
    found: dict[str, tuple[Reader, bool]] = {
        "outage-sentiment": (ours, False),
        "TF-IDF + LR": (tfidf(), False),
        "lexicon": (lexicon, False),
        "SnowNLP": (snownlp, True),
    }
    if find_spec("cnsenti"):
        found["cnsenti"] = (cnsenti(), True)
    else:
        print("cnsenti is not installed and left out: pip install cnsenti")
    return found


def speed(reader: Reader, texts: Sequence[str], posts: int) -> float:
    """Return posts per CPU second, warmed up, over texts repeated to the number of posts."""
    reader(texts[:5])
    many = [texts[n % len(texts)] for n in range(posts)]
    start = time.process_time()
    reader(many)
    return posts / (time.process_time() - start)


def quality(labels: pd.DataFrame, answers: Answers) -> str:
    """Return macro-F1, F1 of each stance and of the outage flag, in one line."""
    truth, (stances, outages) = labels["label"].to_numpy(dtype=str), answers
    cells = [str(bootstrap(truth, stances, macro_f1))]
    cells += [f"{binary_f1(truth == name, stances == name):.3f}" for name in STANCES]
    flagged = (labels["outage"] != "").to_numpy()
    if outages is not None and flagged.any():
        says = (labels["outage"] == "1").to_numpy()
        cells.append(str(bootstrap(says[flagged], outages[flagged], binary_f1)))
    return "   ".join(cells)


def main() -> None:
    """Print one table a label file, with the speed of each reader."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels", nargs="+", type=Path, help="label files (CSV); not those of data/labels")
    parser.add_argument("--posts", type=int, default=10_000, help="posts that time a fast reader")
    options = parser.parse_args()
    found = readers()
    files = {file: read_labels(file) for file in options.labels}
    texts = [text for labels in files.values() for text in labels["text"]]
    speeds = {
        name: speed(read, texts, SLOW_POSTS if slow else options.posts)
        for name, (read, slow) in found.items()
    }
    for file, labels in files.items():
        understanding = int((labels["label"] == "understanding").sum())
        print(f"\n{file.name}: {len(labels)} posts, {understanding} of them understanding")
        print(f"{'':18s}posts per CPU s   macro-F1 [95 %]   F1: {', '.join(STANCES)}   outage F1 [95 %]")
        for name, (read, _) in found.items():
            print(f"{name:18s}{speeds[name]:15,.0f}   {quality(labels, read(labels['text'].tolist()))}")


if __name__ == "__main__":
    main()
