"""The server: pages, JSON and metrics of one store, behind one guard."""

from __future__ import annotations

import time
from collections import Counter

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from sentiment.errors import ConfigError, InputError
from sentiment.serve.access import Access
from sentiment.serve.api import Api
from sentiment.serve.guard import Guard
from sentiment.serve.looks import Clock, Looks, ServeSettings
from sentiment.serve.metrics import CONTENT_TYPE, write_metrics
from sentiment.serve.pages import Pages
from sentiment.store import Store
from sentiment.store.incidents import now as shanghai_now


def make_app(
    store: Store, settings: ServeSettings, *, clock: Clock = shanghai_now, warm: bool = False
) -> Guard:
    """Return the server of a store as an ASGI application.

    Args:
        store: The store.
        settings: How it is served.
        clock: Tells the time.
        warm: Read the store once before returning, so that the first visitor need not wait for it.

    Raises:
        ConfigError: if the language is unknown or the page would refresh less than once a second.
    """
    if settings.lang not in ("zh", "en"):
        raise ConfigError(f"The page is written in zh or en, not {settings.lang!r}.")
    if not 1 <= settings.refresh_seconds <= 3600:
        raise ConfigError(f"The page refreshes every 1 to 3600 seconds, not {settings.refresh_seconds}.")
    access = Access(settings.token, time.time)
    looks, requests = Looks(store, clock), Counter[tuple[str, int]]()
    app = FastAPI(
        title="outage-sentiment",
        description="What a store of posts says about service outages, now.",
        version="1",
        docs_url=None,  # the documentation pages of FastAPI load scripts from other hosts
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.add_exception_handler(InputError, _bad_input)
    app.add_exception_handler(RequestValidationError, _bad_request)
    pages = Pages(store, settings, access, looks)
    pages.add_to(app)
    Api(store, settings, looks).add_to(app)

    def metrics() -> Response:
        """Tell Prometheus."""
        return Response(write_metrics(store, requests, now=clock()), media_type=CONTENT_TYPE)

    def healthz() -> dict[str, str]:
        """Say that the server answers and the store can be read."""
        store.revision()
        return {"status": "ok"}

    app.add_api_route("/metrics", metrics, include_in_schema=False, response_model=None)
    app.add_api_route("/healthz", healthz, include_in_schema=False)
    if warm:
        pages.warm()
    return Guard(app, access, requests)


def _bad_input(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, status_code=400)


def _bad_request(request: Request, error: Exception) -> Response:
    """Tell which field is wrong, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)
    wrong = [{"loc": list(one["loc"]), "msg": one["msg"], "type": one["type"]} for one in error.errors()]
    return JSONResponse({"detail": wrong}, status_code=422)
