"""The label desk: which posts to label next, answers in a few keys, a file that can be taken up again.

A label file is a CSV with the corpus columns and ``annotator``; it is what ``evaluate`` and ``train`` read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.annotation import annotate
from sentiment.errors import InputError
from sentiment.ingest import guard_cells
from sentiment.schema import STANCES
from sentiment.text.clean import in_chinese, model_text, own_text
from sentiment.text.features import featurize
from sentiment.text.stance import StanceModel, load_model, weigh
from sentiment.training.corpus import COLUMNS, read_labels
from sentiment.training.fit import prepared

FILE_COLUMNS: Final = (*COLUMNS, "annotator")
CANDIDATES: Final = 20_000
"""Posts that are read by the model; of a longer table as many are drawn at random."""
POOL: Final = 2_000
"""Least sure posts among which variety is looked for."""

LABEL_KEYS: Final = {"c": "complaint", "u": "understanding", "n": "neutral"}
KIND_KEYS: Final = {"i": "info", "h": "help", "j": "joke", "p": "praise", "x": "irrelevant"}
FLAG_KEYS: Final = {"o": "outage", "s": "sarcasm", "m": "mixed"}
KEYS_HELP: Final = """\
c complaint, with 0-3 for its severity      u understanding
n neutral, with i info, h help, j joke, p praise, x irrelevant
after it, where it holds: o evidence of an outage now, s sarcasm, m mixed
for example: c2o   ni   um"""


def parse_answer(keys: str) -> dict[str, str]:
    """Return the label columns that a few keys stand for.

    Raises:
        InputError: naming the key that is not understood.

    >>> parse_answer("c2o")["severity"], parse_answer("nh")["neutral_kind"]
    ('2', 'help')
    """
    plain = "".join(unicodedata.normalize("NFKC", keys).lower().split())
    if not plain or plain[0] not in LABEL_KEYS:
        raise InputError(f"{keys.strip()!r} does not begin with c, u or n.")
    label = LABEL_KEYS[plain[0]]
    row = {"label": label, "neutral_kind": "", "severity": "", "outage": "0", "sarcasm": "0", "mixed": "0"}
    for key in plain[1:]:
        if key in FLAG_KEYS:
            row[FLAG_KEYS[key]] = "1"
        elif key in KIND_KEYS and label == "neutral":
            row["neutral_kind"] = KIND_KEYS[key]
        elif key in "0123" and label == "complaint":
            row["severity"] = key
        else:
            raise InputError(f"{key!r} means nothing after {label}.")
    return row


def label_queue(
    posts: pd.DataFrame,
    *,
    labels: str | Path | None = None,
    annotator: str = "a",
    n: int = 50,
    overlap: int = 50,
    at_random: bool = False,
    model: StanceModel | None = None,
) -> pd.DataFrame:
    """Return the posts to label next.

    First come posts that another annotator labelled (those labels are not shown), until ``overlap`` are
    labelled by both; then those the model is least sure of and that are unlike each other and what is
    labelled. Posts without Chinese words, and posts that read alike, are left out.

    Args:
        posts: Frame with ``text``; ``post_id`` is kept where given.
        labels: The label file so far; it need not exist.
        annotator: Who will label.
        n: Posts wanted; fewer where there are no more.
        overlap: Posts that two annotators should both label.
        at_random: Draw at random instead: for labels that are to judge a model, not to teach it.
        model: The model whose doubt counts; else the carried one.

    Returns:
        Frame with ``post_id``, ``text`` and ``reason`` (second opinion, unsure, random).

    Raises:
        InputError: if the label file breaks the codebook.
    """
    done = read_desk(labels)
    own = {reading(text) for text in done.loc[done["annotator"] == annotator, "text"]}
    others = done[done["annotator"] != annotator]
    readings = others["text"].map(reading)
    open_ = others[~readings.isin(own) & ~readings.duplicated()]
    wanted = max(0, min(n, overlap - len(own & set(readings))))
    second = pd.DataFrame({"post_id": open_["id"], "text": open_["text"], "reason": "second opinion"}).head(
        wanted
    )
    fresh = _candidates(posts, own | set(readings))
    count = n - len(second)
    if at_random:
        chosen = fresh.sample(min(count, len(fresh)), random_state=0).assign(reason="random")
    else:
        order = _unsure_and_unlike(fresh, done["text"].tolist(), count, model or load_model())
        chosen = fresh.iloc[order].assign(reason="unsure")
    return pd.concat([second, chosen], ignore_index=True)


def reading(text: str) -> str:
    """Return what makes two posts one to a labeller: the words the model reads."""
    return model_text(own_text(text))


def _candidates(posts: pd.DataFrame, taken: set[str]) -> pd.DataFrame:
    """Return post_id and text of posts with Chinese words, once each, that nobody has labelled."""
    if "text" not in posts:
        raise InputError(f"Posts to label need a column text; there is {', '.join(map(str, posts.columns))}.")
    given = posts.sample(CANDIDATES, random_state=0).sort_index() if len(posts) > CANDIDATES else posts
    texts = given["text"].fillna("").astype("str")
    ids = (
        given["post_id"].astype("str") if "post_id" in given else pd.Series([f"row{n}" for n in given.index])
    )
    frame = pd.DataFrame({"post_id": ids.to_numpy(), "text": texts.to_numpy()})
    read = frame["text"].map(reading)
    fit = read.map(in_chinese) & ~read.isin(taken) & ~read.duplicated()
    return frame[fit.astype(bool)].reset_index(drop=True)


def _unsure_and_unlike(posts: pd.DataFrame, labelled: list[str], count: int, model: StanceModel) -> list[int]:
    """Return rows: one after another the greatest product of doubt and distance from all chosen so far."""
    if posts.empty or count <= 0:
        return []
    doubt = _doubt(posts, model)
    pool = np.argsort(-doubt, kind="stable")[:POOL]
    vectors = _directions(posts["text"].iloc[pool].tolist(), model)
    nearest = np.zeros(len(pool))
    if labelled:
        nearest = np.asarray((vectors @ _directions(labelled[-POOL:], model).T).max(axis=1).todense()).ravel()
    chosen: list[int] = []
    value = doubt[pool]
    for _ in range(min(count, len(pool))):
        best = int(np.argmax(value * (1.001 - nearest)))
        chosen.append(int(pool[best]))
        nearest = np.maximum(nearest, np.asarray((vectors @ vectors[best].T).todense()).ravel())
        value[best] = -1.0
    return chosen


def _doubt(posts: pd.DataFrame, model: StanceModel) -> NDArray[np.float64]:
    """Return 0 (sure) to 1, by the lead of the first stance or by the outage flag, whichever doubts."""
    read = annotate(posts[["text"]], model=model)
    shares = np.sort(read[[f"p_{name}" for name in STANCES]].to_numpy(dtype=float), axis=1)
    outage = 1 - 2 * np.abs(read["p_outage"].to_numpy(dtype=float) - 0.5)
    doubt: NDArray[np.float64] = np.maximum(1 - (shares[:, -1] - shares[:, -2]), outage)
    return doubt


def _directions(texts: list[str], model: StanceModel) -> Any:  # noqa: ANN401 - scipy sparse
    from sklearn.preprocessing import normalize

    return normalize(
        weigh(featurize(prepared(texts)), model.columns, model.scale, model.view_weights)
    ).tocsr()


def read_desk(path: str | Path | None) -> pd.DataFrame:
    """Return a label file with its annotators; an empty frame where there is none yet.

    Raises:
        InputError: if the file breaks the codebook.
    """
    if path is None or not Path(path).exists():
        return pd.DataFrame(columns=list(FILE_COLUMNS), dtype="str")
    labels = read_labels(path)
    raw = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    annotators = raw["annotator"] if "annotator" in raw else pd.Series("a", index=raw.index)
    return labels.assign(annotator=annotators.to_numpy())[list(FILE_COLUMNS)]


def add_labels(path: str | Path, queue: pd.DataFrame, answers: Sequence[str], *, annotator: str = "a") -> int:
    """Append answers to a label file, one for each post of a queue from its top; "" passes a post over.

    Returns:
        The number of labels written.

    Raises:
        InputError: if there are more answers than posts or one is not understood; then nothing is written.
    """
    if len(answers) > len(queue):
        raise InputError(f"There are {len(answers)} answers for {len(queue)} posts.")
    rows = []
    for place, keys in enumerate(answers):
        if keys.strip():
            post = queue.iloc[place]
            rows.append(
                {"id": post["post_id"], "text": post["text"], **parse_answer(keys), "annotator": annotator}
            )
    if rows:
        _write(Path(path), pd.concat([read_desk(path), pd.DataFrame(rows)], ignore_index=True))
    return len(rows)


def take_back(path: str | Path, *, annotator: str = "a") -> str | None:
    """Remove the last label of an annotator from a file and return its text; None where there is none."""
    labels = read_desk(path)
    own = labels.index[labels["annotator"] == annotator]
    if not len(own):
        return None
    _write(Path(path), labels.drop(index=own[-1]))
    return str(labels.loc[own[-1], "text"])


def _write(path: Path, labels: pd.DataFrame) -> None:
    """Write a label file whole or not at all."""
    rows = guard_cells(labels.reindex(columns=list(FILE_COLUMNS)).fillna(""))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.part")
        rows.to_csv(unfinished, index=False, encoding="utf-8-sig", lineterminator="\n")
        unfinished.replace(path)
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror or error}.") from None
