"""Who speaks: a person, a service itself, a newsroom or a bot; decided before names are hashed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import pandas as pd

from sentiment.ingest.values import by_value, id_texts, plain

_SERVICES: Final = (
    "美团|饿了么|淘票票|猫眼|大麦|飞猪|携程|去哪儿|同程|12306|铁路12306|支付宝|微信|微信支付|财付通|云闪付|京东|淘宝|天猫|"
    "拼多多|闲鱼|抖音|快手|小红书|微博|哔哩哔哩|B站|bilibili|知乎|豆瓣|贴吧|百度|百度网盘|阿里云|腾讯云|华为云|钉钉|飞书|"
    "企业微信|腾讯会议|腾讯视频|爱奇艺|优酷|芒果TV|网易云音乐|QQ音乐|酷狗|QQ|滴滴|滴滴出行|高德|高德地图|百度地图|哈啰|"
    "顺丰|中通|圆通|申通|韵达|菜鸟|菜鸟裹裹|盒马|叮咚买菜|瑞幸|瑞幸咖啡|星巴克|肯德基|麦当劳|中国移动|中国联通|中国电信|"
    "中国广电|工商银行|建设银行|农业银行|中国银行|招商银行|交通银行|邮储银行|王者荣耀|原神|和平精英|元梦之星|蛋仔派对|"
    "英雄联盟|学习通|超星|智慧树|雨课堂|学信网|交管12123|个人所得税|唯品会|得物|转转|BOSS直聘|语雀|石墨|WPS|剪映|DeepSeek|Kimi|豆包"
)
OWN_ACCOUNT: Final = re.compile(
    rf"(?:{_SERVICES})(?:外卖|打车|电影|演出|旅行|买菜|优选|商城|地图|APP|App|app)?"
    r"(?:中国)?(?:官方微博|官方账号|官方客服|官方|官微|客服中心|客户服务|客服|服务中心|小助手|小秘书|帮助中心|安全中心|公告)?",
    re.I,
)
OFFICIAL_NAME: Final = re.compile(r".{1,30}(?:官方微博|官方账号|官方客服|官方旗舰店|客户服务中心|客服中心)")
PRESS_NAME: Final = re.compile(
    r"(?:.{1,20}(?:日报|晚报|晨报|早报|都市报|商报|青年报|卫视|电视台|广播电台|通讯社|新闻网))|"
    r"(?:人民网|新华网|新华社|央视网|央视新闻|央视财经|央视频|环球时报|环球网|中国新闻网|中新网|中国新闻周刊|新京报|澎湃新闻|"
    r"界面新闻|每日经济新闻|第一财经|财联社|财新网|红星新闻|极目新闻|九派新闻|封面新闻|上游新闻|潇湘晨报|南方周末|三联生活周刊|"
    r"IT之家|36氪|虎嗅|虎嗅网|快科技|新浪科技|新浪财经|腾讯科技|网易新闻|凤凰网|凤凰网科技|搜狐新闻|观察者网|头条新闻|微博热搜)"
)
_PRESS_WORD: Final = re.compile(r"新闻|日报|晚报|晨报|视频|财经|头条|周刊|电视|广播|时报|网$|观察|科技")
BOT: Final = re.compile(
    r"AI罗伯特|罗伯特聪明|微博智搜|AI生成|AI后厂村|^AI评论|智能助手|机器人$|来自罗伯特|^罗伯特$", re.I
)
_BLUE: Final = frozenset({"蓝v", "黄v企业", "企业认证", "机构认证", "官方认证", "1", "2", "4", "5", "6", "7"})
_PRESS_TYPE: Final = frozenset({"3", "媒体", "媒体认证"})
_VERIFIED: Final = frozenset({"黄v", "红v", "金v", "橙v", "0", "个人认证"})
MARKS: Final = _BLUE | _PRESS_TYPE | _VERIFIED
"""Marks that say anything, in small letters."""

_TAG: Final = re.compile(r"#([^#\n]{1,40})#")
SALES: Final = (
    re.compile(r"直发|包邮|批发|清仓|现货|尾货|断码|码数|闭眼入|包退|预售"),
    re.compile(r"橱窗|小黄车|(?:戳|点|看|见)我?(?:主页|头像|链接)|主页(?:自取|领|有)|店铺|旗舰店"),
    re.compile(r"加[微vV]|加我|[vV威薇]信?[:：]|\b[vV][xX]\b|[qQ]群|私我|滴滴我|dd我|扣我|联系我"),
    re.compile(r"下单|拍下|秒杀|到手价?|券后|领券|仅需|特价|爆款|团购价|折扣|福利价|活动价|原价|低至"),
    re.compile(r"\d{1,5}(?:\.\d{1,2})?(?:元|块|米|r|R)?(?:一件|一斤|一套|一箱|/件|/斤|包|两件|三件)"),
    re.compile(r"代[购打练抢刷]|微商|做代理|兼职|日结|日入|致富|高价收|招代理|招商|贷款|借款|带单|返利|佣金"),
    re.compile(r"囤货?|面膜|羽绒服|减肥|瘦身|护肤|零食|水果|丝袜|睡衣|保健"),
)
"""Cues that goods or services are for sale; each pattern counts once."""
_FAILURE: Final = re.compile(
    r"崩|打不开|登不上|登录不|进不去|闪退|刷不出|没反应|报错|出错|异常|卡死|加载|用不了|付不了|白屏|退款|客服|取票|无法|失败"
)
_OPEN_TAGS: Final = frozenset({"weibo", "unknown"})
"""Sites where a hashtag is a public page that others read, so that riding on one pays."""


def account_kind(name: str, *, verified: str = "", region: str = "", known: bool = True) -> str:
    """Return ``person``, ``official``, ``media``, ``bot`` or ``unknown``.

    Args:
        name: The nickname.
        verified: The site's mark (``蓝V``, ``黄V``) or Weibo's ``verified_type`` number.
        region: The place shown beside the post; Weibo writes its AI accounts' name there.
        known: Whether the row names its author at all, by id or name.

    >>> account_kind("美团客服"), account_kind("某某日报", verified="蓝V"), account_kind("小王")
    ('official', 'media', 'person')
    >>> account_kind("", region="AI罗伯特聪明版"), account_kind("", known=False)
    ('bot', 'unknown')
    """
    if BOT.search(region[:60]) or BOT.search(name[:60]):
        return "bot"
    mark = verified.strip().lower()
    blue, marked = mark in _BLUE, mark in _BLUE or mark in _VERIFIED or mark in _PRESS_TYPE
    if mark in _PRESS_TYPE or PRESS_NAME.fullmatch(name) or (marked and _PRESS_WORD.search(name)):
        return "media"
    if blue or OWN_ACCOUNT.fullmatch(name) or OFFICIAL_NAME.fullmatch(name):
        return "official"
    return "person" if known or name else "unknown"


def account_kinds(
    names: Sequence[str], verified: Sequence[str], regions: Sequence[str], known: Sequence[bool]
) -> list[str]:
    """Return :func:`account_kind` for columns; equal accounts are judged once.

    >>> account_kinds(["美团客服"], [""], [""], [True])
    ['official']
    """
    judged: dict[tuple[str, str, str, bool], str] = {}
    kinds = []
    for key in zip(names, verified, regions, known, strict=True):
        if key not in judged:
            judged[key] = account_kind(key[0], verified=key[1], region=key[2], known=key[3])
        kinds.append(judged[key])
    return kinds


def hash_authors(ids: Sequence[object], names: Sequence[str], *, platform: str, salt: str) -> list[str]:
    """Return each author as a salted hash of platform and user id (else nickname); unknown ones are empty.

    >>> hash_authors([7, None], ["小王", ""], platform="weibo", salt="s")
    ['a942f0a008f62e73', '']
    """
    keys = [one or name for one, name in zip(id_texts(ids), names, strict=True)]
    hashed = {key: _hash(f"{salt}|{platform}|{key}") if key else "" for key in dict.fromkeys(keys)}
    return [hashed[key] for key in keys]


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def is_hijack(text: str, *, platform: str = "weibo") -> bool:
    """Tell whether a post sells something under hashtags that are not its own.

    One cue of a sale needs three or more different hashtags beside it, two cues need one. A post whose own
    words speak of a failure sells nothing.

    >>> is_hijack("#某某崩了# 工厂直发羽绒服，戳主页下单"), is_hijack("#某某崩了# 优惠券用不了，亏了30元")
    (True, False)
    """
    tags = {tag.strip() for tag in _TAG.findall(text[:3000])}
    if not tags:
        return False
    rest = _TAG.sub(" ", text[:3000])
    cues = sum(pattern.search(rest) is not None for pattern in SALES)
    if cues < 3 and _FAILURE.search(rest):
        return False
    return cues >= 2 or (cues == 1 and len(tags) >= 3 and platform in _OPEN_TAGS)


def hijacks(texts: Sequence[str], platforms: Sequence[str]) -> pd.Series:
    """Return :func:`is_hijack` for columns.

    >>> hijacks(["又崩了"], ["weibo"]).tolist()
    [False]
    """
    pairs = zip(texts, platforms, strict=True)
    return pd.Series(["#" in text and is_hijack(text, platform=site) for text, site in pairs], dtype="bool")


def verified_marks(values: Sequence[object]) -> list[str]:
    """Return verification cells as text (``3.0`` is ``3``).

    >>> verified_marks([3.0, "蓝V", None])
    ['3', '蓝V', '']
    """
    return by_value(values, lambda value: plain(value).strip())
