"""Which scraper wrote a table, and which of its columns mean what."""

from sentiment.ingest.formats.detect import Detection, detect, layout_named
from sentiment.ingest.formats.generic import is_header, is_record
from sentiment.ingest.formats.known import LAYOUTS
from sentiment.ingest.formats.layout import Layout, pick, pick_first

__all__ = [
    "LAYOUTS",
    "Detection",
    "Layout",
    "detect",
    "is_header",
    "is_record",
    "layout_named",
    "pick",
    "pick_first",
]
