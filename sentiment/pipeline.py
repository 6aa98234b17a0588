"""The whole story on one screen: read, annotate, count, find incidents, measure responses, report."""

from __future__ import annotations

import hashlib
import json
import platform
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import pandas as pd

from sentiment.annotation import chosen_model
from sentiment.config import Settings
from sentiment.display import html_result
from sentiment.engines import RowWork, annotate_chunks, give_back, write_posts
from sentiment.errors import ConfigError, InputError, unknown
from sentiment.incidents import (
    Announcement,
    Given,
    Incident,
    Incidents,
    ResponseEffect,
    count_posts,
    display_counts,
    find_incidents,
    measure_responses,
    name_response,
    read_responses,
)
from sentiment.ingest import Ingested, guard_cells, mask_private, read_posts
from sentiment.plots import Plots
from sentiment.report import (
    Report,
    summarize,
    untrusted_stretches,
    write_history,
    write_report,
)
from sentiment.report.history import NAME as HISTORY
from sentiment.schema import ZONE
from sentiment.text.service import canonical_name
from sentiment.topics import (
    Discovered,
    Phase,
    TopicState,
    discover_topics,
    found_table,
    list_questions,
    load_topic_model,
    phases_of,
    rising_topics,
    topic_course,
    topic_table,
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from sentiment.engines.spark import Gathered

Source: TypeAlias = "Ingested | pd.DataFrame | DataFrame | str | Path | Iterable[str | Path]"
ENGINES: Final = ("local", "spark")
PACKAGES: Final = ("outage-sentiment", "pandas", "numpy", "scikit-learn", "jieba", "matplotlib")


@dataclass(frozen=True)
class Analysis:
    """Everything found in a set of posts.

    Attributes:
        ingested: Posts as read, rejected rows and quality.
        annotated: Posts with their annotations, one row a post.
        counts: Minute counts by service and series.
        topics: One row a topic, seeded ones before discovered ones, see :func:`sentiment.topics.topic_table`.
        discovered: Topics found among the posts that no seeded topic fits, and the state for the next run.
        found: Incidents and the other spikes.
        responses: Effects of the official responses, in order of time.
        settings: Settings of the run.
        run: Versions, settings and input hashes: what a rerun needs.
    """

    ingested: Ingested | Gathered = field(repr=False)
    annotated: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)
    topics: pd.DataFrame = field(repr=False)
    discovered: Discovered = field(repr=False)
    found: Incidents
    responses: tuple[ResponseEffect, ...] = field(repr=False)
    settings: Settings = field(repr=False)
    run: Mapping[str, Any] = field(repr=False)

    @property
    def incidents(self) -> pd.DataFrame:
        """The spikes found, incidents first, one row each."""
        return self.found.table()

    @cached_property
    def questions(self) -> pd.DataFrame:
        """Questions people ask, unanswered ones first, see :func:`sentiment.topics.list_questions`."""
        return list_questions(self.annotated)

    @cached_property
    def course(self) -> pd.DataFrame:
        """Topics by phase of the first incident, or day by day where there is none.

        See :func:`sentiment.topics.topic_course`.
        """
        return topic_course(self.annotated, self._phases(), found=self.discovered.assigned)

    @cached_property
    def rising(self) -> pd.DataFrame:
        """Topics of the last hour beside the hour before, see :func:`sentiment.topics.rising_topics`."""
        return rising_topics(self.annotated, found=self.discovered.assigned)

    def _phases(self) -> tuple[Phase, ...]:
        times = self.annotated["created_at"].dropna()
        if times.empty:
            return ()
        if self.found.incidents:
            one = self.found.incidents[0]
            return phases_of(one.onset, one.peak, one.end, times.max())
        days = sorted(times.dt.normalize().unique())
        return tuple(Phase(str(day.date()), day, day + pd.Timedelta(days=1)) for day in days)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Everything a report says, as plain data in both languages."""
        give_back()
        return summarize(
            self.annotated,
            rejected=self.ingested.rejected,
            quality=self.ingested.quality.to_dict(),
            counts=self.counts,
            topics=self.topics,
            incidents=self.found.incidents,
            other_spikes=self.found.other_spikes,
            settings=self.settings,
            run=self.run,
            lang=self.settings.report.lang,
            discovered=self.discovered,
        )

    @property
    def plot(self) -> Plots:
        """The figures."""
        return Plots(self.summary, self.annotated)

    @property
    def headline(self) -> str:
        """The verdict in one sentence."""
        parts = self.summary["verdict"][self.settings.report.lang]["headline"]
        return "".join(part["text"] for part in parts)

    def report(self, folder: str | Path) -> Report:
        """Write ``report.html``, ``.md``, ``.xlsx``, ``.pdf`` and figures into a folder, made if absent."""
        return write_report(self.summary, folder, lang=self.settings.report.lang)

    def write(self, folder: str | Path) -> Report:
        """Write the report and all data files; the folder appears whole or not at all.

        ``history.csv`` of an earlier run in that folder is kept and gains a row.

        Raises:
            InputError: if the folder cannot be written, or its history.csv is something else.
        """
        return _write_whole(self, Path(folder))

    def _repr_html_(self) -> str:
        return html_result(self.headline, tables=[self.incidents], notes=[repr(self.ingested)])


def analyze(
    source: Source,
    *,
    service: str | None = None,
    responses: Sequence[Given] | str | Path = (),
    settings: Settings | None = None,
    format: str | None = None,
    clock: datetime | str | None = None,
    salt: str | None = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    topic_state: TopicState | None = None,
    engine: str = "local",
    jobs: int | None = None,
    pieces: str | Path | None = None,
    resume: bool = False,
    progress: Callable[[str, int], None] | None = None,
) -> Analysis:
    """Turn posts into an account of what happened.

    Args:
        source: Result of :func:`sentiment.read_posts`, a DataFrame with a text column, or paths.
        service: Keep posts that name this service or none, and count the unnamed as its own.
        responses: (time, words) of official responses, or a CSV file of them (see
            :func:`sentiment.incidents.read_responses`), beside those found in official accounts' posts.
        settings: Settings of every stage.
        format: Layout of the files where it should not be found out.
        clock: When the files were crawled, for relative times.
        salt: Secret mixed into author hashes.
        since: First moment to keep.
        until: Last moment to keep.
        topic_state: What an earlier run's ``discovered.state`` held, so that its topics keep their ids.
        engine: ``local``, or ``spark``: then the source may also be a Spark frame or any path of Spark's.
        jobs: Processes that annotate where the posts are many; None: one a core.
        pieces: Folder where annotated posts are set aside until you remove it; None: they go with the run.
        resume: Take what an earlier run that was stopped has set aside there.
        progress: Called with the stage's name and the rows done.

    Raises:
        SentimentError: if the source cannot be read or a setting is wrong.

    >>> from sentiment.ingest import sample_posts
    >>> [incident.service for incident in analyze(sample_posts()).found.incidents]
    ['美团']
    """
    settings, tell = settings or Settings(), progress or (lambda _stage, _rows: None)
    topics = load_topic_model(settings.topics.file or None)
    ingested: Ingested | Gathered
    service = canonical_name(service) if service else None
    asked = _Asked(format, clock, salt, since, until, settings)
    work = RowWork(settings.text, settings.topics.file, service or "")
    least = settings.detection.min_service_posts
    if engine == "spark":
        ingested, annotated, counts = _on_spark(source, asked, work, least, tell)
    else:
        _check_engine(engine)
        ingested = _read(source, asked, lambda rows: tell("read", rows))
        annotated = annotate_chunks(
            ingested.chunks(),
            work,
            rows=len(ingested),
            jobs=jobs,
            folder=Path(pieces) if pieces else None,
            resume=resume,
            progress=lambda rows: tell("annotate", rows),
        )
        tell("incidents", 0)
        counts = count_posts(annotated, min_service_posts=least, service=service)
        give_back()
    named = read_responses(responses) if isinstance(responses, str | Path) else responses
    effects = measure_responses(annotated, named, settings.response)
    chosen = settings.topics
    discovered = discover_topics(
        annotated, state=topic_state, most=chosen.most, sample=chosen.sample, seed=chosen.seed
    )
    tell("incidents", len(annotated))
    give_back()
    table = pd.concat(
        [topic_table(annotated, topics.topics), found_table(annotated, discovered)], ignore_index=True
    )
    give_back()
    return Analysis(
        ingested=ingested,
        annotated=annotated,
        counts=counts,
        topics=table,
        discovered=discovered,
        found=_mark_untrusted(
            find_incidents(annotated, counts, responses=effects, settings=settings.detection), ingested
        ),
        responses=effects,
        settings=settings,
        run=_describe_run(ingested, settings, service, {**_told(ingested, asked), **_named(named)}),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """How the source is to be read."""

    format: str | None
    clock: datetime | str | None
    salt: str | None
    since: datetime | str | None
    until: datetime | str | None
    settings: Settings


def _read(source: Source, asked: _Asked, progress: Callable[[int], None]) -> Ingested:
    if isinstance(source, Ingested):
        return source
    return read_posts(
        cast("Path | pd.DataFrame", source),
        format=asked.format,
        clock=asked.clock,
        salt=asked.salt,
        since=asked.since,
        until=asked.until,
        settings=asked.settings.ingest,
        progress=progress,
    )


def _on_spark(
    source: Source, asked: _Asked, work: RowWork, least: int, tell: Callable[[str, int], None]
) -> tuple[Gathered, pd.DataFrame, pd.DataFrame]:
    from sentiment.engines.spark import TableWork, run_on_spark

    clock, since, until = (
        None if one is None else str(one) for one in (asked.clock, asked.since, asked.until)
    )
    table = TableWork(
        work, clock=clock, salt=asked.salt or "", since=since, until=until, ingest=asked.settings.ingest
    )
    gathered, counts = run_on_spark(
        source,
        table,
        format=asked.format,
        min_service_posts=least,
        progress=lambda rows: tell("annotate", rows),
    )
    return gathered, gathered.annotated, counts


def _check_engine(engine: str) -> None:
    if engine not in ENGINES:
        raise ConfigError(unknown("engine", engine, ENGINES))


def _mark_untrusted(found: Incidents, ingested: Ingested | Gathered) -> Incidents:
    """Name the incidents that lie in capped hours or gaps of the crawl: their counts are too low."""
    spoilt = [
        (pd.Timestamp(stretch["start"]), pd.Timestamp(stretch["end"]))
        for stretch in untrusted_stretches(ingested.quality.to_dict()["trust"])
    ]

    def marked(one: Incident) -> Incident:
        end = one.end or pd.Timestamp.max.tz_localize(ZONE)
        hit = any(start < end and one.onset < stop for start, stop in spoilt)
        return replace(one, notes=(*one.notes, "untrusted_minutes")) if hit else one

    return replace(
        found,
        incidents=tuple(map(marked, found.incidents)),
        other_spikes=tuple(map(marked, found.other_spikes)),
    )


def _told(ingested: Ingested | Gathered, asked: _Asked) -> dict[str, Any]:
    """Return what was asked of the reading: posts that came read already say it themselves."""
    if isinstance(ingested, Ingested):
        return dict(ingested.asked)
    given = {name: getattr(asked, name) for name in ("clock", "since", "until")}
    return {name: str(value) for name, value in given.items() if value is not None}


def _named(responses: Sequence[Given]) -> dict[str, Any]:
    """Return the responses that the caller named, as ``--response`` takes them."""
    each = [one if isinstance(one, Announcement) else name_response(*one) for one in responses]
    return {"response": [f"{one.at.isoformat()}|{one.text}" for one in each]} if each else {}


def _describe_run(
    ingested: Ingested | Gathered, settings: Settings, service: str | None, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a rerun needs; no clock time, so that the same run gives the same bytes."""
    paths = [file.path for file in ingested.quality.files if file.path is not None]
    return {
        "schema": 1,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "model": {name: about for name, about in chosen_model(settings.text).about.items() if name != "seen"},
        "settings": settings.to_dict(),
        "service": service,
        **({"asked": dict(asked)} if asked else {}),
        "inputs": [{"file": path.name, "sha256": _sha256(path)} for path in paths if path.is_file()],
        "totals": ingested.quality.to_dict()["totals"],
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_whole(analysis: Analysis, folder: Path) -> Report:
    """Write into a temporary folder beside the target, then swap the two."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder} is a file; name a folder for the report.")
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
            fresh = Path(temporary) / "new"
            report = analysis.report(fresh)
            _write_data(analysis, fresh)
            write_history(analysis.summary, fresh / HISTORY, earlier=folder / HISTORY)
            if folder.exists():
                folder.rename(Path(temporary) / "old")
            fresh.rename(folder)
    except OSError as error:
        raise InputError(f"Cannot write the report to {folder}: {error.strerror or error}.") from None
    return replace(
        report,
        html=folder / report.html.name,
        markdown=folder / report.markdown.name,
        excel=folder / report.excel.name,
        pdf=folder / report.pdf.name,
        figures=tuple(folder / "figures" / figure.name for figure in report.figures),
    )


def _write_data(analysis: Analysis, folder: Path) -> None:
    write_posts(analysis.annotated, folder / "posts.parquet")
    rejected = analysis.ingested.rejected
    rejected = rejected.assign(raw=[mask_private(str(raw)) for raw in rejected["raw"]])
    tables = {
        "rejected.csv": guard_cells(rejected),
        "topics.csv": guard_cells(analysis.topics),
        "counts.csv": display_counts(analysis.counts),
    }
    for name, table in tables.items():
        table.to_csv(folder / name, index=False, encoding="utf-8-sig", lineterminator="\n")
    run = {**analysis.run, "scale_minutes": dict(analysis.found.scale)}
    for name, data in {
        "incidents.json": analysis.found.to_dict(),
        "topic_state.json": analysis.discovered.state.to_dict(),
        "run.json": run,
    }.items():
        text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
        (folder / name).write_text(text + "\n", encoding="utf-8")
