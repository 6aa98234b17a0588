"""Well-formed stretches of tables to posts, column by column."""

from sentiment.ingest.columns.cells import wanted_columns
from sentiment.ingest.columns.convert import convert_blocks

__all__ = ["convert_blocks", "wanted_columns"]
