"""Who is behind a spike."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sentiment.incidents.gate import (
    PROMOTION,
    Crowd,
    authors_reached,
    choose_evidence,
    describe,
    majority_service,
    share_unnamed,
    spike_kind,
)
from sentiment.incidents.posts import Posts


def crowd_of(scene: SimpleNamespace, n: int, *, evidence_only: bool = False, **columns: object) -> Crowd:
    rng = np.random.default_rng(0)
    posts = Posts.of(scene.together(scene.posts_at(np.arange(n), rng, **columns)))
    return describe(posts, evidence_only=evidence_only)


@pytest.mark.parametrize(
    ("text", "promotes"),
    [
        ("快来领券，满减优惠券送不停", True),
        ("直播间下单立减20", True),
        ("又崩了，付不了款", False),
        ("客服电话打不通", False),
    ],
)
def test_promotion_words(text: str, promotes: bool):
    assert (PROMOTION.search(text) is not None) == promotes


def test_many_authors_with_evidence_are_a_crowd(scene: SimpleNamespace):
    names = [f"a{k % 20}" for k in range(40)]
    crowd = crowd_of(scene, 40, stance="complaint", outage=True, author=names)
    assert (crowd.posts, crowd.authors, crowd.outage_authors, crowd.evidence_authors) == (40, 20, 20, 20)
    assert not crowd.flooded
    assert spike_kind(crowd) == "gossip"


def test_unknown_authors_count_one_each(scene: SimpleNamespace):
    assert crowd_of(scene, 12, stance="complaint", outage=True, author="").evidence_authors == 12


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"author": [f"a{k % 3}" for k in range(40)]}, "spam"),
        ({"own_text": "一模一样的一大段复制粘贴的话，每个号都发", "dup_group": "p0"}, "spam"),
        (
            {"own_text": "换着几套说辞轮流刷屏的同一批广告", "dup_group": [f"p{k % 8}" for k in range(40)]},
            "spam",
        ),
        ({"own_text": "又崩了", "dup_group": "p0"}, "gossip"),  # a crowd types short words alike
        (
            {"own_text": "被转发的原话，转发不算复制粘贴哦", "dup_group": "p0", "kind": "repost"},
            "gossip",
        ),
        ({"own_text": "戳链接领红包"}, "campaign"),
        ({"hijack": True}, "campaign"),
        ({"account_kind": "official"}, "campaign"),
        ({"account_kind": "media"}, "gossip"),
        ({"own_text": "明星官宣恋情"}, "gossip"),
    ],
)
def test_spikes_that_are_no_incident_have_a_name(
    scene: SimpleNamespace, columns: dict[str, object], kind: str
):
    names = {"author": [f"a{k}" for k in range(40)]}
    assert spike_kind(crowd_of(scene, 40, **{**names, **columns})) == kind


def test_a_handful_of_posts_is_no_flood(scene: SimpleNamespace):
    assert not crowd_of(scene, 6, author="a").flooded
    assert crowd_of(scene, 20, author="a").flooded


def test_floods_are_looked_for_in_the_evidence(scene: SimpleNamespace):
    names = ["loud"] * 15 + [f"a{k}" for k in range(25)]
    told = [True] * 15 + [False] * 25
    assert crowd_of(scene, 40, evidence_only=True, outage=told, author=names).flooded
    assert not crowd_of(scene, 40, outage=told, author=names).flooded


def test_adverts_with_hidden_addresses_are_spam(scene: SimpleNamespace):
    rng = np.random.default_rng(8)
    texts = [f"精心挑选②⑦④⑨①点com{k}号新手上手快，无聊时候看几场" for k in range(12)]
    posts = Posts.of(scene.annotate(scene.posts_at(np.arange(12), rng, post_id=texts, own_text=texts)))
    assert spike_kind(describe(posts, evidence_only=False)) == "spam"


def test_unnamed_posts_go_where_the_evidence_goes(scene: SimpleNamespace):
    rng = np.random.default_rng(9)
    names = ["甲"] * 30 + ["乙"] * 10 + [""] * 400
    rows = scene.posts_at(rng.integers(0, 10, len(names)), rng, outage=True, service=names)
    rows["post_id"] = [f"p{k}" for k in range(len(rows))]
    posts = Posts.of(scene.annotate(rows))
    start = float(posts.minutes[0])
    both = [("甲", start, start + 60), ("乙", start, start + 60)]
    shared = share_unnamed(posts, [(start, start + 60)], both)
    assert 0.23 < (shared.service == shared.services.index("乙")).mean() < 0.27
    assert (share_unnamed(posts, [], both).service == posts.service).all()
    assert (share_unnamed(posts, [(start, start + 60)], both[:1]).service != 0).all()


def test_nobody_is_no_crowd(scene: SimpleNamespace):
    posts = Posts.of(scene.together(scene.posts_at(np.arange(3), np.random.default_rng(0))))
    assert describe(posts.only(np.arange(0)), evidence_only=False).posts == 0


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["美团", "美团", "饿了么", ""], "美团"),
        (["美团", "饿了么", "", ""], None),
        (["", "", "", ""], None),
    ],
)
def test_the_majority_of_named_outage_posts(scene: SimpleNamespace, names: list[str], expected: str | None):
    frame = scene.posts_at(np.arange(4), np.random.default_rng(0), outage=True, service=names)
    assert majority_service(Posts.of(scene.together(frame))) == expected


def test_when_enough_authors_had_spoken(scene: SimpleNamespace):
    frame = scene.posts_at(np.arange(6), np.random.default_rng(0), outage=True, author=list("aabbcd"))
    posts = Posts.of(scene.together(frame))
    assert authors_reached(posts, 3) == posts.minutes[4]
    assert authors_reached(posts, 5) is None


def test_evidence_is_early_near_the_peak_and_of_many_authors(scene: SimpleNamespace):
    n = 300
    names = [f"a{k % 150}" for k in range(n)]
    frame = scene.posts_at(np.arange(n), np.random.default_rng(0), outage=True, author=names)
    posts = Posts.of(scene.together(frame))
    chosen = choose_evidence(posts, float(posts.minutes[100]), kind="outage")
    rows = posts.frame.set_index("post_id").loc[list(chosen)]
    assert 30 <= len(chosen) == len(set(chosen)) <= 50
    assert chosen[0] == posts.frame["post_id"][0]
    assert rows["author"].nunique() == len(chosen)
    assert "p100" in chosen


def test_the_posts_of_a_spike_that_is_no_incident_are_its_evidence(scene: SimpleNamespace):
    names, told = [f"a{k}" for k in range(10)], [True] + [False] * 9
    frame = scene.posts_at(np.arange(10), np.random.default_rng(0), outage=told, author=names)
    posts = Posts.of(scene.together(frame))
    peak = float(posts.minutes[5])
    assert choose_evidence(posts, peak, kind="outage") == ("p0",)
    assert len(choose_evidence(posts, peak, kind="spam")) == 10
