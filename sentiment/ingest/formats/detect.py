"""Name the layout of a table from its columns and its first rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sentiment.errors import ConfigError, unknown
from sentiment.ingest.formats.generic import guess_layout
from sentiment.ingest.formats.known import LAYOUTS
from sentiment.ingest.formats.layout import Layout, pick_first
from sentiment.ingest.values import is_missing

NOT_POSTS: Final = "not posts"


@dataclass(frozen=True, slots=True)
class Detection:
    """The layout of a table (None: it holds no posts) and why."""

    layout: Layout | None
    reason: str


@lru_cache(maxsize=4096)
def known_layout(columns: frozenset[str]) -> Layout | None:
    """Return the known layout that fits these columns best, if any.

    >>> known_layout(frozenset({"note_id", "content", "create_date_time", "shared_count"})).name
    'mediacrawler.weibo.contents'
    """
    fitting = [layout for layout in LAYOUTS if layout.matches(columns)]
    return max(fitting, key=lambda layout: len(layout.signature), default=None)


def layout_named(name: str) -> Layout:
    """Return the layout of that name.

    Raises:
        ConfigError: naming the nearest known layout.

    >>> layout_named("weibo-search").platform
    'weibo'
    """
    found = next((layout for layout in LAYOUTS if layout.name == name), None)
    if found is None:
        raise ConfigError(unknown("format", name, {layout.name for layout in LAYOUTS} | {"generic"}))
    return found


def detect(
    rows: Sequence[Mapping[str, object]], columns: Sequence[str], *, format: str | None = None
) -> Detection:
    """Name the layout of a table.

    Args:
        rows: The first rows (some hundred are enough).
        columns: All column names, in order.
        format: A layout's name, ``generic``, or None to find out.

    Raises:
        ConfigError: if ``format`` is no known layout.

    >>> detect([{"内容": "又崩了"}], ["内容"]).reason
    "text in column '内容'"
    """
    if format not in (None, "generic"):
        return _as_asked(rows, columns, layout_named(format))
    layout = known_layout(frozenset(columns)) if format is None else None
    if layout is not None:
        named = ", ".join(name for name in layout.signature if name[0] != "!")
        return Detection(layout, f"columns {named}")
    layout = guess_layout(rows, columns)
    if layout is None:
        return Detection(
            None, f"no text column among: {', '.join(str(name)[:30] for name in columns[:12]) or 'none'}"
        )
    parts = " + ".join(repr(part) for part in layout.fields["text"].split("+"))
    return Detection(layout, f"text in column {parts}")


def _as_asked(rows: Sequence[Mapping[str, object]], columns: Sequence[str], layout: Layout) -> Detection:
    present = {column.partition(".")[0] for column in layout.columns("text")} & set(columns)
    if not present and not _has_text(rows, layout):
        wanted = ", ".join(layout.columns("text"))
        return Detection(None, f"format {layout.name} was asked for, but there is no column {wanted}")
    return Detection(layout, "asked for")


def _has_text(rows: Sequence[Mapping[str, object]], layout: Layout) -> bool:
    return any(not is_missing(cell) for cell in pick_first(rows, layout.columns("text")))
