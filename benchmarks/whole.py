"""One ``analyze`` of a file, command and all, told stage by stage: CPU seconds and memory, as JSON.

Memory is looked at 20 times a second while a stage runs: what the process itself holds (anonymous) and pages
of files that it looked at (mapped), which the system takes back when memory is short.
"""

from __future__ import annotations

import argparse
import json
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sentiment.pipeline as pipeline
import sentiment.report.render as render
from sentiment.cli import analysis

STAGES: Final = (
    (analysis, "read_files", "read"),
    (pipeline, "annotate_chunks", "annotate, hand out, collect"),
    (pipeline, "count_posts", "count"),
    (pipeline, "measure_responses", "responses"),
    (pipeline, "discover_topics", "discover topics"),
    (pipeline, "topic_table", "table of topics"),
    (pipeline, "found_table", "table of topics"),
    (pipeline, "find_incidents", "find incidents"),
    (pipeline, "_describe_run", "hash inputs"),
    (pipeline, "summarize", "summary"),
    (render, "render_html", "page"),
    (render, "render_markdown", "page"),
    (render, "write_excel", "page"),
    (render, "write_pdf", "page"),
    (render, "write_figures", "page"),
    (pipeline, "write_posts", "write posts.parquet"),
    (pipeline, "display_counts", "write counts.csv"),
)
"""Where a stage is looked up, its name there, what it is called here."""
EVERY: Final = 0.05


class Meter:
    """CPU seconds and peak memory of each stage of a run in this process."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}
        self._name = "the rest"
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._start = self._cpu = time.process_time()

    def run(self, work: Callable[[], object]) -> dict[str, Any]:
        """Do the work and return what was measured: ``stages`` and the sums."""
        self._watch.start()
        began = time.perf_counter()
        work()
        self._switch("the rest")
        self._ended.set()
        self._watch.join()
        there = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "stages": self.stages,
            "wall": time.perf_counter() - began,
            "cpu": time.process_time() - self._start,
            "workers_cpu": there.ru_utime + there.ru_stime,
            "worker_peak": there.ru_maxrss / 1024,
            "peak": max(stage["peak"] for stage in self.stages.values()),
            "held": max(stage["held"] for stage in self.stages.values()),
        }

    def _switch(self, name: str) -> None:
        now = time.process_time()
        self._stage(self._name)["cpu"] += now - self._cpu
        self._see()
        self._cpu, self._name = now, name

    def _stage(self, name: str) -> dict[str, float]:
        return self.stages.setdefault(name, {"cpu": 0.0, "peak": 0.0, "held": 0.0})

    def _see(self) -> None:
        held, mapped = memory()
        stage = self._stage(self._name)
        stage["peak"], stage["held"] = max(stage["peak"], held + mapped), max(stage["held"], held)

    def _look(self) -> None:
        while not self._ended.wait(EVERY):
            self._see()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens inside for a stage; within another one it counts for the inner."""
        before = self._name
        self._switch(name)
        yield
        self._switch(before)

    def watch(self, module: object, function: str, name: str) -> None:
        """Have a function counted as a stage."""
        whole = getattr(module, function)

        def measured(*given: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever it takes and gives
            with self.stage(name):
                return whole(*given, **options)

        setattr(module, function, measured)


def memory() -> tuple[float, float]:
    """Return megabytes of this process: held by itself, and mapped from files."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    held, files, shared = (int(told[name].split()[0]) for name in ("RssAnon", "RssFile", "RssShmem"))
    return held / 1024, (files + shared) / 1024


def main() -> None:
    """Run the command on a file and print the table as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    given = parser.parse_args()
    meter = Meter()
    for place in STAGES:
        meter.watch(*place)
    options = [str(given.source), "--out", str(given.out), "--salt", "x", "--jobs", str(given.jobs)]
    options += ["--resume"] if given.resume else []
    print(json.dumps(meter.run(lambda: analysis.analyze.main(options, standalone_mode=False))))


if __name__ == "__main__":
    main()
