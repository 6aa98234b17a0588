"""What a message says, from a template in Chinese or English; posts in it ping nobody and link nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from sentiment.alerts.decide import ENDED, Told, phase_of, severity_of
from sentiment.alerts.settings import WORST, AlertSettings
from sentiment.events import Event
from sentiment.ingest import mask_private
from sentiment.report.evidence import excerpt
from sentiment.report.wording import clock, duration, moment, number, percent, say, shanghai
from sentiment.text.clean import drop_invisible, drop_links

if TYPE_CHECKING:
    from jinja2 import Environment

QUOTES: Final = 3
QUOTE_LETTERS: Final = 160
TOPICS: Final = 4
_PLAIN: Final = str.maketrans("<>[]`*_|~", "＜＞［］｀＊＿｜～")
"""Signs by which the robots ping people, link or set type; their wide forms do nothing."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, not yet cut into parts."""

    title: str
    text: str


def write_message(
    event: Event, action: str, *, told: Told | None, settings: AlertSettings, lang: str, markdown: bool
) -> Message:
    """Write the message about an event.

    Args:
        event: The event.
        action: What it is told as: trigger, update, resolve, over, withdrawn, no_data, data_back or test.
        told: What the same channel was told last of the incident.
        settings: The link at the end comes from here.
        lang: ``zh`` or ``en``.
        markdown: Whether the channel sets bold type and quotes.
    """
    template = _environment().get_template(f"alert.{lang}.j2")
    incident = event.incident
    people = sum(
        int(incident.get(f"{name}_posts") or 0) for name in ("complaint", "understanding", "neutral")
    )
    text = template.render(
        action=action,
        e=event,
        i=incident,
        service=harmless(event.service or say("all_services", lang)),
        severity=severity_of(event, settings),
        told=told,
        phase=phase_of(incident),
        lasted=_lasted(incident),
        people=people,
        topics=(incident.get("topics") or ())[:TOPICS],
        quotes=[quoted(words) for words in (incident.get("quotes") or ())[:QUOTES]],
        link=settings.link,
        **_words(lang, markdown),
    )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return Message(lines[0].strip("*"), "\n".join(lines))


def harmless(text: str) -> str:
    """Return a text on one line that pings nobody, links nowhere and sets no type.

    >>> harmless("<@all> **急** [点我](http://a.example)")
    '＜@all＞ ＊＊急＊＊ ［点我］('
    """
    line = " ".join(drop_links(drop_invisible(text)).split())
    shown = "".join(sign for sign in line if sign.isprintable())
    return shown.translate(_PLAIN).replace("# ", "＃ ")


def quoted(text: str) -> str:
    """Return the beginning of a post for a message: private data masked, harmless, visibly shortened.

    >>> quoted("我的电话 13812345678 <at id=all>")
    '我的电话 ［电话］ ＜at id=all＞'
    """
    # What excerpt() leaves out is marked here, since nobody can unfold a chat message.
    whole = harmless(mask_private(text))
    shown = excerpt(whole, most=QUOTE_LETTERS)
    return shown + ("…" if len(shown) < len(whole) else "")


def _lasted(incident: Mapping[str, Any]) -> float | None:
    if not incident.get("end"):
        return None
    return float((shanghai(incident["end"]) - shanghai(incident["onset"])).total_seconds() / 60)


def _words(lang: str, markdown: bool) -> dict[str, Any]:
    """Return the functions that the templates use, in one language and type."""
    bold: Callable[[str], str] = (lambda text: f"**{text}**") if markdown else str
    return {
        "bold": bold,
        "cite": (lambda text: f"> {text}") if markdown else (lambda text: f"· {text}"),
        "say": lambda key: say(str(key), lang),
        "moment": lambda at: moment(at, lang),
        "clock": lambda at, beside: clock(at, beside, lang),
        "duration": partial(duration, lang=lang),
        "number": number,
        "percent": percent,
        "harmless": harmless,
        "worst": WORST,
        "ended": ENDED,
    }


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    # Plain text for chats: what could do harm there is made harmless word by word, HTML escaping would show.
    return Environment(
        loader=FunctionLoader(_resource), autoescape=False, undefined=StrictUndefined, trim_blocks=True
    )


def _resource(name: str) -> str:
    return (resources.files("sentiment") / "resources" / "templates" / name).read_text(encoding="utf-8")
