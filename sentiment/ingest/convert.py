"""Rows of one layout to posts: column by column, chunk by chunk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, cast

import numpy as np
import pandas as pd

from sentiment.ingest.accounts import account_kinds, hash_authors, hijacks, verified_marks
from sentiment.ingest.formats import Layout, pick, pick_first
from sentiment.ingest.formats.detect import known_layout
from sentiment.ingest.formats.generic import platform_named
from sentiment.ingest.tables.row import Row, raw_text
from sentiment.ingest.values import (
    Times,
    clean_ids,
    cut_marker,
    html_to_text,
    is_missing,
    parse_counts,
    parse_times,
    plain,
    shanghai,
    undo_guard,
)
from sentiment.schema import ACCOUNT_KINDS, TIME, ZONE

_REGION_LEAD: Final = re.compile(r"\A(?:发布于|来自|IP属地|ip属地)[:：\s]{0,3}")
_FALSE: Final = frozenset({"", "false", "0", "否", "no", "none"})
_REPOST: Final = re.compile(r"//\s?@|\A转发微博\s?\Z|\A(?:轉發微博|Repost)\s?\Z")
_QUOTED: Final = re.compile(r"\n?原始用户[:：]\s{0,3}([^\n]{1,60})\n转发内容[:：]\s{0,3}")
_PERSONAL: Final = frozenset(
    {"user_id", "avatar", "gender", "profile_url", "ip_location", "sec_uid", "short_user_id",
    "user_unique_id",
     "user_signature", "user_link", "user_avatar", "user_url_token", "sex", "sign"}
)  # fmt: skip
"""Columns that MediaCrawler stopped writing in 2026-07, when it began to write ``creator_hash``."""
_WEIBO_EPOCH: Final = 515_483_463
"""Seconds to add to the upper bits of a Weibo id: ids carry their time."""
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
        ``id_lost``, ``generic``, ``order``.
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
        group = [_fit(rows[n], columns, group_layout) for n in places]
        frame = _posts(group, [rows[n] for n in places], group_layout, spec)
        frame["order"] = np.asarray(places, dtype=np.int64)
        reasons = _reasons(frame, group, [rows[n] for n in places], group_layout, columns)
        bad.extend((places[k], rows[places[k]], reason) for k, reason in reasons.items())
        posts.append(frame.drop(index=list(reasons)))
    return Converted(_in_order(posts, first), _rejected(bad, first))


def _by_layout(
    rows: Sequence[Row], sound: Sequence[int], layout: Layout, *, mixed: bool
) -> Iterator[tuple[Layout, list[int]]]:
    groups: dict[str, tuple[Layout, list[int]]] = {layout.name: (layout, [])}
    for n in sound:
        own = layout if not mixed else _own_layout(tuple(cast("dict[str, object]", rows[n].values)), layout)
        groups.setdefault(own.name, (own, []))[1].append(n)
    yield from groups.values()


@lru_cache(maxsize=4096)
def _known(columns: tuple[str, ...]) -> Layout | None:
    return known_layout(frozenset(columns))


def _own_layout(columns: tuple[str, ...], default: Layout) -> Layout:
    return default if len(columns) > 200 else _known(columns) or default


def _fit(row: Row, columns: Sequence[str], layout: Layout) -> dict[str, object]:
    """A row's cells under the names they were written for, where the header is older than the row."""
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


def _posts(
    rows: Sequence[dict[str, object]], source: Sequence[Row], layout: Layout, spec: Spec
) -> pd.DataFrame:
    names = [row.source for row in source]
    texts, cut = _texts(rows, layout, spec.max_text)
    ids, lost = clean_ids(pick_first(rows, layout.columns("id")), _url_columns(rows, layout))
    root = clean_ids(pick_first(rows, layout.columns("root")))[0]
    crawled = parse_times(pick_first(rows, layout.columns("crawled"))).at
    times, guessed = _times(rows, ids, layout, spec, crawled)
    platform = _platforms(rows, layout)
    frame = pd.DataFrame(
        {
            "post_id": pd.Series(
                [one or _row_id(name) for one, name in zip(ids, names, strict=True)], dtype="str"
            ),
            "created_at": times,
            "text": pd.Series(texts, dtype="str"),
            **_accounts(rows, layout, platform, spec.salt),
            "platform": pd.Series(platform, dtype="str"),
            "kind": pd.Series(_kinds(rows, source, texts, root, layout), dtype="str"),
            **{
                name: parse_counts(pick_first(rows, layout.columns(name)))
                for name in ("reposts", "comments", "likes")
            },
            "region": pd.Series(_regions(rows, layout), dtype="str"),
            "root_id": pd.Series(root, dtype="str"),
            "keyword": pd.Series(_keywords(rows, layout, spec.keyword), dtype="str"),
            "truncated": pd.Series(cut, dtype="bool") | _flags(rows, layout, "cut"),
            "hijack": hijacks(texts, platform),
            "source": pd.Series(names, dtype="str"),
            "time_guessed": pd.Series(guessed, dtype="bool") | _flags(rows, layout, "guessed"),
            "crawled": crawled,
            "embedded": pd.Series([bool(row.part) for row in source], dtype="bool"),
            "id_lost": pd.Series(lost, dtype="bool") | pd.Series([not one for one in ids], dtype="bool"),
        }
    )
    return frame.assign(generic=layout.name == "generic")


def _row_id(source: str) -> str:
    return "row-" + sha256(source.encode("utf-8", "replace")).hexdigest()[:16]


def _cells(rows: Sequence[dict[str, object]], layout: Layout, name: str) -> list[str]:
    return [html_to_text(undo_guard(plain(cell)))[:300] for cell in pick_first(rows, layout.columns(name))]


def _texts(rows: Sequence[dict[str, object]], layout: Layout, limit: int) -> tuple[list[str], list[bool]]:
    """Clean texts and whether each is cut; ``title+body`` is joined, a title that the body repeats is not."""
    spelled = layout.fields.get("text", "")
    first, _, second = spelled.partition("+")
    bodies = [_clean(cell) for cell in pick_first(rows, (second or first).split("|"))]
    if second:
        titles = [_clean(cell)[0] for cell in pick_first(rows, first.split("|"))]
        bodies = [_joined(title, *body) for title, body in zip(titles, bodies, strict=True)]
    return [text[:limit] for text, _ in bodies], [cut or len(text) > limit for text, cut in bodies]


def _clean(cell: object) -> tuple[str, bool]:
    text, cut = cut_marker(html_to_text(undo_guard(plain(cell))))
    if "转发内容" in text:
        text = _QUOTED.sub(r"//@\1:", text, count=1)
    return text, cut


def _joined(title: str, body: str, cut: bool) -> tuple[str, bool]:
    if not title or body.startswith(title.rstrip(".…")):
        return body or title, cut
    return (f"{title}\n{body}" if body else title), cut


def _times(
    rows: Sequence[dict[str, object]], ids: Sequence[str], layout: Layout, spec: Spec, crawled: pd.Series
) -> tuple[pd.Series, np.ndarray]:
    """Post times, and which of them were read against the file's time or are only good to a day."""
    against, sure = _clocks(crawled, spec)
    at = pd.Series(pd.NaT, index=range(len(rows)), dtype=TIME)
    guessed = np.zeros(len(rows), dtype=bool)
    for column in _time_columns(layout):
        missing = at.isna().to_numpy()
        if not missing.any():
            break
        read = parse_times(_time_cells(rows, column), now=against)
        found = _not_ahead(read, ids) if column == layout.clock_ahead else read.at
        guessed |= missing & (read.coarse | (read.relative & ~sure))
        at = at.where(~missing, found)
    return shanghai(at), guessed & at.notna().to_numpy()


def _time_columns(layout: Layout) -> list[str]:
    return [part for part in layout.fields.get("time", "").split("|") if part]


def _time_cells(rows: Sequence[dict[str, object]], column: str) -> list[object]:
    if "+" not in column:
        return [pick(row, column) for row in rows]
    day, _, clock = column.partition("+")
    return [f"{plain(row.get(day)).split(' ')[0]} {plain(row.get(clock))}".strip() for row in rows]


def _clocks(crawled: pd.Series, spec: Spec) -> tuple[list[object] | None, np.ndarray]:
    """For each row what a relative time is read against, and whether that is better than the file's time."""
    given = spec.clock if spec.clock is not None else spec.file_time
    if given is None and crawled.isna().all():
        return None, np.zeros(len(crawled), dtype=bool)
    known = crawled.notna().to_numpy()
    filled = crawled if given is None else crawled.fillna(given)
    return list(filled), known | (spec.clock is not None)


def _not_ahead(read: Times, ids: Sequence[str]) -> pd.Series:
    """Undo MediaCrawler's reading of Beijing clock time as UTC, unless the post ids say it was not done."""
    told = pd.to_numeric(
        pd.Series(ids, dtype="str").where(lambda s: s.str.fullmatch(r"[0-9]{16}")), errors="coerce"
    )
    seconds = (told // 2**22) + _WEIBO_EPOCH
    by_id = pd.to_datetime(seconds, unit="s", utc=True).dt.tz_convert(ZONE)
    ahead = (read.at - by_id).dropna()
    right = len(ahead) > 0 and abs(ahead.median()) < pd.Timedelta(hours=2)
    return read.at if right else read.at - _EIGHT_HOURS


def _url_columns(rows: Sequence[dict[str, object]], layout: Layout) -> list[list[object]]:
    columns = [*layout.columns("url"), *(name for name in rows[0] if name.endswith("_url"))] if rows else []
    return [[pick(row, column) for row in rows] for column in dict.fromkeys(columns)]


def _platforms(rows: Sequence[dict[str, object]], layout: Layout) -> list[str]:
    if "platform" not in layout.fields:
        return [layout.platform] * len(rows)
    cells = [plain(cell) for cell in pick_first(rows, layout.columns("platform"))]
    named = {cell: platform_named(cell) for cell in dict.fromkeys(cells)}
    return [layout.platform if named[cell] == "unknown" else named[cell] for cell in cells]


def _accounts(
    rows: Sequence[dict[str, object]], layout: Layout, platform: Sequence[str], salt: str
) -> dict[str, pd.Series]:
    names = _cells(rows, layout, "nickname")
    if "hashed" in layout.fields:
        return _own_accounts(rows, layout, names)
    users = pick_first(rows, layout.columns("author"))
    users = [None if isinstance(user, dict | list) else user for user in users]
    regions = [plain(cell) for cell in pick_first(rows, layout.columns("region"))]
    marks = verified_marks(pick_first(rows, layout.columns("verified")))
    known = [not is_missing(user) for user in users]
    kinds = account_kinds(names, marks, regions, known)
    authors = [""] * len(rows)
    for site in dict.fromkeys(platform):
        places = [n for n, name in enumerate(platform) if name == site]
        hashed = hash_authors(
            [users[n] for n in places], [names[n] for n in places], platform=site, salt=salt
        )
        for n, value in zip(places, hashed, strict=True):
            authors[n] = value
    shown = [name if kind in ("official", "media") else "" for name, kind in zip(names, kinds, strict=True)]
    return _account_columns(authors, kinds, shown)


def _own_accounts(
    rows: Sequence[dict[str, object]], layout: Layout, names: list[str]
) -> dict[str, pd.Series]:
    """Our own output read again: authors are hashed already."""
    kinds = [plain(cell) for cell in pick_first(rows, layout.columns("account_kind"))]
    kinds = [kind if kind in ACCOUNT_KINDS else "unknown" for kind in kinds]
    return _account_columns(
        [plain(cell) for cell in pick_first(rows, layout.columns("hashed"))], kinds, names
    )


def _account_columns(authors: list[str], kinds: list[str], names: list[str]) -> dict[str, pd.Series]:
    columns = {"author": authors, "account_kind": kinds, "account_name": names}
    return {name: pd.Series(values, dtype="str") for name, values in columns.items()}


def _kinds(
    rows: Sequence[dict[str, object]],
    source: Sequence[Row],
    texts: Sequence[str],
    root: Sequence[str],
    layout: Layout,
) -> list[str]:
    if "kind" in layout.fields:
        return [plain(cell) or "post" for cell in pick_first(rows, layout.columns("kind"))]
    if layout.kind != "post":
        return [layout.kind] * len(rows)
    original = [plain(cell).lower() for cell in pick_first(rows, layout.columns("original"))]
    kinds = []
    for row, text, above, own in zip(source, texts, root, original, strict=True):
        if row.part == "comment":
            kinds.append("comment")
        elif above or (own in _FALSE and own != "") or _REPOST.search(text[:2000]):
            kinds.append("repost")
        else:
            kinds.append("post")
    return kinds


def _regions(rows: Sequence[dict[str, object]], layout: Layout) -> list[str]:
    cells = _cells(rows, layout, "region")
    cleaned = {cell: _REGION_LEAD.sub("", cell)[:40] for cell in dict.fromkeys(cells)}
    return ["" if cleaned[cell] == "无" else cleaned[cell] for cell in cells]


def _keywords(rows: Sequence[dict[str, object]], layout: Layout, keyword: str) -> list[str]:
    return [cell or keyword for cell in _cells(rows, layout, "keyword")]


def _flags(rows: Sequence[dict[str, object]], layout: Layout, name: str) -> pd.Series:
    cells = [plain(cell).strip().lower() not in _FALSE for cell in pick_first(rows, layout.columns(name))]
    return pd.Series(cells, dtype="bool")


def _reasons(
    frame: pd.DataFrame,
    values: Sequence[dict[str, object]],
    rows: Sequence[Row],
    layout: Layout,
    columns: Sequence[str],
) -> dict[int, str]:
    """Why rows are no posts, by their place in the frame."""
    texts = frame["text"]
    reasons = dict.fromkeys(np.flatnonzero(texts.str.strip().eq("").to_numpy()).tolist(), NO_TEXT)
    broken = texts.str.count("\ufffd") > texts.str.len() * _BROKEN_SHARE
    reasons.update(dict.fromkeys(np.flatnonzero(broken.to_numpy()).tolist(), BROKEN_TEXT))
    if not columns or not layout.fields.get("time"):
        return reasons
    untimed = frame["created_at"].isna().to_numpy()
    for n in np.flatnonzero(untimed).tolist():
        if rows[n].part:
            continue
        if rows[n].extra and any(cell.strip() for cell in rows[n].extra):
            reasons[n] = WIDE_ROW
        elif len(values[n]) < len(columns) and len(cast("dict[str, object]", rows[n].values)) < len(columns):
            reasons[n] = HALF_ROW
    return reasons


def _in_order(frames: Sequence[pd.DataFrame], first: int) -> pd.DataFrame:
    posts = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    posts = posts.sort_values("order", kind="stable", ignore_index=True)
    return posts.assign(order=posts["order"] + first)


def _rejected(bad: Sequence[tuple[int, Row, str]], first: int) -> pd.DataFrame:
    found = sorted(bad, key=lambda item: item[0])
    return pd.DataFrame(
        {
            "source": pd.Series([row.source for _, row, _ in found], dtype="str"),
            "reason": pd.Series([reason for _, _, reason in found], dtype="str"),
            "raw": pd.Series([plain(raw_text(row)) for _, row, _ in found], dtype="str"),
            "order": pd.Series([n + first for n, _, _ in found], dtype="int64"),
        }
    )
