"""A store in the middle of the sample's outage, hostile posts in it, and visitors that ask for it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from starlette.testclient import TestClient

from sentiment.ingest import Ingested
from sentiment.serve.app import make_app
from sentiment.serve.looks import ServeSettings
from sentiment.store import Store, open_store
from sentiment.watch import watch
from sentiment.watch.settings import watch_from

NOW = datetime.fromisoformat("2026-03-12T12:50:30+08:00")
TOKEN = "planted-token-0123456789"
HOSTILE = (
    "美团又崩了<script>document.title='owned'</script>，谁来管管",
    "美团打不开<img src=x onerror=document.title='owned'>气死我了，打我电话13912345678",
    "美团付不了款\"><svg onload=document.title='owned'>，邮箱a.b@c.example，退钱",
    "</main></body>{{ 7*7 }}{% raw %}美团垃圾，订单没了",
)


@pytest.fixture(scope="session")
def planted(sample: Ingested, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a store that a watch has filled up to :data:`NOW`."""
    home = tmp_path_factory.mktemp("planted")
    posts = sample.posts[sample.posts["created_at"] < NOW]
    table = pd.DataFrame(
        {
            "id": posts["post_id"],
            "content": posts["text"],
            "created_at": posts["created_at"].dt.strftime("%Y-%m-%d %H:%M:%S"),
            "user": posts["author"],
            "likes": 0,
        }
    )
    bad = pd.DataFrame(
        {
            "id": [f"52756999{n:08d}" for n in range(len(HOSTILE))],
            "content": HOSTILE,
            "created_at": "2026-03-12 12:49:00",
            "user": [f"bad{n}" for n in range(len(HOSTILE))],
            "likes": 1_000_000,  # so that they are chosen to be shown
        }
    )
    (home / "in").mkdir()
    pd.concat([table, bad]).to_csv(home / "in" / "posts.csv", index=False)
    told = {"folders": ["in"], "store": "store", "settle_seconds": 0.0}
    watch(watch_from({"watch": told}, beside=home), once=True)
    return home / "store"


@pytest.fixture
def folder(planted: Path, tmp_path: Path) -> Path:
    """A copy of the store that a test may change, with a report that a watch might have written."""
    store = tmp_path / "store"
    shutil.copytree(planted, store)
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.html").write_text("<h1>简报</h1>", encoding="utf-8")
    (tmp_path / "report" / "secret.txt").write_text("kept", encoding="utf-8")
    health = {"at": NOW.isoformat(), "state": "running", "report": str(tmp_path / "report"), "error": None}
    (store / "health.json").write_text(json.dumps(health), encoding="utf-8")
    return store


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with open_store(folder) as opened:
        yield opened


@pytest.fixture
def visit(store: Store) -> Callable[..., TestClient]:
    """A visitor of the server; settings as given."""

    def make(**settings: Any) -> TestClient:  # noqa: ANN401 - fields of ServeSettings
        app = make_app(store, ServeSettings(**settings), clock=lambda: NOW)
        return TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False)

    return make


def form_token(page: str) -> str:
    """Return the token that the forms of a page carry."""
    found = re.search(r'name="form" value="([0-9a-f]{64})"', page)
    assert found
    return found.group(1)
