"""Rows of one layout to posts: column by column, chunk by chunk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, cast

import numpy as np
import pandas as pd

from sentiment.ingest.accounts import account_kinds, hash_authors, hijacks, verified_marks
from sentiment.ingest.formats import Layout, pick_first
from sentiment.ingest.formats.detect import known_layout
from sentiment.ingest.formats.generic import platform_named
from sentiment.ingest.tables.row import Row, raw_text
from sentiment.ingest.values import (
    Times,
    by_value,
    clean_ids,
    cut_marker,
    html_to_text,
    parse_counts,
    parse_times,
    plain,
    shanghai,
    undo_guard,
)
from sentiment.schema import ACCOUNT_KINDS, TIME, ZONE

_REGION_LEAD: Final = re.compile(r"\A(?:发布于|来自|IP属地|ip属地)[:：\s]{0,3}")
FALSE: Final = frozenset({"", "false", "0", "否", "no", "none"})
_REPOST: Final = re.compile(r"//\s?@|\A转发微博\s?\Z|\A(?:轉發微博|Repost)\s?\Z")
LOOKED_AT: Final = 2000
"""Characters of a text in which the words of another are looked for."""
_QUOTED: Final = re.compile(r"\n?原始用户[:：]\s{0,3}([^\n]{1,60})\n转发内容[:：]\s{0,3}")
_PERSONAL: Final = frozenset(
    {"user_id", "avatar", "gender", "profile_url", "ip_location", "sec_uid", "short_user_id",
    "user_unique_id",
     "user_signature", "user_link", "user_avatar", "user_url_token", "sex", "sign"}
)  # fmt: skip
"""Columns that MediaCrawler stopped writing in 2026-07, when it began to write ``creator_hash``."""
_WEIBO_EPOCH: Final = 515_483_463
"""Seconds to add to the upper bits of a Weibo id: ids carry their time."""
_A_DAY: Final = pd.Timedelta(days=1)
_EIGHT_HOURS: Final = pd.Timedelta(hours=8)
_BROKEN_SHARE: Final = 0.2
"""Share of U+FFFD in a text from which it is unreadable."""
NO_TEXT, BROKEN_TEXT, HALF_ROW, WIDE_ROW = (
    "no text", "unreadable characters", "half row", "more cells than the header",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spec:
    """What converting needs to know beside the rows."""

    salt: str = ""
    clock: pd.Timestamp | None = None
    file_time: pd.Timestamp | None = None
    keyword: str = ""
    max_text: int = 10_000
    compiled: bool = False
    """Whether compiled loops do what they can."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A chunk's posts and rejected rows, each with the row's ``order`` in the run."""

    posts: pd.DataFrame
    rejected: pd.DataFrame


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
    for group_layout, places in _by_layout(rows, sound, layout, mixed=mixed and not columns):
        source = [rows[n] for n in places]
        group = [fit(row, columns, group_layout) for row in source]
        frame = _posts(Cells(group, group_layout), source, spec)
        frame["order"] = np.asarray(places, dtype=np.int64)
        reasons = _reasons(frame, group, source, group_layout, columns)
        bad.extend((places[k], rows[places[k]], reason) for k, reason in reasons.items())
        posts.append(frame.drop(index=list(reasons)))
    return Converted(_in_order(posts, first), rejected_rows(bad, first))


def _by_layout(
    rows: Sequence[Row], sound: Sequence[int], layout: Layout, *, mixed: bool
) -> Iterator[tuple[Layout, list[int]]]:
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


class Cells:
    """The cells of a group of rows by our names of the columns; each column is picked once."""

    def __init__(self, rows: Sequence[Mapping[str, object]], layout: Layout) -> None:
        self.rows = rows
        self.layout = layout
        self._picked: dict[str, list[object]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, name: str) -> bool:
        return name in self.layout.fields

    def __getitem__(self, name: str) -> list[object]:
        """The cells that feed one of our fields, None where all its columns are empty."""
        if name not in self._picked:
            self._picked[name] = pick_first(self.rows, self.layout.columns(name))
        return self._picked[name]

    def texts(self, name: str) -> list[str]:
        """The cells of a field as text."""
        return by_value(self[name], plain) if name in self else [""] * len(self)

    def cleaned(self, name: str) -> list[str]:
        """The cells of a field as short text without markup."""
        return by_value(self[name], _short_text) if name in self else [""] * len(self)


def _short_text(cell: object) -> str:
    return "" if cell is None else html_to_text(_unguarded(cell))[:300]


def _unguarded(cell: object) -> object:
    return undo_guard(cell) if isinstance(cell, str) else cell


def _posts(cells: Cells, source: Sequence[Row], spec: Spec) -> pd.DataFrame:
    names = [row.source for row in source]
    texts, cut = _texts(cells, spec.max_text)
    ids, lost = _ids(cells)
    root = clean_ids(cells["root"])[0]
    crawled = parse_times(cells["crawled"]).at
    times, guessed = _times(cells, ids, spec, crawled)
    platform = _platforms(cells)
    return pd.DataFrame(
        {
            "post_id": _text_column([one or row_id(name) for one, name in zip(ids, names, strict=True)]),
            "created_at": times,
            "text": _text_column(texts),
            **_accounts(cells, platform, spec.salt),
            "platform": _text_column(platform),
            "kind": _text_column(_kinds(cells, source, texts, root)),
            **{name: parse_counts(cells[name]) for name in ("reposts", "comments", "likes")},
            "region": _text_column(_regions(cells)),
            "root_id": _text_column(root),
            "keyword": _text_column([cell or spec.keyword for cell in cells.cleaned("keyword")]),
            "truncated": np.array(cut, dtype=bool) | _flags(cells, "cut"),
            "hijack": hijacks(texts, platform),
            "source": _text_column(names),
            "time_guessed": guessed | _flags(cells, "guessed"),
            "crawled": crawled,
            "embedded": np.array([bool(row.part) for row in source], dtype=bool),
            "ahead": ahead_of_crawl(times, crawled, spec),
            "id_lost": np.array(lost, dtype=bool) | np.array([not one for one in ids], dtype=bool),
            "generic": np.full(len(cells), cells.layout.name == "generic"),
        }
    )


def _text_column(values: Sequence[str]) -> pd.Series:
    return pd.Series(values, dtype="str")


def row_id(source: str) -> str:
    """Return an id for a row that has none."""
    return "row-" + sha256(source.encode("utf-8", "replace")).hexdigest()[:16]


def _ids(cells: Cells) -> tuple[list[str], list[bool]]:
    """Ids and which are lost; addresses are looked into only where an id is."""
    ids, lost = clean_ids(cells["id"])
    return clean_ids(cells["id"], _url_columns(cells)) if any(lost) else (ids, lost)


def _texts(cells: Cells, limit: int) -> tuple[list[str], list[bool]]:
    """Clean texts and whether each is cut; ``title+body`` is joined, a title that the body repeats is not."""
    spelled = cells.layout.fields.get("text", "")
    first, _, second = spelled.partition("+")
    bodies = [clean_text(cell) for cell in pick_first(cells.rows, (second or first).split("|"))]
    if second:
        titles = [clean_text(cell)[0] for cell in pick_first(cells.rows, first.split("|"))]
        bodies = [joined(title, *body) for title, body in zip(titles, bodies, strict=True)]
    return [text[:limit] for text, _ in bodies], [cut or len(text) > limit for text, cut in bodies]


def clean_text(cell: object) -> tuple[str, bool]:
    """Return a cell's text without markup, and whether the scraper cut it."""
    text, cut = cut_marker(html_to_text(_unguarded(cell)))
    if "转发内容" in text:
        text = _QUOTED.sub(r"//@\1:", text, count=1)
    return text, cut


def joined(title: str, body: str, cut: bool) -> tuple[str, bool]:
    """Return a title and a body as one text; a title that the body repeats is left out."""
    if not title or body.startswith(title.rstrip(".…")):
        return body or title, cut
    return (f"{title}\n{body}" if body else title), cut


def _times(cells: Cells, ids: Sequence[str], spec: Spec, crawled: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Post times, and which of them were read against the file's time or are only good to a day."""
    against, sure = clocks(crawled, spec)
    at = pd.Series(pd.NaT, index=range(len(cells)), dtype=TIME)
    guessed = np.zeros(len(cells), dtype=bool)
    for column in time_columns(cells.layout):
        missing = at.isna().to_numpy()
        if not missing.any():
            break
        read = parse_times(_time_cells(cells.rows, column), now=against)
        found = undo_clock_ahead(read, ids) if column == cells.layout.clock_ahead else read.at
        guessed |= missing & (read.coarse | (read.relative & ~sure))
        at = found if missing.all() else at.where(~missing, found)
    return shanghai(at), guessed & at.notna().to_numpy()


def time_columns(layout: Layout) -> list[str]:
    """Return the columns of times, best first; ``day+clock`` is one."""
    return [part for part in layout.fields.get("time", "").split("|") if part]


def _time_cells(rows: Sequence[Mapping[str, object]], column: str) -> list[object]:
    if "+" not in column:
        return pick_first(rows, [column])
    day, _, clock = column.partition("+")
    return [f"{plain(row.get(day)).split(' ')[0]} {plain(row.get(clock))}".strip() for row in rows]


def clocks(crawled: pd.Series, spec: Spec) -> tuple[list[object] | pd.Series | None, np.ndarray]:
    """Return for each row what a relative time is read against, and whether it is no mere file time."""
    given = spec.clock if spec.clock is not None else spec.file_time
    known = crawled.notna().to_numpy()
    if not known.any():
        clocks: list[object] | None = None if given is None else [given] * len(crawled)
        return clocks, np.full(len(crawled), given is not None and spec.clock is not None)
    filled = crawled if given is None else crawled.fillna(given)
    return filled.reset_index(drop=True), known | (spec.clock is not None)


def ahead_of_crawl(times: pd.Series, crawled: pd.Series, spec: Spec) -> np.ndarray:
    """Return which posts are from after they were crawled, more than a wrong time zone explains.

    A file's own time does not count: archives and version control set it to anything.
    """
    if spec.clock is None and crawled.isna().all():
        return np.zeros(len(times), dtype=bool)
    seen = crawled if spec.clock is None else crawled.fillna(spec.clock)
    return (times > seen + _A_DAY).to_numpy(dtype=bool)


def undo_clock_ahead(read: Times, ids: Sequence[str] | pd.Series) -> pd.Series:
    """Undo MediaCrawler's reading of Beijing clock time as UTC, unless the post ids say it was not done."""
    told = pd.to_numeric(
        pd.Series(ids, dtype="str").where(lambda s: s.str.fullmatch(r"[0-9]{16}")), errors="coerce"
    )
    seconds = (told // 2**22) + _WEIBO_EPOCH
    by_id = pd.to_datetime(seconds, unit="s", utc=True).dt.tz_convert(ZONE)
    ahead = (read.at - by_id).dropna()
    right = len(ahead) > 0 and abs(ahead.median()) < pd.Timedelta(hours=2)
    return read.at if right else read.at - _EIGHT_HOURS


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


def _accounts(cells: Cells, platform: Sequence[str], salt: str) -> dict[str, pd.Series]:
    names = cells.cleaned("nickname")
    if "hashed" in cells:
        return _own_accounts(cells, names)
    users = [None if isinstance(user, dict | list) else user for user in cells["author"]]
    known = [user is not None for user in users]
    kinds = account_kinds(names, verified_marks(cells["verified"]), cells.texts("region"), known)
    authors = [""] * len(cells)
    for site in dict.fromkeys(platform):
        places = [n for n, name in enumerate(platform) if name == site]
        hashed = hash_authors(
            [users[n] for n in places], [names[n] for n in places], platform=site, salt=salt
        )
        for n, value in zip(places, hashed, strict=True):
            authors[n] = value
    shown = [name if kind in ("official", "media") else "" for name, kind in zip(names, kinds, strict=True)]
    return _account_columns(authors, kinds, shown)


def _own_accounts(cells: Cells, names: list[str]) -> dict[str, pd.Series]:
    """Our own output read again: authors are hashed already."""
    kinds = [kind if kind in ACCOUNT_KINDS else "unknown" for kind in cells.texts("account_kind")]
    return _account_columns(cells.texts("hashed"), kinds, names)


def _account_columns(authors: list[str], kinds: list[str], names: list[str]) -> dict[str, pd.Series]:
    columns = {"author": authors, "account_kind": kinds, "account_name": names}
    return {name: _text_column(values) for name, values in columns.items()}


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


def is_repost(text: str) -> bool:
    """Tell whether a text is passed on: it carries another's words or says so."""
    return ("//" in text or len(text) < 12) and _REPOST.search(text[:LOOKED_AT]) is not None


def _regions(cells: Cells) -> list[str]:
    return by_value(cells.cleaned("region"), region_name)


def region_name(cell: object) -> str:
    """Return a place without the words before it, empty where none is told."""
    place = _REGION_LEAD.sub("", str(cell))[:40]
    return "" if place == "无" else place


def _flags(cells: Cells, name: str) -> np.ndarray:
    if name not in cells:
        return np.zeros(len(cells), dtype=bool)
    return np.array([cell.strip().lower() not in FALSE for cell in cells.texts(name)], dtype=bool)


def _reasons(
    frame: pd.DataFrame,
    values: Sequence[dict[str, object]],
    rows: Sequence[Row],
    layout: Layout,
    columns: Sequence[str],
) -> dict[int, str]:
    """Why rows are no posts, by their place in the frame."""
    reasons = text_reasons(frame["text"])
    if not columns or not layout.fields.get("time"):
        return reasons
    untimed = frame["created_at"].isna().to_numpy()
    for n in np.flatnonzero(untimed).tolist():
        reason = shape_reason(rows[n], values[n], columns)
        if reason:
            reasons[n] = reason
    return reasons


def text_reasons(texts: pd.Series) -> dict[int, str]:
    """Return why texts are none, by their place."""
    reasons = dict.fromkeys(np.flatnonzero(texts.str.strip().eq("").to_numpy()).tolist(), NO_TEXT)
    broken = texts.str.count("\ufffd") > texts.str.len() * _BROKEN_SHARE
    reasons.update(dict.fromkeys(np.flatnonzero(broken.to_numpy()).tolist(), BROKEN_TEXT))
    return reasons


def shape_reason(row: Row, fitted: Mapping[str, object], columns: Sequence[str]) -> str:
    """Return what is wrong with the width of a row without a time, empty if nothing."""
    if row.part:
        return ""
    if row.extra and any(cell.strip() for cell in row.extra):
        return WIDE_ROW
    short = len(fitted) < len(columns) and len(cast("dict[str, object]", row.values)) < len(columns)
    return HALF_ROW if short else ""


def _in_order(frames: Sequence[pd.DataFrame], first: int) -> pd.DataFrame:
    posts = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    posts = posts.sort_values("order", kind="stable", ignore_index=True)
    return posts.assign(order=posts["order"] + first)


def rejected_rows(bad: Sequence[tuple[int, Row, str]], first: int) -> pd.DataFrame:
    """Return the frame of rejected rows; each comes with its place and the reason."""
    found = sorted(bad, key=lambda item: item[0])
    return pd.DataFrame(
        {
            "source": pd.Series([row.source for _, row, _ in found], dtype="str"),
            "reason": pd.Series([reason for _, _, reason in found], dtype="str"),
            "raw": pd.Series([plain(raw_text(row)) for _, row, _ in found], dtype="str"),
            "order": pd.Series([n + first for n, _, _ in found], dtype="int64"),
        }
    )
