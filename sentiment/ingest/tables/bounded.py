"""Streams that end where they should: a file at the size it had, an unpacked one before it fills the disk."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from sentiment.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

RATIO: Final = 200
"""Times its packed size that a file may unpack to; posts come to 3 to 30."""
FREE: Final = 256 << 20
"""Bytes that any packed file may unpack to."""
_BUFFER: Final = 1 << 18


class _Ending(io.RawIOBase):
    """A stream that is read up to a number of bytes."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream = stream
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer)[: self.left]
        data = self.stream.read(len(room)) if len(room) else b""
        room[: len(data)] = data
        self.left -= len(data)
        return len(data)

    def close(self) -> None:
        self.stream.close()
        super().close()


class _Unpacked(_Ending):
    """An unpacked stream that refuses to go beyond what its packed size makes credible."""

    def __init__(self, stream: BinaryIO, name: str, packed: int) -> None:
        super().__init__(stream, most_unpacked(packed) + 1)
        self.name_shown = name

    def readinto(self, buffer: WriteableBuffer) -> int:
        size = super().readinto(buffer)
        if self.left <= 0:
            raise InputError(too_large(self.name_shown))
        return size


def open_at_size(path: Path, size: int) -> BinaryIO:
    """Open a file that another program may still be writing, as far as it went when it had that size."""
    return io.BufferedReader(_Ending(path.open("rb", buffering=0), size), _BUFFER)


def open_unpacked(stream: BinaryIO, *, name: str, packed: int) -> BinaryIO:
    """Return an unpacking stream whose reading fails once it has given more than is credible."""
    return io.BufferedReader(_Unpacked(stream, name, packed), _BUFFER)


def most_unpacked(packed: int) -> int:
    """Return how many bytes a packed file may unpack to.

    >>> most_unpacked(1000) == FREE, most_unpacked(10 * FREE) == 2000 * FREE
    (True, True)
    """
    return max(FREE, RATIO * packed)


def check_archive(archive: zipfile.ZipFile, name: str, packed: int) -> None:
    """Refuse an archive whose members are too large by its own account; they cannot be larger than that.

    Raises:
        InputError: if it is.
    """
    if sum(item.file_size for item in archive.infolist()) > most_unpacked(packed):
        raise InputError(too_large(name))


def too_large(name: str) -> str:
    """Return the sentence for a packed file that unpacks to more than is credible."""
    return (
        f"{name} unpacks to more than {RATIO} times its size and {FREE >> 20} MiB, as a damaged or hostile "
        "archive does; if it is sound, unpack it first."
    )
