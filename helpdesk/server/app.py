# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the server together over a desk that is open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware import Middleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from helpdesk.core.errors import NotFound
from helpdesk.server.asking import Asking
from helpdesk.server.gate import Gate
from helpdesk.server.health import Health
from helpdesk.server.metrics import STREAMS, Metrics
from helpdesk.server.pace import DoorPace, Pace
from helpdesk.server.pages import pages
from helpdesk.server.peer import Peer
from helpdesk.server.routes import operation_routes
from helpdesk.server.streams import Streams
from helpdesk.server.threads import Threads

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from helpdesk.client.embedded import EmbeddedDesk
    from helpdesk.core.settings import Settings


def make_app(desk: EmbeddedDesk | None, settings: Settings) -> FastAPI:
    """Return the application over a desk; without one it can only describe itself."""
    own = settings.server
    metrics, threads = Metrics(), Threads()
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        middleware=[Middleware(Gate, own, metrics)],
    )
    app.state.threads = threads
    app.state.metrics = metrics
    app.state.health = Health(threads)
    app.state.pace = Pace()
    app.state.door = DoorPace()
    app.state.streams = Streams(threads, own.streams_at_once)
    app.state.asking = Asking(threads, settings)
    set_desk(app, desk)
    metrics.watch(STREAMS, lambda: len(app.state.streams))
    app.router.routes.extend(pages(app, own))
    app.router.routes.extend(operation_routes(own.request_seconds))
    app.router.default = _nowhere
    if own.trusted_proxies:
        trusted = [str(each) for each in own.trusted_proxies]
        # Outside of everything: who asks must be known before anything is decided.
        app.user_middleware.insert(0, Middleware(ProxyHeadersMiddleware, trusted))
    app.user_middleware.insert(0, Middleware(Peer, behind_proxy=bool(own.trusted_proxies)))
    return app


def set_desk(app: FastAPI, desk: EmbeddedDesk | None) -> None:
    """Serve a desk from now on; where it lies on this machine concerns nobody who asks."""
    app.state.desk = desk
    if desk is not None:
        desk.executor.place = ""


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.streams.stop()
    await app.state.asking.stop()
    app.state.threads.stop()


async def _nowhere(scope: Scope, _receive: Receive, _send: Send) -> None:
    if scope["type"] == "http":
        raise NotFound("There is nothing at this address.")
