"""Write a report: one folder with the page, its Markdown, a workbook, one sheet of paper and the figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from sentiment.report.excel import write_excel
from sentiment.report.figures import write_figures
from sentiment.report.html import render_html
from sentiment.report.markdown import render_markdown
from sentiment.report.pdf import write_pdf
from sentiment.report.statement import render_statement
from sentiment.report.wording import check_lang, plain


@dataclass(frozen=True, slots=True)
class Report:
    """The files of a written report.

    Attributes:
        html: The page.
        markdown: The same as Markdown.
        excel: The workbook.
        pdf: One page of paper.
        figures: PNG files.
        headline: The verdict sentence.
    """

    html: Path
    markdown: Path
    excel: Path
    pdf: Path
    figures: tuple[Path, ...] = field(repr=False)
    headline: str

    def _repr_html_(self) -> str:
        links = " · ".join(
            f'<a href="{escape(path.as_posix())}" target="_blank">{escape(path.name)}</a>'
            for path in (self.html, self.pdf, self.markdown, self.excel)
        )
        return f'<p style="font-size:1.3em;margin:.2em 0">{escape(self.headline)}</p><p>{links}</p>'


def write_report(summary: dict[str, Any], folder: str | Path, *, lang: str | None = None) -> Report:
    """Write ``report.html``, ``.md``, ``.xlsx``, ``.pdf`` and ``figures/*.png`` into a folder.

    With an incident also ``statement.md``, the drafts of a holding statement.

    Args:
        summary: From :func:`summarize`.
        folder: Made if absent.
        lang: ``zh`` or ``en``; None: the summary's own.

    Raises:
        InputError: if a quote is not a verbatim part of the post it names; nothing is written then.
    """
    lang = check_lang(lang or summary["lang"])
    page, words = render_html(summary, lang=lang), render_markdown(summary, lang=lang)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    html, markdown = target / "report.html", target / "report.md"
    html.write_text(page, encoding="utf-8", newline="\n")
    markdown.write_text(words, encoding="utf-8", newline="\n")
    if summary["statement"]:
        drafts = render_statement(summary, lang)
        (target / "statement.md").write_text(drafts, encoding="utf-8", newline="\n")
    return Report(
        html=html,
        markdown=markdown,
        excel=write_excel(summary, target / "report.xlsx", lang=lang),
        pdf=write_pdf(summary, target / "report.pdf", lang=lang),
        figures=tuple(write_figures(summary, target / "figures", lang=lang)),
        headline=plain(summary["verdict"][lang]["headline"]),
    )
