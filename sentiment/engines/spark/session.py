"""The Spark session: the one that runs, else a new one that behaves."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sentiment.engines.spark.java import provide_java
from sentiment.errors import SentimentError
from sentiment.schema import ZONE

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL: Final = "local[*,4]"
"""All cores, and a task whose worker died is tried again: plain ``local`` gives up at the first death."""
_OPTIONS: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}


def spark_session(master: str | None = None) -> SparkSession:
    """Return the session that is running, else start one.

    Args:
        master: Where: ``yarn``, ``spark://host:7077``, ``local[2]``; None: what spark-submit or the
            environment's ``SPARK_MASTER`` say, else all cores of this machine.

    Raises:
        SentimentError: if pyspark or Java is missing, or the session cannot be started.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise SentimentError(
            "The Spark engine needs pyspark: pip install 'outage-sentiment[spark]'."
        ) from None
    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    if not submitted:
        provide_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else workers take any python3 of the path
    builder = SparkSession.builder.appName("outage-sentiment")
    where = master or os.environ.get("SPARK_MASTER") or (None if submitted else LOCAL)
    if where:
        builder = builder.master(where)
    for name, value in _OPTIONS.items():
        builder = builder.config(name, value)
    try:
        with quiet_pandas():
            return builder.getOrCreate()
    except Exception as error:
        raise SentimentError(f"Spark cannot be started: {str(error).splitlines()[0]}") from None


@contextmanager
def quiet_pandas() -> Iterator[None]:
    """Hide that pyspark warns of pandas 3 at every call; what is used here is tested with it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
        warnings.filterwarnings("ignore", message=".*pandas >= 3.*")
        yield


def zoned(spark: SparkSession) -> SparkSession:
    """Return the session; times that are written as text are read as Shanghai time in it."""
    spark.conf.set("spark.sql.session.timeZone", ZONE)
    return spark
