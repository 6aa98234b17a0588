"""The figures of an analysis, for notebooks: each with its numbers, Chinese readable, rcParams untouched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from sentiment.display import COLOURS, Drawing, font_path, new_figure, plot_style
from sentiment.errors import ConfigError, unknown
from sentiment.incidents.cells import people
from sentiment.report import draw_response, draw_stance, draw_timeline, draw_topics
from sentiment.report.wording import check_lang, say
from sentiment.schema import STANCES
from sentiment.topics.words import count_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST_POSTS: Final = 3
"""A word that fewer posts hold may be a name or a slip, and is left out of the cloud."""
CLEAR: Final = 1.2
"""A word takes a stance's colour when that stance is this many times as common with it as overall."""
SIZE: Final = (1800, 800)
"""Pixels of the cloud."""


@dataclass(frozen=True, slots=True)
class Plots:
    """The figures of an analysis; each is a :class:`sentiment.display.Drawing` (figure, numbers).

    ``lang`` is ``zh`` or ``en``; without it, that of the analysis.
    """

    summary: Mapping[str, Any] = field(repr=False)
    annotated: pd.DataFrame = field(repr=False)

    def timeline(self, *, lang: str | None = None) -> Drawing:
        """Draw posts, complaints and understanding over time, with incidents and responses.

        Numbers: ``time`` and one column a line (posts a bucket).
        """
        return Drawing(*draw_timeline(self.summary, lang=lang))

    def stance(self, *, lang: str | None = None) -> Drawing:
        """Draw the shares of the stances over time.

        Numbers: ``time``, ``n`` and a share (0 to 1) a stance.
        """
        return Drawing(*draw_stance(self.summary, lang=lang))

    def topics(self, *, lang: str | None = None) -> Drawing:
        """Draw what people are hit by.

        Numbers: ``topic``, ``name``, ``posts`` and posts by stance, largest first.
        """
        return Drawing(*draw_topics(self.summary, lang=lang))

    def response(self, *, lang: str | None = None) -> Drawing:
        """Draw the change of understanding around each official response.

        Numbers: ``at``, ``minutes``, ``before``, ``after``, ``diff``, ``low``, ``high`` (shares).
        """
        return Drawing(*draw_response(self.summary, lang=lang))

    def wordcloud(
        self, *, stance: str | None = None, most: int = 100, seed: int = 0, lang: str | None = None
    ) -> Drawing:
        """Draw the words of people's posts during the main incident, or of all where there is none.

        Red words go with complaints more than others do, green ones with understanding; the rest is grey.

        Args:
            stance: Posts of this stance alone.
            most: Words drawn at most.
            seed: Of the places; the same seed gives the same picture.
            lang: Language of the legend.

        Returns:
            The figure, and a frame with ``word``, ``posts``, one column a stance (posts), ``leans`` (the
            stance it goes with, "" for none) and ``size`` (pixels; NaN where there was no room for it or
            the carried font lacks a letter).

        Raises:
            ConfigError: if the stance or the language is unknown, or ``most`` is below 1.
        """
        lang = check_lang(lang or self.summary["lang"])
        if stance is not None and stance not in STANCES:
            raise ConfigError(unknown("stance", stance, STANCES))
        if most < 1:
            raise ConfigError(f"A word cloud needs room for at least one word, not {most}.")
        posts = self._during_incident()
        posts = posts[people(posts)]
        table = lean_words(posts, stance=stance).head(most)
        return _draw_cloud(table, stance=stance, seed=seed, lang=lang)

    def _during_incident(self) -> pd.DataFrame:
        if not self.summary["incidents"]:
            return self.annotated
        main, times = self.summary["incidents"][0], self.annotated["created_at"]
        inside = times.ge(pd.Timestamp(main["onset"]))
        if main["end"]:
            inside &= times.le(pd.Timestamp(main["end"]))
        return self.annotated[inside]


def lean_words(posts: pd.DataFrame, *, stance: str | None = None) -> pd.DataFrame:
    """Count in how many posts each word stands, and which stance it goes with more than others do.

    Args:
        posts: Frame with ``tokens`` and ``stance``.
        stance: Words of the posts of this stance alone.

    Returns:
        ``word``, ``posts``, one column a stance and ``leans``; most posts first, words of fewer than
        :data:`LEAST_POSTS` posts left out.

    >>> words, stances = ["退款 骑手"] * 3 + ["骑手"] * 3, ["complaint"] * 3 + ["neutral"] * 3
    >>> table = lean_words(pd.DataFrame({"tokens": words, "stance": stances}))
    >>> table[["word", "posts", "leans"]].to_numpy().tolist()
    [['骑手', 6, ''], ['退款', 3, 'complaint']]
    """
    by_stance = {name: count_words(posts.loc[posts["stance"].eq(name), "tokens"]) for name in STANCES}
    table = pd.DataFrame(by_stance).reindex(columns=list(STANCES)).fillna(0).astype("int64")
    shares = table.div(table.sum(axis=1), axis=0)
    usual = posts["stance"].value_counts(normalize=True).reindex(list(STANCES)).fillna(0)
    lift = shares.div(usual.where(usual > 0, 1.0), axis=1)
    leans = lift.idxmax(axis=1).where(lift.max(axis=1) >= CLEAR, "") if len(table) else pd.Series(dtype="str")
    table = table.assign(posts=table[stance] if stance else table.sum(axis=1), leans=leans)
    table = table.rename_axis("word").reset_index()
    table = table[table["posts"] >= LEAST_POSTS]
    return table.sort_values(["posts", "word"], ascending=[False, True], ignore_index=True)[
        ["word", "posts", *STANCES, "leans"]
    ]


def _draw_cloud(table: pd.DataFrame, *, stance: str | None, seed: int, lang: str) -> Drawing:
    letters = _letters()
    legible = table[[set(map(ord, word)) <= letters for word in table["word"]]]
    with plot_style():
        figure = new_figure(height=4.3)
        axes = figure.add_subplot()
        axes.set_axis_off()
        if legible.empty:
            axes.text(
                0.5, 0.5, say("not_enough_data", lang), ha="center", va="center", color=COLOURS["neutral"]
            )
            return Drawing(figure, table.assign(size=float("nan")))
        colours = {
            word: COLOURS[stance or leans or "neutral"]
            for word, leans in legible[["word", "leans"]].to_numpy()
        }
        sizes = _place_words(axes, dict(zip(legible["word"], legible["posts"], strict=True)), colours, seed)
        if stance is None:
            _colour_key(axes, lang)
        else:
            axes.set_title(say(stance, lang), color=COLOURS[stance])
    return Drawing(figure, table.assign(size=table["word"].map(sizes).astype("float64")))


def _place_words(
    axes: Axes, posts: Mapping[str, int], colours: Mapping[str, str], seed: int
) -> dict[str, int]:
    """Draw the words as a picture and return the size of each that found room."""
    from wordcloud import WordCloud

    cloud = WordCloud(
        font_path=str(font_path()),
        width=SIZE[0],
        height=SIZE[1],
        background_color=None,
        mode="RGBA",
        prefer_horizontal=1.0,
        relative_scaling=0.5,
        max_words=len(posts),
        max_font_size=SIZE[1] // 4,
        margin=6,
        random_state=seed,
        color_func=lambda word, **_: colours[word],
    ).generate_from_frequencies(posts)
    axes.imshow(cloud.to_array(), interpolation="bilinear")
    return {word: size for (word, _), size, *_ in cloud.layout_}


def _colour_key(axes: Axes, lang: str) -> None:
    for name in ("complaint", "understanding"):
        axes.plot([], [], "s", color=COLOURS[name], label=say(name, lang))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, fontsize=9, handletextpad=0.2)


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """Return the characters the carried font can draw."""
    from fontTools.ttLib import TTFont

    with TTFont(font_path(), lazy=True) as font:
        return frozenset(font.getBestCmap())
