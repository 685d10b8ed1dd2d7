# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes that are no operations: news, health, figures and the API's own description."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.routing import BaseRoute, Route

from helpdesk.core.api import ANSWERS_PATH, API_PREFIX, STREAM_PATH
from helpdesk.core.errors import Forbidden, SignedOut
from helpdesk.core.operation import operations_of
from helpdesk.core.permissions import Permission
from helpdesk.server.answers import Answer, WrongMethod, never_called
from helpdesk.server.document import document_text
from helpdesk.server.exchange import Exchange, exchange_of, state_of
from helpdesk.server.file_routes import FileRoute, UploadRoute
from helpdesk.server.gate import HEALTH_PATH
from helpdesk.server.metrics import CONTENT_TYPE
from helpdesk.server.peer import is_from_here
from helpdesk.server.rating_routes import RatingRoute
from helpdesk.server.routes import token_of
from helpdesk.services.sessions import Sessions

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from helpdesk.core.settings import ServerSettings

Handler = Callable[[Exchange], Awaitable[None]]

_CURRENT = operations_of(Sessions)["current"]
_NOT_FOR_YOU = "Only admins may read how the API is described."
_NO_FIGURES = "The figures of the server are for whoever knows its token."
_DOCS_SOURCES = "'self' https://cdn.jsdelivr.net https://fastapi.tiangolo.com data:"
_DOCS_POLICY = (
    f"default-src {_DOCS_SOURCES}; script-src {_DOCS_SOURCES} 'unsafe-inline';"
    f" style-src {_DOCS_SOURCES} 'unsafe-inline'; frame-ancestors 'none'"
)


class Page(Route):
    """A path of its own that is no operation."""

    def __init__(self, path: str, name: str, handler: Handler, method: str = "GET") -> None:
        """Have a path answered by a handler; ``name`` stands in the figures."""
        super().__init__(path, never_called, methods=[method], name=name, include_in_schema=False)
        self._handler = handler
        self._allowed = {"GET", "HEAD"} if method == "GET" else {method}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for the path."""
        if scope["method"] not in self._allowed:
            raise WrongMethod(self._allowed)
        exchange = exchange_of(scope)
        exchange.operation = self.name
        await self._handler(exchange)


def pages(app: FastAPI, settings: ServerSettings) -> Iterable[BaseRoute]:
    """Yield the pages of an application."""
    yield Page(HEALTH_PATH, "health", _health)
    yield Page("/metrics", "metrics", partial(_metrics, settings.metrics_token))
    yield Page(API_PREFIX + STREAM_PATH, "events.stream", _stream)
    yield Page(API_PREFIX + ANSWERS_PATH, "assistant.answers", _ask, "POST")
    yield RatingRoute(settings.request_seconds)
    yield UploadRoute(settings.request_seconds)
    yield FileRoute()
    description = _Description(app, public=settings.docs)
    for path in ("/openapi.json", f"{API_PREFIX}/openapi.json"):
        yield Page(path, "openapi", description.show)
    if settings.docs:
        yield Page("/docs", "docs", _docs)


class _Description:
    """The description of the API, made when it is first asked for."""

    def __init__(self, app: FastAPI, *, public: bool) -> None:
        self._app = app
        self._public = public
        self._text: bytes | None = None

    async def show(self, exchange: Exchange) -> None:
        if not self._public:
            await _require_admin(exchange)
        if self._text is None:
            self._text = document_text(self._app).encode()
        await exchange.answer(Answer(200, self._text))


async def _health(exchange: Exchange) -> None:
    state = state_of(exchange.scope)
    await exchange.answer(await state.health.answer(state.desk))


async def _stream(exchange: Exchange) -> None:
    state = state_of(exchange.scope)
    await state.streams.serve(exchange, state.desk)


async def _ask(exchange: Exchange) -> None:
    state = state_of(exchange.scope)
    await state.asking.serve(exchange, state.desk)


async def _metrics(token: str, exchange: Exchange) -> None:
    _require_scraper(token, exchange)
    await exchange.answer(Answer(200, state_of(exchange.scope).metrics.text(), CONTENT_TYPE))


async def _docs(exchange: Exchange) -> None:
    page = get_swagger_ui_html(openapi_url="/openapi.json", title="Help Desk API")
    policy = (b"content-security-policy", _DOCS_POLICY.encode())
    await exchange.answer(Answer(200, bytes(page.body), b"text/html; charset=utf-8", (policy,)))


async def _require_admin(exchange: Exchange) -> None:
    state, token = state_of(exchange.scope), token_of(exchange)
    current = partial(state.desk.executor.execute, _CURRENT, {}, token=token)
    session = await state.threads.run(_CURRENT, current)
    if Permission.MANAGE_API_KEYS not in session.permissions:
        raise Forbidden(_NOT_FOR_YOU)


def _require_scraper(token: str, exchange: Exchange) -> None:
    if token:
        shown = (token_of(exchange) or "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(shown, token.encode()):
            raise SignedOut(_NO_FIGURES)
    elif not is_from_here(exchange.scope):
        raise Forbidden(_NO_FIGURES)
