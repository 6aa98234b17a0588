"""The claim ledger: which posts stand behind each number and each quote.

A claim is a rule in words, the number of posts it counted and a bounded sample of them. A quote that is
not a verbatim part of its post is refused, here and again when a page is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.errors import InputError
from sentiment.mapped import stretches, true_places
from sentiment.report.evidence import Ranking, Rows
from sentiment.schema import is_voice

PRINTED: int = 800
"""Characters of one post that a report carries."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What stands behind one number: the rule that made it and the posts it counted."""

    id: str
    rule: Mapping[str, str]
    total: int
    post_ids: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"id": self.id, "rule": dict(self.rule), "total": self.total, "post_ids": list(self.post_ids)}


class Ledger:
    """Collects the claims and quotes of one report.

    Args:
        annotated: The annotated frame; it is read, never changed.
        max_evidence: Posts that the report carries; those that it quotes come first, and always.
        sample: Posts named for one claim.
        mask: ``str -> str`` that hides private data in print; None: ``sentiment.ingest.mask_private``.
    """

    def __init__(
        self,
        annotated: pd.DataFrame,
        *,
        max_evidence: int = 400,
        sample: int = 12,
        mask: Callable[[str], str] | None = None,
    ) -> None:
        self._frame = annotated
        self._ids = annotated["post_id"]
        self._places: dict[str, int | None] = {}
        self._ranking = Ranking(annotated)
        self.max_evidence = max_evidence
        self._sample = sample
        self._mask = mask or _mask_private()
        self._claims: dict[str, Claim] = {}
        self._quoted: list[str] = []

    def claim(
        self, key: str, *, rule: Mapping[str, str], where: pd.Series | Rows, earliest: bool = False
    ) -> str:
        """Record a claim about the posts where a mask is True (or at given rows) and return its id.

        The sample holds the posts with the strongest evidence, one per author and near-duplicate group;
        with ``earliest`` the first posts in time.

        >>> ledger = Ledger(_two_posts(), mask=str)
        >>> ledger.claim("stance", rule={"zh": "全部帖子", "en": "all posts"}, where=pd.Series([True, True]))
        'stance'
        """
        rows = true_places(where) if isinstance(where, pd.Series) else where
        choose = self._ranking.first if earliest else self._ranking.pick
        return self.record(
            key, rule=rule, post_ids=self._named(choose(rows, most=self._sample)), total=len(rows)
        )

    def pick(self, where: pd.Series, *, most: int, besides: Collection[str] = ()) -> list[str]:
        """Return the ids of the posts with the strongest evidence where a mask is True, diverse ones."""
        rows = true_places(where)
        return self._named(self._ranking.pick(rows, most=most, besides=besides))

    @cached_property
    def voices(self) -> pd.Series:
        """Which posts speak for users, see :func:`sentiment.schema.is_voice`."""
        few, voices = self._frame[["account_kind", "hijack"]], np.zeros(len(self._frame), dtype=bool)
        for part in stretches(len(few)):
            voices[part] = is_voice(few.iloc[part])
        return pd.Series(voices, index=few.index, copy=False)

    def between(self, start: pd.Timestamp, end: pd.Timestamp | None) -> Rows:
        """Return the rows of the posts from a time on and before another (None: to the end)."""
        return self._ranking.between(start, end)

    def times(self, rows: Rows) -> NDArray[np.int64]:
        """Return the times of posts in nanoseconds, to compare with ``Timestamp.value``."""
        return self._ranking.times[rows]

    def find(self, post_ids: Iterable[str]) -> dict[str, int]:
        """Return the row of each post that is there; of a repeated id the first.

        One pass over the ids serves all that are asked for at once, and they are remembered.

        >>> Ledger(_two_posts(), mask=str).find(["b", "nobody"])
        {'b': 1}
        """
        wanted = list(dict.fromkeys(post_ids))
        asked = [post_id for post_id in wanted if post_id not in self._places]
        if asked:
            parts = stretches(len(self._ids))
            each = [part.start + np.flatnonzero(self._ids.iloc[part].isin(asked)) for part in parts]
            self._places |= dict.fromkeys(asked)
            for row in np.concatenate([np.zeros(0, dtype=np.intp), *each])[::-1]:
                self._places[str(self._ids.iat[row])] = int(row)
        return {post_id: row for post_id in wanted if (row := self._places[post_id]) is not None}

    def _named(self, rows: Sequence[int]) -> list[str]:
        ids = self._ids.iloc[list(rows)].tolist()
        for post_id, row in zip(ids, rows, strict=True):
            self._places.setdefault(post_id, row)
        return ids

    def record(self, key: str, *, rule: Mapping[str, str], post_ids: Iterable[str], total: int) -> str:
        """Record a claim about named posts (in the order given) and return its id.

        Ids that are not among the posts are left out of the sample; the total stays as given.
        """
        known = list(self.find(post_ids))[: self._sample]
        self._claims[key] = Claim(key, dict(rule), total, tuple(known))
        return key

    def quote(self, post_id: str, text: str) -> str:
        """Return a quote as it may be printed (private data masked).

        Raises:
            InputError: if the text is not a verbatim part of the post, or there is no such post.

        >>> ledger = Ledger(_two_posts(), mask=str)
        >>> ledger.quote("a", "又崩了")
        '又崩了'
        >>> ledger.quote("a", "太好用了")
        Traceback (most recent call last):
        sentiment.errors.InputError: A report may only quote posts word for word: '太好用了' is not in post a.
        """
        if not self.find([post_id]):
            raise InputError(f"A report may only quote posts it was given: there is no post {post_id!r}.")
        post = self._post(post_id)
        if not text.strip() or (text not in post["text"] and text not in post["own_text"]):
            raise InputError(
                f"A report may only quote posts word for word: {text!r} is not in post {post_id}."
            )
        self._quoted.append(post_id)
        return self._mask(text)

    def printable(self, post_id: str, text: str) -> bool:
        """Say whether a quote still reads word for word after private data are masked in quote and post."""
        printed = self._printed(post_id, 0)
        masked = self._mask(text)
        return masked in printed["text"] or masked in printed["own_text"]

    def to_dict(self) -> dict[str, Any]:
        """Return ``claims`` (by id) and ``evidence``: the posts that the report carries, by post id."""
        carried = self._carried()
        posts = {post_id: self._printed(post_id, n) for n, post_id in enumerate(carried, start=1)}
        return {"claims": {key: claim.to_dict() for key, claim in self._claims.items()}, "evidence": posts}

    def _carried(self) -> list[str]:
        """Every post quoted, then the first post of each claim, the second of each, and so on."""
        samples = [claim.post_ids for claim in self._claims.values()]
        rounds = [post[n] for n in range(self._sample) for post in samples if n < len(post)]
        quoted = list(dict.fromkeys(self._quoted))
        return list(dict.fromkeys([*quoted, *rounds]))[: max(self.max_evidence, len(quoted))]

    def _post(self, post_id: str) -> Mapping[str, Any]:
        """Return a post's cells by name; a frame's row as a Series would cast them all."""
        row = self.find([post_id])[post_id]
        return {name: column.iat[row] for name, column in self._cells.items()}

    @cached_property
    def _cells(self) -> Mapping[str, pd.Series]:
        """The columns that are printed, taken from the frame once: each taking costs more than a cell."""
        return {name: self._frame[name] for name in ("post_id", "text", "own_text", *_SHOWN)}

    def _printed(self, post_id: str, n: int) -> dict[str, Any]:
        post = self._post(post_id)
        text, own = self._mask(post["text"]), self._mask(post["own_text"])
        shown = {name: _plain(post[name]) for name in _SHOWN}
        return {
            "anchor": f"post-{n}",
            "post_id": post_id,
            "text": text[:PRINTED],
            "own_text": "" if own[:PRINTED] in text[:PRINTED] else own[:PRINTED],
            "characters": len(text),
            **shown,
        }


_SHOWN: Sequence[str] = (
    "created_at", "platform", "kind", "account_kind", "account_name", "region", "stance", "service",
    "topics", "likes", "reposts", "comments", "source",
)  # fmt: skip


def _plain(value: Any) -> Any:  # noqa: ANN401 - one cell of any column
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _mask_private() -> Callable[[str], str]:
    from sentiment.ingest import mask_private

    return mask_private


def _two_posts() -> pd.DataFrame:
    """Return the frame of the doctests."""
    from sentiment.schema import ANNOTATED, complete_posts, empty

    posts = complete_posts(pd.DataFrame({"post_id": ["a", "b"], "text": ["又崩了，付不了款", "辛苦了"]}))
    rest = empty(ANNOTATED).reindex(posts.index).drop(columns=list(posts.columns))
    return posts.join(
        rest.assign(own_text=posts["text"], stance=["complaint", "understanding"], service="", topics="")
    )
