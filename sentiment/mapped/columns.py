"""A frame larger than memory: its columns lie in files and are mapped, not loaded.

Whoever reads the frame sees an ordinary one; the system fetches the pages that are looked at and takes them
back when memory is short. Columns are whole, not in parts: taking rows from a column in parts copies it.
"""

from __future__ import annotations

import mmap
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sentiment.errors import SentimentError
from sentiment.mapped.arrays import AT_ONCE, stretches
from sentiment.mapped.resting import let_go, watch
from sentiment.schema import TIME, ZONE, empty

_NUMBERS: Final[Mapping[str, str]] = {"bool": "?", "float64": "<f8", "Int64": "<i8", TIME: "<i8"}
"""How a column's values lie in its file."""
_MISSING: Final[Mapping[str, Any]] = {"bool": False, "float64": np.nan, "Int64": 0, TIME: pd.NaT.value}
_STARTS, _KNOWN = ".starts", ".known"


class ColumnFiles:
    """Rows appended chunk by chunk to one file a column; texts take a second file, of where each starts.

    Args:
        columns: Name and dtype, those of :mod:`sentiment.schema`.
        folder: Where the files lie until they are mapped; None: the system's temporary folder.

    >>> files = ColumnFiles({"text": "str", "likes": "Int64"})
    >>> files.append(pd.DataFrame({"text": ["又崩了", ""], "likes": pd.array([3, None], dtype="Int64")}))
    >>> files.append(pd.DataFrame({"text": ["好了"], "likes": pd.array([0], dtype="Int64")}))
    >>> files.frame()["text"].tolist(), files.frame()["likes"].sum()
    (['又崩了', '', '好了'], np.int64(3))
    """

    def __init__(self, columns: Mapping[str, str], *, folder: Path | None = None) -> None:
        self.columns = dict(columns)
        self.rows = 0
        self._sizes = dict.fromkeys(columns, 0)
        self._folder = Path(tempfile.mkdtemp(prefix="sentiment-columns-", dir=folder))
        self._files: dict[str, BinaryIO] = {}
        weakref.finalize(self, _drop, self._files, self._folder)
        self._frame: pd.DataFrame | None = None
        self._maps: list[mmap.mmap] = []
        for name, dtype in columns.items():
            self._open(name)
            if dtype == "str":
                self._open(name + _STARTS).write(np.zeros(1, dtype="<i8").tobytes())
            elif dtype == "Int64":
                self._open(name + _KNOWN)

    def __enter__(self) -> ColumnFiles:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files; those that were not mapped are gone."""
        _drop(self._files, self._folder)

    def _open(self, name: str) -> BinaryIO:
        self._files[name] = (self._folder / name).open("wb")
        return self._files[name]

    def append(self, frame: pd.DataFrame) -> None:
        """Add rows: a frame with these columns.

        Raises:
            SentimentError: if the disk is full.
        """
        named = frame[list(self.columns)]
        self.append_table(pa.Table.from_pandas(named, preserve_index=False))

    def append_table(self, table: pa.Table) -> None:
        """Add rows as Arrow holds them; errors of :meth:`append`."""
        try:
            for name, dtype in self.columns.items():
                for part in table.column(name).chunks:
                    if dtype == "str":
                        self._append_text(name, part)
                    else:
                        self._append_numbers(name, dtype, part)
        except OSError as error:
            raise SentimentError(
                f"Cannot set annotated posts aside in {self._folder.parent}: {error.strerror or error}; "
                "free some space there or point TMPDIR to another folder."
            ) from None
        self.rows += len(table)

    def _append_text(self, name: str, given: pa.Array) -> None:
        texts = given.cast(pa.large_string())
        if texts.null_count:
            texts = texts.fill_null("")
        if not len(texts):
            return
        _, starts, data = texts.buffers()
        at = np.frombuffer(starts, dtype="<i8")[texts.offset : texts.offset + len(texts) + 1]
        if data is not None:
            self._files[name].write(memoryview(data)[at[0] : at[-1]])
        self._files[name + _STARTS].write((at[1:] - at[0] + self._sizes[name]).tobytes())
        self._sizes[name] += int(at[-1] - at[0])

    def _append_numbers(self, name: str, dtype: str, given: pa.Array) -> None:
        if dtype == "Int64":
            self._files[name + _KNOWN].write(given.is_valid().to_numpy(zero_copy_only=False).tobytes())
        if dtype == TIME:
            given = given.cast(pa.timestamp("ns", ZONE)).cast(pa.int64())
        values = given.fill_null(_MISSING[dtype]).to_numpy(zero_copy_only=False)
        self._files[name].write(values.astype(_NUMBERS[dtype], copy=False).tobytes())

    def frame(self) -> pd.DataFrame:
        """Return all rows; nothing can be added after that."""
        if self._frame is None:
            for file in self._files.values():
                file.close()
            self._frame = self._mapped() if self.rows else empty(self.columns)
            # where the system allows it the files go now: what is mapped stays until it is let go
            with suppress(OSError):
                shutil.rmtree(self._folder)
            for mapped in self._maps:
                watch(mapped)
        # as long as two frames share a column, pandas copies it before it writes to it
        given = self._frame.copy(deep=False)
        weakref.finalize(given, _let_go_of, self._frame)
        return given

    def _mapped(self) -> pd.DataFrame:
        return pd.DataFrame(
            {name: self._column(name, dtype) for name, dtype in self.columns.items()}, copy=False
        )

    def _column(self, name: str, dtype: str) -> Any:  # noqa: ANN401 - an array of any dtype
        if dtype == "str":
            return self._text_column(name)
        values = np.frombuffer(self._map(name), dtype=_NUMBERS[dtype])
        if dtype == TIME:
            times = pd.DatetimeIndex(values.view("M8[ns]"), copy=False).tz_localize("UTC")
            return pd.Series(times.tz_convert(ZONE), copy=False)
        if dtype == "Int64":
            known = np.frombuffer(self._map(name + _KNOWN), dtype="?")
            return pd.arrays.IntegerArray(values, ~known, copy=False)
        return values

    def _text_column(self, name: str) -> pd.Series:
        data = pa.py_buffer(self._map(name)) if self._sizes[name] else pa.py_buffer(b"")
        starts = pa.py_buffer(self._map(name + _STARTS))
        texts = pa.Array.from_buffers(pa.large_string(), self.rows, [None, starts, data])
        return pd.Series(pa.chunked_array([texts]).to_pandas(types_mapper=_TEXT.get)).astype("str")

    def _map(self, name: str) -> mmap.mmap:
        with (self._folder / name).open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._maps.append(mapped)
        return mapped

    def rest(self) -> None:
        """Let go of the pages that were looked at; they are read again when needed."""
        for mapped in self._maps:
            let_go(mapped)


def _let_go_of(_frame: pd.DataFrame) -> None:
    """Do nothing: until a finalizer calls this, it holds the frame."""


def spell_out(numbers: NDArray[np.int32], names: Sequence[str]) -> pd.Series:
    """Return a column of the names that numbers stand for; a long one lies in files.

    >>> spell_out(np.array([1, 0], dtype="i4"), ["", "d1"]).tolist()
    ['d1', '']
    """
    texts = pa.array(names, pa.large_string())
    if len(numbers) <= AT_ONCE:
        return pd.Series(pd.array(texts.take(pa.array(numbers)), dtype="str"))
    with ColumnFiles({"name": "str"}) as files:
        for part in stretches(len(numbers)):
            files.append_table(pa.table({"name": texts.take(pa.array(numbers[part]))}))
        return files.frame()["name"]


def _drop(files: Mapping[str, BinaryIO], folder: Path) -> None:
    for file in files.values():
        with suppress(OSError):
            file.close()
    shutil.rmtree(folder, ignore_errors=True)


_TEXT: Final[Mapping[pa.DataType, Any]] = {pa.large_string(): pd.StringDtype("pyarrow")}
