"""The Spark engine: posts read, annotated and counted where they lie. pyspark is imported here alone."""

from sentiment.engines.spark.annotating import Annotated, annotate_table
from sentiment.engines.spark.counting import count_table
from sentiment.engines.spark.following import Followed, find_uncounted, follow
from sentiment.engines.spark.gathering import Gathered, gather
from sentiment.engines.spark.rows import TableWork
from sentiment.engines.spark.run import run_on_spark
from sentiment.engines.spark.session import spark_session
from sentiment.engines.spark.tables import as_spark, read_table, write_table

__all__ = [
    "Annotated",
    "Followed",
    "Gathered",
    "TableWork",
    "annotate_table",
    "as_spark",
    "count_table",
    "find_uncounted",
    "follow",
    "gather",
    "read_table",
    "run_on_spark",
    "spark_session",
    "write_table",
]
