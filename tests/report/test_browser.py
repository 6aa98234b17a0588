"""The page in a real browser, without a network: the script runs under the policy and nothing complains."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sentiment.report import render_html

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--dump-dom",
)  # fmt: skip

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and "REQUIRE_BROWSER" not in os.environ,  # CI sets it and must not skip
    reason="Chromium is absent: the browser tests did not run",
)


def browse(page: Path, profile: Path) -> tuple[str, list[str]]:
    """Return the document after its script has run, and what the console said."""
    assert CHROMIUM
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout, re.findall(r".*CONSOLE.*|.*Refused to.*", done.stderr)


def test_the_script_runs_and_the_console_is_silent(summary: dict[str, Any], tmp_path: Path):
    page = tmp_path / "report.html"
    page.write_text(render_html(summary), encoding="utf-8")
    document, console = browse(page, tmp_path / "profile")
    assert console == []
    assert '<p class="filter"><label>' in document  # hidden until the script shows it
    assert 'tabindex="0"' in document


def test_a_script_that_is_not_ours_is_refused(summary: dict[str, Any], tmp_path: Path):
    page = tmp_path / "report.html"
    forged = render_html(summary).replace("</main>", "<script>document.title='owned'</script></main>")
    page.write_text(forged, encoding="utf-8")
    document, console = browse(page, tmp_path / "profile")
    assert "<title>owned" not in document
    assert console
