"""Before and after an official response."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sentiment.errors import InputError, SchemaError
from sentiment.incidents import response_effect, response_time

AT = 180


def reaction(
    scene: SimpleNamespace, *, before: float, after: float, n: int = 600, hours: int = 6, seed: int = 0
) -> pd.DataFrame:
    """Posts with a stance over some hours; the share of understanding changes at minute 180."""
    rng = np.random.default_rng(seed)
    minutes = np.sort(rng.integers(0, 60 * hours, n))
    share = np.where(minutes < AT, before, after)
    stance = np.where(rng.random(n) < share, "understanding", "complaint")
    names = [f"a{k}" for k in rng.integers(0, n, n)]
    return scene.together(scene.posts_at(minutes, rng, stance=stance, author=names))


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (0.1, 0.5, "more_understanding"),
        (0.5, 0.1, "less_understanding"),
        (0.3, 0.3, "no_clear_change"),
    ],
)
def test_verdicts(scene: SimpleNamespace, before: float, after: float, verdict: str):
    effect = response_effect(reaction(scene, before=before, after=after), at=scene.at(AT))
    assert effect.verdict == verdict


def test_the_window_is_counted_from_the_posts(scene: SimpleNamespace):
    posts = reaction(scene, before=0.1, after=0.5)
    window = {w.minutes: w for w in response_effect(posts, at=scene.at(AT)).windows}[60]
    parts = [
        posts[posts["created_at"].between(scene.at(AT + a), scene.at(AT + b), inclusive="left")]
        for a, b in ((-60, 0), (0, 60))
    ]
    assert (window.before_n, window.after_n) == (len(parts[0]), len(parts[1]))
    shares = [(part["stance"] == "understanding").mean() for part in parts]
    assert window.understanding_before == pytest.approx(shares[0])
    assert window.understanding_after == pytest.approx(shares[1])
    assert window.complaint_after == pytest.approx(1 - shares[1])
    assert window.diff == pytest.approx(shares[1] - shares[0])
    assert window.low < window.diff < window.high


def test_only_people_count(scene: SimpleNamespace):
    posts = reaction(scene, before=0.3, after=0.3)
    usual = response_effect(posts, at=scene.at(AT)).windows
    rng = np.random.default_rng(1)
    loud = scene.posts_at(np.full(400, AT + 5), rng, stance="understanding", author="x")
    for column, value in (("account_kind", "bot"), ("account_kind", "official"), ("hijack", True)):
        mixed = pd.concat(
            [posts, scene.annotate(loud.assign(post_id="q", **{column: value}))], ignore_index=True
        )
        assert response_effect(mixed, at=scene.at(AT)).windows == usual


def test_one_loud_author_makes_the_interval_wide(scene: SimpleNamespace):
    posts = reaction(scene, before=0.2, after=0.2)
    rng = np.random.default_rng(2)
    minutes = rng.integers(AT, AT + 60, 60)
    extra = scene.posts_at(minutes, rng, stance="understanding").assign(post_id=[f"x{k}" for k in range(60)])
    widths = []
    for name in ("one", [f"b{k}" for k in range(60)]):
        both = pd.concat([posts, scene.annotate(extra.assign(author=name))], ignore_index=True)
        window = response_effect(both, at=scene.at(AT), minutes=(60,)).windows[0]
        widths.append(window.high - window.low)
    assert widths[0] > 1.5 * widths[1]


@pytest.mark.parametrize("at", [30, 340])
def test_a_window_outside_the_data_is_not_used(scene: SimpleNamespace, at: int):
    effect = response_effect(reaction(scene, before=0.2, after=0.2), at=scene.at(at))
    usable = {window.minutes: window.diff is not None for window in effect.windows}
    assert not usable[60]
    assert not usable[120]
    assert usable[15]


def test_too_few_posts_are_said_to_be_too_few(scene: SimpleNamespace):
    effect = response_effect(reaction(scene, before=0.2, after=0.8, n=40), at=scene.at(AT))
    assert effect.verdict == "not_enough_data"
    assert all(window.diff is None for window in effect.windows)
    assert "数据不够" in effect.sentence_zh
    assert "Too few posts" in effect.sentence_en


def test_sentences_are_worded_as_an_order_in_time(scene: SimpleNamespace):
    effect = response_effect(reaction(scene, before=0.1, after=0.5), at=scene.at(AT))
    window = effect.windows[2]
    assert window.minutes == 60
    assert f"n={window.before_n}/{window.after_n}" in effect.sentence_zh
    assert f"{100 * window.diff:+.0f} 点" in effect.sentence_zh
    assert "不等于因果" in effect.sentence_zh
    assert "not a cause" in effect.sentence_en


def test_the_same_seed_gives_the_same_interval(scene: SimpleNamespace):
    posts = reaction(scene, before=0.2, after=0.3)
    one, two, other = (response_effect(posts, at=scene.at(AT), seed=seed) for seed in (1, 1, 2))
    assert one == two
    assert one.windows != other.windows


def test_the_placebo_tells_a_change_from_a_drift(scene: SimpleNamespace):
    calm = reaction(scene, before=0.1, after=0.6, n=3000, hours=30)
    real = response_effect(calm, at=scene.at(AT), minutes=(60,)).windows[0]
    none = response_effect(calm, at=scene.at(AT + 700), minutes=(60,)).windows[0]
    assert real.placebo_p is not None
    assert real.placebo_p < 0.05
    assert none.placebo_p is not None
    assert none.placebo_p > 0.05


def test_no_placebo_without_room(scene: SimpleNamespace):
    posts = reaction(scene, before=0.1, after=0.6, hours=6)
    assert response_effect(posts, at=scene.at(AT), minutes=(120,)).windows[0].placebo_p is None


def test_times_without_a_zone_are_shanghai(scene: SimpleNamespace):
    posts = reaction(scene, before=0.1, after=0.5)
    assert response_effect(posts, at="2025-04-08 03:00") == response_effect(posts, at=scene.at(AT))


def test_the_result_is_plain_data(scene: SimpleNamespace):
    effect = response_effect(
        reaction(scene, before=0.1, after=0.5),
        at=scene.at(AT),
        text="致歉",
        codes=["apology"],
        source_post_id="p1",
    )
    entry = json.loads(json.dumps(effect.to_dict(), ensure_ascii=False))
    assert entry["at"] == "2025-04-08T03:00:00+08:00"
    assert (entry["text"], entry["codes"], entry["source_post_id"]) == ("致歉", ["apology"], "p1")
    assert [window["minutes"] for window in entry["windows"]] == [15, 30, 60, 120]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"at": "noonish"}, "'noonish' cannot be read: write it like"),
        ({"minutes": ()}, "windows must be 1 minute or more"),
        ({"minutes": (0,)}, "windows must be 1 minute or more"),
        ({"min_posts": 0}, "must be 1 or more, not 0"),
        ({"resamples": 0}, "must be 1 or more"),
    ],
)
def test_unusable_options_are_explained(scene: SimpleNamespace, options: dict[str, object], message: str):
    posts = reaction(scene, before=0.1, after=0.5, n=50)
    with pytest.raises(InputError, match=message):
        response_effect(posts, **{"at": scene.at(AT), **options})


def test_missing_columns_are_named():
    with pytest.raises(SchemaError, match="response_effect needs the columns"):
        response_effect(pd.DataFrame({"text": ["好的"]}), at="2025-04-11 17:05")


def test_a_response_named_by_the_caller_belongs_to_no_service(scene: SimpleNamespace):
    posts = reaction(scene, before=0.1, after=0.5, n=50)
    assert response_effect(posts, at=scene.at(AT)).service is None
    assert response_effect(posts, at=scene.at(AT), service="美团").service == "美团"


def test_a_time_that_is_none_is_one_sentence():
    with pytest.raises(InputError, match="'昨天下午' cannot be read: write it like"):
        response_time("昨天下午")


def test_all_three_measures_have_a_difference_and_an_interval(scene: SimpleNamespace):
    posts = reaction(scene, before=0.1, after=0.5)
    later = posts["created_at"] >= scene.at(AT)
    posts["asks_help"] = np.random.default_rng(4).random(len(posts)) < np.where(later, 0.1, 0.5)
    main = response_effect(posts, at=scene.at(AT)).main
    assert main.complaint_diff == pytest.approx(main.complaint_after - main.complaint_before)
    assert main.help_diff == pytest.approx(main.help_after - main.help_before)
    assert main.complaint_low < main.complaint_diff < main.complaint_high < 0
    assert main.help_low < main.help_diff < main.help_high < 0


def test_a_side_without_any_understanding_is_not_certain(scene: SimpleNamespace):
    posts = reaction(scene, before=0.0, after=0.0, n=240)
    main = response_effect(posts, at=scene.at(AT)).main
    assert main.diff == 0
    assert main.low < 0 < main.high


def test_a_change_under_way_before_is_no_clear_change(scene: SimpleNamespace):
    rng = np.random.default_rng(8)
    minutes = np.sort(rng.integers(0, 360, 12_000))
    share = 0.1 + 0.8 * minutes / 360
    stance = np.where(rng.random(12_000) < share, "understanding", "complaint")
    names = [f"a{k}" for k in range(12_000)]
    posts = scene.together(scene.posts_at(minutes, rng, stance=stance, author=names))
    effect = response_effect(posts, at=scene.at(AT), minutes=(60,))
    assert effect.main.low > 0.05
    assert (effect.trend.moving, effect.trend.jumped) == (1, 0)
    assert effect.verdict == "no_clear_change"
    assert any("公告前就已在上升" in words for words in effect.beside_zh)
    assert any("already rising before" in words for words in effect.beside_en)


def test_every_sentence_stands_in_both_languages(scene: SimpleNamespace):
    effect = response_effect(reaction(scene, before=0.1, after=0.5), at=scene.at(AT))
    assert len(effect.beside_zh) == len(effect.beside_en) == 2  # rates and trend; nothing was commented
    empty = response_effect(reaction(scene, before=0.1, after=0.5, n=20), at=scene.at(AT))
    assert empty.beside_zh == ("帖子太少，看不出公告之前的走势。",)
    assert empty.to_dict()["main"] is None
