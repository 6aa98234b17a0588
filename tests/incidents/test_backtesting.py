"""Settings tried on a history."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from matplotlib.figure import Figure

from sentiment.errors import InputError, SchemaError
from sentiment.incidents import Backtest, backtest, read_events
from sentiment.schema import ANNOTATED, empty

PLANTED = {"start": "2025-04-11 18:00", "end": "2025-04-11 19:30", "service": "美团"}


def events(*rows: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["start", "end", "service"])


def test_hits_misses_and_delay(outage_day: pd.DataFrame):
    truth = events(PLANTED, {"start": "2025-04-09 10:00", "end": "", "service": ""})
    found = backtest(outage_day, truth=truth, false_alarms_per_week=(1.0,), min_authors=(8,))
    row = found.table.iloc[0]
    assert (row["hits"], row["misses"], row["false_alarms"], row["alarms"]) == (1, 1, 0, 1)
    assert row["hit_share"] == 0.5
    assert 0 <= row["delay"] <= 5
    assert row["alarms_per_week"] == pytest.approx(7 / 4)
    assert (found.weeks, found.events) == (pytest.approx(4 / 7), 2)
    assert "posts on 4 days" in found.caution


def test_an_alarm_that_hits_nothing_is_false(outage_day: pd.DataFrame):
    other = events({**PLANTED, "service": "饿了么"})
    row = backtest(outage_day, truth=other, false_alarms_per_week=(1.0,), min_authors=(8,)).table.iloc[0]
    assert (row["hits"], row["misses"], row["false_alarms"]) == (0, 1, 1)
    assert pd.isna(row["delay"])


@pytest.fixture(name="swept", scope="module")
def _swept(outage_day: pd.DataFrame) -> Backtest:
    return backtest(outage_day, false_alarms_per_week=(0.1, 10.0), min_authors=(8, 100_000))


def test_settings_change_what_alarms(swept):
    table = swept.table.set_index(["false_alarms_per_week", "min_authors"])
    assert len(table) == 4
    assert table.loc[(0.1, 8), "alarms"] == 1
    assert table.loc[(0.1, 100_000), "alarms"] == 0
    assert table.loc[(10.0, 8), "alarms"] >= table.loc[(0.1, 8), "alarms"]


def test_without_known_outages_only_alarms_are_told(swept):
    assert "hits" not in swept.table
    assert "known outages" not in swept.to_text()
    figure, drawn = swept.plot()
    assert isinstance(figure, Figure)
    assert len(figure.axes) == 1
    line = figure.axes[0].lines[0]
    assert list(line.get_ydata()) == drawn.loc[drawn["min_authors"] == 8, "alarms_per_week"].tolist()


@pytest.mark.parametrize(
    ("days", "said"), [(1, "on 1 day,"), (4, "on 4 days,"), (6, "on 6 days,"), (7, ""), (90, "")]
)
def test_too_little_history_is_told_in_a_sentence(days: int, said: str):
    found = Backtest(pd.DataFrame({"alarms": [0]}), weeks=days / 7)
    assert (f"reckoned from posts {said}" in found.to_text()) == bool(said)
    assert ("Too little history" in found._repr_html_()) == bool(said)
    assert found.to_text().endswith("the 14 before it." if said else "0")


def test_events_are_read_from_a_table(tmp_path: Path):
    path = tmp_path / "events.csv"
    path.write_text(
        "开始,结束,服务\n2025-04-11 18:00,,美团外卖\n2025-04-12T08:00:00Z,,\n", encoding="gb18030"
    )
    read = read_events(path)
    assert [str(time) for time in read["start"]] == ["2025-04-11 18:00:00+08:00", "2025-04-12 16:00:00+08:00"]
    assert read["end"].isna().all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("end\n2025-04-11\n", "needs a column 'start'"),
        ("start\nsoon\n", "The start 'soon' of a known outage cannot be read"),
    ],
)
def test_events_that_make_no_sense_are_one_sentence(tmp_path: Path, content: str, message: str):
    path = tmp_path / "events.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_events(path)


def test_what_cannot_be_tried_is_one_sentence(scene: SimpleNamespace, outage_day: pd.DataFrame):
    with pytest.raises(InputError, match="needs posts with times"):
        backtest(empty(ANNOTATED))
    with pytest.raises(InputError, match="at least one setting"):
        backtest(outage_day, min_authors=())
    with pytest.raises(InputError, match="need a column 'start'"):
        backtest(outage_day, truth=pd.DataFrame({"when": ["2025-04-11"]}))
    with pytest.raises(SchemaError, match="backtest needs the column"):
        backtest(pd.DataFrame({"text": ["好"]}))
