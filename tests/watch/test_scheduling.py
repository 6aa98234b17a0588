"""The examples of docs/scheduling.md are what the systems they are for can read, and their commands run."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from sentiment.alerts.settings import alert_settings
from sentiment.cli import cli
from sentiment.watch import load_watch
from tests.watch.replay import SAMPLE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def commands() -> list[list[str]]:
    """Every command line of the page, from `sentiment` on."""
    lines = [
        line
        for language in ("crontab", "ini", "python", "bat", "sh")
        for block in blocks(language)
        for line in block.splitlines()
    ]
    found = [re.search(r"sentiment(?:\.exe)? ((?:watch|store) [^\">]*)", line) for line in lines]
    return [shlex.split(one[1].replace("\\", "/")) for one in found if one]


def here(command: list[str], folder: Path) -> list[str]:
    places = {"/etc/sentiment": folder, "C:/sentiment": folder, "/var/lib/sentiment": folder}
    for given, place in places.items():
        command = [word.replace(given, str(place)) for word in command]
    return [str(folder / word) if word == "posts.parquet" else word for word in command]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The places that the page names, with some posts."""
    folder = tmp_path_factory.mktemp("etc")
    (folder / "exports").mkdir()
    with SAMPLE.open("rb") as file:
        (folder / "exports" / "posts.csv").write_bytes(b"".join(file.readlines()[:120]))
    text, _ = blocks("toml")
    text = text.replace("/srv/scraper", str(folder)).replace("/var/lib/sentiment", str(folder))
    text = re.sub(r"^report = .*\n", "", text, flags=re.MULTILINE)
    (folder / "watch.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_commands_run(folder: Path) -> None:
    found = commands()
    assert len(found) >= 9
    once = {tuple(here(words, folder)): None for words in found if words[0] == "store" or "--once" in words}
    for words in once:
        done = CliRunner().invoke(cli, list(words))
        assert done.exit_code == 0, f"{words}: {done.output} {done.exception}"


def test_the_channels_are_read() -> None:
    _, text = blocks("toml")
    (channel,) = alert_settings(tomllib.loads(text)["alerts"]).channels
    assert (channel.name, channel.kind) == ("oncall", "dingtalk")


def test_the_configuration_is_read(folder: Path) -> None:
    assert load_watch(folder / "watch.toml").watch.no_data_minutes == 30.0
    assert Path(load_watch(ROOT / "data" / "sample" / "watch.toml").watch.folders[0]).is_dir()


def test_systemd_units_are_sound(tmp_path: Path) -> None:
    units = blocks("ini")
    assert len(units) == 3
    for text in units:
        name = text.split("\n")[0].rpartition("/")[2]
        unit = ConfigParser(strict=True, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(text)
        assert "Unit" in unit
        (tmp_path / name).write_text(
            text.replace("/opt/sentiment/bin/sentiment", "/bin/true"), encoding="utf-8"
        )
    if analyze := shutil.which("systemd-analyze"):
        paths = [str(path) for path in tmp_path.iterdir()]
        done = subprocess.run([analyze, "verify", *paths], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_crontab_lines_are_sound() -> None:
    (table,) = blocks("crontab")
    for line in table.splitlines():
        *times, command = line.split(None, 5)
        assert len(times) == 5
        assert all(re.fullmatch(r"\*(/\d+)?|\d+", field) for field in times)
        assert command.startswith("/opt/sentiment/bin/sentiment ")


def test_the_airflow_file_compiles() -> None:
    (first, *_) = (block for block in blocks("python") if "airflow" in block)
    calls = [node for node in ast.walk(ast.parse(first)) if isinstance(node, ast.Call)]
    assert {"DAG", "BashOperator"} <= {node.func.id for node in calls if isinstance(node.func, ast.Name)}
