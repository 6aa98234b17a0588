"""Which service a post is about."""

from __future__ import annotations

import pytest

from sentiment.text.service import find_service, load_services, mask_services


@pytest.mark.parametrize(
    ("text", "name", "mention"),
    [
        ("美团外卖又崩了", "美团", "美团外卖"),
        ("MT打不开", "美团", "MT"),
        ("美團當機了", "美团", "美團"),
        ("饿死了么又抽风", "饿了么", "饿死了么"),
        ("小破站炸了", "B站", "小破站"),
        ("12306候补不了", "12306", "12306"),
        ("用支付宝付的款，美团崩了", "美团", "美团"),
        ("登不上微信", "微信", "微信"),
        ("网抑云崩了", "网易云", "网抑云"),
        ("移动又断网了", "移动", "移动"),
        ("苹果app打不开", "苹果", "苹果"),
        ("#某某优选崩了#", "某某优选", "某某优选"),
        ("羊小某app崩了", "羊小某", "羊小某"),
        ("某某之星服务器被攻击", "某某之星", "某某之星"),
        ("某市核酸系统崩了", "某市核酸", "某市核酸"),
        ("移动又偷我话费", "移动", "移动"),
    ],
)
def test_services_are_named_by_their_commonest_name(text: str, name: str, mention: str) -> None:
    service = find_service(text)
    assert (service.name, service.mention) == (name, mention)


@pytest.mark.parametrize(
    "text",
    [
        "心态崩了", "股市崩了", "大A又崩了", "英镑崩了", "孩子崩溃了", "系统崩了", "存储芯片又崩了",
        "金价崩了", "我崩了", "泪崩", "人设崩了", "孩子又崩溃了", "我的手机崩了",
        "苹果真甜", "移动一下桌子", "京东方涨停", "转发微博", "完美团队", "社交行为", "", "又崩了", "insist",
    ],
)  # fmt: skip
def test_false_friends_name_no_service(text: str) -> None:
    assert find_service(text).name == ""


def test_masking_hides_the_name_and_keeps_the_talk() -> None:
    assert mask_services("美团和饿了么都崩了") == "▲和▲都崩了"


def test_alias_file_is_consistent() -> None:
    services = [service for service in load_services() if service.name]
    names = [service.name for service in services]
    assert len(names) == len(set(names)) > 250
    owner: dict[str, str] = {}
    for service in services:
        for alias in (*service.aliases, *service.weak):
            assert owner.setdefault(alias, service.name) == service.name, f"{alias} belongs to two services"
    assert {service.parent for service in services} - set(names) <= {
        "", "阿里巴巴", "腾讯", "字节跳动", "网易", "新浪", "Google", "OpenAI", "Anthropic", "月之暗面",
        "亚马逊", "Meta", "百度", "华为", "小米", "微软", "苹果", "米哈游", "暴雪",
    }  # fmt: skip
