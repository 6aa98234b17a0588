"""Post text out of HTML and cells: emoticons and line breaks kept, the rest of the markup gone."""

from __future__ import annotations

import html
import re
from typing import Final

from sentiment.ingest.values.cells import plain

_EMOTICON: Final = re.compile(r"""<img\b[^<>]{0,400}?\balt=["']?(\[[^\]<>]{1,20}\])[^<>]{0,800}>""", re.I)
_BREAK: Final = re.compile(r"<(?:br\s{0,3}/?|/p|/div|/li)\s{0,3}>", re.I)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,4000}>|<!--[^<>]{0,4000}-->")
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufeff\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
MARKUP: Final = re.compile(
    "[<&\r\xa0\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufeff\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
_MORE: Final = re.compile(
    r"(?:(?:\.{2,6}|…{1,3}|\n)[ \t\u3000]{0,3}全文|(?:\.{2,6}|…{1,3})?\s{0,3}展开全文c?"
    r"|[\s\u3000]收起(?:全文)?d?|收起(?:全文)?d)\s{0,4}\Z"
)
LAST: Final = frozenset("文c起d")
"""What such a link ends with; looked at first, because nearly no text does."""
_GUARDED: Final = re.compile(r"\A'(?='*[=+\-@\t\r])")


def html_to_text(value: object) -> str:
    r"""Return a cell's text: ``<img alt=[怒]>`` kept as ``[怒]``, breaks as newlines, tags gone.

    Entities are undone (twice: some scrapers escape them again); zero-width, control and private-use
    characters (icon fonts) are removed, the joiner inside emoji stays.

    >>> html_to_text('又崩了<img alt=[怒] src="//h5.sinaimg.cn/x.png"><br/>&quot;稍后再试&quot;\u200b')
    '又崩了[怒]\n"稍后再试"'
    """
    text = plain(value)
    if MARKUP.search(text) is None:
        return text.strip()
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", _EMOTICON.sub(r"\1", text)))
    if "&" in text:
        text = plain(html.unescape(html.unescape(text)))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    return _INVISIBLE.sub("", text).strip()


def cut_marker(text: str) -> tuple[str, bool]:
    """Return the text without the link that says it goes on, and whether it had one.

    >>> cut_marker("取票码一直刷不出来 ...全文")
    ('取票码一直刷不出来', True)
    >>> cut_marker("请看公告全文")
    ('请看公告全文', False)
    """
    if text[-1:] not in LAST and not text[-1:].isspace():
        return text, False
    match = _MORE.search(text, max(0, len(text) - 24))
    return (text, False) if match is None else (text[: match.start()].rstrip(), True)


def undo_guard(text: str) -> str:
    """Take off the apostrophe that :func:`sentiment.ingest.write.guard_cells` put before a formula sign.

    >>> undo_guard("'=1+1"), undo_guard("'quoted'")
    ('=1+1', "'quoted'")
    """
    return _GUARDED.sub("", text) if text[:1] == "'" else text
