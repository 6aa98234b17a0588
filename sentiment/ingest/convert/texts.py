"""A post's text: without markup, a title before it, cut where it is too long."""

from __future__ import annotations

import re
from typing import Final

from sentiment.ingest.convert.cells import Cells, unguarded
from sentiment.ingest.formats import pick_first
from sentiment.ingest.values import cut_marker, html_to_text

_REPOST: Final = re.compile(r"//\s?@|\A转发微博\s?\Z|\A(?:轉發微博|Repost)\s?\Z")
LOOKED_AT: Final = 2000
"""Characters of a text in which the words of another are looked for."""
_QUOTED: Final = re.compile(r"\n?原始用户[:：]\s{0,3}([^\n]{1,60})\n转发内容[:：]\s{0,3}")


def post_texts(cells: Cells, limit: int) -> tuple[list[str], list[bool]]:
    """Return clean texts and whether each is cut; ``title+body`` is joined (see :func:`joined`)."""
    spelled = cells.layout.fields.get("text", "")
    first, _, second = spelled.partition("+")
    bodies = [clean_text(cell) for cell in pick_first(cells.rows, (second or first).split("|"))]
    if second:
        titles = [clean_text(cell)[0] for cell in pick_first(cells.rows, first.split("|"))]
        bodies = [joined(title, *body) for title, body in zip(titles, bodies, strict=True)]
    return [text[:limit] for text, _ in bodies], [cut or len(text) > limit for text, cut in bodies]


def clean_text(cell: object) -> tuple[str, bool]:
    """Return a cell's text without markup, and whether the scraper cut it."""
    text, cut = cut_marker(html_to_text(unguarded(cell)))
    if "转发内容" in text:
        text = _QUOTED.sub(r"//@\1:", text, count=1)
    return text, cut


def joined(title: str, body: str, cut: bool) -> tuple[str, bool]:
    """Return a title and a body as one text; a title that the body repeats is left out."""
    if not title or body.startswith(title.rstrip(".…")):
        return body or title, cut
    return (f"{title}\n{body}" if body else title), cut


def is_repost(text: str) -> bool:
    """Tell whether a text is passed on: it carries another's words or says so."""
    return ("//" in text or len(text) < 12) and _REPOST.search(text[:LOOKED_AT]) is not None
