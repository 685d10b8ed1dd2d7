# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries calls to a server over HTTP, and says truthfully what became of each."""

from __future__ import annotations

import logging
import random
import re
import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from helpdesk.client.address import ServerAddress
from helpdesk.client.answers import Answer, Stranger, result_of
from helpdesk.client.backoff import Backoff, Chance, Wait, wait_for
from helpdesk.client.connection import Connection, ConnectionState
from helpdesk.client.transport import SessionKeeper, begun_by
from helpdesk.core.api import IDEMPOTENCY_HEADER
from helpdesk.core.clock import monotonic
from helpdesk.core.errors import (
    Busy,
    DeskError,
    Invalid,
    NewerServer,
    OlderServer,
    SignedOut,
    TooLarge,
    Unanswered,
    Unreachable,
)
from helpdesk.core.operation import Operation, operations_of
from helpdesk.core.schemas.users import SessionView
from helpdesk.core.settings import ClientSettings
from helpdesk.core.wire import Call, call_of
from helpdesk.services.sessions import Sessions

if TYPE_CHECKING:
    import httpx

    from helpdesk.client.http_connection import Network

logger = logging.getLogger(__name__)

_TRIES = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 1.0
_LONGEST_WISH = 2
"""For how many seconds a server may ask for patience, for a read to be tried again by itself."""
_FAREWELL_SECONDS = 2.0
_TOKEN = re.compile(r"[\x21-\x7e]{1,500}")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_BAD_KEY = "An Idempotency-Key has 1 to 200 visible ASCII characters."
_UNSENDABLE = "The input holds characters that cannot be sent; type it again."
_TOO_LONG = "The address of the request is too long; search for less at once."
_CLOSED = "The connection to {host} has been closed."
_TOO_LARGE = "{host} sent more than this program takes; ask for less at once."

_SIGN_IN = operations_of(Sessions)["sign_in"]
_SIGN_OUT = operations_of(Sessions)["sign_out"]
_CURRENT = operations_of(Sessions)["current"]


class HttpTransport:
    """Calls a server; any number of threads may share it, but not a window's main thread.

    It keeps the token of one session, in memory alone.
    """

    def __init__(
        self,
        url: str,
        settings: ClientSettings,
        state: ConnectionState | None = None,
        *,
        chance: Chance = random.random,
        wait: Wait = wait_for,
    ) -> None:
        """Bind to a server; nothing is sent yet. Raises ``Invalid`` for an address to refuse."""
        self.address = ServerAddress.parse(url)
        self.state = state or ConnectionState()
        self.keeps_session = False
        """Whether the session outlives this transport, because the workstation remembers it."""
        self.settings = settings
        self._chance = chance
        self._wait = wait
        self._session = SessionKeeper()
        self._listeners: list[Callable[[SessionView | None], None]] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._made: tuple[httpx.Client, Network] | None = None

    @property
    def token(self) -> str | None:
        """What proves the session; ``None`` while nobody is signed in."""
        return self._session.token

    def refuse_thread(self, identity: int) -> None:
        """Raise from now on when this thread calls: a window's main thread must never wait."""
        self._session.refuse_thread(identity)

    def require_other_thread(self, operation: Operation) -> None:
        """Raise ``RuntimeError`` on the thread that must not wait."""
        self._session.require_other_thread(operation)

    def on_session(self, listener: Callable[[SessionView | None], None]) -> None:
        """Call back, on the thread that finds out, when a session has begun or ended."""
        self._listeners.append(listener)

    def call(
        self,
        operation: Operation,
        arguments: dict[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> Any:
        """Run the operation at the server.

        Raises what the operation raises; ``Unreachable`` when nothing was done, ``Unanswered``
        when a writing call was lost on its way, ``NewerServer``, ``OlderServer``.
        """
        token = self.token
        if operation is _SIGN_OUT:
            self._sign_out(token)
            return None
        result = self.send(operation, arguments, token=token, idempotency_key=idempotency_key)
        if session := begun_by(operation, result):
            self._begin(session)
        return result

    def send(
        self,
        operation: Operation,
        arguments: dict[str, Any],
        *,
        token: str | None,
        idempotency_key: str | None = None,
    ) -> Any:
        """Run an operation in the session of a token, whoever is signed in by now."""
        self._session.require_other_thread(operation)
        key = _key_for(operation, idempotency_key)
        call = _request_of(operation, arguments)
        self._client()
        try:
            result = self._tried(operation, call, token, key)
        except DeskError as error:
            self._note(error, token)
            raise
        self.state.answered(signed_in=self._is_present(token))
        return result

    def resume(self, token: str) -> SessionView | None:
        """Begin again with the token of a session; ``None`` where that has ended.

        Raises ``Unreachable``; then nothing is known of the session.
        """
        if not _TOKEN.fullmatch(token):
            return None
        try:
            view: SessionView = self.send(_CURRENT, {}, token=token)
        except SignedOut:
            return None
        view = view.model_copy(update={"token": token})
        self._begin(view)
        return view

    def close(self) -> None:
        """End the session, unless it is kept, and every call under way."""
        token = self.token
        is_there = self._made is not None and self.state.present is not Connection.AWAY
        if is_there and not self.keeps_session:
            self._farewell(token)
        self._session.forget(token)
        self._closing.set()
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            client, network = made
            network.cut()
            client.close()

    def end(self, token: str | None, reason: str) -> None:
        """Forget a session that has ended, and tell why."""
        if token is None or token != self.token:
            return
        self._session.forget(token)
        self.state.signed_out(reason)
        self._tell(None)

    def _begin(self, view: SessionView) -> None:
        before = self._session.replace(view.token)
        self.keeps_session = False
        self.state.answered(signed_in=True)
        self._tell(view)
        if before not in (None, view.token):
            self._farewell(before)

    def _sign_out(self, token: str | None) -> None:
        """Forget the session first, so that it is over here even when the server is away."""
        self._session.require_other_thread(_SIGN_OUT)
        self.end(token, "You have signed out.")
        if token is not None:
            self._farewell(token, self.settings.read_seconds)

    def _farewell(self, token: str | None, seconds: float = _FAREWELL_SECONDS) -> None:
        """Tell the server that a session has ended; where it cannot hear, the session times out."""
        if token is None:
            return
        try:
            self._tried(_SIGN_OUT, call_of(_SIGN_OUT, {}), token, None, seconds)
        except DeskError as error:
            logger.info("the server was not told of the end of a session: %s", error.code)

    def _tell(self, view: SessionView | None) -> None:
        for listener in tuple(self._listeners):
            listener(view)

    def _note(self, error: DeskError, token: str | None) -> None:
        """Keep what an error tells of the server and the session."""
        if isinstance(error, Unreachable):
            self.state.away()
        elif isinstance(error, (NewerServer, OlderServer)):
            self.state.too_new()
        elif isinstance(error, SignedOut) and self._is_present(token):
            self.end(token, str(error))
        else:
            self.state.answered(signed_in=self._is_present(token))

    def _is_present(self, token: str | None) -> bool:
        """Return whether a call was made in the session of this moment."""
        return token is not None and token == self.token

    def _tried(
        self,
        operation: Operation,
        call: Call,
        token: str | None,
        key: str | None,
        seconds: float | None = None,
    ) -> Any:
        """Send a call; one that only reads is tried again where that may help."""
        ends_at = monotonic() + (seconds or self.settings.answer_seconds)
        backoff = Backoff(_FIRST_PAUSE, _LONGEST_PAUSE, self._chance)
        for tries_left in reversed(range(_TRIES)):
            answer = self._once(operation, call, token, key, ends_at)
            if not isinstance(answer, DeskError):
                return answer
            wish = _wish(operation, answer)
            if wish is None or not tries_left:
                raise answer
            pause = wish + backoff.next()
            if monotonic() + pause >= ends_at or self._wait(self._closing, pause):
                raise answer
        raise AssertionError("the last try has returned or raised")

    def _once(
        self, operation: Operation, call: Call, token: str | None, key: str | None, ends_at: float
    ) -> Any:
        """Return the result of one try, or its error where a further one may help."""
        import httpx

        from helpdesk.client.http_connection import failure_of

        client, network = self._client()
        network.begin(ends_at - monotonic())
        try:
            answer = self._answer(client, call, token, key)
            return result_of(operation, answer, self.address.host)
        except httpx.HTTPError as error:
            writes_on = operation.writes and network.sent
            failure = failure_of(error, self.address, sent=writes_on)
            logger.info("%s failed: %s", operation.full_name, type(error).__name__)
            if isinstance(error, httpx.TimeoutException):
                raise failure from error
            failure.__cause__ = error
            return failure
        except httpx.InvalidURL as error:
            raise TooLarge(_TOO_LONG) from error
        except RuntimeError as error:
            if not self._closing.is_set():
                raise
            kind = Unanswered if operation.writes and network.sent else Unreachable
            raise kind(_CLOSED.format(host=self.address.host)) from error
        except (Unreachable, Busy) as error:
            return error

    def _answer(
        self, client: httpx.Client, call: Call, token: str | None, key: str | None
    ) -> Answer:
        headers = {"Accept": "application/json, application/problem+json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if key is not None:
            headers[IDEMPOTENCY_HEADER] = key
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        with client.stream(
            call.method,
            self.address.url + call.path,
            params=list(call.query) or None,
            content=call.body,
            headers=headers,
        ) as response:
            return Answer(response.status_code, response.headers, self._body(response, call))

    def _body(self, response: httpx.Response, call: Call) -> bytes:
        most = self.settings.largest_answer_mb * 1024 * 1024
        parts, size = [], 0
        for part in response.iter_raw():
            size += len(part)
            if size > most:
                kind = Stranger if call.method == "GET" else Unanswered
                raise kind(_TOO_LARGE.format(host=self.address.host))
            parts.append(part)
        return b"".join(parts)

    def _client(self) -> tuple[httpx.Client, Network]:
        """Return the client, made at the first call: certificates take a while to load."""
        from helpdesk.client.http_connection import Network, make_client

        with self._lock:
            if self._closing.is_set():
                raise Unreachable(_CLOSED.format(host=self.address.host))
            if self._made is None:
                network = Network()
                client = make_client(self.settings, network, self.settings.read_seconds)
                self._made = client, network
            return self._made


def _request_of(operation: Operation, arguments: dict[str, Any]) -> Call:
    """Return the request of a call. Raises ``Invalid`` for text that has no encoding."""
    try:
        call = call_of(operation, arguments)
        "".join(value for _, value in call.query).encode()
    except UnicodeEncodeError as error:
        raise Invalid(_UNSENDABLE) from error
    return call


def new_key() -> str:
    """Return a key that no other call will ever have."""
    return secrets.token_urlsafe(24)


def _key_for(operation: Operation, given: str | None) -> str | None:
    """Return the key of a call: every one that a person writes with carries one.

    What the program does by itself says how things are, and may be said twice.
    """
    if given is not None:
        if not _KEY.fullmatch(given):
            raise Invalid(_BAD_KEY)
        return given
    declared = operation.declaration
    acts = operation.writes and declared.permission is not None and not declared.passive
    return new_key() if acts else None


def _wish(operation: Operation, error: DeskError) -> float | None:
    """Return for how long to wait before a further try, ``None`` where none may be made."""
    from helpdesk.client.http_connection import Untrusted

    if operation.writes or isinstance(error, (Stranger, Untrusted)):
        return None
    if error.retry_after is None:
        return None if isinstance(error, Busy) else 0.0
    return float(error.retry_after) if error.retry_after <= _LONGEST_WISH else None
