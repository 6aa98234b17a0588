"""Run what the documents show: README code blocks, and the command page against the command's own help.

``python docs/check_docs.py`` rewrites ``docs/cli.md`` and ``docs/settings.md``; pytest checks that they
are not stale.
"""

from __future__ import annotations

import ast
import inspect
import re
import shlex
import subprocess
import sys
import textwrap
from dataclasses import fields
from pathlib import Path

import click
import pytest

from sentiment.alerts.settings import AlertSettings, ChannelSettings, Mute
from sentiment.cli import cli
from sentiment.config import Settings
from sentiment.watch import WatchSettings

DOCS = Path(__file__).parent
ROOT = DOCS.parent
READMES = ("README.md", "README.zh-CN.md")


def blocks(name: str, language: str) -> list[str]:
    """Return the fenced blocks of a language in a Markdown file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def command_page() -> str:
    """Return ``docs/cli.md``, made of every command's help."""
    context = click.Context(cli, info_name="sentiment", terminal_width=100, max_content_width=100)
    parts = ["# The command", "", "Written by `python docs/check_docs.py`; do not edit.", ""]
    parts += ["```", cli.get_help(context), "```"]
    for name, command in sorted(cli.commands.items()):
        inner = click.Context(
            command, info_name=name, parent=context, terminal_width=100, max_content_width=100
        )
        parts += ["", f"## {name}", "", "```", command.get_help(inner), "```"]
        below = command.commands if isinstance(command, click.Group) else {}
        for part, one in sorted(below.items()):
            deeper = click.Context(
                one, info_name=part, parent=inner, terminal_width=100, max_content_width=100
            )
            parts += ["", f"### {name} {part}", "", "```", one.get_help(deeper), "```"]
    return "\n".join(parts) + "\n"


def settings_page() -> str:
    """Return ``docs/settings.md``, made of the settings classes: every table, key and default."""
    tables = [(f"[{stage.name}]", type(getattr(Settings(), stage.name))) for stage in fields(Settings)]
    tables += [("[watch]", WatchSettings), ("[alerts]", AlertSettings)]
    tables += [("[[alerts.channels]]", ChannelSettings), ("[[alerts.mute]]", Mute)]
    lines = ["# The settings", "", "Written by `python docs/check_docs.py`; do not edit.", "", SETTINGS_HEAD]
    for head, kind in tables:
        lines += ["", f"## `{head}`", "", "| key | default | meaning |", "|---|---|---|"]
        said = said_of(kind)
        for one in fields(kind):
            if one.name not in ("channels", "mute"):
                lines.append(f"| `{one.name}` | {toml(one.default)} | {said[one.name]} |")
    return "\n".join(lines) + "\n"


SETTINGS_HEAD = (
    "`analyze`, `check` and their like read the first six tables from `--config`; `watch` reads all of them\n"
    "from its CONFIG. A key that is left out has its default; an unknown one is an error. Addresses and\n"
    "secrets stand in environment variables alone, see [scheduling.md](scheduling.md)."
)


def said_of(kind: type) -> dict[str, str]:
    """Return what the source says under each field of a settings class."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr):
            words = " ".join(str(ast.literal_eval(below.value)).split())
            found[ast.unparse(field.target)] = words.replace("``", "`").replace("|", "\\|")
    return found


def toml(value: object) -> str:
    """Return a default as TOML writes it."""
    if value is None:
        return "none"
    plain = list(value) if isinstance(value, tuple) else value
    return f"`{plain!r}`".replace("'", '"').replace("True", "true").replace("False", "false")


@pytest.mark.parametrize("name", READMES)
def test_python_blocks_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = blocks(name, "python")
    assert len(found) >= 2
    names: dict[str, object] = {}
    for block in found:
        exec(compile(block, name, "exec"), names)


@pytest.mark.parametrize("name", READMES)
def test_shell_blocks_run(name: str, tmp_path: Path) -> None:
    lines = [line for block in blocks(name, "sh") for line in block.splitlines() if line.strip()]
    assert len(lines) >= 4
    for line in lines:
        words = shlex.split(line, comments=True)
        assert words[0] == "sentiment"
        arguments = [word.replace("out/", f"{tmp_path}/") for word in words[1:]]
        done = subprocess.run(
            [sys.executable, "-m", "sentiment.cli", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"


def test_every_command_has_an_example() -> None:
    for name, command in cli.commands.items():
        assert name == "demo" or "Example: sentiment" in (command.help or ""), name


def test_the_command_page_is_not_stale() -> None:
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == command_page(), "run python docs/check_docs.py"


def test_the_settings_page_is_not_stale() -> None:
    assert (DOCS / "settings.md").read_text(encoding="utf-8") == settings_page(), "run docs/check_docs.py"


@pytest.mark.parametrize("path", [*READMES, *(f"docs/{page.name}" for page in sorted(DOCS.glob("*.md")))])
def test_links_between_documents_hold(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert ((ROOT / path).parent / target).exists(), target


if __name__ == "__main__":
    (DOCS / "cli.md").write_text(command_page(), encoding="utf-8")
    (DOCS / "settings.md").write_text(settings_page(), encoding="utf-8")
