"""What a result looks like: Chinese in matplotlib, results in notebook cells, bars while one waits."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sentiment.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

CJK_FONT: Final = "NotoSansSC-subset.otf"
EMOJI_FONT: Final = "NotoEmoji-subset.ttf"

COLOURS: Final = {
    "complaint": "#c8452f",
    "understanding": "#2f7f6f",
    "neutral": "#8a8f98",
    "volume": "#3b5b92",
    "expected": "#9aa3b2",
    "incident": "#f4d9cf",
    "untrusted": "#e7e7ea",
    "response": "#7a4fa3",
}
"""One colour a meaning, the same in every figure and page (told apart by colour-blind readers too)."""


def font_path(name: str = CJK_FONT) -> Path:
    """Return the path of a font carried in the package."""
    return Path(str(resources.files("sentiment") / "resources" / "fonts" / name))


@contextmanager
def plot_style() -> Iterator[None]:
    """Draw readable Chinese inside this context; the user's rcParams stay as they were.

    The carried fonts are added to matplotlib's font list; ``text.parse_math`` is off, because a post
    may hold ``$``.

    >>> import matplotlib
    >>> before = matplotlib.rcParams["font.family"]
    >>> with plot_style():
    ...     matplotlib.rcParams["text.parse_math"]
    False
    >>> matplotlib.rcParams["font.family"] == before
    True
    """
    import matplotlib as mpl

    names = [_register(name) for name in (CJK_FONT, EMOJI_FONT)]
    style: dict[Any, Any] = {
        "font.family": [*names, "DejaVu Sans"],
        "font.size": 10,
        "axes.unicode_minus": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "grid.color": "#e3e5e9",
        "axes.edgecolor": "#8a8f98",
        "axes.titlelocation": "left",
        "axes.titlesize": 12,
        "figure.dpi": 110,
        "savefig.dpi": 150,
        "svg.fonttype": "none",
        "svg.hashsalt": "outage-sentiment",
        "text.parse_math": False,
        "legend.frameon": False,
    }
    with mpl.rc_context(style):
        yield


def _register(name: str) -> str:
    from matplotlib.font_manager import FontProperties, fontManager

    path = str(font_path(name))
    if path not in {entry.fname for entry in fontManager.ttflist}:
        fontManager.addfont(path)
    return FontProperties(fname=path).get_name()


def new_figure(*, width: float = 9.0, height: float = 3.6) -> Figure:
    """Return an empty figure that no GUI window and no pyplot state belongs to (inches)."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


class Drawing(NamedTuple):
    """A figure and the numbers drawn in it; a notebook cell shows the figure.

    Attributes:
        figure: A matplotlib figure that belongs to no GUI window and no pyplot state.
        numbers: What is drawn; each plot function says which columns.
    """

    figure: Figure
    numbers: pd.DataFrame

    def save(self, path: str | Path) -> Path:
        """Write the figure; the ending names the kind of file (.png, .svg, .pdf).

        Raises:
            InputError: if the place cannot be written or the ending names no kind of picture.
        """
        place = Path(path)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with plot_style():
                self.figure.savefig(place)
        except (OSError, ValueError) as error:
            raise InputError(f"Cannot draw {place}: {error}.") from None
        return place

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        with plot_style():
            self.figure.savefig(file, format="png", dpi="figure")
        return file.getvalue()


class Progress:
    """Progress bars for any ``progress=`` argument: one a stage, in a notebook or on stderr.

    >>> tell = Progress(quiet=True)
    >>> tell("annotate", 5000)
    """

    def __init__(self, total: int | None = None, *, unit: str = "rows", quiet: bool = False) -> None:
        """Prepare the bars.

        Args:
            total: Rows of each stage, where known: the bar then shows what is left.
            unit: What is counted.
            quiet: Show nothing.
        """
        self._total, self._unit, self._quiet = total, f" {unit}", quiet
        self._stage: str | None = None
        self._bar: Any = None

    def __call__(self, *step: str | int) -> None:
        """Take a stage's name and the rows done in it so far, or the rows alone."""
        stage, done = "" if len(step) == 1 else str(step[0]), int(step[-1])
        if stage != self._stage:
            self.close()
            self._stage, self._bar = stage, self._open(stage)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """End the bar that is shown; a bar nobody holds any more ends by itself."""
        if self._bar is not None:
            self._bar.close()
        self._stage, self._bar = None, None

    def _open(self, stage: str) -> Any:  # noqa: ANN401 - tqdm's notebook or terminal bar
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a notebook without ipywidgets gets the terminal's bar
            from tqdm.auto import tqdm

        return tqdm(total=self._total, desc=stage or None, unit=self._unit, disable=self._quiet)


def html_result(
    head: str,
    *,
    facts: Mapping[str, object] | None = None,
    tables: Sequence[pd.DataFrame] = (),
    notes: Sequence[str] = (),
) -> str:
    """Return what a notebook cell shows of a result: a sentence, facts, tables, remarks; all escaped.

    A post may hold ``$``: the cell is kept from reading formulas.

    >>> html_result("<b>", facts={"posts": 3}).count("&lt;b&gt;")
    1
    """
    rows = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(str(value))}</td></tr>"
        for name, value in (facts or {}).items()
    )
    parts = [f"<p style='font-size:1.2em;margin:.3em 0'>{escape(head)}</p>"]
    parts += [f"<table>{rows}</table>"] if rows else []
    parts += [
        table.astype("object")
        .where(table.notna(), "–")
        .to_html(border=0, index=table.index.dtype.kind != "i", float_format="{:.3g}".format)
        for table in tables
        if not table.empty
    ]
    parts += [f"<p style='margin:.3em 0'>{escape(note)}</p>" for note in notes]
    return f"<div class='tex2jax_ignore mathjax_ignore'>{''.join(parts)}</div>"


def explain_post(row: pd.Series, words: Sequence[tuple[str, float]]) -> str:
    """Return how one post was read, for a terminal.

    Args:
        row: An annotated post.
        words: (word, weight) that decided, strongest first.
    """
    shares = "  ".join(f"{name} {row[f'p_{name}']:.2f}" for name in ("complaint", "understanding", "neutral"))
    flags = [name for name in ("asks_help", "sarcasm", "mixed") if row[name]]
    lines = {
        "own text": row["own_text"] or "(none: nothing but what others wrote)",
        "words": row["tokens"],
        "stance": f"{row['stance']}{'' if row['stance_sure'] else ' (not sure)'}   {shares}",
        "decided by": "  ".join(f"{word} {weight:+.2f}" for word, weight in words) or "-",
        "kind": row["neutral_kind"] or "-",
        "flags": " ".join(flags) or "-",
        "severity": row["severity"] if row["stance"] == "complaint" else "-",
        "outage": f"{'yes' if row['outage'] else 'no'}   p {row['p_outage']:.2f}",
        "service": f"{row['service']} (as written: {row['service_mention']})" if row["service"] else "-",
        "topics": row["topics"] or "-",
    }
    return "\n".join(f"{name:>10}  {value}" for name, value in lines.items())
