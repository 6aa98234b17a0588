"""Sentences over the tables: what rose, what is unclear, what is asked, what overlaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sentiment.incidents.relations import TOGETHER
from sentiment.report.wording import clock, duration, moment, number, percent, say, shanghai

NAMED_BESIDE: Final = ("concurrent", "common_cause")
"""Notes that :func:`beside` says with the services' names."""
SHADES: Final = 8


def shade(share: float | None, course: Mapping[str, Any]) -> int:
    """Return the shade of a heat-map cell, 0 (none) to 8, against the largest share of the map.

    >>> shade(0.2, {"rows": [{"cells": [{"share": 0.4}, {"share": None}]}]})
    4
    """
    most = max((cell["share"] or 0.0 for row in course["rows"] for cell in row["cells"]), default=0.0)
    return 0 if not share or not most else max(1, round(SHADES * share / most))


def beside(summary: Mapping[str, Any], item: Mapping[str, Any], lang: str) -> list[str]:
    """Say which incidents overlap one and, where several began together, that there may be one cause."""
    by_id = {one["id"]: one for one in summary["incidents"]}
    others = [by_id[name] for name in item.get("linked") or () if name in by_id]
    if not others:
        return []
    told = [f"{_name(one, lang)} {clock(one['onset'], item['onset'], lang)}" for one in others]
    listed = "、".join(told) if lang == "zh" else ", ".join(told)
    out = [f"同时出现异常：{listed} 起。" if lang == "zh" else f"At the same time: {listed}."]
    if "common_cause" in (item.get("notes") or ()):
        onset = shanghai(item["onset"])
        near = [item, *(one for one in others if abs(shanghai(one["onset"]) - onset) <= TOGETHER)]
        names = ("、" if lang == "zh" else ", ").join(_name(one, lang) for one in near)
        minutes = round(TOGETHER.total_seconds() / 60)
        out.append(
            f"{names} 在 {minutes} 分钟内先后出现异常，可能有共同原因。"
            if lang == "zh"
            else f"{names} began within {minutes} minutes of one another: perhaps a common cause."
        )
    return out


def _name(item: Mapping[str, Any], lang: str) -> str:
    return item.get("service") or say("all_services", lang)


def severity_parts(item: Mapping[str, Any], lang: str) -> list[str]:
    """Return what the severity is made of, part by part.

    >>> severity_parts({"severity_parts": {"volume": 3.5, "reach": 2}}, "en")
    ['volume 3.5', 'reach 2']
    """
    parts = item.get("severity_parts") or {}
    return [f"{say(f'part_{name}', lang)} {value:g}" for name, value in parts.items()]


def found_note(summary: Mapping[str, Any], lang: str) -> str:
    """Say how many posts no named topic fits, and how many of those stay unclear."""
    found = summary["found"]
    looked, unclear = number(found["looked"]), percent(found["unclear"])
    if lang == "zh":
        return (
            f"预设话题解释不了的 {looked} 条帖子按用词分组，组名是最有区分度的词，不是结论；"
            f"其中 {unclear} 归不进任何一组："
        )
    return (
        f"{looked} posts that no named topic fits, grouped by their words; a group's name is its most telling"
        f" words, not a finding. {unclear} of them fit no group:"
    )


def rising_told(summary: Mapping[str, Any], lang: str) -> str:
    """Say which topics rose at the end of the data, or that none did."""
    rising = summary["rising"]
    if not rising["rows"]:
        return ""
    names = [topic["name"][lang] for topic in rising["rows"] if topic["rising"]]
    length = duration(rising["minutes"], lang)
    if lang == "zh":
        told = f"明显上升：{'、'.join(names)}。" if names else "没有话题明显上升。"
        return f"最后 {length}与之前 {length}相比，{told}"
    told = f"{', '.join(names)} rose clearly." if names else "no topic rose clearly."
    return f"The last {length} against the {length} before: {told}"


def risen(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the topics worth a row: those that rose; on ordinary days the others too, for comparison."""
    return [topic for topic in summary["rising"]["rows"] if topic["rising"] or summary["period"]]


def rising_caption(summary: Mapping[str, Any], lang: str) -> str:
    """Say which stretch is meant and how a rise is told from chance."""
    rising = summary["rising"]
    if not rising["end"]:
        return ""
    start, end = moment(rising["start"], lang), clock(rising["end"], rising["start"], lang)
    if lang == "zh":
        return f"{start}至{end}，对前一段同样长的时间；按二项检验，并按话题数校正，1% 以下才算上升。"
    return (
        f"{start} to {end} against the equally long stretch before; a rise needs less than 1% chance"
        " (binomial, corrected for the number of topics)."
    )


def questions_note(summary: Mapping[str, Any], lang: str) -> str:
    """Say how many posts seek help, how many questions they make, and what an answer is."""
    asked = summary["questions"]
    asking, open_, told = (number(asked[name]) for name in ("asking", "unanswered", "answered"))
    if lang == "zh":
        return (
            f"{asking} 条求助按用词归并：{open_} 个问题在数据里找不到官方回答，"
            f"{told} 个找到用词相同的官方文字。按帖数×等待时间排序。"
            "找不到不等于没有回答过：采集很少含全部回复；用词相同也不等于答到了点上。"
        )
    return (
        f"{asking} posts seek help, grouped by their words: {open_} questions without an official answer in"
        f" the data, {told} with an official text of the same words. Ranked by posts × waiting time. Not"
        " found does not mean not given (crawls rarely hold all replies), and the same words may not satisfy."
    )


def period_note(summary: Mapping[str, Any], lang: str) -> str:
    """Say which two periods of an ordinary stretch are compared."""
    period = summary["period"]
    if not period:
        return ""
    start, end = moment(period["start"], lang), moment(period["end"], lang)
    length = duration(period["minutes"], lang)
    if lang == "zh":
        return f"{start}至{end}（右），与之前 {length}（左）。"
    return f"{start} to {end} (right) against the {length} before (left)."


def period_told(summary: Mapping[str, Any], lang: str) -> str:
    """Say which stances changed beyond chance between the two periods."""
    period = summary["period"]
    if not period:
        return ""
    clear = [
        f"{say(row['stance'], lang)} {100 * row['diff']:+.0f}"
        for row in period["stances"]
        if row["diff"] is not None and (row["low"] > 0 or row["high"] < 0)
    ]
    if lang == "zh":
        return (
            f"超出抽样误差的变化（百分点）：{'、'.join(clear)}。" if clear else "立场的变化都在抽样误差之内。"
        )
    if clear:
        return f"Changes beyond sampling error (points): {', '.join(clear)}."
    return "No change of stance goes beyond sampling error."
