"""CPU time of ``annotate`` by stage, each beside a single-thread floor, and against the naive loop.

A floor is the least work known to do about the stage's job with what is installed: one regex over the joined
text, the cutting alone, one automaton pass, one bare hashing loop, Arrow arrays of the texts, the
Parquet writer. The naive loop is ``jieba.lcut`` and SnowNLP's sentiment, post by post.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import jieba
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ahocorasick_rs import AhoCorasick
from numba import njit
from snownlp import SnowNLP

from benchmarks.stages import cpu_seconds
from sentiment import scoring
from sentiment.annotation import CHUNK, annotate, annotations_of
from sentiment.config import TextSettings
from sentiment.engines.parquet import packing, write_posts
from sentiment.ingest import read_posts
from sentiment.text.block import cleaning, scripts, services
from sentiment.text.block.codes import Codes
from sentiment.text.block.cutting import Cutter
from sentiment.text.lexicon import load_lexicon
from sentiment.text.segment import Segmenter
from sentiment.text.service import alias_phrases
from sentiment.text.stance import load_model
from sentiment.topics import load_topic_model
from sentiment.training.corpus import read_labels

DATA = Path(__file__).parents[1] / "data"
NAIVE_POSTS = 300
"""Posts given to the naive loop; its cost is linear in posts."""
_FLOOR_OF_CLEANING = re.compile(
    r"https?://[!-~]{1,300}|@[\w\-]{1,30}|[\u200b-\u200f\ufeff\ufe0f]|[ \t\n]{2,9}"
)


def posts_of(source: Path | None, at_least: int, count: int) -> list[str]:
    """Return that many texts of a file, else of the sample and the labels, the short ones left out."""
    if source is None:
        texts = read_posts(DATA / "sample" / "meituan").posts["text"].tolist()
        texts += read_labels(DATA / "labels")["text"].tolist()
    else:
        texts = read_posts(source).posts["text"].tolist()
    long = [text for text in texts if len(text) >= at_least]
    return [long[n % len(long)] for n in np.random.default_rng(0).permutation(max(count, 1)).tolist()]


@njit
def _bare_hash(points: np.ndarray, weights: np.ndarray) -> float:
    """Hash every gram of one to three characters and add one weight for it: the floor of scoring."""
    total = 0.0
    for place in range(len(points) - 2):
        state = np.uint64(0)
        for size in range(3):
            state = (state ^ np.uint64(points[place + size])) * np.uint64(0x9E3779B97F4A7C15)
            total += weights[state >> np.uint64(45)]
    return total


def floors(texts: list[str]) -> dict[str, Callable[[], object]]:
    """Return the least work of each stage, over the same texts."""
    cutter = Cutter.of(Segmenter())
    codes = [Codes.of(texts[n : n + CHUNK]) for n in range(0, len(texts), CHUNK)]
    lines = ["\n".join(texts[n : n + 100]) for n in range(0, len(texts), 100)]
    aliases = AhoCorasick([word for words in alias_phrases().values() for word in words])
    seeds = AhoCorasick([word for topic in load_topic_model().topics.values() for word in topic.words])
    phrases = AhoCorasick([word for words in load_lexicon().values() for word in words])
    points = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), dtype=np.uint32)
    weights = np.zeros(2**19, dtype=np.float32)
    _bare_hash(points, weights)
    return {
        "clean": lambda: [_FLOOR_OF_CLEANING.sub(" ", line).lower() for line in lines],
        "segment": lambda: [cutter.cut(block) for block in codes],
        "service": lambda: [len(aliases.find_matches_as_indexes(line)) for line in lines],
        "score": lambda: (
            _bare_hash(points, weights),
            [len(phrases.find_matches_as_indexes(x)) for x in lines],
        ),
        "topics": lambda: [len(seeds.find_matches_as_indexes(line)) for line in lines],
        "assemble": lambda: (pa.array(texts), pa.array(texts)),
    }


def stages(texts: list[str]) -> dict[str, Callable[[], object]]:
    """Return what each stage of ``annotate`` does, its input ready."""
    model, topics, segmenter = load_model(), load_topic_model(), Segmenter()
    columns = [pd.Series(texts[n : n + CHUNK], dtype="str") for n in range(0, len(texts), CHUNK)]
    parts = [Codes.read(column) for column in columns]
    scored = [scoring.score_block(part, segmenter, model, topics) for part in parts]
    cutter, block_topics, scorer = scoring.laid_out(segmenter, model, topics)
    clean = [cleaning.clean(part) for part in parts]
    words = [cutter.cut(one.plain) for one in clean]
    forms = [(cutter.vocabulary.forms(numbers), starts) for numbers, starts in words]
    masked = [services.mask(one.plain, services.hits(one.plain)) for one in clean]

    def name_services() -> Iterator[object]:
        for one in clean:
            named = services.hits(one.plain)
            services.mask(one.plain, named)
            in_own = services.hits_in_folded(one.folded, one.plain, named)
            yield services.choose(one.own, one.folded, in_own)

    def score() -> Iterator[object]:
        for one, text, (numbers, starts) in zip(clean, masked, forms, strict=True):
            scripts.scripts(one.plain)
            yield model.shares(scorer.logits(text, numbers, starts))

    return {
        "clean": lambda: [cleaning.clean(Codes.read(column)).own.written() for column in columns],
        "segment": lambda: [cutter.cut(one.plain) for one in clean],
        "service": lambda: list(name_services()),
        "score": lambda: list(score()),
        "topics": lambda: [
            block_topics.score(one.plain, *form) for one, form in zip(clean, forms, strict=True)
        ],
        "assemble": lambda: [annotations_of(one, TextSettings(), topics) for one in scored],
    }


def measure(texts: list[str]) -> dict[str, dict[str, float]]:
    """Return CPU microseconds a post by stage (``ours``, ``floor``), of all and of the naive loop."""
    frame = pd.DataFrame({"text": texts})
    per_post = 1e6 / len(texts)
    scoring.BLOCK_FROM = 1  # type: ignore[misc] - the compiled loops are what is measured
    annotated = annotate(frame)
    ours, least = stages(texts), floors(texts)
    table = {
        name: {"ours": cpu_seconds(ours[name]) * per_post, "floor": cpu_seconds(least[name]) * per_post}
        for name in ours
    }
    with tempfile.TemporaryDirectory() as folder:
        added = pa.Table.from_pandas(annotated)
        written = cpu_seconds(lambda: write_posts(annotated, Path(folder) / "ours.parquet"))
        packed = packing(added.schema)
        bare = cpu_seconds(lambda: pq.write_table(added, Path(folder) / "bare.parquet", **packed))
    table["write"] = {"ours": written * per_post, "floor": bare * per_post}
    whole = cpu_seconds(lambda: annotate(frame)) * per_post
    table["annotate and write"] = {
        "ours": whole + table["write"]["ours"],
        "floor": sum(stage["floor"] for stage in table.values()),
    }
    few = [text for text in texts if text.strip()][:NAIVE_POSTS]
    jieba.setLogLevel(logging.WARNING)
    jieba.lcut("热身")
    naive = cpu_seconds(lambda: [(jieba.lcut(text), SnowNLP(text).sentiments) for text in few], rounds=1)
    table["naive loop"] = {"ours": naive * 1e6 / len(few), "floor": 0.0}
    return table


def main() -> None:
    """Print the table and the two ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--posts", type=Path, help="file or folder of scraped posts; else the sample and the labels"
    )
    parser.add_argument("--at-least", type=int, default=0, help="characters of a post that is taken")
    parser.add_argument("--count", type=int, default=30_000, help="posts, repeated where there are fewer")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    texts = posts_of(options.posts, options.at_least, options.count)
    table = measure(texts)
    if options.json:
        print(json.dumps(table))
        return
    print(f"{len(texts):,} posts of {np.mean([len(text) for text in texts]):.0f} characters, CPU µs a post")
    for name, row in table.items():
        ratio = f"{row['ours'] / row['floor']:6.1f}" if row["floor"] else ""
        print(f"{name:20s} {row['ours']:9.2f} {row['floor']:9.2f} {ratio}")
    whole = table["annotate and write"]["ours"]
    print(f"{table['naive loop']['ours'] / whole:.0f} times as fast as the naive loop")


if __name__ == "__main__":
    main()
