"""A folder that grows file by file, for what follows it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd


def drop(folder: Path, name: str, start: str, texts: list[str]) -> None:
    """Put a whole file of posts into a folder, ten seconds between them."""
    times = pd.date_range(start, periods=len(texts), freq="10s").astype("str")
    rows = [
        {"id": f"{name}{n}", "created_at": at, "text": text, "user_id": str(n)}
        for n, (at, text) in enumerate(zip(times, texts, strict=True))
    ]
    half = folder.with_name("half.jsonl")
    half.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    half.replace(folder / f"{name}.jsonl")
