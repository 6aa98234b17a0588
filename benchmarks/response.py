"""Response effect on simulated incidents: does the interval hold the planted change, is no change claimed?

``python -m benchmarks.response`` prints one row a cell: coverage of the 95 % interval of the 60-minute
window, how often a change is claimed (false at effect 0), and the same for the jump of the trend.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sentiment.incidents import response_effect
from sentiment.schema import TIME, ZONE

START = pd.Timestamp("2025-04-10", tz=ZONE)
HOURS_AROUND = 3
READ_AS = np.array([[0.80, 0.08, 0.12], [0.05, 0.82, 0.13], [0.05, 0.09, 0.86]])
"""Chance that an understanding, complaining, neutral post is read as each: about the model's own errors."""
NEUTRAL = 0.35
USUAL = 0.15
LIKE_ONESELF = 0.5
"""Correlation between the stances of one author."""


@dataclass(frozen=True)
class Cell:
    """One kind of simulated incident.

    Attributes:
        effect: Points added to U/(U+C) from the response on.
        posts: Posts an hour while the incident lasts.
        days: Ordinary days before it, at a tenth of that rate.
        drift: Points an hour by which U/(U+C) moves all the time, response or not.
        mood: Standard deviation of a mood that all posts of ten minutes share.
    """

    effect: float
    posts: int
    days: float = 1.0
    drift: float = 0.0
    mood: float = 0.0


def simulate(cell: Cell, rng: np.random.Generator) -> tuple[pd.DataFrame, float, pd.Timestamp]:
    """Return posts as read by a model that errs, the change to be found (as read) and the response's time."""
    at = cell.days * 1440.0 + 60.0 * HOURS_AROUND
    ordinary = rng.uniform(0, at - 60 * HOURS_AROUND, rng.poisson(cell.posts * cell.days * 2.4))
    during = at + 60.0 * rng.uniform(-HOURS_AROUND, HOURS_AROUND, rng.poisson(2 * HOURS_AROUND * cell.posts))
    minute = np.sort(np.concatenate([ordinary, during]))
    author = _authors(len(minute), rng)
    share = _share(cell, minute, at, rng)
    stance = _stances(share, author, rng)
    read = (rng.random(len(stance))[:, None] > READ_AS.cumsum(axis=1)[stance]).sum(axis=1).clip(max=2)
    posts = pd.DataFrame(
        {
            "created_at": (START + pd.to_timedelta(minute * 60, unit="s")).astype(TIME),
            "author": [f"a{name}" for name in author],
            "post_id": [f"p{n}" for n in range(len(minute))],
            "account_kind": "person",
            "hijack": False,
            "root_id": "",
            "own_text": "…",
            "stance": np.array(["understanding", "complaint", "neutral"])[read],
            "asks_help": rng.random(len(minute)) < 0.05,
        }
    )
    truth = _as_read(USUAL + cell.effect) - _as_read(USUAL)
    return posts, truth, START + pd.Timedelta(minutes=at)


def _authors(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return authors: most post once, some many times."""
    busy = rng.pareto(1.5, max(n, 1)) + 1.0
    return rng.choice(len(busy), n, p=busy / busy.sum())


def _share(cell: Cell, minute: np.ndarray, at: float, rng: np.random.Generator) -> np.ndarray:
    slots = np.floor_divide(minute, 10).astype(int)
    mood = rng.normal(0, cell.mood, slots.max() + 1)[slots] if cell.mood else 0.0
    moved = (
        USUAL
        + cell.effect * (minute >= at)
        + cell.drift * np.clip((minute - at) / 60.0, -HOURS_AROUND, HOURS_AROUND)
    )
    return np.clip(moved + mood, 0.01, 0.99)


def _stances(share: np.ndarray, author: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return 0 understanding, 1 complaint, 2 neutral; the posts of one author resemble each other."""
    from scipy.stats import norm

    own = rng.normal(size=author.max() + 1)[author] if len(author) else np.zeros(0)
    leaning = np.sqrt(LIKE_ONESELF) * own + np.sqrt(1 - LIKE_ONESELF) * rng.normal(size=len(author))
    taking_sides = np.where(leaning < norm.ppf(share), 0, 1)
    return np.where(rng.random(len(author)) < NEUTRAL, 2, taking_sides)


def _as_read(share: float) -> float:
    """Return U/(U+C) as the erring model sees it."""
    true = np.array([(1 - NEUTRAL) * share, (1 - NEUTRAL) * (1 - share), NEUTRAL])
    understanding, complaint, _ = true @ READ_AS
    return float(understanding / (understanding + complaint))


def measure(cell: Cell, runs: int, seed: int) -> dict[str, float]:
    """Return coverage and claims over the runs of one cell that had enough posts."""
    rows = []
    for run in range(runs):
        posts, truth, at = simulate(cell, np.random.default_rng([seed, run]))
        effect = response_effect(posts, at=at, seed=run)
        main, trend = effect.main, effect.trend
        if main.diff is None or main.low is None or main.high is None:
            continue
        rows.append(
            {
                "covered": main.low <= truth <= main.high,
                "claimed": effect.verdict in ("more_understanding", "less_understanding"),
                "interval_alone": main.low > 0 or main.high < 0,
                "bias": main.diff - truth,
                "jump_covered": np.nan if trend is None else trend.jump_low <= truth <= trend.jump_high,
                "jump_claimed": np.nan if trend is None else bool(trend.jumped),
            }
        )
    frame = pd.DataFrame(rows)
    return {"runs": len(frame), **frame.astype(float).mean().to_dict()}


def cells() -> list[Cell]:
    """Return the cells: effects by volume, short data, then drift and moods that no response caused."""
    planted = [Cell(effect, posts) for effect in (0.0, 0.05, 0.15) for posts in (60, 240, 1200)]
    short = [Cell(effect, 240, days=0.0) for effect in (0.0, 0.05, 0.15)]
    other = [
        Cell(0.0, 240, drift=0.05),
        Cell(0.0, 1200, drift=0.05),
        Cell(0.0, 1200, drift=0.03),
        Cell(0.0, 240, drift=0.1),
        Cell(0.0, 240, mood=0.05),
    ]
    return [*planted, *short, *other]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=400, help="simulations a cell")
    parser.add_argument("--seed", type=int, default=20260, help="first part of every seed")
    given = parser.parse_args()
    for n, cell in enumerate(cells()):
        row = pd.DataFrame([{**vars(cell), **measure(cell, given.runs, given.seed)}])
        shown = row.to_csv(sep="\t", index=False, header=n == 0, float_format="%.3f")
        print(shown, end="", flush=True)


if __name__ == "__main__":
    main()
