# SPDX-License-Identifier: GPL-3.0-or-later
"""What windows know of the way to the desk: whether it is there, and what still waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject, Qt, QTimer, pyqtSignal

from helpdesk.client.connection import Connection
from helpdesk.ui.background import Background

if TYPE_CHECKING:
    from helpdesk.client.outbox import PendingAction
    from helpdesk.client.remote import RemoteDesk

_PAUSE_MS = 150
"""An action that the server takes at once passes through the outbox without being shown."""


class Link(QObject):
    """The way to a desk in this process: it is always open, and nothing waits."""

    connection_changed = pyqtSignal(object)
    """The ``Connection`` that the desk's state is now."""
    changed = pyqtSignal()
    """Other actions wait, or are refused, than before."""
    not_discarded = pyqtSignal()
    """What was to be discarded is just being sent, or is gone."""
    sent = pyqtSignal(int)
    """As many actions that waited are with the server now."""
    refused = pyqtSignal(tuple)
    """The server did not take these actions; they stay until the person decides."""
    outbox_wanted = pyqtSignal()
    """Somebody wants to see what waits."""
    edit_wanted = pyqtSignal(object)
    """Somebody wants to write a refused ``PendingAction`` anew."""
    review_wanted = pyqtSignal(object)
    """Somebody wants to decide about a change that met another one."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin with an open way."""
        super().__init__(parent)
        self.categories: dict[int, str] = {}
        """The names of the categories that were read, for words about them while away."""
        self._actions: tuple[PendingAction, ...] = ()

    @property
    def connection(self) -> Connection:
        """Whether the desk answers."""
        return Connection.CONNECTED

    @property
    def actions(self) -> tuple[PendingAction, ...]:
        """What waits or was refused, in the order in which the person did it."""
        return self._actions

    @property
    def waiting(self) -> tuple[PendingAction, ...]:
        """What is sent by itself as soon as the server answers."""
        return tuple(action for action in self._actions if action.sentence is None)

    @property
    def refusals(self) -> tuple[PendingAction, ...]:
        """What the server did not take."""
        return tuple(action for action in self._actions if action.sentence is not None)

    def of_ticket(self, ticket_id: int) -> tuple[PendingAction, ...]:
        """Return what waits, or was refused, on one ticket."""
        return tuple(action for action in self._actions if action.ticket_id == ticket_id)

    def retry(self, action: PendingAction) -> None:
        """Send a refused action again."""

    def discard(self, action: PendingAction) -> None:
        """Forget an action for good."""

    def start(self) -> None:
        """Begin to tell."""

    def stop(self) -> None:
        """Tell nothing any more."""


class RemoteLink(Link):
    """Brings the news of a remote desk's threads to the main thread."""

    _told = pyqtSignal(object)
    _stirred = pyqtSignal()
    _arrived = pyqtSignal(str)

    def __init__(self, remote: RemoteDesk, background: Background, parent: QObject) -> None:
        """Bind to a desk; `start` begins to listen."""
        super().__init__(parent)
        self._remote = remote
        self._background = background
        self._connection = remote.connection
        self._sent: set[str] = set()
        """What the outbox has sent, until the list of what waits is read without it."""
        self._unsubscribe: tuple[Callable[[], None], ...] = ()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._read)
        self._told.connect(self._on_told, Qt.QueuedConnection)  # type: ignore[call-arg]
        self._stirred.connect(self._on_stirred, Qt.QueuedConnection)  # type: ignore[call-arg]
        self._arrived.connect(self._on_arrived, Qt.QueuedConnection)  # type: ignore[call-arg]

    @property
    def connection(self) -> Connection:
        """Whether the desk answers."""
        return self._connection

    def start(self) -> None:
        """Listen to the desk, and look what waits from the last time."""
        self._unsubscribe = (
            self._remote.on_connection(self._told.emit),
            self._remote.outbox.subscribe(self._stirred.emit),
            self._remote.outbox.on_sent(lambda action, _: self._arrived.emit(action.id)),
        )
        self._connection = self._remote.connection
        self._read()

    def stop(self) -> None:
        """Tell nothing any more."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = ()
        self._pause.stop()

    def retry(self, action: PendingAction) -> None:
        """Send a refused action again."""
        self._background.run(self, self._remote.outbox.retry, action.id).then(self._on_done)

    def discard(self, action: PendingAction) -> None:
        """Forget an action for good."""
        job = self._background.run(self, self._remote.outbox.discard, action.id)
        job.then(self._on_discarded)

    def _on_told(self, connection: Connection) -> None:
        if connection != self._connection and self._unsubscribe:
            self._connection = connection
            self.connection_changed.emit(connection)

    def _on_stirred(self) -> None:
        if self._unsubscribe and not self._pause.isActive():
            self._pause.start()

    def _on_arrived(self, action_id: str) -> None:
        if self._unsubscribe:
            self._sent.add(action_id)
            self._on_stirred()

    def _on_discarded(self, done: bool) -> None:
        if not done:
            self.not_discarded.emit()
        self._read()

    def _on_done(self, _: object) -> None:
        self._read()

    def _read(self) -> None:
        """Read the outbox off the main thread: it may have to look at the disk."""
        job = self._background.latest(self, self._remote.outbox.entries)
        job.then(self._on_read)

    def _on_read(self, actions: tuple[PendingAction, ...]) -> None:
        before, self._actions = self._actions, tuple(actions)
        if before != self._actions:
            self._tell_change(before)
        left = {action.id for action in self._actions}
        sent = len(self._sent - left)
        self._sent &= left
        if sent:
            self.sent.emit(sent)

    def _tell_change(self, before: tuple[PendingAction, ...]) -> None:
        were_refused = {action.id for action in before if action.sentence is not None}
        self.changed.emit()
        refused = tuple(one for one in self.refusals if one.id not in were_refused)
        if refused:
            self.refused.emit(refused)
