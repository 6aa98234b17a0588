"""`sentiment alert`: what it prints, and with which exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sentiment import cli
from sentiment.alerts.dead import NAME
from tests.alerts.robots import SECRET, Robots

Command = Callable[..., tuple[object, str, str]]
CONFIG = """
[watch]
store = "store"
[[alerts.channels]]
name = "oncall"
kind = "dingtalk"
url_env = "DING_URL"
secret_env = "DING_SECRET"
"""
LETTER = {
    "schema": 1, "event_id": "美团-1/trigger-1", "channel": "oncall", "key": "美团-1", "action": "trigger",
    "title": "标题", "parts": [{"n": 2, "text": "（2/2）\n后半", "repeat": False}],
}  # fmt: skip


@pytest.fixture
def config(tmp_path: Path, robots: Robots, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DING_URL", robots.url("dingtalk"))
    monkeypatch.setenv("DING_SECRET", SECRET)
    (tmp_path / "store").mkdir()
    path = tmp_path / "watch.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    def run(*arguments: object) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["sentiment", "alert", *map(str, arguments)])
        code: object = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return run


def test_a_test_message_arrives(command: Command, config: Path, robots: Robots):
    assert command("test", config) == (0, "oncall (dingtalk): sent\n", "")
    assert "【测试】" in robots.texts[0]


def test_one_channel_is_tried_without_the_secrets_of_others(command: Command, config: Path, robots: Robots):
    more = '[[alerts.channels]]\nname = "mail"\nkind = "apprise"\nurl_env = "NOT_SET"\n'
    config.write_text(CONFIG + more, encoding="utf-8")
    assert command("test", config, "--channel", "oncall") == (0, "oncall (dingtalk): sent\n", "")
    assert "NOT_SET" in command("test", config)[2]
    assert len(robots.texts) == 1


def test_a_test_that_fails_says_why_without_a_secret(command: Command, config: Path, robots: Robots):
    robots.faults.append("busy")
    code, out, err = command("test", config)
    assert code == 1
    assert "error 130101" in out
    assert err == "sentiment: Not delivered on oncall.\n"
    assert "planted" not in out + err


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("--channel", "oncal"), "did you mean 'oncall'"),
        (("DING_SECRET", ""), "needs the environment variable DING_SECRET"),
    ],
)
def test_a_wrong_channel_or_environment_is_one_sentence(
    command: Command, config: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], sentence: str
):
    option = change if change[0].startswith("--") else ()
    if not option:
        monkeypatch.setenv(*change)
    code, out, err = command("test", config, *option)
    assert (code, out) == (1, "")
    assert sentence in err


def test_dead_letters_are_sent_again(command: Command, config: Path, robots: Robots):
    dead = config.parent / "store" / NAME
    dead.write_text(json.dumps(LETTER, ensure_ascii=False) + '\n{"half', encoding="utf-8")
    code, out, _ = command("resend", config)
    assert (code, out) == (0, "1 dead letters taken up: 1 sent, 0 dead again, 0 waiting\n")
    assert robots.texts == ["（2/2）\n\n后半"]
    assert not dead.exists()


def test_a_damaged_letter_is_named(command: Command, config: Path):
    (config.parent / "store" / NAME).write_text("[]\n" + json.dumps(LETTER) + "\n", encoding="utf-8")
    code, _, err = command("resend", config)
    assert code == 1
    assert f"Line 1 of {config.parent / 'store' / NAME} is no dead letter" in err


def test_without_a_store_or_a_table_the_command_says_so(command: Command, tmp_path: Path):
    path = tmp_path / "watch.toml"
    path.write_text("alerts = 3", encoding="utf-8")
    assert "must be a table" in command("test", path)[2]
    path.write_text("", encoding="utf-8")
    assert "names no channel" in command("test", path)[2]
    assert "names no [watch] store" in command("resend", path)[2]
