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

_GLUE: Final = (
    r"(?:又|也|都|全|真|再|集体|突然|已经|果然|怎么|是不是|今天|刚刚|这是|这|app|的|服务器|系统|官网|网页|小程序|页面|客服|"
    r"双|叒|叕|一直|还是|还|咋|直接|彻底|短暂|疑似|大面积|全线|回应|就|现在|出现|发生|恢复|\s){0,5}"
)
_FAULT: Final = (
    r"(?:崩|宕机|挂了|瘫痪|炸了|打不开|登不上|登不进|登录不|进不去|上不去|连不上|用不了|加载|刷不出|故障|异常|闪退|卡|"
    r"掉线|断网|没网|没信号|bug|报错|无法|不能|付不了|下不了|寄了|维护|更新)"
)
_FAULT_AFTER: Final = re.compile(_GLUE + _FAULT)
_FAULT_BEFORE: Final = re.compile(
    r"(?:打不开|登不上|进不去|上不去|连不上|用不了|刷不出|崩了的|打开|登录|卸载|卸载了|投诉|什么破|垃圾|破)$"
)
_UNLISTED: Final = re.compile(
    r"(?:^|[#\s【「])(?P<name>[一-鿿A-Za-z0-9·]{2,8}?)"
    r"(?:又|也|突然|真的|全国|疑似|再次|大面积|短暂|系统|服务器|app|APP)?"
    r"(?:崩了|崩啦|崩溃了|宕机|挂了|炸了|瘫痪了|打不开|登不上|(?:回应|致歉).{0,4}(?:崩|宕|故障|异常))"
)
_NOT_A_SERVICE: Final = re.compile(
    r"心态|情绪|股|大盘|金价|币|人设|泪|谈|我|你|他|她|它|咱|谁|整个|彻底|人生|世界|精神|身体|画风|剧情|三观|道心|"
    r"价格|房价|油价|楼市|经济|汇率|嗓子|胃|腰|头|脸|妆|手机|电脑|电梯|门|窗|瓶盖|服务器|系统|网页|网络|网站|页面|链接|软件|"
    r"热搜|全|都|又|这|那|今天|昨天|突然|怎么|什么|是不是|果然|真|好像|感觉|听说|为什么|已经|直接|终于|差点|快要|要|会|了|"
    r"的|和|跟|被|把|让|给|交通|路|桥|球|队|市场|心|梦|妈|爸|孩|老师|同学"
)
_BOUNDARY: Final = re.compile(r"[a-z0-9]")


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
        rank = (1 + 2 * _beside_fault(plain, hit), -hit.start)
        if best is None or rank > best_rank:
            best, best_rank = hit, rank
    if best is None:
        return _unlisted(text)
    mention = text if len(plain) == len(text) else plain
    return Service(best.label, mention[best.start : best.end])


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


def mask_services(text: str, mark: str = "▲") -> str:
    """Replace every service name in a model text by one mark, so that models learn talk, not names.

    >>> mask_services("美团外卖又崩了")
    '▲又崩了'
    """
    for hit in reversed(service_hits(text)):
        text = text[: hit.start] + mark + text[hit.end :]
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
    return not hit.label.startswith("?") or _beside_fault(plain, hit)


def _strong(hit: Hit) -> Hit:
    return Hit(hit.start, hit.end, hit.label.lstrip("?"))


def _beside_fault(plain: str, hit: Hit) -> bool:
    after = _FAULT_AFTER.match(plain, hit.end, hit.end + 40)
    return bool(after or _FAULT_BEFORE.search(plain[max(0, hit.start - 6) : hit.start]))


def _unlisted(text: str) -> Service:
    """Name a service no list has, from a hashtag or a title that says it failed."""
    if len(text) > 60 and "#" not in text:
        return Service()
    found = _UNLISTED.search(text)
    if not found or _NOT_A_SERVICE.search(found["name"]):
        return Service()
    name = re.sub("(?i)app$", "", found["name"]) or found["name"]
    return Service(name, found["name"])


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
def _finder() -> PhraseFinder:
    """Build the finder over all aliases; a weak alias carries ``?`` before its name."""
    phrases: dict[str, list[str]] = {}
    for service in load_services():
        weak = {fold(word) for word in service.weak}
        strong = {fold(word) for word in (service.name, *service.aliases) if word} - weak
        phrases.setdefault(service.name, []).extend(sorted(strong))
        phrases.setdefault(f"?{service.name}", []).extend(sorted(weak))
    return PhraseFinder({label: words for label, words in phrases.items() if words})
