"""The JSON and the metrics: documented, guarded, and never an error of ours."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import schemathesis
from hypothesis import Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from sentiment.serve.guard import COOKIE
from sentiment.store import Store
from tests.serve.conftest import TOKEN

Visit = Callable[..., TestClient]
MARK = {"at": "2026-03-12 12:38", "text": "我们深表歉意", "service": "美团", "by": "小王"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def test_the_document_names_every_route(visit: Visit):
    document = visit().get("/api/openapi.json").json()
    assert set(document["paths"]) == {
        "/api/now", "/api/incidents", "/api/incidents/{id}", "/api/incidents/{id}/acknowledge", "/api/counts",
        "/api/posts", "/api/responses", "/api/responses/{number}",
    }  # fmt: skip


def test_whatever_is_asked_the_answer_is_documented(visit: Visit, store: Store):
    """A fixed handful of requests to each operation, made from the document by schemathesis."""
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", visit(token=TOKEN).app, headers=BEARER)
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=4, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            nonlocal tried
            # a time that cannot be read is refused in a sentence, which no schema can tell beforehand
            case.call_and_validate(headers=BEARER, excluded_checks=[positive_data_acceptance])
            tried += 1

        ask()
    assert tried > 20


def test_counts_and_posts(visit: Visit, store: Store):
    client = visit()
    rows = client.get("/api/counts", params={"since": "2026-03-12 12:00"}).json()
    mine = store.counts("2026-03-12 12:00", service="*")
    assert sum(row["n"] for row in rows) == int(mine["n"].sum()) > 0
    posts = client.get("/api/posts", params={"newest": 5}).json()
    assert [one["post_id"] for one in posts] == store.posts(newest=5)["post_id"].tolist()[::-1]
    assert not [one for one in posts if "author" in one or "13912345678" in one["text"]]


def test_a_response_is_marked_and_an_incident_acknowledged(visit: Visit, store: Store):
    client = visit()
    answer = client.post("/api/responses", json=MARK)
    assert answer.status_code == 201
    number = answer.json()["id"]
    assert client.get("/api/responses").json()[0]["text"] == MARK["text"]
    assert client.get("/api/now").json()["responses"][0]["id"] == number
    assert client.delete(f"/api/responses/{number}").json() == {"gone": True}
    assert client.delete(f"/api/responses/{number}").status_code == 404
    (one,) = client.get("/api/incidents", params={"state": "open"}).json()
    done = client.post(f"/api/incidents/{one['id']}/acknowledge", json={"by": "小王"})
    assert done.json()["acknowledged"]["by"] == "小王"
    assert client.get(f"/api/incidents/{one['id']}").json()["acknowledged"]["by"] == "小王"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/incidents/nobody", None, 404),
        ("GET", "/api/incidents?state=lost", None, 422),
        ("GET", "/api/counts?since=gestern", None, 400),
        ("GET", "/api/now?hours=1000", None, 422),
        ("GET", "/api/posts?newest=100000000", None, 422),
        ("POST", "/api/responses", {"at": "gestern", "text": "x"}, 400),
        ("POST", "/api/responses", {"text": "x"}, 422),
        ("POST", "/api/responses", {**MARK, "more": 1}, 422),
        ("POST", "/api/incidents/nobody/acknowledge", {"by": "x"}, 404),
        ("DELETE", "/api/responses/99999999999999999999", None, 422),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    visit: Visit, store: Store, method: str, path: str, body: object, status: int
):
    answer = visit().request(method, path, json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert store.responses() == ()


@pytest.mark.parametrize("path", ["/api/now", "/api/posts", "/api/openapi.json", "/metrics"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Cookie": f"{COOKIE}=x.9.1.y"},
    ],
)
def test_without_the_token_nothing_is_told(visit: Visit, path: str, headers: dict[str, str]):
    client = visit(token=TOKEN)
    answer = client.get(path, headers=headers)
    assert answer.status_code == 401
    assert "美团" not in answer.text
    assert client.get(path, headers=BEARER).status_code == 200


def test_a_probe_needs_no_token_and_learns_nothing(visit: Visit):
    answer = visit(token=TOKEN).get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json", "Origin": "https://evil.example"},
        {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_changes_nothing(visit: Visit, store: Store, headers: dict[str, str]):
    answer = visit().post("/api/responses", content=b'{"at":"2026-03-12 12:38","text":"x"}', headers=headers)
    assert answer.status_code == 403
    assert store.responses() == ()


def test_reading_only_is_reading_only(visit: Visit, store: Store):
    client = visit(read_only=True)
    (one,) = client.get("/api/incidents", params={"state": "open"}).json()
    assert client.post("/api/responses", json=MARK).status_code == 403
    assert client.post(f"/api/incidents/{one['id']}/acknowledge", json={"by": "x"}).status_code == 403
    assert client.delete("/api/responses/1").status_code == 403
    assert store.responses() == ()


def test_the_metrics_are_what_prometheus_reads(visit: Visit, store: Store):
    client = visit()
    client.get("/api/now")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    line = re.compile(r'[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? -?[0-9.e+]+')
    for row in answer.text.splitlines():
        assert row.startswith(("# HELP sentiment_", "# TYPE sentiment_")) or line.fullmatch(row), row
    assert f"sentiment_posts {store.totals().posts}\n" in answer.text
    assert 'sentiment_incidents{state="open"} 1\n' in answer.text
    assert 'sentiment_http_requests_total{route="/api/now",status="200"} 1\n' in answer.text
