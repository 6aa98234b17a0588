"""The pages for people: routes that answer with HTML, and the forms behind them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlencode

from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from sentiment.display import CJK_FONT, EMOJI_FONT, font_path
from sentiment.errors import SentimentError
from sentiment.serve.access import Access, Session, same_origin
from sentiment.serve.guard import COOKIE, session_of
from sentiment.serve.looks import Looks, ServeSettings
from sentiment.serve.page import render_login, render_now, render_room, resource, stylesheet
from sentiment.serve.room import HOURS
from sentiment.serve.words import say
from sentiment.store import Store

REPORTS: Final = ("report.html", "report.pdf", "report.xlsx", "report.md", "incidents.json")
"""What may be downloaded, where the watch wrote it."""
START_HOURS: Final = 6
"""Length of the chart until another is asked for."""
FONTS: Final = {"sans.otf": CJK_FONT, "emoji.ttf": EMOJI_FONT}
SAID: Final = ("response", "unmarked", "acknowledged")


class Pages:
    """The pages for people."""

    def __init__(self, store: Store, settings: ServeSettings, access: Access, looks: Looks) -> None:
        self._store, self._settings, self._access, self._looks = store, settings, access, looks

    def add_to(self, app: FastAPI) -> None:
        """Add the routes; none of them is in the OpenAPI document."""
        for path, function, method in (
            ("/", self.room, "GET"),
            ("/now", self.now, "GET"),
            ("/login", self.show_login, "GET"),
            ("/login", self.login, "POST"),
            ("/logout", self.logout, "POST"),
            ("/response", self.mark, "POST"),
            ("/response/take-back", self.take_back, "POST"),
            ("/acknowledge", self.acknowledge, "POST"),
            ("/report/{name}", self.report, "GET"),
            ("/static/{name}", self.static, "GET"),
        ):
            app.add_api_route(path, function, methods=[method], include_in_schema=False, response_model=None)

    def warm(self) -> None:
        """Make the first reading and page before anybody asks, so that the first visitor need not wait."""
        render_now(self._looks.get(START_HOURS, ""), lang=self._settings.lang, form_token="", can_write=False)

    def room(self, request: Request) -> Response:
        """Show the page."""
        session = session_of(request)
        if not session.inside:
            return RedirectResponse("/login", status_code=303)
        said = request.query_params.get("said", "")
        return self._room(request, session, said=said if said in SAID else "")

    def now(self, request: Request) -> Response:
        """Show the part of the page that is fetched again and again; 304 where nothing has changed."""
        session = session_of(request)
        if not session.inside:
            return Response(status_code=401)
        hours, service, lang = _choice(request, self._settings.lang)
        body = render_now(
            self._looks.get(hours, service),
            lang=lang,
            form_token=self._access.form_token(session),
            can_write=not self._settings.read_only,
        )
        mark = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == mark:
            return Response(status_code=304, headers={"ETag": mark})
        return HTMLResponse(body, headers={"ETag": mark})

    def show_login(self, request: Request) -> Response:
        """Ask for the token."""
        if session_of(request).inside:
            return RedirectResponse("/", status_code=303)
        return self._login(request)

    async def login(self, request: Request) -> Response:
        """Let in who knows the token."""
        given = await _form(request, self._access)
        lang = _choice(request, self._settings.lang)[2]
        if not self._access.may_try():
            return self._login(request, say("too_often", lang), 429)
        if not self._access.fits(given.get("token", "")):
            self._access.tried_wrong()
            return self._login(request, say("wrong_token", lang), 403)
        self._access.end(session_of(request))
        answer = RedirectResponse("/", status_code=303)
        _set_cookie(answer, request, self._access.seal(self._access.begin(inside=True)))
        return answer

    async def logout(self, request: Request) -> Response:
        """End the session."""
        await _form(request, self._access)
        self._access.end(session_of(request))
        answer = RedirectResponse("/login" if self._settings.token else "/", status_code=303)
        answer.delete_cookie(COOKIE, path="/")
        return answer

    async def mark(self, request: Request) -> Response:
        """Mark an official response."""
        form = await self._writing(request)
        if not form.get("text", "").strip():
            return self._refuse(request, say("response_text", self._settings.lang) + "?")
        try:
            await run_in_threadpool(
                self._store.mark_response,
                form.get("at", "").replace("T", " "),
                form["text"].strip()[:2000],
                service=form.get("service", "")[:40],
                by=form.get("by", "").strip()[:40],
            )
        except SentimentError as error:
            return self._refuse(request, str(error))
        return self._back(request, "response")

    async def take_back(self, request: Request) -> Response:
        """Take a mark back."""
        form = await self._writing(request)
        number = form.get("id", "")
        if number.isascii() and number.isdigit() and len(number) < 19:
            await run_in_threadpool(self._store.unmark_response, int(number))
        return self._back(request, "unmarked")

    async def acknowledge(self, request: Request) -> Response:
        """Note who takes an incident on."""
        form = await self._writing(request)
        try:
            await run_in_threadpool(
                self._store.acknowledge,
                form.get("id", ""),
                by=form.get("by", "").strip()[:40] or "?",
                note=form.get("note", "").strip()[:400],
            )
        except SentimentError as error:
            return self._refuse(request, str(error))
        return self._back(request, "acknowledged")

    def report(self, request: Request, name: str) -> Response:
        """Hand out a file of the report that the watch wrote."""
        if not session_of(request).inside:
            return RedirectResponse("/login", status_code=303)
        folder = self._store.health().get("report")
        path = Path(str(folder)) / name if folder and name in REPORTS else None
        if path is None or not path.is_file():
            raise HTTPException(404, say("no_report", self._settings.lang))
        return FileResponse(path, filename=name, headers={"Content-Security-Policy": "sandbox"})

    def static(self, name: str) -> Response:
        """Hand out style, script and fonts; they hold nothing of the store."""
        if name in FONTS:
            kept = {"Cache-Control": "public, max-age=604800"}
            return FileResponse(font_path(FONTS[name]), headers=kept)
        if name == "room.css":
            return Response(_css(), media_type="text/css")
        if name == "room.js":
            return Response(resource("room.js"), media_type="text/javascript")
        raise HTTPException(404, "There is no such file.")

    async def _writing(self, request: Request) -> dict[str, str]:
        """Return a form that may change the store, or raise."""
        if not session_of(request).inside:
            raise HTTPException(401, "Log in first.")
        form = await _form(request, self._access)
        if self._settings.read_only:
            raise HTTPException(403, "This server is read-only.")
        return form

    def _back(self, request: Request, said: str) -> Response:
        self._looks.forget()
        hours, service, lang = _choice(request, self._settings.lang)
        query = {"said": said, "hours": hours, "service": service, "lang": lang}
        return RedirectResponse("/?" + urlencode({k: v for k, v in query.items() if v}), status_code=303)

    def _refuse(self, request: Request, sentence: str) -> Response:
        return self._room(request, session_of(request), refused=sentence, status=400)

    def _room(
        self, request: Request, session: Session, *, said: str = "", refused: str = "", status: int = 200
    ) -> Response:
        hours, service, lang = _choice(request, self._settings.lang)
        page = render_room(
            self._looks.get(hours, service),
            lang=lang,
            form_token=self._access.form_token(session),
            can_write=not self._settings.read_only,
            guarded=bool(self._settings.token),
            refresh=self._settings.refresh_seconds,
            said=f"said_{said}" if said else "",
            refused=refused,
        )
        return self._with_session(HTMLResponse(page, status_code=status), request, session)

    def _login(self, request: Request, wrong: str = "", status: int = 200) -> Response:
        session = session_of(request)
        lang = _choice(request, self._settings.lang)[2]
        page = render_login(lang=lang, form_token=self._access.form_token(session), wrong=wrong)
        return self._with_session(HTMLResponse(page, status_code=status), request, session)

    def _with_session(self, answer: Response, request: Request, session: Session) -> Response:
        """Give a new visitor the cookie that forms are bound to."""
        if request.state.fresh:
            _set_cookie(answer, request, self._access.seal(session))
        return answer


def _choice(request: Request, lang: str) -> tuple[int, str, str]:
    """Return hours, service and language that an address asks for, defaults for what is not understood."""
    asked = request.query_params
    hours = next((n for n in HOURS if str(n) == asked.get("hours")), START_HOURS)
    return hours, asked.get("service", "")[:40], asked["lang"] if asked.get("lang") in ("zh", "en") else lang


async def _form(request: Request, access: Access) -> dict[str, str]:
    """Return the fields of a form that one of our own pages sent, or raise."""
    headers = request.headers
    if not same_origin(headers.get("origin"), headers.get("sec-fetch-site"), headers.get("host", "")):
        raise HTTPException(403, "This form came from another site.")
    try:
        given = parse_qs((await request.body()).decode("utf-8"), max_num_fields=20, keep_blank_values=True)
    except ValueError:
        raise HTTPException(400, "This is no form.") from None
    fields = {name: values[0] for name, values in given.items()}
    if not access.form_fits(session_of(request), fields.get("form", "")):
        raise HTTPException(403, "This form is too old or not ours: load the page again.")
    return fields


def _set_cookie(answer: Response, request: Request, value: str) -> None:
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, value, httponly=True, samesite="strict", secure=secure, path="/")


@lru_cache(maxsize=1)
def _css() -> str:
    return stylesheet()
