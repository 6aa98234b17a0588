"""Wording that makes an outage worse: found in a draft or in an official post, with the reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from sentiment.report.wording import LANGS, Both, duration, number

SLOT: Final = re.compile(r"〔[^〔〕]{0,200}〕")
"""A field that a person fills; what stands in it is an instruction, not wording."""


@dataclass(frozen=True, slots=True)
class Risk:
    """One kind of wording to avoid.

    Attributes:
        kind: Its name.
        pattern: What it looks like, in both languages.
        unless: Finding of the data that makes it harmless (maintenance, over, small); empty: nothing does.
        shown: Examples of it in each language.
        why: The reason in each language.
        fact: What the data say to it, with {names} to fill; empty where they say nothing.
    """

    kind: str
    pattern: re.Pattern[str]
    unless: str
    shown: Mapping[str, str]
    why: Mapping[str, str]
    fact: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Flag:
    """Risky words found in a text.

    Attributes:
        words: As they stand there.
        start: Position of the first character.
        kind: Kind of risk.
        why: The reason, ``zh`` and ``en``.
    """

    words: str
    start: int
    kind: str
    why: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"words": self.words, "start": self.start, "kind": self.kind, "why": dict(self.why)}


@cache
def statement_texts() -> Mapping[str, Any]:
    """Return ``resources/statements.toml``."""
    path = resources.files("sentiment") / "resources" / "statements.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def wording_risks() -> tuple[Risk, ...]:
    """Return every kind of wording to avoid.

    >>> len(wording_risks()) > 10
    True
    """
    return tuple(
        Risk(
            kind=entry["kind"],
            pattern=re.compile(entry["pattern"], re.IGNORECASE),
            unless=entry.get("unless", ""),
            shown={lang: entry[f"{lang}_shown"] for lang in LANGS},
            why={lang: entry[lang] for lang in LANGS},
            fact={lang: entry.get(f"{lang}_fact", "") for lang in LANGS},
        )
        for entry in statement_texts()["risks"]
    )


def check_wording(text: str, *, summary: Mapping[str, Any] | None = None) -> tuple[Flag, ...]:
    """Return the risky words of a draft in the order they stand, each with its reason.

    Args:
        text: Any draft, Chinese or English; fields in 〔〕 are not looked at.
        summary: From :func:`sentiment.report.summarize`: reasons then name the data's own numbers, and
            wording that the data support (maintenance that was announced, a small incident) is let pass.

    >>> [(flag.words, flag.kind) for flag in check_wording("因系统升级，少数用户受到影响")]
    [('系统升级', 'upgrade'), ('少数用户', 'belittle')]
    """
    read = SLOT.sub(lambda slot: " " * len(slot[0]), text)
    shown = _facts(summary)
    found = [
        Flag(match[0], match.start(), risk.kind, _reason(risk, shown))
        for risk in wording_risks()
        if not (shown and risk.unless in shown["supported"])
        for match in risk.pattern.finditer(read)
    ]
    return tuple(sorted(found, key=lambda flag: (flag.start, flag.kind)))


def _reason(risk: Risk, shown: Mapping[str, Any] | None) -> Both:
    if shown is None:
        return dict(risk.why)
    gap = {"zh": "", "en": " "}
    return {
        lang: (risk.why[lang] + gap[lang] + risk.fact[lang].format_map(shown[lang])).strip() for lang in LANGS
    }


def _facts(summary: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what the data say of the main incident: its numbers, and findings that support wording."""
    main = summary["incidents"][0] if summary and summary["incidents"] else None
    if summary is None or main is None:
        return None
    supported = {
        "maintenance": bool(summary.get("announced")),
        "over": main["minutes"] is not None,
        "small": (main.get("severity") or 0) <= 1,
    }
    length = summary["span"]["minutes"] if main["minutes"] is None else main["minutes"]
    return {
        "supported": {name for name, true in supported.items() if true},
        **{
            lang: {
                "people": number(main.get("authors")),
                "length": duration(length, lang),
                "severity": main.get("severity"),
            }
            for lang in LANGS
        },
    }
