"""Files of any make to rows: nothing is interpreted here, and nothing is lost."""

from sentiment.ingest.tables.block import Block, as_rows
from sentiment.ingest.tables.opening import open_tables
from sentiment.ingest.tables.row import Row, Table, distinct_names, size_of

__all__ = ["Block", "Row", "Table", "as_rows", "distinct_names", "open_tables", "size_of"]
