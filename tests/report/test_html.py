"""The page: one file, nothing from outside, hostile posts inert, every number opens its posts."""

from __future__ import annotations

import base64
import copy
import hashlib
import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from fontTools.ttLib import TTFont

from sentiment.errors import InputError
from sentiment.report import render_html
from sentiment.report.html import phrases, points

VOID = {"meta", "link", "br", "input", "img", "hr"}
HOSTILE = (
    '<script>alert(1)</script><img src=x onerror="alert(2)"> 崩了 $x_{$',
    '"><svg/onload=alert(3)> javascript:alert(4) https://evil.example/x.png',
    "</style><style>body{display:none}</style> {{ 7*7 }} {% raw %}",
    "</p></blockquote></main></body><iframe src=//evil.example></iframe>",
    "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 崩了\u2066",
    "崩" * 5000,
    "退钱 13812345678 a.b@example.com",
    "🤦🏽‍♀️👨‍👩‍👧🔥 气死了",
)


class Page(HTMLParser):
    """Reads a page into what the tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.inside: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        here = self.open[-1] if self.open else ""
        self.inside.setdefault(here, []).append(data)
        if here not in ("style", "script", "title"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def live(page: str) -> str:
    """Return what a browser builds of a page: without the template, which holds the other language."""
    return re.sub(r"<template.*?</template>", "", page, flags=re.S)


def twin(page: str) -> str:
    (found,) = re.findall(r'<template id="other">(.*?)</template>', page, flags=re.S)
    return str(found)


@pytest.fixture(scope="module", params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def whole(summary: dict[str, Any], lang: str) -> str:
    return render_html(summary, lang=lang)


@pytest.fixture(scope="module")
def page(whole: str) -> str:
    return live(whole)


@pytest.fixture(scope="module")
def hostile(world: SimpleNamespace) -> tuple[dict[str, Any], str]:
    frame = world.annotated()
    rows = frame.index[frame["stance"].eq("complaint")][: len(HOSTILE)]
    frame.loc[rows, "text"] = HOSTILE
    frame.loc[rows, "own_text"] = HOSTILE
    frame.loc[rows, "author"] = [f"h{n}" for n in range(len(HOSTILE))]
    frame.loc[rows, "likes"] = 9000
    frame.loc[rows, "account_kind"] = "person"
    frame.loc[rows, "region"] = '<b onclick="x">"'
    frame.loc[rows, "post_id"] = [f'"><script>{n}</script>' for n in range(len(HOSTILE))]
    topics = world.topics(frame).assign(name_zh="<i>话题</i>", name_en="<i>topic</i>", terms="<u>;&amp;")
    incident = {**world.incident(frame), "service": "<img src=x onerror=alert(5)>青禾"}
    told = world.build(frame, incidents=[incident], topics=topics)
    return told, render_html(told)


def test_tags_are_balanced_and_ids_are_unique(page: str):
    read = Page(page)
    assert read.unbalanced == []
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))


def test_every_link_leads_somewhere_on_the_page(page: str):
    read = Page(page)
    inner = [link for link in read.links if link != "data:,"]
    assert len(inner) > 60
    assert all(link.startswith("#") and link[1:] in read.ids for link in inner)


def test_the_other_language_is_the_page_in_that_language_without_the_posts(
    whole: str, page: str, summary: dict[str, Any], lang: str
):
    other = render_html(summary, lang={"zh": "en", "en": "zh"}[lang])
    read, posts = Page(twin(whole)), Page(page)
    assert read.unbalanced == []
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))
    assert all(link[1:] in {*read.ids, *posts.ids} for link in read.links)
    assert [name for name in read.ids if name.startswith(("claim-", "post-"))] == []
    start = other.index('<div id="told"')
    same, _, rest = other[start:].partition('<section id="evidence">')
    assert (
        twin(whole)
        == same + '<div data-place="evidence"></div>' + rest[rest.index("\n</main>") : rest.index("<dialog")]
    )


def test_words_of_the_evidence_are_there_in_both_languages(page: str, lang: str):
    rules = re.findall(r'<span class="rule" data-other="(.*?)">(.*?)</span>', page)
    assert len(rules) > 20
    chinese = re.compile(r"[\u4e00-\u9fff]{2}")
    for words in rules:
        zh = words[lang == "zh"]
        assert chinese.search(zh)


def test_every_claim_of_the_ledger_is_on_the_page(page: str, summary: dict[str, Any]):
    ids = set(Page(page).ids)
    assert {f"claim-{key}" for key in summary["claims"]} <= ids
    assert {post["anchor"] for post in summary["evidence"].values()} <= ids


def test_every_key_figure_is_a_claim(page: str):
    figures = re.findall(r'<dd class="figure">(.*?)</dd>', page)
    assert len(figures) >= 6
    assert all('class="cite" href="#claim-' in figure for figure in figures)


def test_every_quote_opens_its_post(page: str, summary: dict[str, Any]):
    for quotes in summary["quotes"].values():
        for quote in quotes:
            assert f'href="#{summary["evidence"][quote["post_id"]]["anchor"]}"' in page


def test_nothing_comes_from_outside(page: str):
    read = Page(page)
    asked = [
        value for _, name, value in read.attributes if name in ("src", "href", "action", "data", "poster")
    ]
    assert all(value.startswith("#") or value == "data:," for value in asked)
    assert not set(read.tags) & {"img", "iframe", "object", "embed", "form", "base"}
    style = "".join(read.inside["style"])
    assert "@import" not in style
    assert set(re.findall(r"url\((.{5})", style)) == {"data:"}


def test_the_policy_allows_this_style_and_script_alone(page: str):
    read = Page(page)
    (policy,) = (
        v for tag, name, v in read.attributes if tag == "meta" and name == "content" and "default-src" in v
    )
    assert "default-src 'none'" in policy
    for kind in ("style", "script"):
        body = "".join(read.inside[kind]).encode("utf-8")
        code = base64.b64encode(hashlib.sha256(body).digest()).decode()
        assert f"{kind}-src 'sha256-{code}'" in policy
    assert "unsafe" not in policy


def test_no_inline_style_or_handler_that_the_policy_would_block(page: str):
    names = {name for _, name, _ in Page(page).attributes}
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]


def test_structure_for_screen_readers(page: str, lang: str):
    read = Page(page)
    assert read.tags.count("h1") == 1
    levels = [int(tag[1]) for tag in read.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert read.tags.count("table") == read.tags.count("caption")
    svgs = re.findall(r"<svg[^>]*>", page)
    assert all('role="img"' in svg and 'aria-label="' in svg for svg in svgs)
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in page
    assert {"header", "main", "nav", "footer", "figure", "figcaption"} <= set(read.tags)


def test_it_works_without_script(page: str):
    read = Page(re.sub(r"<script>.*?</script>", "", page, flags=re.S))
    assert "details" in read.tags
    assert "svg" in read.tags
    assert "claim-onset" in "".join(read.ids) or "claim-incident-1-onset" in read.ids


def test_size_and_determinism(whole: str, summary: dict[str, Any], lang: str):
    assert len(whole.encode("utf-8")) < 700_000
    assert render_html(summary, lang=lang) == whole


def test_a_full_page_stays_under_two_megabytes(world: SimpleNamespace):
    frame = world.annotated()
    long = [
        f"{n}" + "".join(chr(0x4E00 + (n * 37 + k) % 6000) for k in range(900)) for n in range(len(frame))
    ]
    frame["text"] = frame["own_text"] = pd.Series(long, dtype="str")
    told = world.build(frame, incidents=[world.incident(frame)])
    assert len(render_html(told).encode("utf-8")) < 2_000_000


def test_every_letter_of_both_languages_is_carried(whole: str, page: str):
    carried: set[str] = set()
    for data in re.findall(r"base64,([A-Za-z0-9+/=]+)\)", whole):
        with TTFont(io.BytesIO(base64.b64decode(data))) as font:
            carried |= {chr(code) for code in font.getBestCmap()}
    shown = Page(page).text + Page(twin(whole)).text + "".join(re.findall(r'data-other="(.*?)"', page))
    assert {letter for letter in shown if not letter.isspace()} - carried == set()


def test_hostile_posts_stay_text(hostile: tuple[dict[str, Any], str]):
    told, page = hostile
    read = Page(page)
    assert read.tags.count("script") == 1
    assert read.tags.count("style") == 1
    assert not set(read.tags) & {"img", "iframe", "b", "u"}
    assert read.unbalanced == []
    assert not [name for _, name, _ in read.attributes if name.startswith("on")]
    assert "<script>alert(1)</script><img src=x" in read.text
    assert "{{ 7*7 }} {% raw %}" in read.text
    assert "<img src=x onerror=alert(5)>青禾" in read.text
    assert told["quotes"]["complaint"]


def test_private_data_never_reaches_the_page(hostile: tuple[dict[str, Any], str]):
    _, page = hostile
    assert "13812345678" not in page
    assert "a.b@example.com" not in page
    assert "[电话]" in page


def test_each_post_keeps_its_own_writing_direction(page: str):
    assert re.findall(r'<p class="post-text"(?! dir="auto")', page) == []


@pytest.mark.parametrize("case", ["ordinary", "no_times", "no_posts", "incidents"])
def test_every_state_makes_a_whole_page(
    world: SimpleNamespace, annotated: pd.DataFrame, case: str, lang: str
):
    never = pd.Series(pd.NaT, index=annotated.index, dtype=annotated["created_at"].dtype)
    worst = world.incident(annotated)
    told = {
        "ordinary": lambda: world.build(annotated, incidents=[]),
        "no_times": lambda: world.build(annotated.assign(created_at=never), incidents=[]),
        "no_posts": lambda: world.build(annotated.iloc[:0], incidents=[]),
        "incidents": lambda: world.build(
            annotated, incidents=[worst, {**worst, "id": "b"}], other_spikes=[worst]
        ),
    }[case]()
    assert told["state"] == case
    read = Page(render_html(told, lang=lang))
    assert read.unbalanced == []
    assert all(link[1:] in read.ids for link in read.links if link.startswith("#"))
    assert ("timeline" in read.ids) is (case in ("ordinary", "incidents"))
    assert ("incidents" in read.ids) is (case == "incidents")


def test_not_enough_data_is_printed(world: SimpleNamespace, annotated: pd.DataFrame):
    effect = world.effect()
    for window in effect["windows"]:
        window.update(understanding_before=None, diff=None, low=None, high=None)
    effect.update(verdict="not_enough_data", sentence_zh="数据不足：公告前有立场的帖子不到 20 条。")
    told = world.build(annotated, incidents=[{**world.incident(annotated), "responses": [effect]}])
    words = Page(render_html(told)).text
    assert "数据不足：公告前有立场的帖子不到 20 条。" in words
    assert "None" not in words


def test_a_tampered_quote_stops_the_page(summary: dict[str, Any]):
    forged = copy.deepcopy(summary)
    forged["quotes"]["complaint"][0]["text"] = "我们都很满意"
    with pytest.raises(InputError, match="not word for word"):
        render_html(forged)


def test_warnings_are_sentences(page: str, lang: str):
    words = Page(page).text
    assert {"zh": "按关键词“崩了”采集（97% 的帖子含它）", "en": "Crawled by the keyword “崩了” (in 97%"}[
        lang
    ] in words


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ([{"text": "没有发现故障"}], ["没有发现故障"]),
        (
            [{"text": "青禾 "}, {"text": "12:03", "claim": "c"}, {"text": " 出现故障，持续 "}],
            ["青禾", "12:03", "出现故障，", "持续"],
        ),
        ([{"text": "12:03", "claim": "c"}, {"text": ", lasting "}], ["12:03,", "lasting"]),
    ],
)
def test_headlines_break_between_phrases(segments: list[dict[str, str]], expected: list[str]):
    parts = phrases(segments)
    assert [part["text"] + part["tail"] for part in parts] == expected
    told = "".join(part["text"] + part["tail"] + part["gap"] for part in parts)
    assert told.replace(" ", "") == "".join(segment["text"] for segment in segments).replace(" ", "")


@pytest.mark.parametrize(("share", "words"), [(0.0, "0"), (-0.004, "0"), (float("nan"), "–"), (0.5, "+50")])
def test_points(share: float, words: str):
    assert points(share) == words


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_from_the_paper(page: str, mode: int):
    style = "".join(Page(page).inside["style"])
    block = re.findall(r":root\s*\{(.*?)\}", style, flags=re.S)[mode]
    colours = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", block))
    for name in ("ink", "soft", "complaint", "understanding", "response", "help"):
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
    for name in ("volume", "neutral"):
        assert contrast(colours[name], colours["paper"]) >= 3, name


def test_the_pace_of_the_incident_is_told(summary: dict[str, Any]):
    assert "抱怨减半用时：47 分钟" in Page(render_html(summary, lang="zh")).text
    assert "Onset to peak: 18 min" in Page(render_html(summary, lang="en")).text


def test_the_sentences_beside_the_windows_are_shown(summary: dict[str, Any]):
    words = Page(render_html(summary, lang="en")).text
    assert "Of 31 comments and reposts under it, 22 take a side" in words
    assert "92% → 71%" in words  # complaints in the hour before and after
