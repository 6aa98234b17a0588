"""A holding statement: drafts by stage, what is known and what is not, filled from the data; a person signs.

No text is generated. Templates by situation and stage stand in ``resources/statements.toml``; a fact that is
filled in carries the claim behind it, everything else stays open in 〔〕.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sentiment.errors import ConfigError, InputError, unknown
from sentiment.report.incident import main_responses
from sentiment.report.phrasing import SLOT, check_wording, statement_texts
from sentiment.report.wording import (
    LANGS,
    Segment,
    check_lang,
    clock,
    duration,
    moment,
    number,
    phrase,
    plain,
    say,
    shanghai,
)

NAMED: Final = 3
SUPPORTS: Final[Mapping[str, str]] = {
    "cause": "explain", "workaround": "instruct", "eta": "eta", "recovery": "recovered",
    "compensation": "compensate", "apology": "apology",
}  # fmt: skip
"""What a statement should say, and the code of an official post that has said it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A draft to be completed and signed by a person.

    Attributes:
        text: The draft; open fields stand in 〔〕.
        stage: ack, update, recovered, compensation or postmortem.
        situation: unknown, internal, overload, third_party or attack.
        open: What is still to be filled in, in order.
        facts: (words, claim) for everything filled from the data.
        advice: How people will see it, and what that asks of the text.
    """

    text: str
    stage: str
    situation: str
    open: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    advice: str


def draft_statement(
    summary: Mapping[str, Any], *, stage: str | None = None, situation: str = "unknown", lang: str = "zh"
) -> Statement:
    """Return a draft for the main incident.

    Args:
        summary: From :func:`sentiment.report.summarize` (``analysis.summary``).
        stage: One of ``ack update recovered compensation postmortem``; None: the one the data suggest.
        situation: What is known of the cause: ``unknown internal overload third_party attack``.
        lang: ``zh`` or ``en``.

    Raises:
        ConfigError: if the stage, the situation or the language is unknown.
        InputError: if the summary holds no incident.
    """
    check_lang(lang)
    plan = summary.get("statement")
    if plan is None:
        raise InputError("There is no incident to speak of: a statement needs one in the summary.")
    stages = {one["stage"]: one for one in plan["stages"]}
    causes = {one["situation"]: one for one in plan["situations"]}
    stage = stage or plan["stage"]
    if stage not in stages:
        raise ConfigError(unknown("stage", stage, stages))
    if situation not in causes:
        raise ConfigError(unknown("situation", situation, causes))
    segments = [
        part
        for segment in stages[stage]["text"][lang]
        for part in (_cut(causes[situation]["text"][lang]) if _asks_cause(segment) else [segment])
    ]
    return Statement(
        text=plain(segments),
        stage=stage,
        situation=situation,
        open=tuple(part["text"] for part in segments if SLOT.fullmatch(part["text"])),
        facts=tuple((part["text"], part["claim"]) for part in segments if "claim" in part),
        advice=causes[situation]["advice"][lang],
    )


def _asks_cause(segment: Segment) -> bool:
    return segment["text"].startswith(("〔原因", "〔Cause"))


def plan_statement(summary: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return everything a statement about the main incident needs; None without an incident.

    Returns:
        ``stage`` that the data suggest, ``stages`` (name and text as segments), ``situations`` (name,
        cluster, sentence, advice), ``history`` (earlier incidents of the service, which raise what people
        hold it responsible for), ``said`` (what official posts have said, with claims) and ``unsaid``, and
        ``flags``: risky words in official posts of the data.
    """
    if not summary["incidents"]:
        return None
    texts = statement_texts()
    said = _said(summary)
    return {
        "stage": _stage(summary, said),
        "stages": [
            {
                "stage": name,
                "name": {lang: stage[f"{lang}_name"] for lang in LANGS},
                "text": {lang: _fill(stage[lang], summary, lang) for lang in LANGS},
            }
            for name, stage in texts["stages"].items()
        ],
        "situations": [
            {
                "situation": name,
                "name": {lang: one[f"{lang}_name"] for lang in LANGS},
                "cluster": dict(zip(LANGS, texts["clusters"][one["cluster"]], strict=True)),
                "text": {lang: one[lang] for lang in LANGS},
                "advice": {lang: one[f"{lang}_advice"] for lang in LANGS},
            }
            for name, one in texts["situations"].items()
        ],
        "history": _history(summary),
        "said": said,
        "unsaid": [name for name in SUPPORTS if name not in {one["name"] for one in said}],
        "flags": list(_flags(summary)),
    }


def _stage(summary: Mapping[str, Any], said: Sequence[Mapping[str, Any]]) -> str:
    """Return the next thing to say: first word, progress, recovery, compensation, post-mortem."""
    done = {one["name"] for one in said}
    if summary["incidents"][0]["minutes"] is None:
        return "update" if main_responses(summary) else "ack"
    if "recovery" not in done:
        return "recovered"
    return "postmortem" if "compensation" in done else "compensation"


def _said(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what official posts have already said: the first that says it, its time and claim."""
    out = []
    for name, code in SUPPORTS.items():
        first = next((one for one in main_responses(summary) if code in one["codes"]), None)
        if first is not None:
            out.append({"name": name, "at": first["at"], "claim": first["claim"]})
    return out


def _history(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    main = summary["incidents"][0]
    return [
        {"onset": one["onset"], "claim": one["claims"]["onset"]}
        for one in summary["incidents"][1:]
        if main.get("service") and one.get("service") == main["service"] and one["onset"] < main["onset"]
    ]


def _flags(summary: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the risky words of official posts; those that came after the end may say that it is over."""
    for response in main_responses(summary):
        for flag in check_wording(response["text"], summary=summary):
            yield {
                **flag.to_dict(),
                "at": response["at"],
                "post_id": response["source_post_id"],
                "claim": response["claim"],
            }


def _fill(template: str, summary: Mapping[str, Any], lang: str) -> list[Segment]:
    """Return a template with its facts filled in, open fields as runs of their own."""
    main = summary["incidents"][0]
    service: str | Segment = "〔服务〕" if lang == "zh" else "〔service〕"
    if main.get("service"):
        service = {"text": main["service"], "claim": main["claims"]["volume"]}
    parts: dict[str, str | Segment] = {
        "service": service,
        "onset": {"text": _onset(main, lang), "claim": main["claims"]["onset"]},
        "state": _state(summary, lang),
        "first_response": _first_response(summary, lang),
    }
    for name, given in (
        ("functions", _functions(summary, lang)),
        ("money", _money(summary, lang)),
        ("questions", _questions(summary, lang)),
    ):
        template = template.replace(f"{{{name}}}", given[0])
        parts |= given[1]
    return [run for segment in phrase(template.strip(), parts) for run in _runs(segment)]


def _runs(segment: Segment) -> list[Segment]:
    return [segment] if "claim" in segment else _cut(segment["text"])


def _cut(text: str) -> list[Segment]:
    """Return words and open fields as runs of their own.

    >>> [run["text"] for run in _cut("下一次说明：〔时间〕。")]
    ['下一次说明：', '〔时间〕', '。']
    """
    runs, done = [], 0
    for slot in SLOT.finditer(text):
        runs += [text[done : slot.start()], slot[0]]
        done = slot.end()
    return [{"text": words} for words in [*runs, text[done:]] if words]


def _onset(main: Mapping[str, Any], lang: str) -> str:
    told = moment(main["onset"], lang)
    if not main.get("onset_censored"):
        return told
    return f"{told}（或更早）" if lang == "zh" else f"{told} (or earlier)"


def _functions(summary: Mapping[str, Any], lang: str) -> tuple[str, dict[str, str | Segment]]:
    words = statement_texts()["functions"]
    hit = [t for t in summary["topics"] if t["topic"] in words and t["complaint"]][:NAMED]
    if not hit:
        return ("〔受影响的功能〕" if lang == "zh" else "〔functions hit〕"), {}
    names = {
        f"f{n}": {"text": words[t["topic"]][LANGS.index(lang)], "claim": t["claim"]}
        for n, t in enumerate(hit)
    }
    comma = "、" if lang == "zh" else ", "
    return comma.join(f"{{{name}}}" for name in names), {**names}


def _money(summary: Mapping[str, Any], lang: str) -> tuple[str, dict[str, str | Segment]]:
    """Return the sentence on money where people complain about payment."""
    paid = next((t for t in summary["topics"] if t["topic"] == "payment" and t["complaint"]), None)
    if paid is None:
        return "", {}
    if lang == "zh":
        words = "{pay}没有成功的订单：〔怎么处理、钱什么时候退回〕。\n"
        return words, {"pay": {"text": "扣了款却", "claim": paid["claim"]}}
    return "{pay}: 〔what happens, when the money is back〕.\n", {
        "pay": {"text": "Paid without an order", "claim": paid["claim"]}
    }


def _questions(summary: Mapping[str, Any], lang: str) -> tuple[str, dict[str, str | Segment]]:
    """Return the questions nobody has answered, word for word, each with room for the answer."""
    asked = [row for row in summary["questions"]["rows"] if not row["answer"]][:NAMED]
    if not asked:
        return "", {}
    parts: dict[str, str | Segment] = {
        f"q{n}": {"text": row["text"] + ("…" if row["cut"] else ""), "claim": row["claim"]}
        for n, row in enumerate(asked)
    }
    if lang == "zh":
        lines = "".join(f"· “{{{name}}}”：〔回答〕\n" for name in parts)
        return f"大家问得最多的：\n{lines}", parts
    lines = "".join(f"· “{{{name}}}”: 〔answer〕\n" for name in parts)
    return f"Asked most:\n{lines}", parts


def _state(summary: Mapping[str, Any], lang: str) -> Segment:
    """Return an open field for the state, with what the data show: talk that is over is not a repair."""
    shown, claim = _talk(summary, lang), summary["incidents"][0]["claims"]["end"]
    if lang == "zh":
        return {"text": f"〔时间和状态，由技术团队确认；数据：{shown}〕", "claim": claim}
    return {"text": f"〔time and state, confirmed by engineering; the data: {shown}〕", "claim": claim}


def _talk(summary: Mapping[str, Any], lang: str) -> str:
    main = summary["incidents"][0]
    over = main["minutes"] is not None
    time = clock(main["end"] if over else summary["span"]["end"], main["onset"], lang)
    if lang == "zh":
        return f"讨论在 {time} 回到平常" if over else f"到 {time} 讨论仍高于平常"
    return f"talk was back to usual at {time}" if over else f"talk still above usual at {time}"


def _first_response(summary: Mapping[str, Any], lang: str) -> str | Segment:
    answered = main_responses(summary)
    if not answered:
        return "〔首次说明的时间〕" if lang == "zh" else "〔time of the first official word〕"
    main, first = summary["incidents"][0], answered[0]
    time = clock(first["at"], main["onset"], lang)
    after = duration((shanghai(first["at"]) - shanghai(main["onset"])).total_seconds() / 60, lang)
    words = (
        f"首次说明在 {time}（起点后 {after}）"
        if lang == "zh"
        else f"first official word at {time} ({after} after)"
    )
    return {"text": words, "claim": first["claim"]}


def known_facts(summary: Mapping[str, Any], lang: str) -> list[tuple[str, list[Segment]]]:
    """Return what the data show, label by label, for the person who completes a draft."""
    main, asked = summary["incidents"][0], summary["questions"]
    claims = main["claims"]
    hit = [t for t in summary["topics"] if t["topic"] != "other" and t["complaint"]][:5]
    return [
        (say("fact_onset", lang), [{"text": _onset(main, lang), "claim": claims["onset"]}]),
        (say("end", lang), [{"text": _talk(summary, lang), "claim": claims["end"]}]),
        (say("fact_people", lang), [{"text": number(main.get("authors")), "claim": claims["volume"]}]),
        (say("fact_hit", lang), [{"text": t["name"][lang], "claim": t["claim"]} for t in hit]),
        (say("fact_open_questions", lang), [{"text": number(asked["unanswered"])}]),
    ]


def render_statement(summary: Mapping[str, Any], lang: str) -> str:
    """Return the drafts of every stage as text for an editor, the stage that the data suggest first."""
    plan = summary["statement"]
    order = sorted(plan["stages"], key=lambda one: one["stage"] != plan["stage"])
    parts = [f"# {say('statement', lang)}", f"> {say('statement_note', lang)}"]
    parts.append(
        "\n".join(
            f"- {label}: " + ", ".join(f"{part['text']} [{part.get('claim', '–')}]" for part in told)
            for label, told in known_facts(summary, lang)
        )
    )
    for one in order:
        parts += [f"## {one['name'][lang]}", plain(one["text"][lang])]
    parts.append(f"## {say('statement_causes', lang)}")
    parts.append(
        "\n".join(
            f"- {one['name'][lang]} ({one['cluster'][lang]}): {one['text'][lang]} {one['advice'][lang]}"
            for one in plan["situations"]
        )
    )
    return "\n\n".join(parts) + "\n"
