"""Copies are told from people who say the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.ingest.duplicates import Copies, Keys, find_copies
from sentiment.ingest.templates import Templates

ROW = {
    "post_id": "1", "platform": "weibo", "text": "付不了款", "author": "", "root_id": "",
    "created_at": "2025-04-11 17:05",
    "likes": 1, "reposts": None, "comments": 0, "crawled": None, "id_lost": False, "generic": False,
    "embedded": False,
    "truncated": False,
}  # fmt: skip


def frame_of(*rows: dict[str, object]) -> pd.DataFrame:
    made = pd.DataFrame([{**ROW, **row} for row in rows])
    for name in ("created_at", "crawled"):
        made[name] = pd.to_datetime(made[name]).dt.tz_localize("Asia/Shanghai")
    for name in ("likes", "reposts", "comments"):
        made[name] = made[name].astype("Int64")
    return made.assign(source=[f"a:{n}" for n in range(len(made))])


def copies_in(frame: pd.DataFrame, *, size: int = 100) -> tuple[Copies, list[pd.DataFrame]]:
    """The copies of a frame that is read part by part, and its parts."""
    parts = [frame.iloc[n : n + size].reset_index(drop=True) for n in range(0, len(frame), size)]
    keys = Keys()
    for part in parts:
        keys.add(part)
    return find_copies(keys, parts), parts


def settled(frame: pd.DataFrame, *, size: int = 100) -> pd.DataFrame:
    copies, parts = copies_in(frame, size=size)
    return pd.concat([copies.settle(part, n * size) for n, part in enumerate(parts)])


def kept(*rows: dict[str, object]) -> list[str]:
    return settled(frame_of(*rows))["source"].tolist()


@pytest.mark.parametrize(
    ("rows", "sources"),
    [
        ([{}, {}], ["a:1"]),  # without a crawl time the later row
        ([{"crawled": "2025-04-12"}, {"crawled": "2025-04-11"}], ["a:0"]),  # the newest crawl
        ([{"crawled": "2025-04-12"}, {}], ["a:0"]),
        ([{}, {"truncated": True}], ["a:0"]),  # the whole text
        ([{}, {"embedded": True}], ["a:0"]),  # the post's own row
        ([{}, {"post_id": "2"}], ["a:0", "a:1"]),
        ([{}, {"platform": "xhs"}], ["a:0", "a:1"]),
        ([{"id_lost": True}, {"id_lost": True}], ["a:0", "a:1"]),
        ([{"text": "a"}, {"text": "b"}], ["a:1"]),  # edited since
        (
            [{"text": "a", "generic": True}, {"text": "b", "generic": True}],
            ["a:0", "a:1"],
        ),  # an id of unknown make
        ([{"author": "x"}, {"post_id": "2", "author": "x"}], ["a:1"]),
        ([{"author": "x"}, {"post_id": "2", "author": "y"}], ["a:0", "a:1"]),
        ([{"author": ""}, {"post_id": "2", "author": ""}], ["a:0", "a:1"]),
        (
            [{"author": "x"}, {"post_id": "2", "author": "x", "created_at": "2025-04-13 17:05"}],
            ["a:0", "a:1"],
        ),
        ([{"author": "x"}, {"post_id": "2", "author": "x", "created_at": None}], ["a:1"]),
        ([{"author": "x", "root_id": "7"}, {"post_id": "2", "author": "x", "root_id": "8"}], ["a:0", "a:1"]),
    ],
)
def test_what_is_a_copy(rows: list[dict[str, object]], sources: list[str]):
    assert kept(*rows) == sources


COPIES = [
    {"likes": 9, "reposts": 4},
    {"post_id": "2", "likes": 5},
    {"likes": 3},
    {"post_id": "3", "author": "x"},
]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_copies_are_named_and_counts_merged(size: int):
    frame = frame_of(*COPIES)
    posts = settled(frame, size=size)
    assert posts["post_id"].tolist() == ["2", "1", "3"]
    assert posts["likes"].tolist() == [5, 9, 1]
    assert posts["reposts"].isna().tolist() == [True, False, True]
    copies = copies_in(frame, size=size)[0]
    assert (copies.lost.tolist(), copies.kept.tolist(), copies.by_text.tolist()) == ([0], [2], [False])


def test_a_copy_names_the_post_that_stays_in_the_end():
    """The newer crawl of post 1 is itself a copy of post 2, by its author and text."""
    older = {"author": "x", "crawled": "2025-04-11"}
    newer = {"post_id": "2", "author": "x", "likes": 7, "crawled": "2025-04-12"}
    copies, _ = copies_in(frame_of({}, older, newer))
    assert (copies.lost.tolist(), copies.kept.tolist()) == ([0, 1], [2, 2])
    assert copies.by_text.tolist() == [False, True]
    assert copies.counts.tolist() == [[7, 0, -1]]


def test_the_input_stays_as_it_was():
    frame = frame_of({"likes": 9}, {}, {"text": "a", "generic": True}, {"text": "b", "generic": True})
    before = frame.copy()
    settled(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_ids_of_unknown_make_become_distinct():
    posts = settled(frame_of({"text": "a", "generic": True}, {"text": "b", "generic": True}), size=1)
    assert posts["post_id"].tolist() == ["1@a:0", "1@a:1"]


ROWS = st.fixed_dictionaries(
    {
        "post_id": st.sampled_from(["1", "2", "3"]),
        "author": st.sampled_from(["", "x"]),
        "text": st.sampled_from(["a", "b"]),
        "likes": st.integers(0, 5),
        "crawled": st.sampled_from([None, "2025-04-12", "2025-04-13"]),
        "created_at": st.sampled_from([None, "2025-04-11 17:05", "2025-04-11 18:00", "2025-04-13 09:00"]),
        "generic": st.booleans(),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=12), st.integers(1, 4))
def test_every_row_is_a_post_or_a_copy_of_one_however_it_is_split(rows: list[dict[str, object]], size: int):
    frame = frame_of(*rows)
    posts, copies = settled(frame), copies_in(frame)[0]
    assert len(posts) + len(copies.lost) == len(rows)
    assert set(copies.kept) <= set(posts.index)
    assert posts["post_id"].is_unique
    pd.testing.assert_frame_equal(settled(frame, size=size), posts)


def groups(*texts: str, size: int = 100, left_out: frozenset[int] = frozenset()) -> list[str]:
    templates = Templates()
    for n in range(0, len(texts), size):
        templates.add(pa.array(texts[n : n + size], pa.large_string()))
    kept = np.array([n not in left_out for n in range(len(texts))], dtype=bool)
    return [f"p{n}" for n in templates.leaders(kept)]


@pytest.mark.parametrize(
    ("texts", "ids"),
    [
        (["取票码一直刷不出来怎么办", "取票码一直刷不出来怎么办"], ["p0", "p0"]),
        (["取票码一直刷不出来，怎么办！", "#某某崩了# 取票码一直刷不出来怎么办[怒]"], ["p0", "p0"]),
        (["订单1234567没了快点退款给我", "订单7654321没了快点退款给我"], ["p0", "p0"]),
        (["又崩了", "又崩了"], ["p0", "p1"]),  # too short to be a template
        (["取票码一直刷不出来怎么办", "外卖小哥今天也很辛苦呀"], ["p0", "p1"]),
        (["转//@某某:取票码一直刷不出来怎么办", "哈//@某某:取票码一直刷不出来怎么办"], ["p0", "p1"]),
        ([], []),
    ],
)
def test_templates(texts: list[str], ids: list[str]):
    assert groups(*texts) == ids
    assert groups(*texts, size=1) == ids


def test_a_copy_leads_no_group():
    text = "取票码一直刷不出来怎么办"
    assert groups(text, text, text + "呢", left_out=frozenset({0})) == ["p0", "p1", "p1"]


def test_nearly_equal_long_texts_are_one_group():
    base = "平台下午五点开始就一直提示网络异常，重启了三次手机还是打不开，客服电话没人接，订单里的钱已经扣了"
    assert groups(
        base, "完全不同的一句话说的是今天天气真不错", base.replace("三次", "好几次"), base + "，真急人"
    ) == ["p0", "p1", "p0", "p0"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet="崩了付不款登录慢,#1 ", max_size=30), max_size=12))
def test_groups_point_at_their_first_post(texts: list[str]):
    found = groups(*texts)
    assert len(found) == len(texts)
    for n, leader in enumerate(found):
        assert int(leader[1:]) <= n
        assert found[int(leader[1:])] == leader
