"""What an official post does: the action codes on an incident's timeline.

Codes follow crisis-communication practice (situational crisis communication theory): ack, instruct, eta,
explain, apology, compensate, deny, scapegoat, recovered, postmortem.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sentiment.text.clean import simplify

CODES: Final[Mapping[str, re.Pattern[str]]] = {
    code: re.compile("|".join(parts))
    for code, parts in {
        "ack": (
            r"已(?:经)?(?:关注|注意|知悉|收到|了解)到?",
            r"(?:正在|紧急|全力)(?:排查|核实|处理|定位)",
            r"部分用户|出现异常|出现故障",
        ),
        "instruct": (
            r"请(?:您)?(?:先|尝试|更新|重启|重新|稍后|勿重复|不要重复|通过|改用|前往)",
            r"可(?:先)?(?:通过|使用|前往).{0,20}(?:下单|查询|办理|取票|乘车)",
        ),
        "eta": (
            r"(?:预计|将于|将在).{0,15}(?:恢复|修复|完成)",
            r"(?:\d{1,2}|[一二三两半])(?:个)?(?:小时|分钟)内",
        ),
        "explain": (
            r"(?:由于|因|系|原因).{0,25}(?:升级|故障|扩容|机房|网络|流量|服务器|数据库|配置|光缆|供应商|异常|攻击)",
            r"系统升级",
        ),
        "apology": (r"致歉|道歉|抱歉|对不起|歉意|敬请谅解|深表",),
        "compensate": (r"补偿|赔付|赔偿|红包|优惠券|代金券|无门槛|退还|免责|延长.{0,6}会员|赠送",),
        "deny": (
            r"不属实|系谣言|为谣言|不实信息|辟谣|未受影响",
            r"(?:并未|没有)(?:发生|出现).{0,8}(?:故障|泄露|宕机)",
        ),
        "scapegoat": (r"(?:第三方|运营商|供应商|合作方|外部).{0,12}(?:导致|造成|原因|故障|所致)",),
        "recovered": (
            r"(?:已|均已|全部|陆续|逐步|基本)(?:经)?(?:全面|全部|陆续|逐步)?(?:恢复|修复)",
            r"恢复正常",
        ),
        "postmortem": (r"复盘|故障报告|调查报告|时间线|根因|整改措施",),
    }.items()
}
"""Action code to the words that show it, on simplified script."""


PROMISE: Final = re.compile(
    r"(?:(?<!已)将|会|预计|争取|力争|尽快|正在|有望|确保|努力).{0,12}?(?:恢复正常|恢复|修复)"
)
"""Words that promise: a service that will be back is not back."""

SHORT: Final = 20
"""A text below this many characters is a reply to one person, unless it says that all is well again."""


def find_codes(text: str) -> tuple[str, ...]:
    """Return the action codes that words show, however few they are, in the order of :data:`CODES`.

    >>> find_codes("官方致歉"), find_codes("服务已恢复正常"), find_codes("服务将陆续恢复")
    (('apology',), ('recovered',), ())
    """
    plain = simplify(text[:2_000])
    done = PROMISE.sub(" ", plain)
    return tuple(
        code for code, pattern in CODES.items() if pattern.search(done if code == "recovered" else plain)
    )


def code_response(text: str) -> tuple[str, ...]:
    """Return the action codes an official post shows, in the order of :data:`CODES`.

    A customer-service reply to one person shows none or only ``apology`` with no other action.

    >>> code_response("非常抱歉，因系统升级部分用户下单异常，预计13:30恢复")
    ('ack', 'eta', 'explain', 'apology')
    """
    plain = simplify(text[:2_000])
    found = find_codes(plain)
    small_talk = found == ("apology",) or (len(plain) < SHORT and "recovered" not in found)
    return () if small_talk else found
