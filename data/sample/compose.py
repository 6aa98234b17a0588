"""Compose the invented sample data of outage-sentiment from hand-written sentences.

Run ``python data/sample/compose.py``: every output file is rewritten, byte for byte
the same each time.  The event, the people and every post are invented.
"""

from __future__ import annotations

import csv
import io
import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

SEED = 20260312
FIRST_DAY = "2026-03-09 00:00"
LAST_MINUTE = "2026-03-12 18:00"
OUTAGE_DAY = "2026-03-12"
PLANTED_ONSET = "2026-03-12 11:42"
PLANTED_PLATEAU = "2026-03-12 11:46"
PLANTED_APOLOGY = "2026-03-12 12:38"
PLANTED_RECOVERY = "2026-03-12 13:55"
PLANTED_NORMAL = "2026-03-12 16:00"
FIRST_PHASE_END = "2026-03-12 11:57"
LATE_FROM = "2026-03-12 11:58"
LATE_TO = "2026-03-12 15:30"
LATE_WORD = "崩了"
LATE_SLICE_CAP = 400
LATE_RATE_FACTOR = 1.2

PLATEAU_RATE = 72.0
AFTER_APOLOGY_RATES = (68.0, 18.0)
RECOVERY_RATE = 44.0
RECOVERY_TAU = 30.0
ORDINARY_SCALE = 0.9
HOURLY = (
    0.25,
    0.12,
    0.04,
    0.03,
    0.03,
    0.05,
    0.2,
    0.5,
    0.7,
    0.8,
    1.0,
    1.7,
    1.9,
    1.2,
    0.8,
    0.7,
    0.8,
    1.2,
    1.6,
    1.5,
    1.2,
    1.0,
    0.8,
    0.5,
)

LAYOUTS = {"search": 58, "content": 14, "comment": 28}
REACTION = 40
DUPLICATE_SHARE = 0.05
TORN_ROWS = 12
TORN_LINES = 3
EMPTY_ROWS = 9
BOTH_FILES = 90
REPEATED_POSTS = 45
USERS = 6500
SAMPLE_ORDINARY = 120
SAMPLE_OUTAGE = 380

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ZONE = timezone(timedelta(hours=8))

SEARCH_COLUMNS = (
    "id",
    "bid",
    "user_id",
    "用户昵称",
    "微博正文",
    "头条文章url",
    "发布位置",
    "艾特用户",
    "话题",
    "转发数",
    "评论数",
    "点赞数",
    "发布时间",
    "发布工具",
    "微博图片url",
    "微博视频url",
    "retweet_id",
    "ip",
    "user_authentication",
    "会员类型",
    "会员等级",
)

MIX: dict[str, dict[str, float]] = {
    "quiet": {"ordinary": 95, "false_friend": 5},
    "first": {
        "outage_first": 85,
        "outage_peak": 7,
        "peak_kind": 1.5,
        "traditional": 1.5,
        "false_friend": 1,
        "hijack": 0.5,
    },
    "peak": {
        "outage_peak": 75,
        "outage_first": 9,
        "peak_kind": 8,
        "traditional": 1.5,
        "false_friend": 1,
        "hijack": 3,
        "media": 1.6,
    },
    "apology": {
        "outage_peak": 37,
        "after_apology": 26,
        "apology_kind": 23,
        "peak_kind": 5,
        "outage_first": 1.5,
        "traditional": 1.5,
        "false_friend": 1,
        "hijack": 3.5,
        "media": 1.6,
    },
    "recovery": {
        "after_recovery": 46,
        "recovery_kind": 33,
        "outage_peak": 5,
        "apology_kind": 3,
        "after_apology": 3,
        "traditional": 1.5,
        "false_friend": 1.5,
        "hijack": 5,
        "media": 2,
    },
}
COMMENT_MIX: dict[str, dict[str, float]] = {
    "quiet": {"ordinary_comment": 72, "ordinary": 24, "fragment_soft": 4},
    "first": {"outage_comment": 40, "outage_first": 50, "outage_peak": 5, "fragment": 5},
    "peak": {"outage_comment": 40, "outage_peak": 43, "peak_kind": 9, "fragment": 6, "bot": 2},
    "apology": {
        "outage_comment": 24,
        "outage_peak": 25,
        "after_apology": 20,
        "apology_kind": 19,
        "peak_kind": 5,
        "fragment": 4,
        "bot": 2,
    },
    "recovery": {
        "recovery_comment": 22,
        "after_recovery": 35,
        "recovery_kind": 33,
        "fragment_soft": 3,
        "outage_comment": 4,
        "bot": 3,
    },
    "under_apology": {
        "after_apology": 42,
        "apology_kind": 49,
        "outage_comment": 4,
        "bot": 3,
        "traditional": 2,
    },
    "under_recovery": {
        "after_recovery": 32,
        "recovery_kind": 40,
        "recovery_comment": 22,
        "bot": 4,
        "traditional": 2,
    },
}
KIND_GROUPS = frozenset({"peak_kind", "apology_kind", "recovery_kind"})
SOFT_GROUPS = frozenset(
    {"ordinary", "ordinary_comment", "false_friend", "after_recovery", "recovery_comment", "traditional"}
)
SHORT = {"ordinary": 22, "false_friend": 20}
REPEATING_GROUPS = frozenset({"hijack", "media", "bot", "fragment", "fragment_soft"})
OUTAGE_ONLY_OPENERS = frozenset({"大中午的", "救命", "谁懂啊", "吐个槽"})
KIND_OPENERS = ("说真的", "讲真", "真的", "实话实说", "话说", "我说")
RECIPES = ("plain", "tail", "open", "pair", "place", "clock", "long")
RECIPE_WEIGHTS = {
    "quiet": (26, 28, 8, 18, 10, 3, 7),
    "outage": (14, 26, 14, 19, 10, 8, 9),
    "comment": (38, 30, 9, 13, 4, 2, 4),
}
OTHER_SERVICES = re.compile("饿了么|滴滴|淘票票|12306|菜鸟|京东")
SENTENCE_END = re.compile(r"[。！？…～~!?，,\]\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F]$")
TOPIC = re.compile(r"#([^#]+)#")
HANDLE = re.compile(r"@([^:：,，\s#/]+)")

# (pattern, from, to): a sentence that matches is used only at that time of day.
QUIET_GATES = (
    ("早餐|早上七点|早上打滴滴|早八", "06:00", "11:00"),
    ("夜宵|半夜|凌晨", "20:00", "10:00"),
    ("午饭|中午|午高峰", "10:30", "15:00"),
    ("晚饭|晚高峰|下班", "15:00", "23:30"),
)
OUTAGE_GATES = (
    ("一个小时|一小时|一个钟头|半小时了|四百一十二|五百三十位|十七遍", "12:28", "24:00"),
    ("快一个小时|五十分钟|装死|没公告|公告都没有|公告呢|没有一句话|猜一个公告", "12:25", "12:42"),
    ("坐等官方|等官方|等公告|公告来了|猜到了结局|官方一句话没有|等一个公告", "11:55", "12:40"),
    ("现在是11点多", "11:42", "12:00"),
    ("三分钟前|同一分钟|说明是刚崩|还没上", "11:42", "11:52"),
    ("热搜第一|热搜都爆|上热搜|刷到有人借机|骗子|诈骗|都是假的", "12:02", "24:00"),
    ("领导说下午|抢空|排到了马路|越聚越多|从愤怒到平静|泡面|饼干|食堂阿姨|煮了一锅粥", "12:08", "24:00"),
    ("快一点了", "12:48", "13:05"),
    ("现在十二点半", "12:25", "12:40"),
    ("一点场", "12:55", "14:20"),
    ("两点还有一波", "12:40", "13:50"),
    ("一点半截止", "12:50", "13:40"),
    ("十二点整点抢|从十一点四十等|食堂十二点半关门|错过了开头|从卡到慢", "12:31", "24:00"),
    ("这顿算是过去|两顿并一顿|中午都过了|中午跑了两个小时", "12:50", "24:00"),
    ("陆续", "12:38", "24:00"),
    ("排到三点", "13:55", "14:45"),
    ("恢复了恢复了|^终于好了|可以点了|^能用了|^好了|^恢复了！|刚打开", "13:55", "15:10"),
    ("恢復了|退款說|無門檻", "13:55", "24:00"),
    ("道歉文|系統升級", "12:38", "24:00"),
    ("當機了|重新整理|白畫面|剛搶到|查不到我的訂單|送哪一戶|忙線", "11:42", "13:58"),
    ("已发布说明|系统升级通常", "12:41", "24:00"),
    ("恭喜恢复", "13:57", "24:00"),
    ("疑似出现|冲上热搜|网络异常，记者|午间故障，商家|记者实测：|目前仍有大量", "11:50", "12:37"),
    ("警惕！|骑手：订单地址", "12:05", "13:54"),
    ("致歉：|回应来了|回应无法|时间线|专家谈|律师说法|快评|为什么大平台|消协|科技观察", "12:41", "24:00"),
    ("宣布服务|刚刚，|恢复后|10元券够|停摆两小时|暖闻|暖心！|数据说话|【评论】", "13:57", "24:00"),
)


@dataclass(frozen=True)
class User:
    """One invented account."""

    uid: str
    nick: str
    region: str
    city: str
    gender: str
    tool: str
    authentication: str
    member: str
    level: int


@dataclass(frozen=True)
class Post:
    """One post or comment before it is written in a layout."""

    pid: str
    sec: int
    layout: str
    group: str
    phase: str
    text: str
    user: User
    likes: int
    comments: int
    shares: int
    retweet_id: str = ""
    note_id: str = ""
    parent_id: str = ""
    picture: str = ""
    keyword: str = ""


def seconds(stamp: str) -> int:
    """Return the epoch second of a Beijing ``YYYY-MM-DD HH:MM`` stamp."""
    return int(datetime.strptime(stamp, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).timestamp())


def stamp(sec: int, pattern: str = "%Y-%m-%d %H:%M") -> str:
    """Return the Beijing wall-clock text of an epoch second."""
    return datetime.fromtimestamp(sec, ZONE).strftime(pattern)


ONSET, PLATEAU, APOLOGY, RECOVERY = (
    seconds(s) for s in (PLANTED_ONSET, PLANTED_PLATEAU, PLANTED_APOLOGY, PLANTED_RECOVERY)
)


def phase_of(sec: int) -> str:
    """Return the phase at an epoch second; nobody answers an announcement at once."""
    if sec < ONSET:
        return "quiet"
    if sec < seconds(FIRST_PHASE_END):
        return "first"
    if sec < APOLOGY + REACTION:
        return "peak"
    return "apology" if sec < RECOVERY + REACTION else "recovery"


# ---------------------------------------------------------------- time line


def poisson(rng: random.Random, rate: float) -> int:
    """Draw a Poisson count (Knuth; rates here stay below 200)."""
    limit, product, count = math.exp(-rate), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def ordinary_rate(sec: int) -> float:
    """Return posts per minute of a quiet day at this time of day."""
    hours = (sec - seconds(FIRST_DAY)) / 3600 % 24 - 0.5
    left = math.floor(hours)
    share = hours - left
    return ORDINARY_SCALE * ((1 - share) * HOURLY[left % 24] + share * HOURLY[(left + 1) % 24])


def outage_rate(sec: int) -> float:
    """Return the extra posts per minute that the outage brings."""
    if sec < ONSET:
        return 0.0
    minutes = (sec - ONSET) / 60
    if sec < PLATEAU:
        return PLATEAU_RATE * (minutes + 1) * 60 / (PLATEAU - ONSET + 60)
    if sec < APOLOGY:
        return PLATEAU_RATE + 6 * math.sin(minutes / 6)
    if sec < RECOVERY:
        high, low = AFTER_APOLOGY_RATES
        return high * math.exp(math.log(low / high) * (sec - APOLOGY) / (RECOVERY - APOLOGY))
    return RECOVERY_RATE * math.exp(-(sec - RECOVERY) / 60 / RECOVERY_TAU)


def moments(rng: random.Random, start: str, end: str, factor: float, quiet: bool) -> list[tuple[int, bool]]:
    """Draw (second, belongs to the outage) for every minute of a span."""
    drawn: list[tuple[int, bool]] = []
    for minute in range(seconds(start), seconds(end), 60):
        if quiet:
            drawn += [(minute + rng.randrange(60), False) for _ in range(poisson(rng, ordinary_rate(minute)))]
        extra = poisson(rng, outage_rate(minute) * factor) if minute >= ONSET else 0
        drawn += [(minute + rng.randrange(60), True) for _ in range(extra)]
    return sorted(drawn)


# ---------------------------------------------------------------- people


def base62(number: int) -> str:
    """Return a number in the base 62 that Weibo uses."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    text = ""
    while number:
        number, rest = divmod(number, 62)
        text = digits[rest] + text
    return text or "0"


def bid_of(pid: str) -> str:
    """Return the short id of a post: base 62 of its digits in sevens."""
    parts = [pid[max(0, end - 7) : end] for end in range(len(pid), 0, -7)][::-1]
    return "".join(base62(int(part)).rjust(4 if i else 1, "0") for i, part in enumerate(parts))


class People:
    """The invented accounts, drawn once."""

    def __init__(self, rng: random.Random, words: dict[str, Any]) -> None:
        self.rng = rng
        self.words = words
        self.taken: set[str] = set()
        self.normal = [self.make(self.nick()) for _ in range(USERS)]
        self.traditional = [self.make(n, region="trad") for n in words["nick_traditional"]]
        self.media = [self.make(n, authentication="蓝V") for n in words["media_name"]]
        self.media += [
            self.make(n, authentication=rng.choice(("黄V", "红V", "金V"))) for n in words["media_person"]
        ]
        self.official = [self.make(n, authentication="蓝V", region="北京") for n in words["official_name"]]
        self.hijack = [self.make(n + t) for n in words["hijack_name"] for t in ("", "1号店")]
        self.bot = [self.make(n, region="bot") for n in words["bot_name"]]

    def nick(self) -> str:
        """Return a nickname nobody has yet."""
        rng = self.rng
        while True:
            name: str = rng.choice(self.words["nick_head"]) + rng.choice(self.words["nick_tail"])
            style = rng.random()
            if style < 0.12:
                name = f"用户{rng.randrange(10**9, 10**10)}"
            elif style < 0.5:
                name += rng.choice(("_", "", "-")) + str(rng.randrange(1, 1000))
            elif style < 0.6:
                name = f"{rng.choice(('_', '是', '阿', '小'))}{name}"
            if name not in self.taken:
                self.taken.add(name)
                return name

    def make(self, nick: str, authentication: str = "", region: str = "") -> User:
        """Return one account with its region, device and standing."""
        rng = self.rng
        cities = self.words["city"]
        place = region or rng.choice(list(cities))
        if region == "trad":
            place = rng.choice(self.words["region_traditional"])
        elif region == "bot":
            place = rng.choice(self.words["bot_region"])
        standing = authentication or rng.choices(("普通用户", "黄V", "红V", "金V"), (965, 25, 5, 5))[0]
        member = rng.choices(("非会员", "会员", "超级会员"), (70, 24, 6))[0]
        city = rng.choice(cities.get(place, ["杭州"]))
        return User(
            f"9{rng.randrange(10**8, 10**9)}",
            nick,
            place,
            city,
            rng.choice("mf"),
            rng.choice(self.words["tool"]),
            standing,
            member,
            0 if member == "非会员" else rng.randrange(1, 8),
        )

    def author(self, group: str) -> User:
        """Return an account that fits a group of sentences."""
        pool = {
            "media": self.media,
            "hijack": self.hijack,
            "bot": self.bot,
            "traditional": self.traditional,
        }.get(group, self.normal)
        return self.rng.choice(pool)


# ---------------------------------------------------------------- sentences


def clock_minutes(text: str) -> int:
    """Return the minutes since midnight of ``HH:MM``."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


class Bank:
    """The hand-written sentences, handed out so that none is worn out."""

    def __init__(self, rng: random.Random, path: Path) -> None:
        self.rng = rng
        self.groups: dict[str, list[str]] = {}
        self.gates: dict[str, list[tuple[int, int]]] = {}
        self.used: Counter[str] = Counter()
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                self.groups.setdefault(row["group"], []).append(row["text"])
                self.gates[row["text"]] = self.gates_of(row["group"], row["text"])
        self.short = {
            group: [t for t in texts if len(t) <= SHORT.get(group, 15) and not OTHER_SERVICES.search(t)]
            for group, texts in self.groups.items()
        }

    @staticmethod
    def gates_of(group: str, text: str) -> list[tuple[int, int]]:
        """Return the spans of the day outside of which a sentence makes no sense."""
        table = QUIET_GATES if group in ("ordinary", "false_friend") else OUTAGE_GATES
        return [(clock_minutes(a), clock_minutes(b)) for pattern, a, b in table if re.search(pattern, text)]

    def fits(self, text: str, sec: int) -> bool:
        """Tell whether a sentence may be said at this time of day."""
        now = clock_minutes(stamp(sec, "%H:%M"))
        return all(a <= now < b if a < b else now >= a or now < b for a, b in self.gates[text])

    def pick(self, group: str, sec: int, short: bool = False) -> str:
        """Return a fitting sentence, the least used of a few drawn."""
        pool = (self.short if short else self.groups)[group] or self.groups[group]
        drawn = [t for t in (self.rng.choice(pool) for _ in range(12)) if self.fits(t, sec)][:4]
        text = min(drawn or [self.rng.choice(pool)], key=lambda t: self.used[t])
        self.used[text] += 1
        return text


def glue(left: str, right: str, mark: str) -> str:
    """Join two pieces with a mark unless one already brings its own."""
    if not left or SENTENCE_END.search(left) or right.startswith("["):
        return left + right
    return left + mark + right


class Writer:
    """Turns sentences into posts that mostly differ from each other."""

    def __init__(self, rng: random.Random, bank: Bank, words: dict[str, Any]) -> None:
        self.rng = rng
        self.bank = bank
        self.words = words
        self.seen: set[str] = set()

    def tail(self, group: str) -> str:
        """Return a short add-on in the mood of the group."""
        rng = self.rng
        if group in KIND_GROUPS:
            source = rng.choices(("fragment_kind", "fragment_soft"), (75, 25))[0]
        elif group in SOFT_GROUPS:
            source = rng.choices(("fragment_soft", "fragment_kind"), (93, 7))[0]
        else:
            source = rng.choices(("fragment", "fragment_soft"), (72, 28))[0]
        return self.mark(source)

    def mark(self, group: str) -> str:
        """Return a fragment; emoticons come once, twice or three times."""
        text = self.rng.choice(self.bank.groups[group])
        picture = text.startswith("[") or (len(text) == 1 and ord(text) > 0x1F000)
        return text * self.rng.choice((1, 1, 2, 3)) if picture else text

    def opener(self, group: str) -> str:
        """Return words that open a post."""
        if group in KIND_GROUPS:
            return self.rng.choice(KIND_OPENERS)
        openers = self.bank.groups["opener"]
        if group in SOFT_GROUPS:
            openers = [o for o in openers if o not in OUTAGE_ONLY_OPENERS]
        return self.rng.choice(openers)

    def with_tail(self, text: str, group: str) -> str:
        """Return the text with an add-on."""
        return glue(text, self.tail(group), self.rng.choice("，，。！…"))

    def placed(self, text: str, user: User) -> str:
        """Return the text with the city of its author."""
        if "坐标" in text or "这边" in text:
            return text
        style = self.rng.randrange(5)
        if style == 4:
            return glue(text, f"坐标{user.city}", "，")
        opening = ("坐标{c}，", "{c}这边，", "人在{c}，", "{c}，")[style]
        return opening.format(c=user.city) + text

    def clocked(self, text: str, sec: int) -> str:
        """Return the text with the time of day."""
        now = stamp(sec, "%H:%M")
        style = self.rng.choice(("{t}，", "{t} ", "现在{t}，", "截至{t}，", "{t}记录一下："))
        return style.format(t=now) + text

    def long(self, text: str, group: str, sec: int) -> str:
        """Return a post of several sentences."""
        for _ in range(self.rng.randrange(2, 5)):
            more = self.bank.pick(group, sec, short=self.rng.random() < 0.7)
            if more not in text:
                text = glue(text, more, self.rng.choice("。，。"))
        return text

    def draft(self, group: str, sec: int, user: User, style: str) -> str:
        """Return one try at the body of a post."""
        rng = self.rng
        text = self.bank.pick(group, sec)
        recipe = rng.choices(RECIPES, RECIPE_WEIGHTS[style])[0]
        if recipe == "tail":
            return self.with_tail(text, group)
        if recipe == "open":
            text = f"{self.opener(group)}，{text}"
            return self.with_tail(text, group) if rng.random() < 0.4 else text
        if recipe == "pair":
            more = self.bank.pick(group, sec, short=True)
            text = text if more in text else glue(text, more, rng.choice("，。"))
            return self.with_tail(text, group) if rng.random() < 0.3 else text
        if recipe == "place":
            return self.placed(text, user)
        if recipe == "clock":
            return self.clocked(text, sec)
        return self.long(text, group, sec) if recipe == "long" else text

    def body(self, group: str, sec: int, user: User, style: str) -> str:
        """Return the body of a post, new if a few tries can make it so."""
        rng = self.rng
        if group.startswith("fragment"):
            return self.mark(group)
        if group == "hijack":
            tags = "".join(rng.sample(self.words["tag_unrelated"], rng.choice((0, 0, 1, 2, 3))))
            return self.bank.pick(group, sec) + tags
        if group == "media":
            text = self.bank.pick(group, sec)
            head = re.match("【[^】]+】", text)
            text = head.group() if head and rng.random() < 0.25 else text
            return text + rng.choice(("", "", "O网页链接", f"L{user.nick}的微博视频"))
        if group == "bot":
            return self.bank.pick(group, sec)
        return self.draft(group, sec, user, style)

    def tagged(self, text: str, group: str, phase: str) -> str:
        """Return a post with the topics of its phase, and the brand if it lacks it."""
        rng = self.rng
        if group in ("hijack", "bot") or (group == "ordinary" and OTHER_SERVICES.search(text)):
            return text
        quiet = group in ("ordinary", "false_friend")
        tags = self.words["tag_" + ("quiet" if quiet else phase)]
        share = {"ordinary": 0.08, "false_friend": 0.0 if phase == "quiet" else 0.5}.get(group, 0.4)
        if "美团" not in text and group != "false_friend" and rng.random() < 0.85:
            tags, share = [t for t in tags if "美团" in t], 1.0
        elif group == "false_friend":
            tags = self.words["tag_unrelated"]
        if rng.random() >= share:
            return text
        chosen = list(dict.fromkeys(rng.choices(tags, k=rng.choice((1, 1, 1, 2)))))
        return "".join(chosen) + text if rng.random() < 0.6 else text + "".join(chosen)

    def post(self, group: str, sec: int, user: User, phase: str, comment: bool) -> str:
        """Return the whole text of a post or comment."""
        style = "comment" if comment else "quiet" if phase == "quiet" else "outage"
        text = ""
        for _ in range(1 if group in REPEATING_GROUPS else 5):
            text = self.body(group, sec, user, style)
            text = text if comment else self.tagged(text, group, phase)
            if text not in self.seen:
                break
        self.seen.add(text)
        return text


# ---------------------------------------------------------------- composing the event


class World:
    """Composes all posts of one crawl in the order of time."""

    def __init__(self, rng: random.Random, people: People, writer: Writer, words: dict[str, Any]) -> None:
        self.rng = rng
        self.people = people
        self.writer = writer
        self.words = words
        self.posts: list[Post] = []
        self.ids: set[str] = set()
        self.search: dict[bool, list[Post]] = {True: [], False: []}
        self.content: dict[bool, list[Post]] = {True: [], False: []}
        self.comments_of: dict[str, list[Post]] = {}
        self.announced: dict[str, Post] = {}

    def new_id(self, sec: int) -> str:
        """Return a 16-digit id that grows with time, as on Weibo."""
        while True:
            pid = str(((sec - 515483463) << 22) + self.rng.randrange(1 << 22))
            if pid not in self.ids:
                self.ids.add(pid)
                return pid

    def count(self, boost: float) -> int:
        """Draw a count with a long tail."""
        return min(int((self.rng.paretovariate(1.1) - 1) * boost), 80000)

    def add(self, sec: int, layout: str, group: str, text: str, user: User, **more: str) -> Post:
        """Add one post with its counts."""
        rng = self.rng
        boost = {"media": 300.0, "official": 20000.0, "hijack": 0.2}.get(group, 1.6)
        picture = f"{rng.randrange(16**8):08x}" if rng.random() < 0.1 else ""
        more.setdefault("phase", "quiet")
        post = Post(
            self.new_id(sec),
            sec,
            layout,
            group,
            text=text,
            user=user,
            picture=picture,
            likes=self.count(boost),
            comments=self.count(boost / 3),
            shares=self.count(boost / 6),
            **more,
        )
        self.posts.append(post)
        outage = post.phase != "quiet"
        if layout == "search" and "//@" not in text:
            self.search[outage].append(post)
        elif layout == "content":
            self.content[outage].append(post)
        elif layout == "comment":
            self.comments_of.setdefault(post.note_id, []).append(post)
        return post

    def event(self, sec: int, outage: bool, layouts: dict[str, int]) -> None:
        """Compose what happens at one moment."""
        phase = phase_of(sec) if outage else "quiet"
        layout = self.rng.choices(list(layouts), list(layouts.values()))[0]
        if layout == "comment" and self.content[outage]:
            self.comment(sec, phase)
            return
        layout = "content" if layout == "comment" else layout
        group = self.rng.choices(list(MIX[phase]), list(MIX[phase].values()))[0]
        user = self.people.author(group)
        text = self.writer.post(group, sec, user, phase, comment=False)
        retweet = ""
        if layout == "search" and group not in ("media", "hijack") and self.rng.random() < 0.09:
            text, retweet = self.repost(text, outage)
        keyword = self.rng.choice(self.words["keyword_outage" if outage else "keyword_quiet"])
        self.add(sec, layout, group, text, user, phase=phase, retweet_id=retweet, keyword=keyword)

    def repost(self, text: str, outage: bool) -> tuple[str, str]:
        """Return the text with a ``//@`` tail and the id of the reposted original."""
        recent = self.search[outage][-300:]
        if not recent:
            return text, ""
        original, other = self.rng.choice(recent), self.rng.choice(recent)
        latest = list(self.announced.values())
        if outage and latest and self.rng.random() < 0.4:
            original = latest[-1]
        if self.rng.random() < 0.15:
            return "转发微博", original.pid
        return f"{text}//@{other.user.nick}:{other.text}", original.pid

    def parent(self, sec: int, phase: str) -> tuple[Post, str]:
        """Return the post that a comment goes under, and the mix of its words."""
        draw = self.rng.random()
        if phase == "recovery" and draw < 0.5:
            return self.announced["recovery"], "under_recovery"
        if phase == "apology" and draw < 0.38:
            return self.announced["apology"], "under_apology"
        return self.rng.choice(self.content[phase != "quiet"][-60:]), phase

    def comment(self, sec: int, phase: str) -> None:
        """Compose one comment."""
        rng = self.rng
        parent, mix = self.parent(sec, phase)
        group = rng.choices(list(COMMENT_MIX[mix]), list(COMMENT_MIX[mix].values()))[0]
        user = self.people.author(group)
        text = self.writer.post(group, sec, user, phase, comment=True)
        root = ""
        earlier = self.comments_of.get(parent.pid)
        draw = rng.random()
        if draw < 0.02:
            text = "转发微博"
        elif draw < 0.035:
            text = ""
        elif draw < 0.05:
            text = "图片评论" + text
        elif draw < 0.2 and earlier:
            answered = rng.choice(earlier)
            root = answered.parent_id or answered.pid
            text = f"回复@{answered.user.nick}:{text}"
        self.add(sec, "comment", group, text, user, phase=phase, note_id=parent.pid, parent_id=root)

    def announce(self, name: str, sec: int, text: str) -> None:
        """Publish one announcement of the official account."""
        post = self.add(
            sec, "content", "official", text, self.people.official[0], phase=phase_of(sec), keyword="美团"
        )
        self.announced[name] = replace(post, likes=31000, comments=18000, shares=12000)
        self.posts[-1] = self.content[True][-1] = self.announced[name]

    def official_reply(self, sec: int, text: str) -> None:
        """Answer a comment or post from the official account."""
        parent = self.rng.choice(self.content[True][-60:])
        reply = f"回复@{parent.user.nick}:{text}"
        self.add(
            sec,
            "comment",
            "official",
            reply,
            self.people.official[2],
            phase=phase_of(sec),
            note_id=parent.pid,
        )

    def repeat_posts(self, count: int) -> None:
        """Let some authors post the very same words again a little later."""
        pool = [p for p in self.search[True] if p.phase in ("peak", "apology") and not p.retweet_id]
        for post in self.rng.sample(pool, count):
            later = post.sec + self.rng.randrange(90, 900)
            self.posts.append(replace(post, pid=self.new_id(later), sec=later, likes=0, comments=0, shares=0))


def scheduled(texts: list[str]) -> list[tuple[int, str, str]]:
    """Return (second, what, text) for everything the official account does."""
    plan = [(APOLOGY + 3, "apology", texts[0]), (RECOVERY + 5, "recovery", texts[1])]
    plan += [(APOLOGY + 420 + 300 * i, "reply", texts[2 if i % 2 else 4]) for i in range(10)]
    plan += [(RECOVERY + 400 + 420 * i, "reply", texts[3 if i % 2 else 2]) for i in range(8)]
    quiet = ("2026-03-09 17:40", "2026-03-10 10:05", "2026-03-11 22:20")
    return plan + [(seconds(at), "quiet", text) for at, text in zip(quiet, texts[5:], strict=True)]


def compose_main(world: World, bank: Bank) -> None:
    """Compose three quiet days and the day of the outage."""
    events: list[tuple[int, str, Any]] = [
        (s, "event", o) for s, o in moments(world.rng, FIRST_DAY, LAST_MINUTE, 1.0, quiet=True)
    ]
    events += scheduled(bank.groups["official"])
    for sec, what, item in sorted(events, key=lambda e: e[0]):
        if what == "event":
            world.event(sec, item, LAYOUTS)
        elif what == "reply":
            world.official_reply(sec, item)
        elif what == "quiet":
            world.add(sec, "search", "official", item, world.people.official[1])
        else:
            world.announce(what, sec, item)
    world.repeat_posts(REPEATED_POSTS)
    world.posts.sort(key=lambda p: (p.sec, p.pid))


def compose_late(world: World) -> list[Post]:
    """Compose the crawl for 崩了 that began after the outage, with flat tops."""
    for sec, outage in moments(world.rng, LATE_FROM, LATE_TO, LATE_RATE_FACTOR, quiet=False):
        world.event(sec, outage, {"search": 1})
    hours: dict[str, list[Post]] = {}
    for post in world.posts:
        if LATE_WORD not in post.text.split("//@")[0]:
            if post.group == "false_friend" or post.text == "转发微博":
                continue
            front = world.rng.random() < 0.6 or "//@" in post.text
            post = replace(post, text="#美团崩了#" + post.text if front else post.text + "#美团崩了#")
        hours.setdefault(stamp(post.sec, "%H"), []).append(post)
    return [post for hour in hours.values() for post in sorted(hour, key=lambda p: -p.sec)[:LATE_SLICE_CAP]]


# ---------------------------------------------------------------- layouts


def shown(number: int) -> str:
    """Return a count as Weibo shows it."""
    return f"{number / 10000:.1f}万" if number >= 10000 else str(number)


def search_row(post: Post, host: int = 1) -> list[str]:
    """Return a post as a row of weibo-search (no spaces, minute times)."""
    text = post.text.replace(" ", "")
    picture = f"['https://wx{host}.sinaimg.cn/large/sample{post.picture}.jpg']" if post.picture else "[]"
    user = post.user
    topics = ",".join(dict.fromkeys(TOPIC.findall(text)))
    handles = ",".join(dict.fromkeys(HANDLE.findall(text)))
    place = f"{user.region}·{user.city}" if post.picture[:1] in ("0", "1") else ""
    return [
        post.pid,
        bid_of(post.pid),
        user.uid,
        user.nick,
        text,
        "",
        place,
        handles,
        topics,
        shown(post.shares),
        shown(post.comments),
        shown(post.likes),
        stamp(post.sec),
        user.tool,
        picture,
        "",
        post.retweet_id,
        user.region,
        user.authentication,
        user.member,
        str(user.level),
    ]


def cut(text: str) -> str:
    """Return a long text as a Weibo search result cuts it."""
    return f"{text[:72]} ...全文" if len(text) > 80 and not text.startswith(("尊敬", "【服务")) else text


def person_fields(user: User) -> dict[str, str]:
    """Return the fields of an account in MediaCrawler's layout of early 2026."""
    return {
        "user_id": user.uid,
        "nickname": user.nick,
        "gender": user.gender,
        "profile_url": f"https://m.weibo.cn/u/{user.uid}",
        "avatar": f"https://tvax1.sinaimg.cn/sample/{user.uid[-6:]}.jpg",
    }


def content_line(post: Post, crawled: int, blank: bool) -> dict[str, Any]:
    """Return a post as MediaCrawler's weibo contents."""
    return {
        "note_id": post.pid,
        "content": cut(post.text) + (" " if post.sec % 3 == 0 else ""),
        "create_time": post.sec,
        "create_date_time": stamp(post.sec, "%Y-%m-%d %H:%M:%S") + "+08:00",
        "liked_count": "" if blank else shown(post.likes),
        "comments_count": shown(post.comments),
        "shared_count": "" if blank else shown(post.shares),
        "last_modify_ts": crawled,
        "note_url": f"https://m.weibo.cn/detail/{post.pid}",
        "ip_location": post.user.region,
        **person_fields(post.user),
        "source_keyword": post.keyword,
    }


def comment_line(post: Post, crawled: int, blank: bool) -> dict[str, Any]:
    """Return a comment as MediaCrawler's weibo comments."""
    return {
        "comment_id": post.pid,
        "create_time": post.sec,
        "create_date_time": stamp(post.sec, "%Y-%m-%d %H:%M:%S") + "+08:00",
        "note_id": post.note_id,
        "content": post.text,
        "sub_comment_count": str(post.comments),
        "comment_like_count": "" if blank else shown(post.likes),
        "last_modify_ts": crawled,
        "ip_location": post.user.region,
        "parent_comment_id": post.parent_id or post.pid,
        **person_fields(post.user),
    }


# ---------------------------------------------------------------- dirt and files


@dataclass
class Tally:
    """What one file holds, and what a careful reader should keep of it."""

    rows: int = 0
    torn: int = 0
    blank: int = 0
    repeated_header: int = 0
    same_id: int = 0
    same_author_same_text: int = 0
    empty_text: int = 0
    accepted: int = 0


def tally_of(posts: Iterable[Post], **dirt: int) -> Tally:
    """Count what a reader keeps: first of each id, first of each author's text."""
    tally = Tally(**dirt)
    tally.rows = sum(dirt.values())
    ids: set[str] = set()
    said: set[tuple[str, str]] = set()
    for post in posts:
        tally.rows += 1
        key = (post.user.uid, cut(post.text) if post.layout == "content" else post.text.replace(" ", ""))
        if post.pid in ids:
            tally.same_id += 1
        elif not post.text:
            tally.empty_text += 1
        elif key in said:
            tally.same_author_same_text += 1
        else:
            tally.accepted += 1
        ids.add(post.pid)
        said.add(key)
    return tally


def with_duplicates(rng: random.Random, posts: list[Post], count: int) -> list[Post]:
    """Return the posts with later copies of some, their counts having grown."""
    chosen = sorted(rng.sample(range(len(posts)), count), reverse=True)
    result = list(posts)
    for index in chosen:
        post = posts[index]
        copy = replace(
            post,
            likes=post.likes + rng.randrange(0, 40),
            comments=post.comments + rng.randrange(0, 9),
            shares=post.shares + rng.randrange(0, 4),
        )
        result.insert(min(len(result), index + rng.randrange(30, 500)), copy)
    return result


def by_hour_newest_first(posts: list[Post]) -> list[Post]:
    """Return posts in the order of an hour-by-hour crawl."""
    return sorted(posts, key=lambda p: (p.sec // 3600, -p.sec, p.pid))


def csv_line(row: Iterable[str]) -> str:
    """Return one CSV line with the line end of the tool."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(row)
    return buffer.getvalue()


def search_lines(rng: random.Random, posts: list[Post]) -> list[str]:
    """Return the lines of a weibo-search file, image hosts changing as they do."""
    rows = [search_row(post, rng.randrange(1, 5)) for post in posts]
    for row in rows:
        if rng.random() < 0.01:
            row[rng.choice((9, 10, 11))] = ""
    return [csv_line(row) for row in rows]


def torn_lines(rng: random.Random, lines: list[str], count: int) -> list[str]:
    """Return half rows: heads without an end, ends without a head."""
    heads = [line for line in lines if '"' not in line and len(line) > 140]
    torn = [line[: rng.randrange(45, 62)] + "\r\n" for line in rng.sample(heads, count - count // 2)]
    torn += [",".join(line.split(",")[13:]) for line in rng.sample(heads, count // 2 - 1)]
    return [*torn, '9f"\r\n']


def insert_dirt(rng: random.Random, lines: list[str]) -> list[str]:
    """Return the lines with torn and empty rows and a second BOM and header."""
    empty = [("," * 20 if i % 3 else "") + "\r\n" for i in range(EMPTY_ROWS)]
    result = list(lines)
    for dirt in torn_lines(rng, lines, TORN_ROWS) + empty:
        result.insert(rng.randrange(200, len(result)), dirt)
    result.insert(len(result) // 2, "\ufeff" + csv_line(SEARCH_COLUMNS))
    return result


def save_csv(path: Path, lines: list[str]) -> None:
    """Write lines as utf-8-sig with the header first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\ufeff" + csv_line(SEARCH_COLUMNS) + "".join(lines)).encode("utf-8"))


def save_jsonl(rng: random.Random, path: Path, posts: list[Post]) -> None:
    """Write posts or comments as MediaCrawler does, with three torn and two blank lines."""
    crawl = seconds("2026-03-12 18:20") * 1000
    lines = []
    for post in posts:
        crawl += rng.randrange(20, 900)
        layout = comment_line if post.layout == "comment" else content_line
        lines.append(json.dumps(layout(post, crawl, rng.random() < 0.03), ensure_ascii=False) + "\n")
    for line in rng.sample(lines, TORN_LINES):
        lines.insert(rng.randrange(len(lines)), line[: rng.randrange(60, 120)] + "\n")
    for _ in range(2):
        lines.insert(rng.randrange(len(lines)), "\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(lines).encode("utf-8"))


def save_search(rng: random.Random, posts: list[Post], both: list[Post]) -> list[Post]:
    """Write meituan/weibo_search.csv; return its posts in the order of the file."""
    ordered = by_hour_newest_first(posts + both)
    ordered = with_duplicates(rng, ordered, int(len(ordered) * DUPLICATE_SHARE))
    save_csv(HERE / "meituan" / "weibo_search.csv", insert_dirt(rng, search_lines(rng, ordered)))
    return ordered


def save_mediacrawler(rng: random.Random, posts: list[Post], kind: str) -> list[Post]:
    """Write one MediaCrawler file; return its posts in the order of the file."""
    ordered = sorted(posts, key=lambda p: (-p.sec, p.pid))
    if kind == "comments":
        rank = {note: i for i, note in enumerate(dict.fromkeys(p.note_id for p in ordered))}
        ordered.sort(key=lambda p: rank[p.note_id])
    ordered = with_duplicates(rng, ordered, int(len(ordered) * DUPLICATE_SHARE))
    save_jsonl(rng, HERE / "meituan" / f"search_{kind}_{OUTAGE_DAY}.jsonl", ordered)
    return ordered


def save_late(rng: random.Random, posts: list[Post]) -> list[Post]:
    """Write late_crawl/weibo_search.csv with the copies that a resumed run appends."""
    ordered = with_duplicates(rng, posts, int(len(posts) * 0.04))
    save_csv(HERE / "late_crawl" / "weibo_search.csv", search_lines(rng, ordered))
    return ordered


def spread(posts: list[Post], count: int) -> list[Post]:
    """Return ``count`` posts spread evenly over a list."""
    return [posts[int((i + 0.5) * len(posts) / count)] for i in range(count)]


def save_sample(rng: random.Random, search: list[Post], announced: list[Post]) -> None:
    """Write the 500 posts that ship inside the library."""
    start, end = seconds("2026-03-10 00:00"), seconds(LAST_MINUTE)
    ordinary = [p for p in search if p.phase == "quiet" and start <= p.sec < end]
    outage = [p for p in search if p.phase != "quiet" and p.text != "转发微博"]
    chosen = spread(ordinary, SAMPLE_ORDINARY) + spread(outage, SAMPLE_OUTAGE - len(announced)) + announced
    chosen.sort(key=lambda p: (p.sec, p.pid))
    rows = [csv_line(search_row(post)) for post in chosen]
    save_csv(ROOT / "sentiment" / "resources" / "sample_posts.csv", rows)


# ---------------------------------------------------------------- what was planted


def by_phase(posts: list[Post]) -> dict[str, dict[str, float]]:
    """Return how many posts each phase holds and which share was written as understanding."""
    result = {}
    for phase in ("quiet", "first", "peak", "apology", "recovery"):
        groups = [p.group for p in posts if p.phase == phase]
        kind = sum(group in KIND_GROUPS for group in groups)
        result[phase] = {"posts": len(groups), "written_as_understanding": round(kind / len(groups), 4)}
    return result


def kept(posts: Iterable[Post]) -> Iterator[Post]:
    """Yield the first post of each id that has words."""
    ids: set[str] = set()
    for post in posts:
        if post.pid not in ids and post.text:
            ids.add(post.pid)
            yield post


def planted(world: World, files: dict[str, list[Post]], late: list[Post]) -> dict[str, Any]:
    """Return everything that was planted, for planted.json."""
    together = list(kept(p for posts in files.values() for p in posts))
    minutes = Counter(stamp(p.sec) for p in together)
    plateau = [minutes[stamp(s)] for s in range(PLATEAU, APOLOGY, 60)]
    quiet = sum(stamp(p.sec, "%Y-%m-%d") < OUTAGE_DAY for p in together) / (3 * 1440)
    tallies = {
        "weibo_search.csv": tally_of(files["search"], torn=TORN_ROWS, blank=EMPTY_ROWS, repeated_header=1)
    }
    for kind in ("contents", "comments"):
        name = f"search_{kind}_{OUTAGE_DAY}.jsonl"
        tallies[name] = tally_of(files[kind], torn=TORN_LINES, blank=2)
    whole = tally_of(
        (p for posts in files.values() for p in posts),
        torn=TORN_ROWS + 2 * TORN_LINES,
        blank=EMPTY_ROWS + 4,
        repeated_header=1,
    )
    return {
        "note": "Invented data. Times are Beijing time (UTC+8).",
        "seed": SEED,
        "onset": PLANTED_ONSET,
        "plateau_from": PLANTED_PLATEAU,
        "apology": PLANTED_APOLOGY,
        "recovery": PLANTED_RECOVERY,
        "normal_again_about": PLANTED_NORMAL,
        "first_minute": FIRST_DAY,
        "end": LAST_MINUTE,
        "announcement_ids": {name: post.pid for name, post in world.announced.items()},
        "peak_minute": max(minutes, key=lambda m: (minutes[m], m)),
        "peak_posts": max(minutes.values()),
        "plateau_posts_per_minute": round(sum(plateau) / len(plateau), 1),
        "quiet_posts_per_minute": round(quiet, 2),
        "phases": by_phase(together),
        "distinct_text_share": round(len({p.text for p in together}) / len(together), 4),
        "files": {name: vars(tally) for name, tally in tallies.items()},
        "all_files": vars(whole),
        "late_crawl": {
            "from": LATE_FROM,
            "to": LATE_TO,
            "word": LATE_WORD,
            "slice_cap": LATE_SLICE_CAP,
            "hours": dict(sorted(Counter(stamp(p.sec, "%H") for p in kept(late)).items())),
            **vars(tally_of(late)),
        },
    }


def main() -> None:
    """Rewrite every output file."""
    rng = random.Random(SEED)
    words = json.loads((HERE / "words.json").read_text(encoding="utf-8"))
    bank = Bank(rng, HERE / "sentences.csv")
    people = People(rng, words)
    writer = Writer(rng, bank, words)
    world = World(rng, people, writer, words)
    compose_main(world, bank)
    parts = {layout: [p for p in world.posts if p.layout == layout] for layout in LAYOUTS}
    announced = list(world.announced.values())
    both = rng.sample([p for p in parts["content"] if p.group != "official"], BOTH_FILES) + announced
    files = {
        "search": save_search(rng, parts["search"], both),
        "contents": save_mediacrawler(rng, parts["content"], "contents"),
        "comments": save_mediacrawler(rng, parts["comment"], "comments"),
    }
    late = save_late(rng, compose_late(World(rng, people, writer, words)))
    save_sample(rng, parts["search"], announced)
    text = json.dumps(planted(world, files, late), ensure_ascii=False, indent=1)
    (HERE / "planted.json").write_bytes((text + "\n").encode("utf-8"))


if __name__ == "__main__":
    main()
