"""The report's words in Chinese and English: labels, times, numbers, sentences with claims in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any, Final

import pandas as pd

from sentiment.errors import ConfigError
from sentiment.report.labels import LABELS
from sentiment.schema import ZONE

LANGS: Final = ("zh", "en")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Segment = dict[str, str]
"""A run of words: ``text``, and ``claim`` where it states something that posts stand behind."""
Both = dict[str, Any]
"""The same thing in both languages, under ``zh`` and ``en``."""


def check_lang(lang: str) -> str:
    """Return the language, or raise.

    Raises:
        ConfigError: if it is neither ``zh`` nor ``en``.

    >>> check_lang("en")
    'en'
    """
    if lang not in LANGS:
        raise ConfigError(f"A report is written in zh or en, not {lang!r}: pass lang='zh' or lang='en'.")
    return lang


def both(write: Callable[[str], Any]) -> Both:
    """Return what ``write`` gives for each language.

    >>> both(lambda lang: say("peak", lang))
    {'zh': '高峰', 'en': 'Peak'}
    """
    return {lang: write(lang) for lang in LANGS}


def say(key: str, lang: str) -> str:
    """Return the label of a key; a key without a label (a code of a later version) is shown as it is.

    >>> say("complaint", "zh"), say("brand_new_code", "zh")
    ('抱怨', 'brand_new_code')
    """
    pair = LABELS.get(key)
    return pair[LANGS.index(lang)] if pair else key


def number(value: float | None) -> str:
    """Return a count with thousands separators.

    >>> number(12034), number(None), number(4.6)
    ('12,034', '–', '4.6')
    """
    if value is None or pd.isna(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 10 else f"{value:,.1f}"


def percent(share: float | None) -> str:
    """Return a share as whole per cent; small ones keep one digit so that nothing turns into 0 %.

    >>> percent(0.614), percent(0.004), percent(0.0), percent(None)
    ('61%', '0.4%', '0%', '–')
    """
    if share is None or pd.isna(share):
        return "–"
    return f"{share * 100:.1f}%" if 0 < share < 0.01 else f"{share * 100:.0f}%"


def shanghai(time: str | pd.Timestamp) -> pd.Timestamp:
    """Return a time in the zone of all frames; one without a zone is Shanghai time.

    >>> str(shanghai("2025-04-11T04:03:00+00:00")), str(shanghai("2025-04-11 12:03"))
    ('2025-04-11 12:03:00+08:00', '2025-04-11 12:03:00+08:00')
    """
    at = pd.Timestamp(time)
    return at.tz_localize(ZONE) if at.tz is None else at.tz_convert(ZONE)


def moment(time: str | pd.Timestamp | None, lang: str, *, day: bool = True, year: bool = False) -> str:
    """Return a time of day, with its date unless ``day`` is False.

    >>> moment("2025-04-11T12:03:00+08:00", "zh"), moment("2025-04-11T12:03:00+08:00", "en")
    ('4月11日 12:03', '11 Apr 12:03')
    """
    if time is None or pd.isna(time):
        return "–"
    at = shanghai(time)
    return f"{date(at, lang, year=year)} {at:%H:%M}" if day else f"{at:%H:%M}"


def clock(time: str | pd.Timestamp | None, beside: str | pd.Timestamp, lang: str) -> str:
    """Return a time of day, with its date where that is not the date of the time it stands beside.

    >>> onset = "2025-04-11 12:03"
    >>> clock("2025-04-11 12:30", onset, "zh"), clock("2025-04-12 00:10", onset, "zh")
    ('12:30', '4月12日 00:10')
    """
    if time is None or pd.isna(time):
        return "–"
    return moment(time, lang, day=shanghai(time).date() != shanghai(beside).date())


def spans_years(summary: Mapping[str, Any]) -> bool:
    """Return whether the posts of a summary fall into several years, so that a date must name its own.

    >>> spans_years({"span": {"start": "2018-12-31", "end": "2019-01-01"}})
    True
    """
    start, end = summary["span"]["start"], summary["span"]["end"]
    return start is not None and shanghai(start).year != shanghai(end).year


def date(time: str | pd.Timestamp, lang: str, *, year: bool = False) -> str:
    """Return a date.

    >>> date("2025-04-11", "zh", year=True), date("2025-04-11", "en")
    ('2025年4月11日', '11 Apr')
    """
    at = shanghai(time)
    if lang == "zh":
        return f"{at.year}年{at.month}月{at.day}日" if year else f"{at.month}月{at.day}日"
    return f"{at.day} {MONTHS[at.month - 1]}" + (f" {at.year}" if year else "")


def duration(minutes: float | None, lang: str) -> str:
    """Return a length of time in the units a person would use.

    >>> duration(4, "zh"), duration(112, "zh"), duration(112, "en"), duration(4320, "en")
    ('4 分钟', '1 小时 52 分钟', '1 h 52 min', '3 days')
    """
    if minutes is None or pd.isna(minutes):
        return "–"
    whole = round(minutes)
    if whole >= 2880:
        return f"{whole / 1440:.0f} 天" if lang == "zh" else f"{whole / 1440:.0f} days"
    hours, rest = divmod(whole, 60)
    units = ("小时", "分钟") if lang == "zh" else ("h", "min")
    parts = [f"{hours} {units[0]}" if hours else "", f"{rest} {units[1]}" if rest or not hours else ""]
    return " ".join(part for part in parts if part)


def elide(text: str, length: int) -> str:
    """Return at most ``length`` characters, the last one an ellipsis where something was left out.

    >>> elide("外卖订单付了款却不见了", 6)
    '外卖订单付…'
    """
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def phrase(template: str, parts: Mapping[str, str | Segment]) -> list[Segment]:
    """Fill a template and return its runs of words, those with a claim apart.

    >>> phrase("{n} 条帖子", {"n": {"text": "31", "claim": "peak"}})
    [{'text': '31', 'claim': 'peak'}, {'text': ' 条帖子'}]
    """
    segments: list[Segment] = []
    for words, name, _, _ in Formatter().parse(template):
        if words:
            _add(segments, {"text": words})
        if name:
            part = parts[name]
            _add(segments, {"text": part} if isinstance(part, str) else part)
    return segments


def _add(segments: list[Segment], part: Segment) -> None:
    """Append a part; words without a claim join those before them."""
    if segments and "claim" not in part and "claim" not in segments[-1]:
        segments[-1] = {"text": segments[-1]["text"] + part["text"]}
    else:
        segments.append(part)


def plain(segments: list[Segment]) -> str:
    """Return the words of segments without their claims.

    >>> plain([{"text": "31", "claim": "peak"}, {"text": " 条帖子"}])
    '31 条帖子'
    """
    return "".join(segment["text"] for segment in segments)


def warning_words(code: str, numbers: Mapping[str, Any], lang: str) -> str:
    """Return a data-trust warning as a sentence; a code that has none is shown with its numbers.

    >>> warning_words("new_code", {"share": 0.5}, "en")
    'new_code share=50%'
    """
    shown = {name: _short(value) for name, value in numbers.items()}
    template = say(f"warn_{code}", lang)
    wanted = {name for _, name, _, _ in Formatter().parse(template) if name}
    if template == f"warn_{code}" or not wanted <= set(shown):
        return " ".join([code, *(f"{name}={value}" for name, value in shown.items())])
    return template.format_map(shown)


def _short(value: Any) -> str:  # noqa: ANN401 - a number, a word or a list of them
    if isinstance(value, float):
        return percent(value) if 0 <= value <= 1 else number(value)
    if isinstance(value, list):
        return ", ".join(map(_short, value[:5])) + (" …" if len(value) > 5 else "")
    return number(value) if isinstance(value, int) else elide(str(value), 40)
