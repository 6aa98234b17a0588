"""The pages: what they show, what forms do, and every way in that must stay shut."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sentiment.serve.guard import COOKIE, MOST_BODY
from sentiment.serve.page import render_room
from sentiment.serve.room import look
from sentiment.store import Store
from tests.serve.conftest import HOSTILE, NOW, TOKEN, form_token

Visit = Callable[..., TestClient]
MARK = {"at": "2026-03-12T12:38", "text": "尊敬的用户：我们深表歉意", "service": "美团", "by": "小王"}


class Tags(HTMLParser):
    """Notes every tag and attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(page)
    return parser.found


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("美团", "故障进行中", "最近 15 分钟", "标记官方回应")),
        ("en", ("outage is open", "Last 15 minutes")),
    ],
)
def test_the_page_tells_of_the_open_incident(visit: Visit, lang: str, words: tuple[str, ...]):
    answer = visit().get("/", params={"lang": lang})
    assert answer.status_code == 200
    for word in words:
        assert word in answer.text
    assert answer.text.count('<svg class="chart') >= 4


def test_posts_on_the_page_are_inert_and_masked(store: Store):
    """Ingest strips markup; what would get past it, and what people write into forms, is text on the page."""
    store.mark_response("2026-03-12 12:38", HOSTILE[0], service="<img src=x>", by=HOSTILE[1])
    store.acknowledge(store.incidents(state="open")[0].id, by=HOSTILE[2], note=HOSTILE[3])
    room = look(store, now=NOW)
    assert any("7*7" in one["text"] for one in room["posts"])
    room["posts"] = [{**room["posts"][0], "text": text, "region": text, "service": text} for text in HOSTILE]
    room["open"][0]["service"] = HOSTILE[0]
    room["services"] = list(HOSTILE)
    page = render_room(room, lang="zh", form_token="0" * 64, can_write=True, guarded=True, refresh=5)
    scripts = [attributes for tag, attributes in tags(page) if tag == "script"]
    assert scripts == [{"src": "/static/room.js", "defer": None}]
    assert not [name for _, attributes in tags(page) for name in attributes if name.startswith("on")]
    assert not [tag for tag, _ in tags(page) if tag == "img"]
    assert page.count("&lt;script&gt;") >= 5
    assert "{{ 7*7 }}" in page


def test_private_data_are_masked(visit: Visit):
    page = visit().get("/").text
    assert "打我电话[电话]" in page
    assert "13912345678" not in page
    assert "a.b@c.example" not in page


def test_nothing_of_the_page_is_elsewhere(visit: Visit):
    client = visit()
    page = client.get("/").text
    links = [
        v for _, attributes in tags(page) for k, v in attributes.items() if k in ("src", "href", "action")
    ]
    assert links
    assert all(link and (link.startswith(("/", "#", "data:"))) for link in links)
    assert "http" not in client.get("/static/room.css").text.replace("http-equiv", "")
    assert "://" not in client.get("/static/room.js").text


@pytest.mark.parametrize("path", ["/", "/login", "/nowhere", "/api/now", "/static/room.js", "/api/nowhere"])
@pytest.mark.parametrize("token", ["", TOKEN])
def test_every_answer_carries_the_headers(visit: Visit, path: str, token: str):
    headers = visit(token=token).get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"]


def test_a_response_is_marked_and_taken_back(visit: Visit, store: Store):
    client = visit()
    token = form_token(client.get("/").text)
    answer = client.post("/response", data={**MARK, "form": token})
    assert answer.status_code == 303
    (marked,) = store.responses()
    assert (marked.announcement.text, marked.by) == (MARK["text"], "小王")
    assert marked.announcement.at.isoformat() == "2026-03-12T12:38:00+08:00"
    page = client.get(answer.headers["location"]).text
    assert "已标记官方回应" in page
    assert MARK["text"] in page
    assert client.post("/response/take-back", data={"id": marked.id, "form": token}).status_code == 303
    assert store.responses() == ()


def test_an_incident_is_acknowledged(visit: Visit, store: Store):
    client = visit()
    token = form_token(client.get("/").text)
    (one,) = store.incidents(state="open")
    client.post("/acknowledge", data={"id": one.id, "by": "<b>小王</b>", "note": "在查", "form": token})
    known = store.incident(one.id)
    assert known is not None
    assert known.acknowledged is not None
    assert (known.acknowledged["by"], known.acknowledged["note"]) == ("<b>小王</b>", "在查")
    page = client.get("/").text
    assert "&lt;b&gt;小王&lt;/b&gt;" in page
    assert "我来跟进" not in page


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("/response", {**MARK, "at": "gestern"}, "gestern"),
        ("/response", {**MARK, "text": " "}, "回应内容?"),
        ("/acknowledge", {"id": "nobody", "by": "x"}, "no incident"),
    ],
)
def test_a_wrong_form_is_refused_in_a_sentence(
    visit: Visit, store: Store, path: str, form: dict[str, str], sentence: str
):
    client = visit()
    answer = client.post(path, data={**form, "form": form_token(client.get("/").text)})
    assert answer.status_code == 400
    assert sentence in answer.text
    assert store.responses() == ()


@pytest.mark.parametrize("path", ["/response", "/response/take-back", "/acknowledge", "/login", "/logout"])
@pytest.mark.parametrize(
    "attack",
    ["no token", "token of another", "other origin", "null origin", "cross-site", "no cookie", "old cookie"],
)
def test_a_form_of_another_site_changes_nothing(visit: Visit, store: Store, path: str, attack: str):
    client = visit()
    own, other = form_token(client.get("/").text), form_token(visit().get("/").text)
    (one,) = store.incidents(state="open")
    form = {**MARK, "id": one.id, "form": {"no token": "", "token of another": other}.get(attack, own)}
    headers = {
        "other origin": {"Origin": "https://evil.example"},
        "null origin": {"Origin": "null"},
        "cross-site": {"Sec-Fetch-Site": "cross-site"},
    }.get(attack, {})
    if attack == "no cookie":
        client.cookies.clear()
    elif attack == "old cookie":
        client.cookies.clear()
        client.cookies.set(COOKIE, "x.9999999999.1." + "0" * 64)
    assert client.post(path, data=form, headers=headers).status_code == 403
    assert store.responses() == ()
    assert store.incidents(state="open")[0].acknowledged is None


def test_the_page_reads_only_when_told_so(visit: Visit, store: Store):
    client = visit(read_only=True)
    page = client.get("/").text
    assert "<form" not in page
    assert "只读模式" in page
    token = form_token(visit().get("/").text)
    assert client.post("/response", data={**MARK, "form": token}).status_code == 403
    assert store.responses() == ()


@pytest.mark.parametrize("path", ["/", "/now", "/report/report.html", "/?lang=en"])
def test_without_the_token_nothing_is_told(visit: Visit, path: str):
    answer = visit(token=TOKEN).get(path)
    assert answer.status_code in (303, 401)
    assert "美团" not in answer.text
    assert "简报" not in answer.text


def test_the_token_opens_the_door_and_leaving_shuts_it(visit: Visit):
    client = visit(token=TOKEN)
    token = form_token(client.get("/login").text)
    assert client.post("/login", data={"token": "wrong", "form": token}).status_code == 403
    answer = client.post("/login", data={"token": TOKEN, "form": token})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    page = client.get("/")
    assert "美团" in page.text
    kept = client.cookies[COOKIE]
    client.post("/logout", data={"form": form_token(page.text)})
    client.cookies.set(COOKIE, kept)  # a copy of the cookie is worth nothing afterwards
    assert client.get("/").status_code == 303


def test_the_cookie_stays_on_https_where_it_came_from_https(visit: Visit):
    assert "Secure" in visit().get("https://127.0.0.1:8000/").headers["set-cookie"]
    assert "Secure" not in visit().get("/").headers["set-cookie"]


def test_guessing_the_token_is_stopped(visit: Visit):
    client = visit(token=TOKEN)
    form = {"token": "wrong", "form": form_token(client.get("/login").text)}
    codes = [client.post("/login", data=form).status_code for _ in range(12)]
    assert codes == [403] * 10 + [429] * 2
    assert client.post("/login", data={**form, "token": TOKEN}).status_code == 429


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])
def test_another_name_of_this_machine_is_not_answered(visit: Visit, host: str):
    answer = visit().get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert "美团" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/report/secret.txt",
        "/report/..%2f..%2fstore%2fhealth.json",
        "/report/%2e%2e/store/health.json",
        "/report/....//secret.txt",
        "/report/report.html%00.txt",
        "/static/..%2froom.html.j2",
        "/static/room.html.j2",
        "/static/report.css",
    ],
)
def test_no_path_leads_to_another_file(visit: Visit, path: str):
    answer = visit().get(path)
    assert answer.status_code == 404
    assert "kept" not in answer.text
    assert "running" not in answer.text


def test_the_report_is_handed_out_as_a_file_that_runs_nothing(visit: Visit):
    answer = visit().get("/report/report.html")
    assert (answer.status_code, answer.text) == (200, "<h1>简报</h1>")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"] == "sandbox"


def test_a_page_without_news_is_not_sent_again(visit: Visit, store: Store):
    client = visit()
    client.get("/")
    first = client.get("/now")
    assert client.get("/now", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    client.post("/response", data={**MARK, "form": form_token(first.text)})
    again = client.get("/now", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
    assert MARK["text"] in again.text


def test_too_long_a_form_is_not_read(visit: Visit):
    client = visit()
    token = form_token(client.get("/").text)
    answer = client.post("/response", data={**MARK, "text": "长" * MOST_BODY, "form": token})
    assert answer.status_code == 413


def test_strange_choices_fall_back(visit: Visit):
    strange = {"hours": "-1", "lang": "<x>", "service": "<script>" * 9, "said": "<script>"}
    answer = visit().get("/", params=strange)
    assert answer.status_code == 200
    assert "<script>" not in answer.text


def test_a_missing_report_is_said(visit: Visit, folder: Path):
    (folder / "health.json").unlink()
    client = visit()
    assert client.get("/report/report.html").status_code == 404
    assert "watch 还没有写出报告" in client.get("/").text
    assert "没有 watch 在写这个库" in client.get("/").text
