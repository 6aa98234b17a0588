"""The label desk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.training.agreement import agreement, cohens_kappa
from sentiment.training.corpus import first_problem, read_labels
from sentiment.training.desk import add_labels, label_queue, parse_answer, read_desk, take_back

TEXTS = [
    "美团又崩了，退钱，垃圾", "美團又崩了，退钱，垃圾", "转发微博", "😡😡", "ok fine", "",
    "说好的恢复呢，就这", "行吧，等等看", "慢慢来不急", "今天吃什么", "这波操作可以", "客服态度还行吧",
    "订单转圈", "优惠券到了", "算了算了", "骑手说系统有问题",
]  # fmt: skip


@pytest.fixture
def posts() -> pd.DataFrame:
    return pd.DataFrame({"post_id": [f"p{n}" for n in range(len(TEXTS))], "text": TEXTS})


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("c", {"label": "complaint", "severity": "", "outage": "0"}),
        ("c2os", {"label": "complaint", "severity": "2", "outage": "1", "sarcasm": "1"}),
        (" \uff2e i ", {"label": "neutral", "neutral_kind": "info"}),
        ("um", {"label": "understanding", "mixed": "1"}),
        ("nxo", {"label": "neutral", "neutral_kind": "irrelevant", "outage": "1"}),
    ],
)
def test_a_few_keys_are_a_label(keys: str, expected: dict[str, str]) -> None:
    row = parse_answer(keys)
    assert expected.items() <= row.items()
    frame = pd.DataFrame([{"text": "x", "service": "", "topics": "", **row}])
    assert first_problem(frame) is None


@pytest.mark.parametrize("keys", ["", "z", "2c", "u2", "ci", "c9", "oc"])
def test_other_keys_are_one_sentence(keys: str) -> None:
    with pytest.raises(InputError, match=r"does not begin|means nothing"):
        parse_answer(keys)


def test_the_queue_holds_each_readable_post_once(posts: pd.DataFrame) -> None:
    queue = label_queue(posts)
    assert len(queue) == 11
    assert not set(queue["text"]) & {"转发微博", "😡😡", "ok fine", ""}
    assert set(queue["reason"]) == {"unsure"}
    assert label_queue(posts, n=3)["text"].tolist() == queue["text"].head(3).tolist()


def test_unlike_posts_come_before_like_ones() -> None:
    like = [f"说好的恢复呢，就这{end}" for end in ("", "吗", "啊", "呢", "吧", "么")]
    posts = pd.DataFrame({"text": [*like, "行吧，那就再等等看看好了"]})
    assert "行吧，那就再等等看看好了" in label_queue(posts, n=2)["text"].tolist()


def test_a_random_queue_is_the_same_every_time(posts: pd.DataFrame) -> None:
    first, second = (label_queue(posts, n=5, at_random=True) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert set(first["reason"]) == {"random"}


def test_labels_are_kept_taken_up_again_and_taken_back(posts: pd.DataFrame, tmp_path: Path) -> None:
    place = tmp_path / "new" / "labels.csv"
    queue = label_queue(posts, labels=place, n=4)
    assert add_labels(place, queue, ["c1o", "", "ni"]) == 2
    labels = read_labels(place)
    assert labels["text"].tolist() == queue["text"].iloc[[0, 2]].tolist()
    assert labels["id"].tolist() == queue["post_id"].iloc[[0, 2]].tolist()
    again = label_queue(posts, labels=place, n=20)
    assert not set(again["text"]) & set(labels["text"])
    assert queue["text"].iloc[1] in again["text"].tolist()
    assert take_back(place) == labels["text"].iloc[1]
    assert len(read_desk(place)) == 1
    assert take_back(place, annotator="b") is None


def test_a_post_like_a_formula_comes_back_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "labels.csv"
    posts = pd.DataFrame({"text": ["=SUM(1)崩了", "@客服 退钱", "-1分，闪退"]})
    queue = label_queue(posts)
    add_labels(place, queue, ["c", "c", "c"])
    assert ",'=SUM(1)崩了," in place.read_text(encoding="utf-8")
    assert read_labels(place)["text"].tolist() == queue["text"].tolist()
    assert label_queue(posts, labels=place).empty


def test_a_wrong_answer_writes_nothing(posts: pd.DataFrame, tmp_path: Path) -> None:
    place = tmp_path / "labels.csv"
    queue = label_queue(posts, n=2)
    with pytest.raises(InputError, match="means nothing"):
        add_labels(place, queue, ["c", "cz"])
    with pytest.raises(InputError, match="3 answers for 2 posts"):
        add_labels(place, queue, ["c", "c", "c"])
    assert not place.exists()


def test_a_second_annotator_is_asked_for_the_same_posts_first(posts: pd.DataFrame, tmp_path: Path) -> None:
    place = tmp_path / "labels.csv"
    first = label_queue(posts, n=4)
    add_labels(place, first, ["c", "u", "ni", "nh"])
    second = label_queue(posts, labels=place, annotator="b", n=6, overlap=3)
    assert second["reason"].tolist() == ["second opinion"] * 3 + ["unsure"] * 3
    assert second["text"].head(3).tolist() == first["text"].head(3).tolist()
    assert not set(second["text"].tail(3)) & set(first["text"])
    add_labels(place, second, ["c", "u", "u"], annotator="b")
    assert "second opinion" not in set(label_queue(posts, labels=place, annotator="b", overlap=3)["reason"])
    found = agreement(place)
    assert (found.annotators, found.posts) == (("a", "b"), 3)
    assert found.equal == pytest.approx(2 / 3)
    assert found.apart.to_numpy().tolist() == [[first["text"].iloc[2], "neutral", "understanding"]]
    assert "kappa of stance" in found.to_text()


def test_kappa_by_hand() -> None:
    one = np.array(["c"] * 5 + ["n"] * 5)
    other = np.array(["c"] * 4 + ["n"] * 6)
    assert cohens_kappa(one, other) == pytest.approx((0.9 - 0.5) / 0.5)
    assert cohens_kappa(one, one) == 1
    assert cohens_kappa(np.array(["c", "n"]), np.array(["n", "c"])) == -1
    assert cohens_kappa(np.array(["c"]), np.array(["c"])) == 1


def test_one_annotator_alone_has_no_agreement(posts: pd.DataFrame, tmp_path: Path) -> None:
    add_labels(tmp_path / "labels.csv", label_queue(posts, n=1), ["c"])
    with pytest.raises(InputError, match="No post was labelled by two annotators"):
        agreement(tmp_path / "labels.csv")


def test_posts_without_text_are_one_sentence() -> None:
    with pytest.raises(InputError, match="need a column text; there is content"):
        label_queue(pd.DataFrame({"content": ["崩了"]}))
