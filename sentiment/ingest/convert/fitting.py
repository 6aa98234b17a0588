"""The names of a row's cells: by which layout a row goes, and rows newer than their header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, cast

from sentiment.ingest.formats import Layout
from sentiment.ingest.formats.detect import known_layout
from sentiment.ingest.tables.row import Row

_PERSONAL: Final = frozenset(
    {"user_id", "avatar", "gender", "profile_url", "ip_location", "sec_uid", "short_user_id",
    "user_unique_id",
     "user_signature", "user_link", "user_avatar", "user_url_token", "sex", "sign"}
)  # fmt: skip
"""Columns that MediaCrawler stopped writing in 2026-07, when it began to write ``creator_hash``."""


def by_layout(
    rows: Sequence[Row], sound: Sequence[int], layout: Layout, *, mixed: bool
) -> Iterator[tuple[Layout, list[int]]]:
    """Give each layout that sound rows go by, the table's first, and the places of its rows."""
    groups: dict[str, tuple[Layout, list[int]]] = {layout.name: (layout, [])}
    for n in sound:
        own = layout if not mixed else own_layout(tuple(cast("dict[str, object]", rows[n].values)), layout)
        groups.setdefault(own.name, (own, []))[1].append(n)
    yield from groups.values()


@lru_cache(maxsize=4096)
def _known(columns: tuple[str, ...]) -> Layout | None:
    return known_layout(frozenset(columns))


def own_layout(columns: tuple[str, ...], default: Layout) -> Layout:
    """Return the known layout of a JSON row with these columns, else the table's."""
    return default if len(columns) > 200 else _known(columns) or default


def fit(row: Row, columns: Sequence[str], layout: Layout) -> dict[str, object]:
    """Return a row's cells under the names they were written for, where the header is older than the row."""
    values = cast("dict[str, object]", row.values)
    if not columns or row.part or (len(values) == len(columns) and not row.extra):
        return values
    cells = [*values.values(), *row.extra]
    if len(layout.order) >= len(cells) > len(columns) and tuple(columns) == layout.order[: len(columns)]:
        return dict(zip(layout.order, cells, strict=False))
    if layout.name.startswith("mediacrawler.") and "creator_hash" not in columns:
        newer = _anonymised(tuple(columns))
        if len(newer) == len(cells):
            return dict(zip(newer, cells, strict=True))
    return values


@lru_cache(maxsize=64)
def _anonymised(columns: tuple[str, ...]) -> tuple[str, ...]:
    kept = [name for name in columns if name not in _PERSONAL]
    at = next((n for n, name in enumerate(kept) if name in ("nickname", "user_nickname")), len(kept))
    return (*kept[:at], "creator_hash", *kept[at:])
