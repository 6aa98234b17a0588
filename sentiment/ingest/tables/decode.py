"""Bytes to text: which encoding a file is in, and its lines."""

from __future__ import annotations

import codecs
import contextlib
import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

SAMPLE: Final = 1 << 20
"""Bytes looked at to tell the encoding."""
BLOCK: Final = 1 << 13
"""Bytes that are checked at once."""
_LOADED: Final = 1 << 20
"""Bytes that are held at once where lines are read."""
_NOWHERE: Final = 1 << 62
MIXABLE: Final = ("utf-8", "utf-8-sig", "gb18030")
"""Encodings whose lines are found in bytes, and that stand side by side in files pasted together."""
_TWO_BYTES: Final = re.compile("[\x80-\u07ff]")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def detect_encoding(head: bytes) -> str:
    """Return the encoding of text by its first bytes: a mark, else the one with fewest broken characters.

    >>> detect_encoding("又崩了".encode("gb18030")), detect_encoding("又崩了".encode())
    ('gb18030', 'utf-8')
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if (wide := _unmarked_utf16(head)) is not None:
        return wide
    if _broken_share(head, "utf-8") <= 0.1:
        return "utf-8"
    return min(("utf-8", "gb18030"), key=lambda name: _broken_share(head, name))


def _unmarked_utf16(head: bytes) -> str | None:
    sample = head[:4000]
    if len(sample) < 4 or sample.count(0) * 8 < len(sample):
        return None
    return "utf-16-le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf-16-be"


def _broken_share(head: bytes, encoding: str) -> float:
    """Broken characters among those that are not ASCII; the cut end of the sample does not count."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("\ufffd") / foreign if foreign else 0.0


def text_lines(stream: BinaryIO, encoding: str) -> io.TextIOWrapper:
    r"""Return a text stream with line ends as written; broken bytes become U+FFFD.

    A file pasted together from UTF-8 and GB18030 lines is read line by line, each in its own encoding.

    >>> text_lines(io.BytesIO("又崩了\n".encode() + "打不开".encode("gb18030")), "gb18030").read()
    '又崩了\n打不开'
    """
    if encoding not in MIXABLE:
        return io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    mended = io.BufferedReader(_LinesInUtf8(stream, mostly=encoding), BLOCK)
    mark = "utf-8-sig" if encoding == "utf-8-sig" else "utf-8"
    return io.TextIOWrapper(mended, encoding=mark, errors="replace", newline="")


class TextLines:
    r"""Lines of a stream in UTF-8 or GB18030 as :func:`text_lines` gives them, or many of them as bytes.

    >>> lines = TextLines(io.BytesIO(b"a,b\n1,2\n3,4\n"), "utf-8")
    >>> lines.readline(80), lines.ahead(4), lines.skip(4), lines.readline(80)
    ('a,b\n', b'1,2\n', None, '3,4\n')
    """

    def __init__(self, stream: BinaryIO, encoding: str, *, compiled: bool = False) -> None:
        self.position = 0
        """Bytes given out."""
        self.compiled = compiled
        """Whether compiled loops may look at the bytes."""
        self._stream = stream
        self._blocks = _LinesInUtf8(stream, mostly=encoding)
        self._marked = encoding == "utf-8-sig"
        self._held = b""
        self._at = 0
        self._feed = self._return = -1
        """Where the next ``\\n`` and ``\\r`` stand, from ``_at`` on; :data:`_NOWHERE` if there is none."""
        self._trouble: Exception | None = None
        self._rest: io.TextIOWrapper | None = None

    def __enter__(self) -> TextLines:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def readline(self, limit: int) -> str:
        """Return the next line with its end, at most so many characters of it; empty at the end."""
        if self._rest is None:
            end = self._line_end(limit)
            if end >= 0:
                line = self._held[self._at : end]
                self._give(end - self._at)
                return line.decode("utf-8", "replace")
            self._rest = self._wrapped()
        return self._rest.readline(limit)

    def ahead(self, size: int) -> bytes:
        """Return the whole lines among the next so many bytes, without going on; empty if there are none."""
        if self._rest is not None:
            return b""
        missing = size - (len(self._held) - self._at)
        if missing > 0 and self._trouble is None:
            self._load(missing)
        return self._held[self._at : self._held.rfind(b"\n", self._at, self._at + size) + 1]

    @property
    def sound(self) -> bool:
        """Whether all bytes read so far are known to be sound UTF-8."""
        return self._blocks.sound

    def skip(self, size: int) -> None:
        """Go on by so many bytes of what :meth:`ahead` returned."""
        self._give(size)

    def _give(self, size: int) -> None:
        self._at += size
        self.position += size

    def _line_end(self, limit: int) -> int:
        """Where the next line ends in what is held; -1 if it is longer than the limit."""
        while True:
            if self._feed < self._at:
                self._feed = self._find(b"\n")
            if self._return < self._at:
                self._return = self._find(b"\r")
            whole = self._feed != _NOWHERE
            stop = self._feed + 1 if whole else len(self._held)
            if self._return < stop - 1 - whole:
                stop = self._return + 1  # a return alone ends a line
            elif not whole and stop - self._at <= limit and self._fill():
                continue
            return stop if stop - self._at <= limit else -1

    def _find(self, mark: bytes) -> int:
        found = self._held.find(mark, self._at)
        return _NOWHERE if found < 0 else found

    def _fill(self) -> bool:
        """Hold more of the stream; False at its end. What came before damage has been given out by then."""
        if self._trouble is None and self._load(_LOADED):
            return True
        if self._trouble is None:
            return False
        self._held, self._at = b"", 0
        self._raise()
        return False

    def _raise(self) -> None:
        trouble, self._trouble = self._trouble, None
        try:
            if trouble is not None:
                raise trouble
        finally:
            del trouble

    def _load(self, least: int) -> bool:
        """Add at least so many bytes to what is held; False if there was none."""
        blocks, size = [], 0
        try:
            while size < least and (block := self._blocks.next_block()):
                blocks.append(block)
                size += len(block)
        except Exception as trouble:  # told when what came before it has been given out
            self._trouble = trouble.with_traceback(None)  # which would keep this object alive
        if self._marked and blocks:
            self._marked = False
            blocks[0] = blocks[0].removeprefix(codecs.BOM_UTF8)
        self._held = b"".join([self._held[self._at :], *blocks])
        self._at, self._feed, self._return = 0, -1, -1
        return bool(blocks)

    def next_block(self) -> bytes:
        """Return what follows all that is held."""
        self._raise()
        return self._blocks.next_block()

    def _wrapped(self) -> io.TextIOWrapper:
        """What is left as a text stream, for lines of any length."""
        left = _Left(self._held[self._at :], self)
        self._held, self._at = b"", 0
        buffered = io.BufferedReader(left, BLOCK)
        return io.TextIOWrapper(buffered, encoding="utf-8", errors="replace", newline="")


class _Left(io.RawIOBase):
    """Bytes taken from a stream already, then the rest of the stream."""

    def __init__(self, held: bytes, lines: TextLines) -> None:
        self._held, self._lines = held, lines

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        if not self._held:
            self._held = self._lines.next_block()
        taken, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


class _LinesInUtf8(io.RawIOBase):
    """Bytes of a stream with every GB18030 line written as UTF-8; blocks of sound UTF-8 pass as they are."""

    def __init__(self, stream: BinaryIO, *, mostly: str) -> None:
        self._stream, self._mostly = stream, mostly
        self._ready = b""
        self.sound = True
        """Whether all blocks given out so far were sound UTF-8."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        if not self._ready:
            self._ready = self.next_block()
        taken, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def next_block(self) -> bytes:
        """Return some blocks up to the end of a line; a line of more than a block is cut there."""
        block = self._stream.read(self._at_hand())
        if block:
            with contextlib.suppress(EOFError):  # a packed file that ends early: told at the next read
                block += self._stream.readline(BLOCK)
        if self._mostly != "gb18030" and _sound(block, "utf-8"):
            return block
        self.sound = False
        return b"".join(self._mended(block))

    def _at_hand(self) -> int:
        """Bytes of whole blocks that can be had without a read that may fail; of one block at least."""
        peek = getattr(self._stream, "peek", None)
        return max(BLOCK, len(peek()) // BLOCK * BLOCK) if peek is not None else BLOCK

    def _mended(self, data: bytes) -> Iterator[bytes]:
        stream = io.BytesIO(data)
        while block := stream.read(BLOCK) + stream.readline(BLOCK):
            if self._mostly != "gb18030" and _sound(block, "utf-8"):
                yield block
            else:
                yield from map(self._mend, block.splitlines(keepends=True))

    def _mend(self, line: bytes) -> bytes:
        if line.isascii() or self._is_utf8(line) or not _sound(line, "gb18030"):
            return line
        return line.decode("gb18030").encode("utf-8", "replace")

    def _is_utf8(self, line: bytes) -> bool:
        """A short GB18030 line may be sound UTF-8 by chance; its two-byte characters then give it away."""
        if not _sound(line, "utf-8"):
            return False
        return self._mostly != "gb18030" or not _TWO_BYTES.search(line.decode("utf-8"))


def _sound(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def is_text(head: bytes) -> bool:
    """Tell whether bytes are text: no NULs but those of UTF-16, few control characters.

    >>> is_text(b"a,b"), is_text(bytes(range(32)) * 8)
    (True, False)
    """
    if detect_encoding(head[:4000]).startswith(("utf-16", "utf-32")):
        return True
    sample = head[:4000]
    control = sum(byte < 32 and byte not in (9, 10, 11, 12, 13) for byte in sample)
    return control * 20 <= len(sample)
