"""What people said before and after an official response.

Everything here is an order in time, not a cause: an outage that ends by itself changes moods too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

import pandas as pd

from sentiment.display import html_result
from sentiment.errors import InputError
from sentiment.incidents.reaction import Reaction, measure_comments, under_announcement
from sentiment.incidents.response_words import (
    LESS,
    MORE,
    TOO_FEW,
    UNCLEAR,
    comment_sentence,
    rate_sentence,
    trend_sentence,
    window_sentence,
)
from sentiment.incidents.trend import Trend, interrupted_trend
from sentiment.incidents.voices import NEEDED, Voices
from sentiment.incidents.windows import WindowEffect, compare_windows
from sentiment.schema import ZONE, require

_MAIN_WINDOW: Final = (60, 30, 120, 15)
CHANCE: Final = 0.05
"""A change that more of the random times show as large is no clear change, whatever its interval."""


@dataclass(frozen=True, slots=True)
class ResponseEffect:
    """What changed around one official response; association, never cause.

    Attributes:
        at: Time of the response.
        text: Its words, as given or as posted.
        codes: What it does (ack, apology, compensate, ...).
        source_post_id: The post it was found in, None if given by hand.
        windows: One entry a window length; comments under the announcement are left out of them.
        verdict: more_understanding, less_understanding, no_clear_change or not_enough_data.
        sentence_zh: One plain sentence.
        sentence_en: The same in English.
        service: The service that speaks; None where the caller named the response.
        trend: Whether the share was moving before; None where posts are too few.
        comments: Reaction under the announcement; None where the files hold no comment under it.
        beside_zh: A sentence each on complaint and help-seeking rates, the trend and the comments.
        beside_en: The same in English.
    """

    at: pd.Timestamp
    text: str
    codes: tuple[str, ...]
    source_post_id: str | None
    windows: tuple[WindowEffect, ...] = field(repr=False)
    verdict: str
    sentence_zh: str
    sentence_en: str
    service: str | None = None
    trend: Trend | None = field(default=None, repr=False)
    comments: Reaction | None = field(default=None, repr=False)
    beside_zh: tuple[str, ...] = field(default=(), repr=False)
    beside_en: tuple[str, ...] = field(default=(), repr=False)

    @property
    def main(self) -> WindowEffect:
        """The window that the verdict rests on."""
        return _main_window(self.windows)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, times in ISO 8601; ``main``: the verdict's window or None."""
        lists = {name: list(getattr(self, name)) for name in ("codes", "beside_zh", "beside_en")}
        main = asdict(self.main) if self.main.diff is not None else None
        return {**asdict(self), "at": self.at.isoformat(), **lists, "main": main}

    def _repr_html_(self) -> str:
        shown = [
            "minutes", "before_n", "after_n", "understanding_before", "understanding_after",
            "diff", "low", "high", "placebo_p",
        ]  # fmt: skip
        table = pd.DataFrame([asdict(window) for window in self.windows], columns=shown)
        words = [self.sentence_zh, self.sentence_en, *self.beside_zh, *self.beside_en]
        return html_result(f"{self.at:%Y-%m-%d %H:%M} {self.text[:120]}", tables=[table], notes=words)


def response_effect(
    annotated: pd.DataFrame,
    *,
    at: str | datetime,
    minutes: Sequence[int] = (15, 30, 60, 120),
    min_posts: int = 20,
    resamples: int = 1000,
    seed: int = 0,
    text: str = "",
    codes: Sequence[str] = (),
    source_post_id: str | None = None,
    service: str | None = None,
) -> ResponseEffect:
    """Compare people's stance before and after an official response.

    Args:
        annotated: Posts with annotations; official, media, bot and hijack posts are left out.
        at: Time of the response; without a zone it is Shanghai time.
        minutes: Window lengths.
        min_posts: Posts with a stance needed on each side.
        resamples: Bootstrap resamples.
        seed: Of the bootstrap and the placebo times.
        text: The response's words.
        codes: What the response does.
        source_post_id: The post it was found in; comments under it are measured apart.
        service: The service that speaks in it.

    Returns:
        One entry a window; the verdict comes from the 60-minute window (else 30, 120, 15, then the first
        other one with enough posts), so that several windows are not several chances. A change that random
        times show as well, or that did not jump and was under way before or fits a steady drift about as
        well as a step, is no clear change.

    Raises:
        SchemaError: if a needed column is missing.
        InputError: if the time cannot be read, or a window or the floor is below 1.

    >>> from sentiment.schema import ANNOTATED, empty
    >>> response_effect(empty(ANNOTATED), at="2025-04-11 17:05").verdict
    'not_enough_data'
    """
    require(annotated, NEEDED, stage="response_effect")
    moment = response_time(at)
    _check(minutes, min_posts, resamples)
    under = under_announcement(annotated, source_post_id)
    voices = Voices.of(annotated[~under] if under.any() else annotated)
    second = moment.timestamp()
    windows = tuple(
        compare_windows(voices, second, m, min_posts=min_posts, resamples=resamples, seed=seed)
        for m in minutes
    )
    trend = interrupted_trend(voices, second, min_posts=min_posts)
    comments = measure_comments(
        annotated, source_post_id, min_posts=min_posts, resamples=resamples, seed=seed
    )
    main = _main_window(windows)
    verdict = _verdict(main, trend)
    beside = {
        lang: tuple(
            filter(
                None,
                (
                    rate_sentence(main, lang),
                    trend_sentence(trend, lang),
                    comment_sentence(comments, min_posts, lang),
                ),
            )
        )
        for lang in ("zh", "en")
    }
    return ResponseEffect(
        at=moment,
        text=text,
        codes=tuple(codes),
        source_post_id=source_post_id,
        windows=windows,
        verdict=verdict,
        sentence_zh=window_sentence(main, verdict, min_posts, "zh"),
        sentence_en=window_sentence(main, verdict, min_posts, "en"),
        service=service,
        trend=trend,
        comments=comments,
        beside_zh=beside["zh"],
        beside_en=beside["en"],
    )


def response_time(at: str | datetime) -> pd.Timestamp:
    """Return the time of a response; without a zone it is Shanghai time.

    Raises:
        InputError: if it cannot be read.

    >>> str(response_time("2025-04-11 17:05"))
    '2025-04-11 17:05:00+08:00'
    """
    moment = pd.to_datetime(at, errors="coerce")
    if pd.isna(moment):
        raise InputError(f"The response time {at!r} cannot be read: write it like 2025-04-11 17:05.")
    return moment.tz_localize(ZONE) if moment.tz is None else moment.tz_convert(ZONE)


def _check(minutes: Sequence[int], min_posts: int, resamples: int) -> None:
    if not minutes or min(minutes) < 1:
        raise InputError(
            f"Response windows must be 1 minute or more, not {list(minutes)}: try 15, 30, 60, 120."
        )
    if min_posts < 1 or resamples < 1:
        raise InputError(
            f"min_posts and resamples must be 1 or more, not {min_posts} and {resamples}: try 20 and 1000."
        )


def _main_window(windows: Sequence[WindowEffect]) -> WindowEffect:
    """Return the window the verdict rests on: chosen by its length and posts, never by its result."""
    usable = [window for window in windows if window.diff is not None]
    order = {minutes: rank for rank, minutes in enumerate(_MAIN_WINDOW)}
    return min(usable or windows, key=lambda window: order.get(window.minutes, len(order)))


def _verdict(main: WindowEffect, trend: Trend | None) -> str:
    if main.diff is None:
        return TOO_FEW
    way = main.clear
    if way == 0 or (main.placebo_p is not None and main.placebo_p > CHANCE):
        return UNCLEAR
    if trend is not None and trend.jumped != way and (trend.moving == way or trend.drift_does):
        return UNCLEAR
    return MORE if way > 0 else LESS
