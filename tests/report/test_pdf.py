"""The one-page PDF: one page, readable letters, nothing outside the paper, same bytes."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sentiment.display import plot_style
from sentiment.errors import InputError
from sentiment.report.pdf import draw_page, wrap, write_pdf


@pytest.fixture(scope="module")
def hostile(world: SimpleNamespace) -> dict[str, Any]:
    annotated = world.annotated()
    text = annotated["text"] + " $x_{$ <script> 👩‍👩‍👧 مرحبا " + "崩" * 5000
    annotated = annotated.assign(text=text, own_text=text)
    return world.build(annotated, incidents=[{**world.incident(annotated), "service": "$^{外卖" * 9}])


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("case", ["outage", "hostile", "quiet", "empty"])
def test_nothing_leaves_the_paper_and_no_letter_is_a_box(
    summary: dict[str, Any], hostile: dict[str, Any], world: SimpleNamespace, lang: str, case: str
):
    told = {
        "outage": lambda: summary,
        "hostile": lambda: hostile,
        "quiet": lambda: world.build(world.annotated().head(90), incidents=[]),
        "empty": lambda: world.build(world.annotated().iloc[:0], incidents=[]),
    }[case]()
    with warnings.catch_warnings(), plot_style():
        if case != "hostile":  # the carried fonts hold no Arabic
            warnings.filterwarnings("error", message="Glyph")
        else:
            warnings.filterwarnings("ignore", message="Glyph|Matplotlib currently does not support Arabic")
        figure = draw_page(told, lang=lang)
        figure.canvas.draw()
        wide, high = figure.canvas.get_width_height()
        for text in figure.texts:
            box = text.get_window_extent()
            assert box.x1 <= wide + 1, text.get_text()
            assert 0 <= box.y0 <= box.y1 <= high, text.get_text()


def test_one_page_and_the_same_bytes(summary: dict[str, Any], tmp_path: Path):
    one, two = (write_pdf(summary, tmp_path / name).read_bytes() for name in ("a.pdf", "b.pdf"))
    assert one == two
    assert one.startswith(b"%PDF")
    assert one.count(b"/Type /Page ") == 1


def test_lines_lose_no_letter_and_keep_signs_with_their_words():
    text = "公告前后，表态的帖子里理解占 19% → 47%（差 +28 点）。Understanding rose."
    lines = wrap(text, 8)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line[0] in "，。）" or line[-1] == "（" for line in lines)
    assert wrap("", 5) == []


def test_a_tampered_quote_is_not_printed(summary: dict[str, Any]):
    quote = {**summary["quotes"]["complaint"][0], "text": "从来没说过的话"}
    with pytest.raises(InputError, match="is not word for word"):
        draw_page({**summary, "quotes": {**summary["quotes"], "complaint": [quote]}})
