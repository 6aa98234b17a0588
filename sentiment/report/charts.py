"""Where the lines, bars and labels of the page's charts go: numbers -> plain geometry for inline SVG.

A chart is computed for a given size in user units, so that a page can carry a wide and a narrow one whose
letters stay readable. Nothing here knows colours; the stylesheet does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any, Final

import pandas as pd

from sentiment.report.wording import date, moment, say, shanghai

MARGIN: Final = {"left": 36, "right": 14, "bottom": 26}
ROW: Final = 18
LETTER: Final = 12.0
MONTH: Final = 43_200
TIME_STEPS: Final = (
    *((minutes, f"{minutes}min") for minutes in (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200)),
    (MONTH, "MS"),
    (3 * MONTH, "QS"),
    (12 * MONTH, "YS"),
)
"""Minutes between ticks, and the frequency that pandas calls it."""


def value_ticks(top: float, *, most: int = 4) -> list[float]:
    """Return round tick values from 0 that cover ``top``.

    >>> value_ticks(31), value_ticks(3), value_ticks(0)
    ([0, 10, 20, 30, 40], [0, 1, 2, 3], [0, 1])
    """
    if top <= 1:
        return [0, 1]
    rough = max(1.0, top / most)
    unit = 10.0 ** math.floor(math.log10(rough))
    # A post is whole, so 2.5 serves from 25 on only.
    steps = (unit * m for m in (1, 2, 2.5, 5, 10))
    step = next(int(step) for step in steps if step >= rough and step.is_integer())
    return [step * n for n in range(math.ceil(top / step) + 1)]


def time_ticks(start: pd.Timestamp, end: pd.Timestamp, *, most: int, lang: str) -> list[dict[str, Any]]:
    """Return round times with short labels; the date is named where a day begins, and at the first tick.

    >>> day = [pd.Timestamp(f"2025-04-11 {clock}") for clock in ("11:50", "14:10")]
    >>> ticks = time_ticks(*day, most=4, lang="zh")
    >>> [tick["label"] for tick in ticks]
    ['12:00', '13:00', '14:00']
    """
    minutes = (end - start) / pd.Timedelta(minutes=1)
    step, freq = next((row for row in TIME_STEPS if minutes / row[0] <= most), TIME_STEPS[-1])
    first = start.normalize() if step > 1440 else start.floor(freq)
    times = [at for at in pd.date_range(first, end, freq=freq) if at >= start]
    every = -(-len(times) // (most + 1)) or 1
    return [{"time": at, "label": _tick_label(at, step, lang)} for at in times[::every]]


def _tick_label(at: pd.Timestamp, step: int, lang: str) -> str:
    if step >= MONTH:
        return f"{at:%Y-%m}"
    return date(at, lang) if step >= 1440 or (at.hour == 0 and at.minute == 0) else f"{at:%H:%M}"


def text_width(text: str, *, size: float = LETTER) -> float:
    """Return about how wide a text is: a Chinese letter is one em, a Latin one a little over half.

    >>> text_width("高峰"), text_width("abc")
    (24.0, 20.88)
    """
    return round(sum(size if ord(letter) > 0x2E80 else size * 0.58 for letter in text), 2)


def place_labels(labels: Sequence[Mapping[str, Any]], *, left: float, right: float) -> list[dict[str, Any]]:
    """Give each label (``x``, ``text``) a row and an anchor so that no text or line crosses another text.

    Returns:
        The labels in order of x with ``row`` (0 is nearest the plot), ``anchor`` and ``at`` (text position).
    """
    placed = _anchor_all(labels, left, right)
    return [
        {**label, "row": row} for label, row in sorted(zip(placed, _rows(placed), strict=True), key=_place)
    ]


def _place(item: tuple[Mapping[str, Any], int]) -> float:
    return float(item[0]["x"])


def _rows(placed: Sequence[Mapping[str, Any]]) -> list[int]:
    """Raise labels until every text is above the lines it crosses and apart from the texts beside it."""
    rows = [0] * len(placed)
    pairs = list(permutations(range(len(placed)), 2))
    for _ in placed:
        for n, m in pairs:
            if _crosses(placed[n], placed[m]):
                rows[n] = max(rows[n], min(rows[m] + 1, len(rows)))
            elif rows[n] == rows[m] and _beside(placed[n], placed[m]):
                rows[n] += 1
    return _apart(placed, rows)


def _apart(placed: Sequence[Mapping[str, Any]], rows: list[int]) -> list[int]:
    """Raise texts that still touch: two that cross each other's lines can only be put one above the other."""
    out = list(rows)
    for n in range(len(placed)):
        while any(out[n] == out[m] and _touch(placed[n], placed[m]) for m in range(n)):
            out[n] += 1
    return out


def _crosses(label: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether the line of another label runs through this one's text."""
    low, high = label["span"]
    return bool(low < other["x"] < high)


def _beside(label: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two texts would touch in one row, neither being crossed by the other's line."""
    return not _crosses(other, label) and _touch(label, other)


def _touch(label: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(label["span"][0] - 6 < other["span"][1] and other["span"][0] < label["span"][1] + 6)


def _anchor_all(labels: Sequence[Mapping[str, Any]], left: float, right: float) -> list[dict[str, Any]]:
    """Let texts run right of their lines; near the right edge, and under a text that does so, left."""
    placed: list[dict[str, Any]] = []
    reach = right
    for label in sorted(labels, key=lambda item: -item["x"]):
        width = text_width(label["text"]) + 6
        x = label["x"]
        flip = (x + width > right or x >= reach) and x - width >= left
        start = x - width if flip else max(left, min(x, right - width))
        reach = min(reach, start - 6) if flip else reach
        at = round(x - 5 if flip else start + 5, 1)
        placed.append(
            {**label, "anchor": "end" if flip else "start", "at": at, "span": (start, start + width)}
        )
    return placed


def timeline_chart(
    course: Mapping[str, Any],
    *,
    marks: Sequence[Mapping[str, Any]],
    spans: Sequence[Mapping[str, Any]],
    width: int,
    height: int,
    lang: str,
) -> dict[str, Any]:
    """Return the geometry of posts over time.

    Args:
        course: ``time``, ``width`` (minutes) and number lists, from :func:`course.count_course`.
        marks: Moments: ``time``, ``text``, ``kind`` (incident or response), ``claim``.
        spans: Stretches: ``start``, ``end``, ``kind`` (incident or untrusted).
        width: Chart width in user units.
        height: Height of the plot in user units; rows of labels are added on top.
        lang: Language of the ticks.
    """
    times = [shanghai(at) for at in course["time"]]
    step = pd.Timedelta(minutes=course["width"])
    start, end = times[0], times[-1] + step
    left, right = MARGIN["left"], width - MARGIN["right"]
    across = _scale(start, end, left, right)
    shown = [mark for mark in marks if start <= shanghai(mark["time"]) <= end]
    labels = place_labels(
        [{**mark, "x": across(shanghai(mark["time"]))} for mark in shown], left=left, right=right
    )
    top = 12 + ROW * (1 + max((label["row"] for label in labels), default=-1))
    expected = [value for value in course["expected"] if value is not None]
    ticks = value_ticks(max([*course["all"], *expected], default=0), most=4 if height > 100 else 2)
    bottom = top + height
    down = _down(ticks[-1], top, bottom)
    middles = [across(at + step / 2) for at in times]
    return {
        "width": width,
        "height": bottom + MARGIN["bottom"],
        "left": left,
        "right": right,
        "top": top,
        "bottom": bottom,
        "area": _area(middles, [down(v) for v in course["all"]], bottom),
        "lines": _lines(course, middles, down),
        "x_ticks": [{"x": across(t["time"]), "label": t["label"]} for t in _ticks(start, end, width, lang)],
        "y_ticks": [{"y": down(value), "label": f"{value:,g}"} for value in ticks],
        "labels": [{**label, "y": top - 6 - ROW * label["row"]} for label in labels],
        "spans": _spans(spans, start, end, across),
        "slot": round((right - left) / len(times), 3),
    }


def _ticks(start: pd.Timestamp, end: pd.Timestamp, width: int, lang: str) -> list[dict[str, Any]]:
    ticks = time_ticks(start, end, most=max(3, width // 90), lang=lang)
    room = (end - start) * (34 / width)
    return [tick for tick in ticks if tick["time"] + room <= end and tick["time"] - room * 0.4 >= start]


def _scale(start: pd.Timestamp, end: pd.Timestamp, left: float, right: float) -> Any:  # noqa: ANN401 - a function
    length = max((end - start).total_seconds(), 1.0)
    return lambda at: round(left + (right - left) * (at - start).total_seconds() / length, 1)


def _down(top_value: float, top: float, bottom: float) -> Any:  # noqa: ANN401 - a function
    return lambda value: round(bottom - (bottom - top) * value / top_value, 1)


def _area(xs: Sequence[float], ys: Sequence[float], bottom: float) -> str:
    points = " ".join(f"L{x:g} {y:g}" for x, y in zip(xs, ys, strict=True))
    return f"M{xs[0]:g} {bottom:g} {points} L{xs[-1]:g} {bottom:g} Z"


def path(xs: Sequence[float], ys: Sequence[float | None]) -> str:
    """Return an SVG path; a None breaks the line.

    >>> path([0, 1, 2, 3], [5, None, 6, 7])
    'M0 5 M2 6 L3 7'
    """
    parts, pen = [], False
    for x, y in zip(xs, ys, strict=True):
        if y is not None:
            parts.append(f"{'L' if pen else 'M'}{x:g} {y:g}")
        pen = y is not None
    return " ".join(parts)


def _lines(course: Mapping[str, Any], xs: Sequence[float], down: Any) -> list[dict[str, str]]:  # noqa: ANN401
    names = [
        name
        for name in ("expected", "all", "understanding", "complaint")
        if any(v is not None for v in course[name])
    ]
    return [
        {"kind": name, "d": path(xs, [None if v is None else down(v) for v in course[name]])}
        for name in names
    ]


def _spans(
    spans: Sequence[Mapping[str, Any]],
    start: pd.Timestamp,
    end: pd.Timestamp,
    across: Any,  # noqa: ANN401
) -> list[dict[str, Any]]:
    out = []
    for span in spans:
        low, high = max(shanghai(span["start"]), start), min(shanghai(span["end"] or end), end)
        if low < high:
            out.append(
                {
                    "x": across(low),
                    "width": round(max(across(high) - across(low), 1.0), 1),
                    "kind": span["kind"],
                }
            )
    return out


def stance_chart(course: Mapping[str, Any], *, width: int, height: int, lang: str) -> dict[str, Any]:
    """Return the geometry of stance shares over time: one full column a bucket, gaps where posts are few."""
    times = [shanghai(at) for at in course["time"]]
    step = pd.Timedelta(minutes=course["minutes"])
    left, right, top = MARGIN["left"], width - MARGIN["right"], 8
    across = _scale(times[0], times[-1] + step, left, right)
    slot = (right - left) / len(times)
    columns = []
    for n, at in enumerate(times):
        shares = {name: course[name][n] for name in ("complaint", "neutral", "understanding")}
        columns.append(
            {"x": across(at), "w": round(max(slot - 1.5, 1), 2), "parts": _stack(shares, top, height)}
        )
    return {
        "width": width,
        "height": top + height + MARGIN["bottom"],
        "left": left,
        "right": right,
        "top": top,
        "bottom": top + height,
        "columns": columns,
        "x_ticks": [
            {"x": across(t["time"]), "label": t["label"]}
            for t in _ticks(times[0], times[-1] + step, width, lang)
        ],
        "y_ticks": [
            {"y": round(top + height * (1 - v), 1), "label": f"{v:.0%}"} for v in (0, 0.25, 0.5, 0.75, 1)
        ],
    }


def _stack(shares: Mapping[str, float | None], top: float, height: float) -> list[dict[str, Any]]:
    """Stack complaint from the floor, understanding from the ceiling, neutral between."""
    if any(share is None for share in shares.values()):
        return []
    out, floor = [], top + height
    for name, share in shares.items():
        tall = round(height * float(share or 0), 1)
        floor -= tall
        out.append({"kind": name, "y": round(floor, 1), "h": tall})
    return out


def effect_chart(windows: Sequence[Mapping[str, Any]], *, width: int, lang: str) -> dict[str, Any]:
    """Return the geometry of understanding before -> after for each window of a response."""
    left, right, row = 74, width - 16, 34
    across = _share_scale(left, right)
    rows = []
    for n, window in enumerate(windows):
        before, after = window["understanding_before"], window["understanding_after"]
        known = not (_missing(before) or _missing(after))
        rows.append(
            {
                "y": 22 + row * n,
                "label": f"{window['minutes']} {say('minutes', lang)}",
                "before": across(before) if known else None,
                "after": across(after) if known else None,
                "up": bool(known and after >= before),
            }
        )
    ticks = [{"x": across(v), "label": f"{v:.0%}"} for v in (0, 0.25, 0.5, 0.75, 1)]
    return {
        "width": width,
        "height": 22 + row * len(rows) + 12,
        "left": left,
        "right": right,
        "rows": rows,
        "ticks": ticks,
    }


def _share_scale(left: float, right: float) -> Any:  # noqa: ANN401 - a function
    return lambda share: round(left + (right - left) * share, 1)


def _missing(value: float | None) -> bool:
    return value is None or bool(pd.isna(value))


def describe_peak(course: Mapping[str, Any], lang: str) -> str:
    """Return one sentence that tells a screen reader what the timeline shows."""
    if not course["time"]:
        return say("not_enough_data", lang)
    top = max(range(len(course["all"])), key=lambda n: (course["all"][n], -n))
    first, last = moment(course["time"][0], lang), moment(course["time"][-1], lang)
    most, when = course["all"][top], moment(course["time"][top], lang)
    if lang == "zh":
        return f"{first}至{last}的帖数，每 {course['width']} 分钟一格；最多的一格是 {when}，{most} 条。"
    buckets = f"buckets of {course['width']} min"
    return f"Posts from {first} to {last} in {buckets}; the largest is {when} with {most}."
