"""What reading gives: posts, rejected rows, duplicates and quality, loaded when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from sentiment.display import html_result
from sentiment.ingest.passes import DUPLICATES, FirstPass, Settled, assess, settle, together
from sentiment.ingest.quality import FileQuality, Quality
from sentiment.schema import POSTS, REJECTED, TIME


@dataclass(frozen=True)
class Ingested:
    """Posts read from files, with everything that was not read and why.

    A run of more than a part of rows keeps them in a temporary folder that goes with this object;
    ``.posts``, ``.rejected`` and ``.duplicates`` load all of them, :meth:`chunks` a part at a time.
    """

    quality: Quality
    settled: Settled = field(repr=False)
    asked: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the caller asked of the reading: ``format``, ``clock``, ``since``, ``until``, those given."""

    @cached_property
    def posts(self) -> pd.DataFrame:
        """The columns of :data:`sentiment.schema.POSTS`, in input order."""
        return together(self.settled.posts(), dict(POSTS))

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """``source``, ``reason``, ``raw`` of every row that did not become a post."""
        return together(self.settled.rejected(), dict(REJECTED))

    @cached_property
    def duplicates(self) -> pd.DataFrame:
        """``source``, ``post_id`` of the post kept, ``reason`` of every row that was a copy."""
        return together(self.settled.duplicates(), dict(DUPLICATES))

    @property
    def versions(self) -> pd.DataFrame:
        """``crawled`` (missing where the file does not say) and ``embedded`` of each post, in input order."""
        return together(self.settled.versions(), {"crawled": TIME, "embedded": "bool"})

    def chunks(self) -> Iterator[pd.DataFrame]:
        """Yield the posts in input order, at most 100,000 at once; together they are ``.posts``."""
        return iter([self.posts]) if self.settled.in_memory else self.settled.posts()

    def rejected_chunks(self) -> Iterator[pd.DataFrame]:
        """Yield the rejected rows in input order, at most 100,000 at once."""
        return self.settled.rejected()

    def __len__(self) -> int:
        return self.quality.totals["accepted"]

    def __repr__(self) -> str:
        totals = self.quality.totals
        return (
            f"Ingested({totals['accepted']:,} posts from {len(self.quality.files)} files; "
            f"{totals['rejected']:,} rows rejected, {totals['duplicates']:,} duplicates; "
            f"data quality: {self.quality.trust.grade})"
        )

    def _repr_html_(self) -> str:
        files = pd.DataFrame([file.to_dict() for file in self.quality.files])
        files = files.assign(skipped=files["skipped"].map(", ".join), error=files["error"].fillna(""))
        codes = ", ".join(str(item["code"]) for item in self.quality.trust.warnings)
        some = next(self.chunks(), self.posts).head(5)
        shown = ["created_at", "text", "platform", "kind", "account_kind", "reposts", "comments", "likes"]
        return html_result(repr(self) + (f" — {codes}" if codes else ""), tables=[files, some[shown]])


def ingest(
    first: FirstPass, files: list[FileQuality], rows: int, asked: Mapping[str, str] | None = None
) -> Ingested:
    """Run the second pass.

    Raises:
        SentimentError: if rows were lost or invented.
    """
    settled = settle(first)
    return Ingested(assess(settled, first, files, rows), settled, asked or {})
