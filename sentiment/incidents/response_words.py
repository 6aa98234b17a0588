"""The measures around a response as plain sentences in Chinese and English: an order in time, no cause."""

from __future__ import annotations

from typing import Final

from sentiment.incidents.reaction import Reaction
from sentiment.incidents.trend import Trend
from sentiment.incidents.windows import WindowEffect

MORE: Final = "more_understanding"
LESS: Final = "less_understanding"
UNCLEAR: Final = "no_clear_change"
TOO_FEW: Final = "not_enough_data"


def window_sentence(main: WindowEffect, verdict: str, min_posts: int, lang: str) -> str:
    """Return what the share of understanding did between the two windows."""
    if main.diff is None or main.low is None or main.high is None:
        if lang == "zh":
            return (
                f"公告前后 {main.minutes} 分钟内有立场的帖子不足"
                f"（前 {main.before_n} 条，后 {main.after_n} 条，"
                f"每侧至少需要 {min_posts} 条且时间窗完整），数据不够，不作比较。"
            )
        return (
            f"Too few posts with a stance within {main.minutes} minutes of the announcement "
            f"({main.before_n} before, {main.after_n} after; at least {min_posts} each and complete windows "
            "are needed), so nothing is compared."
        )
    change = _change(main.understanding_before, main.understanding_after)
    placebo = _placebo(main.placebo_p, lang)
    if lang == "zh":
        clear = "变化不明显；" if verdict == UNCLEAR else ""
        return (
            f"公告前后各 {main.minutes} 分钟，表态的帖子里理解占 {change}"
            f"（差 {100 * main.diff:+.0f} 点，95% 区间 "
            f"{_points(main.low)} 至 {_points(main.high)}，n={main.before_n}/{main.after_n}）；"
            f"{clear}{placebo}这是时间上的先后，不等于因果。"
        )
    clear = " no clear change;" if verdict == UNCLEAR else ""
    return (
        f"In the {main.minutes} minutes before and after the announcement, understanding among posts that"
        f" take a side was {change} (difference {100 * main.diff:+.0f} points, 95% interval"
        f" {_points(main.low)} to {_points(main.high)}, n={main.before_n}/{main.after_n});"
        f"{clear}{placebo} this is an order in time, not a cause."
    )


def rate_sentence(main: WindowEffect, lang: str) -> str:
    """Return what complaints and calls for help did between the same windows; empty below the floor."""
    if main.complaint_diff is None or main.help_diff is None:
        return ""
    complaint, asks_help = (
        (_change(before, after), _range(diff, low, high, lang))
        for before, after, diff, low, high in (
            (main.complaint_before, main.complaint_after,
             main.complaint_diff, main.complaint_low, main.complaint_high),
            (main.help_before, main.help_after, main.help_diff, main.help_low, main.help_high),
        )
    )  # fmt: skip
    if lang == "zh":
        return (
            f"同样的时间里，抱怨占全部帖子的 {complaint[0]}（{complaint[1]}），"
            f"求助占 {asks_help[0]}（{asks_help[1]}）。"
        )
    return (
        f"In the same time complaints were {complaint[0]} of all posts ({complaint[1]}) "
        f"and calls for help {asks_help[0]} ({asks_help[1]})."
    )


def trend_sentence(trend: Trend | None, lang: str) -> str:
    """Return whether the share of understanding moved before the response and jumped at it."""
    if trend is None:
        return (
            "帖子太少，看不出公告之前的走势。"
            if lang == "zh"
            else "Too few posts to tell how understanding moved before the announcement."
        )
    slope = _range(trend.slope_before, trend.slope_before_low, trend.slope_before_high, lang)
    jump = _range(trend.jump, trend.jump_low, trend.jump_high, lang)
    if lang == "zh":
        told = _told(trend)[0]
        return f"按每 {trend.bucket} 分钟的走势：公告前理解占比每小时变 {slope}，公告时跳变 {jump}；{told}。"
    told = _told(trend)[1]
    return (
        f"By {trend.bucket}-minute shares, understanding moved by {slope} an hour before the announcement"
        f" and jumped by {jump} at it: {told}."
    )


def _told(trend: Trend) -> tuple[str, str]:
    if not trend.jumped and not trend.moving and trend.drift_does:
        return _DRIFT
    return _TOLD[trend.jumped if trend.jumped else 2 * trend.moving]


_DRIFT: Final = (
    "走势上看不出明显跳变，匀速变化就能解释",
    "no clear jump in the course; a steady drift explains it about as well",
)
_TOLD: Final = {
    1: ("公告那一刻起明显高出原来的走势", "clearly above the earlier course from then on"),
    -1: ("公告那一刻起明显低于原来的走势", "clearly below the earlier course from then on"),
    2: ("公告前就已在上升，没有明显跳变", "already rising before, without a clear jump"),
    -2: ("公告前就已在下降，没有明显跳变", "already falling before, without a clear jump"),
    0: ("走势上看不出明显跳变", "no clear jump in the course"),
}
"""By the way of the jump, or twice the way it was moving before without one."""


def comment_sentence(comments: Reaction | None, min_posts: int, lang: str) -> str:
    """Return how people reacted under the announcement itself; empty where no comment was collected."""
    if comments is None:
        return ""
    if comments.understanding is None or comments.low is None or comments.high is None:
        if lang == "zh":
            return (
                f"公告下面的评论和转发里只有 {comments.taking_sides} 条表态"
                f"（至少需要 {min_posts} 条），太少，不算比例。"
            )
        return (
            f"Too few comments and reposts under the announcement take a side ({comments.taking_sides};"
            f" at least {min_posts} are needed), so no share is given."
        )
    share, low, high = (
        f"{100 * value:.0f}%" for value in (comments.understanding, comments.low, comments.high)
    )
    asks = f"{100 * (comments.asks_help or 0):.0f}%"
    if lang == "zh":
        return (
            f"公告下面有 {comments.posts} 条评论和转发（{comments.authors} 人），"
            f"表态的 {comments.taking_sides} 条里"
            f"理解占 {share}（95% 区间 {low} 至 {high}），求助占 {asks}；留言的人不代表全部用户。"
        )
    return (
        f"Of {comments.posts} comments and reposts under the announcement ({comments.authors} people),"
        f" {comments.taking_sides} take a side and {share} of those show understanding"
        f" (95% interval {low} to {high}); {asks} ask for help; those who comment are not all users."
    )


def _placebo(p: float | None, lang: str) -> str:
    if lang == "zh":
        if p is None:
            return "数据太短，无法同随机时刻比较；"
        return f"按帖数折算，随机时刻有 {100 * p:.0f}% 也出现这么大的差；"
    if p is None:
        return " the data are too short to compare with random times;"
    return f" {100 * p:.0f}% of random times show a difference as large for their number of posts;"


def _change(before: float | None, after: float | None) -> str:
    return f"{100 * (before or 0):.0f}% → {100 * (after or 0):.0f}%"


def _range(value: float, low: float | None, high: float | None, lang: str) -> str:
    ends = _points(low or 0.0), _points(high or 0.0)
    if lang == "zh":
        return f"{100 * value:+.0f} 点，95% 区间 {ends[0]} 至 {ends[1]}"
    return f"{100 * value:+.0f} points, 95% interval {ends[0]} to {ends[1]}"


def _points(value: float) -> str:
    return f"{100 * value:.0f}".replace("-0", "0") if round(100 * value) == 0 else f"{100 * value:.0f}"
