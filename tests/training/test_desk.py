"""The label desk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment.errors import InputError
from sentiment.schema import TOPIC_IDS
from sentiment.training.agreement import agreement, cohens_kappa
from sentiment.training.corpus import ANSWERS, first_problem, read_labels
from sentiment.training.desk import add_labels, label_queue, read_desk, take_back
from sentiment.training.evaluate import evaluate
from sentiment.training.keys import COLUMNS_OF, keys_help, parse_answer, questions
from sentiment.training.teach import teach

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
    assert found.apart.to_numpy().tolist() == [[first["text"].iloc[2], "neutral", "understanding", "stance"]]
    assert "kappa of stance" in found.to_text()


ALL = "stance,outage,service,topics"


@pytest.mark.parametrize(
    ("keys", "ask", "expected"),
    [
        ("c2o @MT #takeout #pay", ALL, {"severity": "2", "service": "美团", "topics": "takeout;payment"}),
        ("ni", ALL, {"outage": "0", "service": "-", "topics": "-"}),
        ("\uff23 ＠Apple Music ＃外卖、客服", ALL, {"service": "Apple Music", "topics": "takeout;support"}),
        ("um", "stance", {"label": "understanding", "mixed": "1"}),
        ("o", "outage", {"outage": "1"}),
        ("-", ["topics", "outage"], {"outage": "0", "topics": "-"}),
        ("@哔哩哔哩", "service", {"service": "B站"}),
        ("#official_response #other#", "topics", {"topics": "official_response;other"}),
    ],
)
def test_a_line_answers_all_that_is_asked_and_nothing_else(
    keys: str, ask: str | list[str], expected: dict[str, str]
) -> None:
    row = parse_answer(keys, ask)
    assert expected.items() <= row.items()
    assert set(row) == {column for name in questions(ask) for column in COLUMNS_OF[name]}


@pytest.mark.parametrize(
    ("keys", "ask", "sentence"),
    [
        ("c @美团", "stance", "'美团' answers nothing here: service is not asked for."),
        ("co", "stance", "'o' means nothing after complaint."),
        ("c #x", ALL, "Unknown topic 'x'"),
        ("c #t", ALL, "'t' begins takeout and travel_tickets and trust"),
        ("c @美团 @饿了么", ALL, "one service, not 美团 and 饿了么"),
        ("", "service", "An empty line answers nothing"),
        ("c", "outage,topics", "'c' means nothing here; outage, topics is asked for."),
        ("c", "stance,mood", "Unknown question 'mood'"),
        ("c", ",", "Nothing is asked: name one or more of stance, outage, service, topics"),
    ],
)
def test_an_answer_nobody_asked_for_is_one_sentence(keys: str, ask: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        parse_answer(keys, ask)


def test_every_topic_can_be_typed_and_the_help_names_it() -> None:
    for topic in TOPIC_IDS:
        assert parse_answer(f"#{topic}", "topics") == {"topics": topic}
        assert topic in keys_help("topics")
    assert "takeout" not in keys_help()
    assert "o evidence" not in keys_help("stance,topics")


def test_more_is_asked_of_posts_labelled_before_and_kept_beside(posts: pd.DataFrame, tmp_path: Path) -> None:
    place = tmp_path / "labels.csv"
    queue = label_queue(posts, n=3)
    add_labels(place, queue, ["c2o", "ni", "u"])
    more = label_queue(posts, labels=place, n=4, ask="service,topics")
    assert more["reason"].tolist() == ["begun"] * 3 + ["unsure"]
    assert more["text"].head(3).tolist() == queue["text"].tolist()
    add_labels(place, more, ["@美团 #acc", "-", "", "@B站"], ask="service,topics")
    labels = read_desk(place).set_index("text")
    assert len(labels) == 4
    asked = ["label", "severity", "outage", "service", "topics"]
    assert labels.loc[queue["text"].iloc[0], asked].tolist() == ["complaint", "2", "1", "美团", "access"]
    assert labels.loc[queue["text"].iloc[1], asked].tolist() == ["neutral", "", "0", "-", "-"]
    assert labels.loc[queue["text"].iloc[2], asked].tolist() == ["understanding", "", "0", "", ""]
    assert labels.loc[more["text"].iloc[3], asked].tolist() == ["", "", "", "B站", "-"]
    again = label_queue(posts, labels=place, n=1, ask="service,topics")
    assert again["text"].tolist() == [queue["text"].iloc[2]]


def test_a_new_answer_takes_the_place_of_the_old_one_to_the_same_question(
    posts: pd.DataFrame, tmp_path: Path
) -> None:
    place = tmp_path / "labels.csv"
    queue = label_queue(posts, n=2)
    add_labels(place, queue, ["c2 @美团", "u"], ask="stance,service")
    add_labels(place, queue, ["ni"], ask="stance")
    (_, row) = read_desk(place).to_dict("records")
    assert (row["label"], row["neutral_kind"], row["severity"]) == ("neutral", "info", "")
    assert row["service"] == "美团"


def test_only_the_last_sittings_answers_are_taken_back(posts: pd.DataFrame, tmp_path: Path) -> None:
    place = tmp_path / "labels.csv"
    queue = label_queue(posts, n=2)
    add_labels(place, queue, ["c2o", "ni"])
    before = place.read_bytes()
    add_labels(place, queue, ["#acc", "-"], ask="topics")
    assert take_back(place, ask="topics") == queue["text"].iloc[1]
    assert take_back(place, ask="topics") == queue["text"].iloc[0]
    assert take_back(place, ask="topics") is None
    assert place.read_bytes() == before


def test_evaluate_and_train_read_what_the_desk_wrote(tmp_path: Path) -> None:
    place = tmp_path / "labels.csv"
    cries = [f"美团又崩了，第{n}次了，退钱" for n in "一二三四五六七八九十"]
    calm = [f"慢慢修，{who}也不容易，理解" for who in "你我他她谁咱俺您哥姐"]
    queue = pd.DataFrame({"post_id": range(20), "text": [*cries, *calm]})
    add_labels(place, queue, [*["c2o @美团 #acc"] * 10, *["u"] * 10], ask=ALL)
    other = pd.DataFrame({"post_id": ["x"], "text": ["哔哩哔哩打不开"]})
    add_labels(place, other, ["o @B站"], ask="outage,service")
    labels = read_labels(place, answers=ANSWERS)
    assert labels["service"].tolist() == ["美团"] * 10 + [""] * 10 + ["B站"]
    found = evaluate(labels, snownlp=False)
    assert (found.posts, found.confusion.to_numpy().sum()) == (21, 20)
    assert found.scores["service_accuracy"].value == 1
    lesson = teach(labels)
    assert (len(lesson.labels), lesson.without_stance) == (20, 1)
    assert "1 rows without a stance left out" in lesson.to_text()
    with pytest.raises(InputError, match=r"row 22: label is ''"):
        read_labels(place)


def test_topics_alone_are_no_measure_of_the_model(tmp_path: Path) -> None:
    place = tmp_path / "labels.csv"
    add_labels(place, pd.DataFrame({"post_id": ["a"], "text": ["打不开"]}), ["#acc"], ask="topics")
    with pytest.raises(InputError, match="none has a label, an outage flag or a service"):
        evaluate(read_labels(place, answers=ANSWERS))


def test_two_annotators_are_compared_question_by_question(tmp_path: Path) -> None:
    place = tmp_path / "labels.csv"
    queue = pd.DataFrame({"post_id": list("pqrs"), "text": ["打不开", "付不了款", "没反应", "今天吃面"]})
    add_labels(place, queue, ["o @B站 #acc", "o @京东 #pay #acc", "o @美团 #acc", "-"], ask=ALL[7:])
    say = ["o @哔哩哔哩 #acc", "o @淘宝 #pay", "- @美团", "-"]
    add_labels(place, queue, say, annotator="b", ask=ALL[7:])
    found = agreement(place)
    assert (found.posts, set(found.kappas)) == (4, {"outage"})
    assert found.kappas["outage"].value == pytest.approx((0.75 - 0.5) / 0.5)
    assert found.shares["service"].value == 0.75
    assert found.shares["named service"].value == pytest.approx(2 / 3)
    assert found.shares["topics"].value == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    access, payment = found.topics.set_index("topic").loc[["access", "payment"]].to_numpy().tolist()
    assert access[:3] == [3, 1, 1]
    assert payment == [1, 1, 1, 1.0]
    assert found.apart["question"].tolist() == ["outage", "service", "topics", "topics"]
    assert "equal topics" in found.to_text()
    assert "same stance" not in found.to_text()
    assert "payment" in found._repr_html_()


def test_answers_to_other_questions_are_not_compared(tmp_path: Path) -> None:
    place = tmp_path / "labels.csv"
    queue = pd.DataFrame({"post_id": ["p"], "text": ["打不开"]})
    add_labels(place, queue, ["#acc"], ask="topics")
    add_labels(place, queue, ["c"], annotator="b", ask="stance")
    with pytest.raises(InputError, match="No post was labelled by two annotators"):
        agreement(place)


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
