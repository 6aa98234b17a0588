"""Complaint, understanding or neutral, and what goes with it: linear models over hashed features.

Each question has weights of its own. Stance and outage are then decided once more from the answers to all
questions and their products (stacking): a failure told as evidence of an outage, not asked and not joked
about, is a complaint though its subject is politics. The weights are plain arrays
(``resources/model.npz``), trained by ``make model``; nothing is unpickled.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sentiment.config import TextSettings
from sentiment.display import html_result
from sentiment.errors import InputError
from sentiment.schema import NEUTRAL_KINDS, STANCES
from sentiment.text.clean import in_chinese, model_text, own_text
from sentiment.text.features import CHAR_BITS, WORD_BITS, ModelPost, column_count, featurize, prepare
from sentiment.text.segment import Segmenter

Floats = NDArray[np.float32]

HEADS: Final[Mapping[str, tuple[str, ...]]] = {
    "stance": STANCES,
    "neutral_kind": NEUTRAL_KINDS,
    "severity": ("0", "1", "2", "3"),
    "outage": ("outage",),
    "asks_help": ("asks_help",),
    "sarcasm": ("sarcasm",),
    "mixed": ("mixed",),
}
"""The questions the model answers; several classes: softmax, one class: logistic."""
CLASSES: Final = sum(map(len, HEADS.values()))
STACKED: Final = ("stance", "outage")
"""The questions that are decided from the answers to all."""
_UNSURE: Final = 2.0
"""The raw score up to which an answer counts by its size; far above it, all count alike."""

_READABLE: Final = re.compile(r"[一-鿿\U0001F300-\U0001FAFF☀-➿]|\[[A-Za-z]{1,8}\]")
_VIEWS: Final = (2**CHAR_BITS, 2**CHAR_BITS + 2**WORD_BITS)


@dataclass(frozen=True, slots=True, eq=False)
class StanceModel:
    """Weights of all heads over the hashed columns the corpus used; equal to itself alone.

    Attributes:
        columns: Hashed columns in use, ascending, int64, shape (n,).
        scale: What each column is multiplied by (inverse document frequency), float32, shape (n,).
        view_weights: Norm of the character and the word view.
        weights: float32, the classes of :data:`HEADS` side by side, shape (n, k); of a model that was taught
            with a user's labels (n, 2 k), the second half for what these add.
        bias: float32, shape (k,) or (2 k,).
        stack: float32, shape (f, c): what decides :data:`STACKED` from :func:`products`; without rows,
            each question is decided by its own weights.
        about: Version, corpus hash and figures, for ``run.json``.
    """

    columns: NDArray[np.int64]
    scale: Floats
    view_weights: tuple[float, float]
    weights: Floats
    bias: Floats
    stack: Floats
    about: Mapping[str, Any]

    def score(self, posts: Sequence[ModelPost]) -> dict[str, Floats]:
        """Return the probabilities of every head: shape (n, classes)."""
        if not posts:
            return {head: np.zeros((0, len(classes)), np.float32) for head, classes in HEADS.items()}
        return self.shares(self.logits(posts))

    def shares(self, logits: Floats) -> dict[str, Floats]:
        """Return the probabilities that raw scores of all heads mean: shape (n, classes) each."""
        decided = self.decide(logits)
        return {head: _probabilities(decided[:, part]) for head, part in head_slices().items()}

    def decide(self, logits: Floats) -> Floats:
        """Return the scores of all heads that raw ones, shape (n, k) or (n, 2 k), come to: shape (n, k)."""
        own, taught = logits[:, :CLASSES], logits[:, CLASSES:]
        decided = own.copy()
        if len(self.stack):
            stacked = _quadratic(own, self.stack)
            first = 0
            for head in STACKED:
                part = head_slices()[head]
                decided[:, part] = stacked[:, first : first + part.stop - part.start]
                first += part.stop - part.start
        return decided + taught if taught.shape[1] else decided

    def logits(self, posts: Sequence[ModelPost]) -> Floats:
        """Return the raw scores of all heads: shape (n, k)."""
        matrix = weigh(featurize(posts), self.columns, self.scale, self.view_weights)
        scores: Floats = np.asarray(matrix @ self.weights, dtype=np.float32) + self.bias
        return scores


def weigh(
    matrix: Any,  # noqa: ANN401 - scipy sparse
    columns: NDArray[np.int64],
    scale: Floats,
    view_weights: tuple[float, float],
) -> Any:  # noqa: ANN401 - scipy sparse
    """Return the used columns, scaled, the character and the word view each brought to its norm."""
    from scipy.sparse import diags, hstack

    used = matrix[:, columns] @ diags(scale)
    borders = [0, *np.searchsorted(columns, _VIEWS), len(columns)]
    parts = []
    for view, (start, stop) in enumerate(pairwise(borders)):
        part = used[:, start:stop]
        if view < len(view_weights):
            norms = np.sqrt(np.asarray(part.multiply(part).sum(axis=1)).ravel())
            norms[norms == 0] = 1.0
            part = diags((view_weights[view] / norms).astype(np.float32)) @ part
        parts.append(part)
    return hstack(parts, format="csr")


def head_slices() -> dict[str, slice]:
    """Return which columns of the logits belong to each head."""
    slices, start = {}, 0
    for head, classes in HEADS.items():
        slices[head] = slice(start, start + len(classes))
        start += len(classes)
    return slices


def products(logits: Floats) -> Floats:
    """Return the squashed raw scores of all heads, shape (n, k), a one before, their products behind.

    >>> products(np.zeros((1, 2), np.float32)).tolist()
    [[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]]
    """
    squashed = np.tanh(logits / np.float32(_UNSURE))
    first, second = np.triu_indices(squashed.shape[1])
    ones = np.ones((len(squashed), 1), dtype=np.float32)
    return np.hstack([ones, squashed, squashed[:, first] * squashed[:, second]])


def _quadratic(logits: Floats, stack: Floats) -> Floats:
    """Return ``products(logits) @ stack``, but the products, which are most of the time, are never laid out.

    In double precision, rounded at the end: how a product of matrices is summed depends on how many posts go
    together, and the same post must get the same answer in any company.
    """
    squashed = np.tanh(logits / np.float32(_UNSURE)).astype(np.float64)
    count, wide = squashed.shape[1], stack.astype(np.float64)
    pairs = np.zeros((count, stack.shape[1], count))
    first, second = np.triu_indices(count)
    pairs[first, :, second] = wide[1 + count :]
    halfway = (squashed @ pairs.reshape(count, -1)).reshape(len(squashed), stack.shape[1], count)
    sums = wide[0] + squashed @ wide[1 : 1 + count] + np.einsum("pcs,ps->pc", halfway, squashed)
    return np.asarray(sums, dtype=np.float32)


def _probabilities(logits: Floats) -> Floats:
    if logits.shape[1] == 1:
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), dtype=np.float32)
    exps = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exps / exps.sum(axis=1, keepdims=True), dtype=np.float32)


@lru_cache(maxsize=2)
def load_model(path: Path | None = None) -> StanceModel:
    """Return the model at a path, or the carried one; read once a process.

    Raises:
        InputError: if the file is not a model of this package.
    """
    place = path or Path(str(resources.files("sentiment") / "resources" / "model.npz"))
    try:
        with np.load(place, allow_pickle=False) as arrays:
            if int(arrays["features"]) != column_count():
                raise ValueError("it reads other features than this version")
            about = json.loads(str(arrays["about"]))
            first, second = (float(weight) for weight in arrays["view_weights"])
            return StanceModel(
                columns=arrays["columns"].astype(np.int64),
                scale=arrays["scale"].astype(np.float32),
                view_weights=(first, second),
                weights=arrays["weights"].astype(np.float32),
                bias=arrays["bias"].astype(np.float32),
                stack=arrays["stack"].astype(np.float32),
                about=about,
            )
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{place} is not a stance model: {error}. Make one with `make model`.") from None


@dataclass(frozen=True, slots=True)
class Stance:
    """What one post says, with the words that decided.

    Attributes:
        own_text: The author's own words.
        tokens: Its words.
        label: complaint, understanding or neutral.
        sure: False in the abstain band and where nothing can be read.
        probabilities: Of the three stances.
        p_outage: Probability that the post is evidence of a digital outage now.
        words: (word, weight) pairs, strongest first: how much the label's score falls without the word.
    """

    own_text: str
    tokens: tuple[str, ...]
    label: str
    sure: bool
    probabilities: Mapping[str, float]
    p_outage: float
    words: tuple[tuple[str, float], ...]

    def _repr_html_(self) -> str:
        shares = {f"p {name}": f"{share:.2f}" for name, share in self.probabilities.items()}
        words = "  ".join(f"{word} {weight:+.2f}" for word, weight in self.words) or "–"
        sure = "" if self.sure else " (拿不准 not sure)"
        facts = {
            "立场 stance": self.label + sure,
            **shares,
            "p outage": f"{self.p_outage:.2f}",
            "依据 decided by": words,
        }
        return html_result(self.own_text or "–", facts=facts)


def read_stance(
    text: str, *, settings: TextSettings | None = None, model: StanceModel | None = None
) -> Stance:
    """Return the stance of one post, as :func:`sentiment.annotate` reads it, and the words that decided it.

    >>> read_stance("又崩了，付了钱订单没了").label
    'complaint'
    """
    settings = settings or TextSettings()
    model = model or load_model(Path(settings.model) if settings.model else None)
    own = own_text(text)
    plain = model_text(own)
    tokens = Segmenter(settings.words).cut(plain)
    scores = model.score([prepare(plain, tokens)])
    legible, chinese = readable(plain), in_chinese(plain)
    shares = scores["stance"][0].astype(float) if legible else np.full(len(STANCES), 1 / len(STANCES))
    best = int(shares.argmax()) if legible else STANCES.index("neutral")
    return Stance(
        own_text=own,
        tokens=tuple(tokens),
        label=STANCES[best],
        sure=chinese and float(shares[best]) >= settings.abstain,
        probabilities={name: round(float(share), 4) for name, share in zip(STANCES, shares, strict=True)},
        p_outage=round(float(scores["outage"][0, 0]), 4) if chinese else 0.0,
        words=_deciding_words(tokens, best, model),
    )


def readable(own: str) -> bool:
    """Tell whether an own text holds anything the model was trained to read: Han, an emoji, an emoticon.

    >>> readable("ok fine"), readable("崩了"), readable("😡")
    (False, True, True)
    """
    return bool(_READABLE.search(own))


def _deciding_words(tokens: Sequence[str], best: int, model: StanceModel) -> tuple[tuple[str, float], ...]:
    """Leave out each word in turn and see how far the label's score falls against the others."""
    tokens = tokens[:200]
    without = [[*tokens[:place], *tokens[place + 1 :]] for place in range(len(tokens))]
    versions = [prepare("".join(words), words) for words in [list(tokens), *without]]
    logits = model.decide(model.logits(versions))[:, head_slices()["stance"]]
    margin = logits[:, best] - np.delete(logits, best, axis=1).max(axis=1)
    falls = margin[0] - margin[1:]
    ranked = sorted(zip(tokens, falls, strict=True), key=lambda pair: -pair[1])
    return tuple((word, round(float(fall), 3)) for word, fall in ranked[:8] if fall > 0)
