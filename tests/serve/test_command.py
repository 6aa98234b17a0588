"""`sentiment serve`: it says where it listens, stops when told, and refuses what is unsafe."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from sentiment import cli
from tests.serve.conftest import TOKEN

Command = Callable[..., tuple[object, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    def run(*arguments: object) -> tuple[object, str]:
        monkeypatch.setattr(sys, "argv", ["sentiment", "serve", *map(str, arguments)])
        code: object = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code
        return code, capsys.readouterr().err

    return run


def test_it_serves_until_it_is_stopped(folder: Path):
    environment = {**os.environ, "ROOM": TOKEN}
    line = [sys.executable, "-m", "sentiment.cli", "serve", str(folder), "--port", "0", "--token-env", "ROOM"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        try:
            with urllib.request.urlopen(address + "healthz", timeout=20) as answer:
                assert answer.status == 200
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(address + "api/now", timeout=20)
            asked = urllib.request.Request(address + "api/now", headers={"Authorization": f"Bearer {TOKEN}"})
            with urllib.request.urlopen(asked, timeout=20) as answer:
                assert "美团" in answer.read().decode()
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)


def test_beyond_this_machine_a_token_is_needed(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("SENTIMENT_TOKEN", raising=False)
    code, err = command(folder, "--host", "0.0.0.0")
    assert code == 1
    assert "set a token of 16 or more" in err
    monkeypatch.setenv("SENTIMENT_TOKEN", "short")
    assert "has 5 characters" in command(folder)[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--cert", "x.pem"), "needs both --cert and --key"),
        (("--refresh", "0"), "refresh"),
        (("--port", "70000"), "port"),
    ],
)
def test_a_wrong_option_is_one_sentence(
    command: Command, folder: Path, arguments: tuple[str, ...], sentence: str
):
    code, err = command(folder, *arguments)
    assert code in (1, 2)
    assert sentence in err
    assert err.count("\n") == 1


def test_what_is_no_store_is_said(command: Command, tmp_path: Path):
    code, err = command(tmp_path / "nothing")
    assert code == 1
    assert str(tmp_path / "nothing") in err


def test_a_port_that_is_taken_is_said(command: Command, folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        code, err = command(folder, "--port", other.getsockname()[1])
    assert code == 1
    assert "choose another with --port" in err


def test_without_the_extra_the_command_says_what_to_install(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert "pip install 'outage-sentiment[serve]'" in command(folder)[1]
