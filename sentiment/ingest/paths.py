"""Which files are meant by a path, a folder or a pattern, and what their paths tell."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pandas as pd

from sentiment.errors import InputError
from sentiment.ingest.values import plain
from sentiment.schema import ZONE

Paths = str | Path | Iterable[str | Path]


def list_files(paths: Paths) -> Iterator[Path]:
    """Yield all files that are meant, each once, in order.

    Raises:
        InputError: if nothing is given, a folder is empty or no file matches a pattern.

    >>> [path.name for path in list_files(["b.csv", "a.csv", "b.csv"])]
    ['b.csv', 'a.csv']
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    if not given:
        raise InputError("No files were given; name at least one file or folder.")
    seen: set[Path] = set()
    for item in given:
        for path in _expanded(item):
            real = _real(path)
            if real not in seen:
                seen.add(real)
                yield path


def _expanded(item: str | Path) -> list[Path]:
    path = Path(item).expanduser()
    if path.is_dir():
        found = [file for file in sorted(path.rglob("*")) if file.is_file() and not _hidden(file, path)]
        reports = {file.parent for file in found if file.name == "run.json" and _is_report(file.parent)}
        files = [file for file in found if not reports.intersection(file.parents)]
        if not files:
            raise InputError(f"The folder {path} holds no files.")
        return files
    if not path.exists() and glob.has_magic(str(item)):
        names = glob.glob(str(path), recursive=True)  # noqa: PTH207 - a pattern may be absolute
        found = sorted(Path(name) for name in names)
        if not found:
            raise InputError(f"No file matches {item}; check the pattern.")
        return [file for match in found for file in (_expanded(match) if match.is_dir() else [match])]
    return [path]


def _is_report(folder: Path) -> bool:
    """Return whether a folder is one that ``sentiment analyze`` wrote: reading it back would count twice."""
    return all((folder / name).exists() for name in ("report.html", "incidents.json", "posts.parquet"))


def _real(path: Path) -> Path:
    """The file that a path leads to, so that a link beside its file is not read again."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # links that lead in a circle
        return path.absolute()


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith((".", "~$", "__MACOSX")) for part in file.relative_to(folder).parts)


def name_files(paths: list[Path]) -> list[str]:
    """Return how rows name each file: its name, or as much of its path as tells it from the others.

    >>> name_files([Path("x/a.csv"), Path("y/a.csv")])
    ['x/a.csv', 'y/a.csv']
    """
    names = [plain(path.name) for path in paths]
    if len(set(names)) == len(names):
        return names
    parts = [path.absolute().parts for path in paths]
    common = 0
    while all(len(part) > common + 1 and part[common] == parts[0][common] for part in parts):
        common += 1
    return [plain("/".join(part[common:])) for part in parts]


def file_time(path: Path) -> pd.Timestamp | None:
    """Return when a file was last written, in Asia/Shanghai; None where that cannot be told."""
    try:
        return pd.Timestamp(path.stat().st_mtime, unit="s", tz="UTC").tz_convert(ZONE)
    except OSError:
        return None


def keyword_of(path: Path) -> str:
    """Return the search word that weibo-search writes into the path, if it does.

    >>> keyword_of(Path("结果文件/%23饿了么崩了%23/%23饿了么崩了%23.csv")), keyword_of(Path("data/posts.csv"))
    ('#饿了么崩了#', '')
    """
    stem = unquote(path.stem)
    return stem if stem == unquote(path.parent.name) else ""
