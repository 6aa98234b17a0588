"""The figures of an analysis: numbers drawn, words counted, the user's settings untouched."""

from __future__ import annotations

from dataclasses import replace

import matplotlib as mpl
import pandas as pd
import pytest

from sentiment.errors import ConfigError
from sentiment.pipeline import Analysis
from sentiment.plots import Plots, lean_words
from sentiment.schema import STANCES


def made(posts: int, tokens: str, stance: str, **other: object) -> pd.DataFrame:
    row = {"tokens": tokens, "stance": stance, "account_kind": "person", "hijack": False, **other}
    return pd.DataFrame([row] * posts)


def cloud(posts: pd.DataFrame, **options: object):
    return Plots({"incidents": [], "lang": "zh"}, posts).wordcloud(**options)


def test_words_count_posts_and_lean() -> None:
    posts = pd.concat([made(6, "退款 退款 骑手", "complaint"), made(6, "辛苦 骑手", "understanding")])
    table = lean_words(posts).set_index("word")
    assert table["posts"].to_dict() == {"骑手": 12, "辛苦": 6, "退款": 6}
    assert table["leans"].to_dict() == {"骑手": "", "辛苦": "understanding", "退款": "complaint"}
    assert (table[list(STANCES)].sum(axis=1) == table["posts"]).all()
    assert lean_words(posts, stance="complaint")["word"].tolist() == ["退款", "骑手"]


def test_rare_words_and_other_accounts_stay_out_of_the_cloud() -> None:
    posts = pd.concat(
        [
            made(5, "退款", "complaint"),
            made(2, "张三丰", "complaint"),
            made(9, "通稿", "neutral", account_kind="media"),
        ]
    )
    assert cloud(posts).numbers["word"].tolist() == ["退款"]


def test_a_word_the_font_lacks_is_counted_but_not_drawn() -> None:
    posts = pd.concat([made(5, "退款", "complaint"), made(4, "㐂㐆", "complaint")])
    sizes = cloud(posts).numbers.set_index("word")["size"]
    assert sizes["退款"] > 50
    assert "㐂㐆" not in sizes.dropna().index


def test_the_same_seed_draws_the_same_cloud() -> None:
    posts = pd.concat(
        [made(9 - n, word, "neutral") for n, word in enumerate(("退款", "骑手", "客服", "订单"))]
    )
    assert cloud(posts)._repr_png_() == cloud(posts)._repr_png_()
    assert cloud(posts)._repr_png_() != cloud(posts, seed=1)._repr_png_()
    assert cloud(posts, most=2).numbers["word"].tolist() == ["退款", "骑手"]


def test_nothing_to_draw_says_so() -> None:
    figure, numbers = cloud(made(1, "退款", "neutral"), lang="en")
    assert numbers.empty
    assert [text.get_text() for text in figure.axes[0].texts] == ["Not enough data"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stance": "complain"}, "Unknown stance 'complain': did you mean 'complaint'"),
        ({"most": 0}, "at least one word, not 0"),
        ({"lang": "fr"}, "zh or en, not 'fr'"),
    ],
)
def test_a_wrong_option_is_one_sentence(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        cloud(made(3, "退款", "neutral"), **options)


def test_the_cloud_shows_the_incident(sample_analysis: Analysis) -> None:
    before = dict(mpl.rcParams)
    drawing = sample_analysis.plot.wordcloud(stance="complaint")
    assert dict(mpl.rcParams) == before
    assert (drawing.numbers["posts"] == drawing.numbers["complaint"]).all()
    assert drawing.figure.axes[0].get_title(loc="left") == "抱怨"
    main = sample_analysis.found.incidents[0]
    times = sample_analysis.annotated["created_at"]
    calm = replace(sample_analysis, annotated=sample_analysis.annotated[times < main.onset])
    plots = Plots(sample_analysis.summary, calm.annotated)
    assert plots.wordcloud().numbers.empty


def test_a_language_can_be_chosen(sample_analysis: Analysis) -> None:
    figure, _ = sample_analysis.plot.timeline(lang="en")
    assert "Complaint" in {line.get_label() for line in figure.axes[0].get_lines()}
