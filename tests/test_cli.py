"""The command: results on stdout, sentences on stderr, exit codes."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pandas as pd
import pytest

from sentiment import cli
from sentiment.ingest import Ingested
from sentiment.schema import ANNOTATED

POSTS = """id,content,created_at
1,美团又崩了,2026-03-12 11:42
2,程序员也不容易,2026-03-12 12:40
3,,2026-03-12 12:41
"""


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    path = tmp_path / "posts.csv"
    path.write_text(POSTS, encoding="utf-8")
    return path


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object
) -> tuple[int, str, str]:
    """Run the command in this process; return exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["sentiment", *map(str, arguments)])
    code: object = 0
    try:
        cli.main()
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    assert isinstance(code, int)
    return code, out, err


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """The command with capture bound."""
    return lambda *arguments: run(capsys, monkeypatch, *arguments)


def test_analyze_prints_the_verdict_and_where_the_report_lies(command, posts: Path, tmp_path: Path) -> None:
    code, out, _err = command("analyze", posts, "--out", tmp_path / "out", "--lang", "en")
    assert code == 0
    assert out.splitlines()[-1] == str(tmp_path / "out" / "report.html")
    assert (tmp_path / "out" / "report.html").exists()
    assert (tmp_path / ".sentiment-salt").stat().st_mode & 0o777 == 0o600


def test_check_json_is_all_that_stands_on_stdout(command, posts: Path) -> None:
    code, out, _err = command("check", posts, "--json")
    verdict = json.loads(out)
    assert code == 0
    assert set(verdict) == {"schema", "files", "totals", "trust"}
    assert verdict["totals"] == {"rows": 3, "accepted": 2, "rejected": 1, "duplicates": 0, "untimed": 0}


def test_check_reads_well_in_a_terminal(command, posts: Path) -> None:
    _code, out, _err = command("check", posts)
    assert "3 rows · 2 accepted · 1 rejected" in out


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_annotate_writes_every_column(command, posts: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"annotated{suffix}"
    code, _out, _err = command("annotate", posts, "-o", target, "--salt", "x")
    frame = pd.read_csv(target) if suffix == ".csv" else pd.read_parquet(target)
    assert code == 0
    assert list(frame.columns) == list(ANNOTATED)
    assert frame["text"].tolist() == ["美团又崩了", "程序员也不容易"]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_annotate_writes_part_by_part(
    command, posts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """Any number of chunks gives the file that one chunk gives."""
    target, parts = tmp_path / f"whole{suffix}", tmp_path / f"parts{suffix}"
    command("annotate", posts, "-o", target, "--salt", "x")

    def one_by_one(ingested: Ingested) -> Iterator[pd.DataFrame]:
        for row in range(len(ingested.posts)):
            yield ingested.posts.iloc[[row]]

    monkeypatch.setattr(Ingested, "chunks", one_by_one)
    command("annotate", posts, "-o", parts, "--salt", "x")
    read = pd.read_csv if suffix == ".csv" else pd.read_parquet
    pd.testing.assert_frame_equal(read(parts), read(target))
    assert [path.name for path in tmp_path.glob(".*.part")] == []


def test_nothing_to_annotate_still_gives_the_columns(command, posts: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    assert command("annotate", posts, "-o", target, "--salt", "x", "--since", "2030-01-01")[0] == 0
    assert list(pd.read_csv(target).columns) == list(ANNOTATED)


def test_formula_like_cells_are_guarded_unless_told_not_to(command, tmp_path: Path) -> None:
    source = tmp_path / "posts.csv"
    source.write_text('content\n"=cmd|calc"\n', encoding="utf-8")
    target = tmp_path / "out.csv"
    command("annotate", source, "-o", target, "--salt", "x")
    assert pd.read_csv(target)["text"].tolist() == ["'=cmd|calc"]
    command("annotate", source, "-o", target, "--salt", "x", "--no-csv-guard")
    assert pd.read_csv(target)["text"].tolist() == ["=cmd|calc"]


def test_spikes_keeps_rows_and_columns_as_read(command, tmp_path: Path) -> None:
    source, target = tmp_path / "counts.csv", tmp_path / "scored.csv"
    frame = pd.DataFrame(
        {"timestamp": pd.date_range("2026-03-12", periods=300, freq="5min"), "value": 3, "x": "a"}
    )
    frame.loc[200:220, "value"] = 90
    frame.to_csv(source, index=False)
    code, out, _err = command("spikes", source, "-o", target)
    scored = pd.read_csv(target)
    assert code == 0
    assert "1 spikes in 300 rows" in out
    assert list(scored.columns) == ["timestamp", "value", "x", "expected", "anomaly_score", "alarm"]
    assert scored[["timestamp", "value", "x"]].equals(pd.read_csv(source))


def test_explain_shows_what_decided(command) -> None:
    code, out, _err = command("explain", "真棒，又崩了，我的外卖呢")
    assert code == 0
    for part in (
        "own text",
        "真棒，又崩了，我的外卖呢",
        "complaint",
        "understanding",
        "decided by",
        "又",
        "takeout",
    ):
        assert part in out


def test_evaluate_compares_with_labels(command, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("text,label\n又崩了垃圾软件,complaint\n今天天气真好,neutral\n", encoding="utf-8")
    code, out, _err = command("evaluate", labels, "--json", "--no-snownlp")
    assert code == 0
    assert json.loads(out)["posts"] == 2
    assert "macro_f1" in command("evaluate", labels)[1]


def test_demo_needs_no_file(command, tmp_path: Path) -> None:
    code, out, _err = command("demo", "--out", tmp_path / "demo")
    assert code == 0
    assert "美团" in out
    assert (tmp_path / "demo" / "incidents.json").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no table"),
        ("姓名,粉丝\n小王,3\n".encode(), "holds no posts"),
    ],
)
def test_a_bad_file_is_one_sentence_and_exit_1(command, tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    code, out, err = command("analyze", path, "--out", tmp_path / "out")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "bad.csv" in err
    assert message in err
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_one_sentence(command, tmp_path: Path) -> None:
    code, _out, err = command("check", tmp_path / "absent.csv")
    assert code == 1
    assert "absent.csv" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("analyse",), "No such command 'analyse'"),
        (("analyze", "x.csv"), "Missing option '--out'"),
        (("check", "x.csv", "--jsno"), "No such option"),
        (("demo", "--lang", "fr"), "'fr' is not one of"),
        (("check", "x.csv", "--max-rejected", "2"), "0<=x<=1"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_2(command, arguments: tuple[str, ...], message: str) -> None:
    code, out, err = command(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert "--help" in err


def test_an_unknown_setting_or_format_is_exit_1(command, posts: Path, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("[report]\nlnag = 'en'\n")
    code, _out, err = command("check", posts, "--config", config)
    assert (code, "did you mean 'report.lang'" in err) == (1, True)
    code, _out, err = command("check", posts, "--format", "weibo-serach")
    assert (code, "did you mean 'weibo-search'" in err) == (1, True)
    code, _out, err = command("annotate", posts, "-o", tmp_path / "x.docx")
    assert (code, "must end in .csv or .parquet" in err) == (1, True)


def test_gates_have_their_own_exit_codes(command, posts: Path, tmp_path: Path) -> None:
    code, _out, err = command("check", posts, "--max-rejected", "0.1")
    assert (code, "33.3% of the rows were rejected" in err) == (3, True)
    assert command("check", posts, "--max-rejected", "0.5")[0] == 0
    posts.write_text("\n".join(POSTS.splitlines()[:2]) + "\n", encoding="utf-8")
    assert command("check", posts, "--max-rejected", "0", "--until", "2000-01-01")[0] == 0


def test_one_unreadable_file_among_several_is_named_and_the_run_goes_on(
    command, posts: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"")
    code, out, err = command("check", posts, bad, "--json")
    assert (code, json.loads(out)["totals"]["accepted"]) == (0, 2)
    assert "bad.csv" in err
    assert command("check", posts, bad, "--strict")[0] == 1


def test_an_open_incident_has_its_exit_code_only_when_asked(command, tmp_path: Path) -> None:
    """The carried sample cut off in the middle of its outage."""
    sample = Path(str(resources.files("sentiment") / "resources" / "sample_posts.csv"))
    arguments = ("analyze", sample, "--out", tmp_path / "out", "--until", "2026-03-12 12:30")
    assert command(*arguments)[0] == 0
    assert command(*arguments, "--exit-on-incident")[0] == 4
    assert command("analyze", sample, "--out", tmp_path / "out", "--exit-on-incident")[0] == 0


def test_the_installed_command_runs(posts: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sentiment.cli", "check", str(posts)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "2 accepted" in done.stdout


def test_backtest_prints_a_row_a_setting_and_writes_what_was_asked_for(command, posts: Path, tmp_path: Path):
    truth = tmp_path / "truth.csv"
    truth.write_text("start,service\n2026-03-12 11:42,美团\n", encoding="utf-8")
    table, figure = tmp_path / "table.csv", tmp_path / "plot.png"
    code, out, err = command(
        "backtest",
        posts,
        "--truth",
        truth,
        "--rates",
        "1,10",
        "--authors",
        "8",
        "-o",
        table,
        "--plot",
        figure,
    )
    assert (code, err) == (0, "")
    assert "1 known outages" in out
    assert "Too little history: a week's alarms are reckoned from posts on 1 day," in out
    assert pd.read_csv(table)["misses"].tolist() == [1, 1]
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / ".sentiment-salt").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--rates", "one"), "--rates takes numbers with commas between"),
        (("--truth", "missing.csv"), "Cannot read missing.csv"),
        (("--rates", "0"), "false_alarms_per_week"),
    ],
)
def test_backtest_with_options_that_make_no_sense(
    command, posts: Path, options: tuple[str, str], sentence: str
):
    code, _out, err = command("backtest", posts, *options)
    assert code == 1
    assert sentence in err


def test_responses_come_from_a_table_too(command, posts: Path, tmp_path: Path):
    table = tmp_path / "responses.csv"
    table.write_text("when\n2026-03-12 12:00\n", encoding="utf-8")
    code, _out, err = command("analyze", posts, "--out", tmp_path / "out", "--response-file", table)
    assert code == 1
    assert "needs a column 'time'" in err


def test_compare_without_a_run_is_one_sentence(command, tmp_path: Path):
    code, _out, err = command("compare", tmp_path, tmp_path)
    assert code == 1
    assert "Cannot read" in err


@pytest.fixture
def label_file(tmp_path: Path) -> Path:
    """Labels that the carried model is sure to miss, over and over: 打卡 is a complaint here."""
    missed = [f"今天第{n}次打卡，天气{word}" for n in range(20) for word in ("真好", "不错")]
    fine = [f"第{n}个人说闪退了，退钱" for n in range(20)]
    rows = [
        *(f"{text},complaint" for text in missed),
        *(f"{text},complaint" for text in fine),
        "你好呀,neutral",
    ]
    path = tmp_path / "labels.csv"
    path.write_text(
        "\n".join(["text,label", *rows, *(f"早安第{n}天,neutral" for n in range(10))]), encoding="utf-8"
    )
    return path


def test_train_writes_a_model_that_other_commands_use(
    command, label_file: Path, posts: Path, tmp_path: Path
) -> None:
    model = tmp_path / "mine.npz"
    code, out, err = command("train", label_file, "-o", model)
    assert code == 0
    assert "gain in macro_f1" in out
    assert f"Model written to {model}" in err
    code, out, _err = command("explain", "今天打卡，天气真好", "--model", model)
    assert re.search(r"^ *stance  complaint", out, flags=re.MULTILINE)
    assert command("annotate", posts, "-o", tmp_path / "a.csv", "--model", model, "--salt", "x")[0] == 0
    assert command("analyze", posts, "--out", tmp_path / "out", "--model", model, "--salt", "x")[0] == 0
    run_facts = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert run_facts["model"]["adapted"]["posts"] == 71
    assert "seen" not in run_facts["model"]
    code, out, _err = command("evaluate", label_file, "--model", model, "--no-snownlp", "--json")
    assert json.loads(out)["scores"]["complaint_f1"][0] > 0.9


def test_train_refuses_what_is_not_better_and_what_is_too_little(
    command, label_file: Path, tmp_path: Path
) -> None:
    known = tmp_path / "known.csv"
    rows = [f"第{n}次闪退了，退钱,complaint\n早安第{n}天,neutral" for n in range(15)]
    known.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    code, out, err = command("train", known, "-o", tmp_path / "mine.npz")
    assert (code, err.count("\n")) == (1, 1)
    assert "do not make the model better" in err
    assert "gain in macro_f1" in out
    assert not (tmp_path / "mine.npz").exists()
    assert command("train", label_file, "-o", tmp_path / "mine.pkl")[0] == 1


def test_evaluate_draws_the_calibration(command, label_file: Path, tmp_path: Path) -> None:
    code, out, _err = command("evaluate", label_file, "--no-snownlp", "--plot", tmp_path / "plots" / "c.png")
    assert code == 0
    assert "lexicon_macro_f1" in out
    assert (tmp_path / "plots" / "c.png").read_bytes().startswith(b"\x89PNG")
    code, _out, err = command("evaluate", label_file, "--plot", tmp_path / "c.txt")
    assert code == 1
    assert "must end in .png, .svg, .pdf" in err


def test_label_takes_answers_from_a_pipe(
    command, posts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = tmp_path / "labels.csv"

    def answer(lines: str, *options: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
        return command("label", posts, "-o", labels, "--salt", "x", *options)

    code, out, err = answer("?\nwhat\nb\nc1o\nb\nc2o\n")
    assert (code, out) == (0, f"1 posts labelled, kept in {labels}\n")
    assert "'what' does not begin with c, u or n" in err
    assert "Nothing to take back" in err
    assert pd.read_csv(labels, dtype="str")["severity"].tolist() == ["2"]
    code, out, _err = answer("u\n")
    assert out.startswith("1 posts labelled")
    code, out, _err = answer("c2o\nq\n", "--annotator", "b")
    assert "a and b: 1 posts labelled by both, 100% the same stance" in out
    assert len(pd.read_csv(labels)) == 3
    assert command("label", posts, "-o", tmp_path / "labels.txt")[0] == 1


def test_label_asks_for_service_and_topics_of_two_people(
    command, posts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = tmp_path / "labels.csv"

    def answer(lines: str, *options: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
        return command("label", posts, "-o", labels, "--salt", "x", *options)

    answer("c2o\nni\n")
    more = ("--ask", "service,topics")
    code, out, err = answer("c2o\n#nothing\n@Apple Music #acc\nB\n@MT #acc #pay\n-\n", *more)
    assert (code, out) == (0, f"2 posts labelled, kept in {labels}\n")
    assert "begun]" in err
    assert "access 打不开与登录" in err
    assert "'c2o' means nothing here" in err
    assert "Unknown topic 'nothing'" in err
    rows = pd.read_csv(labels, dtype="str", keep_default_na=False)
    assert rows["label"].tolist() == ["complaint", "neutral"]
    assert rows["service"].tolist() == ["美团", "-"]
    assert rows["topics"].tolist() == ["payment;access", "-"]
    code, out, err = answer("o @美团 #acc\n-\nq\n", "--annotator", "b", "--ask", "outage,service,topics")
    assert "second opinion]" in err
    assert "a and b: 2 posts labelled by both" in out
    assert "kappa of outage   1.000" in out
    assert "equal service       1.000" in out
    assert "equal topics        0.750" in out
    code, out, _err = command("evaluate", labels, "--no-snownlp", "--json")
    assert code == 0
    assert json.loads(out)["posts"] == 4
    assert "there are 2 of 2." in command("train", labels, "-o", tmp_path / "m.npz")[2]
    assert "Unknown question 'mood'" in answer("", "--ask", "mood")[2]


def test_bytes_that_are_no_text_are_explained_all_the_same(command) -> None:
    code, out, _err = command("explain", "\udcff崩了")
    assert code == 0
    assert "own text  ?崩了" in out


def test_notebook_is_filled_for_the_files(command, posts: Path, tmp_path: Path) -> None:
    place = tmp_path / "review.ipynb"
    code, out, _err = command(
        "notebook", place, posts, "--service", "美团", "--response", "2025-04-11 17:05|致歉"
    )
    assert (code, out) == (0, f"{place}\n")
    source = place.read_text(encoding="utf-8")
    assert all(
        words in source for words in (posts.as_posix(), "SERVICE = '美团'", "[['2025-04-11 17:05', '致歉']]")
    )
    code, _out, err = command("notebook", place, posts)
    assert code == 1
    assert "--force to replace it" in err
    assert command("notebook", place)[0] == 2


def test_a_second_run_into_the_folder_keeps_the_ids_of_topics(command, tmp_path: Path):
    posts, out = Path(__file__).parents[1] / "data" / "sample" / "late_crawl", tmp_path / "report"
    assert command("analyze", posts, "--out", out, "--salt", "s")[0] == 0
    state = out / "topic_state.json"
    first = json.loads(state.read_text(encoding="utf-8"))
    renamed = [{**one, "id": f"old-{one['id']}"} for one in first["topics"]]
    state.write_text(json.dumps({**first, "topics": renamed}), encoding="utf-8")
    assert command("analyze", posts, "--out", out, "--salt", "s")[0] == 0
    topics = pd.read_csv(out / "topics.csv", encoding="utf-8-sig")["topic"]
    assert [name for name in topics if name.startswith("old-")]
    state.write_text("[", encoding="utf-8")
    code, _out, err = command("analyze", posts, "--out", out, "--salt", "s")
    assert code == 1
    assert "topic_state.json holds no topics" in err
