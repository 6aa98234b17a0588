"""Files of any make to rows: nothing is interpreted here, and nothing is lost."""

from sentiment.ingest.tables.block import NotText, Stretch, as_rows
from sentiment.ingest.tables.lines import Lines
from sentiment.ingest.tables.opening import open_tables
from sentiment.ingest.tables.records import Records
from sentiment.ingest.tables.row import Row, Table, distinct_names, size_of

__all__ = [
    "Lines",
    "NotText",
    "Records",
    "Row",
    "Stretch",
    "Table",
    "as_rows",
    "distinct_names",
    "open_tables",
    "size_of",
]
