"""Rows of one layout to posts: column by column, chunk by chunk.

``fitting`` names a row's cells, ``cells`` picks them, ``texts``, ``times`` and ``authors`` read them,
``rows`` puts the posts together, ``reasons`` says which rows are none.
"""

from sentiment.ingest.convert.cells import FALSE
from sentiment.ingest.convert.fitting import fit, own_layout
from sentiment.ingest.convert.reasons import NO_TEXT, rejected_rows, shape_reason, text_reasons
from sentiment.ingest.convert.rows import convert, region_name, row_id
from sentiment.ingest.convert.spec import Converted, Spec
from sentiment.ingest.convert.texts import LOOKED_AT, clean_text, is_repost, joined
from sentiment.ingest.convert.times import ahead_of_crawl, clocks, time_columns, undo_clock_ahead

__all__ = [
    "FALSE",
    "LOOKED_AT",
    "NO_TEXT",
    "Converted",
    "Spec",
    "ahead_of_crawl",
    "clean_text",
    "clocks",
    "convert",
    "fit",
    "is_repost",
    "joined",
    "own_layout",
    "region_name",
    "rejected_rows",
    "row_id",
    "shape_reason",
    "text_reasons",
    "time_columns",
    "undo_clock_ahead",
]
