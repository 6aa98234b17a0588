"""An invented outage of an invented service: 青禾外卖, 18 June 2025, three ordinary days before it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sentiment.config import Settings
from sentiment.report import summarize
from sentiment.schema import ANNOTATIONS, TIME, ZONE, complete_posts

COMPLAINTS = (
    "青禾外卖又崩了，钱扣了订单没有，找谁说理去",
    "下单一直转圈圈，孩子饿得直哭，能不能给个准话",
    "付款成功却显示订单不存在，客服电话排到第九十七位",
    "登录就闪退，重装了两次还是一样，说好的中午免配送费呢",
    "第三次了吧？每次大促都瘫，服务器是土豆做的吗",
    "优惠券用掉了，单没下成，券也不还我 😡",
    "公司二十个人的午饭全卡在你们家，我被骂惨了",
    "取餐码刷不出来，站在店门口晒了半个钟头",
)
UNDERSTANDING = (
    "程序员估计午饭都没吃就在抢修，辛苦了，慢慢来",
    "骑手小哥冒着雨打电话跟我道歉，其实又不是他的错，抱抱",
    "恢复得还挺快的，谁家服务器没抽过风，理解一下",
    "客服态度很好，说明白了退款时间，那我就等等",
)
NEUTRAL = (
    "青禾外卖今天中午好像出问题了，你们那边还能用吗？",
    "有谁知道扣了的钱多久能退回来？急，在线等",
    "青禾外卖崩了上热搜第一",
    "今天中午吃自己带的饭，逃过一劫哈哈",
)
ORDINARY = (
    "中午点了一份牛肉饭，味道不错",
    "青禾外卖新出的奶茶券怎么领",
    "今天的外卖送得很准时",
    "周末吃什么好呢",
)
TOPICS = {
    "付款": "payment",
    "钱": "payment",
    "券": "compensation",
    "登录": "access",
    "客服": "support",
    "取餐": "takeout",
}
OUTAGE = (pd.Timestamp("2025-06-18 12:03", tz=ZONE), pd.Timestamp("2025-06-18 13:55", tz=ZONE))
RESPONSE = pd.Timestamp("2025-06-18 12:41", tz=ZONE)


def _times(rng: np.random.Generator) -> tuple[pd.DatetimeIndex, np.ndarray]:
    days = pd.date_range("2025-06-15", periods=4, freq="D", tz=ZONE)
    calm = [day + pd.Timedelta(minutes=int(m)) for day in days for m in rng.integers(7 * 60, 22 * 60, 40)]
    burst = OUTAGE[0] + pd.to_timedelta(np.clip(rng.gamma(2.0, 16.0, 320), 0, 111), unit="min")
    times = pd.DatetimeIndex([*calm, *burst]).floor("s")
    inside = np.r_[np.zeros(len(calm), bool), np.ones(len(burst), bool)]
    order = np.argsort(times.asi8, kind="stable")
    return times[order], inside[order]


def _words(rng: np.random.Generator, inside: bool, late: bool) -> tuple[str, str]:
    if not inside:
        return "neutral", str(rng.choice(ORDINARY))
    shares = (0.52, 0.22, 0.26) if late else (0.70, 0.06, 0.24)
    stance = str(rng.choice(["complaint", "understanding", "neutral"], p=shares))
    pool = {"complaint": COMPLAINTS, "understanding": UNDERSTANDING, "neutral": NEUTRAL}[stance]
    return stance, str(rng.choice(pool))


def _topics(text: str) -> str:
    return ";".join(dict.fromkeys(topic for word, topic in TOPICS.items() if word in text))


def make_annotated(seed: int = 7) -> pd.DataFrame:
    """Return about 480 annotated posts with the planted outage."""
    rng = np.random.default_rng(seed)
    times, inside = _times(rng)
    n = len(times)
    spoken = [_words(rng, bool(hit), at > RESPONSE) for at, hit in zip(times, inside, strict=True)]
    stance = np.array([s for s, _ in spoken])
    text = np.array([t for _, t in spoken], dtype=object)
    kinds = rng.choice(["person", "person", "person", "person", "media", "bot"], n)
    frame = complete_posts(
        pd.DataFrame(
            {
                "post_id": [f"{5170000000000000 + i}" for i in range(n)],
                "created_at": times,
                "text": text,
                "author": [f"u{int(a):03d}" for a in rng.integers(0, 260, n)],
                "account_kind": kinds,
                "account_name": np.where(kinds == "media", "河畔日报", ""),
                "platform": "weibo",
                "likes": rng.poisson(6, n),
                "comments": rng.poisson(1, n),
                "reposts": rng.poisson(1, n),
                "region": rng.choice(["上海", "浙江", "四川", ""], n),
                "source": [f"riverside.csv:{i + 2}" for i in range(n)],
            }
        )
    )
    one = {
        name: (stance == name).astype(float) * 0.8 + 0.1 for name in ("complaint", "understanding", "neutral")
    }
    notes = pd.DataFrame(
        {
            "own_text": frame["text"],
            "tokens": frame["text"].map(" ".join),
            "stance": stance,
            **{f"p_{name}": values for name, values in one.items()},
            "stance_sure": rng.random(n) > 0.15,
            "neutral_kind": np.where(stance == "neutral", "info", ""),
            "asks_help": frame["text"].str.contains("吗|急").to_numpy(),
            "sarcasm": False,
            "mixed": False,
            "severity": pd.array(np.where(stance == "complaint", 2, 0), dtype="Int64"),
            "outage": inside & (stance != "understanding"),
            "p_outage": np.where(inside & (stance != "understanding"), 0.85, 0.1),
            "service": np.where(frame["text"].str.contains("青禾"), "青禾外卖", ""),
            "service_mention": "",
            "topics": [_topics(t) for t in text],
            "p_topics": "",
        }
    ).astype({k: v for k, v in ANNOTATIONS.items()})
    return pd.concat([frame, notes], axis=1)


def make_counts(annotated: pd.DataFrame) -> pd.DataFrame:
    """Return minute counts of the series the report draws, zeros left in between."""
    timed = annotated.dropna(subset="created_at")
    if timed.empty:
        return pd.DataFrame({"bucket": pd.Series(dtype=TIME), "service": "", "series": "", "n": 0}).iloc[:0]
    minute = timed["created_at"].dt.floor("min")
    grid = pd.date_range(minute.min(), minute.max(), freq="min")
    parts = []
    counted = timed["account_kind"].isin(["person", "unknown"])
    for series in ("all", "complaint", "understanding", "neutral"):
        hit = timed["stance"].eq(series) & counted if series != "all" else pd.Series(True, index=timed.index)
        n = minute[hit].value_counts().reindex(grid, fill_value=0)
        parts.append(pd.DataFrame({"bucket": grid, "service": "*", "series": series, "n": n.to_numpy()}))
    return pd.concat(parts, ignore_index=True)


def make_topics(annotated: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of topics.csv for the topics in the frame."""
    names = {
        "payment": ("支付", "Payment"),
        "access": ("登录与打开", "Access"),
        "support": ("客服", "Support"),
        "compensation": ("补偿", "Compensation"),
        "takeout": ("外卖", "Takeout"),
    }
    rows = []
    for topic, (zh, en) in names.items():
        hit = annotated[
            annotated["topics"].str.split(";").map(lambda t, topic=topic: topic in t).astype(bool)
        ]
        rows.append(
            {
                "topic": topic,
                "name_zh": zh,
                "name_en": en,
                "posts": len(hit),
                "share": len(hit) / max(len(annotated), 1),
                "complaint": int(hit["stance"].eq("complaint").sum()),
                "understanding": int(hit["stance"].eq("understanding").sum()),
                "peak": "2025-06-18T12:20:00+08:00",
                "terms": "扣款;订单;退回",
                "post_ids": ";".join(hit["post_id"].head(5)),
            }
        )
    return pd.DataFrame(rows)


def make_effect() -> dict[str, Any]:
    """Return one response with its four windows, as ``ResponseEffect.to_dict()`` gives it."""
    windows = []
    for minutes, (bn, an, cb, ca, ub, ua, diff, low, high) in {
        15: (44, 41, 40, 33, 4, 8, 0.10, -0.04, 0.24),
        30: (90, 76, 83, 57, 7, 19, 0.17, 0.06, 0.29),
        60: (112, 118, 103, 84, 9, 34, 0.21, 0.11, 0.30),
        120: (112, 141, 103, 100, 9, 41, 0.21, 0.12, 0.31),
    }.items():
        windows.append(
            {
                "minutes": minutes,
                "before_n": bn,
                "after_n": an,
                "complaint_before": cb / bn,
                "complaint_after": ca / an,
                "understanding_before": ub / (ub + cb),
                "understanding_after": ua / (ua + ca),
                "help_before": 0.09,
                "help_after": 0.06,
                "diff": diff,
                "low": low,
                "high": high,
                "placebo_p": 0.02,
                "complaint_diff": ca / an - cb / bn,
                "complaint_low": -0.3,
                "complaint_high": -0.1,
                "help_diff": -0.03,
                "help_low": -0.08,
                "help_high": 0.02,
            }
        )
    return {
        "at": RESPONSE.isoformat(),
        "text": "非常抱歉，青禾外卖部分订单出现异常，工程师正在抢修，已扣款未成单的会在 24 小时内原路退回。",
        "codes": ["ack", "apology", "eta"],
        "source_post_id": None,
        "windows": windows,
        "verdict": "more_understanding",
        "sentence_zh": "公告后 60 分钟理解占比 8% → 29%（差 +21 点，95% 区间 11–30，n=112/118）；"
        "这是时间上的先后，不等于因果。",
        "sentence_en": "In the 60 minutes after, understanding went from 8% to 29%"
        " (+21 points, 95% interval 11–30, n=112/118); this is a sequence in time, not a cause.",
        "beside_zh": ["公告下面有 31 条评论和转发（28 人），表态的 22 条里理解占 41%。"],
        "beside_en": ["Of 31 comments and reposts under it, 22 take a side and 41% show understanding."],
    }


def make_incident(annotated: pd.DataFrame) -> dict[str, Any]:
    """Return the outage as ``Incident.to_dict()`` gives it."""
    return {
        "id": "inc-1",
        "service": "青禾外卖",
        "kind": "outage",
        "time_to_peak": 18.0,
        "half_life": 47.0,
        "onset": OUTAGE[0].isoformat(),
        "onset_low": (OUTAGE[0] - pd.Timedelta("2min")).isoformat(),
        "onset_high": (OUTAGE[0] + pd.Timedelta("2min")).isoformat(),
        "peak": "2025-06-18T12:24:00+08:00",
        "peak_count": 31,
        "end": OUTAGE[1].isoformat(),
        "detected_at": "2025-06-18T12:07:00+08:00",
        "severity": 3,
        "responses": [make_effect()],
        "evidence_post_ids": annotated.loc[annotated["outage"], "post_id"].head(20).tolist(),
        "onset_censored": False,
        "escalation": "2025-06-18T12:10:00+08:00",
        "recovery": "2025-06-18T13:05:00+08:00",
        "severity_parts": {"volume": 1.4, "complaint": 1.0, "duration": 0.6},
        "volume_ratio": 14.2,
        "expected": 2.2,
        "posts": 320,
        "authors": 201,
        "complaint_posts": 190,
        "understanding_posts": 41,
        "neutral_posts": 89,
        "outage_posts": 260,
        "scale_minutes": 5,
        "notes": [],
        "phases": [
            {"name": "escalation", "start": OUTAGE[0].isoformat(), "end": "2025-06-18T12:24:00+08:00"},
            {"name": "recovery", "start": "2025-06-18T13:05:00+08:00", "end": OUTAGE[1].isoformat()},
        ],
    }


def make_quality(rows: int) -> dict[str, Any]:
    """Return what ``Ingested.quality.to_dict()`` gives."""
    return {
        "schema": 1,
        "files": [
            {
                "file": "riverside.csv",
                "format": "weibo-search",
                "format_reason": "17 known columns",
                "rows": rows + 5,
                "accepted": rows,
                "rejected": 2,
                "duplicates": 3,
                "untimed": 0,
                "skipped": [],
                "error": None,
            }
        ],
        "totals": {"rows": rows + 5, "accepted": rows, "rejected": 2, "duplicates": 3, "untimed": 0},
        "trust": {
            "grade": "usable",
            "warnings": [{"code": "keyword_crawl", "share": 0.97, "keyword": "崩了"}],
            "capped_hours": ["2025-06-18T12:00:00+08:00"],
            "gaps": [],
            "keyword_share": 0.97,
        },
    }


RUN = {
    "version": "0.1.0",
    "python": "3.11.9",
    "packages": {"pandas": "3.1.1", "numpy": "2.4.6"},
    "clock": "2025-06-18T18:00:00+08:00",
    "inputs": [{"file": "riverside.csv", "sha256": "0f" * 32, "bytes": 183_402}],
}
REJECTED = pd.DataFrame(
    {
        "source": ["riverside.csv:77", "riverside.csv:190"],
        "reason": ["blank row", "half row"],
        "raw": ["", "51700,=HYPERLINK(1)"],
    }
)


def build(
    annotated: pd.DataFrame,
    *,
    incidents: list[dict[str, Any]],
    lang: str = "zh",
    **changes: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Summarize a frame with the invented surroundings."""
    given: dict[str, Any] = {
        "rejected": REJECTED,
        "quality": make_quality(len(annotated)),
        "counts": make_counts(annotated),
        "topics": make_topics(annotated),
        "incidents": incidents,
        "other_spikes": [],
        "settings": Settings(),
        "run": RUN,
        "lang": lang,
    }
    return summarize(annotated, **{**given, **changes})


@pytest.fixture(scope="session")
def annotated() -> pd.DataFrame:
    return make_annotated()


@pytest.fixture(scope="session")
def summary(annotated: pd.DataFrame) -> dict[str, Any]:
    return build(annotated, incidents=[make_incident(annotated)])


@pytest.fixture(scope="session")
def world() -> SimpleNamespace:
    """Give tests the builders without importing this file."""
    return SimpleNamespace(
        annotated=make_annotated,
        incident=make_incident,
        counts=make_counts,
        topics=make_topics,
        quality=make_quality,
        effect=make_effect,
        build=build,
        run=RUN,
    )
