"""The labels of the report: key -> (Chinese, English)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sentiment.report.labels.findings import FINDINGS
from sentiment.report.labels.method import METHOD
from sentiment.report.labels.page import PAGE
from sentiment.report.labels.reading import READING

__all__ = ["LABELS", "METHOD"]

LABELS: Final[Mapping[str, tuple[str, str]]] = {**PAGE, **FINDINGS, **READING}
"""Every label of the report."""
