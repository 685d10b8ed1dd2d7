# SPDX-License-Identifier: GPL-3.0-or-later
"""What every request passes first and every error last."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from helpdesk.core.api import (
    ANSWERS_PATH,
    API_PREFIX,
    FILES_PATH,
    LEVEL_HEADER,
    OLDEST_LEVEL,
    STREAM_PATH,
)
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import (
    Busy,
    DatabaseFault,
    DeskError,
    Fault,
    Forbidden,
    Invalid,
    NewerServer,
    ReadOnly,
    TooLarge,
)
from helpdesk.core.schemas.attachments import LARGEST_SIZE
from helpdesk.server.answers import problem_answer
from helpdesk.server.bodies import Bodies
from helpdesk.server.exchange import Exchange
from helpdesk.server.metrics import UNDER_WAY
from helpdesk.server.peer import may_be_overheard
from helpdesk.server.shape import unstorable

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from helpdesk.core.settings import ServerSettings
    from helpdesk.server.metrics import Metrics

logger = logging.getLogger(__name__)

HEALTH_PATH = "/health"
LONGEST_ADDRESS = 32 * 1024
_STREAMS = frozenset({API_PREFIX + STREAM_PATH, API_PREFIX + ANSWERS_PATH})
_UPLOADS = API_PREFIX + FILES_PATH
_BUSY_SECONDS = 1

_TOO_LONG = "The address of the request is too long; search for less at once."
_TOO_OLD = "This program is too old for the server; install the present version."
_NO_LEVEL = f"The header {LEVEL_HEADER} must be a whole number."
_IN_THE_CLEAR = "The request came in the clear, where it can be overheard; use https."
_FULL = "The server has too much to do at this moment; try again."
_FAULT = "The server has met a fault; tell an admin its number: {number}."
_NO_DATABASE = "The server cannot use its database; tell an admin the number {number}."


class Gate:
    """Lets in what is fit to be looked at, and answers for everything that goes wrong."""

    def __init__(self, app: ASGIApp, settings: ServerSettings, metrics: Metrics) -> None:
        """Stand before an application."""
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._under_way = 0
        self._bodies = Bodies()
        metrics.watch(UNDER_WAY, lambda: self._under_way)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = self._settings.largest_request_kb * 1024
        if scope["path"] == _UPLOADS:
            # What is taken in by parts is bounded by what a file may have, once it is known whose.
            largest = LARGEST_SIZE
        exchange = Exchange(scope, receive, send, largest, self._bodies)
        is_stream = scope["path"] in _STREAMS
        started = monotonic()
        self._under_way += not is_stream
        try:
            await self._answer(exchange, receive)
        finally:
            exchange.release()
            self._under_way -= not is_stream
            seconds = None if is_stream else monotonic() - started
            self._metrics.count(exchange.operation, exchange.status or 0, seconds)

    async def _answer(self, exchange: Exchange, receive: Receive) -> None:
        try:
            self._require_fit(exchange)
            await self._app(exchange.scope, receive, exchange.pass_on)
        except DeskError as error:
            await _refuse(exchange, _for_strangers(error))
        except Exception:  # whatever it is, the server goes on and says nothing of its insides
            number = _number()
            logger.exception("fault %s in %s", number, exchange.operation)
            await _refuse(exchange, Fault(_FAULT.format(number=number)))

    def _require_fit(self, exchange: Exchange) -> None:
        scope = exchange.scope
        # Balancers ask in the clear whether the server lives, also when it has the most to do.
        is_probe = scope["path"] == HEALTH_PATH
        if not (is_probe or self._settings.tls_certificate) and may_be_overheard(scope):
            raise Forbidden(_IN_THE_CLEAR)
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            raise TooLarge(_TOO_LONG)
        if "\0" in scope["path"]:
            raise unstorable()
        _require_level(exchange.header(LEVEL_HEADER))
        exchange.require_small()
        if self._under_way > self._settings.requests_at_once and not is_probe:
            raise Busy(_FULL, retry_after=_BUSY_SECONDS)


async def _refuse(exchange: Exchange, error: DeskError) -> None:
    # Where an answer has begun, all that is left is to break it off.
    if exchange.status is None:
        await exchange.answer(problem_answer(error))


def _for_strangers(error: DeskError) -> DeskError:
    """Return what may be said of an error to whoever asks: no place on the server's disk."""
    if not isinstance(error, DatabaseFault) or isinstance(error, ReadOnly):
        return error
    number = _number()
    logger.error("fault %s: %s", number, error)
    return type(error)(_NO_DATABASE.format(number=number))


def _require_level(level: str | None) -> None:
    if level is None:
        return
    if not (level.isascii() and level.isdecimal() and len(level) < 10):
        raise Invalid(_NO_LEVEL)
    if int(level) < OLDEST_LEVEL:
        raise NewerServer(_TOO_OLD)


def _number() -> str:
    return secrets.token_hex(4)
