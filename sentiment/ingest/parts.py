"""What is set aside between the two passes: in memory while it is little, in temporary files when it is not.

Temporary files lie where Python puts them (the ``TMPDIR`` of the environment) and go with their owner.
"""

from __future__ import annotations

import io
import mmap
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from sentiment.errors import SentimentError
from sentiment.mapped import blank
from sentiment.mapped.resting import watch

_HELD: Final = 128 << 20
"""Bytes of rows that are kept in memory before a part is written."""
_HELD_NUMBERS: Final = 4 << 20
"""Bytes of one column of numbers that are kept in memory."""
_HELD_TEXTS: Final = 32 << 20
"""Bytes of texts that are kept in memory."""


@contextmanager
def room() -> Iterator[None]:
    """Turn the errors of a full or missing temporary folder into one sentence; no file is to blame."""
    try:
        yield
    except OSError as error:
        raise SentimentError(
            f"Cannot set rows aside in {tempfile.gettempdir()}: {error.strerror or error}; "
            "free some space there or point TMPDIR to another folder."
        ) from None


class Parts:
    """Rows in order: what fits into one part stays in memory, earlier parts become Arrow files.

    >>> parts = Parts(most=2)
    >>> for n in range(5):
    ...     parts.add(pd.DataFrame({"n": [n]}))
    >>> [part["n"].tolist() for part in parts.read()]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, *, most: int) -> None:
        self.most = most
        self.rows = 0
        self._held: list[pd.DataFrame] = []
        self._size = 0
        self._files: list[Path] = []
        self._folder: Path | None = None

    def add(self, frame: pd.DataFrame) -> None:
        """Take in rows, at most ``most`` of them; a part that would become too large is written first."""
        if frame.empty:
            return
        size = int(frame.memory_usage(index=False).sum())
        held = sum(map(len, self._held))
        if self._held and (held + len(frame) > self.most or self._size + size > _HELD):
            with room():
                self._write(_joined(self._held))
            self._held, self._size = [], 0
        self._held.append(frame)
        self._size += size
        self.rows += len(frame)

    def _write(self, frame: pd.DataFrame) -> None:
        """Write rows as they lie in memory, to be mapped later: only the columns asked for are read."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="sentiment-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        path = self._folder / f"{len(self._files):06d}.arrow"
        table = pa.Table.from_pandas(frame, preserve_index=False, nthreads=1)
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        self._files.append(path)

    @property
    def in_memory(self) -> bool:
        """Whether nothing had to be written."""
        return not self._files

    def read(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the parts, each with rows numbered from 0; only these columns, if some are named."""
        names = None if columns is None else list(columns)
        for path in self._files:
            with room():
                part = _mapped(path, names)
            yield part
        if self._held:
            self._held = [_joined(self._held)]
            yield self._held[0] if names is None else self._held[0][names]


def _mapped(path: Path, names: list[str] | None) -> pd.DataFrame:
    with pa.memory_map(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
    part: pd.DataFrame = (table if names is None else table.select(names)).to_pandas(use_threads=False)
    return part


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


class _Tape:
    """Bytes appended one after the other; in memory up to a size, then in a temporary file."""

    def __init__(self, held: int) -> None:
        self._most = held
        self._held = io.BytesIO()
        self._file: io.FileIO | None = None

    def append(self, data: bytes | memoryview) -> None:
        if self._file is None:
            self._held.write(data)
            if self._held.tell() > self._most:
                with room():
                    self._move()
            return
        with room():
            _write_all(self._file, data)

    def _move(self) -> None:
        file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with its owner
        weakref.finalize(self, file.close)
        _write_all(file, self._held.getbuffer())
        self._file, self._held = file, io.BytesIO()

    def read(self) -> bytes | mmap.mmap:
        """All of it; what lies in a file is mapped."""
        if self._file is None:
            return self._held.getvalue()
        with room():
            mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        watch(mapped)
        return mapped

    def pieces(self, places: Iterable[tuple[int, int]]) -> bytes:
        """What lies at these places, of that size each, one after the other."""
        if self._file is None:
            held = self._held.getbuffer()
            return b"".join([held[start : start + size] for start, size in places])
        seek, read = self._file.seek, self._file.read
        parts = []
        with room():
            for start, size in places:
                seek(start)
                parts.append(read(size))
        return b"".join(parts)


def _write_all(file: io.FileIO, data: bytes | memoryview) -> None:
    left = memoryview(data).cast("B")
    while len(left):
        left = left[file.write(left) :]


class Numbers:
    """One column of numbers, appended chunk by chunk and read back whole.

    >>> numbers = Numbers("u8")
    >>> numbers.add(np.array([1, 2])), numbers.add(np.array([3]))
    (None, None)
    >>> numbers.load().tolist()
    [1, 2, 3]
    """

    def __init__(self, dtype: str) -> None:
        self.dtype = np.dtype(dtype)
        self._tape = _Tape(_HELD_NUMBERS)

    def add(self, values: np.ndarray) -> None:
        """Append values."""
        self._tape.append(np.ascontiguousarray(values, dtype=self.dtype).data)

    def load(self) -> np.ndarray:
        """Return all values, read-only; nothing can be added after that."""
        return np.frombuffer(self._tape.read(), dtype=self.dtype)


class Runs:
    """Runs of numbers (texts as code points) set aside one after the other, each to be had again.

    >>> runs = Runs("u4")
    >>> runs.add(np.array([7, 8, 9]), np.array([1, 2]))
    >>> runs.open()
    >>> runs.get(np.array([1]))
    (array([8, 9], dtype=uint32), array([2]))
    """

    def __init__(self, dtype: str) -> None:
        self.dtype = np.dtype(dtype)
        self._tape = _Tape(_HELD_TEXTS)
        self._sizes = Numbers("u4")
        self._ends = np.zeros(1, dtype=np.int64)

    def add(self, values: np.ndarray, lengths: np.ndarray) -> None:
        """Append runs of these lengths."""
        self._sizes.add(lengths)
        self._tape.append(np.ascontiguousarray(values, dtype=self.dtype).data)

    def open(self) -> None:
        """Make what was added available; nothing can be added after that."""
        sizes = self._sizes.load()
        self._ends = blank(1 + len(sizes), np.int64)
        np.cumsum(sizes, out=self._ends[1:])
        self._ends *= self.dtype.itemsize

    def get(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the runs of these numbers one after the other, and their lengths."""
        starts, ends = self._ends[rows], self._ends[rows + 1]
        pieces = self._tape.pieces(zip(starts.tolist(), (ends - starts).tolist(), strict=True))
        return np.frombuffer(pieces, dtype=self.dtype), (ends - starts) // self.dtype.itemsize
