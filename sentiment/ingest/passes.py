"""The two passes of a run: set every row aside with a hash of its id, then keep one row a post.

Files are read once. The first pass turns rows into posts and sets them aside; the second reads what was set
aside, so that a file that changes meanwhile neither loses a row nor gains one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sentiment.errors import SentimentError
from sentiment.ingest.columns.strings import text_column
from sentiment.ingest.convert import Converted
from sentiment.ingest.duplicates import CONTESTED, SAME_ID, SAME_TEXT, Copies, Keys, find_copies
from sentiment.ingest.parts import Parts
from sentiment.ingest.quality import FileQuality, Quality
from sentiment.ingest.templates import Templates
from sentiment.ingest.trust import TALLIED, Tally
from sentiment.mapped import set_aside
from sentiment.schema import POSTS, REJECTED, empty

DUPLICATES = {"source": "str", "post_id": "str", "reason": "str"}
"""Columns of the frame of duplicates."""
_SET_ASIDE = (*(name for name in POSTS if name != "dup_group"), "crawled", "embedded", "ahead")


class FirstPass:
    """Posts and rejected rows set aside as they are read, with what the second pass needs of each.

    Args:
        most: Rows of a part.
        compiled: Whether compiled loops do what they can.
    """

    def __init__(self, *, most: int, compiled: bool = False) -> None:
        self.posts = Parts(most=most)
        self.rejected = Parts(most=most)
        self.keys = Keys(compiled=compiled)
        self.templates = Templates(compiled=compiled)
        self.reasons: Counter[str] = Counter()
        self.rejected_of: Counter[int] = Counter()

    def add(self, got: Converted, file: int) -> None:
        """Take in a converted chunk of the file with that number."""
        if len(got.posts):
            self.keys.add(got.posts)
            self.templates.add(text_column(got.posts["text"]))
            self.posts.add(got.posts[list(_SET_ASIDE)].assign(file=np.int32(file)))
        if len(got.rejected):
            counts = got.rejected["reason"].value_counts(sort=False)
            self.reasons.update({str(reason): int(n) for reason, n in counts.items()})
            self.rejected_of[file] += len(got.rejected)
            self.rejected.add(got.rejected[list(REJECTED)])


@dataclass(frozen=True)
class Settled:
    """What became of the rows: posts, rejected rows and duplicates, each read part by part."""

    rows: Parts
    bad: Parts
    copies: Copies
    followers: np.ndarray
    """Places of posts that share an earlier post's template, ascending."""
    leaders: np.ndarray
    """For each of them the place of that post."""
    ids: pd.Series
    """Ids of the posts that duplicates and followers name, by place."""

    @property
    def in_memory(self) -> bool:
        """Whether the posts are one part that was never written."""
        return self.rows.in_memory

    def posts(self) -> Iterator[pd.DataFrame]:
        """Yield the posts, as :data:`sentiment.schema.POSTS` says, at most a part at once."""
        for start, part in _numbered(self.rows):
            yield self._posts(part, start)[list(POSTS)].astype(dict(POSTS)).reset_index(drop=True)

    def _posts(self, part: pd.DataFrame, start: int) -> pd.DataFrame:
        settled = self.copies.settle(part, start)
        low, high = np.searchsorted(self.followers, [start, start + len(part)])
        groups = settled["post_id"].copy()
        if high > low:
            groups.loc[self.followers[low:high]] = self.ids.loc[self.leaders[low:high]].array
        return settled.assign(dup_group=groups)

    def columns(self, names: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Yield some columns of the posts."""
        for start, part in _numbered(self.rows, names):
            yield self.copies.settle(part, start)

    def texts(self) -> Iterator[pd.Series]:
        """Yield the posts' texts alone."""
        return (part["text"] for part in self.columns(["text"]))

    def versions(self) -> Iterator[pd.DataFrame]:
        """Yield when each post was crawled and whether another row carried it, in the order of the posts."""
        return (part.reset_index(drop=True) for part in self.columns(["crawled", "embedded"]))

    def rejected(self) -> Iterator[pd.DataFrame]:
        """Yield the rejected rows, as :data:`sentiment.schema.REJECTED` says."""
        yield from self.bad.read()

    def duplicates(self) -> Iterator[pd.DataFrame]:
        """Yield the duplicates: ``source``, ``post_id`` of the post kept, ``reason``."""
        if not len(self.copies.lost):
            return
        for start, part in _numbered(self.rows, ["source"]):
            low, high = np.searchsorted(self.copies.lost, [start, start + len(part)])
            if high > low:
                lost = slice(low, high)
                frame = {
                    "source": part["source"].iloc[self.copies.lost[lost] - start].array,
                    "post_id": self.ids.loc[self.copies.kept[lost]].array,
                    "reason": np.where(self.copies.by_text[lost], SAME_TEXT, SAME_ID),
                }
                yield pd.DataFrame(frame).astype(DUPLICATES)


def _numbered(parts: Parts, columns: Sequence[str] | None = None) -> Iterator[tuple[int, pd.DataFrame]]:
    start = 0
    for part in parts.read(columns):
        yield start, part
        start += len(part)


def together(parts: Iterator[pd.DataFrame], columns: dict[str, str]) -> pd.DataFrame:
    """Return parts as one frame; an empty one of these columns if there are none.

    >>> list(together(iter([]), {"source": "str"}))
    ['source']
    """
    filled = [part for part in parts if len(part)]
    if not filled:
        return empty(columns)
    return filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)


def settle(first: FirstPass) -> Settled:
    """Run the second pass over what the first set aside: find copies and templates."""
    copies = find_copies(first.keys, first.posts.read(CONTESTED))
    kept = np.ones(first.posts.rows, dtype=bool)
    kept[copies.lost] = False
    leader = first.templates.leaders(kept)
    followers = set_aside(np.flatnonzero(leader != np.arange(len(leader))))
    leaders = set_aside(leader[followers])
    named = np.union1d(leaders, copies.kept)
    ids = [
        copies.settle(part, start)["post_id"].loc[
            named[slice(*np.searchsorted(named, [start, start + len(part)]))]
        ]
        for start, part in _numbered(first.posts, ["post_id", "source"])
    ]
    found = pd.concat(ids) if ids else pd.Series(dtype="str")
    return Settled(first.posts, first.rejected, copies, followers, leaders, found)


def assess(
    settled: Settled,
    first: FirstPass,
    files: Sequence[FileQuality],
    rows: int,
) -> Quality:
    """Count what became of every row of every file and judge the posts.

    Raises:
        SentimentError: if rows were lost or invented.
    """
    lost = len(settled.copies.lost)
    tally = Tally(settled.rows.rows - lost)
    for part in settled.columns(TALLIED):
        tally.add(part)
    counted, ahead = _counted(settled, first, files)
    if sum(file.accepted + file.rejected + file.duplicates for file in counted) != rows:
        raise SentimentError(
            f"Rows were lost: {rows} read, {tally.seen} accepted, {first.rejected.rows} rejected, "
            f"{lost} duplicates. This is a defect of the reader; please report it with the file."
        )
    trust = tally.verdict(settled.texts(), rejected=first.reasons, duplicates=lost, rows=rows, ahead=ahead)
    return Quality(tuple(counted), trust)


def _counted(
    settled: Settled, first: FirstPass, files: Sequence[FileQuality]
) -> tuple[list[FileQuality], int]:
    """The files with their counts, and how many posts are from after they were crawled."""
    ahead = 0
    read, accepted, untimed = (np.zeros(len(files), dtype=np.int64) for _ in range(3))
    for start, part in _numbered(settled.rows, ["file", "created_at", "ahead"]):
        kept = settled.copies.settle(part, start)
        ahead += int(kept["ahead"].sum())
        read += np.bincount(part["file"], minlength=len(files))
        accepted += np.bincount(kept["file"], minlength=len(files))
        untimed += np.bincount(kept.loc[kept["created_at"].isna(), "file"], minlength=len(files))
    counted = [
        replace(
            file,
            accepted=int(accepted[n]),
            rejected=first.rejected_of[n],
            duplicates=int(read[n] - accepted[n]),
            untimed=int(untimed[n]),
        )
        for n, file in enumerate(files)
    ]
    return counted, ahead
