"""Markdown: a golden text for a tiny case, hostile posts inert."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import InputError
from sentiment.report import render_markdown
from sentiment.report.markdown import MARKS, escape, table

TINY = """\
# Not enough data to tell whether there was an outage

3 posts from 18 Jun 12:05 to 18 Jun 12:07. Of the 2 posts counted, 50% complain and 50% show understanding.

|  | Value |  |
| --- | --- | --- |
| Posts | 3 | All posts |
| Period | 2 min | 18 Jun – 18 Jun |
| Complaint | 50% | 9%–91% |
| Understanding | 50% | 9%–91% |
| Neutral | 0% | 0%–66% |
| Data grade | good | 0 warnings |

## Complaint and understanding

| Stance | Posts | Share | 95% interval |
| --- | ---: | ---: | ---: |
| Complaint | 1 | 50% | 9%–91% |
| Understanding | 1 | 50% | 9%–91% |
| Neutral | 0 | 0% | 0%–66% |

In all data, 2 posts counted, 0 of them read without certainty. Left out: media 1.

## In their words

Word for word; at most one per author and near-duplicate group; strongest evidence first; private data masked.

### Complaint

> 付了钱订单没了，\\*\\*退钱\\*\\*
> — 18 Jun 12:05, weibo, `p1`

### Understanding

> 辛苦了，慢慢修
> — 18 Jun 12:06, weibo, `p2`

## How it spread

Half of the posts were there 1 min after the first post, nine tenths after 2 min.

All posts in scope, official and media included. Only what the files hold: a platform has more reposts \
than a crawl finds.

| Form | Posts | Share |
| --- | ---: | ---: |
| Original | 3 | 100% |
| Person | 2 | 67% |
| Media | 1 | 33% |

## How far to trust the data

Data grade: good

Rows read 4, Became posts 3, Rejected 1, Duplicates 0

- Rejected: blank row 1

"""


@pytest.fixture
def tiny(world: SimpleNamespace, annotated: pd.DataFrame) -> dict[str, Any]:
    texts = ["付了钱订单没了，**退钱**", "辛苦了，慢慢修", "青禾外卖崩了上热搜"]
    frame = annotated.head(3).assign(
        post_id=["p1", "p2", "p3"],
        dup_group=["p1", "p2", "p3"],
        text=texts,
        own_text=texts,
        author=["a", "b", "c"],
        account_kind=["person", "person", "media"],
        stance=["complaint", "understanding", "neutral"],
        stance_sure=True,
        asks_help=False,
        topics="",
        created_at=pd.date_range("2025-06-18 12:05", periods=3, freq="min", tz="Asia/Shanghai"),
    )
    return world.build(
        frame,
        incidents=[],
        counts=world.counts(frame),
        rejected=pd.DataFrame({"source": ["f:5"], "reason": ["blank row"], "raw": [""]}),
        quality={
            "totals": {"rows": 4, "accepted": 3, "rejected": 1, "duplicates": 0},
            "trust": {"grade": "good"},
        },
        run={},
    )


def test_golden(tiny: dict[str, Any]):
    told = render_markdown(tiny, lang="en")
    assert told.startswith(TINY)
    assert told[len(TINY) :].startswith("## Method and limits\n\n- Stance: only the author's own words")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_large_case_holds_every_part(summary: dict[str, Any], lang: str):
    told = render_markdown(summary, lang=lang)
    assert told.count("\n## ") == 12
    assert told.startswith("# 青禾外卖")
    assert "sha256" in told
    assert "None" not in told


@pytest.mark.parametrize("case", ["zero", "incidents", "open"])
def test_other_cases(world: SimpleNamespace, annotated: pd.DataFrame, case: str):
    one = world.incident(annotated)
    frame, incidents, expected = {
        "zero": (annotated.iloc[:0], [], "# 没有可以分析的帖子"),
        "incidents": (annotated, [one, {**one, "id": "b", "end": None, "kind": "unclear"}], "## 故障列表"),
        "open": (annotated, [{**one, "end": None, "notes": ["ongoing"]}], "> 数据结束时仍未恢复"),
    }[case]
    assert expected in render_markdown(world.build(frame, incidents=incidents))


@given(st.text(max_size=200))
def test_escaped_text_is_one_line_without_bare_marks(text: str):
    told = escape(text)
    assert len(told.splitlines()) <= 1
    bare = [
        letter
        for n, letter in enumerate(told)
        if letter in MARKS - {"\\"} and (n == 0 or told[n - 1] != "\\")
    ]
    assert bare == []


def test_a_cell_cannot_break_out_of_its_table():
    told = table(["a"], [[escape("x | y\n| z")]], numbers=1)
    assert told.splitlines()[2] == "| x \\| y \\| z |"


def test_a_tampered_quote_is_refused(summary: dict[str, Any]):
    forged = copy.deepcopy(summary)
    forged["quotes"]["understanding"][0]["text"] = "太棒了"
    with pytest.raises(InputError, match="not word for word"):
        render_markdown(forged)
