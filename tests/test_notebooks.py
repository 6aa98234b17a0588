"""The notebook written for a user's files, and the pairs in ``notebooks/``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest

import sentiment as st
from sentiment.errors import ConfigError, InputError
from sentiment.notebooks import PARAMETERS, write_notebook

ROOT = Path(__file__).parents[1]
LATE_CRAWL = ROOT / "data" / "sample" / "late_crawl"


def run_cells(path: Path) -> dict[str, Any]:
    """Run a notebook's code in order, in one namespace and without a kernel."""
    names: dict[str, Any] = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), str(path), "exec"), names)
    return names


def test_it_runs_and_writes_the_report(tmp_path: Path) -> None:
    place = write_notebook(
        tmp_path / "review.ipynb",
        [LATE_CRAWL],
        service="美团",
        responses=[("2026-03-12 12:38", "致歉")],
        lang="en",
    )
    nbformat.validate(nbformat.read(place, as_version=4))
    names = run_cells(place)
    assert names["analysis"].run["service"] == "美团"
    assert [response.text for response in names["analysis"].responses] == ["致歉"]
    page = (tmp_path / "review-report" / "report.html").read_text(encoding="utf-8")
    assert '<html lang="en"' in page


def test_posts_without_times_run_too(tmp_path: Path) -> None:
    (tmp_path / "it's.csv").write_text("text\n美团又崩了\n慢慢修\n", encoding="utf-8")
    names = run_cells(write_notebook(tmp_path / "a.ipynb", [tmp_path / "it's.csv"]))
    assert len(names["posts"]) == 2


def test_the_parameters_cell_holds_every_choice(tmp_path: Path) -> None:
    cells = json.loads(write_notebook(tmp_path / "a.ipynb", [LATE_CRAWL]).read_text(encoding="utf-8"))[
        "cells"
    ]
    (tagged,) = [cell for cell in cells if PARAMETERS in cell["metadata"].get("tags", [])]
    names: dict[str, Any] = {}
    exec("".join(tagged["source"]), names)
    assert names["FILES"] == [LATE_CRAWL.as_posix()]
    assert (names["SERVICE"], names["RESPONSES"], names["LANG"]) == (None, [], "zh")
    assert all(cell.get("outputs", []) == [] for cell in cells)


def test_a_notebook_in_the_way_is_kept(tmp_path: Path) -> None:
    place = tmp_path / "a.ipynb"
    place.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is there already"):
        write_notebook(place, [LATE_CRAWL])
    assert place.read_text(encoding="utf-8") == "mine"
    assert json.loads(write_notebook(place, [LATE_CRAWL], force=True).read_text(encoding="utf-8"))["cells"]


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("a.txt", [LATE_CRAWL], r"must end in \.ipynb"),
        ("a.ipynb", ["absent.csv"], r"no file or folder absent\.csv"),
        ("a.ipynb", [], "at least one file"),
    ],
)
def test_a_wrong_place_is_one_sentence(name: str, files: list[Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        write_notebook(tmp_path / name, files)


def test_an_unknown_language_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="zh or en, not 'fr'"):
        write_notebook(tmp_path / "a.ipynb", [LATE_CRAWL], lang="fr")


@pytest.mark.parametrize("script", sorted((ROOT / "notebooks").glob("*.py")), ids=lambda path: path.stem)
def test_script_and_notebook_are_a_pair(script: Path) -> None:
    ours, theirs = jupytext.read(script), nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    assert [(cell.cell_type, cell.source) for cell in ours.cells] == [
        (cell.cell_type, cell.source) for cell in theirs.cells
    ]


def test_the_review_takes_other_files_as_papermill_gives_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papermill writes a cell with the given values after the one tagged ``parameters``; so does this."""
    book = json.loads((ROOT / "notebooks" / "02_incident_review.ipynb").read_text(encoding="utf-8"))
    (place,) = [n for n, cell in enumerate(book["cells"]) if PARAMETERS in cell["metadata"].get("tags", [])]
    given = f"FILES = {LATE_CRAWL.as_posix()!r}"
    book["cells"].insert(place + 1, {"cell_type": "code", "metadata": {}, "source": [given]})
    monkeypatch.chdir(ROOT / "notebooks")
    names: dict[str, Any] = {}
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert names["analysis"].run["inputs"] == st.analyze(LATE_CRAWL, salt="notebook").run["inputs"]
