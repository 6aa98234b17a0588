"""Who speaks, and who only sells."""

from __future__ import annotations

import pytest

from sentiment.ingest.accounts import (
    account_kind,
    account_kinds,
    hash_authors,
    hijacks,
    is_hijack,
    verified_marks,
)


@pytest.mark.parametrize(
    ("name", "verified", "region", "kind"),
    [
        ("网友小王", "", "上海", "person"),
        ("网友小王", "普通用户", "", "person"),
        ("网友小王", "黄V", "", "person"),
        ("某某公司", "蓝V", "", "official"),
        ("某某公司", "黄V企业", "", "official"),
        ("某某公司", "2", "", "official"),
        ("某市发布", "1", "", "official"),
        ("饿了么", "", "", "official"),
        ("美团外卖官方微博", "", "", "official"),
        ("支付宝客服", "", "", "official"),
        ("淘票票小助手", "", "", "official"),
        ("某某官方旗舰店", "", "", "official"),
        ("我爱美团", "", "", "person"),
        ("学习小助手", "", "", "person"),
        ("某城晚报", "", "", "media"),
        ("某某财经", "蓝V", "", "media"),
        ("某某财经", "黄V", "", "media"),
        ("某某财经", "", "", "person"),
        ("某台", "3", "", "media"),
        ("澎湃新闻", "", "", "media"),
        ("网友", "", "AI罗伯特聪明版", "bot"),
        ("网友", "", "微博智搜AI生成", "bot"),
        ("评论罗伯特", "", "来自罗伯特", "bot"),
        ("AI罗伯特", "蓝V", "", "bot"),
        ("某***友", "", "", "person"),
    ],
)
def test_kinds(name: str, verified: str, region: str, kind: str):
    assert account_kind(name, verified=verified, region=region) == kind
    assert account_kinds([name] * 2, [verified] * 2, [region] * 2, [True] * 2) == [kind] * 2


def test_nobody_named_is_unknown():
    assert account_kind("", known=False) == "unknown"
    assert account_kind("", known=True) == "person"


def test_hashes_hide_and_tell_apart():
    hashed = hash_authors([1, "1", 2, None, None], ["a", "b", "c", "小王", ""], platform="weibo", salt="s")
    assert hashed[0] == hashed[1] != hashed[2]
    assert hashed[3] != ""
    assert hashed[4] == ""
    assert all(len(one) == 16 for one in hashed[:4])
    assert hash_authors([1], [""], platform="weibo", salt="t") != hashed[:1]
    assert hash_authors([1], [""], platform="xhs", salt="s") != hashed[:1]
    assert (
        hash_authors(["5.2E+9"], ["小王"], platform="weibo", salt="s") == hashed[3:4]
    )  # a lost id falls back


@pytest.mark.parametrize(
    ("text", "hijack"),
    [
        ("#饿了么崩了# 羊毛衫工厂直发，码数全，戳主页", True),
        ("#饿了么崩了##早安##春游# 手工皂现货包邮", True),
        ("#饿了么崩了##开学##周末# 坚果今天下单送杯子", True),
        ("#饿了么崩了# 优惠券付不了款，亏了30元", False),
        ("#饿了么崩了##外卖##周五# 下单按钮没反应", False),
        ("#饿了么崩了# 等了一小时", False),
        ("现货包邮，戳主页", False),
        ("", False),
    ],
)
def test_hijacks(text: str, hijack: bool):
    assert is_hijack(text) is hijack
    assert hijacks([text], ["weibo"]).tolist() == [hijack]


def test_tags_are_no_sign_where_everybody_tags():
    text = "#探店##周末##生活# 水果很新鲜"
    assert is_hijack(text, platform="weibo")
    assert not is_hijack(text, platform="xhs")


def test_marks_are_text():
    assert verified_marks([3.0, " 蓝V", None, 2]) == ["3", "蓝V", "", "2"]
