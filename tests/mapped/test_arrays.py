"""Long arrays lie in files and are the same numbers."""

from __future__ import annotations

import mmap

import numpy as np
import pandas as pd
import pytest

from sentiment.errors import SentimentError
from sentiment.mapped import (
    arrays,
    blank,
    number_values,
    order_of,
    pick,
    set_aside,
    spell_out,
    stretches,
    take,
    true_places,
)


@pytest.fixture
def _in_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have arrays of any length lie in files, and columns taken three values at a time."""
    monkeypatch.setattr(arrays, "LEAST", 1)
    monkeypatch.setattr(arrays, "AT_ONCE", 3)


def in_a_file(values: np.ndarray) -> bool:
    return isinstance(values.base, mmap.mmap) or isinstance(getattr(values.base, "obj", None), mmap.mmap)


@pytest.mark.usefixtures("_in_files")
@pytest.mark.parametrize("values", [[3, 1, 2], [0.5, np.nan], [True, False]])
def test_values_set_aside_are_the_same_and_may_be_written(values: list) -> None:
    aside = set_aside(np.array(values))
    assert in_a_file(aside)
    np.testing.assert_array_equal(aside, values)
    aside[0] = 0
    assert aside[0] == 0


def test_short_arrays_stay_in_memory() -> None:
    assert not in_a_file(blank(100, np.int64))
    assert blank(100, np.int64).sum() == 0


@pytest.mark.usefixtures("_in_files")
def test_an_array_of_nothing() -> None:
    assert len(blank(0, np.int64)) == 0
    assert list(stretches(0)) == []


def test_a_long_array_lies_in_a_file_of_its_length() -> None:
    long = blank(arrays.LEAST // 8, np.int64)
    assert in_a_file(long)
    long[-1] = 7
    assert (len(long), long.sum()) == (arrays.LEAST // 8, 7)


@pytest.mark.usefixtures("_in_files")
def test_a_full_disk_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(arrays, "_reserve", full)
    with pytest.raises(SentimentError, match="No space left on device; free some space there"):
        blank(4, np.int64)


@pytest.mark.usefixtures("_in_files")
def test_a_file_can_be_reserved_where_the_system_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.posix_fallocate", raising=False)
    assert blank(300_000, np.int64).sum() == 0


@pytest.mark.usefixtures("_in_files")
@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_values_are_numbered_as_pandas_does(dtype: str) -> None:
    column = pd.Series(["美团", "", "美团", "京东", None, "", "滴滴"], dtype=dtype)
    numbers, values = number_values(column)
    told, names = pd.factorize(column)
    assert numbers.tolist() == told.tolist()
    assert values == list(names)
    some = np.array([3, 1, 4, 6])
    assert number_values(column, some)[0].tolist() == pd.factorize(column.iloc[some])[0].tolist()


@pytest.mark.parametrize("at_once", [2, 500])
def test_numbers_are_spelt_out(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr("sentiment.mapped.columns.AT_ONCE", at_once)
    monkeypatch.setattr(arrays, "AT_ONCE", at_once)
    told = spell_out(np.array([2, 0, 1, 1, 2], dtype="i4"), ["", "d1", "d2"]).rename(None)
    pd.testing.assert_series_equal(
        told, pd.Series(["d2", "", "d1", "d1", "d2"], dtype="str"), check_names=False
    )


@pytest.mark.usefixtures("_in_files")
@pytest.mark.parametrize("waiting", [1, 3, 100])
def test_numbers_that_nearly_ascend_are_ordered_as_by_a_stable_sort(waiting: int) -> None:
    rng = np.random.default_rng(waiting)
    values = np.arange(200) // 3 + rng.integers(0, waiting, 200)
    np.testing.assert_array_equal(order_of(values), np.argsort(values, kind="stable"))


@pytest.mark.usefixtures("_in_files")
@pytest.mark.parametrize("values", [[], [7], [5, 4, 3, 2, 1, 0, -1, -2], [2, 2, 2, 2, 1, 1, 1]])
def test_any_numbers_are_ordered(values: list[int]) -> None:
    given = np.array(values, dtype=np.int64)
    np.testing.assert_array_equal(order_of(given), np.argsort(given, kind="stable"))


@pytest.mark.usefixtures("_in_files")
def test_places_and_the_values_there() -> None:
    where = np.arange(20) % 3 == 0
    places = true_places(pd.Series(where))
    assert in_a_file(places)
    np.testing.assert_array_equal(places, np.flatnonzero(where))
    np.testing.assert_array_equal(pick(np.arange(20.0) / 2, places), np.arange(20.0)[where] / 2)
    assert len(true_places(np.zeros(5, dtype=bool))) == 0


@pytest.mark.parametrize("rows", [[], [4], [0, 1, 2, 3, 50, 99], list(range(0, 100, 7))])
def test_rows_taken_some_at_a_time_are_those_of_iloc(
    monkeypatch: pytest.MonkeyPatch, rows: list[int]
) -> None:
    monkeypatch.setattr(arrays, "NEAR", 5)
    monkeypatch.setattr(arrays, "FAR", 2)
    texts = pd.Series([f"又崩了{n}" for n in range(100)], dtype="str")
    frame = pd.DataFrame({"text": texts, "kind": texts.str[-1].astype("category"), "n": range(100)})
    at = np.array(rows, dtype=np.intp)
    pd.testing.assert_frame_equal(take(frame, at), frame.iloc[at])
    pd.testing.assert_series_equal(take(texts, at), texts.iloc[at])
