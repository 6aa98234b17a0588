"""Which service a post is about: curated aliases, and names nobody listed in ``#XX崩了#``.

The alias file is ``resources/services.csv``: canonical name, kind, parent, aliases, and weak aliases,
words that mean a service only beside talk of a fault (移动, 苹果). The row of kind ``trap`` holds words
that contain an alias and mean something else (京东方).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from io import StringIO
from typing import Final

from sentiment.text.clean import simplify
from sentiment.text.lexicon import Hit, PhraseFinder

MARK: Final = "▲"
"""Stands for the name of a service in the text that models read."""
BODILY_MARK: Final = "▽"
_MOVES: Final = re.compile(
    r"航空|[东南国海深山厦川华虎亚新日]航|地铁|轨道|捷运|机场|铁|公交|九巴|城巴|迪士尼|影城|长隆|欢乐谷|博物馆|故宫"
)

_GLUE: Final = (
    r"(?:又|也|都|全|真|再|集体|突然|已经|果然|怎么|是不是|今天|刚刚|这是|这|app|的|服务器|系统|官网|网页|小程序|页面|客服|"
    r"双|叒|叕|个|一直|还是|还|咋|直接|彻底|短暂|疑似|大面积|全线|回应|就|现在|出现|发生|恢复|\s){0,5}"
)
_FAULT: Final = (
    r"(?:崩|宕机|挂了|瘫痪|炸了|打不开|登不上|登不进|登录不|进不去|上不去|连不上|用不了|加载|刷不出|故障|异常|闪退|卡|"
    r"掉线|断网|没网|没信号|当机|死机|坏了|白屏|转圈|入唔到|挂掉|冇反应|bug|报错|无法|不能|付不了|下不了|寄了|维护|更新)"
)
_FAULT_AFTER: Final = re.compile(_GLUE + _FAULT)
_FAULT_BEFORE: Final = re.compile(
    r"(?:打不开|登不上|进不去|上不去|连不上|用不了|刷不出|崩了的|打开|登录|卸载|卸载了|投诉|什么破|垃圾|破)$"
)
_NAME: Final = r"(?P<name>[一-鿿A-Za-z0-9·]{2,12}?)"
_DOWN_WORDS: Final = ("崩了", "崩啦", "崩溃了", "宕机", "挂了", "炸了", "瘫痪了", "打不开", "登不上", "闪退")
_DOWN: Final = f"(?:{'|'.join(_DOWN_WORDS)})"
UNLISTED_NEEDS: Final = (*_DOWN_WORDS, "回应", "致歉", "服务器", "网络")
"""Words of which every text holds one that names a service nobody listed."""
_HOW: Final = r"(?:又|也|突然|真的|全国|疑似|再次|大面积|短暂|系统|服务器|app|APP){0,2}"
_UNLISTED: Final = re.compile(
    rf"(?:^|[#\s【「]){_NAME}{_HOW}(?:{_DOWN}|(?:回应|致歉).{{0,6}}(?:崩|宕|故障|异常|闪退|挤爆))"
)
_UNLISTED_TITLE: Final = re.compile(
    rf"^#?{_NAME}\s?(?:官网|网站|系统|平台|App|APP|app)?"
    r"(?:服务器|网络)(?:又|也|再|再次|疑似|一度)?(?:$|#|出|崩|瘫|宕|故障|异常|被|流量|过载|挤爆|已)"
)
_MOOD: Final = re.compile(
    r"心态|情绪|大盘|金价|人设|道心|三观|世界观|精神|画风|剧情|价格|房价|油价|楼市|经济|汇率|整个人|免疫力|交通|销量|"
    r"我|你|他|她|它|咱|谁|怎么|什么|为何|终于|差点|仿佛|听说|觉得|感觉|因为|所以|如果|就|又|也|都|被|把|让|给|跟|要|会|能|很|不"
)
_NO_SERVICE_END: Final = re.compile(
    r"(?:股|股市|大a|英镑|美元|日元|白银|原油|期货|基金|血压|皮肤|膝盖|币|价|市场|人生|身体|手机|电脑|电梯|芯片|黄金|嗓子|胃|腰|腿|头|脸|妆|门|窗|盖|网页|网络|页面|"
    r"链接|软件|app|热搜|全|这|那|天|的|了|啊|呢|路|桥|球|队|妈|爸|孩|孩子|宝宝|娃|老师|同学|考试|直接|后|时|里|上|码)$",
    re.IGNORECASE,
)
_BARE_SYSTEM: Final = re.compile(r".{0,3}(?:服务器|系统|网站|平台)")
"""系统 alone names nothing; 成都核酸系统 does."""
_BOUNDARY: Final = re.compile(r"[a-z0-9]")
_CONTEXT: Final = {
    "telecom": re.compile(
        r"宽带|套餐|信号|话费|流量|光猫|营业厅|断网|装维|基站|网速|彩铃|10086|10010|10000|工信部"
    ),
    "local": re.compile(r"团购|券码|核销|必吃榜|人均|收藏夹|差评|评分|榜单|探店|店铺|商户"),
    "travel": re.compile(r"车厢|车票|候车|检票|晚点|乘务|列车|车次|高铁"),
    "housing": re.compile(r"管家|租房|房租|保洁|看房|房源|中介"),
}
"""By kind of service, words that make a weak alias count."""
TITLE_LENGTH: Final = 40
"""A text of at most this many characters may be a title that names a service in its first words."""


@dataclass(frozen=True, slots=True)
class Service:
    """The service a post is about.

    Attributes:
        name: Canonical name; ``""`` where none is named.
        mention: The words as the post has them.
    """

    name: str = ""
    mention: str = ""


def find_service(text: str) -> Service:
    """Return the service that an own text is about.

    Of several named services the one beside talk of a fault wins, then the one named first.

    >>> find_service("小破站又崩了")
    Service(name='B站', mention='小破站')
    >>> find_service("股市崩了")
    Service(name='', mention='')
    >>> find_service("#某某出行崩了#").name
    '某某出行'
    """
    plain = fold(text)
    best: Hit | None = None
    best_rank = (0, 0)
    for hit in service_hits(plain):
        rank = (1 + 2 * beside_fault(plain, hit), -hit.start)
        if best is None or rank > best_rank:
            best, best_rank = hit, rank
    if best is None:
        return unlisted(text)
    mention = text if len(plain) == len(text) else plain
    return Service(best.label, mention[best.start : best.end])


def canonical_name(name: str) -> str:
    """Return the canonical name of a service called by any of its names; an unknown name is its own.

    >>> canonical_name("MT"), canonical_name("某某出行")
    ('美团', '某某出行')
    """
    folded = fold(name)
    for service in load_services():
        if service.name and folded in {
            fold(word) for word in (service.name, *service.aliases, *service.weak)
        }:
            return service.name
    return name


def fold(text: str) -> str:
    """Return the form that aliases are matched on: simplified script, lower case."""
    return simplify(text).lower()


def service_hits(plain: str) -> list[Hit]:
    """Return the aliases in a folded text; weak ones only beside talk of a fault, traps never."""
    hits = _finder().find(plain)
    longest: dict[int, Hit] = {}
    for hit in hits:
        for place in range(hit.start, hit.end):
            if place not in longest or hit.end - hit.start > longest[place].end - longest[place].start:
                longest[place] = hit
    winners = sorted({id(hit): hit for hit in longest.values()}.values(), key=lambda hit: hit.start)
    return [_strong(hit) for hit in winners if _counts(plain, hit)]


def mask_services(text: str) -> str:
    """Replace every listed service name in a model text by one mark, so that models learn talk, not names.

    Names that only their place in the sentence makes a service stay: what breaks may as well be a tooth.
    Who moves people or lets them in bodily (airlines, metros, carmakers, parks) has a mark of its own:
    their 故障 is mostly one of machines.

    >>> mask_services("美团外卖又崩了"), mask_services("东航一航班备降")
    ('▲又崩了', '▽一航班备降')
    """
    for hit in reversed(service_hits(text)):
        text = text[: hit.start] + (BODILY_MARK if is_bodily(hit.label) else MARK) + text[hit.end :]
    return text


def _counts(plain: str, hit: Hit) -> bool:
    if hit.label == "":
        return False
    word = plain[hit.start : hit.end]
    before, after = plain[hit.start - 1 : hit.start], plain[hit.end : hit.end + 1]
    if _BOUNDARY.match(word[0]) and _BOUNDARY.match(before):
        return False
    if _BOUNDARY.match(word[-1]) and _BOUNDARY.match(after) and plain[hit.end : hit.end + 3] != "app":
        return False
    return not hit.label.startswith("?") or weak_counts(plain, hit)


def weak_counts(plain: str, hit: Hit) -> bool:
    """Tell whether a weak alias counts: beside talk of a fault, or among words of its kind of service."""
    context = _CONTEXT.get(_kinds().get(hit.label[1:], ""))
    return beside_fault(plain, hit) or (context is not None and bool(context.search(plain)))


def _strong(hit: Hit) -> Hit:
    return Hit(hit.start, hit.end, hit.label.lstrip("?"))


def beside_fault(plain: str, hit: Hit) -> bool:
    """Tell whether talk of a fault stands beside an alias in a folded text."""
    after = _FAULT_AFTER.match(plain, hit.end, hit.end + 40)
    return bool(after or _FAULT_BEFORE.search(plain[max(0, hit.start - 6) : hit.start]))


def unlisted(text: str) -> Service:
    """Name a service no list has, from a hashtag or a title that says it failed."""
    found = _unlisted_match(text)
    if found is None:
        return Service()
    name = re.sub("(?i)app$", "", found["name"]) or found["name"]
    return Service(name, found["name"])


def _unlisted_match(text: str) -> re.Match[str] | None:
    if len(text) > TITLE_LENGTH and "#" not in text:
        return None
    found = _UNLISTED.search(text) or (_UNLISTED_TITLE.search(text) if len(text) <= TITLE_LENGTH else None)
    if not found:
        return None
    name = found["name"]
    return (
        None if _MOOD.search(name) or _NO_SERVICE_END.search(name) or _BARE_SYSTEM.fullmatch(name) else found
    )


@dataclass(frozen=True, slots=True)
class KnownService:
    """A row of the alias file."""

    name: str
    kind: str
    parent: str
    aliases: tuple[str, ...]
    weak: tuple[str, ...]


@lru_cache(maxsize=1)
def load_services() -> tuple[KnownService, ...]:
    """Return the carried alias file, trap row included."""
    raw = (resources.files("sentiment") / "resources" / "services.csv").read_text(encoding="utf-8")
    return tuple(
        KnownService(row["name"], row["kind"], row["parent"], _split(row["aliases"]), _split(row["weak"]))
        for row in csv.DictReader(StringIO(raw))
    )


def _split(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split(";") if word)


@lru_cache(maxsize=1)
def service_names() -> frozenset[str]:
    """Return the canonical names of all listed services."""
    return frozenset(service.name for service in load_services() if service.name)


@lru_cache(maxsize=1)
def _kinds() -> dict[str, str]:
    return {service.name: service.kind for service in load_services()}


def is_bodily(name: str) -> bool:
    """Tell whether a service moves people or lets them in bodily."""
    return name in _bodily()


@lru_cache(maxsize=1)
def _bodily() -> frozenset[str]:
    kinds = _kinds().items()
    return frozenset(name for name, kind in kinds if kind == "car" or _MOVES.search(name))


@lru_cache(maxsize=1)
def _finder() -> PhraseFinder:
    return PhraseFinder(alias_phrases())


def alias_phrases() -> dict[str, list[str]]:
    """Return all aliases by canonical name, folded; weak ones stand under the name with ``?`` before it."""
    phrases: dict[str, list[str]] = {}
    for service in load_services():
        weak = {fold(word) for word in service.weak}
        strong = {fold(word) for word in (service.name, *service.aliases) if word} - weak
        phrases.setdefault(service.name, []).extend(sorted(strong))
        phrases.setdefault(f"?{service.name}", []).extend(sorted(weak))
    return {label: words for label, words in phrases.items() if words}
