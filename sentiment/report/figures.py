"""The report's charts as matplotlib figures; each function returns the figure and the numbers drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from sentiment.display import COLOURS, new_figure, plot_style
from sentiment.report.charts import place_labels
from sentiment.report.marks import timeline_marks, timeline_spans
from sentiment.report.wording import check_lang, elide, say, shanghai
from sentiment.schema import ZONE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Drawing = tuple[Figure, pd.DataFrame]

STANCES: Final = ("complaint", "neutral", "understanding")
FILL: Final = {
    "complaint": COLOURS["complaint"],
    "neutral": "#d9d6cf",
    "understanding": COLOURS["understanding"],
}
TOPICS_SHOWN: Final = 12


def draw_timeline(summary: Mapping[str, Any], *, lang: str | None = None) -> Drawing:
    """Draw posts per bucket around the incident: all, complaint, understanding, usual, responses.

    Returns:
        The figure, and a frame with ``time`` and one column a line.
    """
    lang = check_lang(lang or summary["lang"])
    course = summary["timeline"]["close"]
    table = pd.DataFrame(
        {"time": _times(course["time"]), **{k: pd.Series(course[k], dtype="float64") for k in _LINES}}
    )
    with plot_style():
        figure = new_figure(height=4.0)
        axes = figure.add_subplot()
        if table.empty:
            return _nothing(figure, axes, lang), table
        for span in timeline_spans(summary):
            end = span["end"] or course["time"][-1]
            axes.axvspan(_day(span["start"]), _day(end), color=COLOURS[span["kind"]], lw=0, alpha=0.6)
        for name, (colour, style) in _LINES.items():
            if table[name].notna().any():
                axes.plot(
                    _days(table["time"]), table[name], style, color=colour, lw=1.6, label=say(name, lang)
                )
        _name_moments(axes, summary, table, lang)
        axes.set_ylim(bottom=0)
        _date_axis(axes, table["time"])
        axes.legend(loc="upper left", ncols=4, fontsize=9, bbox_to_anchor=(0, -0.1))
    return figure, table


_LINES: Final = {
    "all": (COLOURS["volume"], "-"),
    "complaint": (COLOURS["complaint"], "-"),
    "understanding": (COLOURS["understanding"], "-"),
    "expected": (COLOURS["expected"], "--"),
}


def _times(times: list[str]) -> pd.Series:
    return pd.Series(pd.to_datetime(times)) if times else pd.Series(dtype=f"datetime64[ns, {ZONE}]")


def _nothing(figure: Figure, axes: Axes, lang: str) -> Figure:
    axes.set_axis_off()
    axes.text(0.5, 0.5, say("not_enough_data", lang), ha="center", va="center", color=COLOURS["neutral"])
    return figure


def _name_moments(axes: Axes, summary: Mapping[str, Any], table: pd.DataFrame, lang: str) -> None:
    """Write onset, peak, end and responses above the plot, in rows that keep texts apart."""
    start, end = table["time"].iloc[0], table["time"].iloc[-1]
    axes.set_xlim(_day(start), _day(max(end, start + pd.Timedelta("1min"))))
    span, across = max(end - start, pd.Timedelta("1min")), 820.0
    marks = [m for m in timeline_marks(summary, lang) if start <= shanghai(m["time"]) <= end]
    placed = place_labels(
        [{**m, "x": (shanghai(m["time"]) - start) / span * across} for m in marks], left=0, right=across
    )
    for mark in placed:
        colour = COLOURS["response"] if mark["kind"] == "response" else "#444b55"
        axes.axvline(_day(mark["time"]), color=colour, lw=1)
        place = (mark["at"] / across, 1.02 + 0.065 * mark["row"])
        axes.text(
            *place,
            mark["text"],
            transform=axes.transAxes,
            ha=_SIDES[mark["anchor"]],
            color=colour,
            fontsize=9,
        )


_SIDES: Final = {"start": "left", "end": "right"}


def _days(times: pd.Series) -> list[float]:
    """Return times as matplotlib's day numbers, so that its own date axis handles the zone."""
    return [_day(time) for time in times]


def _day(time: str | pd.Timestamp) -> float:
    from matplotlib.dates import date2num

    return float(date2num(shanghai(time)))  # type: ignore[no-untyped-call]


def _date_axis(axes: Axes, times: pd.Series) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(tz=times.dt.tz, minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    plain = ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%S.%f"]
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(  # type: ignore[no-untyped-call]
            locator,
            tz=times.dt.tz,
            formats=plain,
            zero_formats=plain,
            offset_formats=["", "%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d"],
        )
    )


def draw_stance(summary: Mapping[str, Any], *, lang: str | None = None) -> Drawing:
    """Draw stance shares over time, a full column a bucket, gaps where posts are few.

    Returns:
        The figure, and a frame with ``time``, ``n`` and a share (0 to 1) per stance.
    """
    lang = check_lang(lang or summary["lang"])
    course = summary["timeline"]["stance"]
    shares = {name: pd.Series(course[name], dtype="float64") for name in STANCES}
    table = pd.DataFrame(
        {"time": _times(course["time"]), "n": pd.Series(course["n"], dtype="int64"), **shares}
    )
    with plot_style():
        figure = new_figure(height=3.2)
        axes = figure.add_subplot()
        if table.empty:
            return _nothing(figure, axes, lang), table
        width = course["minutes"] / 1440
        floor = pd.Series(0.0, index=table.index)
        for name in STANCES:
            axes.bar(
                table["time"],
                table[name],
                width * 0.96,
                bottom=floor,
                align="edge",
                color=FILL[name],
                label=say(name, lang),
            )
            floor = floor + table[name].fillna(0)
        axes.set_ylim(0, 1)
        axes.set_axisbelow(True)
        axes.yaxis.set_major_formatter(_whole_percent())
        _date_axis(axes, table["time"])
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, fontsize=9)
    return figure, table


def _whole_percent() -> Any:  # noqa: ANN401 - a matplotlib formatter
    from matplotlib.ticker import PercentFormatter

    return PercentFormatter(xmax=1, decimals=0)


def draw_topics(summary: Mapping[str, Any], *, lang: str | None = None) -> Drawing:
    """Draw the topics hit, each bar split into complaint, neutral and understanding.

    Returns:
        The figure, and a frame with ``topic``, ``name``, ``posts`` and one column a stance, largest first.
    """
    lang = check_lang(lang or summary["lang"])
    rows = [
        {"topic": t["topic"], "name": t["name"][lang], "posts": t["posts"], **{s: t[s] for s in STANCES}}
        for t in summary["topics"][:TOPICS_SHOWN]
    ]
    table = pd.DataFrame(rows, columns=["topic", "name", "posts", *STANCES])
    with plot_style():
        figure = new_figure(height=max(1.8, 0.9 + 0.36 * len(table)))
        axes = figure.add_subplot()
        if table.empty:
            return _nothing(figure, axes, lang), table
        places = range(len(table))
        floor = pd.Series(0, index=table.index)
        for name in STANCES:
            axes.barh(places, table[name], left=floor, height=0.62, color=FILL[name], label=say(name, lang))
            floor = floor + table[name]
        axes.set_yticks(places, [elide(name, 14) for name in table["name"]])
        axes.invert_yaxis()
        axes.set_axisbelow(True)
        axes.set_xlim(right=max(1, table["posts"].max()) * 1.04)
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, fontsize=9)
    return figure, table


def draw_response(summary: Mapping[str, Any], *, lang: str | None = None) -> Drawing:
    """Draw the change of understanding in each window of each response, with its 95 % interval.

    Returns:
        The figure, and a frame with ``at``, ``minutes``, ``before``, ``after``, ``diff``, ``low``, ``high``
        (shares; NaN where there are not enough posts).
    """
    lang = check_lang(lang or summary["lang"])
    table = _response_table(summary)
    with plot_style():
        figure = new_figure(height=max(1.8, 1.0 + 0.34 * len(table)))
        axes = figure.add_subplot()
        known = table.dropna(subset=["diff", "low", "high"])
        if known.empty:
            return _nothing(figure, axes, lang), table
        for place, row in zip(known.index.tolist(), known.to_dict("records"), strict=True):
            axes.plot(
                [row["low"], row["high"]],
                [place, place],
                color=COLOURS["response"],
                lw=2,
                solid_capstyle="round",
            )
        axes.plot(known["diff"], known.index.to_numpy(), "o", color=COLOURS["response"], ms=6)
        axes.axvline(0, color="#444b55", lw=1)
        for place in table.index.difference(known.index):
            words = f"  {say('not_enough_data', lang)}"
            axes.text(0, float(place), words, va="center", color="#5d646e", fontsize=9)
        names = [
            f"{at:%H:%M}  {minutes} {say('minutes', lang)}"
            for at, minutes in zip(table["at"], table["minutes"], strict=True)
        ]
        axes.set_yticks(list(table.index), names)
        axes.set_ylim(len(table) - 0.4, -0.6)
        axes.xaxis.set_major_formatter(_whole_percent())
        axes.set_title(say("effect_change", lang), fontsize=10, color="#444b55")
    return figure, table


def _response_table(summary: Mapping[str, Any]) -> pd.DataFrame:
    rows = [
        {
            "at": shanghai(response["at"]),
            "minutes": window["minutes"],
            "before": window["understanding_before"],
            "after": window["understanding_after"],
            **{name: window[name] for name in ("diff", "low", "high")},
        }
        for response in summary["responses"]
        for window in response["windows"]
    ]
    table = pd.DataFrame(rows, columns=["at", "minutes", "before", "after", "diff", "low", "high"])
    return table.astype({name: "float64" for name in ("before", "after", "diff", "low", "high")})


FIGURES: Final[Mapping[str, Callable[..., Drawing]]] = {
    "timeline": draw_timeline,
    "stance": draw_stance,
    "topics": draw_topics,
    "response": draw_response,
}


def write_figures(summary: Mapping[str, Any], folder: str | Path, *, lang: str | None = None) -> list[Path]:
    """Write every figure as PNG and return the paths; the same summary gives the same bytes."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, draw in FIGURES.items():
        figure, _ = draw(summary, lang=lang)
        path = target / f"{name}.png"
        with plot_style():
            figure.savefig(path, metadata={"Software": None})
        paths.append(path)
    return paths
