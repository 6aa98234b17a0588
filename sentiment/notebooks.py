"""A fresh notebook for a user's files: the review of an incident, ready to run."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

from sentiment.errors import ConfigError, InputError

PARAMETERS: Final = "parameters"
"""Tag of the cell that papermill replaces values in."""
_COMMENTS: Final = {
    "FILES": "文件或文件夹 · files or folders",
    "SERVICE": '只看一个服务，如 "美团" · one service alone, such as "美团"',
    "RESPONSES": '官方回应，如 [["2026-03-12 12:38", "致歉"]] · official responses: time, words',
    "SINCE": '从何时起，如 "2026-03-12 08:00" · first moment to keep',
    "UNTIL": "到何时止 · last moment to keep",
    "LANG": "图和报告的语言 · language of figures and report: zh, en",
    "OUT": "报告写到哪里 · folder of the report",
}
_HEAD: Final = re.compile(r"^# %%(.*)$", re.MULTILINE)


def write_notebook(
    path: str | Path,
    files: Sequence[str | Path],
    *,
    service: str | None = None,
    responses: Sequence[tuple[str, str]] = (),
    lang: str = "zh",
    force: bool = False,
) -> Path:
    """Write a notebook that reads files, finds incidents, draws them and writes the report.

    Its first code cell holds everything one may want to change and is tagged ``parameters``, so that
    papermill can run it on a schedule. Files and the report's folder are named from the root, so that it runs
    from anywhere on this machine.

    Args:
        path: The notebook, ending in ``.ipynb``.
        files: Files or folders to read; they must exist.
        service: Keep posts on this service or on none.
        responses: (time, words) of official responses.
        lang: Language of figures and report, ``zh`` or ``en``.
        force: Replace a notebook that stands there.

    Returns:
        The path of the notebook.

    Raises:
        InputError: if a file does not exist, the name does not end in ``.ipynb``, a notebook stands there and
            ``force`` is off, or the place cannot be written.
        ConfigError: if the language is neither ``zh`` nor ``en``.
    """
    place = Path(path)
    _check(place, files, lang, force)
    values: dict[str, Any] = {
        "FILES": [Path(file).resolve().as_posix() for file in files],
        "SERVICE": service,
        "RESPONSES": [list(one) for one in responses],
        "SINCE": None,
        "UNTIL": None,
        "LANG": lang,
        "OUT": place.resolve().with_name(f"{place.stem}-report").as_posix(),
    }
    lines = [f"# {_COMMENTS[name]}\n{name} = {value!r}" for name, value in values.items()]
    notebook = make_notebook(template(), parameters="\n".join(lines))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = place.with_name(f".{place.name}.part")
        unfinished.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(place)
    except OSError as error:
        raise InputError(f"Cannot write {place}: {error.strerror or error}.") from None
    return place


def _check(place: Path, files: Sequence[str | Path], lang: str, force: bool) -> None:
    if place.suffix != ".ipynb":
        raise InputError(f"Cannot write {place}: a notebook's name must end in .ipynb.")
    if lang not in ("zh", "en"):
        raise ConfigError(f"A notebook's report is written in zh or en, not {lang!r}.")
    if not files:
        raise InputError("A notebook needs at least one file or folder to read.")
    for file in files:
        if not Path(file).exists():
            raise InputError(f"There is no file or folder {file}.")
    if place.exists() and not force:
        raise InputError(f"{place} is there already; choose another name, or --force to replace it.")


def template() -> str:
    """Return the carried notebook in the percent format (``# %%`` begins a cell)."""
    return (resources.files("sentiment") / "resources" / "notebook.txt").read_text(encoding="utf-8")


def make_notebook(cells: str, *, parameters: str) -> dict[str, Any]:
    """Return a notebook (nbformat 4.5) of cells in the percent format.

    Args:
        cells: ``# %%`` begins a code cell, ``# %% [markdown]`` one of text, ``# %% parameters`` stands for
            the parameters.
        parameters: Code of that cell.

    >>> [cell["cell_type"] for cell in make_notebook(template(), parameters="X = 1")["cells"]][:3]
    ['markdown', 'code', 'markdown']
    """
    _, *parts = _HEAD.split(cells)
    made: list[dict[str, Any]] = []
    for number, (head, body) in enumerate(zip(parts[::2], parts[1::2], strict=True)):
        kind, text = head.strip(), body.strip("\n")
        if kind == "[markdown]":
            text = re.sub(r"^# ?", "", text, flags=re.MULTILINE)
            made.append({"cell_type": "markdown", "id": f"cell-{number}", "metadata": {}, **_source(text)})
        else:
            tagged = kind == PARAMETERS
            made.append(
                {
                    "cell_type": "code",
                    "id": f"cell-{number}",
                    "metadata": {"tags": [PARAMETERS]} if tagged else {},
                    "execution_count": None,
                    "outputs": [],
                    **_source(parameters if tagged else text),
                }
            )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _source(text: str) -> dict[str, list[str]]:
    return {"source": text.splitlines(keepends=True)}
