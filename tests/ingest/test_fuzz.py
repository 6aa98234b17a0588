"""Files cut, flipped, mixed and re-encoded at random: never a crash, never a lost or invented row.

The same cases as in ``python -m benchmarks.ingest --fuzz 10000``, the first 200 of them.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from sentiment.errors import InputError
from sentiment.ingest import check_files

CASES = 200
ROOT = Path(__file__).parents[2]


def load_damage() -> ModuleType:
    """The benchmark's module; benchmarks are no installed package."""
    spec = importlib.util.spec_from_file_location("ingest_damage", ROOT / "benchmarks" / "ingest_damage.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


damage = load_damage()


@pytest.mark.parametrize("seed", range(CASES))
def test_damaged_files(seed: int, tmp_path: Path):
    outcome = damage.read_case(damage.make_case(seed), tmp_path)
    assert (outcome.lost, outcome.invented) == (0, 0)
    assert outcome.refused == "" or outcome.refused.endswith(".")


def test_the_cases_cover_every_container_and_kind_of_damage():
    cases = [damage.make_case(seed) for seed in range(CASES)]
    assert {case.name for case in cases} == set(damage.CONTAINERS)
    assert 40 <= sum(case.numbers is not None for case in cases) <= 60
    assert damage.make_case(7) == damage.make_case(7)


@pytest.mark.parametrize("name", list(damage.CONTAINERS))
def test_whole_files_lose_nothing(name: str, tmp_path: Path):
    write, make = damage.CONTAINERS[name]
    rows = make(damage.np.random.default_rng(1), 0)
    case = damage.Case(name, write(rows), frozenset(range(len(rows))))
    assert damage.read_case(case, tmp_path) == damage.Outcome(rows=len(rows))


def test_a_lost_and_an_invented_row_are_seen(tmp_path: Path):
    rows = damage.search_rows(damage.np.random.default_rng(1), 0)
    data = damage.as_csv(rows)
    one_more = damage.Case("a.csv", data, frozenset(range(len(rows) + 1)))
    one_less = damage.Case("a.csv", data, frozenset(range(len(rows) - 1)))
    assert damage.read_case(one_more, tmp_path).lost == 1
    assert damage.read_case(one_less, tmp_path).invented == 1


@pytest.mark.parametrize("size", range(1, 40, 3))
def test_a_file_that_is_still_being_written_is_read_as_far_as_it_went(
    size: int, tmp_path: Path, search: Callable[..., str], monkeypatch: pytest.MonkeyPatch
):
    """Cut anywhere, the whole rows before the cut are there and the torn one is accounted for."""
    texts = [f"第{n}个人付不了款" for n in range(6)]
    whole = search(*texts).encode()
    path = tmp_path / "a.csv"
    path.write_bytes(whole[: len(whole) - 5 * size])
    try:
        got = check_files(path)
    except InputError:
        pytest.fail("a file with a header and whole rows must be read")
    assert got.posts["text"].tolist()[:3] == texts[:3]
    totals = got.quality.totals
    assert totals["accepted"] + totals["rejected"] + totals["duplicates"] == totals["rows"]
