"""What several test folders share: the posts the package carries, analysed once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from sentiment.ingest import Ingested, sample_posts
from sentiment.pipeline import Analysis, analyze

REPOSITORY = Path(__file__).parents[1]

# The suite tries the same examples on every machine, so that a red run is always about the change.
# `HYPOTHESIS_PROFILE=hunt make test` looks for new ones.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("hunt", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session")
def sample() -> Ingested:
    """The 500 invented posts of the package."""
    return sample_posts()


@pytest.fixture(scope="session")
def sample_analysis(sample: Ingested) -> Analysis:
    """Their analysis, with defaults."""
    return analyze(sample)
