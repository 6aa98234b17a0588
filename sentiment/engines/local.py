"""Row-wise work on this machine: in this process, or in several over pieces of the posts.

Memory is bounded whatever the input: a few pieces are on their way, the rest lies in files. A piece is done
when its file is there, and the file's name is a hash of the posts in it and of all that decides the result:
a run that was killed goes on from the files it left, and a change of anything cannot be overlooked.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from sentiment.engines.memory import give_back
from sentiment.engines.processes import Workers
from sentiment.engines.rows import RowWork
from sentiment.engines.worker import Piece, pack, read_piece, run_piece
from sentiment.errors import ConfigError, SentimentError
from sentiment.mapped import ColumnFiles
from sentiment.schema import ANNOTATED, empty

PIECE: Final = 20_000
"""Posts of a piece: about 10 MB, some seconds of work."""
ALONE: Final = 60_000
"""Posts up to which this process does all: a worker takes seconds to start."""
_AHEAD: Final = 2
"""Pieces a worker that wait for it."""


def annotate_chunks(
    chunks: Iterable[pd.DataFrame],
    work: RowWork,
    *,
    rows: int,
    jobs: int | None = None,
    folder: Path | None = None,
    resume: bool = False,
    piece: int = PIECE,
    alone: int = ALONE,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Annotate posts chunk by chunk; the frame lies in files where it is large, see :class:`ColumnFiles`.

    Args:
        chunks: Posts, :data:`sentiment.schema.POSTS`.
        work: What is done to each.
        rows: How many posts there are.
        jobs: Worker processes; None: one a core this process may use.
        folder: Where finished pieces are kept until the caller removes it; None: they go with the run.
        resume: Take the finished pieces that an earlier run left in that folder.
        piece: Posts of a piece.
        alone: Posts up to which this process does all and writes no file.
        progress: Called with the number of posts done.

    Returns:
        The annotated posts in order: the same rows whatever the number of jobs and the size of the pieces.

    Raises:
        ConfigError: if ``jobs`` is below 1.
        SentimentError: if workers keep dying, or there is no room for the files.

    >>> posts = [pd.DataFrame({"text": ["美团又崩了"]}), pd.DataFrame({"text": ["京东也崩了"]})]
    >>> annotate_chunks(posts, RowWork(), rows=2)["service"].tolist()
    ['美团', '京东']
    """
    jobs, tell = count_jobs(jobs), progress or (lambda _rows: None)
    if rows <= alone:
        filled = [part for part in _here(chunks, work, tell) if len(part)] or [empty(ANNOTATED)]
        return filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)
    pieces = _elsewhere(chunks, work, jobs, folder, resume=resume, piece=piece, tell=tell)
    with closing(pieces), ColumnFiles(ANNOTATED) as found:
        for path in pieces:
            found.append_table(read_piece(path))
        give_back()
        return found.frame()


def annotate_each(
    chunks: Iterable[pd.DataFrame],
    work: RowWork,
    *,
    rows: int,
    jobs: int | None = None,
    folder: Path | None = None,
    resume: bool = False,
    piece: int = PIECE,
    alone: int = ALONE,
    progress: Callable[[int], None] | None = None,
) -> Generator[pd.DataFrame, None, None]:
    """Give the annotated posts in order, some at a time; arguments and errors of :func:`annotate_chunks`.

    >>> [len(part) for part in annotate_each([pd.DataFrame({"text": ["又崩了"]})], RowWork(), rows=1)]
    [1]
    """
    jobs, tell = count_jobs(jobs), progress or (lambda _rows: None)
    if rows <= alone:
        yield from _here(chunks, work, tell)
        return
    with closing(_elsewhere(chunks, work, jobs, folder, resume=resume, piece=piece, tell=tell)) as pieces:
        for path in pieces:
            yield read_piece(path).to_pandas()


def _here(
    chunks: Iterable[pd.DataFrame], work: RowWork, tell: Callable[[int], None]
) -> Iterator[pd.DataFrame]:
    done = 0
    for chunk in chunks:
        yield work.run(chunk, progress=lambda part, before=done: tell(before + part))  # type: ignore[misc]
        done += len(chunk)


def _elsewhere(
    chunks: Iterable[pd.DataFrame],
    work: RowWork,
    jobs: int,
    folder: Path | None,
    *,
    resume: bool,
    piece: int,
    tell: Callable[[int], None],
) -> Generator[Path, None, None]:
    """Give the file of each piece in order; without a folder of the caller's it goes with the next one."""
    done = 0
    give_back()  # what reading held
    with (
        _room(folder, resume=resume) as place,
        closing(_done(_pieces(chunks, work, place, piece), jobs)) as finished,
    ):
        for count, path in finished:
            yield path
            if folder is None:
                path.unlink()
            done += count
            tell(done)


def count_jobs(jobs: int | None) -> int:
    """Return how many processes work: those asked for, else one a core that this process may use.

    >>> count_jobs(3)
    3
    """
    if jobs is not None and jobs < 1:
        raise ConfigError(f"jobs must be 1 or more, not {jobs}: it is how many processes work.")
    return jobs or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


@contextmanager
def _room(folder: Path | None, *, resume: bool) -> Iterator[Path]:
    """Give the folder of the pieces; finished pieces stay in a folder of the caller's alone."""
    try:
        if folder is None:
            place = Path(tempfile.mkdtemp(prefix="sentiment-pieces-"))
        else:
            place = folder
            if place.is_dir() and not resume:
                shutil.rmtree(place)
            place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SentimentError(
            f"Cannot set annotated posts aside in {folder or tempfile.gettempdir()}: "
            f"{error.strerror or error}; free some space there or point TMPDIR to another folder."
        ) from None
    try:
        yield place
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


class _Due(NamedTuple):
    rows: int
    piece: Piece


def _pieces(chunks: Iterable[pd.DataFrame], work: RowWork, place: Path, size: int) -> Iterator[_Due]:
    decides = work.digest()
    number = 0
    for chunk in chunks:
        for start in range(0, len(chunk), size):
            posts = chunk.iloc[start : start + size]
            packed = pack(posts)
            name = hashlib.blake2b(decides + packed, digest_size=16).hexdigest()
            yield _Due(len(posts), Piece(work, packed, place / f"{number:06d}-{name}.arrow"))
            number += 1


def _done(due: Iterator[_Due], jobs: int) -> Generator[tuple[int, Path], None, None]:
    """Give each piece's posts and file, in order, once it is done; pieces that are done already at once."""
    if jobs == 1:
        for rows, piece in due:
            if not piece.target.exists():
                run_piece(piece)
            yield rows, piece.target
        return
    workers = Workers()
    waiting: deque[tuple[int, Path, Future[None] | None]] = deque()
    threads = ThreadPoolExecutor(jobs, thread_name_prefix="sentiment-worker")
    try:
        for rows, piece in due:
            task = None if piece.target.exists() else threads.submit(workers.run, piece)
            waiting.append((rows, piece.target, task))
            while len(waiting) > _AHEAD * jobs:
                yield _first(waiting)
        while waiting:
            yield _first(waiting)
    finally:
        workers.stop()
        threads.shutdown(cancel_futures=True)


def _first(waiting: deque[tuple[int, Path, Future[None] | None]]) -> tuple[int, Path]:
    rows, path, task = waiting.popleft()
    if task is not None:
        task.result()
    return rows, path
