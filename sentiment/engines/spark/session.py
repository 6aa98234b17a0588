"""The Spark session: the one that runs, else a new one that behaves."""

from __future__ import annotations

import atexit
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
_READING: Final = {
    "spark.sql.session.timeZone": ZONE,
    "spark.sql.legacy.parquet.nanosAsLong": "true",  # what pandas writes; the reader takes such numbers
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
        with quiet_pandas(), _own_log() as log:
            return builder.getOrCreate()
    except Exception as error:
        raise SentimentError(f"Spark cannot be started: {first_line(error)} Its log is {log}.") from None


def first_line(error: Exception) -> str:
    r"""Return what an error of Spark says, without where it happened.

    >>> first_line(ValueError("no such table\n  at Table.java"))
    'no such table'
    """
    return str(error).strip().partition("\n")[0] or type(error).__name__


def reason_of(error: Exception) -> str:
    r"""Return why a job failed: our own sentence where a task said one, else the first line of Spark's.

    >>> reason_of(ValueError("Job aborted\nsentiment.errors.InputError: Cannot read m.npz.\n  at Task"))
    'Cannot read m.npz.'
    """
    own = re.search(r"^\s*sentiment\.errors\.\w+: (.+)$", str(error), re.M)
    return own[1] if own else first_line(error)


@contextmanager
def _own_log() -> Iterator[Path]:
    """Have the Java that is started here write to a file: it takes over stderr, and says much there."""
    with tempfile.NamedTemporaryFile("w", prefix="sentiment-spark-", suffix=".log", delete=False) as file:
        log = Path(file.name)
        sys.stderr.flush()
        ours = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield log
        finally:
            os.dup2(ours, 2)
            os.close(ours)
    atexit.register(log.unlink, missing_ok=True)


@contextmanager
def quiet_pandas() -> Iterator[None]:
    """Hide that pyspark warns of pandas 3 at every call; what is used here is tested with it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
        warnings.filterwarnings("ignore", message=".*pandas >= 3.*")
        yield


def zoned(spark: SparkSession) -> SparkSession:
    """Return the session; times written as text are read as Shanghai time in it, times of pandas are read."""
    for name, value in _READING.items():
        spark.conf.set(name, value)
    return spark
