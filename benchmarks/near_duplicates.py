"""No text we carry may be a near-duplicate of a text that a model is judged by.

Compares ``data/labels`` and ``data/sample`` with the CSV files given (column ``text`` or ``title``) and exits
with 1 when a long text has a near-duplicate. Texts of fewer than ``--short`` signs (titles like X崩了, cries
like 闪退了) are naturally shared: they are counted apart and never fail the run.

``--calibrate`` prints what the threshold rests on: how many texts of one writer have a near-duplicate by
another (they never saw each other's), and how many edited copies are found.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from sentiment.ingest import read_posts
from sentiment.text.clean import own_model_text, own_text
from sentiment.text.service import mask_services
from sentiment.training.corpus import read_labels

DATA = Path(__file__).parents[1] / "data"
THRESHOLD = 0.65
"""Share of common signs from which texts are near-duplicates: see ``--calibrate`` and docs/why.md."""
CANDIDATE = 0.3
"""Overlap of sign pairs, as a share of the shorter text's, below which two texts are not compared."""
SHORT = 10
EMOTICON = re.compile(r"\[[一-鿿A-Za-z0-9]{1,8}\]")
NOT_SIGNS = re.compile(r"[^一-鿿a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """Two texts and how alike they are, 0 to 1."""

    likeness: float
    ours: str
    theirs: str


def signs(text: str) -> str:
    """Return Han, letters and digits of a text as the models read it.

    >>> signs("美團又崩了！！[怒] 😡")
    '美团又崩了'
    """
    return NOT_SIGNS.sub("", EMOTICON.sub("", own_model_text(text)))


def long_enough(text: str, short: int) -> bool:
    """Tell whether a text says enough to be somebody's own: the name of a service counts as one sign."""
    return len(signs(mask_services(own_text(text)).replace("▲", "某"))) >= short


def likeness(one: str, other: str) -> float:
    """Return the share of signs two texts have in common, in order, lone ones left out.

    >>> likeness("美团又崩了钱没了", "美团又崩了钱呢")
    0.8
    """
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    common = sum(block.size for block in blocks if block.size > 1)
    return 2 * common / (len(one) + len(other)) if one and other else 0.0


def held_within(one: str, other: str) -> bool:
    """Tell whether nine tenths of the shorter text stand in the longer in one piece."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.find_longest_match().size >= 0.9 * min(len(one), len(other))


def nearest(ours: Sequence[str], theirs: Sequence[str], *, least: float, short: int) -> Iterator[Hit]:
    """Yield for each of their texts the most alike of ours, from ``least`` up.

    A long text that stands within a longer one counts as wholly alike.
    """
    first, second = [signs(text) for text in ours], [signs(text) for text in theirs]
    vectorizer = CountVectorizer(analyzer="char", ngram_range=(2, 2), binary=True, dtype=np.int32)
    grams = vectorizer.fit_transform([*first, *second])
    sizes = np.asarray(grams.sum(axis=1)).ravel()
    mine, others = grams[: len(first)].T.tocsr(), grams[len(first) :]
    for row, text in enumerate(second):
        shared = csr_matrix(others[row] @ mine)
        smaller = np.minimum(sizes[shared.indices], sizes[len(first) + row])
        near = shared.indices[shared.data >= CANDIDATE * smaller]
        scored = [(_score(first[place], text, short), place) for place in near]
        best, place = max(scored, default=(0.0, 0))
        if best >= least:
            yield Hit(round(best, 3), ours[place], theirs[row])


def _score(one: str, other: str, short: int) -> float:
    long = min(len(one), len(other)) >= short
    return 1.0 if long and held_within(one, other) else likeness(one, other)


def carried_texts() -> dict[str, str]:
    """Return every distinct text of ``data/labels`` and ``data/sample``, and where it stands."""
    labels = read_labels(DATA / "labels")
    found = dict(zip(labels["text"], labels["writer"] + " " + labels["id"], strict=True))
    sentences = pd.read_csv(DATA / "sample" / "sentences.csv", dtype="str")
    for text, place in zip(sentences["text"], sentences["id"], strict=True):
        found.setdefault(text, f"sample sentence {place}")
    for name in ("meituan", "late_crawl"):
        for text in read_posts(DATA / "sample" / name, salt="x").posts["text"]:
            found.setdefault(text, f"sample {name}")
    return found


def judged_texts(file: Path) -> list[str]:
    """Return the texts of a label file, column ``text`` or ``title``."""
    frame = pd.read_csv(file, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    column = next((name for name in ("text", "title") if name in frame), None)
    if column is None:
        sys.exit(f"{file} has neither a column text nor title; it has {', '.join(frame.columns)}.")
    return frame[column].tolist()


def check(files: Sequence[Path], *, threshold: float, short: int, shown: int) -> int:
    """Print the hits of every file and return the number of near-duplicates among the long texts."""
    ours, found = carried_texts(), 0
    print(f"{len(ours):,} texts carried; alike from {threshold:.2f}, short below {short} signs")
    for file in files:
        theirs = judged_texts(file)
        hits = sorted(
            nearest(list(ours), theirs, least=threshold, short=short), key=lambda hit: -hit.likeness
        )
        long = [hit for hit in hits if long_enough(hit.ours, short) and long_enough(hit.theirs, short)]
        brief = [hit for hit in hits if hit not in long]
        same = sum(signs(hit.ours) == signs(hit.theirs) for hit in brief)
        print(f"{file.name}: {len(theirs):,} texts, {len(long)} near-duplicates;", end=" ")
        print(f"short: {len(brief)} alike, {same} of them the same")
        for hit in long[:shown]:
            print(f"  {hit.likeness:.2f}  {ours[hit.ours]}: {hit.ours}\n        theirs: {hit.theirs}")
        found += len(long)
    return found


def calibrate(*, short: int, seed: int = 0) -> None:
    """Print, by threshold, how many texts of other writers and how many edited copies are found."""
    labels = read_labels(DATA / "labels")
    labels = labels[labels["text"].map(lambda text: long_enough(text, short))]
    labels = labels[labels["writer"] != "shipped_reviews"]
    draw = random.Random(seed)
    apart: list[float] = []
    for writer in sorted(set(labels["writer"])):
        own = labels["writer"] == writer
        some = draw.sample(labels.loc[own, "text"].tolist(), 100)
        apart += [
            hit.likeness for hit in nearest(labels.loc[~own, "text"].tolist(), some, least=0, short=short)
        ]
    texts = labels["text"].tolist()
    copies = [edited(text, draw, share=0.2) for text in draw.sample(texts, 500)]
    copied = [hit.likeness for hit in nearest(texts, copies, least=0, short=short)]
    print("threshold   another writer's texts found   copies with a fifth of the signs changed found")
    for step in (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9):
        met, found = (sum(value >= step for value in values) / len(values) for values in (apart, copied))
        print(f"{step:9.2f}   {met:29.2%}   {found:46.1%}")


def edited(text: str, draw: random.Random, *, share: float) -> str:
    """Return a copy with a share of its signs replaced, left out or doubled, one after another at random."""
    made = []
    for sign in text:
        kind = draw.random()
        made.append(
            sign if kind >= share else draw.choice(["", sign * 2, draw.choice("的了是不我们这那就都")])
        )
    return "".join(made)


def main() -> None:
    """Run the check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path, help="label files (CSV)")
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    parser.add_argument("--short", type=int, default=SHORT, help="signs below which texts are listed apart")
    parser.add_argument("--show", type=int, default=20, help="hits printed of each file")
    parser.add_argument("--calibrate", action="store_true", help="print what the threshold rests on")
    options = parser.parse_args()
    if options.calibrate:
        calibrate(short=options.short)
    elif not options.files:
        parser.error("give the label files to compare with")
    elif check(options.files, threshold=options.threshold, short=options.short, shown=options.show):
        sys.exit(1)


if __name__ == "__main__":
    main()
