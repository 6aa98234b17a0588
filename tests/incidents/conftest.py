"""Invented posts: ordinary days with a daily rhythm, and an outage planted into them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sentiment.schema import ANNOTATED, TIME, ZONE, complete_posts

START = pd.Timestamp("2025-04-08", tz=ZONE)
WORDS = {
    "complaint": "又付不了款，客服也不回",
    "understanding": "程序员辛苦了，慢慢修吧",
    "neutral": "今天中午吃了牛肉面",
}


def annotate_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a complete annotated frame from the few columns that a test cares about."""
    frame = rows.copy()
    frame["own_text"] = frame.get("own_text", frame["stance"].map(WORDS))
    frame["text"] = frame["own_text"]
    frame = complete_posts(frame)
    chosen = {
        "neutral_kind": "",
        "asks_help": False,
        "sarcasm": False,
        "mixed": False,
        "tokens": "",
        "topics": "",
        "p_topics": "",
    }
    for name, value in {**chosen, "service_mention": "", "stance_sure": True, "severity": pd.NA}.items():
        if name not in frame:
            frame[name] = value
    for name in ("complaint", "understanding", "neutral"):
        frame[f"p_{name}"] = frame["stance"].eq(name).astype("float64")
    frame["p_outage"] = frame["outage"].astype("float64")
    return frame[list(ANNOTATED)].astype({"severity": "Int64"})


def posts_at(minutes: np.ndarray, rng: np.random.Generator, **columns: Any) -> pd.DataFrame:  # noqa: ANN401
    """Return one row a minute number given (minutes after START), at a random second."""
    seconds = np.asarray(minutes) * 60 + rng.integers(0, 60, len(minutes))
    frame = pd.DataFrame({"created_at": (START + pd.to_timedelta(seconds, unit="s")).astype(TIME)})
    return frame.assign(**{"stance": "neutral", "outage": False, "service": "", **columns})


def daily_rate(minutes: np.ndarray, rate: float) -> np.ndarray:
    """Return posts a minute: quiet nights, busy evenings, ``rate`` on average."""
    return rate * (1.0 + 0.7 * np.sin(2 * np.pi * (minutes % 1440 - 480) / 1440))


def ordinary(
    rng: np.random.Generator, *, days: float, rate: float, service: str = "美团", start: int = 0
) -> pd.DataFrame:
    """Return ordinary posts: 10 % complaints, 2 % outage evidence, 60 % naming the service."""
    minutes = np.arange(start, round(days * 1440))
    at = np.repeat(minutes, rng.poisson(daily_rate(minutes, rate)))
    n = len(at)
    return posts_at(
        at,
        rng,
        stance=rng.choice(["neutral", "complaint", "understanding"], n, p=[0.87, 0.10, 0.03]),
        outage=rng.random(n) < 0.02,
        service=np.where(rng.random(n) < 0.6, service, ""),
        author=[f"a{k}" for k in rng.integers(0, 5000, n)],
    )


def outage_posts(
    rng: np.random.Generator,
    *,
    onset: int,
    rate: float,
    plateau: int = 60,
    decay: float = 20.0,
    service: str = "美团",
) -> pd.DataFrame:
    """Return an outage: 3-minute ramp, plateau, exponential decay; ``rate`` posts a minute at its height."""
    t = np.arange(1, plateau + round(4 * decay))
    shape = np.minimum(t / 3.0, 1.0) * np.where(t > plateau, np.exp(-(t - plateau) / decay), 1.0)
    at = np.repeat(onset + t - 1, rng.poisson(rate * shape))
    n = len(at)
    return posts_at(
        at,
        rng,
        stance=rng.choice(["neutral", "complaint", "understanding"], n, p=[0.25, 0.65, 0.10]),
        outage=rng.random(n) < 0.8,
        service=np.where(rng.random(n) < 0.7, service, ""),
        author=[f"o{k}" for k in rng.integers(0, 5000, n)],
    )


def together(*frames: pd.DataFrame) -> pd.DataFrame:
    """Return the posts of several scenes as one annotated frame with ids of their own."""
    rows = pd.concat(frames, ignore_index=True)
    rows["post_id"] = [f"p{k}" for k in range(len(rows))]
    return annotate_rows(rows)


def at_minute(minute: float) -> pd.Timestamp:
    """Return the time that lies this many minutes after START."""
    return START + pd.Timedelta(minutes=minute)


@pytest.fixture(name="scene", scope="session")
def _scene() -> SimpleNamespace:
    """The scenes above, for tests that plant their own."""
    return SimpleNamespace(
        together=together,
        ordinary=ordinary,
        outage=outage_posts,
        posts_at=posts_at,
        at=at_minute,
        annotate=annotate_rows,
    )


@pytest.fixture(name="outage_day", scope="session")
def _outage_day() -> pd.DataFrame:
    """Three ordinary days, then an outage on the fourth at 18:00 (minute 5400)."""
    rng = np.random.default_rng(7)
    return together(ordinary(rng, days=4, rate=2.0), outage_posts(rng, onset=3 * 1440 + 1080, rate=40.0))
