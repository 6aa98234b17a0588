"""What the author wrote, and the form of it that the models read.

``own_text`` cuts what others wrote. ``model_text`` is the visible list :data:`CLEANERS`, applied in order.
Every regex is bounded: scraped text is hostile.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

MODEL_LIMIT: Final = 2_000
"""Characters of a post that are read; a longer one is judged by its beginning."""

_REPOST_TAIL: Final = re.compile(r"//\s{0,2}@")
_SPIDER_TAIL: Final = re.compile(r"\n原始用户[:：]")
_REPLY_HEAD: Final = re.compile(r"^\s{0,9}(?:回复|回覆|Reply to)\s{0,2}@[^:：\n]{1,40}[:：]")
_BARE_REPOST: Final = re.compile(
    r"^\s{0,9}(?:转发微博|轉發微博|转发|轉發|Repost|图片评论|分享图片)[。.!！\s]{0,9}$"
)
_DEVELOPER_REPLY: Final = re.compile(r"\n?\s{0,9}(?:-{4,200}\s{0,9})?开发者回复[:：]")

INVISIBLES: Final = "[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ud800-\udfff\ue000-\uf8ff\ufe0f]"
_INVISIBLE: Final = re.compile(INVISIBLES)
_URL: Final = re.compile(r"(?:https?://|www\.|t\.cn/)[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]{1,300}")
_LINK_LABEL: Final = re.compile(r"[OL]?(?:网页链接|抽奖详情)|[LO]?\S{1,20}的微博视频")
_MENTION: Final = re.compile(r"@[\w\-·]{1,30}[:：]?")
_SUPER_TOPIC: Final = re.compile(r"\[(?:超话|话题)\]")
_NUMBER: Final = re.compile(r"\d+(?:[.:]\d+)*")
_REPEATED: Final = re.compile(r"(.)\1{3,}", re.DOTALL)
_SPACES: Final = re.compile(r"\s+")
_HAN: Final = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
_KANA_OR_HANGUL: Final = re.compile("[\u3041-\u30ff\uac00-\ud7a3]")
_EMOTICON_CODE: Final = re.compile(r"\[[一-鿿A-Za-z0-9]{1,8}\]")
_FULLWIDTH: Final = {code: code - 0xFEE0 for code in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF5B)]}


def own_text(text: str) -> str:
    """Return the author's own words: repost tail, reply head and developer reply cut, hashtags kept.

    A bare repost gives ``""``; a post that is only hashtags is its own text.

    >>> own_text("又崩了//@路人甲:美团打不开")
    '又崩了'
    >>> own_text("转发微博")
    ''
    """
    for tail in (_REPOST_TAIL, _SPIDER_TAIL, _DEVELOPER_REPLY):
        found = tail.search(text)
        if found:
            text = text[: found.start()]
    text = _REPLY_HEAD.sub("", drop_invisible(text))
    return "" if _BARE_REPOST.match(text) else text.strip()


def drop_invisible(text: str) -> str:
    """Remove zero-width, directional and private-use characters, and halves of characters."""
    return _INVISIBLE.sub("", text)


def drop_links(text: str) -> str:
    """Replace URLs and the labels scrapers leave for them by a space."""
    return _LINK_LABEL.sub(" ", _URL.sub(" ", text))


def drop_mentions(text: str) -> str:
    """Replace @handles by a space."""
    return _MENTION.sub(" ", text)


def halve_width(text: str) -> str:
    """Write full-width Latin letters and digits half-width; punctuation stays."""
    return text.translate(_FULLWIDTH)


def simplify(text: str) -> str:
    """Write traditional characters in simplified script (OpenCC).

    >>> simplify("美團當機了")
    '美团当机了'
    """
    converted: str = _opencc().convert(text)
    return converted


@lru_cache(maxsize=1)
def _opencc() -> Any:  # noqa: ANN401 - opencc has no types
    from opencc import OpenCC

    return OpenCC("t2s")


def fold_numbers(text: str) -> str:
    """Write every number as 0: the models learn that there is one, not which."""
    return _NUMBER.sub("0", text)


def squeeze(text: str) -> str:
    """Shorten a character repeated more than three times to three, and any white space to one space.

    >>> squeeze("啊啊啊啊啊啊  崩了")
    '啊啊啊 崩了'
    """
    return _SPACES.sub(" ", _REPEATED.sub(r"\1\1\1", text)).strip()


def drop_topic_marks(text: str) -> str:
    """Remove ``[超话]`` and ``[话题]``, which platforms write inside hashtags."""
    return _SUPER_TOPIC.sub("", text)


CLEANERS: Final[tuple[Callable[[str], str], ...]] = (
    drop_invisible,
    drop_links,
    drop_mentions,
    drop_topic_marks,
    halve_width,
    simplify,
    str.lower,
    squeeze,
)
"""What is done to own text before a model reads it, in this order."""


def model_text(text: str, *, limit: int = MODEL_LIMIT) -> str:
    """Return the form of own text that segmentation and models read; applying it twice changes nothing.

    Args:
        text: A post's own text.
        limit: Characters read; a longer post is judged by its beginning.

    >>> model_text("美團ＡＰＰ崩了！！！！！ http://t.cn/A6 @某某 等了45分钟")
    '美团app崩了！！！ 等了45分钟'
    """
    text = text[: 2 * limit]
    for cleaner in CLEANERS:
        text = cleaner(text)
    return text[:limit].strip()


def own_model_text(text: str) -> str:
    """Return the form in which models read a post as scraped: the model text of its own text.

    >>> own_model_text("美團又崩了！！！！！//@路人甲:是的")
    '美团又崩了！！！'
    """
    return model_text(own_text(text))


def in_chinese(text: str) -> bool:
    """Tell whether a text holds Chinese words: Han outside emoticon codes, no less than kana and Hangul.

    >>> in_chinese("崩了"), in_chinese("[允悲]😡"), in_chinese("サーバーが落ちた"), in_chinese("ok fine")
    (True, False, False, False)
    """
    words = _EMOTICON_CODE.sub("", text)
    han = len(_HAN.findall(words))
    return han > 0 and han >= len(_KANA_OR_HANGUL.findall(words))
