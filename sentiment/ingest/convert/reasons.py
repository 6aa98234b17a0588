"""Why a row is no post, and the rows that are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

import numpy as np
import pandas as pd

from sentiment.ingest.formats import Layout
from sentiment.ingest.tables.row import Row, raw_text
from sentiment.ingest.values import plain

NO_TEXT, BROKEN_TEXT, HALF_ROW, WIDE_ROW = (
    "no text", "unreadable characters", "half row", "more cells than the header",
)  # fmt: skip
_BROKEN_SHARE: Final = 0.2
"""Share of U+FFFD in a text from which it is unreadable."""


def reasons_against(
    frame: pd.DataFrame,
    values: Sequence[dict[str, object]],
    rows: Sequence[Row],
    layout: Layout,
    columns: Sequence[str],
) -> dict[int, str]:
    """Return why rows are no posts, by their place in the frame."""
    reasons = text_reasons(frame["text"])
    if not columns or not layout.fields.get("time"):
        return reasons
    untimed = frame["created_at"].isna().to_numpy()
    for n in np.flatnonzero(untimed).tolist():
        reason = shape_reason(rows[n], values[n], columns)
        if reason:
            reasons[n] = reason
    return reasons


def text_reasons(texts: pd.Series) -> dict[int, str]:
    """Return why texts are none, by their place."""
    reasons = dict.fromkeys(np.flatnonzero(texts.str.strip().eq("").to_numpy()).tolist(), NO_TEXT)
    broken = texts.str.count("\ufffd") > texts.str.len() * _BROKEN_SHARE
    reasons.update(dict.fromkeys(np.flatnonzero(broken.to_numpy()).tolist(), BROKEN_TEXT))
    return reasons


def shape_reason(row: Row, fitted: Mapping[str, object], columns: Sequence[str]) -> str:
    """Return what is wrong with the width of a row without a time, empty if nothing."""
    if row.part:
        return ""
    if row.extra and any(cell.strip() for cell in row.extra):
        return WIDE_ROW
    short = len(fitted) < len(columns) and len(cast("dict[str, object]", row.values)) < len(columns)
    return HALF_ROW if short else ""


def rejected_rows(bad: Sequence[tuple[int, Row, str]], first: int) -> pd.DataFrame:
    """Return the frame of rejected rows; each comes with its place and the reason."""
    found = sorted(bad, key=lambda item: item[0])
    return pd.DataFrame(
        {
            "source": pd.Series([row.source for _, row, _ in found], dtype="str"),
            "reason": pd.Series([reason for _, _, reason in found], dtype="str"),
            "raw": pd.Series([plain(raw_text(row)) for _, row, _ in found], dtype="str"),
            "order": pd.Series([n + first for n, _, _ in found], dtype="int64"),
        }
    )
