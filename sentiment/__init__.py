"""outage-sentiment: scraped Chinese posts in, a trustworthy account of an outage out, offline.

The public names, loaded when first used, so that ``import sentiment`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentiment.annotation import annotate
    from sentiment.config import Settings, load_settings
    from sentiment.display import Progress
    from sentiment.errors import SentimentError
    from sentiment.incidents import backtest, count_posts, find_incidents, find_spikes, response_effect
    from sentiment.ingest import read_posts, sample_posts
    from sentiment.notebooks import write_notebook
    from sentiment.pipeline import Analysis, analyze
    from sentiment.report import check_wording, compare, diff_runs, draft_statement, scorecard
    from sentiment.text.stance import read_stance
    from sentiment.training.agreement import agreement
    from sentiment.training.corpus import read_labels
    from sentiment.training.desk import add_labels, label_queue
    from sentiment.training.evaluate import evaluate
    from sentiment.training.teach import save_lesson, teach

_PLACES = {
    "annotate": "sentiment.annotation",
    "Settings": "sentiment.config",
    "load_settings": "sentiment.config",
    "Progress": "sentiment.display",
    "SentimentError": "sentiment.errors",
    "backtest": "sentiment.incidents",
    "compare": "sentiment.report",
    "diff_runs": "sentiment.report",
    "draft_statement": "sentiment.report",
    "scorecard": "sentiment.report",
    "check_wording": "sentiment.report",
    "count_posts": "sentiment.incidents",
    "find_incidents": "sentiment.incidents",
    "find_spikes": "sentiment.incidents",
    "response_effect": "sentiment.incidents",
    "read_posts": "sentiment.ingest",
    "sample_posts": "sentiment.ingest",
    "Analysis": "sentiment.pipeline",
    "analyze": "sentiment.pipeline",
    "read_stance": "sentiment.text.stance",
    "label_queue": "sentiment.training.desk",
    "add_labels": "sentiment.training.desk",
    "read_labels": "sentiment.training.corpus",
    "agreement": "sentiment.training.agreement",
    "evaluate": "sentiment.training.evaluate",
    "teach": "sentiment.training.teach",
    "save_lesson": "sentiment.training.teach",
    "write_notebook": "sentiment.notebooks",
}

__all__ = [  # noqa: RUF022 - in the order a reader needs them
    "read_posts",
    "sample_posts",
    "analyze",
    "Analysis",
    "annotate",
    "read_stance",
    "count_posts",
    "find_spikes",
    "find_incidents",
    "response_effect",
    "backtest",
    "compare",
    "scorecard",
    "diff_runs",
    "draft_statement",
    "check_wording",
    "label_queue",
    "add_labels",
    "read_labels",
    "agreement",
    "evaluate",
    "teach",
    "save_lesson",
    "write_notebook",
    "Progress",
    "Settings",
    "load_settings",
    "SentimentError",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    if name not in _PLACES:
        raise AttributeError(f"module 'sentiment' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
