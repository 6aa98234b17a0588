"""Files of any scraper to posts, rejected rows and a verdict on their quality."""

from sentiment.ingest.ingested import Ingested
from sentiment.ingest.read import check_files, read_part, read_posts, sample_posts
from sentiment.ingest.salt import salt_beside
from sentiment.ingest.write import guard_cells, mask_private

__all__ = [
    "Ingested",
    "check_files",
    "guard_cells",
    "mask_private",
    "read_part",
    "read_posts",
    "salt_beside",
    "sample_posts",
]
