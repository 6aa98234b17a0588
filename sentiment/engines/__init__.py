"""Where row-wise work runs: this process, several processes, a Spark cluster."""

from sentiment.engines.local import annotate_chunks, annotate_each, count_jobs
from sentiment.engines.memory import give_back
from sentiment.engines.parquet import write_posts
from sentiment.engines.rows import RowWork

__all__ = ["RowWork", "annotate_chunks", "annotate_each", "count_jobs", "give_back", "write_posts"]
