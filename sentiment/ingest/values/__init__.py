"""What scrapers write into cells, read as times, counts, ids and text."""

from sentiment.ingest.values.cells import by_value, is_missing, plain
from sentiment.ingest.values.ids import clean_id, clean_ids, id_from_url, id_texts
from sentiment.ingest.values.numbers import parse_count, parse_counts
from sentiment.ingest.values.text import cut_marker, html_to_text, undo_guard
from sentiment.ingest.values.times import Times, parse_time, parse_times, shanghai

__all__ = [
    "Times",
    "by_value",
    "clean_id",
    "clean_ids",
    "cut_marker",
    "html_to_text",
    "id_from_url",
    "id_texts",
    "is_missing",
    "parse_count",
    "parse_counts",
    "parse_time",
    "parse_times",
    "plain",
    "shanghai",
    "undo_guard",
]
