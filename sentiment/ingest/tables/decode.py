"""Bytes to text: which encoding a file is in, and its lines."""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO, Final

SAMPLE: Final = 1 << 20
"""Bytes looked at to tell the encoding."""
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
    foreign = sum(not char.isascii() for char in text) if not text.isascii() else 0
    return text.count("\ufffd") / foreign if foreign else 0.0


def text_lines(stream: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """Return a text stream with line ends as written; broken bytes become U+FFFD."""
    return io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")


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
