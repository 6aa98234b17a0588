"""Incidents and responses as the report tells them."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.report import Ledger
from sentiment.report.incident import describe_incident, list_responses, main_incident


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([("unclear", 4, 900), ("outage", 1, 10)], 1),
        ([("outage", 2, 10), ("outage", 3, 5)], 1),
        ([("outage", 2, 10), ("outage", 2, 50)], 1),
        ([("outage", 0, 0)], 0),
    ],
)
def test_main_incident(items: list[tuple[str, int, int]], expected: int):
    found = [{"kind": kind, "severity": severity, "posts": posts} for kind, severity, posts in items]
    assert main_incident(found) is found[expected]


def test_length_and_delay(world: SimpleNamespace, annotated: pd.DataFrame):
    told = describe_incident(world.incident(annotated), 1, annotated, Ledger(annotated))
    assert (told["minutes"], told["delay"]) == (112.0, 4.0)
    assert "responses" not in told


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [({"end": None}, "minutes", None), ({"onset_censored": True}, "delay", None)],
)
def test_what_is_not_known_is_not_given(
    world: SimpleNamespace, annotated: pd.DataFrame, changes: dict[str, object], name: str, value: object
):
    item = {**world.incident(annotated), **changes}
    assert describe_incident(item, 1, annotated, Ledger(annotated))[name] is value


def test_onset_evidence_lies_at_the_onset(world: SimpleNamespace, annotated: pd.DataFrame):
    ledger = Ledger(annotated)
    item = world.incident(annotated)
    told = describe_incident(item, 1, annotated, ledger)
    claim = ledger.to_dict()["claims"][told["claims"]["onset"]]
    times = annotated.set_index("post_id").loc[claim["post_ids"], "created_at"]
    assert claim["total"] > 0
    assert times.min() >= pd.Timestamp(item["onset"])
    assert times.max() <= pd.Timestamp(item["onset"]) + pd.Timedelta("10min")


def test_volume_counts_the_posts_of_the_service(world: SimpleNamespace, annotated: pd.DataFrame):
    other = annotated.assign(service="白鹭打车")
    ledger = Ledger(other)
    told = describe_incident(world.incident(other), 1, other, ledger)
    assert ledger.to_dict()["claims"][told["claims"]["volume"]]["total"] == 0


def test_responses_come_once_and_in_time_order(world: SimpleNamespace, annotated: pd.DataFrame):
    late = {**world.effect(), "at": "2025-06-18T13:20:00+08:00"}
    items = [{"responses": [late, world.effect()]}, {"responses": [world.effect()]}]
    told = list_responses(items, annotated, Ledger(annotated))
    assert [response["at"] for response in told] == sorted({late["at"], world.effect()["at"]})
    assert [response["place"] for response in told] == [1, 2]


def test_an_official_text_must_be_in_its_post(world: SimpleNamespace, annotated: pd.DataFrame):
    post = annotated.iloc[0]
    true = {**world.effect(), "source_post_id": post["post_id"], "text": post["text"]}
    (told,) = list_responses([{"responses": [true]}], annotated, Ledger(annotated))
    assert told["text"] == post["text"]
    with pytest.raises(InputError, match="word for word"):
        list_responses([{"responses": [{**true, "text": "我们从没出过问题"}]}], annotated, Ledger(annotated))


def test_objects_with_to_dict_are_as_good_as_mappings(world: SimpleNamespace, annotated: pd.DataFrame):
    effect = SimpleNamespace(to_dict=world.effect)
    (told,) = list_responses([{"responses": [effect]}], annotated, Ledger(annotated))
    assert told["verdict"] == "more_understanding"
