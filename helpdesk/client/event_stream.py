# SPDX-License-Identifier: GPL-3.0-or-later
"""Hears from the server what changes, on a thread of its own, for as long as a window is open."""

from __future__ import annotations

import json
import logging
import random
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from helpdesk.client.answers import Answer, Stranger, error_in, require_level
from helpdesk.client.backoff import Backoff, Chance, Wait, wait_for
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core.api import API_PREFIX, STREAM_PATH
from helpdesk.core.errors import DeskError, NewerServer, OlderServer, SignedOut, Unreachable
from helpdesk.core.operation import operations_of
from helpdesk.core.schemas.tickets import Changes
from helpdesk.core.server_events import EventParser, ServerEvent, TooLong
from helpdesk.core.wire import error_of
from helpdesk.services.tickets import Tickets

if TYPE_CHECKING:
    import httpx

    from helpdesk.client.http_connection import Network

logger = logging.getLogger(__name__)

SILENCE_SECONDS = 40.0
"""How long nothing at all may come; the server says something every 15 seconds."""
_STOP_SECONDS = 1.0
_LONGEST_WISH = 60.0
_LARGEST_PROBLEM = 64 * 1024
_NO_STREAM = "{host} does not tell what changes; ask whoever runs the server."
_CHANGES = operations_of(Tickets)["changes"]


class EventStream:
    """One stream of one session; it is connected anew until it is stopped or the session ends."""

    def __init__(
        self,
        http: HttpTransport,
        token: str,
        on_changes: Callable[[Changes], None],
        *,
        silence_seconds: float = SILENCE_SECONDS,
        chance: Chance = random.random,
        wait: Wait = wait_for,
    ) -> None:
        """Bind to a session of a transport; ``start`` connects."""
        self._http = http
        self._address = http.address
        self._state = http.state
        self._token = token
        self._on_changes = on_changes
        self._silence_seconds = silence_seconds
        self._backoff = Backoff(chance=chance)
        self._wait = wait
        self._last_id = ""
        self._at_least = 0.0
        self._stopping = threading.Event()
        self._stirred = threading.Event()
        self._lock = threading.Lock()
        self._network: Network | None = None
        self._thread = threading.Thread(target=self._run, name="event stream", daemon=True)

    def start(self) -> None:
        """Connect, on a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the stream and its connection, within a second wherever it stands."""
        self._stopping.set()
        self._stirred.set()
        with self._lock:
            network = self._network
        if network is not None:
            network.cut()
        if self._thread is not threading.current_thread() and self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def wake(self) -> None:
        """Connect now where it waits to do so: somebody has reached the server."""
        self._stirred.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except SignedOut as error:
                self._tell_signed_out(str(error))
                return
            except DeskError as error:
                self._note(error)
            self._stirred.clear()
            if not self._stopping.is_set():
                self._wait(self._stirred, max(self._backoff.next(), self._at_least))

    def _note(self, error: DeskError) -> None:
        if self._stopping.is_set():
            return
        logger.info("the event stream ended: %s", error.code)
        if isinstance(error, (NewerServer, OlderServer)):
            self._state.too_new()
        elif isinstance(error, Unreachable):
            self._state.away()

    def _tell_signed_out(self, reason: str) -> None:
        if not self._stopping.is_set():
            self._http.end(self._token, reason)

    def _listen(self) -> None:
        """Connect and hear until the connection ends. Raises ``DeskError`` for why it could not."""
        import httpx

        from helpdesk.client.http_connection import Network, failure_of, make_client

        network = Network()
        with self._lock:
            self._network = network
        with make_client(self._http.settings, network, self._silence_seconds) as client:
            if self._stopping.is_set():
                return
            try:
                self._hear(client)
            except httpx.HTTPError as error:
                raise failure_of(error, self._address, sent=False) from error
            except TooLong as error:
                raise Stranger(_NO_STREAM.format(host=self._address.host)) from error

    def _hear(self, client: httpx.Client) -> None:
        headers = {
            "Accept": "text/event-stream",
            "Authorization": f"Bearer {self._token}",
            "Cache-Control": "no-store",
        }
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        url = self._address.url + API_PREFIX + STREAM_PATH
        with client.stream("GET", url, headers=headers) as response:
            self._require_stream(response)
            self._state.answered(signed_in=True)
            parser = EventParser()
            parser.last_id = self._last_id
            for part in response.iter_raw():
                for event in parser.feed(part):
                    self._take(event)
                self._at_least = min(parser.retry_seconds or 0.0, _LONGEST_WISH)
                if self._stopping.is_set():
                    return

    def _require_stream(self, response: httpx.Response) -> None:
        """Raise what the answer tells of where it is no stream."""
        host = self._address.host
        answer = Answer(response.status_code, response.headers, b"")
        if answer.status == 200 and answer.level is not None and answer.kind == "text/event-stream":
            require_level(answer, host)
            return
        answer = answer._replace(body=_beginning(response))
        require_level(answer, host)
        if answer.status == 200:
            raise Stranger(_NO_STREAM.format(host=host))
        raise error_in(_CHANGES, answer, host)

    def _take(self, event: ServerEvent) -> None:
        if event.kind == "signed_out":
            raise _signed_out(event.data)
        if event.kind != "changes":
            return
        try:
            changes = Changes.model_validate_json(event.data)
        except ValueError as error:
            raise Unreachable(_NO_STREAM.format(host=self._address.host)) from error
        self._backoff.reset()
        self._last_id = event.id
        if not self._stopping.is_set():
            self._tell(changes)

    def _tell(self, changes: Changes) -> None:
        try:
            self._on_changes(changes)
        except Exception:  # what has changed has changed, whatever a listener makes of it
            logger.exception("a listener failed to hear of changes")


def _signed_out(data: str) -> DeskError:
    try:
        problem = json.loads(data)
    except (ValueError, RecursionError):
        problem = None
    error = error_of(_CHANGES, problem)
    ended = SignedOut("Your session has ended; sign in again.")
    return error if isinstance(error, SignedOut) else ended


def _beginning(response: httpx.Response) -> bytes:
    """Return as much of an answer as a problem can have."""
    body = b""
    for part in response.iter_raw():
        body += part
        if len(body) > _LARGEST_PROBLEM:
            break
    return body
