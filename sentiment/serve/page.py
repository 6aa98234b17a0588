"""The page's HTML, from what :func:`sentiment.serve.room.look` tells."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from sentiment.display import COLOURS
from sentiment.report.charts import describe_peak, stance_chart, timeline_chart
from sentiment.report.course import stance_course
from sentiment.report.html import points
from sentiment.report.wording import clock, duration, elide, moment, number, percent
from sentiment.serve.room import HOURS
from sentiment.serve.words import say

if TYPE_CHECKING:
    from jinja2 import Environment

WIDE: Final = 1080
NARROW: Final = 340
SILENT_MINUTES: Final = {"running": 3.0, "done": 90.0}
"""A watch that has said nothing for longer is worth a word; a scheduled one speaks at its runs only."""


def render_room(
    room: Mapping[str, Any],
    *,
    lang: str,
    form_token: str,
    can_write: bool,
    guarded: bool,
    refresh: int,
    said: str = "",
    refused: str = "",
) -> str:
    """Return the whole page.

    Args:
        room: From :func:`sentiment.serve.room.look`.
        lang: ``zh`` or ``en``.
        form_token: What its forms carry.
        can_write: Whether it has forms.
        guarded: Whether there is a session to end.
        refresh: Seconds between two looks.
        said: Label of what was just done.
        refused: Why something was not done.
    """
    context = {
        **_context(room, lang),
        "form_token": form_token,
        "can_write": can_write,
        "guarded": guarded,
        "refresh": refresh,
        "said": said,
        "refused": refused,
    }
    return _environment(lang).get_template("room.html.j2").render(context)


def render_now(room: Mapping[str, Any], *, lang: str, form_token: str, can_write: bool) -> str:
    """Return the part of the page that is fetched again and again."""
    context = {**_context(room, lang), "form_token": form_token, "can_write": can_write}
    return _environment(lang).get_template("room_now.html.j2").render(context)


def render_login(*, lang: str, form_token: str, wrong: str = "") -> str:
    """Return the page that asks for the token."""
    return _environment(lang).get_template("room_login.html.j2").render(form_token=form_token, wrong=wrong)


def stylesheet() -> str:
    """Return the report's stylesheet and the page's own, with the carried fonts."""
    rules = resource("report.css")
    for name, colour in COLOURS.items():
        rules = rules.replace(f"@{name};", f"{colour};")
    return rules + resource("room.css")


def resource(name: str) -> str:
    """Return a text file of the package's templates."""
    return (resources.files("sentiment") / "resources" / "templates" / name).read_text(encoding="utf-8")


def _context(room: Mapping[str, Any], lang: str) -> dict[str, Any]:
    return {
        "r": room,
        "charts_of": _charts(room, lang),
        "stance_of": _stance_charts(room, lang),
        "worries": worries(room, lang),
        "query": partial(_query, room, lang),
        "hours": HOURS,
    }


def _query(room: Mapping[str, Any], tongue: str, /, **changes: Any) -> str:  # noqa: ANN401 - parts of an address
    parts = {"hours": room["hours"], "service": room["service"], "lang": tongue, **changes}
    return "?" + urlencode({name: value for name, value in parts.items() if value})


def worries(room: Mapping[str, Any], lang: str) -> list[str]:
    """Return what makes the page less than live, in sentences."""
    watch, found = room["watch"], []
    colon = "：" if lang == "zh" else ": "
    if watch["state"] == "absent":
        found.append(say("watch_absent", lang))
    elif watch["state"] == "stopped":
        found.append(say("watch_stopped", lang))
    elif watch["silent"] is not None and watch["silent"] > SILENT_MINUTES.get(watch["state"], 3.0):
        found.append(f"{say('watch_silent', lang)} {duration(watch['silent'], lang)}")
    if watch["error"]:
        found.append(f"{say('watch_error', lang)}{colon}{elide(str(watch['error']), 160)}")
    if room["stale"] and room["totals"]["last"]:
        found.append(f"{say('stale', lang)} {moment(room['totals']['last'], lang, year=True)}")
    return found


def _charts(room: Mapping[str, Any], lang: str) -> dict[str, Any] | None:
    course = room["course"]
    if not course["time"]:
        return None
    incidents = [*room["open"], *room["ended"]]
    marks = [
        {
            "time": one["onset"],
            "text": f"{say('onset', lang)} {moment(one['onset'], lang, day=False)}",
            "kind": "incident",
        }
        for one in incidents[:3]
    ]
    marks += [
        {
            "time": one["at"],
            "text": f"{moment(one['at'], lang, day=False)} {say('response', lang)}",
            "kind": "response",
        }
        for one in room["responses"][:4]
    ]
    spans = [{"start": one["onset"], "end": one.get("end"), "kind": "incident"} for one in incidents]
    draw = partial(timeline_chart, course, marks=marks, spans=spans, lang=lang)
    kinds = [
        name
        for name in ("all", "complaint", "understanding", "expected")
        if any(v is not None for v in course[name])
    ]
    return {
        "wide": draw(width=WIDE, height=220),
        "narrow": draw(width=NARROW, height=180),
        "title": describe_peak(course, lang),
        "kinds": kinds,
        "rows": [
            {"time": at, "shown": [course[kind][n] for kind in kinds]} for n, at in enumerate(course["time"])
        ],
    }


def _stance_charts(room: Mapping[str, Any], lang: str) -> dict[str, Any] | None:
    course = stance_course(room["course"]) if room["course"]["time"] else None
    if course is None or not any(share is not None for share in course["complaint"]):
        return None
    return {
        "wide": stance_chart(course, width=520, height=120, lang=lang),
        "narrow": stance_chart(course, width=NARROW, height=120, lang=lang),
    }


@lru_cache(maxsize=2)
def _environment(lang: str) -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(resource), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(
        lang=lang,
        colon="：" if lang == "zh" else ": ",
        say=lambda key: say(str(key), lang),
        moment=lambda time, day=True: moment(time, lang, day=day),
        clock=lambda time, beside: clock(time, beside, lang),
        duration=partial(duration, lang=lang),
        number=number,
        percent=percent,
        points=points,
        elide=elide,
    )
    return environment
