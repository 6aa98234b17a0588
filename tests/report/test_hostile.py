"""Hostile posts and names in every new part: text everywhere, markup and formulas nowhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sentiment.report import draw_topics, render_html, render_markdown
from sentiment.topics import Discovered, TopicState

HOSTILE = (
    "付款 $x_{$ 没到账，谁能告诉我怎么办",
    "<script>document.title='owned'</script> 退款怎么退",
    "مرحبا ‮反过来‬ 怎么登录",
    "👩‍👩‍👧‍👦😡🇨🇳 为什么打不开",
    "| 表格 | [链接](javascript:alert(1)) `代码` {{ 7*7 }} 怎么弄",
    "崩" * 5000,
)


@pytest.fixture(scope="module")
def told(world: SimpleNamespace) -> dict[str, Any]:
    annotated = world.annotated()
    texts = pd.Series([HOSTILE[n % len(HOSTILE)] for n in range(len(annotated))], dtype="str")
    annotated = annotated.assign(
        text=texts, own_text=texts, tokens=texts.str[:200].map(" ".join), asks_help=True, service="<i>$^{外卖"
    )
    rest = annotated[annotated["topics"].eq("")]
    name = "<b>·$x_{$·|"
    row = {"topic": "d1", "name": name, "posts": len(rest), "terms": "<b>;$x_{$;|"}
    table = pd.DataFrame([{**row, "post_ids": ";".join(rest["post_id"].head(12))}])
    found = Discovered(table, pd.Series(np.full(len(rest), "d1"), index=rest.index), TopicState())
    listed = pd.DataFrame(
        [{**row, "name_zh": name, "name_en": name, "share": 0.2, "peak": "", "complaint": 9}]
    )
    topics = pd.concat([world.topics(annotated), listed], ignore_index=True)
    one = {**world.incident(annotated), "service": "<i>$^{外卖"}
    return world.build(annotated, incidents=[one], discovered=found, topics=topics)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_them_as_text(told: dict[str, Any], lang: str):
    page = render_html(told, lang=lang)
    assert "<script>document" not in page
    assert "<b>" not in page
    assert "<i>$" not in page
    assert "&lt;b&gt;·$x_{$·|" in page
    assert "{{ 7*7 }}" in page
    assert len(page.encode()) < 2_000_000


def test_markdown_tables_keep_their_cells(told: dict[str, Any]):
    words = render_markdown(told, lang="en")
    start = words.index("| Question (verbatim)")
    rows = words[start : words.index("\n\n", start)].splitlines()
    assert len(rows) > 2
    for row in rows:
        assert row.replace("\\|", "").count("|") == 7


def test_figures_draw_them(told: dict[str, Any]):
    _, numbers = draw_topics(told)
    assert "<b>·$x_{$·|" in set(numbers["name"])
