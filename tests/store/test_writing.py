"""Posts go in once, edits replace, counts keep up, and a death at any point leaves a whole store."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sentiment.incidents import count_posts
from sentiment.store import Added, Writer, check_store, open_store, write_store
from sentiment.store import writing as writing_module
from sentiment.store.parts import FOLDER
from tests.store.conftest import Add, annotate_plainly, posts_of, versions_of

NOON = "2026-03-12 12:00"


class Killed(BaseException):
    """Stands for the end of the process."""


def texts(store: Writer) -> list[str]:
    return store.posts()["text"].tolist()


def test_the_same_posts_twice_change_nothing(store: Writer, add: Add) -> None:
    assert add(("1", NOON, "美团崩了"), ("2", NOON, "好用")) == Added(new=2)
    before = store.revision()
    assert add(("1", NOON, "美团崩了"), ("2", NOON, "好用")) == Added(known=2)
    assert (store.totals().posts, store.revision()) == (2, before)


def test_an_edit_replaces_the_post_and_its_counts(store: Writer, add: Add) -> None:
    add(("1", NOON, "美团崩了"), ("2", NOON, "美团好用"))
    assert add(("1", "2026-03-12 12:05", "美团好了")) == Added(updated=1)
    assert sorted(texts(store)) == ["美团好了", "美团好用"]
    counts = store.counts(service="*")
    assert counts[counts["series"] == "outage"].empty
    assert counts[counts["series"] == "all"]["n"].tolist() == [1, 1]
    assert not check_store(store).problems


def test_an_edit_may_move_a_post_to_another_day(store: Writer, add: Add) -> None:
    add(("1", NOON, "美团崩了"))
    add(("1", "2026-03-13 09:00", "美团崩了，又"))
    assert len(store.posts("2026-03-12", "2026-03-13")) == 0
    assert len(store.posts("2026-03-13", "2026-03-14")) == 1
    assert not check_store(store).problems


def test_the_newest_crawl_wins_whenever_it_comes(store: Writer, add: Add) -> None:
    add(("1", NOON, "新的"), crawled="2026-03-12 14:00")
    assert add(("1", NOON, "旧的"), crawled="2026-03-12 13:00") == Added(known=1)
    assert texts(store) == ["新的"]


def test_an_authors_words_of_one_day_are_one_post(store: Writer, add: Add) -> None:
    add(("1", NOON, "美团崩了"), author="a")
    assert add(("2", "2026-03-12 15:00", "美团崩了"), author="a") == Added(copies=1)
    assert store.posts()["post_id"].tolist() == ["2"]
    assert add(("1", NOON, "美团崩了"), author="a") == Added(known=1)
    assert add(("3", "2026-03-14 12:00", "美团崩了"), author="a") == Added(new=1)
    assert not check_store(store).problems


def test_a_late_post_is_counted_in_its_minute(store: Writer, add: Add) -> None:
    add(("1", NOON, "美团崩了"), ("2", "2026-03-14 12:00", "好用"))
    add(("3", NOON, "美团崩了吗"))
    counts = store.counts("2026-03-12", "2026-03-13", service="美团")
    assert counts[counts["series"] == "outage"]["n"].tolist() == [2]


def test_an_author_counts_once_a_minute_across_commits(store: Writer, add: Add) -> None:
    add(("1", NOON, "美团崩了"), author="a")
    add(("2", NOON, "美团还崩着"), author="a")
    counts = store.counts(service="*").set_index("series")["n"]
    assert (counts["all"], counts["authors"]) == (2, 1)


def test_posts_without_a_time_are_kept_and_not_counted(store: Writer, add: Add) -> None:
    add(("1", "", "美团崩了"), ("2", NOON, "好用"))
    assert store.totals().posts == 2
    assert store.counts(service="*").query("series == 'all'")["n"].sum() == 1
    assert store.posts(untimed=True)["post_id"].tolist() == ["1"]
    assert len(store.posts("2026-01-01")) == 1


def test_counts_of_many_commits_are_those_of_all_posts(store: Writer, sample_analysis) -> None:
    annotated = sample_analysis.annotated
    posts, versions = sample_analysis.ingested.posts, sample_analysis.ingested.versions
    by_id = annotated.set_index("post_id", drop=False)
    for start in range(0, len(posts), 90):
        some = slice(start, start + 90)
        store.add(posts[some], versions[some], lambda frame: by_id.loc[frame["post_id"]])
    whole = count_posts(annotated, min_service_posts=0, zeros=False)
    pd.testing.assert_frame_equal(
        store.counts(), whole.sort_values(["service", "series", "bucket"], ignore_index=True)
    )
    expected = annotated.sort_values(["created_at", "post_id"], ignore_index=True)
    pd.testing.assert_frame_equal(store.posts(), expected)


def test_merging_parts_changes_no_answer(store: Writer, add: Add) -> None:
    for n in range(17):
        add((str(n), f"2026-03-12 12:{n:02d}", f"美团崩了 {n}"))
    add(("3", "2026-03-12 12:30", "美团好了"))
    before = store.posts()
    assert store.fold() == 18
    pd.testing.assert_frame_equal(store.posts(), before)
    assert len(list((store.folder / FOLDER).glob("*/*.parquet"))) == 1
    add(("20", "2026-03-12 12:40", "好用"), ("21", "2026-03-13 12:40", "好用"))
    assert (store.fold(), store.fold(whole_days=True)) == (0, 2)
    assert check_store(store).to_dict() == {
        "schema": 1,
        "posts": 19,
        "parts": 2,
        "version": 1,
        "problems": [],
    }
    assert store.fold(whole_days=True) == 0


@pytest.mark.parametrize("moment", ["annotate", "write_part", "_put_part", "_put_file"])
def test_a_death_before_the_commit_leaves_no_trace(
    moment: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = posts_of([("1", NOON, "美团崩了")])

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with pytest.raises(Killed), write_store(folder) as store, monkeypatch.context() as patched:  # noqa: PT012
        if moment != "annotate":
            patched.setattr(writing_module, moment, dies)
        store.add(posts, versions_of(posts), dies if moment == "annotate" else annotate_plainly)
    with write_store(folder) as store:
        assert store.totals().posts == 0
        assert list((folder / FOLDER).glob("*/*")) == []
        assert store.add(posts, versions_of(posts), annotate_plainly) == Added(new=1)
        assert not check_store(store).problems


def test_a_death_while_merging_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Killed), write_store(folder) as store:  # noqa: PT012 - the store is opened inside
        for n in range(8):
            posts = posts_of([(str(n), NOON, f"美团崩了 {n}")])
            store.add(posts, versions_of(posts), annotate_plainly)

        def dies(*_: object) -> None:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(writing_module, "_put_part", dies)
            store.fold()
    with write_store(folder) as store:
        assert not check_store(store).problems
        assert (store.totals().posts, store.fold()) == (8, 8)
        assert not check_store(store).problems


def test_pruned_posts_stay_away_and_their_counts_stay(store: Writer, add: Add) -> None:
    add(("1", NOON, "美团崩了"), ("2", "2026-03-20 12:00", "好用"))
    assert store.prune(pd.Timestamp("2026-03-15", tz="Asia/Shanghai")) == 1
    assert add(("1", NOON, "美团崩了")) == Added(old=1)
    assert texts(store) == ["好用"]
    assert store.counts(service="美团").query("series == 'outage'")["n"].tolist() == [1]
    assert not list((store.folder / FOLDER).glob("day=2026-03-12/*"))


def test_a_check_names_what_is_broken(folder: Path, store: Writer, add: Add) -> None:
    add(("1", NOON, "美团崩了"), ("2", "2026-03-13 12:00", "好用"))
    first, second = sorted((folder / FOLDER).glob("*/*.parquet"))
    second.write_bytes(first.read_bytes())
    assert "1 rows lie in two files." in check_store(store).problems
    first.unlink()
    assert any("is missing or damaged" in problem for problem in check_store(open_store(folder)).problems)


def test_wrong_counts_are_found(store: Writer, add: Add) -> None:
    add(("1", NOON, "美团崩了"))
    store._state_of_writer.execute("UPDATE counts SET complaint = 7")
    assert check_store(store).problems == ("The minute counts of 2026-03-12 are not those of its posts.",)
