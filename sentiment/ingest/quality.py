"""What was read from which file, and what was not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentiment.ingest.trust import OUTSIDE, Trust


@dataclass(frozen=True, slots=True)
class FileQuality:
    """One input file: accepted + rejected + duplicates = rows."""

    file: str
    format: str = "not posts"
    format_reason: str = ""
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    untimed: int = 0
    skipped: tuple[str, ...] = ()
    """Tables or sheets without posts."""
    error: str | None = None
    """Why the file could not be read to its end, in one sentence."""
    path: Path | None = None
    """Where the file lies; None for a frame."""

    def to_dict(self) -> dict[str, Any]:
        """Return the file's line of ``sentiment check``."""
        return {
            "file": self.file,
            "format": self.format,
            "format_reason": self.format_reason,
            "rows": self.rows,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "duplicates": self.duplicates,
            "untimed": self.untimed,
            "skipped": list(self.skipped),
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Quality:
    """All input files and how far their posts can be trusted."""

    files: tuple[FileQuality, ...]
    trust: Trust
    totals: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        names = ("rows", "accepted", "rejected", "duplicates", "untimed")
        totals = {name: sum(getattr(file, name) for file in self.files) for name in names}
        object.__setattr__(self, "totals", totals)

    @property
    def rejected_share(self) -> float:
        """Share of rows rejected; those outside the asked window are no rows of it."""
        outside = self.trust.rejected.get(OUTSIDE, 0)
        asked = self.totals["rows"] - outside
        return (self.totals["rejected"] - outside) / asked if asked else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return what ``sentiment check`` writes, as plain data.

        >>> from sentiment.ingest.trust import judge
        >>> from sentiment.schema import POSTS, empty
        >>> sorted(Quality((), judge(empty(POSTS))).to_dict())
        ['files', 'schema', 'totals', 'trust']
        """
        return {
            "schema": 1,
            "files": [file.to_dict() for file in self.files],
            "totals": dict(self.totals),
            "trust": self.trust.to_dict(),
        }
