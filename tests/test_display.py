"""Results in cells: figures as pictures, tables escaped, bars."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import sentiment as st
from sentiment.display import Drawing, Progress, html_result, new_figure, plot_style
from sentiment.errors import InputError
from sentiment.pipeline import Analysis

HOSTILE = "<script>alert(1)</script> $x_{$ 😡"


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Labels of two people on posts that try to break a page."""
    place = tmp_path_factory.mktemp("desk") / "labels.csv"
    texts = [
        f"{HOSTILE} {text}" for text in ("又崩了", "慢慢修不着急", "下单失败退钱", "程序员辛苦了", "今天吃面")
    ]
    queue = pd.DataFrame({"post_id": list("abcde"), "text": texts})
    st.add_labels(place, queue, ["u", "u", "u", "c2", "n"], annotator="me")
    st.add_labels(place, queue, ["c2o", "u", "c3", "u", "ni"], annotator="you")
    return pd.read_csv(place, dtype="str", keep_default_na=False, encoding="utf-8-sig").assign(writer="w")


def test_a_drawing_is_a_pair_and_a_picture(tmp_path: Path) -> None:
    with plot_style():
        made = new_figure()
        made.subplots().set_title(HOSTILE)
    figure, numbers = drawing = Drawing(made, pd.DataFrame({"n": [1]}))
    assert (figure, len(numbers)) == (made, 1)
    assert drawing._repr_png_().startswith(b"\x89PNG")
    assert drawing.save(tmp_path / "new" / "a.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_a_picture_of_no_known_kind_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Cannot draw .*a\.doc"):
        Drawing(new_figure(), pd.DataFrame()).save(tmp_path / "a.doc")


def test_a_cell_shows_no_markup_and_no_formula() -> None:
    frame = pd.DataFrame({HOSTILE: [HOSTILE]})
    shown = html_result(HOSTILE, facts={HOSTILE: HOSTILE}, tables=[frame], notes=[HOSTILE])
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") == 6
    assert shown.startswith("<div class='tex2jax_ignore mathjax_ignore'>")


def test_every_result_shows_itself(sample_analysis: Analysis) -> None:
    found, counts = sample_analysis.found, sample_analysis.counts
    spikes = st.find_spikes(counts[(counts["service"] == "*") & (counts["series"] == "all")])
    tried = st.backtest(sample_analysis.annotated, false_alarms_per_week=[1.0], min_authors=[8])
    for result, words in [
        (sample_analysis, sample_analysis.headline),
        (sample_analysis.ingested, repr(sample_analysis.ingested)),
        (sample_analysis.discovered, "unclear"),
        (found, found.incidents[0].id),
        (found.incidents[0], "2026-03-12 11:4"),
        (sample_analysis.responses[0], sample_analysis.responses[0].sentence_en),
        (spikes, "spikes in"),
        (tried, "alarms_per_week"),
        (st.compare(found, found), "peak_count"),
        (st.read_stance("真棒，又崩了"), "complaint"),
    ]:
        assert words in result._repr_html_()


def test_results_about_labels_show_hostile_posts_escaped(labels: pd.DataFrame, tmp_path: Path) -> None:
    place = tmp_path / "labels.csv"
    labels[labels["annotator"] == "me"].to_csv(place, index=False)
    read = st.read_labels(place)
    evaluation = st.evaluate(read, snownlp=False)
    assert "macro_f1" in evaluation._repr_html_()
    figure, numbers = evaluation.plot()
    assert figure.axes
    assert numbers is evaluation.calibration
    for result in (evaluation, st.agreement(labels), st.read_stance(HOSTILE + "崩了")):
        assert "<script" not in result._repr_html_()
        assert "&lt;script" in result._repr_html_()


def test_bars_follow_the_stages(capsys: pytest.CaptureFixture[str]) -> None:
    tell = Progress(4)
    tell("read", 4)
    tell("annotate", 2)
    tell("annotate", 4)
    tell.close()
    shown = capsys.readouterr().err
    assert "read: 100%" in shown
    assert "annotate: 100%" in shown


def test_a_quiet_bar_is_silent_and_fits_every_call(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = Progress(quiet=True)
    st.analyze(pd.DataFrame({"text": ["美团又崩了"]}), progress=quiet)
    st.annotate(pd.DataFrame({"text": ["美团又崩了"]}), progress=quiet)
    assert capsys.readouterr().err == ""
