"""The report as Markdown, for chats, tickets and e-mail: the same summary, without charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sentiment.report.html import cautions, points, run_rows, stance_note, topics_note, warnings
from sentiment.report.labels import METHOD
from sentiment.report.posts import check_quotes
from sentiment.report.scorecard import card_rows
from sentiment.report.spread import kind_name, spread_told
from sentiment.report.told import (
    beside,
    found_note,
    period_note,
    period_told,
    questions_note,
    risen,
    rising_told,
)
from sentiment.report.wording import (
    LANGS,
    check_lang,
    duration,
    moment,
    number,
    percent,
    plain,
    say,
    spans_years,
)

MARKS: Final = frozenset("\\`*_[]<>|~$#")


def render_markdown(summary: dict[str, Any], *, lang: str | None = None) -> str:
    """Return the report as Markdown; posts are quoted with every Markdown sign escaped.

    Raises:
        InputError: if a quote is not a verbatim part of the post it names.
        ConfigError: if the language is unknown.
    """
    lang = check_lang(lang or summary["lang"])
    check_quotes(summary)
    parts = [
        _top(summary, lang),
        _incidents(summary, lang),
        _card(summary, lang),
        _stance(summary, lang),
        _period(summary, lang),
        _topics(summary, lang),
        _phases(summary, lang),
        _found(summary, lang),
        _rising(summary, lang),
        _responses(summary, lang),
        _quotes(summary, lang),
        _questions(summary, lang),
        _unanswered(summary, lang),
        _spread(summary, lang),
        _trust(summary, lang),
        _method(lang),
        _run(summary, lang),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def escape(text: str) -> str:
    r"""Return text in which no character means anything to Markdown or HTML, on one line.

    >>> escape("<b>崩了</b> *急*")
    '\\<b\\>崩了\\</b\\> \\*急\\*'
    """
    return "".join("\\" + letter if letter in MARKS else letter for letter in " ".join(text.split()))


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: int) -> str:
    """Return a Markdown table; the columns from ``numbers`` on are right-aligned.

    >>> print(table(["a", "n"], [["x", 1]], numbers=1))
    | a | n |
    | --- | ---: |
    | x | 1 |
    """
    rule = ["---:" if n >= numbers else "---" for n in range(len(heads))]
    lines = [heads, rule, *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _top(summary: Mapping[str, Any], lang: str) -> str:
    verdict = summary["verdict"][lang]
    lines = [f"# {escape(plain(verdict['headline']))}", escape(plain(verdict["detail"]))]
    if verdict["figures"]:
        rows = [[f["label"], escape(f["value"]), escape(f["note"])] for f in verdict["figures"]]
        lines.append(table(["", say("value", lang), ""], rows, numbers=3))
    lines += [f"> {escape(words)}" for words in cautions(summary, lang)]
    return "\n\n".join(line for line in lines if line)


def _incidents(summary: Mapping[str, Any], lang: str) -> str:
    if len(summary["incidents"]) < 2:
        return ""
    heads = [say(k, lang) for k in ("service", "kind", "onset", "duration", "severity", "posts")]
    rows = [
        [
            escape(i.get("service") or say("all_services", lang)),
            say(i["kind"], lang),
            moment(i["onset"], lang, year=spans_years(summary)),
            duration(i["minutes"], lang) if i["minutes"] is not None else say("ongoing", lang),
            i["severity"],
            number(i.get("posts")),
        ]
        for i in summary["incidents"]
    ]
    told = [table(heads, rows, numbers=4), *(_own_account(summary, i, lang) for i in summary["incidents"])]
    return f"## {say('incidents', lang)}\n\n" + "\n\n".join(part for part in told if part)


def _own_account(summary: Mapping[str, Any], item: Mapping[str, Any], lang: str) -> str:
    """Return who stands how and on what in one of several incidents, and what overlaps it."""
    name = escape(item.get("service") or say("all_services", lang))
    parts = [escape(words) for words in beside(summary, item, lang)]
    if item.get("stance"):
        colon = "：" if lang == "zh" else ": "
        shares = [f"{say(s['stance'], lang)} {percent(s['share'])}" for s in item["stance"]["shares"]]
        hit = [f"{escape(t['name'][lang])} {percent(t['share'])}" for t in item["topics"][:6]]
        parts.append(f"{say('stance', lang)} (n={number(item['stance']['n'])}){colon}{', '.join(shares)}")
        parts += [f"{say('topics', lang)}{colon}{', '.join(hit)}"] if hit else []
    lines = "\n".join(f"- {part}" for part in parts)
    return f"### {name} {moment(item['onset'], lang)}\n\n{lines}" if lines else ""


def _stance(summary: Mapping[str, Any], lang: str) -> str:
    if not summary["stance"]["n"]:
        return ""
    heads = [say("stance_head", lang), say("posts", lang), say("share", lang), say("interval", lang)]
    rows = [
        [
            say(s["stance"], lang),
            number(s["n"]),
            percent(s["share"]),
            f"{percent(s['low'])}–{percent(s['high'])}",
        ]
        for s in summary["stance"]["shares"]
    ]
    return f"## {say('stance', lang)}\n\n{table(heads, rows, numbers=1)}\n\n{stance_note(summary, lang)}"


def _topics(summary: Mapping[str, Any], lang: str) -> str:
    if not summary["topics"]:
        return ""
    heads = [say(k, lang) for k in ("topic", "posts", "share", "complaint", "neutral", "understanding")]
    rows = [
        [
            escape(t["name"][lang]),
            number(t["posts"]),
            percent(t["share"]),
            t["complaint"],
            t["neutral"],
            t["understanding"],
        ]
        for t in summary["topics"]
    ]
    return f"## {say('topics', lang)}\n\n{table(heads, rows, numbers=1)}\n\n{topics_note(summary, lang)}"


def _phases(summary: Mapping[str, Any], lang: str) -> str:
    course = summary["phase_topics"]
    if not course["rows"]:
        return ""
    heads = [
        say("topic", lang),
        *(f"{phase['label'][lang]} (n={number(phase['posts'])})" for phase in course["phases"]),
        say("who", lang),
    ]
    rows = [
        [
            escape(row["name"][lang]),
            *(_cell(cell, lang) for cell in row["cells"]),
            escape(" ".join([number(row["authors"]), say("people_unit", lang), *row["regions"]])),
        ]
        for row in course["rows"]
    ]
    return f"## {say('phase_topics', lang)}\n\n{table(heads, rows, numbers=1)}"


def _cell(cell: Mapping[str, Any], lang: str) -> str:
    if not cell["posts"]:
        return "–"
    complaint = percent(cell["complaint"] / cell["posts"])
    return f"{percent(cell['share'])} ({say('complaint', lang)} {complaint})"


def _found(summary: Mapping[str, Any], lang: str) -> str:
    found = summary["found"]
    if not found["rows"]:
        return ""
    blocks = [
        "\n\n".join(
            [
                f"### {escape(topic['name'][lang])} ({number(topic['posts'])})",
                *(_quote(quote, summary, lang) for quote in topic["quotes"]),
            ]
        )
        for topic in found["rows"]
    ]
    note = f"{found_note(summary, lang)} {number(found['unclear_posts'])}"
    return "\n\n".join([f"## {say('found', lang)}", note, *blocks])


def _rising(summary: Mapping[str, Any], lang: str) -> str:
    if not summary["rising"]["rows"]:
        return ""
    heads = [say(key, lang) for key in ("topic", "share_before", "share_now", "posts", "rising")]
    rows = [
        [
            escape(topic["name"][lang]),
            percent(topic["share_before"]),
            percent(topic["share"]),
            f"{number(topic['before'])} → {number(topic['posts'])}",
            say("rose", lang) if topic["rising"] else "",
        ]
        for topic in risen(summary)
    ]
    parts = [f"## {say('rising', lang)}", rising_told(summary, lang)]
    return "\n\n".join([*parts, table(heads, rows, numbers=1)] if rows else parts)


def _period(summary: Mapping[str, Any], lang: str) -> str:
    period = summary["period"]
    if not period:
        return ""
    heads = ["", *(say(key, lang) for key in ("share_before", "share_now", "change", "interval"))]
    ratio = "" if period["ratio"] is None else f"×{period['ratio']:.2f}"
    rows = [[say("posts", lang), number(period["posts_before"]), number(period["posts"]), ratio, ""]]
    rows += [
        [
            say(row["stance"], lang),
            percent(row["share_before"]),
            percent(row["share"]),
            points(row["diff"]),
            f"{points(row['low'])} {say('range', lang)} {points(row['high'])}",
        ]
        for row in period["stances"]
    ]
    words = f"{period_note(summary, lang)} {period_told(summary, lang)}"
    return f"## {say('period', lang)}\n\n{words}\n\n{table(heads, rows, numbers=1)}"


def _questions(summary: Mapping[str, Any], lang: str) -> str:
    asked = summary["questions"]["rows"]
    if not asked:
        return ""
    heads = [say(key, lang) for key in ("question", "posts", "people", "since", "waiting", "answer")]
    rows = [
        [
            escape(row["text"]) + (" …" if row["cut"] else ""),
            number(row["posts"]),
            number(row["authors"]),
            moment(row["first"], lang),
            duration(row["waiting_minutes"], lang),
            escape(row["answer"]["text"]) if row["answer"] else say("no_answer", lang),
        ]
        for row in asked
    ]
    title = f"## {say('questions', lang)}"
    return f"{title}\n\n{questions_note(summary, lang)}\n\n{table(heads, rows, numbers=1)}"


def _responses(summary: Mapping[str, Any], lang: str) -> str:
    if not summary["responses"]:
        return ""
    blocks = [_response(response, lang) for response in summary["responses"]]
    return f"## {say('responses', lang)}\n\n" + "\n\n".join(blocks)


def _response(response: Mapping[str, Any], lang: str) -> str:
    heads = [
        say("window", lang), "n", say("understanding", lang), say("change", lang), say("interval", lang),
        say("complaint", lang), say("change", lang), say("help", lang), say("change", lang),
    ]  # fmt: skip
    rows = [_window(window, lang) for window in response["windows"]]
    words = f"> {escape(response['text'])}{' …' if response['cut'] else ''}" if response.get("text") else ""
    beside = "\n".join(f"- {escape(words)}" for words in response[f"beside_{lang}"])
    parts = [
        f"### {moment(response['at'], lang)} {say(response['verdict'], lang)}",
        words,
        escape(response[f"sentence_{lang}"]),
        beside,
        table(heads, rows, numbers=1) if rows else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _window(window: Mapping[str, Any], lang: str) -> list[str]:
    shares = {
        name: f"{percent(window[f'{name}_before'])} → {percent(window[f'{name}_after'])}"
        for name in ("understanding", "complaint", "help")
    }
    return [
        f"{window['minutes']} {say('minutes', lang)}",
        f"{window['before_n']} / {window['after_n']}",
        shares["understanding"],
        points(window["diff"]),
        f"{points(window['low'])} {say('range', lang)} {points(window['high'])}",
        shares["complaint"],
        points(window["complaint_diff"]),
        shares["help"],
        points(window["help_diff"]),
    ]


def _quotes(summary: Mapping[str, Any], lang: str) -> str:
    blocks = [
        f"### {say(kind, lang)}\n\n" + "\n\n".join(_quote(quote, summary, lang) for quote in quotes)
        for kind, quotes in summary["quotes"].items()
        if quotes
    ]
    return (
        f"## {say('quotes', lang)}\n\n{say('quotes_note', lang)}\n\n" + "\n\n".join(blocks) if blocks else ""
    )


def _quote(quote: Mapping[str, Any], summary: Mapping[str, Any], lang: str) -> str:
    post = summary["evidence"][quote["post_id"]]
    time = moment(post["created_at"], lang) if post["created_at"] else say("untimed", lang)
    more = " …" if quote["cut"] else ""
    origin = f"{time}, {escape(str(post['platform']))}, `{_code(quote['post_id'])}`"
    return f"> {escape(quote['text'])}{more}\n> — {origin}"


def _code(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() and letter != "`")


def _unanswered(summary: Mapping[str, Any], lang: str) -> str:
    found = summary["unanswered"]
    if not found["quotes"]:
        return ""
    quotes = "\n\n".join(_quote(quote, summary, lang) for quote in found["quotes"])
    return f"## {say('unanswered', lang)}\n\n{say('unanswered_note', lang)} {number(found['n'])}\n\n{quotes}"


def _spread(summary: Mapping[str, Any], lang: str) -> str:
    spread = summary["spread"]
    if not spread["n"]:
        return ""
    heads = [say(key, lang) for key in ("spread_kind", "posts", "share")]
    rows = [
        [escape(kind_name(row["name"], lang)), number(row["posts"]), percent(row["share"])]
        for name in ("kinds", "accounts", "regions")
        for row in spread[name]
    ]
    roots = [
        f"- {escape(root['text'] or root['post_id'])}{' …' if root['cut'] else ''} ({number(root['posts'])})"
        for root in spread["roots"]
    ]
    parts = [
        f"## {say('spread', lang)}",
        " ".join(words for words, _ in spread_told(summary, lang)),
        say("spread_note", lang),
        table(heads, rows, numbers=1),
        f"### {say('roots', lang)}\n\n" + "\n".join(roots) if roots else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _card(summary: Mapping[str, Any], lang: str) -> str:
    """Return the incidents side by side, a column each."""
    incidents = summary["scorecard"]["rows"]
    if not incidents:
        return ""
    heads = [""] + [
        f"{escape(one['service'] or say('all_services', lang))} {moment(one['onset'], lang)}"
        for one in incidents
    ]
    rows = [
        [
            row["label"].strip(),
            *(("● " if cell["worst"] else "") + escape(cell["words"]) for cell in row["cells"]),
        ]
        for row in card_rows(summary, lang)
    ]
    title, note = say("scorecard", lang), say("scorecard_note", lang)
    return f"## {title}\n\n{note}\n\n{table(heads, rows, numbers=1)}"


def _trust(summary: Mapping[str, Any], lang: str) -> str:
    trust = summary["trust"]
    grade = [f"{say('grade', lang)}: {say(trust['grade'], lang)}"] if trust["grade"] else []
    totals = ", ".join(f"{say(t['name'], lang)} {number(t['n'])}" for t in trust["totals"])
    told = "\n".join(f"- {escape(words)}" for words in warnings(summary, lang))
    reasons = "\n".join(
        f"- {say('rejected', lang)}: {escape(say(reason, lang))} {number(n)}"
        for reason, n in summary["rejected"]["by_reason"].items()
    )
    parts = [f"## {say('trust', lang)}", *grade, totals, told, reasons]
    return "\n\n".join(part for part in parts if part)


def _method(lang: str) -> str:
    return f"## {say('method', lang)}\n\n" + "\n".join(
        f"- {escape(pair[LANGS.index(lang)])}" for pair in METHOD
    )


def _run(summary: Mapping[str, Any], lang: str) -> str:
    rows = "\n".join(f"- {escape(name)}: {escape(value)}" for name, value in run_rows(summary, lang))
    return f"## {say('run', lang)}\n\n{rows}" if rows else ""
