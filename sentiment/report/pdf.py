"""The report on one A4 page, drawn by matplotlib in the carried fonts: to print, to attach, to file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sentiment.display import COLOURS, new_figure, plot_style
from sentiment.report.figures import FILL, STANCES
from sentiment.report.posts import check_quotes
from sentiment.report.told import beside, rising_told
from sentiment.report.wording import check_lang, duration, elide, number, percent, plain, say, shanghai

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

A4: Final = (8.27, 11.69)
LEFT, RIGHT = 0.08, 0.92
INK, SOFT = "#1a1e23", "#5d646e"
OPENING: Final = frozenset("（「《“")
CLOSING: Final = frozenset("，。；：、！？）」》”")
TOPICS_SHOWN: Final = 7
LINES_SHOWN: Final = 5


def draw_page(summary: dict[str, Any], *, lang: str | None = None) -> Figure:
    """Return the first screen of the report as a figure of one A4 page.

    Raises:
        InputError: if a quote is not a verbatim part of the post it names.
        ConfigError: if the language is unknown.
    """
    lang = check_lang(lang or summary["lang"])
    check_quotes(summary)
    with plot_style():
        figure = new_figure(width=A4[0], height=A4[1])
        figure.set_layout_engine("none")
        verdict = summary["verdict"][lang]
        top = _write(figure, plain(verdict["headline"]), 0.95, size=17, most=3)
        top = _write(figure, plain(verdict["detail"]), top - 0.012, size=10, most=7)
        main = summary["incidents"][0] if summary["incidents"] else {}
        for words in beside(summary, main, lang):
            top = _write(figure, words, top - 0.004, size=9, most=2, colour=COLOURS["complaint"])
        top = _figures(figure, verdict["figures"], top - 0.022)
        _timeline(figure.add_axes((LEFT, top - 0.20, RIGHT - LEFT, 0.165)), summary, lang)
        top -= 0.25
        _topics(figure.add_axes((LEFT + 0.14, top - 0.19, 0.28, 0.16)), summary, lang)
        _lines(figure, summary, lang, top)
        _write(figure, say("footer", lang), 0.055, size=7.5, most=2, colour=SOFT)
    return figure


def write_pdf(summary: dict[str, Any], path: str | Path, *, lang: str | None = None) -> Path:
    """Write the page as PDF and return the path; the same summary gives the same bytes."""
    figure = draw_page(summary, lang=lang)
    with plot_style():
        figure.savefig(path, format="pdf", metadata={"CreationDate": None})
    return Path(path)


def wrap(text: str, width: float) -> list[str]:
    """Cut a text into lines of so many full-width characters; a Latin letter counts half.

    >>> wrap("付了款订单没了 order lost", 6)
    ['付了款订单没', '了 order', 'lost']
    """
    lines, line, used = [], "", 0.0
    for piece in _pieces(" ".join(text.split())):
        size = sum(1.0 if ord(letter) > 0x2E7F else 0.52 for letter in piece)
        if line and used + size > width:
            lines.append(line.strip())
            line, used = "", 0.0
        line, used = line + piece, used + size
    return [*lines, line.strip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    """Return what a line may be broken between: Chinese characters with their signs, words of 30 letters."""
    pieces: list[str] = []
    for letter in text:
        word = bool(pieces) and letter.isascii() and letter != " " and pieces[-1].isascii()
        sign = bool(pieces) and (letter in CLOSING or pieces[-1] in OPENING)
        if ((word and pieces[-1] != " ") or sign) and len(pieces[-1]) < 30:
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def _write(
    figure: Figure,
    text: str,
    top: float,
    *,
    size: float,
    most: int,
    colour: str = INK,
    left: float = LEFT,
    right: float = RIGHT,
) -> float:
    """Write wrapped text downwards from a height and return the height below it (0 to 1)."""
    lines = wrap(text, (right - left) * A4[0] * 72 / size * 0.98)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + "…"]
    step = size * 1.5 / 72 / A4[1]
    for line in lines:
        figure.text(left, top, line, fontsize=size, color=colour, va="top")
        top -= step
    return top


def _figures(figure: Figure, figures: list[dict[str, Any]], top: float) -> float:
    wide = (RIGHT - LEFT) / max(len(figures), 1)
    for n, one in enumerate(figures):
        left = LEFT + n * wide
        figure.text(left, top, elide(one["label"], 14), fontsize=8, color=SOFT, va="top")
        figure.text(left, top - 0.016, elide(one["value"], 16), fontsize=13, color=INK, va="top")
        figure.text(left, top - 0.042, elide(one["note"], 20), fontsize=7, color=SOFT, va="top")
    return top - 0.06


def _timeline(axes: Axes, summary: Mapping[str, Any], lang: str) -> None:
    course = summary["timeline"]["close"]
    times = [shanghai(time) for time in course["time"]]
    for name, colour in (("all", "volume"), ("complaint", "complaint"), ("understanding", "understanding")):
        axes.plot(range(len(times)), course[name], color=COLOURS[colour], lw=1.3, label=say(name, lang))
    shown = range(0, len(times), max(1, len(times) // 6))
    pattern = "%H:%M" if len(times) > 1 and (times[-1] - times[0]).days < 1 else "%m-%d %H:%M"
    axes.set_xticks(list(shown), [times[n].strftime(pattern) for n in shown], fontsize=8)
    axes.tick_params(axis="y", labelsize=8)
    axes.set_ylim(bottom=0)
    for response in summary["responses"]:
        place = sum(time <= shanghai(response["at"]) for time in times) - 1
        if 0 <= place < len(times) - 1:
            axes.axvline(place, color=COLOURS["response"], lw=1)
    axes.set_title(say("timeline", lang), fontsize=11)
    axes.legend(fontsize=8, loc="upper right", ncols=3, bbox_to_anchor=(1, 1.17))


def _topics(axes: Axes, summary: Mapping[str, Any], lang: str) -> None:
    rows = [topic for topic in summary["topics"] if topic["topic"] != "other"][:TOPICS_SHOWN]
    for place, topic in enumerate(rows):
        floor = 0
        for name in STANCES:
            axes.barh(place, topic[name], left=floor, height=0.6, color=FILL[name])
            floor += topic[name]
        axes.text(floor, place, f" {percent(topic['share'])}", fontsize=7.5, va="center", color=SOFT)
    axes.set_yticks(range(len(rows)), [elide(topic["name"][lang], 12) for topic in rows], fontsize=8.5)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.margins(x=0.16)
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_title(say("topics", lang), fontsize=11)


def _lines(figure: Figure, summary: Mapping[str, Any], lang: str, top: float) -> None:
    """Write what official words changed, what rose and what is asked: right of the topics and below."""
    column: dict[str, Any] = {"left": 0.56, "most": 4}
    right = _write(figure, say("responses", lang), top - 0.006, size=11, left=0.56, most=1)
    told = [response[f"sentence_{lang}"] for response in summary["responses"][:2]]
    for words in [*(told or [say("no_responses", lang)]), rising_told(summary, lang)]:
        right = _write(figure, words, right - 0.005, size=8, colour=SOFT, **column)
    low = _write(figure, say("questions", lang), top - 0.225, size=11, most=1)
    for row in summary["questions"]["rows"][:LINES_SHOWN]:
        wait = duration(row["waiting_minutes"], lang)
        words = f"{elide(row['text'], 60)}　×{number(row['posts'])}　{say('waited', lang)} {wait}"
        low = _write(figure, words, low - 0.002, size=8.5, most=1)
    low = _write(figure, say("quotes", lang), low - 0.012, size=11, most=1)
    for kind in ("complaint", "understanding"):
        for quote in summary["quotes"][kind][:2]:
            low = _write(figure, quote["text"], low - 0.002, size=8.5, most=2, colour=COLOURS[kind])
