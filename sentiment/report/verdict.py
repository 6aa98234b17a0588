"""The sentence at the top: what happened, when, how bad; and the key figures under it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from sentiment.report.incident import main_responses
from sentiment.report.ledger import Ledger
from sentiment.report.wording import (
    Segment,
    clock,
    date,
    duration,
    moment,
    number,
    percent,
    phrase,
    plain,
    say,
    spans_years,
)

HEADLINES: Final[Mapping[str, tuple[str, str]]] = {
    "over": (
        "{service} {onset} 出现{what}，持续 {length}",
        "{service} had {what} from {onset}, lasting {length}",
    ),
    "ongoing": (
        "{service} {onset} 出现{what}，到数据结束时（{last}）仍未恢复",
        "{service} had {what} from {onset}, not over when the data end at {last}",
    ),
    "incidents": (
        "这段数据里有 {n} 次异常，最严重的是{service} {onset} 的{what}",
        "{n} incidents in these data; the worst is {what} at {service} from {onset}",
    ),
    "ordinary": ("这段数据里没有发现故障", "No outage was found in these data"),
    "too_little": (
        "数据不足，无法判断有没有故障",
        "Not enough data to tell whether there was an outage",
    ),
    "no_times": (
        "这些帖子都没有时间，无法判断何时发生了什么",
        "None of these posts has a time, so nothing can be dated",
    ),
    "no_posts": ("没有可以分析的帖子", "There are no posts to analyse"),
}
PEAKS: Final[Mapping[str, tuple[str, str]]] = {
    "ratio": (
        "讨论在 {peak} 达到高峰，{scale}内 {n} 条；期间共 {posts} 条，约为平常的 {ratio} 倍。",
        "Talk peaked at {peak} with {n} posts in {scale}; {posts} posts in all,"
        " about {ratio} times the usual.",
    ),
    "no_ratio": (
        "讨论在 {peak} 达到高峰，{scale}内 {n} 条；期间共 {posts} 条；数据不足，没有可比的平常时段。",
        "Talk peaked at {peak} with {n} posts in {scale}; {posts} posts in all,"
        " not enough data: no ordinary period to compare.",
    ),
}
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "outage": ("故障", "an outage"),
    "unclear": ("异常（还不能确定是故障）", "an unusual burst (not certain to be an outage)"),
}


def write_verdict(
    summary: Mapping[str, Any], posts: pd.DataFrame, ledger: Ledger, lang: str
) -> dict[str, Any]:
    """Write the headline, the sentences under it and the key figures in one language.

    Returns:
        ``headline`` and ``detail`` (segments: words, and words with a claim), ``text`` (both as one plain
        string) and ``figures`` (label, value, note, claim).
    """
    everything = ledger.claim(
        "posts",
        rule={"zh": "全部读入的帖子", "en": "all posts read"},
        where=pd.Series(True, index=posts.index),
    )
    headline = _headline(summary, lang)
    detail = _detail(summary, everything, lang)
    figures = (
        _incident_figures(summary, lang)
        if summary["incidents"]
        else _quiet_figures(summary, everything, lang)
    )
    return {"headline": headline, "detail": detail, "text": _join(headline, detail, lang), "figures": figures}


def _join(headline: list[Segment], detail: list[Segment], lang: str) -> str:
    return plain(headline) + ("。" if lang == "zh" else ". ") + plain(detail)


def _headline(summary: Mapping[str, Any], lang: str) -> list[Segment]:
    state = summary["state"]
    side = 0 if lang == "zh" else 1
    if not summary["incidents"]:
        return [{"text": HEADLINES[state][side]}]
    main = summary["incidents"][0]
    name = main.get("service") or ("一项服务" if lang == "zh" else "An unnamed service")
    alone = "over" if main["minutes"] is not None else "ongoing"
    key = "incidents" if state == "incidents" else alone
    onset = moment(main["onset"], lang, year=spans_years(summary)) + _censored(main, lang)
    parts: dict[str, str | Segment] = {
        "service": name,
        "onset": {"text": onset, "claim": main["claims"]["onset"]},
        "what": KINDS[main["kind"]][side],
        "length": {"text": duration(main["minutes"], lang), "claim": main["claims"]["end"]},
        "last": clock(summary["span"]["end"], main["onset"], lang),
        "n": str(len(summary["incidents"]) + len(summary["unlisted"])),
    }
    return phrase(HEADLINES[key][side], parts)


def _censored(main: Mapping[str, Any], lang: str) -> str:
    if not main.get("onset_censored"):
        return ""
    return " 或更早" if lang == "zh" else " or earlier"


def _detail(summary: Mapping[str, Any], everything: str, lang: str) -> list[Segment]:
    """Write the sentences under the headline; each is left out where there is nothing to say."""
    if summary["state"] == "no_posts":
        return [{"text": _nothing_read(summary, lang)}]
    sentences = [_peak(summary, lang), _span(summary, everything, lang), _stances(summary, lang)]
    sentences += [_topics(summary, lang), _effect(summary, lang)]
    said = [sentence for sentence in sentences if sentence]
    gap: list[Segment] = [{"text": "" if lang == "zh" else " "}]
    return [segment for n, sentence in enumerate(said) for segment in (gap + sentence if n else sentence)]


def _nothing_read(summary: Mapping[str, Any], lang: str) -> str:
    totals = {total["name"]: total["n"] for total in summary["trust"]["totals"]}
    rows, rejected = number(totals.get("rows", 0)), number(totals.get("rejected", 0))
    if lang == "zh":
        return f"读入 {rows} 行，其中 {rejected} 行没有采用；原因见“数据可信度”。"
    where = say("trust", lang)
    return f"{rows} rows were read, {rejected} of them rejected; the reasons are under “{where}”."


def _peak(summary: Mapping[str, Any], lang: str) -> list[Segment]:
    if not summary["incidents"]:
        return []
    main = summary["incidents"][0]
    claims, ratio = main["claims"], main.get("volume_ratio")
    parts: dict[str, str | Segment] = {
        "peak": {"text": clock(main["peak"], main["onset"], lang), "claim": claims["peak"]},
        "scale": duration(main.get("scale_minutes") or 5, lang),
        "n": {"text": number(main["peak_count"]), "claim": claims["peak"]},
        "posts": {"text": number(main.get("posts")), "claim": claims["volume"]},
        "ratio": {"text": number(ratio and round(ratio, 1)), "claim": claims["volume"]},
    }
    return phrase(PEAKS["ratio" if ratio else "no_ratio"][0 if lang == "zh" else 1], parts)


def _span(summary: Mapping[str, Any], everything: str, lang: str) -> list[Segment]:
    if summary["incidents"]:
        return []
    count: Segment = {"text": number(summary["posts"]), "claim": everything}
    span = summary["span"]
    if span["start"] is None:
        return phrase("共 {n} 条帖子。" if lang == "zh" else "{n} posts in all.", {"n": count})
    start, end = (moment(span[side], lang, year=spans_years(summary)) for side in ("start", "end"))
    template = f"{start}至{end}共 {{n}} 条帖子。" if lang == "zh" else f"{{n}} posts from {start} to {end}."
    return phrase(template, {"n": count})


def _stances(summary: Mapping[str, Any], lang: str) -> list[Segment]:
    stance = summary["stance"]
    if not stance["n"]:
        return []
    shares = {share["stance"]: share for share in stance["shares"]}
    parts: dict[str, str | Segment] = {
        name: {"text": percent(share["share"]), "claim": share["claim"]} for name, share in shares.items()
    }
    parts["n"] = {"text": number(stance["n"]), "claim": stance["claim"]}
    if lang == "zh":
        return phrase("在计入的 {n} 条帖子里，抱怨占 {complaint}，理解占 {understanding}。", parts)
    return phrase(
        "Of the {n} posts counted, {complaint} complain and {understanding} show understanding.", parts
    )


def _topics(summary: Mapping[str, Any], lang: str) -> list[Segment]:
    hit = [topic for topic in summary["topics"] if topic["topic"] != "other" and topic["complaint"]][:3]
    if not hit:
        return []
    comma = "、" if lang == "zh" else ", "
    names = {f"t{n}": {"text": topic["name"][lang], "claim": topic["claim"]} for n, topic in enumerate(hit)}
    listed = comma.join(f"{{{name}}}" for name in names)
    return phrase(
        f"抱怨最多的是{listed}。" if lang == "zh" else f"They complain most about {listed}.", {**names}
    )


def _effect(summary: Mapping[str, Any], lang: str) -> list[Segment]:
    answered = main_responses(summary)
    if not answered:
        return []
    first = answered[0]
    beside = summary["incidents"][0]["onset"]
    parts: dict[str, str | Segment] = {
        "at": {"text": clock(first["at"], beside, lang), "claim": first["claim"]},
        "verdict": say(first["verdict"], lang) if lang == "zh" else say(first["verdict"], lang).lower(),
    }
    return phrase(
        "{at} 官方回应之后：{verdict}。" if lang == "zh" else "After the response at {at}: {verdict}.", parts
    )


def _figure(label: str, value: str, note: str, claim: str | None) -> dict[str, Any]:
    return {"label": label, "value": value, "note": note, "claim": claim}


def _incident_figures(summary: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    main = summary["incidents"][0]
    claims = main["claims"]
    ratio = main.get("volume_ratio")
    usual = "平常的 {} 倍" if lang == "zh" else "{} times the usual"
    return [
        _figure(
            say("onset", lang),
            moment(main["onset"], lang, day=False),
            _onset_note(main, lang),
            claims["onset"],
        ),
        _figure(
            say("peak", lang),
            clock(main["peak"], main["onset"], lang),
            _peak_note(main, lang),
            claims["peak"],
        ),
        _figure(say("end", lang), _end(main, lang), _end_note(main, lang), claims["end"]),
        _figure(
            say("delay", lang), duration(main["delay"], lang), _found_note(main, lang), claims["detected"]
        ),
        _figure(
            say("severity", lang),
            f"{main['severity']} / 4",
            say(f"severity_{main['severity']}", lang),
            claims["severity"],
        ),
        _figure(
            say("volume", lang),
            number(main.get("posts")),
            usual.format(number(round(ratio, 1))) if ratio else say("no_ratio", lang),
            claims["volume"],
        ),
    ]


def _onset_note(main: Mapping[str, Any], lang: str) -> str:
    if main.get("onset_censored"):
        return say("onset_note", lang)
    low, high = main.get("onset_low"), main.get("onset_high")
    if not low or not high:
        return date(main["onset"], lang)
    interval = [clock(time, main["onset"], lang) for time in (low, high)]
    return "–".join(interval) if interval[0] != interval[1] else date(main["onset"], lang)


def _peak_note(main: Mapping[str, Any], lang: str) -> str:
    scale = duration(main.get("scale_minutes") or 5, lang)
    count = number(main["peak_count"])
    return f"{count} 条 / {scale}" if lang == "zh" else f"{count} posts / {scale}"


def _end(main: Mapping[str, Any], lang: str) -> str:
    if main["minutes"] is None:
        return "未结束" if lang == "zh" else "open"
    return clock(main["end"], main["onset"], lang)


def _end_note(main: Mapping[str, Any], lang: str) -> str:
    if main["minutes"] is None:
        return "数据结束时仍在持续" if lang == "zh" else "still on when the data end"
    return ("持续 " if lang == "zh" else "after ") + duration(main["minutes"], lang)


def _found_note(main: Mapping[str, Any], lang: str) -> str:
    found = clock(main["detected_at"], main["onset"], lang)
    if main["delay"] is None:
        return "起点不明，不算用时" if lang == "zh" else "onset unknown"
    return f"{found} 报警" if lang == "zh" else f"alarm at {found}"


def _quiet_figures(summary: Mapping[str, Any], everything: str, lang: str) -> list[dict[str, Any]]:
    span, stance = summary["span"], summary["stance"]
    figures = [_figure(say("posts", lang), number(summary["posts"]), say("all", lang), everything)]
    if span["start"]:
        days = f"{date(span['start'], lang)} – {date(span['end'], lang)}"
        figures.append(_figure(say("span", lang), duration(span["minutes"], lang), days, None))
    for share in stance["shares"] if stance["n"] else ():
        note = f"{percent(share['low'])}–{percent(share['high'])}"
        figures.append(_figure(say(share["stance"], lang), percent(share["share"]), note, share["claim"]))
    if summary["trust"]["grade"]:
        n = len(summary["trust"]["warnings"])
        told = f"{n} 条提醒" if lang == "zh" else f"{n} warnings"
        figures.append(_figure(say("grade", lang), say(summary["trust"]["grade"], lang), told, None))
    return figures
