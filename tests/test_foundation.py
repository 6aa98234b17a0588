"""Errors, frames, settings, and how results look."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest

import sentiment
from sentiment import display
from sentiment.config import Settings, load_settings, settings_from
from sentiment.errors import ConfigError, SchemaError, SentimentError, unknown
from sentiment.schema import ANNOTATED, POSTS, TIME, complete_posts, empty, require, to_shanghai


def test_an_unknown_name_comes_with_the_nearest_known_one() -> None:
    assert "did you mean 'silence_minutes'" in unknown(
        "setting", "silense_minutes", ["silence_minutes", "seed"]
    )
    assert "did you mean" not in unknown("setting", "xyz", ["silence_minutes"])


def test_every_public_name_can_be_had() -> None:
    for name in sentiment.__all__:
        assert callable(getattr(sentiment, name))
    assert dir(sentiment) == sorted(sentiment.__all__)
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        _ = sentiment.analyse  # type: ignore[attr-defined]


def test_a_frame_of_text_alone_becomes_a_posts_frame() -> None:
    posts = complete_posts(pd.DataFrame({"text": ["又崩了", None]}))
    assert {name: str(dtype) for name, dtype in posts.dtypes.items()} == dict(POSTS)
    assert posts["text"].tolist() == ["又崩了", ""]
    assert posts["dup_group"].tolist() == posts["post_id"].tolist() == ["row0", "row1"]


def test_a_users_columns_are_kept() -> None:
    frame = pd.DataFrame({"text": ["a"], "stars": [5], "created_at": ["2026-03-12 12:00"]}, index=[7])
    posts = complete_posts(frame)
    assert posts.loc[0, "stars"] == 5
    assert str(posts.loc[0, "created_at"]) == "2026-03-12 12:00:00+08:00"


def test_missing_columns_are_named() -> None:
    with pytest.raises(
        SchemaError, match=r"counts needs the columns created_at, author; the frame has: text"
    ):
        require(pd.DataFrame({"text": []}), ["text", "created_at", "author"], stage="counts")


def test_empty_frames_have_their_dtypes() -> None:
    assert {name: str(dtype) for name, dtype in empty(ANNOTATED).dtypes.items()} == dict(ANNOTATED)


@pytest.mark.parametrize("given", ["2026-03-12 12:00", "2026-03-12T04:00:00Z", "2026-03-12T12:00:00+08:00"])
def test_times_are_shanghai_times(given: str) -> None:
    times = to_shanghai(pd.Series([given]))
    assert str(times.dtype) == TIME
    assert str(times[0]) == "2026-03-12 12:00:00+08:00"


def test_settings_are_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[report]\nlang = "en"\n[response]\nwindows = [30, 60]\n[ingest]\nmax_rejected = 1\n')
    settings = load_settings(path)
    assert (settings.report.lang, settings.response.windows, settings.ingest.max_rejected) == (
        "en",
        (30, 60),
        1.0,
    )
    assert settings_from(Settings().to_dict()) == Settings()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[reprot]\n", "Unknown settings table 'reprot': did you mean 'report'"),
        ("[report]\nlnag = 'en'\n", "Unknown setting 'report.lnag': did you mean 'report.lang'"),
        ("[report]\nlang = 3\n", "Setting report.lang must be a str, not 3"),
        ("[detection]\nmin_authors = true\n", "Setting detection.min_authors must be a int, not True"),
        ("report = 1\n", r"must be a table \[report\]"),
        ("[report\n", "is not valid TOML"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=message):
        load_settings(path)


def test_a_missing_settings_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Cannot read the settings file"):
        load_settings(tmp_path / "absent.toml")


def test_errors_are_caught_as_one_family() -> None:
    assert issubclass(ConfigError, SentimentError)
    assert issubclass(SchemaError, ValueError)


def test_chinese_is_drawn_without_boxes_and_settings_come_back(recwarn: pytest.WarningsRecorder) -> None:
    before = dict(mpl.rcParams)
    with display.plot_style():
        figure = display.new_figure()
        figure.subplots().set_title("美團崩了 $x_{$ −1 😡 又双叒叕")
        figure.canvas.draw()
    assert dict(mpl.rcParams) == before
    assert [str(warning.message) for warning in recwarn if "Glyph" in str(warning.message)] == []


def test_both_fonts_are_carried_with_their_licence() -> None:
    for name in (display.CJK_FONT, display.EMOJI_FONT):
        assert display.font_path(name).stat().st_size > 100_000
    assert "SIL Open Font License" in display.font_path("OFL.txt").read_text(encoding="utf-8")


def test_an_explained_post_shows_what_decided() -> None:
    row = sentiment.annotate(pd.DataFrame({"text": ["美团又崩了"]})).iloc[0]
    shown = display.explain_post(row, [("又", 1.5)])
    assert "又 +1.50" in shown
    assert "美团 (as written: 美团)" in shown
