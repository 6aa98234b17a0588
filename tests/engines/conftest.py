"""One Spark session for all tests here: starting one takes seconds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Two cores of this machine; a Java that is missing fails the tests, it does not skip them."""
    from sentiment.engines.spark import spark_session

    # runs that last seconds are over before thorough compiling pays
    os.environ["SPARK_SUBMIT_OPTS"] = "-XX:TieredStopAtLevel=1"

    session = spark_session("local[2,4]")
    session.conf.set("spark.sql.shuffle.partitions", "2")
    yield session
    session.stop()
