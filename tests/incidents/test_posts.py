"""Timed posts as arrays."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from sentiment.incidents.posts import Posts


def test_posts_between_two_minutes_of_a_service(scene: SimpleNamespace):
    frame = scene.posts_at(
        np.arange(6), np.random.default_rng(0), service=["美团", "", "美团", "饿了么", "", "美团"]
    )
    posts = Posts.of(scene.together(frame))
    start = int(posts.minutes[0])
    assert posts.between(start + 1, start + 5, None).tolist() == [1, 2, 3, 4]
    assert posts.between(start + 1, start + 5, frozenset({"美团", ""})).tolist() == [1, 2, 4]


def test_untimed_posts_are_not_there(scene: SimpleNamespace):
    frame = scene.together(scene.posts_at(np.arange(3), np.random.default_rng(0)))
    frame.loc[1, "created_at"] = pd.NaT
    assert len(Posts.of(frame).minutes) == 2


def test_posts_of_one_moment_stand_in_order_of_their_ids(scene: SimpleNamespace):
    frame = scene.posts_at(np.array([3, 0, 0, 0]), np.random.default_rng(0)).assign(post_id=list("dcba"))
    frame["created_at"] = frame["created_at"].dt.floor("min")
    posts = Posts.of(scene.annotate(frame))
    assert posts.only(np.arange(4)).column("post_id").tolist() == ["a", "b", "c", "d"]
    assert posts.only(posts.minutes == posts.minutes[0]).column("post_id").tolist() == ["a", "b", "c"]


def test_categories_do_as_well_as_text(scene: SimpleNamespace):
    frame = scene.together(
        scene.posts_at(
            np.arange(4), np.random.default_rng(0), service=["美团", "", "B站", "美团"], outage=True
        )
    )
    small = frame.astype(dict.fromkeys(("service", "stance", "account_kind", "kind"), "category"))
    one, other = Posts.of(frame), Posts.of(small)
    assert [one.services[n] for n in one.service] == [other.services[n] for n in other.service]
    np.testing.assert_array_equal(one.outage, other.outage)
