"""Files of invented posts in the layouts of the scrapers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

SEARCH = [
    "id",
    "bid",
    "user_id",
    "用户昵称",
    "微博正文",
    "头条文章url",
    "发布位置",
    "艾特用户",
    "话题",
    "转发数",
    "评论数",
    "点赞数",
    "发布时间",
    "发布工具",
    "微博图片url",
    "微博视频url",
    "retweet_id",
    "ip",
    "user_authentication",
    "会员类型",
    "会员等级",
]


def search_row(n: int, text: str, at: str = "2025-04-11 17:05", **cells: str) -> list[str]:
    """One row of weibo-search."""
    row = dict.fromkeys(SEARCH, "")
    row |= {"id": str(5150000000000000 + n), "bid": f"P{n}", "user_id": str(1000 + n), "用户昵称": f"网友{n}"}
    row |= {"微博正文": text, "转发数": "0", "评论数": "1", "点赞数": "2", "发布时间": at, **cells}
    return [row[name] for name in SEARCH]


def csv_text(header: Sequence[str], rows: Sequence[Sequence[str]], *, mark: str = "\ufeff") -> str:
    """A CSV as Python writes it."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    return mark + out.getvalue()


def media_row(n: int, text: str, at: str = "2025-04-11 17:05:00+08:00", **cells: object) -> dict[str, object]:
    """One MediaCrawler Weibo post of the newer era; its epoch is eight hours ahead, as in real files."""
    row: dict[str, object] = {
        "note_id": str(5150000000000000 + n),
        "content": text,
        "create_time": 1744391100,
        "create_date_time": at,
        "liked_count": "3",
        "comments_count": "1.2万",
        "shared_count": "",
        "last_modify_ts": 1744370000000,
        "note_url": f"https://m.weibo.cn/detail/{5150000000000000 + n}",
        "creator_hash": f"c{n:015d}",
        "nickname": "某***友",
        "source_keyword": "饿了么崩了",
    }
    return row | cells


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write text, bytes or JSON lines to a new file."""

    def write(name: str, content: str | bytes | Sequence[object]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_bytes(content.encode("utf-8"))
        else:
            lines = [json.dumps(item, ensure_ascii=False) for item in content]
            path.write_bytes(("\n".join(lines) + "\n").encode("utf-8"))
        return path

    return write


@pytest.fixture
def search() -> Callable[..., str]:
    """Make a weibo-search CSV out of texts."""

    def make(*texts: str, at: str = "2025-04-11 17:05") -> str:
        return csv_text(SEARCH, [search_row(n, text, at) for n, text in enumerate(texts)])

    return make


@pytest.fixture
def row_of() -> Callable[..., list[str]]:
    """Make one row of weibo-search."""
    return search_row


@pytest.fixture
def post_of() -> Callable[..., dict[str, object]]:
    """Make one MediaCrawler post."""
    return media_row


@pytest.fixture
def as_csv() -> Callable[..., str]:
    """Make a CSV of any header and rows."""
    return csv_text


@pytest.fixture
def header() -> list[str]:
    """The newest header of weibo-search."""
    return list(SEARCH)
