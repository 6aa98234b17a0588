"""What the author wrote, and the form the models read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text.clean import (
    CLEANERS,
    drop_links,
    in_chinese,
    model_text,
    own_model_text,
    own_text,
    simplify,
    squeeze,
)

WEIBO_LIKE = st.text(alphabet="美团崩了又@#/:：[]允悲 \n　ＡＰ12aBh.tcn？！…​", max_size=60)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("又崩了//@甲:打不开//@乙:我的外卖呢", "又崩了"),
        ("又崩了// @甲:打不开", "又崩了"),
        ("//@甲:打不开", ""),
        ("转发微博", ""),
        ("轉發微博 ", ""),
        ("Repost", ""),
        ("回复@小王:程序员也不容易", "程序员也不容易"),
        ("回覆 @小王：唉", "唉"),
        ("#美团崩了#", "#美团崩了#"),
        ("真行\n原始用户: 某某\n转发内容: 美团崩了", "真行"),
        ("闪退\n开发者回复：感谢您的反馈", "闪退"),
        ("闪退 ---------- 开发者回复：感谢您的理解", "闪退"),
        ("  \u200b又崩了\ufeff ", "又崩了"),
        ("半个\ud83d字", "半个字"),
        ("链接 http://t.cn/a//b 打不开", "链接 http://t.cn/a//b 打不开"),
        ("", ""),
    ],
)
def test_own_text_keeps_only_what_the_author_wrote(text: str, own: str) -> None:
    assert own_text(text) == own


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("美團當機了", "美团当机了"),
        ("ＡＰＰ打不开１２３", "app打不开123"),
        ("啊啊啊啊啊啊啊", "啊啊啊"),
        ("看 http://t.cn/A6abcd 又崩", "看 又崩"),
        ("O网页链接 崩了", "崩了"),
        ("@美团客服 在吗", "在吗"),
        ("#美团[超话]# 崩", "#美团# 崩"),
        ("[允悲][doge]", "[允悲][doge]"),
        ("\t换行\n\n两次 ", "换行 两次"),
        ("", ""),
    ],
)
def test_model_text_is_simplified_plain_and_short(text: str, read: str) -> None:
    assert model_text(text) == read


@given(WEIBO_LIKE)
def test_own_text_of_own_text_is_itself(text: str) -> None:
    once = own_text(text)
    assert own_text(once) == once


@given(WEIBO_LIKE)
def test_model_text_twice_changes_nothing(text: str) -> None:
    once = model_text(text)
    assert model_text(once) == once


def test_a_long_post_is_read_from_its_beginning() -> None:
    assert len(model_text("美团崩了" * 100_000)) <= 2_000


@pytest.mark.parametrize(
    "hostile", ["@" * 50_000, "#" * 50_000, "http://" + "a" * 50_000, "啊" * 50_000, "[" * 50_000]
)
def test_hostile_text_is_read_in_no_time(hostile: str) -> None:
    assert isinstance(own_model_text(hostile), str)


def test_cleaners_run_in_the_listed_order() -> None:
    text = "＠美团 ＡＰＰ"
    for cleaner in CLEANERS:
        text = cleaner(text)
    assert text == "＠美团 app"


def test_single_cleaners() -> None:
    assert simplify("餓了麼") == "饿了么"
    assert drop_links("L某某的微博视频").strip() == ""
    assert squeeze("！！！！！？？？？") == "！！！？？？"


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("崩", True),
        ("app崩了", True),
        ("美味の午餐", True),
        ("", False),
        ("12345！", False),
        ("[允悲][泪]", False),
        ("落ちたアプリ", False),
        ("배민 다운 中", False),
    ],
)
def test_chinese_is_told_from_signs_and_neighbours(text: str, chinese: bool) -> None:
    assert in_chinese(text) is chinese
