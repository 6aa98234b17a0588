"""The letters a page needs, cut from the carried fonts and written as data URLs."""

from __future__ import annotations

import base64
import io
from typing import Final

from sentiment.display import CJK_FONT, EMOJI_FONT, font_path

FAMILIES: Final = (("Report Sans", CJK_FONT), ("Report Emoji", EMOJI_FONT))


def font_faces(text: str) -> str:
    """Return the ``@font-face`` rules that draw a text, each font holding only the characters used.

    The bytes are the same for the same set of characters.

    >>> font_faces("a").count("@font-face")
    1
    """
    wanted = {ord(letter) for letter in text}
    rules = []
    for family, name in FAMILIES:
        cut = subset_font(name, wanted)
        wanted -= cut[1]
        if cut[1]:
            url = base64.b64encode(cut[0]).decode("ascii")
            rules.append(
                f'@font-face{{font-family:"{family}";src:url(data:font/woff;base64,{url}) format("woff")}}'
            )
    return "\n".join(rules)


def subset_font(name: str, wanted: set[int]) -> tuple[bytes, set[int]]:
    """Return a WOFF file with the wanted characters that a carried font has, and which these are."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    # outlines stay as they are, so their boxes need not be measured again
    with TTFont(font_path(name), recalcTimestamp=False, recalcBBoxes=False, lazy=True) as font:
        found = wanted & set(font.getBestCmap())
        if not found:
            return b"", set()
        options = subset.Options()
        options.hinting = False
        options.layout_features = []
        options.notdef_outline = True
        options.recalc_timestamp = False
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=found)
        cutter.subset(font)
        font.flavor = "woff"
        file = io.BytesIO()
        font.save(file, reorderTables=False)
    return file.getvalue(), found
