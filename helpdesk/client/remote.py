# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk behind a server: calls, what waits to be sent, news, and who is remembered here."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from helpdesk.client.connection import Connection, ConnectionState
from helpdesk.client.event_stream import EventStream
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.http_transport import HttpTransport
from helpdesk.client.outbox import Outbox, PendingAction
from helpdesk.client.token_store import TokenStore
from helpdesk.core.clock import Clock, system_clock
from helpdesk.core.errors import SignedOut
from helpdesk.core.operation import Operation
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import Changes
from helpdesk.core.schemas.users import SessionView
from helpdesk.core.settings import Settings

if TYPE_CHECKING:
    from helpdesk.client.answer_stream import RemoteAnswers

__all__ = ["Connection", "OutboxTransport", "PendingAction", "RemoteDesk"]


class OutboxTransport:
    """Carries calls to a server; what a person writes goes through the outbox."""

    def __init__(self, http: HttpTransport, outbox: Outbox) -> None:
        """Bind to both ways."""
        self._http = http
        self._outbox = outbox

    def refuse_thread(self, identity: int) -> None:
        """Raise from now on when this thread calls: a window's main thread must never wait."""
        self._http.refuse_thread(identity)

    def call(
        self,
        operation: Operation,
        arguments: dict[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> Any:
        """Run the operation at the server. Raises ``DeskError``, and ``Pending`` where it waits."""
        self._http.require_other_thread(operation)
        if self._outbox.takes(operation) and self._outbox.is_open:
            return self._outbox.call(operation, arguments, idempotency_key)
        return self._http.call(operation, arguments, idempotency_key=idempotency_key)

    def close(self) -> None:
        """End the session, unless this workstation remembers it, and every call under way."""
        self._http.close()


class RemoteDesk:
    """A server's desk, for one person at a time; any thread but a window's main thread may call."""

    def __init__(self, http: HttpTransport, outbox: Outbox, store: TokenStore) -> None:
        """Put the parts together; ``open`` makes them."""
        self.outbox = outbox
        self._http = http
        self._store = store
        self._state = http.state
        self._transport = OutboxTransport(http, outbox)
        self._person: str | None = None
        self._lock = threading.Lock()
        self._streams: list[EventStream] = []
        http.on_session(self._on_session)
        self._state.subscribe(self._on_connection)

    @classmethod
    def open(
        cls, url: str, settings: Settings, folder: DataFolder, clock: Clock = system_clock
    ) -> RemoteDesk:
        """Prepare for a server; nothing is sent yet. Raises ``Invalid`` for a wrong address."""
        http = HttpTransport(url, settings.client, ConnectionState())
        # One folder for each server: what was written for one desk is never sent to another.
        server = hashlib.sha256(http.address.url.encode()).hexdigest()[:16]
        outbox = Outbox(folder.path / "outbox" / server, http.send, clock=clock)
        store = TokenStore(http.address.url, folder.path / "remembered.json")
        return cls(http, outbox, store)

    @property
    def url(self) -> str:
        """The address of the server."""
        return self._http.address.url

    @property
    def host(self) -> str:
        """What people call the server: ``desk.example.org``."""
        return self._http.address.host

    @property
    def connection(self) -> Connection:
        """The state of the connection at this moment."""
        return self._state.present

    @property
    def signed_out_reason(self) -> str:
        """Why the last session ended, in the server's words; empty where none did."""
        return self._state.reason

    @cached_property
    def can_remember(self) -> bool:
        """Whether this workstation has a keyring; asking for the first time may take a while."""
        return self._store.works

    def facade(self) -> HelpDesk:
        """Return a facade; all of a desk's facades share its one session."""
        return HelpDesk(self._transport)

    def transport(self) -> OutboxTransport:
        """Return what the facades use."""
        return self._transport

    def on_connection(self, listener: Callable[[Connection], None]) -> Callable[[], None]:
        """Call back on any thread when the connection changes. Returns what ends it."""
        return self._state.subscribe(listener)

    def remember(self) -> bool:
        """Keep the present session in the keyring; ``False`` where it could not be kept."""
        token, person = self._http.token, self._person
        if token is None or person is None or not self.can_remember:
            return False
        kept = self._store.remember(person, token)
        self._http.keeps_session = kept
        return kept

    def forget(self) -> None:
        """Keep no session in the keyring any more."""
        self._http.keeps_session = False
        self._store.forget()

    def resume(self) -> SessionView | None:
        """Sign in with the session that was kept; ``None`` where there is none or it has ended.

        Raises ``Unreachable``; the session stays kept then.
        """
        kept = self._store.recall() if self.can_remember else None
        if kept is None:
            return None
        view = self._http.resume(kept[1])
        if view is None:
            self._store.forget()
            return None
        self._http.keeps_session = True
        return view

    def stream(self, on_changes: Callable[[Changes], None]) -> Callable[[], None]:
        """Hear what changes in the present session, on a thread of its own.

        Returns what ends it within a second. Raises ``SignedOut`` where nobody is signed in.
        """
        token = self._http.token
        if token is None:
            raise SignedOut("Sign in first.")
        stream = EventStream(self._http, token, on_changes)
        with self._lock:
            self._streams.append(stream)
        stream.start()

        def stop() -> None:
            with self._lock:
                if stream in self._streams:
                    self._streams.remove(stream)
            stream.stop()

        return stop

    def answers(self) -> RemoteAnswers:
        """Return the server's assistant in the present session, for one event loop."""
        from helpdesk.client.answer_stream import RemoteAnswers

        return RemoteAnswers(self._http)

    def close(self) -> None:
        """End streams, sending and calls under way; what waits stays on disk.

        A session that is not kept ends at the server too, where that can be told quickly.
        """
        with self._lock:
            streams, self._streams = self._streams, []
        for stream in streams:
            stream.stop()
        self.outbox.stop()
        self._http.close()
        self.outbox.join()

    def _on_session(self, view: SessionView | None) -> None:
        if view is None:
            self._person = None
            self.outbox.signed_out()
            self.forget()
            return
        self._person = view.user.username
        self.outbox.signed_in(self._person, view.token)

    def _on_connection(self, connection: Connection) -> None:
        if connection is not Connection.CONNECTED:
            return
        self.outbox.wake()
        with self._lock:
            streams = tuple(self._streams)
        for stream in streams:
            stream.wake()
