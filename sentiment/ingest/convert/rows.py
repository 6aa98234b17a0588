"""Rows of one layout to posts: column by column, chunk by chunk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import numpy as np
import pandas as pd

from sentiment.ingest.accounts import hijacks
from sentiment.ingest.convert.authors import account_columns
from sentiment.ingest.convert.cells import FALSE, Cells, flags, text_column
from sentiment.ingest.convert.fitting import by_layout, fit
from sentiment.ingest.convert.reasons import NO_TEXT, reasons_against, rejected_rows
from sentiment.ingest.convert.spec import Converted, Spec
from sentiment.ingest.convert.texts import is_repost, post_texts
from sentiment.ingest.convert.times import ahead_of_crawl, post_times
from sentiment.ingest.formats import Layout, pick_first
from sentiment.ingest.formats.generic import platform_named
from sentiment.ingest.tables.row import Row
from sentiment.ingest.values import by_value, clean_ids, parse_counts, parse_times

_REGION_LEAD: Final = re.compile(r"\A(?:发布于|来自|IP属地|ip属地)[:：\s]{0,3}")


def convert(
    rows: Sequence[Row],
    layout: Layout,
    columns: Sequence[str],
    spec: Spec,
    *,
    first: int = 0,
    mixed: bool = True,
) -> Converted:
    """Turn rows into posts and rejected rows; every row becomes one of them.

    Args:
        rows: A chunk of rows.
        layout: The table's layout.
        columns: The table's header; empty for JSON.
        spec: Salt, clock and limits.
        first: The order number of the first row.
        mixed: Whether a JSON row that has the columns of another known layout goes by that.

    Returns:
        posts: the columns of :data:`sentiment.schema.POSTS` but ``dup_group``, and ``crawled``,
        ``embedded``, ``ahead``, ``id_lost``, ``generic``, ``order``.
    """
    posts: list[pd.DataFrame] = []
    bad: list[tuple[int, Row, str]] = []
    sound: list[int] = []
    for n, row in enumerate(rows):
        if row.problem is not None or row.values is None:
            bad.append((n, row, row.problem or NO_TEXT))
        else:
            sound.append(n)
    for group_layout, places in by_layout(rows, sound, layout, mixed=mixed and not columns):
        source = [rows[n] for n in places]
        group = [fit(row, columns, group_layout) for row in source]
        frame = _posts(Cells(group, group_layout), source, spec)
        frame["order"] = np.asarray(places, dtype=np.int64)
        reasons = reasons_against(frame, group, source, group_layout, columns)
        bad.extend((places[k], rows[places[k]], reason) for k, reason in reasons.items())
        posts.append(frame.drop(index=list(reasons)))
    return Converted(_in_order(posts, first), rejected_rows(bad, first))


def _posts(cells: Cells, source: Sequence[Row], spec: Spec) -> pd.DataFrame:
    names = [row.source for row in source]
    texts, cut = post_texts(cells, spec.max_text)
    ids, lost = _ids(cells)
    root = clean_ids(cells["root"])[0]
    crawled = parse_times(cells["crawled"]).at
    times, guessed = post_times(cells, ids, spec, crawled)
    platform = _platforms(cells)
    return pd.DataFrame(
        {
            "post_id": text_column([one or row_id(name) for one, name in zip(ids, names, strict=True)]),
            "created_at": times,
            "text": text_column(texts),
            **account_columns(cells, platform, spec.salt),
            "platform": text_column(platform),
            "kind": text_column(_kinds(cells, source, texts, root)),
            **{name: parse_counts(cells[name]) for name in ("reposts", "comments", "likes")},
            "region": text_column(_regions(cells)),
            "root_id": text_column(root),
            "keyword": text_column([cell or spec.keyword for cell in cells.cleaned("keyword")]),
            "truncated": np.array(cut, dtype=bool) | flags(cells, "cut"),
            "hijack": hijacks(texts, platform),
            "source": text_column(names),
            "time_guessed": guessed | flags(cells, "guessed"),
            "crawled": crawled,
            "embedded": np.array([bool(row.part) for row in source], dtype=bool),
            "ahead": ahead_of_crawl(times, crawled, spec),
            "id_lost": np.array(lost, dtype=bool) | np.array([not one for one in ids], dtype=bool),
            "generic": np.full(len(cells), cells.layout.name == "generic"),
        }
    )


def row_id(source: str) -> str:
    """Return an id for a row that has none."""
    return "row-" + sha256(source.encode("utf-8", "replace")).hexdigest()[:16]


def _ids(cells: Cells) -> tuple[list[str], list[bool]]:
    """Ids and which are lost; addresses are looked into only where an id is."""
    ids, lost = clean_ids(cells["id"])
    return clean_ids(cells["id"], _url_columns(cells)) if any(lost) else (ids, lost)


def _url_columns(cells: Cells) -> list[list[object]]:
    named = (name for name in cells.rows[0] if name.endswith("_url")) if cells.rows else ()
    return [
        pick_first(cells.rows, [column]) for column in dict.fromkeys([*cells.layout.columns("url"), *named])
    ]


def _platforms(cells: Cells) -> list[str]:
    known = cells.layout.platform
    if "platform" not in cells:
        return [known] * len(cells)
    named = by_value(cells.texts("platform"), lambda cell: platform_named(str(cell)))
    return [known if one == "unknown" else one for one in named]


def _kinds(cells: Cells, source: Sequence[Row], texts: Sequence[str], root: Sequence[str]) -> list[str]:
    if "kind" in cells:
        return [cell or "post" for cell in cells.texts("kind")]
    if cells.layout.kind != "post":
        return [cells.layout.kind] * len(cells)
    original = [cell.lower() for cell in cells.texts("original")]
    kinds = []
    for row, text, above, own in zip(source, texts, root, original, strict=True):
        if row.part == "comment":
            kinds.append("comment")
        elif above or (own in FALSE and own != "") or is_repost(text):
            kinds.append("repost")
        else:
            kinds.append("post")
    return kinds


def _regions(cells: Cells) -> list[str]:
    return by_value(cells.cleaned("region"), region_name)


def region_name(cell: object) -> str:
    """Return a place without the words before it, empty where none is told."""
    place = _REGION_LEAD.sub("", str(cell))[:40]
    return "" if place == "无" else place


def _in_order(frames: Sequence[pd.DataFrame], first: int) -> pd.DataFrame:
    posts = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    posts = posts.sort_values("order", kind="stable", ignore_index=True)
    return posts.assign(order=posts["order"] + first)
