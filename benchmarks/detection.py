"""How early, how often wrongly and at what cost spikes and incidents are found.

Outside programs and data are given by option: a generator of count series with planted outages
(``--inject``, its base series under ``--nab``) and a scorer of the Numenta benchmark (``--nab-score``).
Without them only the cost is measured. Settings are the defaults; choose seeds that nothing was tuned on.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from benchmarks.engines import annotate as annotate_file
from sentiment.annotation import annotate
from sentiment.incidents import count_posts, find_incidents, find_spikes
from sentiment.ingest import sample_posts

Alarms = list[tuple[str, float, int, float]]
MINUTE = pd.Timestamp("2025-03-01")


def load(path: Path) -> ModuleType:
    """Import a Python file by its path."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        sys.exit(f"{path} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def alarm_minutes(table: pd.DataFrame) -> np.ndarray:
    """Return the end of the bucket of each change from no alarm to alarm, in minutes from the start."""
    alarm = table["alarm"].to_numpy(dtype=np.int8)
    return np.flatnonzero(np.diff(alarm, prepend=0) == 1) + 1


def planted(
    inject: ModuleType, rate: float, seeds: Sequence[int], rates: tuple[float, ...] | None
) -> tuple[Alarms, float, float]:
    """Return (kind, multiplier, alarms, delay) an event, and false alarms a week without and with events.

    Args:
        inject: The generator.
        rate: Posts a minute.
        seeds: Of the series; the clean ones use others.
        rates: Recall and false-positive rates of a complaint classifier, None for volume alone.
    """
    events: Alarms = []
    wrong, weeks = [0, 0], [0.0, 0.0]
    for source in inject.SOURCES:
        for seed in seeds:
            for kind, with_events in enumerate((False, True)):
                counts, calm, true, labels = inject.make(source, rate, seed + 100 * (1 - kind), with_events)
                first = MINUTE + pd.Timedelta(minutes=inject.shape(source)[1])
                frame = pd.DataFrame(
                    {
                        "timestamp": first + pd.to_timedelta(np.arange(len(counts)), unit="min"),
                        "value": counts,
                    }
                )
                if rates is not None:
                    frame["complaint"] = inject.complaint_stream(counts, calm, true, labels, seed, *rates)
                scored = find_spikes(frame, complaint_column=None if rates is None else "complaint").table
                found, false, length = inject.match(alarm_minutes(scored), labels, len(counts))
                events += found
                wrong[kind] += false
                weeks[kind] += length
    return events, wrong[0] / weeks[0], wrong[1] / weeks[1]


def injection_rows(
    inject: ModuleType, rates: Sequence[float], seeds: Sequence[int], classifier: tuple[float, ...] | None
) -> Iterator[str]:
    """Give one line a base rate: false alarms, recall and median delay by multiplier, oracle ratio."""
    for rate in rates:
        events, clean, dirty = planted(inject, rate, seeds, classifier)
        frame = pd.DataFrame(events, columns=["kind", "multiplier", "alarms", "delay"])
        outages = frame[frame["kind"] == "outage"]
        big = outages[outages["multiplier"] >= 5]
        cells = []
        for times, cell in outages.groupby("multiplier"):
            delay = float(np.median(cell["delay"].fillna(np.inf)))
            ratio = (
                f" {delay / inject.oracle_delay(rate, float(times))[1]:.1f}o" if classifier is None else ""
            )
            cells.append(f"{times:g}x {cell['delay'].notna().mean():.2f}/{delay:g}{ratio} (n {len(cell)})")
        other = [
            f"{kind} {(frame[frame['kind'] == kind]['alarms'] > 0).mean():.2f}"
            for kind in ("gossip", "campaign")
        ]
        yield (
            f"{rate:6g}/min  false/week {clean:.2f} clean {dirty:.2f} beside events  "
            f"recall >=5x {big['delay'].notna().mean():.3f}  {'  '.join(cells)}  {'  '.join(other)}"
        )


def nab_rows(scorer: ModuleType, nab: Path) -> Iterator[str]:
    """Give the scores on all series with one threshold, and with the threshold chosen on the others."""
    present = {f"realTweets/{path.name}" for path in (nab / "data" / "realTweets").glob("*.csv")}
    series = scorer.load_geometry(str(nab), present)
    scores = {
        name: find_spikes(pd.read_csv(nab / "data" / name)).table["anomaly_score"].to_numpy()
        for name in series
    }
    for profile, weights in scorer.PROFILES.items():
        best = scorer.best(series, scores, weights)
        held_out = []
        for chosen in combinations(series, (len(series) + 1) // 2):
            tuned = scorer.best({name: series[name] for name in chosen}, scores, weights)["threshold"]
            rest = {name: one for name, one in series.items() if name not in chosen}
            held_out.append(scorer.at_threshold(rest, scores, weights, tuned)["score"])
        yield (
            f"{profile:9s} {best['score']:.1f} on {len(series)} series ("
            f"{best['tp_windows']}/{best['windows']} windows, {best['fp_rows']} false rows), "
            f"threshold from the other half: mean {np.mean(held_out):.1f}, "
            f"worst {np.min(held_out):.1f}"
        )


def cost_row(posts: int, services: int, days: int) -> str:
    """Return the CPU share of counting and detecting, as a ratio to annotating the same posts.

    Beside the function, which is given words that it met before, stands the command: the file of these posts
    read, annotated in one process and written.
    """
    rng = np.random.default_rng(1)
    sample = sample_posts().posts.sample(60_000, replace=True, random_state=1).reset_index(drop=True)
    annotate(sample.iloc[:40_000])  # the loops that many posts are read with are loaded by now
    start = time.process_time()
    annotated = annotate(sample)
    each = (time.process_time() - start) / len(sample)
    many = annotated.sample(posts, replace=True, random_state=2).reset_index(drop=True)
    minutes = pd.to_timedelta(np.sort(rng.integers(0, days * 1440, posts)), unit="min")
    many = many.assign(
        created_at=(pd.Timestamp("2025-01-01", tz="Asia/Shanghai") + minutes).astype(
            annotated["created_at"].dtype
        ),
        post_id=[f"p{k}" for k in range(posts)],
        author=[f"a{k}" for k in rng.integers(0, posts, posts)],
        service=[f"S{k}" for k in rng.integers(0, services, posts)],
        outage=rng.random(posts) < 0.02,
        stance=rng.choice(["neutral", "complaint", "understanding"], posts, p=[0.85, 0.12, 0.03]),
    )
    start = time.process_time()
    counts = count_posts(many)
    counted = time.process_time()
    find_incidents(many, counts)
    stop = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "posts.csv"
        many[["post_id", "text", "created_at", "author"]].to_csv(source, index=False)
        command = annotate_file(source, Path(folder) / "annotated.parquet").cpu
    return (
        f"{posts} posts, {services} services, {days} days: annotate {1e6 * each:.1f} µs a post, "
        f"count {1e6 * (counted - start) / posts:.1f} and detect {1e6 * (stop - counted) / posts:.1f} µs a "
        f"post = {(stop - start) / (each * posts):.1%} of it, {(stop - start) / command:.1%} of the command "
        f"({1e6 * command / posts:.1f} µs a post)"
    )


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inject", type=Path, help="generator of series with planted outages")
    parser.add_argument("--nab", type=Path, help="folder with data/ and labels/ of the Numenta benchmark")
    parser.add_argument("--nab-score", type=Path, help="its scorer")
    parser.add_argument("--rates", default="0.2,1,5,50,500")
    parser.add_argument("--seeds", default="200-210", help="first-stop")
    parser.add_argument(
        "--classifier", default="0.8,0.03,0.06", help="recall, false positives, those in gossip"
    )
    parser.add_argument("--posts", type=int, default=1_000_000, help="posts of the cost measurement; 0: none")
    options = parser.parse_args()
    first, stop = map(int, options.seeds.split("-"))
    rates = [float(rate) for rate in options.rates.split(",")]
    if options.inject and options.nab:
        os.environ["NAB_DIR"] = str(options.nab)
        present = (options.nab / "data" / "realTweets").glob("*.csv")
        os.environ.setdefault("SOURCES", ",".join(sorted(path.stem.split("_")[-1] for path in present)))
        inject = load(options.inject)
        classifier = tuple(float(part) for part in options.classifier.split(","))
        for title, chosen in (("volume alone", None), (f"complaints first {classifier}", classifier)):
            print(f"planted outages, {title}: recall/median delay in minutes, o = times the oracle's")
            for row in injection_rows(inject, rates, range(first, stop), chosen):
                print(row, flush=True)
    else:
        print("No --inject and --nab: planted outages are left out.")
    if options.nab and options.nab_score:
        print("\n".join(nab_rows(load(options.nab_score), options.nab)))
    else:
        print("No --nab and --nab-score: the Numenta benchmark is left out.")
    if options.posts:
        print(cost_row(options.posts, services=100, days=90))


if __name__ == "__main__":
    main()
