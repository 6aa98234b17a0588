"""One self-contained HTML page from a summary: no network, no external file, hostile posts inert."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from sentiment.display import COLOURS
from sentiment.report import charts
from sentiment.report.fonts import font_faces
from sentiment.report.incident import main_responses
from sentiment.report.labels import LABELS, METHOD
from sentiment.report.marks import timeline_marks, timeline_spans
from sentiment.report.phrasing import SLOT, wording_risks
from sentiment.report.posts import check_quotes
from sentiment.report.scorecard import card_rows
from sentiment.report.spread import kind_name, spread_told
from sentiment.report.statement import known_facts
from sentiment.report.told import (
    NAMED_BESIDE,
    beside,
    found_note,
    period_note,
    period_told,
    questions_note,
    risen,
    rising_caption,
    rising_told,
    severity_parts,
    shade,
)
from sentiment.report.wording import (
    LANGS,
    Segment,
    check_lang,
    date,
    duration,
    elide,
    moment,
    number,
    percent,
    plain,
    say,
    shanghai,
    spans_years,
    warning_words,
)

if TYPE_CHECKING:
    from jinja2 import Environment

OTHER: Final = {"zh": "en", "en": "zh"}
TONGUES: Final = {"zh": ("zh-CN", "中文"), "en": ("en", "English")}
"""What a page calls each language: its tag, its own name."""
EVIDENCE_PLACE: Final = '<div data-place="evidence"></div>'
"""Stands in the other language's page for the posts, which the script moves rather than copies."""
DIALOG: Final = ("behind", "close")
WIDE: Final = 900
NARROW: Final = 380
PHRASE: Final = re.compile(r"[^\s，；]{1,200}[，；]? ?")
ASCII: Final = "".join(chr(code) for code in range(32, 127))
ORDER: Final = (
    "incidents", "timeline", "course", "topics", "found", "rising", "responses", "quotes", "questions",
    "unanswered", "spread", "spikes", "statement", "trust", "method", "run", "evidence",
)  # fmt: skip


def render_html(summary: dict[str, Any], *, lang: str | None = None) -> str:
    """Return the report page.

    Args:
        summary: From :func:`summarize` (or read back from JSON).
        lang: ``zh`` or ``en``; None: the summary's own.

    Returns:
        One HTML file; the same summary gives the same characters.

    Raises:
        InputError: if a quote is not a verbatim part of the post it names.
        ConfigError: if the language is unknown.
    """
    lang = check_lang(lang or summary["lang"])
    check_quotes(summary)
    here, there = (_environment(tongue, years=spans_years(summary)) for tongue in (lang, OTHER[lang]))
    posts = here.get_template("evidence.html.j2").render(_evidence_context(summary))
    body = here.get_template("body.html.j2").render(page_context(summary, lang), evidence=_safe(posts))
    twin = there.get_template("body.html.j2").render(
        page_context(summary, OTHER[lang]), evidence=_safe(EVIDENCE_PLACE)
    )
    script = _resource("report.js")
    style = _stylesheet(
        "".join([body, twin, script, ASCII, *(LABELS[key][n] for key in DIALOG for n in (0, 1))])
    )
    page = {"title": page_title(summary, lang), "policy": _policy(style, script)}
    return here.get_template("page.html.j2").render(
        **page, css=_safe(style), body=_safe(body), twin=_safe(twin), script=_safe(script)
    )


def page_title(summary: Mapping[str, Any], lang: str) -> str:
    """Return what a browser's tab and a reading device call the page."""
    return f"{say('title', lang)} · {plain(summary['verdict'][lang]['headline'])}"


def _resource(name: str) -> str:
    return (resources.files("sentiment") / "resources" / "templates" / name).read_text(encoding="utf-8")


def _safe(text: str) -> Any:  # noqa: ANN401 - markupsafe.Markup
    """Mark what is ours (rendered with escaping, or carried in the package) as finished markup."""
    from markupsafe import Markup

    return Markup(text)


def _stylesheet(text: str) -> str:
    rules = _resource("report.css")
    for name, colour in COLOURS.items():
        rules = rules.replace(f"@{name};", f"{colour};")
    return font_faces(text) + "\n" + rules


def _policy(style: str, script: str) -> str:
    """Allow this style, this script and data: fonts, and nothing else: no request can leave the page."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _environment(lang: str, *, years: bool) -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_resource), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(
        lang=lang,
        other=OTHER[lang],
        html_lang=TONGUES[lang][0],
        turn=dict(zip(("lang", "words"), TONGUES[OTHER[lang]], strict=True)),
        also=lambda key: say(str(key), OTHER[lang]),
        stamp=_stamp,
        kind_name=partial(kind_name, lang=lang),
        is_open=lambda words: bool(SLOT.fullmatch(words)),
        colon="：" if lang == "zh" else ": ",
        say=lambda key: say(str(key), lang),
        moment=lambda time, day=True: moment(time, lang, day=day, year=day and years),
        duration=partial(duration, lang=lang),
        number=number,
        percent=percent,
        points=points,
        elide=elide,
        origin=partial(_origin, lang=lang),
        codes=lambda names: (
            "、".join(say(n, lang) for n in names) if lang == "zh" else ", ".join(say(n, lang) for n in names)
        ),
    )
    return environment


def points(difference: float | None) -> str:
    """Return a difference of shares in percentage points.

    >>> points(0.213), points(-0.04), points(None)
    ('+21', '−4', '–')
    """
    if difference is None or difference != difference:
        return "–"
    whole = round(difference * 100)
    return f"+{whole}" if whole > 0 else str(whole).replace("-", "−")


def _stamp(time: str | None) -> str:
    """Return a time as both languages read it."""
    return f"{shanghai(time):%Y-%m-%d %H:%M}" if time else "–"


def _origin(post: Mapping[str, Any], *, lang: str) -> str:
    """Say where a post is from, without naming a person."""
    parts = [moment(post["created_at"], lang) if post["created_at"] else say("untimed", lang)]
    parts += [
        say(post[name], lang)
        for name in ("account_name", "platform", "region")
        if post[name] and post[name] != "unknown"
    ]
    if post["likes"]:
        parts.append(f"{number(post['likes'])} {say('likes', lang)}")
    return "　".join(parts)


def page_context(summary: dict[str, Any], lang: str) -> dict[str, Any]:
    """Return everything the page template names, in one language."""
    main = summary["incidents"][0] if summary["incidents"] else None
    timeline = _timeline_context(summary, main, lang)
    course = _course_context(summary, lang)
    has_quotes = any(summary["quotes"].values())
    present = {
        "incidents": len(summary["incidents"]) > 1,
        "timeline": timeline,
        "course": course,
        "topics": summary["topics"],
        "found": summary["found"]["rows"],
        "rising": summary["rising"]["rows"],
        "questions": summary["questions"]["rows"],
        "responses": summary["responses"],
        "quotes": has_quotes,
        "unanswered": summary["unanswered"]["quotes"],
        "spread": summary["spread"]["n"],
        "spikes": summary["other_spikes"],
        "statement": summary["statement"],
    }
    return {
        "s": summary,
        "title": page_title(summary, lang),
        "v": summary["verdict"][lang],
        "headline": phrases(summary["verdict"][lang]["headline"]),
        "main": main,
        "subject": (main or {}).get("service") or "",
        "period": _period(summary, lang),
        "notes": cautions(summary, lang),
        "stance_note": stance_note(summary, lang),
        "topics_note": topics_note(summary, lang),
        "timeline": timeline,
        "pace": pace(main or {}, lang),
        "parts": severity_parts(main or {}, lang),
        "beside": [beside(summary, item, lang) for item in summary["incidents"]],
        "shade": shade,
        **_told(summary, lang),
        "card": card_rows(summary, lang),
        "spread_told": spread_told(summary, lang),
        "facts": known_facts(summary, lang) if summary["statement"] else [],
        "risks": wording_risks(),
        "course": course,
        "answered": main_responses(summary),
        "effects": [_effect_charts(one, lang) for one in summary["responses"] if one["told"]],
        "has_quotes": has_quotes,
        "warnings": warnings(summary, lang),
        "method": [pair[LANGS.index(lang)] for pair in METHOD],
        "run_rows": run_rows(summary, lang),
        "settings": json.dumps(summary["settings"], ensure_ascii=False, indent=2, sort_keys=True),
        "sections": [name for name in ORDER if present.get(name, True)],
    }


def _evidence_context(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template of the claims and posts names."""
    carried = {
        topic for post in summary["evidence"].values() for topic in (post["topics"] or "").split(";") if topic
    }
    return {
        "s": summary,
        "behind": partial(_behind, summary),
        "carried": partial(_carried, summary),
        "topic_names": [(t["topic"], t["name"]) for t in summary["topics"] if t["topic"] in carried],
    }


def _told(summary: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return the sentences over topics, questions and periods."""
    return {
        "found_note": found_note(summary, lang),
        "risen": risen(summary),
        "rising_told": rising_told(summary, lang),
        "rising_caption": rising_caption(summary, lang),
        "questions_note": questions_note(summary, lang),
        "period_note": period_note(summary, lang),
        "period_told": period_told(summary, lang),
    }


def phrases(segments: list[Segment]) -> list[dict[str, str]]:
    """Cut a headline into phrases that a line may break between, never inside.

    >>> [part["text"] for part in phrases([{"text": " 出现故障，持续 "}, {"text": "4 分钟", "claim": "end"}])]
    ['出现故障，', '持续', '4 分钟']
    """
    out: list[dict[str, str]] = []
    for segment in segments:
        if "claim" in segment:
            out.append({"text": segment["text"], "claim": segment["claim"], "tail": "", "gap": ""})
            continue
        words = segment["text"]
        if out and words[:1] in (",", "，"):
            out[-1]["tail"], words = words[0], words[1:]
        if out and words.startswith(" "):
            out[-1]["gap"] = " "
        for part in PHRASE.findall(words):
            gap = " " if part.endswith(" ") else ""
            out.append({"text": part.strip(), "claim": "", "tail": "", "gap": gap})
    return out


def _period(summary: Mapping[str, Any], lang: str) -> str:
    span = summary["span"]
    if not span["start"]:
        return ""
    first, last = date(span["start"], lang, year=True), date(span["end"], lang, year=True)
    return first if first == last else f"{first} – {last}"


def stance_note(summary: Mapping[str, Any], lang: str) -> str:
    """Say how many posts the stance shares count, over which period, and which were left out."""
    stance = summary["stance"]
    left = [(name, n) for name, n in stance["left_out"].items() if n]
    comma = "、" if lang == "zh" else ", "
    named = comma.join(f"{say(name, lang)} {number(n)}" for name, n in left)
    n, unsure = number(stance["n"]), number(stance["unsure"])
    if lang == "zh":
        scope = "故障期间" if summary["scope"] == "incident" else "全部数据"
        return f"{scope}计入 {n} 条，其中 {unsure} 条判断把握不大。" + (f"未计入：{named}。" if named else "")
    scope = "During the incident" if summary["scope"] == "incident" else "In all data"
    return f"{scope}, {n} posts counted, {unsure} of them read without certainty." + (
        f" Left out: {named}." if named else ""
    )


def topics_note(summary: Mapping[str, Any], lang: str) -> str:
    """Say what the topic shares are shares of."""
    n = number(summary["stance"]["n"])
    if lang == "zh":
        scope = "故障期间" if summary["scope"] == "incident" else "全部数据"
        return f"占{scope}计入的 {n} 条帖子；一条可属多个话题。条形里依次是抱怨、中性、理解。"
    scope = "during the incident" if summary["scope"] == "incident" else "in all data"
    return (
        f"Of the {n} posts counted {scope}; a post may have several topics."
        " Bars: complaint, neutral, understanding."
    )


def _timeline_context(
    summary: Mapping[str, Any], main: Mapping[str, Any] | None, lang: str
) -> dict[str, Any] | None:
    close, whole = summary["timeline"]["close"], summary["timeline"]["whole"]
    if not close["time"]:
        return None
    marks, spans = timeline_marks(summary, lang), timeline_spans(summary)
    draw = partial(charts.timeline_chart, lang=lang)
    kinds = [
        name
        for name in ("all", "complaint", "understanding", "expected")
        if any(v is not None for v in close[name])
    ]
    context = {
        "wide": draw(close, marks=marks, spans=spans, width=WIDE, height=230),
        "narrow": draw(close, marks=marks, spans=spans, width=NARROW, height=200),
        "title": charts.describe_peak(close, lang),
        "whole_title": charts.describe_peak(whole, lang),
        "note": say("expected_note", lang) if "expected" in kinds else "",
        "kinds": kinds,
        "untrusted": any(span["kind"] == "untrusted" for span in spans),
        "rows": [
            {"time": at, "shown": [close[kind][n] for kind in kinds]} for n, at in enumerate(close["time"])
        ],
        "whole_wide": None,
    }
    if whole["time"] != close["time"]:
        frame = [{"start": close["time"][0], "end": close["time"][-1], "kind": "close"}]
        rest = [span for span in spans if span["kind"] == "untrusted"]
        context["whole_wide"] = draw(whole, marks=[], spans=rest + frame, width=WIDE, height=56)
        context["whole_narrow"] = draw(whole, marks=[], spans=rest + frame, width=NARROW, height=70)
    return context


def _course_context(summary: Mapping[str, Any], lang: str) -> dict[str, Any] | None:
    course = summary["timeline"]["stance"]
    if not any(share is not None for share in course["complaint"]):
        return None
    names = ("complaint", "understanding", "neutral")
    least = "少于 5 条的时段不画" if lang == "zh" else "buckets with fewer than 5 posts are left out"
    title = (
        f"每 {duration(course['minutes'], lang)}的立场占比；{least}。"
        if lang == "zh"
        else (f"Shares of stance per {duration(course['minutes'], lang)}; {least}.")
    )
    return {
        "wide": charts.stance_chart(course, width=WIDE, height=150, lang=lang),
        "narrow": charts.stance_chart(course, width=NARROW, height=160, lang=lang),
        "title": title,
        "rows": [
            [at, course["n"][n], *(course[name][n] for name in names)]
            for n, at in enumerate(course["time"])
            if course["n"][n]
        ],
    }


def _effect_charts(response: Mapping[str, Any], lang: str) -> dict[str, Any]:
    windows = response.get("windows") or ()
    return {
        "wide": charts.effect_chart(windows, width=720, lang=lang),
        "narrow": charts.effect_chart(windows, width=NARROW, lang=lang),
    }


def cautions(summary: Mapping[str, Any], lang: str) -> list[str]:
    """Return what a reader must know before the first number: notes of the incident, keyword selection."""
    main = summary["incidents"][0] if summary["incidents"] else {}
    linked = beside(summary, main, lang)
    notes = [code for code in main.get("notes") or () if not linked or code not in NAMED_BESIDE]
    selected = [item for item in summary["trust"]["warnings"] if item["code"] == "keyword_crawl"]
    return [
        *(say(code, lang) for code in notes),
        *linked,
        *(warning_words(item["code"], item["numbers"], lang) for item in selected),
    ]


def pace(incident: Mapping[str, Any], lang: str) -> list[str]:
    """Return how fast an incident rose and how fast complaints faded, as far as that is known.

    >>> pace({"time_to_peak": 32.0, "half_life": None}, "en")
    ['Onset to peak: 32 min']
    """
    known = {name: incident.get(name) for name in ("time_to_peak", "half_life")}
    colon = "：" if lang == "zh" else ": "
    return [
        f"{say(f'compare_{name}', lang)}{colon}{duration(value, lang)}"
        for name, value in known.items()
        if value is not None
    ]


def warnings(summary: Mapping[str, Any], lang: str) -> list[str]:
    """Return the data-trust warnings as sentences; a code of a later version is shown with its numbers."""
    return [warning_words(item["code"], item["numbers"], lang) for item in summary["trust"]["warnings"]]


def run_rows(summary: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    """Return name and value of everything needed to repeat the run: versions, clock, input hashes."""
    rows: list[tuple[str, str]] = []
    for name, value in summary["run"].items():
        if name == "inputs":
            rows += [
                (f"{say('inputs', lang)} {item.get('file', '')}", f"sha256 {item.get('sha256', '–')}")
                for item in value
            ]
        elif isinstance(value, Mapping):
            rows.append((say(name, lang), ", ".join(f"{key} {item}" for key, item in value.items())))
        else:
            rows.append((say(name, lang), str(value)))
    return rows


def _behind(summary: Mapping[str, Any], claim: Mapping[str, Any], lang: str) -> str:
    shown = sum(post_id in summary["evidence"] for post_id in claim["post_ids"])
    if lang == "zh":
        return f"共 {number(claim['total'])} 条" + (f"，这里列出 {shown} 条。" if shown else "。")
    return f"{number(claim['total'])} in all" + (f", {shown} listed here." if shown else ".")


def _carried(summary: Mapping[str, Any], lang: str) -> str:
    n = number(len(summary["evidence"]))
    return f"页面携带的全部 {n} 条帖子" if lang == "zh" else f"All {n} posts carried in this page"
