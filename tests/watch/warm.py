"""Imported once by the server that forks watches, so that each of them starts at work."""

import sentiment.watch
from sentiment.annotation import annotate
from sentiment.ingest import sample_posts

annotate(sample_posts().posts.head(20))
READY = sentiment.watch.watch is not None
