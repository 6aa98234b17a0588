"""A worker process: reads pieces of posts from stdin, writes each annotated into a file, answers on stdout.

Its own program and not a child of :mod:`multiprocessing`, which would run the caller's script again: a
script without a main guard, a notebook and ``python -c`` can all start it. It ends when stdin ends, so it
never outlives whoever started it.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
import traceback
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import pandas as pd
import pyarrow as pa

from sentiment.engines.memory import give_back
from sentiment.engines.rows import RowWork
from sentiment.errors import SentimentError

_HEAD: Final = struct.Struct("<Q")


class Piece(NamedTuple):
    """Some posts to be annotated.

    Attributes:
        work: What to do.
        posts: The posts, an Arrow stream.
        target: File of the result; it appears whole or not at all.
    """

    work: RowWork
    posts: bytes
    target: Path


def send(stream: IO[bytes], message: Any) -> None:  # noqa: ANN401 - whatever can be pickled
    """Write one message."""
    data = pickle.dumps(message, protocol=5)
    stream.write(_HEAD.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:  # noqa: ANN401 - what was sent
    """Read one message.

    Raises:
        EOFError: if the other side is gone.
    """
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise EOFError
    data = stream.read(_HEAD.unpack(head)[0])
    return pickle.loads(data)


def pack(posts: pd.DataFrame) -> bytes:
    """Return posts as an Arrow stream: the same posts give the same bytes."""
    table = pa.Table.from_pandas(posts, preserve_index=False).replace_schema_metadata()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


def run_piece(piece: Piece) -> None:
    """Annotate a piece and write its file."""
    posts = pa.ipc.open_stream(piece.posts).read_all().to_pandas()
    table = pa.Table.from_pandas(piece.work.run(posts), preserve_index=False)
    half = piece.target.with_suffix(f".{os.getpid()}")
    with pa.OSFile(str(half), "wb") as file, pa.ipc.new_file(file, table.schema, options=_PACKED) as writer:
        writer.write_table(table)
    half.replace(piece.target)
    del posts, table
    give_back()


_PACKED: Final = pa.ipc.IpcWriteOptions(compression="lz4")


def read_piece(path: Path) -> pa.Table:
    """Return what :func:`run_piece` wrote."""
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def main() -> None:
    """Work until there is no more: the answer to a piece is None, or the error it ended with."""
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr  # a library that prints must not speak into the answers
    while True:
        try:
            piece = receive(sys.stdin.buffer)
        except EOFError:
            return
        try:
            run_piece(piece)
        except SentimentError as error:
            send(answers, error)
        except Exception:  # a defect, told with its place
            send(answers, RuntimeError(f"A worker failed:\n{traceback.format_exc()}"))
        else:
            send(answers, None)
