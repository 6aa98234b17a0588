"""From when to when posts reach does not depend on how many times are looked through at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sentiment.mapped import arrays, days_of, span_of


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> pd.Series:
    monkeypatch.setattr(arrays, "AT_ONCE", 3)
    known = pd.date_range("2025-04-11 20:00", periods=20, freq="h", tz="Asia/Shanghai")
    return pd.Series(known).where(np.arange(20) % 4 > 0).sample(frac=1.0, random_state=1)


def test_span_of_all_and_of_some(times: pd.Series) -> None:
    assert span_of(times) == (times.min(), times.max(), 15)
    late = times.ge(pd.Timestamp("2025-04-12", tz="Asia/Shanghai"))
    assert span_of(times, late) == (times[late].min(), times.max(), int(late.sum()))


def test_nothing_known_has_no_span(times: pd.Series) -> None:
    first, last, known = span_of(times, times.isna())
    assert (known, first is pd.NaT, last is pd.NaT) == (0, True, True)
    assert days_of(times[times.isna()]) == []


def test_days_in_order(times: pd.Series) -> None:
    assert days_of(times) == sorted(times.dropna().dt.normalize().unique())
