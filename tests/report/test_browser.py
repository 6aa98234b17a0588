"""The page in a real browser, without a network: the script runs under the policy and nothing complains."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sentiment.report import render_html
from sentiment.report.html import page_title
from tests.report.chromium import Browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHOWN = "[...document.querySelectorAll('.posts .post')].filter(post => !post.hidden).length"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and "REQUIRE_BROWSER" not in os.environ,  # CI sets it and must not skip
    reason="Chromium is absent: the browser tests did not run",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert CHROMIUM
    with Browser(CHROMIUM, tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture(params=["zh", "en"])
def page(request: pytest.FixtureRequest, summary: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(render_html(summary, lang=request.param), encoding="utf-8")
    return path


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_the_console_is_silent_and_no_request_leaves(browser: Browser, page: Path, width: int, dark: bool):
    browser.console.clear()
    browser.requests.clear()
    browser.open(page, width=width, dark=dark)
    assert browser.run("document.querySelector('p.filter').hidden") is False  # the script has run
    assert browser.run("document.querySelectorAll('svg[tabindex]').length") > 0
    assert browser.console == []
    assert browser.requests
    assert all(url == page.as_uri() or url.startswith("data:") for url in browser.requests)


@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_never_scrolls_sideways(browser: Browser, page: Path, width: int):
    browser.open(page, width=width)
    assert browser.run("document.documentElement.scrollWidth") <= width


def test_a_number_opens_the_posts_behind_it(browser: Browser, page: Path, summary: dict[str, Any]):
    browser.open(page)
    claim = next(cell for row in summary["phase_topics"]["rows"] for cell in row["cells"] if cell["posts"])
    browser.run(f"document.querySelector('.heat a[href=\"#claim-{claim['claim']}\"]').click()")
    assert browser.run("document.getElementById('behind').open") is True
    texts = browser.run("[...document.querySelectorAll('#behind .post-text')].map(one => one.textContent)")
    known = {post["text"] for post in summary["evidence"].values()}
    assert texts
    assert set(texts) <= known
    browser.run("document.getElementById('close').click()")
    assert browser.run("document.getElementById('behind').open") is False


def test_posts_are_filtered_by_topic_and_by_words(browser: Browser, page: Path, summary: dict[str, Any]):
    browser.open(page)
    evidence = summary["evidence"].values()
    assert browser.run(SHOWN) == len(evidence)
    choose = "(() => {const s = document.getElementById('filter-topic'); s.value = 'payment';"
    browser.run(choose + "s.dispatchEvent(new Event('change'))})()")
    about = [post for post in evidence if "payment" in post["topics"].split(";")]
    assert browser.run(SHOWN) == len(about) > 0
    write = "(() => {const f = document.getElementById('filter'); f.value = '土豆';"
    browser.run(write + "f.dispatchEvent(new Event('input'))})()")
    assert browser.run(SHOWN) == sum("土豆" in post["text"] for post in about)


def test_the_language_switches_and_the_numbers_stay(browser: Browser, page: Path, summary: dict[str, Any]):
    browser.console.clear()
    browser.open(page)
    text = "document.getElementById('told').innerText"
    figures = (
        "[...document.querySelectorAll('.bare td.num, .topics td.num')].map(one => one.textContent).join()"
    )
    lang, words, numbers = (
        browser.run("document.documentElement.lang"),
        browser.run(text),
        browser.run(figures),
    )
    posts = browser.run("document.querySelectorAll('.posts .post').length")
    browser.run("document.querySelector('.turn').focus()")
    browser.press("Enter")
    other = {"zh-CN": "en", "en": "zh-CN"}[lang]
    assert browser.run("document.documentElement.lang") == other
    assert browser.run("document.getElementById('told').lang") == other
    assert browser.run("document.title") == page_title(summary, other[:2])
    assert browser.run("document.querySelector('h1').textContent") in browser.run(text).replace("\n", "")
    assert browser.run(text) != words
    assert browser.run(figures) == numbers
    assert browser.run("document.activeElement.className") == "turn"
    rule = browser.run("document.querySelector('.claim .rule').textContent")
    assert rule == next(iter(summary["claims"].values()))["rule"][other[:2]]
    browser.run("document.querySelector('.strip a').click()")
    assert browser.run("document.querySelectorAll('#behind .post').length") > 0
    browser.run("document.getElementById('close').click()")
    browser.run("document.querySelector('.turn').click()")
    assert browser.run("document.documentElement.lang") == lang
    assert browser.run(text) == words
    assert browser.run("document.querySelectorAll('.posts .post').length") == posts
    assert browser.console == []


def test_switching_keeps_the_place_and_what_was_unfolded(browser: Browser, page: Path):
    browser.open(page)
    browser.run("document.querySelector('#timeline details').open = true")
    browser.run("document.getElementById('trust').scrollIntoView({behavior: 'instant'})")
    top = "Math.round(document.getElementById('trust').getBoundingClientRect().top)"
    before = browser.run(top)
    browser.run("document.querySelector('.turn').click()")
    assert abs(browser.run(top) - before) <= 2
    assert browser.run("document.querySelector('#timeline details').open") is True


def test_a_script_that_is_not_ours_is_refused(browser: Browser, summary: dict[str, Any], tmp_path: Path):
    path = tmp_path / "forged.html"
    forged = render_html(summary).replace("</main>", "<script>document.title='owned'</script></main>")
    path.write_text(forged, encoding="utf-8")
    browser.console.clear()
    browser.open(path)
    assert browser.run("document.title") != "owned"
    assert browser.console


def test_axe_finds_nothing(browser: Browser, page: Path):
    """AXE names axe.min.js (npm pack axe-core); CI fetches it, elsewhere the main rules are in test_html."""
    script = os.environ.get("AXE")
    if not script:
        pytest.skip("AXE names no axe.min.js: accessibility was checked by test_html alone")
    for width, dark in ((1280, False), (360, True)):
        browser.open(page, width=width, dark=dark)
        browser.run(Path(script).read_text(encoding="utf-8") + ";0")
        found = browser.run(
            "axe.run().then(r => r.violations.map(v => v.id + ' ' + v.nodes.slice(0, 3).map(n => n.html)))"
        )
        assert found == []
