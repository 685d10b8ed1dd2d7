# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's twin without a network: a test takes it away, and brings it back."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from PyQt5.QtCore import QObject, QSettings

from helpdesk.app import App
from helpdesk.client.connection import Connection, ConnectionState
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.outbox import Outbox
from helpdesk.client.transport import SessionKeeper, begun_by
from helpdesk.core.clock import Clock
from helpdesk.core.errors import DeskError, SignedOut, Unreachable
from helpdesk.core.operation import Operation
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import Changes
from helpdesk.core.schemas.users import NewSession, SessionView
from helpdesk.core.settings import Settings
from helpdesk.ui.background import Background
from helpdesk.ui.desktop import ChangeFeed, Desktop
from helpdesk.ui.drafts import Drafts
from helpdesk.ui.link import RemoteLink
from tests.ui.seats import Seat

HOST = "desk.example.org"
URL = f"https://{HOST}"
NO_ANSWER = f"The server {HOST} does not answer; look at your network, then try again."


class TwinServer:
    """A desk in this process that is there or not, and a keyring that outlives programs."""

    def __init__(self, desk: EmbeddedDesk, folder: Path, *, has_keyring: bool = True) -> None:
        self.desk = desk
        self.folder = folder
        self.has_keyring = has_keyring
        self.is_away = False
        self.faults: dict[str, DeskError] = {}
        """What it answers instead, by the operation's full name."""
        self.keyring: str | None = None
        self.reached: list[str] = []
        self._twins: list[RemoteTwin] = []

    @property
    def programs(self) -> int:
        """How often a program has tried to open it."""
        return len(self._twins)

    def remote(self) -> RemoteTwin:
        """Return a program's way to it."""
        twin = RemoteTwin(self)
        self._twins.append(twin)
        return twin

    def go_away(self) -> None:
        """Answer no more."""
        self.is_away = True
        for twin in self._twins:
            twin.state.away()

    def come_back(self) -> None:
        """Answer again."""
        self.is_away = False
        for twin in self._twins:
            twin.state.answered(signed_in=True)
            twin.outbox.wake()

    def close(self) -> None:
        """End what programs have left."""
        for twin in self._twins:
            twin.close()


class TwinTransport:
    """Calls the desk as if it were far: what is written goes through the outbox."""

    def __init__(self, twin: RemoteTwin) -> None:
        self._twin = twin
        self.session = SessionKeeper()

    def refuse_thread(self, identity: int) -> None:
        self.session.refuse_thread(identity)

    def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        self.session.require_other_thread(operation)
        if Outbox.takes(operation):
            return self._twin.outbox.call(operation, arguments)
        token = self.session.token
        result = self.send(operation, arguments, token=token)
        self.session.note(operation, token, result)
        if session := begun_by(operation, result):
            self._twin.outbox.signed_in(session.user.username, session.token)
        return result

    def send(
        self,
        operation: Operation,
        arguments: dict[str, Any],
        *,
        token: str | None,
        idempotency_key: str | None = None,
    ) -> Any:
        server, state = self._twin.server, self._twin.state
        if server.is_away:
            state.away()
            raise Unreachable(NO_ANSWER)
        server.reached.append(operation.full_name)
        if operation.full_name in server.faults:
            raise server.faults[operation.full_name]
        try:
            result = server.desk.executor.execute(
                operation, arguments, token=token, idempotency_key=idempotency_key
            )
        except SignedOut as error:
            state.signed_out(str(error))
            raise
        state.answered(signed_in=True)
        return result

    def close(self) -> None:
        """Leave the session: another program may have been told to keep it."""


class RemoteTwin:
    """What a window sees of a server."""

    url = URL
    host = HOST

    def __init__(self, server: TwinServer) -> None:
        self.server = server
        self.state = ConnectionState()
        self._transport = TwinTransport(self)
        # Whether the server is back is looked at every 50 ms, not after a backoff.
        self.outbox = Outbox(
            server.folder,
            self._transport.send,
            chance=lambda: 0.0,
            wait=lambda stirred, _: stirred.wait(0.05),
        )
        self._ends: list[Callable[[], None]] = []

    @property
    def connection(self) -> Connection:
        return self.state.present

    @property
    def signed_out_reason(self) -> str:
        return self.state.reason

    @property
    def can_remember(self) -> bool:
        return self.server.has_keyring

    def facade(self) -> HelpDesk:
        return HelpDesk(self._transport)

    def transport(self) -> TwinTransport:
        return self._transport

    def on_connection(self, listener: Callable[[Connection], None]) -> Callable[[], None]:
        return self.state.subscribe(listener)

    def remember(self) -> bool:
        self.server.keyring = self._transport.session.token
        return True

    def forget(self) -> None:
        self.server.keyring = None

    def resume(self) -> SessionView | None:
        if self.server.keyring is None:
            return None
        self._transport.session.replace(self.server.keyring)
        try:
            return self.facade().sessions.current()
        except SignedOut:
            self.server.keyring = None
            return None

    def stream(self, on_changes: Callable[[Changes], None]) -> Callable[[], None]:
        """Tell what changes, on a thread of its own, while the server is there."""
        stirred: queue.SimpleQueue[bool] = queue.SimpleQueue()
        unsubscribe = self.server.desk.executor.subscribe(lambda _: stirred.put(True))

        def run() -> None:
            cursor = ""
            while stirred.get():
                with suppress(DeskError):
                    changes = self.facade().tickets.changes(cursor)
                    cursor = changes.cursor
                    on_changes(changes)

        thread = threading.Thread(target=run, name="twin stream", daemon=True)
        thread.start()
        stirred.put(True)

        def end() -> None:
            if end in self._ends:
                self._ends.remove(end)
                unsubscribe()
                stirred.put(False)
                thread.join(5)

        self._ends.append(end)
        return end

    def close(self) -> None:
        for end in tuple(self._ends):
            end()
        self.outbox.stop()
        self.outbox.join()


class TwinApp(App):
    """The whole program, with the twin where the network would be."""

    def __init__(self, folder: DataFolder, twin: TwinServer) -> None:
        super().__init__(folder, server=URL)
        self._twin = twin

    def _remote(self, url: str, settings: Settings) -> Any:
        assert url == URL
        return self._twin.remote()


class RemoteSeat(Seat):
    """Somebody signed in to the twin, with the desktop that every tab works with."""

    def __init__(
        self, qtbot: Any, server: TwinServer, folder: DataFolder, clock: Clock, session: NewSession
    ) -> None:
        self._qtbot = qtbot
        self.server = server
        self.remote = server.remote()
        desk = self.remote.facade()
        self.session = desk.sessions.sign_in(session).session
        info = desk.desks.info()
        self.remote.transport().refuse_thread(threading.get_ident())
        self.parent = QObject()
        self.background = Background(self.parent)
        remote: Any = self.remote
        self.feed = ChangeFeed(desk, self.background, self.parent, remote)
        self._unsubscribe = lambda: None
        self.link = RemoteLink(remote, self.background, self.parent)
        self.link.start()
        self.drafts = Drafts(folder.drafts, self.session.user.username, self.background)
        self.state = QSettings(str(folder.window_state), QSettings.IniFormat)
        self.desktop = Desktop(
            desk=desk,
            info=info,
            session=self.session,
            background=self.background,
            feed=self.feed,
            drafts=self.drafts,
            state=self.state,
            clock=clock,
            remote=remote,
            link=self.link,
        )
        self._widgets = []

    def leave(self) -> None:
        """Take everything down, in the program's order."""
        self.link.stop()
        super().leave()
        self.remote.close()
