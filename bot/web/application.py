"""The built-in page: its routes and their responses. It only reads, and stores nothing."""

import hashlib
from http import HTTPStatus
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.core.desk import Desk
from bot.core.workers import Workers
from bot.errors import NotInvited, TooMany
from bot.texts.catalogue import Catalogue, Texts
from bot.texts.keys import Key
from bot.visitors import Visitor
from bot.web import accept_language
from bot.web.article_pages import ArticlePages, AskedArticle, WrittenArticle, templates
from bot.web.pages import LONGEST_QUESTION, RESULTS, Writer
from bot.web.security_headers import Hardened
from bot.web.signed_links import Grants
from bot.web.urls import Addresses
from bot.web.visitors import visitor_at
from index import IndexUnavailable, Turn, WenChuError

STATIC_SECONDS = 86_400
WAIT_SECONDS = 60
"""Seconds after which somebody who has asked too much may ask again."""

_STATIC = {"/style.css": "text/css; charset=utf-8", "/icon.svg": "image/svg+xml"}
_STATUS: tuple[tuple[type[WenChuError], HTTPStatus], ...] = (
    (NotInvited, HTTPStatus.FORBIDDEN),
    (TooMany, HTTPStatus.TOO_MANY_REQUESTS),
    (IndexUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)


def application(
    desk: Desk,
    catalogue: Catalogue,
    addresses: Addresses,
    grants: Grants,
    workers: Workers,
    articles: ArticlePages,
) -> ASGIApp:
    """Returns the page as an ASGI application.

    Args:
        desk: answers, and says whom it serves. Where it serves only some, an article is shown to
            whoever has a link to it, and nothing else is.
        workers: write the pages, or wait for those of articles.
        articles: write these.
    """
    shown = _Pages(desk, catalogue, addresses, grants, workers, articles)
    routes = [
        Route("/", shown.home),
        Route("/article", shown.article),
        *(Route(path, _Static(path, media_type).get) for path, media_type in _STATIC.items()),
    ]
    handlers: Any = {  # the library's type asks for handlers that take any exception
        HTTPException: shown.refused,
        WenChuError: shown.failed,
        Exception: shown.broken,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    # A redirect would go to whatever host the client names, and take the seal along.
    app.router.redirect_slashes = False
    return Hardened(app)


class _Pages:
    """Answers requests."""

    def __init__(
        self,
        desk: Desk,
        catalogue: Catalogue,
        addresses: Addresses,
        grants: Grants,
        workers: Workers,
        articles: ArticlePages,
    ) -> None:
        self._desk = desk
        self._articles = articles
        self._workers = workers
        self._catalogue = catalogue
        self._addresses = addresses
        self._grants = grants
        self._templates = templates()

    async def home(self, request: Request) -> Response:
        """Returns the search box, with results if something was asked."""
        visitor, texts = _visitor(request), self._texts(request)
        self._desk.admit(visitor)
        writer = Writer(texts, self._addresses)
        question = request.query_params.get("q", "").strip()[: LONGEST_QUESTION + 1]
        if not question:
            about = texts.say(Key.PROFILE_ABOUT)
            frame = writer.frame(example=await self._desk.example(visitor))
            return self._page(request, "home.html", frame=frame, about=about)
        turn = await self._desk.find(visitor, question, RESULTS)
        return await self._workers.run(visitor, self._results, request, writer, question, turn)

    def _results(self, request: Request, writer: Writer, question: str, turn: Turn) -> Response:
        frame = writer.frame(question, question)
        return self._page(request, "results.html", frame=frame, replies=writer.replies(turn))

    async def article(self, request: Request) -> Response:
        """Returns an article, with a place in it marked."""
        visitor, texts = _visitor(request), self._texts(request)
        asked = request.query_params
        article_id = asked.get("id", "")
        if not self._grants.admit(article_id, asked.get("key", "")):
            # Whether there is such an article is not told either.
            self._desk.admit(visitor)
        self._desk.count(visitor)
        article = AskedArticle(
            article_id,
            asked.get("at", ""),
            _number(asked.get("part", "")),
            texts.locale,
            self._searchable(visitor),
        )
        written = await self._workers.run(visitor, self._write, visitor, article)
        if written.html is None:
            return self._message(request, texts.say(Key.WEB_GONE), HTTPStatus.NOT_FOUND)
        return _revalidated(request, written.html)

    def _write(self, visitor: Visitor, article: AskedArticle) -> WrittenArticle:
        written = self._articles.write(article)
        self._workers.charge(visitor, written.seconds)
        return written

    async def refused(self, request: Request, error: HTTPException) -> Response:
        """Answers a request for a page that does not exist, or by a method that it does not
        have."""
        text = self._texts(request).say(Key.WEB_NO_PAGE)
        return self._message(request, text, HTTPStatus(error.status_code), error.headers)

    async def failed(self, request: Request, error: WenChuError) -> Response:
        """Answers a request that the desk refuses or cannot answer."""
        texts = self._texts(request)
        status = next((status for refusal, status in _STATUS if isinstance(error, refusal)), None)
        private = isinstance(error, NotInvited)
        text = texts.say(Key.WEB_PRIVATE) if private else texts.error(error)
        headers = {"Retry-After": str(WAIT_SECONDS)} if isinstance(error, TooMany) else None
        return self._message(request, text, status or HTTPStatus.INTERNAL_SERVER_ERROR, headers)

    async def broken(self, request: Request, error: Exception) -> Response:
        """Answers a request after an unforeseen error, which the server logs."""
        text = self._texts(request).error(error)
        # The server ends the connection then; the next request of a client untold may fail on it.
        ending = {"Connection": "close"}
        return self._message(request, text, HTTPStatus.INTERNAL_SERVER_ERROR, ending)

    def _texts(self, request: Request) -> Texts:
        wanted = accept_language.preferred(request.headers.get("accept-language", ""))
        return self._catalogue.of(wanted)

    def _searchable(self, visitor: Visitor) -> bool:
        try:
            self._desk.admit(visitor)
        except NotInvited:
            return False
        return True

    def _message(
        self,
        request: Request,
        text: str,
        status: HTTPStatus,
        headers: Any = None,  # the library's mapping
    ) -> Response:
        """Returns a page with one sentence."""
        writer = Writer(self._texts(request), self._addresses)
        searchable = self._searchable(_visitor(request))
        page = self._templates.get_template("message.html").render(
            frame=writer.frame(searchable=searchable), text=text
        )
        return _html(page, status, headers)

    def _page(self, request: Request, template: str, **values: object) -> Response:
        return _revalidated(request, self._templates.get_template(template).render(values))


class _Static:
    """A file that comes with the page."""

    def __init__(self, path: str, media_type: str) -> None:
        file = resources.files("bot.web") / "static" / path.lstrip("/")
        self._content = file.read_bytes()
        self._media_type = media_type

    async def get(self, _: Request) -> Response:
        """Returns the file; browsers may cache it for a day."""
        headers = {"Cache-Control": f"public, max-age={STATIC_SECONDS}"}
        return Response(self._content, media_type=self._media_type, headers=headers)


def _revalidated(request: Request, page: str) -> Response:
    """Returns a page, or that it is the one which the browser has stored."""
    response = _html(page)
    response.headers["ETag"] = tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    if tag in _tags(request.headers.get("if-none-match", "")):
        headers = {name: response.headers[name] for name in ("ETag", "Cache-Control", "Vary")}
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return response


def _html(page: str, status: HTTPStatus = HTTPStatus.OK, headers: Any = None) -> Response:
    """Returns a page that a browser may store, but must revalidate each time."""
    kept = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language", **(headers or {})}
    # A text with half a surrogate pair cannot be sent.
    content = page.encode("utf-8", "replace")
    return Response(content, status, kept, "text/html; charset=utf-8")


def _visitor(request: Request) -> Visitor:
    return visitor_at(request.client.host if request.client else None)


def _tags(header: str) -> set[str]:
    """Returns the tags of an If-None-Match header."""
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def _number(written: str) -> int | None:
    """Returns a whole number of a few digits; None for anything else."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 7 else None
