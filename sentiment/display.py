"""What a result looks like: Chinese in matplotlib, and small helpers for cells and terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

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
