"""Results -> one plain summary -> HTML, Markdown, Excel and figures, with the posts behind each number."""

from sentiment.report.comparison import Comparison, compare
from sentiment.report.difference import RunDiff, diff_runs
from sentiment.report.figures import draw_response, draw_stance, draw_timeline, draw_topics, write_figures
from sentiment.report.history import history_row, write_history
from sentiment.report.html import render_html
from sentiment.report.ledger import Claim, Ledger
from sentiment.report.markdown import render_markdown
from sentiment.report.phrasing import Flag, check_wording
from sentiment.report.render import Report, write_report
from sentiment.report.scorecard import Scorecard, scorecard
from sentiment.report.statement import Statement, draft_statement
from sentiment.report.summary import summarize
from sentiment.report.trust import untrusted_stretches

__all__ = [
    "Claim",
    "Comparison",
    "Flag",
    "Ledger",
    "Report",
    "RunDiff",
    "Scorecard",
    "Statement",
    "check_wording",
    "compare",
    "diff_runs",
    "draft_statement",
    "draw_response",
    "draw_stance",
    "draw_timeline",
    "draw_topics",
    "history_row",
    "render_html",
    "render_markdown",
    "scorecard",
    "summarize",
    "untrusted_stretches",
    "write_figures",
    "write_history",
    "write_report",
]
