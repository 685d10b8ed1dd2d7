# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the assistant of a server, and reads its answer in parts, on one thread's event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from helpdesk.client.answers import Answer, Stranger, error_in, require_level
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core.api import ANSWERS_PATH, API_PREFIX
from helpdesk.core.errors import Busy, DeskError, SignedOut, TooManyAttempts, Unreachable
from helpdesk.core.operation import operations_of
from helpdesk.core.schemas.assistant import AnswerPart, Ask, PartKind
from helpdesk.core.server_events import EventParser, TooLong
from helpdesk.services.answering import failed
from helpdesk.services.assistant import Assistant

if TYPE_CHECKING:
    import httpx

SILENCE_SECONDS = 40.0
"""How long nothing at all may come; the server says something every 10 seconds."""
_LARGEST_PROBLEM = 64 * 1024
_BROKE_OFF = "The server {host} was lost in the middle of the answer; ask again."
_NO_STREAM = "{host} does not answer questions; ask whoever runs the server."
_PASSING = (Busy, TooManyAttempts, Unreachable)
"""What may be over when the same is asked again."""
_STATUS = operations_of(Assistant)["status"]


class RemoteAnswers:
    """The assistant of a server, in the session of a transport."""

    def __init__(self, http: HttpTransport) -> None:
        """Bind to a transport; nothing is connected yet."""
        self._http = http
        self._client: httpx.AsyncClient | None = None

    async def answer(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """Yield the parts of an answer; the last one is ``DONE`` or ``FAILED``."""
        import httpx

        from helpdesk.client.http_connection import Untrusted, failure_of

        token, host = self._http.token, self._http.address.host
        begun = False
        try:
            async with aclosing(self._parts(ask, token)) as parts:
                async for part in parts:
                    begun = True
                    yield part
                    if part.kind in (PartKind.DONE, PartKind.FAILED):
                        return
            yield failed(Unreachable(_BROKE_OFF.format(host=host)), retry_possible=True)
        except SignedOut as error:
            self._http.end(token, str(error))
            yield failed(error)
        except httpx.HTTPError as error:
            fault: DeskError = failure_of(error, self._http.address, sent=False)
            if begun:
                fault = Unreachable(_BROKE_OFF.format(host=host))
            yield failed(fault, retry_possible=not isinstance(fault, Untrusted))
        except TooLong:
            yield failed(Stranger(_NO_STREAM.format(host=host)))
        except DeskError as error:
            yield failed(error, retry_possible=_may_pass(error))

    async def aclose(self) -> None:
        """Let go of every connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _parts(self, ask: Ask, token: str | None) -> AsyncGenerator[AnswerPart, None]:
        if token is None:
            raise SignedOut("Sign in first.")
        headers = {
            "Accept": "text/event-stream",
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }
        url = self._http.address.url + API_PREFIX + ANSWERS_PATH
        body = ask.model_dump_json(exclude_unset=False).encode()
        async with self._connected().stream("POST", url, content=body, headers=headers) as response:
            await self._require_stream(response)
            parser = EventParser()
            async for piece in response.aiter_raw():
                for event in parser.feed(piece):
                    if event.kind == "part":
                        yield _part_of(event.data)

    def _connected(self) -> httpx.AsyncClient:
        from helpdesk.client.http_connection import make_async_client

        if self._client is None:
            self._client = make_async_client(self._http.settings, SILENCE_SECONDS)
        return self._client

    async def _require_stream(self, response: httpx.Response) -> None:
        """Raise what the answer tells of where it is no stream."""
        host = self._http.address.host
        answer = Answer(response.status_code, response.headers, b"")
        if answer.status == 200 and answer.level is not None and answer.kind == "text/event-stream":
            require_level(answer, host)
            return
        body = b""
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > _LARGEST_PROBLEM:
                break
        answer = answer._replace(body=body)
        require_level(answer, host)
        if answer.status == 200:
            raise Stranger(_NO_STREAM.format(host=host))
        raise error_in(_STATUS, answer, host)


def _may_pass(error: DeskError) -> bool:
    return isinstance(error, _PASSING) and not isinstance(error, Stranger)


def _part_of(data: str) -> AnswerPart:
    try:
        return AnswerPart.model_validate_json(data)
    except ValueError as error:
        raise TooLong("a part of an answer cannot be read") from error
