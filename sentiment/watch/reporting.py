"""A report of the last days of a store, every file of which is replaced whole."""

from __future__ import annotations

import json
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pandas as pd

from sentiment.annotation import chosen_model
from sentiment.errors import InputError
from sentiment.incidents import display_counts
from sentiment.ingest import guard_cells
from sentiment.ingest.quality import FileQuality, Quality
from sentiment.ingest.templates import group_templates
from sentiment.ingest.trust import Tally
from sentiment.report import summarize, write_report
from sentiment.report.history import NAME as HISTORY
from sentiment.report.history import incident_rows, write_rows
from sentiment.store import Store
from sentiment.store.lock import write_whole
from sentiment.store.reading import day_start
from sentiment.topics import TopicState, discover_topics, found_table, load_topic_model, topic_table
from sentiment.watch.detection import look, often_named
from sentiment.watch.settings import WatchConfig

TOPIC_STATE: Final = "topic_state.json"
PAGE: Final = "report.html"


def report_store(config: WatchConfig) -> str:
    """Write the report of a store's last days and return its verdict in one sentence.

    It is made of a bounded number of posts, whatever the store holds. The page is replaced last, each file in
    one
    step: a reader sees an old or a new file, never half of one.

    Raises:
        InputError: if the store holds no posts or the folder cannot be written.
    """
    with Store(config.store) as store:
        summary, tables = _summary(store, config)
        withdrawn = [one.id for one in store.incidents(state="withdrawn")]
    folder = Path(config.watch.report)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
            fresh = Path(temporary)
            report = write_report(summary, fresh)
            for name, text in tables.items():
                (fresh / name).write_text(text, encoding="utf-8-sig" if name.endswith(".csv") else "utf-8")
            _write_history(summary, tables["incidents.json"], withdrawn, fresh, folder)
            _replace_all(fresh, folder)
    except OSError as error:
        raise InputError(f"Cannot write the report to {folder}: {error.strerror or error}.") from None
    return report.headline


def _write_history(
    summary: dict[str, Any], told: str, withdrawn: list[str], fresh: Path, folder: Path
) -> None:
    """Keep one row an incident, its newest; a row of every report would repeat each of them all day."""
    rows = incident_rows(summary, json.loads(told)["incidents"])
    instead = [*withdrawn, *(str(row["run"]) for row in rows)]
    write_rows(rows, fresh / HISTORY, earlier=folder / HISTORY, instead=instead)


def _replace_all(fresh: Path, folder: Path) -> None:
    files = sorted(path for path in fresh.rglob("*") if path.is_file())
    for path in sorted(files, key=lambda path: path.name == PAGE):
        target = folder / path.relative_to(fresh)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


def _summary(store: Store, config: WatchConfig) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the summary and the tables that lie beside the page, as text."""
    watch, settings = config.watch, config.settings
    last = store.last_minute()
    if last is None:
        raise InputError(f"The store {config.store} holds no timed post yet, so there is nothing to report.")
    since = day_start(last, watch.report_days)
    posts = store.posts(since, newest=watch.report_posts)
    posts = posts.assign(dup_group=group_templates(posts["text"], posts["post_id"]))
    counts = often_named(store.counts(posts["created_at"].min().floor("min")), settings.detection)
    model = load_topic_model(settings.topics.file or None)
    discovered = discover_topics(
        posts,
        state=_topic_state(config.store),
        most=settings.topics.most,
        sample=settings.topics.sample,
        seed=settings.topics.seed,
    )
    topics = pd.concat([topic_table(posts, model.topics), found_table(posts, discovered)], ignore_index=True)
    stored = [one for one in store.incidents(since=posts["created_at"].min()) if one.state != "withdrawn"]
    spikes = look(store, settings, watch)
    others = [] if spikes is None else [one.to_dict() for one in spikes.found.other_spikes]
    incidents = [dict(one.data) for one in sorted(stored, key=lambda one: one.onset)]
    run = _run(store, config)
    summary = summarize(
        posts,
        rejected=store.rejected(),
        quality=_quality(store, posts).to_dict(),
        counts=counts,
        topics=topics,
        incidents=incidents,
        other_spikes=others,
        settings=settings,
        run=run,
        lang=settings.report.lang,
        discovered=discovered,
    )
    write_whole(config.store / TOPIC_STATE, _json(discovered.state.to_dict()))
    told = {"schema": 1, "incidents": incidents, "other_spikes": others}
    return summary, {
        "incidents.json": _json(told),
        "run.json": _json(run),
        "topics.csv": guard_cells(topics).to_csv(index=False, lineterminator="\n"),
        "counts.csv": display_counts(counts).to_csv(index=False, lineterminator="\n"),
    }


def _topic_state(folder: Path) -> TopicState | None:
    """Return what the last report left of its topics, so that they keep their ids."""
    try:
        return TopicState.from_dict(json.loads((folder / TOPIC_STATE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _quality(store: Store, posts: pd.DataFrame) -> Quality:
    """Judge the posts of the report; the files and the rejected rows are those of the whole store."""
    tally = Tally(len(posts))
    tally.add(posts)
    files = store.files()
    trust = tally.verdict(
        [posts["text"]], rejected=store.reasons(), duplicates=int(files["duplicates"].sum())
    )
    read = tuple(
        FileQuality(
            file=Path(row["path"]).name,
            format=row["format"],
            rows=int(row["rows"]),
            accepted=int(row["accepted"]),
            rejected=int(row["rejected"]),
            duplicates=int(row["duplicates"]),
            untimed=int(row["untimed"]),
            error=row["error"],
        )
        for row in files.to_dict("records")
    )
    return Quality(read, trust)


def _run(store: Store, config: WatchConfig) -> dict[str, Any]:
    """Return what this report was made with."""
    totals = store.totals()
    return {
        "schema": 1,
        "versions": {"python": platform.python_version(), "outage-sentiment": version("outage-sentiment")},
        "model": {k: v for k, v in chosen_model(config.settings.text).about.items() if k != "seen"},
        "settings": config.settings.to_dict(),
        "store": {"revision": totals.revision, "posts": totals.posts},
        "inputs": [],
    }


def _json(data: Any) -> str:  # noqa: ANN401 - any plain data
    return json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n"
