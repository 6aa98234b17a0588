"""What is done to scraped text before people open it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import InputError
from sentiment.ingest import guard_cells, mask_private, salt_beside
from sentiment.ingest.paths import file_time, keyword_of, list_files, name_files
from sentiment.ingest.values import undo_guard


@pytest.mark.parametrize("dtype", ["str", object])
def test_formulas_are_guarded(dtype: object):
    frame = pd.DataFrame(
        {
            "text": pd.Series(["=cmd()", "+1", "-1", "@x", "\t=1", "\r=1", "'=1", "a=1", ""], dtype=dtype),
            "n": range(-4, 5),
        }
    )
    guarded = guard_cells(frame)
    assert guarded["text"].tolist() == ["'=cmd()", "'+1", "'-1", "'@x", "'\t=1", "'\r=1", "''=1", "a=1", ""]
    assert guarded["n"].tolist() == frame["n"].tolist()
    assert frame["text"].iloc[0] == "=cmd()"


def test_cells_that_are_no_text_are_left_alone():
    frame = pd.DataFrame({"x": [None, 3, "=1"]}, dtype=object)
    assert guard_cells(frame)["x"].tolist() == [None, 3, "'=1"]


@given(st.text(alphabet="'=+-@\ta1", max_size=8))
def test_the_reader_undoes_the_guard(text: str):
    guarded = guard_cells(pd.DataFrame({"text": [text]}))["text"].iloc[0]
    assert undo_guard(guarded) == text
    assert guarded[:1] not in {"=", "+", "-", "@", "\t", "\r"} or not guarded


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("打13912345678", "打[电话]"),
        ("打+86 139-1234-5678吧", "打[电话]吧"),
        ("座机021-12345678", "座机[电话]"),
        ("写信 a.b+c@mail.example.com", "写信 [邮箱]"),
        ("证件11010519491231002X", "证件[证件]"),
        ("订单5241594890422484", "订单[编号]"),
        ("花了199元，等了2小时，2025-04-11", "花了199元，等了2小时，2025-04-11"),
        ("", ""),
    ],
)
def test_private_data_is_masked(text: str, masked: str):
    assert mask_private(text) == masked
    assert mask_private(masked) == masked


def test_the_salt_is_made_once_and_kept_private(tmp_path: Path):
    salt = salt_beside(tmp_path / "new")
    assert len(salt) == 32
    assert salt_beside(tmp_path / "new") == salt
    path = tmp_path / "new" / ".sentiment-salt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == [".sentiment-salt"]  # noqa: PTH208 - names only
    assert salt_beside(tmp_path / "other") != salt


def test_salt_errors_say_what_to_do(tmp_path: Path):
    (tmp_path / ".sentiment-salt").write_text("\n")
    with pytest.raises(InputError, match="is empty; delete it or pass a salt with --salt"):
        salt_beside(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match=r"Cannot keep the salt in .*; pass one with --salt"):
        salt_beside(tmp_path / "file")


def test_files_are_listed(tmp_path: Path):
    for name in ("b.csv", "a.csv", "x/c.csv", ".hidden/d.csv", "~$a.xlsx", "__MACOSX/e.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    found = [path.relative_to(tmp_path).as_posix() for path in list_files(tmp_path)]
    assert found == ["a.csv", "b.csv", "x/c.csv"]
    assert [path.name for path in list_files([str(tmp_path / "*.csv"), tmp_path / "a.csv"])] == [
        "a.csv",
        "b.csv",
    ]
    assert len(list(list_files(str(tmp_path / "x*")))) == 1
    with pytest.raises(InputError, match="No files were given"):
        list(list_files([]))
    with pytest.raises(InputError, match=r"No file matches .*\*\.json; check the pattern"):
        list(list_files(str(tmp_path / "*.json")))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no files"):
        list(list_files(tmp_path / "empty"))


def test_names_tell_files_apart():
    assert name_files([Path("x/a.csv"), Path("x/b.csv")]) == ["a.csv", "b.csv"]
    assert name_files([Path("x/q/a.csv"), Path("x/r/a.csv"), Path("x/b.csv")]) == [
        "q/a.csv",
        "r/a.csv",
        "b.csv",
    ]


def test_paths_tell_the_search_word(tmp_path: Path):
    assert keyword_of(Path("%23某某崩了%23/%23某某崩了%23.csv")) == "#某某崩了#"
    assert keyword_of(Path("结果/posts.csv")) == ""
    assert file_time(tmp_path / "nothing") is None
