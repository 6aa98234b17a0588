"""Comments under the announcement itself, and what they are kept out of."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sentiment.incidents import response_effect
from sentiment.incidents.reaction import measure_comments

AT = 180


def scene_with_comments(scene: SimpleNamespace, *, n: int, share: float = 0.75) -> pd.DataFrame:
    """Six hours of posts, a fifth of them understanding, and comments under post 'official'."""
    rng = np.random.default_rng(5)
    minutes = np.sort(rng.integers(0, 360, 900))
    usual = scene.posts_at(
        minutes,
        rng,
        stance=np.where(rng.random(900) < 0.2, "understanding", "complaint"),
        author=[f"a{k}" for k in range(900)],
    )
    under = scene.posts_at(
        AT + rng.integers(0, 50, n),
        rng,
        stance=np.where(np.arange(n) < share * n, "understanding", "complaint"),
        author=[f"c{k // 2}" for k in range(n)],
        root_id="official",
        kind="comment",
        asks_help=np.arange(n) % 10 == 0,
    )
    return scene.together(usual, under)


def measured(posts: pd.DataFrame, **options: int):
    return measure_comments(posts, "official", **{"min_posts": 20, "resamples": 500, "seed": 0, **options})


def test_comments_are_counted_from_the_posts(scene: SimpleNamespace):
    found = measured(scene_with_comments(scene, n=80))
    assert (found.posts, found.authors, found.taking_sides) == (80, 40, 80)
    assert found.understanding == pytest.approx(0.75)
    assert found.complaint == pytest.approx(0.25)
    assert found.asks_help == pytest.approx(0.1)
    assert 0.5 < found.low < 0.75 < found.high < 0.95


def test_too_few_comments_give_no_share(scene: SimpleNamespace):
    found = measured(scene_with_comments(scene, n=12))
    assert (found.posts, found.understanding, found.low) == (12, None, None)


def test_no_comments_are_no_reaction(scene: SimpleNamespace):
    posts = scene_with_comments(scene, n=30)
    assert measure_comments(posts, "other", min_posts=20, resamples=500, seed=0) is None
    assert measure_comments(posts, None, min_posts=20, resamples=500, seed=0) is None


def test_bare_reposts_and_other_accounts_are_no_reaction(scene: SimpleNamespace):
    posts = scene_with_comments(scene, n=40)
    under = posts["root_id"].eq("official")
    posts.loc[posts.index[under][:10], "own_text"] = ""
    posts.loc[posts.index[under][10:15], "account_kind"] = "official"
    assert measured(posts).posts == 25


def test_the_windows_leave_the_comments_out(scene: SimpleNamespace):
    posts = scene_with_comments(scene, n=200)
    rest = posts[posts["root_id"] != "official"]
    apart = response_effect(posts, at=scene.at(AT), source_post_id="official")
    assert apart.windows == response_effect(rest, at=scene.at(AT)).windows
    assert apart.trend == response_effect(rest, at=scene.at(AT)).trend
    assert apart.verdict == "no_clear_change"
    mixed = response_effect(posts, at=scene.at(AT))
    assert mixed.verdict == "more_understanding"
    assert mixed.comments is None


def test_the_reaction_is_told_and_written(scene: SimpleNamespace):
    effect = response_effect(scene_with_comments(scene, n=80), at=scene.at(AT), source_post_id="official")
    assert "公告下面有 80 条评论和转发（40 人）" in effect.beside_zh[-1]
    assert "75% of those show understanding" in effect.beside_en[-1]
    assert json.loads(json.dumps(effect.to_dict()))["comments"]["posts"] == 80
    few = response_effect(scene_with_comments(scene, n=12), at=scene.at(AT), source_post_id="official")
    assert "只有 12 条表态" in few.beside_zh[-1]
    assert "Too few comments" in few.beside_en[-1]
