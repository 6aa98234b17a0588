"""How far to trust the data: what was read, what was left out, what the crawl cannot show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from sentiment.report.ledger import Ledger
from sentiment.report.wording import shanghai

REJECTED_SHOWN: Final = 200
RAW_SHOWN: Final = 200
ROWS: Final[Mapping[str, tuple[str, str]]] = {
    "rows": (
        "输入文件里的全部行；成为帖子 + 未采用 + 重复 = 读入行",
        "all rows of the input; posts + rejected + duplicates = rows",
    ),
    "accepted": ("读成帖子的行", "rows that became posts"),
    "rejected": (
        "没有读成帖子的行，逐行原因见 rejected.csv",
        "rows that became no post; each with its reason in rejected.csv",
    ),
    "duplicates": (
        "编号相同，或同一已知作者的同一文本",
        "rows with the same id, or the same text by the same known author",
    ),
    "untimed": (
        "没有时间的帖子：计入立场和话题，不进入时间线",
        "posts without a time: in stance and topics, not in the timeline",
    ),
}


def describe_trust(quality: Mapping[str, Any], posts: pd.DataFrame, ledger: Ledger) -> dict[str, Any]:
    """Return the data-trust panel: files, totals with claims, grade, warnings, capped hours, shares."""
    totals = dict(quality.get("totals") or {})
    trust = dict(quality.get("trust") or {})
    return {
        "grade": trust.get("grade"),
        "totals": [
            _total(name, totals[name], posts, ledger) for name in ROWS if totals.get(name) is not None
        ],
        "files": [_file(file) for file in quality.get("files") or ()],
        "warnings": [_warning(item) for item in trust.get("warnings") or ()],
        "untrusted": untrusted_stretches(trust),
        "kinds": _kinds(posts, ledger),
        "details": {name: value for name, value in trust.items() if isinstance(value, int | float | str)},
    }


def _total(name: str, n: int, posts: pd.DataFrame, ledger: Ledger) -> dict[str, Any]:
    zh, en = ROWS[name]
    shown = posts.loc[posts["created_at"].isna(), "post_id"] if name == "untimed" else ()
    claim = ledger.record(f"trust-{name}", rule={"zh": zh, "en": en}, post_ids=shown, total=int(n))
    return {"name": name, "n": int(n), "claim": claim}


def untrusted_stretches(trust: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the stretches whose counts the crawl has spoilt: capped hours and days, gaps.

    >>> untrusted_stretches({"capped_hours": ["2026-03-12T12:00:00+08:00"]})[0]["end"]
    '2026-03-12T13:00:00+08:00'
    """
    capped = [
        (shanghai(start), shanghai(start) + pd.Timedelta(length))
        for name, length in (("capped_hours", "1h"), ("capped_days", "1D"))
        for start in trust.get(name) or ()
    ]
    gaps = [(shanghai(gap["from"]), shanghai(gap["to"])) for gap in trust.get("gaps") or ()]
    return [{"start": start.isoformat(), "end": end.isoformat()} for start, end in sorted({*capped, *gaps})]


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "file",
        "format",
        "format_reason",
        "rows",
        "accepted",
        "rejected",
        "duplicates",
        "untimed",
        "error",
    )
    return {name: file.get(name) for name in names}


def _warning(item: Any) -> dict[str, Any]:  # noqa: ANN401 - a code, or a mapping with its code and numbers
    if isinstance(item, Mapping):
        rest = {name: value for name, value in item.items() if name != "code"}
        return {"code": str(item.get("code", "warning")), "numbers": rest}
    return {"code": str(item), "numbers": {}}


def _kinds(posts: pd.DataFrame, ledger: Ledger) -> list[dict[str, Any]]:
    """Return how many posts came from which kind of account; each kind opens its posts."""
    out = []
    for kind in ("person", "unknown", "official", "media", "bot", "hijack", "truncated", "time_guessed"):
        where = posts[kind].astype("bool") if kind in posts else posts["account_kind"].eq(kind)
        if not where.any():
            continue
        zh, en = f"accounts 里的 {kind}", f"posts marked {kind}"
        rule = {"zh": _KIND_RULES.get(kind, zh), "en": en}
        out.append(
            {
                "name": kind,
                "n": int(where.sum()),
                "claim": ledger.claim(f"kind-{kind}", rule=rule, where=where),
            }
        )
    return out


_KIND_RULES: Final = {
    "person": "个人账号的帖子",
    "unknown": "账号类型未知的帖子",
    "official": "官方账号的帖子（不计入立场）",
    "media": "媒体账号的帖子（不计入立场）",
    "bot": "机器账号的帖子（不计入立场）",
    "hijack": "蹭话题的帖子（不计入立场）",
    "truncated": "被采集程序截断的帖子",
    "time_guessed": "时间由文件时间推算的帖子",
}


def describe_rejected(rejected: pd.DataFrame) -> dict[str, Any]:
    """Return the number of rejected rows for each reason and a bounded sample of them."""
    reasons = rejected["reason"].value_counts() if len(rejected) else pd.Series(dtype="int64")
    shown = rejected.head(REJECTED_SHOWN)
    return {
        "n": len(rejected),
        "by_reason": {str(reason): int(n) for reason, n in sorted(reasons.items())},
        "rows": [
            {"source": str(row["source"]), "reason": str(row["reason"]), "raw": str(row["raw"])[:RAW_SHOWN]}
            for row in shown.to_dict("records")
        ],
    }
