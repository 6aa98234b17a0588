"""The row-wise work as engines run it: a frozen description goes to a worker, which builds the rest once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from sentiment.annotation import annotate, chosen_model
from sentiment.config import TextSettings
from sentiment.errors import InputError
from sentiment.schema import ANNOTATED
from sentiment.text.segment import Segmenter
from sentiment.text.stance import StanceModel
from sentiment.topics import load_topic_model
from sentiment.topics.model import TopicModel

_CARRIED: Final = ("model.npz", "topics.npz", "topics.toml")


@dataclass(frozen=True, slots=True)
class RowWork:
    """What is done to each post: everything a worker has to be told.

    Attributes:
        text: How a post is read.
        topics: Topic file of the user's own; empty: the carried one.
        service: Canonical name of the service whose posts, and those that name none, are kept; empty: all.
    """

    text: TextSettings = field(default_factory=TextSettings)
    topics: str = ""
    service: str = ""

    def run(self, posts: pd.DataFrame, *, progress: Callable[[int], None] | None = None) -> pd.DataFrame:
        """Return the posts annotated, those of other services left out; columns of ``ANNOTATED``.

        >>> RowWork().run(pd.DataFrame({"text": ["美团又崩了"]})).loc[0, "service"]
        '美团'
        """
        heavy = _heavy(self)
        annotated = annotate(
            posts,
            settings=self.text,
            segmenter=heavy.segmenter,
            model=heavy.model,
            topics=heavy.topics,
            progress=progress,
        )
        annotated = annotated[list(ANNOTATED)]
        if not self.service:
            return annotated
        return annotated[annotated["service"].isin(["", self.service])].reset_index(drop=True)

    def digest(self) -> bytes:
        """Return a hash of all that decides the result beside the posts: settings, models, version.

        Raises:
            InputError: if a model or topic file cannot be read.
        """
        own = [_content(name) for name in (self.text.model, self.topics) if name]
        folder = resources.files("sentiment") / "resources"
        carried = [(folder / name).read_bytes() for name in _CARRIED if (folder / name).is_file()]
        told = [version("outage-sentiment"), json.dumps(asdict(self), sort_keys=True)]
        parts = [*(one.encode() for one in told), *own, *carried]
        return hashlib.blake2b(b"\0".join(hashlib.blake2b(part).digest() for part in parts)).digest()


def _content(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"Cannot read {name}: {error.strerror or error}.") from None


class _Heavy(NamedTuple):
    segmenter: Segmenter
    model: StanceModel
    topics: TopicModel


@lru_cache(maxsize=2)
def _heavy(work: RowWork) -> _Heavy:
    """Build dictionary, weights and topics once in a process."""
    return _Heavy(Segmenter(work.text.words), chosen_model(work.text), load_topic_model(work.topics or None))
