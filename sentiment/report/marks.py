"""What a timeline marks: moments of the incident, official responses, stretches of time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sentiment.report.wording import moment, say

NAMED_RESPONSES: Final = 4
"""Responses up to this number are named on the timeline; more are lines alone."""


def timeline_marks(summary: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """Return the moments named on the timeline: onset, peak and end of the main incident, responses."""
    main = summary["incidents"][0] if summary["incidents"] else None
    marks = []
    for name in ("onset", "peak", "end") if main else ():
        if main and main.get(name):
            text = f"{say(name, lang)} {moment(main[name], lang, day=False)}"
            marks.append({"time": main[name], "text": text, "kind": "incident"})
    for response in summary["responses"]:
        named = len(summary["responses"]) <= NAMED_RESPONSES
        text = f"{moment(response['at'], lang, day=False)} {say('response', lang)}" if named else ""
        marks.append({"time": response["at"], "text": text, "kind": "response"})
    return marks


def timeline_spans(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the shaded stretches: those the crawl has spoilt, and incidents."""
    spoilt = [{**stretch, "kind": "untrusted"} for stretch in summary["trust"]["untrusted"]]
    return spoilt + [
        {"start": i["onset"], "end": i.get("end"), "kind": "incident"} for i in summary["incidents"]
    ]
