"""The label desk: which posts to label next, answers in a few keys, a file that can be taken up again.

A label file is a CSV with the corpus columns and ``annotator``, one row a post and annotator; it is what
``evaluate`` and ``train`` read. What was not asked is empty in it; ``-`` says that there is no service or
topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.annotation import annotate
from sentiment.errors import InputError
from sentiment.ingest import guard_cells
from sentiment.ingest.values.text import undo_guard
from sentiment.schema import STANCES
from sentiment.text.clean import in_chinese, own_model_text
from sentiment.text.stance import StanceModel, load_model, weigh
from sentiment.training.corpus import ANSWERS, COLUMNS, read_labels
from sentiment.training.fit import read_features
from sentiment.training.keys import ASKED, COLUMNS_OF, NONE, parse_answer, questions

FILE_COLUMNS: Final = (*COLUMNS, "annotator")
CANDIDATES: Final = 20_000
"""Posts that are read by the model; of a longer table as many are drawn at random."""
POOL: Final = 2_000
"""Least sure posts among which variety is looked for."""


def label_queue(
    posts: pd.DataFrame,
    *,
    labels: str | Path | None = None,
    annotator: str = "a",
    n: int = 50,
    overlap: int = 50,
    at_random: bool = False,
    ask: str | Sequence[str] = ASKED,
    model: StanceModel | None = None,
) -> pd.DataFrame:
    """Return the posts to label next.

    First come posts that another annotator labelled (those labels are not shown), until ``overlap`` are
    labelled by both; then posts this annotator began, of which more is asked now; then those the model is
    least sure of and that are unlike each other and what is labelled. Posts without Chinese words, and
    posts that read alike (their words as the model reads them), are left out.

    Args:
        posts: Frame with ``text``; ``post_id`` is kept where given.
        labels: The label file so far; it need not exist.
        annotator: Who will label.
        n: Posts wanted; fewer where there are no more.
        overlap: Posts that two annotators should both label.
        at_random: Draw at random instead: for labels that are to judge a model, not to teach it.
        ask: What is asked of each post: stance, outage, service, topics. A post is labelled once all of it
            is answered; the outage flag is given with the stance.
        model: The model whose doubt counts; else the carried one.

    Returns:
        Frame with ``post_id``, ``text`` and ``reason`` (second opinion, begun, unsure, random).

    Raises:
        InputError: if the label file breaks the codebook, or a question is unknown.
    """
    asked = questions(ask)
    done = read_desk(labels)
    readings, mine = done["text"].map(own_model_text), done["annotator"] == annotator
    answered = _answered(done, asked)
    own, others = set(readings[mine & answered]), set(readings[~mine & answered])
    open_ = done[~mine & answered & ~readings.isin(own)]
    second = _queued(open_, readings, "second opinion").head(max(0, min(n, overlap - len(own & others))))
    open_ = done[mine & ~readings.isin(own | set(second["text"].map(own_model_text)))]
    begun = _queued(open_, readings, "begun").head(n - len(second))
    fresh = _candidates(posts, own | others | set(readings[mine]))
    count = n - len(second) - len(begun)
    if at_random:
        chosen = fresh.sample(min(count, len(fresh)), random_state=0).assign(reason="random")
    else:
        order = _unsure_and_unlike(fresh, done["text"].tolist(), count, asked, model or load_model())
        chosen = fresh.iloc[order].assign(reason="unsure")
    return pd.concat([second, begun, chosen], ignore_index=True)


def _answered(labels: pd.DataFrame, asked: Sequence[str]) -> pd.Series:
    """Tell which rows answer all that is asked; who gave the stance had the outage flag before them."""
    needed = [name for name in asked if name != "outage" or "stance" not in asked]
    return (labels[[COLUMNS_OF[name][0] for name in needed]] != "").all(axis=1)


def _queued(labels: pd.DataFrame, readings: pd.Series, reason: str) -> pd.DataFrame:
    """Return posts of a label file to be asked of again, each reading once."""
    once = labels[~readings[labels.index].duplicated()]
    return pd.DataFrame({"post_id": once["id"], "text": once["text"], "reason": reason})


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
    read = frame["text"].map(own_model_text)
    fit = read.map(in_chinese) & ~read.isin(taken) & ~read.duplicated()
    return frame[fit.astype(bool)].reset_index(drop=True)


def _unsure_and_unlike(
    posts: pd.DataFrame, labelled: list[str], count: int, asked: Sequence[str], model: StanceModel
) -> list[int]:
    """Return rows: one after another the greatest product of doubt and distance from all chosen so far."""
    if posts.empty or count <= 0:
        return []
    doubt = _doubt(posts, asked, model)
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


def _doubt(posts: pd.DataFrame, asked: Sequence[str], model: StanceModel) -> NDArray[np.float64]:
    """Return 0 (sure) to 1, by the lead of the first stance or by the outage flag, whichever doubts.

    Where only one of them is asked, by that; where neither is, by both: who is hard to read in one is in all.
    """
    read = annotate(posts[["text"]], model=model)
    shares = np.sort(read[[f"p_{name}" for name in STANCES]].to_numpy(dtype=float), axis=1)
    doubts = {
        "stance": 1 - (shares[:, -1] - shares[:, -2]),
        "outage": 1 - 2 * np.abs(read["p_outage"].to_numpy(dtype=float) - 0.5),
    }
    counted = [doubts[name] for name in asked if name in doubts] or list(doubts.values())
    return np.asarray(np.maximum.reduce(counted), dtype=np.float64)


def _directions(texts: list[str], model: StanceModel) -> Any:  # noqa: ANN401 - scipy sparse
    from sklearn.preprocessing import normalize

    return normalize(weigh(read_features(texts), model.columns, model.scale, model.view_weights)).tocsr()


def read_desk(path: str | Path | None) -> pd.DataFrame:
    """Return a label file with its annotators; an empty frame where there is none yet.

    Raises:
        InputError: if the file breaks the codebook.
    """
    if path is None or not Path(path).exists():
        return pd.DataFrame(columns=list(FILE_COLUMNS), dtype="str")
    labels = read_labels(path, answers=ANSWERS)
    raw = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    annotators = raw["annotator"].map(undo_guard) if "annotator" in raw else pd.Series("a", index=raw.index)
    for column in {"service", "topics"} & set(raw.columns):
        labels[column] = labels[column].mask(raw[column] == NONE, NONE)
    return labels.assign(annotator=annotators.to_numpy())[list(FILE_COLUMNS)]


def add_labels(
    path: str | Path,
    queue: pd.DataFrame,
    answers: Sequence[str],
    *,
    annotator: str = "a",
    ask: str | Sequence[str] = ASKED,
) -> int:
    """Add answers to a label file, one for each post of a queue from its top; "" passes a post over.

    A post keeps what its annotator answered before to other questions; an answer to the same question takes
    the place of the earlier one.

    Returns:
        The number of posts labelled.

    Raises:
        InputError: if there are more answers than posts or one is not understood; then nothing is written.
    """
    if len(answers) > len(queue):
        raise InputError(f"There are {len(answers)} answers for {len(queue)} posts.")
    rows = []
    for place, keys in enumerate(answers):
        if keys.strip():
            post = queue.iloc[place]
            said = {"id": str(post["post_id"]), "text": post["text"], "annotator": annotator}
            rows.append({**said, **parse_answer(keys, ask)})
    if rows:
        _write(Path(path), _filled_in(read_desk(path), rows))
    return len(rows)


def _filled_in(labels: pd.DataFrame, rows: Sequence[dict[str, str]]) -> pd.DataFrame:
    """Return the labels with new answers last, each beside what its annotator said of the post before."""

    def key(row: dict[str, str]) -> tuple[str, ...]:
        return row["annotator"], row["id"], row["text"]

    new: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        new[key(row)] = {**new.get(key(row), {}), **row}
    kept = []
    for old in labels.to_dict("records"):
        row = {str(name): str(cell) for name, cell in old.items()}
        if key(row) in new:
            new[key(row)] = {**row, **new[key(row)]}
        else:
            kept.append(row)
    empty = dict.fromkeys(FILE_COLUMNS, "")
    return pd.DataFrame([{**empty, **row} for row in [*kept, *new.values()]], dtype="str")


def take_back(path: str | Path, *, annotator: str = "a", ask: str | Sequence[str] = ASKED) -> str | None:
    """Remove an annotator's last answers to what is asked from a file.

    Returns:
        The post's text; None where there is no such answer.
    """
    asked, labels = questions(ask), read_desk(path)
    own = labels.index[(labels["annotator"] == annotator) & _answered(labels, asked)]
    if not len(own):
        return None
    labels.loc[own[-1], [column for name in asked for column in COLUMNS_OF[name]]] = ""
    left = any(labels.loc[own[-1], columns[0]] for columns in COLUMNS_OF.values())
    text = str(labels.loc[own[-1], "text"])
    _write(Path(path), labels if left else labels.drop(index=own[-1]))
    return text


def _write(path: Path, labels: pd.DataFrame) -> None:
    """Write a label file whole or not at all."""
    rows = labels.reindex(columns=list(FILE_COLUMNS)).fillna("")
    rows = guard_cells(rows).where(rows != NONE, rows)  # a lone - is no formula
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.part")
        rows.to_csv(unfinished, index=False, encoding="utf-8-sig", lineterminator="\n")
        unfinished.replace(path)
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror or error}.") from None
