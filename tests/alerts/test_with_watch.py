"""A watch over the sample's outage tells a robot of it: once, also when it runs again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sentiment.alerts import sender
from sentiment.ingest import Ingested
from sentiment.store import open_store
from sentiment.watch import watch
from sentiment.watch.settings import watch_from
from tests.alerts.robots import SECRET, Robots

CHANNEL = {"name": "oncall", "kind": "dingtalk", "url_env": "URL", "secret_env": "SECRET"}
CUT = "2026-03-12 12:30"


def write(posts: pd.DataFrame, path: Path) -> None:
    """Write posts as a scraper would."""
    path.parent.mkdir(exist_ok=True)
    times = posts["created_at"].dt.strftime("%Y-%m-%d %H:%M:%S")
    columns = {"id": posts["post_id"], "content": posts["text"], "created_at": times, "user": posts["author"]}
    pd.DataFrame(columns).to_csv(path, index=False)


def test_an_outage_is_told_from_its_alarm_to_its_end(sample: Ingested, tmp_path: Path, robots: Robots):
    told = {"folders": ["in"], "store": "store", "settle_seconds": 0.0, "resolve_minutes": 0}
    config = watch_from({"watch": told}, beside=tmp_path)
    env = {"URL": robots.url("dingtalk"), "SECRET": SECRET}
    posts = sample.posts.sort_values("created_at")
    early = posts["created_at"] < pd.Timestamp(CUT, tz="Asia/Shanghai")
    with sender({"channels": [CHANNEL], "cool_down_minutes": 0}, folder=tmp_path / "store", env=env) as send:
        write(posts[early], tmp_path / "in" / "a.csv")
        watch(config, once=True, send=send)
        watch(config, once=True, send=send)
        assert len(robots.texts) == 1
        assert "【新故障】美团：严重程度" in robots.texts[0]
        write(posts[~early], tmp_path / "in" / "b.csv")
        watch(config, once=True, send=send)
    assert "【恢复】美团：已恢复，历时" in robots.texts[-1]
    assert robots.refused == []
    with open_store(tmp_path / "store") as store:
        assert {delivery.state for _, delivery in store.deliveries()} <= {"sent", "skipped"}
