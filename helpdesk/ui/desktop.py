# SPDX-License-Identifier: GPL-3.0-or-later
"""What every tab works with: the desk, who is signed in, work off the main thread, news."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt5.QtCore import QObject, QSettings, Qt, QTimer, pyqtSignal

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.clock import Clock, system_clock
from helpdesk.core.errors import DeskError, SignedOut
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.desk import DeskInfo
from helpdesk.core.schemas.tickets import Changes
from helpdesk.core.schemas.users import SessionView, UserView
from helpdesk.ui.background import Background
from helpdesk.ui.drafts import Drafts

_POLL_MS = 2_000


class ChangeFeed(QObject):
    """Tells open windows what changed, whoever changed it: one refresh path for all.

    A commit of this program wakes the feed at once, a commit of another program on the same
    desk is seen by the next look; either way the desk itself is asked what is new.
    """

    changed = pyqtSignal(str, tuple)
    """The kind of thing ("ticket", "user") and the ids that changed; no ids: any may have."""
    signed_out = pyqtSignal(str)
    """The session has ended on the desk's side; the sentence says why."""
    _woken = pyqtSignal(str, tuple)

    def __init__(self, desk: HelpDesk, background: Background, parent: QObject) -> None:
        """Bind to a signed-in facade; `start` begins to look."""
        super().__init__(parent)
        self._desk = desk
        self._background = background
        self._cursor = -1
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self.look)
        self._woken.connect(self._on_woken, Qt.QueuedConnection)  # type: ignore[call-arg]

    def start(self) -> None:
        """Look now and from now on."""
        self.look()
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def wake(self, kind: str, ids: tuple[int, ...]) -> None:
        """Say that this program has committed something; any thread may call it."""
        self._woken.emit(kind, ids)

    def look(self) -> None:
        """Ask the desk what changed since the last look."""
        job = self._background.latest(self, self._desk.tickets.changes, self._cursor)
        job.then(self._on_changes).failed(self._on_failed)

    def _on_woken(self, kind: str, ids: tuple[int, ...]) -> None:
        if kind == "ticket":
            self.look()
        else:
            self.changed.emit(kind, ids)

    def _on_changes(self, changes: Changes) -> None:
        self._cursor = changes.cursor
        if changes.ticket_ids or changes.everything:
            self.changed.emit("ticket", changes.ticket_ids)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, SignedOut):
            self.stop()
            self.signed_out.emit(str(error))


@dataclass(frozen=True)
class Desktop:
    """Handed to every tab."""

    desk: HelpDesk
    info: DeskInfo
    session: SessionView
    background: Background
    feed: ChangeFeed
    drafts: Drafts
    state: QSettings
    clock: Clock = system_clock

    @property
    def person(self) -> UserView:
        """Who is signed in."""
        return self.session.user

    def own(self, key: str) -> str:
        """Return where a person's own choice is remembered: the next one has others."""
        return f"people/{self.person.id}/{key}"

    def may(self, permission: Permission) -> bool:
        """Whether the person's role has a right; the desk checks again on each call."""
        return permission.value in self.session.permissions and not self.info.read_only


def sentence_of(error: Exception) -> str:
    """Return the sentence to show for an error of a job."""
    return str(error) if isinstance(error, DeskError) else "Something went wrong; try again."
