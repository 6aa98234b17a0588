"""From posts to incidents, end to end."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sentiment.config import DetectionSettings
from sentiment.errors import SchemaError
from sentiment.incidents import Incident, Incidents, count_posts, find_incidents, response_effect
from sentiment.schema import ZONE

ONSET = 3 * 1440 + 1080


def found_in(posts: pd.DataFrame, **options: object) -> Incidents:
    return find_incidents(posts, count_posts(posts), **options)


def near(one: pd.Timestamp | None, other: pd.Timestamp, minutes: float) -> bool:
    return one is not None and abs(one - other) <= pd.Timedelta(minutes=minutes)


@pytest.fixture(name="outage", scope="module")
def _outage(outage_day: pd.DataFrame) -> Incident:
    incidents = found_in(outage_day).incidents
    assert len(incidents) == 1
    return incidents[0]


def test_an_outage_after_ordinary_days(outage: Incident, scene: SimpleNamespace):
    onset = scene.at(ONSET)
    assert (outage.kind, outage.service) == ("outage", "美团")
    assert near(outage.onset, onset, 3)
    assert outage.onset_low is not None
    assert outage.onset_low <= outage.onset <= outage.onset_high
    assert onset < outage.detected_at <= onset + pd.Timedelta(minutes=4)
    assert onset < outage.peak <= onset + pd.Timedelta(minutes=65)
    assert near(outage.recovery, scene.at(ONSET + 74), 12)
    assert near(outage.end, scene.at(ONSET + 120), 40)


def test_its_numbers_are_counted_from_the_posts(outage: Incident, outage_day: pd.DataFrame):
    inside = outage_day["created_at"].between(outage.onset, outage.end, inclusive="left")
    posts = outage_day[inside & outage_day["service"].isin(["美团", ""])]
    assert outage.posts == len(posts)
    assert outage.authors == posts["author"].nunique()
    assert outage.outage_posts == posts["outage"].sum()
    stances = (outage.complaint_posts, outage.understanding_posts, outage.neutral_posts)
    assert stances == tuple((posts["stance"] == s).sum() for s in ("complaint", "understanding", "neutral"))
    assert outage.volume_ratio == pytest.approx(outage.posts / outage.expected, rel=0.01)
    assert outage.volume_ratio > 6
    assert outage.severity == 2
    start = outage.peak - pd.Timedelta(minutes=outage.scale_minutes // 2)
    stop = start + pd.Timedelta(minutes=outage.scale_minutes)
    assert outage.peak_count == posts["created_at"].between(start, stop, inclusive="left").sum()


def test_evidence_exists_and_was_posted_during_it(outage: Incident, outage_day: pd.DataFrame):
    shown = outage_day.set_index("post_id").loc[list(outage.evidence_post_ids)]
    assert len(shown) == 50
    assert shown["created_at"].between(outage.onset, outage.end).all()
    assert (shown["outage"] | (shown["stance"] == "complaint")).all()


def test_phases_follow_each_other(outage: Incident):
    assert [name for name, _, _ in outage.phases] == ["escalation", "plateau", "recovery"]
    assert outage.phases[0][1] == outage.onset
    assert outage.phases[-1][2] == outage.end
    assert all(one[2] == two[1] for one, two in zip(outage.phases, outage.phases[1:], strict=False))


def test_the_entry_of_incidents_json(outage: Incident, outage_day: pd.DataFrame):
    entry = outage.to_dict()
    first = [
        "id",
        "service",
        "kind",
        "onset",
        "onset_low",
        "onset_high",
        "peak",
        "peak_count",
        "end",
        "detected_at",
        "severity",
        "responses",
        "evidence_post_ids",
    ]
    assert list(entry)[: len(first)] == first
    assert entry["onset"].endswith("+08:00")
    assert pd.Timestamp(entry["onset"]) == outage.onset
    text = json.dumps(found_in(outage_day).to_dict(), ensure_ascii=False)
    assert json.loads(text)["schema"] == 1
    assert json.loads(text)["incidents"][0] == entry
    table = found_in(outage_day).table()
    assert table.loc[0, "id"] == outage.id == f"{outage.onset:%Y%m%dT%H%M}-美团"


def test_ordinary_days_hold_no_incident(scene: SimpleNamespace):
    rng = np.random.default_rng(5)
    assert found_in(scene.together(scene.ordinary(rng, days=6, rate=3.0))).incidents == ()


def test_zero_rows_make_no_difference(outage_day: pd.DataFrame):
    bare = find_incidents(outage_day, count_posts(outage_day, zeros=False))
    assert bare.to_dict() == found_in(outage_day).to_dict()


def test_the_input_stays_as_it_was(outage_day: pd.DataFrame):
    counts = count_posts(outage_day)
    before = outage_day.copy(deep=True), counts.copy(deep=True)
    find_incidents(outage_day, counts)
    pd.testing.assert_frame_equal(outage_day, before[0])
    pd.testing.assert_frame_equal(counts, before[1])


@pytest.mark.parametrize(("rate", "height", "delay"), [(0.2, 3.0, 12), (20.0, 20.0, 6)])
def test_low_and_high_rates(scene: SimpleNamespace, rate: float, height: float, delay: int):
    rng = np.random.default_rng(8)
    posts = scene.together(
        scene.ordinary(rng, days=4, rate=rate), scene.outage(rng, onset=ONSET, rate=height)
    )
    (incident,) = found_in(posts).incidents
    assert near(incident.onset, scene.at(ONSET), 10)
    assert near(incident.detected_at, scene.at(ONSET), delay)


def test_a_crawl_begun_in_mid_outage_invents_no_baseline(scene: SimpleNamespace):
    rng = np.random.default_rng(9)
    going_on = scene.outage(rng, onset=-40, rate=60.0, plateau=120, decay=60.0)
    going_on = going_on[going_on["created_at"] >= scene.at(0)]
    posts = scene.together(going_on, scene.ordinary(rng, days=2, rate=2.0))
    first = found_in(posts).incidents[0]
    assert first.onset_censored
    assert first.onset_low is None
    assert first.escalation is None
    assert near(first.onset, scene.at(0), 1)
    assert (first.volume_ratio, first.expected) == (None, None)
    assert {"onset_censored", "no_baseline"} <= set(first.notes)
    assert first.end is not None
    assert scene.at(150) < first.end < scene.at(400)


def test_a_short_crawl_inside_an_outage(scene: SimpleNamespace):
    rng = np.random.default_rng(10)
    posts = scene.outage(rng, onset=-40, rate=20.0, plateau=400)
    posts = scene.together(posts[posts["created_at"].between(scene.at(0), scene.at(180))])
    (incident,) = found_in(posts).incidents
    assert incident.end is None
    assert {"onset_censored", "no_baseline", "ongoing"} <= set(incident.notes)


@pytest.mark.parametrize("before", [30, 180])
def test_a_crawl_begun_shortly_before(scene: SimpleNamespace, before: int):
    rng = np.random.default_rng(11)
    posts = scene.together(
        scene.ordinary(rng, days=0.5, rate=2.0), scene.outage(rng, onset=before, rate=40.0)
    )
    (incident,) = found_in(posts).incidents
    assert not incident.onset_censored
    assert near(incident.onset, scene.at(before), 4)
    assert "short_history" in incident.notes


@pytest.mark.parametrize("cap", [None, 200])
def test_a_keyword_crawl_where_every_row_is_evidence(scene: SimpleNamespace, cap: int | None):
    rng = np.random.default_rng(12)
    calm = scene.ordinary(rng, days=5, rate=0.3).assign(outage=True, stance="complaint")
    posts = scene.together(calm, scene.outage(rng, onset=ONSET, rate=20.0).assign(outage=True))
    if cap:  # the search shows the newest of each hour only
        hours = posts["created_at"].dt.floor("h")
        posts = posts.sort_values("created_at").groupby(hours.sort_values(), sort=False).tail(cap)
    incidents = found_in(posts).incidents
    assert len(incidents) == 1
    assert incidents[0].kind == "outage"
    assert near(incidents[0].onset, scene.at(ONSET), 60 if cap else 4)


@pytest.mark.parametrize(
    ("name", "columns", "kind"),
    [
        ("gossip", {"stance": "neutral", "own_text": "听说要和对手合并了"}, "gossip"),
        ("campaign", {"stance": "neutral", "own_text": "快来领券，满减优惠券送不停"}, "campaign"),
        ("spam", {"stance": "complaint", "outage": True, "author": ["a", "b", "c"] * 300}, "spam"),
    ],
)
def test_other_spikes_are_named(scene: SimpleNamespace, name: str, columns: dict[str, object], kind: str):
    rng = np.random.default_rng(13)
    minutes = np.sort(rng.integers(ONSET, ONSET + 90, 900))
    usual = {"author": [f"{name}{k}" for k in range(900)], "service": "美团"}
    spike = scene.posts_at(minutes, rng, **{**usual, **columns})
    found = found_in(scene.together(scene.ordinary(rng, days=4, rate=2.0), spike))
    assert found.incidents == ()
    spikes = [one for one in found.other_spikes if near(one.onset, scene.at(ONSET), 10)]
    assert [one.kind for one in spikes] == [kind]


def test_complaints_without_outage_evidence_are_unclear(scene: SimpleNamespace):
    rng = np.random.default_rng(14)
    minutes = np.sort(rng.integers(ONSET, ONSET + 90, 600))
    angry = scene.posts_at(minutes, rng, stance="complaint", author=[f"c{k}" for k in range(600)])
    (incident,) = found_in(scene.together(scene.ordinary(rng, days=4, rate=2.0), angry)).incidents
    assert incident.kind == "unclear"


def test_too_few_authors_are_no_incident(scene: SimpleNamespace, outage_day: pd.DataFrame):
    assert found_in(outage_day, settings=DetectionSettings(min_authors=10_000)).incidents == ()
    assert len(found_in(outage_day, settings=DetectionSettings(min_authors=500)).incidents) == 1


def test_two_waves_are_one_incident(scene: SimpleNamespace):
    rng = np.random.default_rng(16)
    waves = [scene.outage(rng, onset=ONSET + k, rate=40.0, plateau=30, decay=8.0) for k in (0, 92)]
    (incident,) = found_in(scene.together(scene.ordinary(rng, days=4, rate=2.0), *waves)).incidents
    assert "second_wave" in incident.notes
    assert incident.end is not None
    assert incident.end > scene.at(ONSET + 115)


@pytest.mark.parametrize(("decay", "later"), [(8.0, 120), (120.0, 400)])
def test_an_outage_after_a_quiet_hour_or_a_long_fade_is_another_one(
    scene: SimpleNamespace, decay: float, later: int
):
    rng = np.random.default_rng(16)
    posts = scene.together(
        scene.ordinary(rng, days=5, rate=2.0),
        scene.outage(rng, onset=ONSET, rate=40.0, plateau=30, decay=decay),
        scene.outage(rng, onset=ONSET + later, rate=40.0, plateau=30, decay=8.0),
    )
    first, second = found_in(posts).incidents
    assert near(first.onset, scene.at(ONSET), 4)
    assert near(second.onset, scene.at(ONSET + later), 4)
    assert first.end is not None
    assert first.end <= second.onset
    assert "again" in second.notes


def test_unnamed_posts_are_divided_as_the_named_ones(scene: SimpleNamespace):
    rng = np.random.default_rng(23)
    names = {"美团": 40.0, "建行": 20.0}
    scenes = [scene.ordinary(rng, days=4, rate=1.0, service=name) for name in names]
    scenes += [scene.outage(rng, onset=ONSET, rate=rate, service=name) for name, rate in names.items()]
    found = {one.service: one for one in found_in(scene.together(*scenes)).incidents}
    assert found["美团"].outage_posts / found["建行"].outage_posts == pytest.approx(2.0, rel=0.15)
    planted = sum(int(one["outage"].sum()) for one in scenes[2:])
    assert sum(one.outage_posts for one in found.values()) == pytest.approx(planted, rel=0.05)
    assert found["美团"].linked == (found["建行"].id,)


@pytest.mark.parametrize(("complaint", "outage"), [(0.06, 0.03), (0.10, 0.10), (0.15, 0.05)])
def test_a_storm_of_talk_is_gossip(scene: SimpleNamespace, complaint: float, outage: float):
    rng = np.random.default_rng(24)
    t = np.arange(900)
    shape = np.where(t < 120, t / 120, np.exp(-(t - 120) / 250))
    minutes = np.repeat(ONSET + t, rng.poisson(40.0 * shape))
    n = len(minutes)
    storm = scene.posts_at(
        minutes,
        rng,
        stance=rng.choice(["neutral", "complaint"], n, p=[1 - complaint, complaint]),
        outage=rng.random(n) < outage,
        service="美团",
        author=[f"g{k}" for k in range(n)],
    )
    found = found_in(scene.together(scene.ordinary(rng, days=5, rate=2.0), storm))
    assert found.incidents == ()
    assert {one.kind for one in found.other_spikes} == {"gossip"}


def test_the_scale_follows_the_rate(scene: SimpleNamespace):
    rng = np.random.default_rng(25)
    often, seldom = (
        scene.ordinary(rng, days=4, rate=r, service=s) for r, s in ((2.0, "美团"), (0.02, "建行"))
    )
    assert found_in(scene.together(often, seldom)).scale == {"*": 120, "美团": 120, "建行": 2880}


def test_two_services_are_told_apart(scene: SimpleNamespace):
    rng = np.random.default_rng(17)
    names = {"美团": ONSET, "淘宝": ONSET - 600}
    scenes = [scene.ordinary(rng, days=4, rate=2.0, service=name) for name in names]
    scenes += [scene.outage(rng, onset=onset, rate=30.0, service=name) for name, onset in names.items()]
    found = {one.service: one for one in found_in(scene.together(*scenes)).incidents}
    assert set(found) == set(names)
    assert all(near(found[name].onset, scene.at(onset), 4) for name, onset in names.items())


@pytest.mark.parametrize("lag", [-30, 20])
def test_a_small_outage_beside_a_large_one_is_an_incident(scene: SimpleNamespace, lag: int):
    rng = np.random.default_rng(27)
    large = scene.outage(rng, onset=ONSET, rate=500.0, plateau=120)
    small = scene.outage(rng, onset=ONSET + lag, rate=5.0, service="饿了么")
    calm = [scene.ordinary(rng, days=4, rate=1.0, service=name) for name in ("美团", "饿了么")]
    found = {one.service: one for one in found_in(scene.together(*calm, large, small)).incidents}
    assert set(found) == {"美团", "饿了么"}
    assert near(found["饿了么"].onset, scene.at(ONSET + lag), 6)
    assert found["美团"].id in found["饿了么"].linked


def test_talk_about_a_large_outage_that_names_another_service_is_none(scene: SimpleNamespace):
    rng = np.random.default_rng(28)
    minutes = ONSET + rng.exponential(60, 500).astype(int)
    told = {"outage": rng.random(500) < 0.2, "author": [f"t{k}" for k in range(500)]}
    talk = scene.posts_at(minutes, rng, service="饿了么", **told)
    calm = [scene.ordinary(rng, days=4, rate=1.0, service=name) for name in ("美团", "饿了么")]
    found = found_in(scene.together(*calm, scene.outage(rng, onset=ONSET, rate=500.0, plateau=120), talk))
    assert [one.service for one in found.incidents] == ["美团"]
    assert "spillover" in next(one for one in found.other_spikes if one.service == "饿了么").notes


@pytest.mark.parametrize(("times", "told"), [(1.0, False), (1.5, False), (4.0, True)])
def test_a_wave_in_the_midst_of_an_outage_is_told(scene: SimpleNamespace, times: float, told: bool):
    rng = np.random.default_rng(29)
    outage = scene.outage(rng, onset=ONSET, rate=30.0, plateau=300)
    wave = scene.outage(rng, onset=ONSET + 150, rate=30.0 * (times - 1), plateau=40)
    found = found_in(scene.together(scene.ordinary(rng, days=4, rate=2.0), outage, wave)).incidents
    assert [("second_wave" in one.notes) for one in found] == [told]


def test_an_outage_of_several_services_at_once(scene: SimpleNamespace):
    rng = np.random.default_rng(18)
    names = ("美团", "淘宝", "滴滴")
    scenes = [scene.ordinary(rng, days=4, rate=2.0, service=name) for name in names]
    scenes += [scene.outage(rng, onset=ONSET, rate=30.0, service=name) for name in names]
    incidents = found_in(scene.together(*scenes)).incidents
    assert {one.service for one in incidents} == set(names)
    assert all({"concurrent", "common_cause"} <= set(one.notes) for one in incidents)
    assert all(len(one.linked) == 2 for one in incidents)


def test_an_outage_that_names_nothing_has_no_service(scene: SimpleNamespace):
    rng = np.random.default_rng(19)
    posts = scene.together(
        scene.ordinary(rng, days=4, rate=2.0).assign(service=""),
        scene.outage(rng, onset=ONSET, rate=30.0).assign(service=""),
    )
    (incident,) = found_in(posts).incidents
    assert incident.service is None
    assert incident.id.endswith("-all")


def test_the_service_that_the_caller_named(scene: SimpleNamespace):
    rng = np.random.default_rng(19)
    posts = scene.together(
        scene.ordinary(rng, days=4, rate=2.0).assign(service=""),
        scene.outage(rng, onset=ONSET, rate=30.0).assign(service=""),
    )
    (incident,) = find_incidents(posts, count_posts(posts, service="美团")).incidents
    assert incident.service == "美团"
    assert incident.posts > 2000


def test_an_outage_at_the_end_of_the_data_lasts(scene: SimpleNamespace):
    rng = np.random.default_rng(20)
    posts = scene.together(scene.ordinary(rng, days=3.8, rate=2.0), scene.outage(rng, onset=ONSET, rate=40.0))
    (incident,) = found_in(posts[posts["created_at"] < scene.at(ONSET + 25)]).incidents
    assert incident.end is None
    assert "ongoing" in incident.notes
    assert incident.to_dict()["end"] is None


def test_a_burst_over_days_in_a_sparse_series(scene: SimpleNamespace):
    rng = np.random.default_rng(21)
    minutes = np.concatenate([rng.integers(0, 200 * 1440, 800), rng.integers(120 * 1440, 124 * 1440, 160)])
    share = np.where((minutes >= 120 * 1440) & (minutes < 124 * 1440), 0.8, 0.1)
    told = rng.random(len(minutes)) < share
    stance = np.where(told, "complaint", "neutral")
    posts = scene.together(
        scene.posts_at(minutes, rng, stance=stance, outage=told, service="米家", author="")
    )
    incidents = found_in(posts).incidents
    inside = [
        one for one in incidents if one.onset <= scene.at(124 * 1440) and one.peak >= scene.at(119 * 1440)
    ]
    assert inside
    assert len(incidents) - len(inside) <= 2


@pytest.mark.parametrize("n", [0, 1, 5])
def test_tiny_inputs(scene: SimpleNamespace, n: int):
    posts = scene.together(scene.ordinary(np.random.default_rng(1), days=2, rate=2.0)).iloc[:n]
    found = found_in(posts)
    assert found.incidents == found.other_spikes == ()
    assert list(found.table().columns)[:3] == ["id", "service", "kind"]


def test_all_untimed_or_all_in_one_minute(scene: SimpleNamespace):
    posts = scene.together(scene.ordinary(np.random.default_rng(1), days=0.2, rate=1.0)).assign(outage=True)
    untimed = posts.assign(created_at=pd.Series(pd.DatetimeIndex([pd.NaT] * len(posts)).tz_localize(ZONE)))
    assert found_in(untimed).incidents == ()
    assert found_in(posts.assign(created_at=scene.at(0))).incidents == ()


def test_responses_are_attached_to_their_incident(scene: SimpleNamespace, outage_day: pd.DataFrame):
    times = [scene.at(ONSET + 30), scene.at(100)]
    effects = [response_effect(outage_day, at=at, text="致歉", codes=("apology",)) for at in times]
    (incident,) = found_in(outage_day, responses=effects).incidents
    assert [one.at for one in incident.responses] == [times[0]]
    assert incident.to_dict()["responses"][0]["codes"] == ["apology"]


def test_missing_columns_are_named(outage_day: pd.DataFrame):
    with pytest.raises(SchemaError, match="find_incidents needs the column stance"):
        find_incidents(outage_day.drop(columns="stance"), count_posts(outage_day))
    with pytest.raises(SchemaError, match="find_incidents needs the columns bucket"):
        find_incidents(outage_day, pd.DataFrame({"n": [1]}))
