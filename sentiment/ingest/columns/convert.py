"""Columns of one layout to posts: what :mod:`sentiment.ingest.convert` makes of the same rows, in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sentiment.ingest import convert as by_row
from sentiment.ingest.columns.accounts import hash_all, hijacks_of, kinds_of
from sentiment.ingest.columns.cells import Columns, RowGroup
from sentiment.ingest.columns.fields import (
    BLANK,
    LostIds,
    clean_texts,
    id_texts,
    read_counts,
    read_ids,
    read_times,
)
from sentiment.ingest.columns.strings import (
    by_value,
    marks,
    matching,
    nulls,
    replaced,
    same,
    series_of,
    taken,
    texts_of,
)
from sentiment.ingest.convert import Converted, Spec
from sentiment.ingest.formats import Layout
from sentiment.ingest.formats.generic import platform_named
from sentiment.ingest.tables import NotText, Row, Stretch
from sentiment.ingest.values import shanghai
from sentiment.schema import ACCOUNT_KINDS, TIME

_REPOSTED = "^(?:转发微博|轉發微博|Repost)"
_PASSED_ON = f"//[{BLANK}]?@"
_SHORT = 12
"""Characters below which a text can be nothing but a repost's own words."""


@dataclass
class _Sorted:
    """A chunk's sound rows, in stretches, and the others."""

    stretches: list[Stretch | RowGroup] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    """Which of the sound rows is each stretch's first."""
    places: list[np.ndarray] = field(default_factory=list)
    """Where in the chunk each stretch's rows are."""
    bad: list[tuple[int, Row, str]] = field(default_factory=list)
    count: int = 0

    def add(self, stretch: Stretch | RowGroup, places: np.ndarray) -> None:
        self.stretches.append(stretch)
        self.starts.append(self.count)
        self.places.append(places)
        self.count += len(places)

    def row(self, n: int) -> Row:
        """The n-th of the sound rows."""
        at = int(np.searchsorted(self.starts, n, side="right")) - 1
        return self.stretches[at].row(n - self.starts[at])


def convert_blocks(
    items: Sequence[Stretch | Row], layout: Layout, columns: Sequence[str], spec: Spec, *, first: int = 0
) -> Converted | None:
    """Turn blocks of a table, and the rows between them, into posts and rejected rows.

    Args:
        items: A chunk of a table.
        layout: The table's layout.
        columns: The table's header.
        spec: Salt, clock and limits.
        first: The order number of the first row.

    Returns:
        What :func:`sentiment.ingest.convert.convert` returns; None where a column holds what only that can
        read.
    """
    if any(isinstance(item, Row) and item.part for item in items):
        return None
    chunk = _sort_out(items, layout, columns)
    cells = Columns(chunk.stretches, layout)
    try:
        frame = _posts(cells, spec)
    except (LostIds, NotText):
        return None
    places = np.concatenate([*chunk.places, np.zeros(0, dtype=np.int64)])
    frame["order"] = places + first
    reasons = _reasons(frame, chunk, layout, columns)
    bad = [*chunk.bad, *((int(places[n]), chunk.row(n), reason) for n, reason in reasons.items())]
    posts = frame.drop(index=list(reasons)).reset_index(drop=True) if reasons else frame
    return Converted(posts, by_row.rejected_rows(bad, first))


def _sort_out(items: Sequence[Stretch | Row], layout: Layout, columns: Sequence[str]) -> _Sorted:
    chunk = _Sorted()
    rows: list[Row] = []
    at: list[int] = []

    def end_group() -> None:
        if rows:
            fitted = [by_row.fit(row, columns, layout) for row in rows]
            chunk.add(RowGroup(list(rows), fitted), np.array(at, dtype=np.int64))
            rows.clear()
            at.clear()

    place = 0
    for item in items:
        if not isinstance(item, Row):
            end_group()
            chunk.add(item, np.arange(place, place + len(item)))
            place += len(item)
            continue
        if item.problem is not None or item.values is None:
            chunk.bad.append((place, item, item.problem or by_row.NO_TEXT))
        else:
            rows.append(item)
            at.append(place)
        place += 1
    end_group()
    return chunk


def _posts(cells: Columns, spec: Spec) -> pd.DataFrame:
    sources = cells.sources()
    texts, cut = _texts(cells, spec.max_text)
    ids, root = read_ids(cells["id"]), read_ids(cells["root"])
    lost = pc.equal(ids, "").to_numpy(zero_copy_only=False)
    crawled = read_times(cells["crawled"], compiled=spec.compiled).at
    times, guessed = _times(cells, ids, spec, crawled)
    platform = _platforms(cells)
    unnamed = np.flatnonzero(lost)
    named = replaced(ids, unnamed, [by_row.row_id(source) for source in taken(sources, unnamed)])
    keyword = cells.cleaned("keyword")
    columns = {
        "post_id": series_of(named),
        "created_at": times,
        "text": series_of(texts),
        **_accounts(cells, platform, spec),
        "platform": series_of(platform),
        "kind": series_of(_kinds(cells, texts, root)),
        **{name: read_counts(cells[name]) for name in ("reposts", "comments", "likes")},
        "region": series_of(by_value(cells.cleaned("region"), by_row.region_name)),
        "root_id": series_of(root),
        "keyword": series_of(pc.if_else(pc.equal(keyword, ""), spec.keyword, keyword)),
        "truncated": cut | _flags(cells, "cut"),
        "hijack": hijacks_of(texts, platform),
        "source": series_of(sources),
        "time_guessed": guessed | _flags(cells, "guessed"),
        "crawled": crawled,
        "embedded": np.zeros(len(cells), dtype=bool),
        "ahead": by_row.ahead_of_crawl(times, crawled, spec),
        "id_lost": lost,
        "generic": np.full(len(cells), cells.layout.name == "generic"),
    }
    return pd.DataFrame(columns)


def _texts(cells: Columns, limit: int) -> tuple[pa.Array, np.ndarray]:
    """Clean texts and whether each is cut."""
    first, _, second = cells.layout.fields.get("text", "").partition("+")
    texts, cut = clean_texts(cells.first((second or first).split("|")))
    if second:
        titles = clean_texts(cells.first(first.split("|")))[0]
        at = np.flatnonzero(pc.not_equal(titles, "").to_numpy(zero_copy_only=False))
        pairs = zip(taken(titles, at), taken(texts, at), strict=True)
        texts = replaced(texts, at, [by_row.joined(title, body, cut=False)[0] for title, body in pairs])
    long = np.flatnonzero(pc.utf8_length(texts).to_numpy() > limit)
    cut[long] = True
    return replaced(texts, long, [text[:limit] for text in taken(texts, long)]), cut


def _times(cells: Columns, ids: pa.Array, spec: Spec, crawled: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Post times, and which of them were read against the file's time or are only good to a day."""
    against, sure = by_row.clocks(crawled, spec)
    one_clock = not crawled.notna().any()
    at = pd.Series(pd.NaT, index=range(len(cells)), dtype=TIME)
    guessed = np.zeros(len(cells), dtype=bool)
    for column in by_row.time_columns(cells.layout):
        missing = at.isna().to_numpy()
        if not missing.any():
            break
        written = _time_cells(cells, column)
        read = read_times(written, against, one_clock=one_clock, compiled=spec.compiled)
        ahead = column == cells.layout.clock_ahead
        found = by_row.undo_clock_ahead(read, series_of(ids)) if ahead else read.at
        guessed |= missing & (read.coarse | (read.relative & ~sure))
        at = found if missing.all() else at.where(~missing, found)
    return shanghai(at), guessed & at.notna().to_numpy()


def _time_cells(cells: Columns, column: str) -> pa.Array:
    day, plus, clock = column.partition("+")
    if not plus:
        return cells.first([column])
    pairs = zip(cells.raw(day).to_pylist(), cells.raw(clock).to_pylist(), strict=True)
    return texts_of([f"{(one or '').split(' ')[0]} {other or ''}".strip() for one, other in pairs])


def _platforms(cells: Columns) -> pa.Array:
    known = cells.layout.platform
    if "platform" not in cells:
        return same(known, len(cells))
    named = by_value(cells.texts("platform"), platform_named)
    return pc.if_else(pc.equal(named, "unknown"), known, named)


def _accounts(cells: Columns, platform: pa.Array, spec: Spec) -> dict[str, pd.Series]:
    names = cells.cleaned("nickname")
    if "hashed" in cells:
        kinds = by_value(
            cells.texts("account_kind"), lambda kind: kind if kind in ACCOUNT_KINDS else "unknown"
        )
        shown, authors = names, cells.texts("hashed")
    else:
        users = cells["author"]
        verified = by_value(cells["verified"], str.strip)
        kinds = kinds_of(names, verified, cells.texts("region"), ~nulls(users))
        spoken_for = pc.is_in(kinds, texts_of(["official", "media"]))
        shown = pc.if_else(spoken_for, names, "")
        authors = hash_all(id_texts(users), names, platform, spec.salt, compiled=spec.compiled)
    columns = {"author": authors, "account_kind": kinds, "account_name": shown}
    return {name: series_of(column) for name, column in columns.items()}


def _kinds(cells: Columns, texts: pa.Array, root: pa.Array) -> pa.Array:
    if "kind" in cells:
        kinds = cells.texts("kind")
        return pc.if_else(pc.equal(kinds, ""), "post", kinds)
    if cells.layout.kind != "post":
        return same(cells.layout.kind, len(cells))
    reposts = pc.not_equal(root, "").to_numpy(zero_copy_only=False)
    reposts |= marks(cells["original"], lambda cell: cell.lower() in by_row.FALSE)
    sizes = pc.utf8_length(texts).to_numpy()
    passed_on = matching(texts, _PASSED_ON)
    doubtful = (sizes < _SHORT) & matching(texts, _REPOSTED) | (sizes > by_row.LOOKED_AT) & passed_on
    reposts |= passed_on & ~doubtful
    at = np.flatnonzero(doubtful & ~reposts)
    reposts[at] = [by_row.is_repost(text) for text in taken(texts, at)]
    return pc.if_else(pa.array(reposts), texts_of(["repost"])[0], texts_of(["post"])[0])


def _flags(cells: Columns, name: str) -> np.ndarray:
    return marks(cells[name], lambda cell: cell.strip().lower() not in by_row.FALSE)


def _reasons(frame: pd.DataFrame, chunk: _Sorted, layout: Layout, columns: Sequence[str]) -> dict[int, str]:
    """Why rows are no posts, by their place in the frame."""
    reasons = by_row.text_reasons(frame["text"])
    if not columns or not layout.fields.get("time"):
        return reasons
    for start, stretch in zip(chunk.starts, chunk.stretches, strict=True):
        if isinstance(stretch, RowGroup):
            times = frame["created_at"].iloc[start : start + len(stretch)]
            for n in np.flatnonzero(times.isna().to_numpy()).tolist():
                reason = by_row.shape_reason(stretch.rows[n], stretch.fitted[n], columns)
                if reason:
                    reasons[start + n] = reason
    return reasons
