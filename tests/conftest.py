"""What several test folders share: the posts the package carries, analysed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentiment.ingest import Ingested, sample_posts
from sentiment.pipeline import Analysis, analyze

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def sample() -> Ingested:
    """The 500 invented posts of the package."""
    return sample_posts()


@pytest.fixture(scope="session")
def sample_analysis(sample: Ingested) -> Analysis:
    """Their analysis, with defaults."""
    return analyze(sample)
