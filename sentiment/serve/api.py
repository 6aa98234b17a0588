"""The JSON: the same readings as the page, documented by OpenAPI at ``/api/openapi.json``."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import pandas as pd
from fastapi import FastAPI, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from sentiment.serve.looks import Looks, ServeSettings
from sentiment.serve.room import READ, describe, show_posts, show_response, show_responses
from sentiment.store import Store
from sentiment.store.incidents import now
from sentiment.store.reading import moment

SINCE: Final = pd.Timedelta(hours=24)
REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "A value cannot be used; ``detail`` says why."},
    401: {"description": "The token is missing or wrong."},
}
UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {404: {"description": "There is none of that id."}}
UNWRITTEN: Final[dict[int | str, dict[str, Any]]] = {
    403: {"description": "The server is read-only, or another site asked."},
    413: {"description": "The body is too long."},
}
Name = Annotated[str, Query(max_length=40, description="Canonical name; empty: all.")]
Hours = Annotated[int, Query(ge=1, le=72)]
Short = Annotated[str, Field(max_length=40)]
Moment = Annotated[str, Query(max_length=40, description="2026-03-12 11:42; without a zone Shanghai time.")]


class Response(BaseModel):
    """An official response to mark."""

    model_config = ConfigDict(extra="forbid")

    at: Annotated[str, Field(max_length=40, description="When it was published.")]
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    service: Short = ""
    by: Short = ""


class Acknowledgement(BaseModel):
    """Who takes an incident on."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[str, Field(min_length=1, max_length=40)]
    note: Annotated[str, Field(max_length=400)] = ""


class Api:
    """The JSON routes of one store."""

    def __init__(self, store: Store, settings: ServeSettings, looks: Looks) -> None:
        self._store, self._settings, self._looks = store, settings, looks

    def add_to(self, app: FastAPI) -> None:
        """Add the routes."""
        get, post, delete = ["GET"], ["POST"], ["DELETE"]
        writing = {**REFUSED, **UNWRITTEN}
        app.add_api_route("/api/now", self.now, methods=get, responses=REFUSED)
        app.add_api_route("/api/incidents", self.incidents, methods=get, responses=REFUSED)
        app.add_api_route("/api/incidents/{id}", self.incident, methods=get, responses=REFUSED | UNKNOWN)
        app.add_api_route("/api/counts", self.counts, methods=get, responses=REFUSED)
        app.add_api_route("/api/posts", self.posts, methods=get, responses=REFUSED)
        app.add_api_route("/api/responses", self.responses, methods=get, responses=REFUSED)
        app.add_api_route("/api/responses", self.mark, methods=post, status_code=201, responses=writing)
        app.add_api_route("/api/responses/{number}", self.unmark, methods=delete, responses=writing | UNKNOWN)
        app.add_api_route(
            "/api/incidents/{id}/acknowledge", self.acknowledge, methods=post, responses=writing | UNKNOWN
        )

    def now(self, hours: Hours = 6, service: Name = "") -> dict[str, Any]:
        """Everything the page shows."""
        return self._looks.get(hours, service)

    def incidents(self, state: Literal["open", "ended", "withdrawn"] | None = None) -> list[dict[str, Any]]:
        """Incidents, the newest onset first."""
        return [describe(one, moment(now())) for one in self._store.incidents(state=state)]

    def incident(self, id: Annotated[str, Path(max_length=120)]) -> dict[str, Any]:
        """One incident."""
        found = self._store.incident(id)
        if found is None:
            raise HTTPException(404, "There is no incident of that id.")
        return describe(found, moment(now()))

    def counts(self, since: Moment = "", until: Moment = "", service: Name = "*") -> list[dict[str, Any]]:
        """Posts a minute by series, without zeros; the last 24 hours unless told otherwise."""
        start = moment(since) if since else moment(now()) - SINCE
        found = self._store.counts(start, until or None, service=service or "*")
        rows = zip(found["bucket"], found["service"], found["series"], found["n"], strict=True)
        return [
            {"bucket": at.isoformat(), "service": name, "series": series, "n": int(n)}
            for at, name, series, n in rows
        ]

    def posts(
        self, newest: Annotated[int, Query(ge=1, le=200)] = 50, service: Name = ""
    ) -> list[dict[str, Any]]:
        """The newest posts: no authors, private data masked."""
        found = self._store.posts(service=service or None, columns=READ, newest=newest)
        return show_posts(found.iloc[::-1])

    def responses(self) -> list[dict[str, Any]]:
        """Official responses that people marked, in order of time, with their effect once it is measured."""
        return show_responses(self._store.responses(), self._store.incidents())

    def mark(self, response: Response) -> dict[str, Any]:
        """Mark an official response; the watch measures its effect in its next round."""
        self._may_write()
        marked = self._store.mark_response(
            response.at, response.text, service=response.service, by=response.by
        )
        self._looks.forget()
        return show_response(marked)

    def unmark(self, number: Annotated[int, Path(ge=1, lt=2**63)]) -> dict[str, bool]:
        """Take a mark back."""
        self._may_write()
        if not self._store.unmark_response(number):
            raise HTTPException(404, "There is no mark of that number.")
        self._looks.forget()
        return {"gone": True}

    def acknowledge(
        self, id: Annotated[str, Path(max_length=120)], acknowledgement: Acknowledgement
    ) -> dict[str, Any]:
        """Note who takes an incident on."""
        self._may_write()
        if self._store.incident(id) is None:
            raise HTTPException(404, "There is no incident of that id.")
        found = self._store.acknowledge(id, by=acknowledgement.by, note=acknowledgement.note)
        self._looks.forget()
        return describe(found, moment(now()))

    def _may_write(self) -> None:
        if self._settings.read_only:
            raise HTTPException(403, "This server is read-only.")
