"""What every engine owes: the rows, counts and incidents of pandas on this machine."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from sentiment.engines import RowWork, annotate_chunks
from sentiment.incidents import count_posts
from sentiment.ingest import Ingested
from sentiment.pipeline import Analysis, analyze

Engine = Callable[[pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]]


def in_one_process(posts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    got = annotate_chunks([posts], RowWork(), rows=len(posts), jobs=1, piece=77, alone=0)
    return got, count_posts(got)


def in_processes(posts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    got = annotate_chunks([posts], RowWork(), rows=len(posts), jobs=2, piece=77, alone=0)
    return got, count_posts(got)


def on_spark(posts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    analysis = analyze(posts, engine="spark")
    return analysis.annotated, analysis.counts


def on_spark_in_parts(posts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    from sentiment.engines.spark import (
        TableWork,
        annotate_table,
        as_spark,
        count_table,
        gather,
        spark_session,
    )

    done = annotate_table(as_spark(posts, spark_session()), TableWork(), part=120)
    done.frame.persist()
    assert done.parts > 4
    return gather(done).annotated, count_table(done.posts)


ENGINES: dict[str, Engine] = {
    "one process": in_one_process,
    "processes": in_processes,
    "spark": on_spark,
    "spark in parts": on_spark_in_parts,
}


@pytest.fixture(scope="module")
def wanted(sample: Ingested) -> Analysis:
    # a table that reading leaves as it is, so that every engine begins with the same posts
    return analyze(analyze(sample.posts).ingested.posts)


@pytest.fixture(scope="module", params=list(ENGINES))
def got(request, spark, wanted: Analysis) -> tuple[pd.DataFrame, pd.DataFrame]:
    return ENGINES[request.param](wanted.ingested.posts)


def test_the_annotated_rows_are_the_same(got, wanted: Analysis) -> None:
    pd.testing.assert_frame_equal(got[0], wanted.annotated)


def test_the_counts_are_the_same(got, wanted: Analysis) -> None:
    pd.testing.assert_frame_equal(got[1], wanted.counts)


def test_the_incidents_are_the_same(got, wanted: Analysis) -> None:
    from sentiment.incidents import find_incidents

    found = find_incidents(*got, responses=wanted.responses).to_dict()
    assert found == wanted.found.to_dict()
    assert found["incidents"]
