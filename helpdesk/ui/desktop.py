# SPDX-License-Identifier: GPL-3.0-or-later
"""What every tab works with: the desk, who is signed in, work off the main thread, news."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject, QSettings, Qt, QTimer, pyqtSignal

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.clock import Clock, system_clock
from helpdesk.core.errors import DeskError, SignedOut
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.desk import DeskInfo
from helpdesk.core.schemas.tickets import Changes, TicketView
from helpdesk.core.schemas.users import SessionView, UserView
from helpdesk.ui.ai_response_thread import Assistant
from helpdesk.ui.background import Background
from helpdesk.ui.drafts import Drafts
from helpdesk.ui.link import Link
from helpdesk.ui.own_look import OwnLook
from helpdesk.ui.pictures import Pictures
from helpdesk.ui.tickets.choices import Choices
from helpdesk.ui.tickets.presence import PresenceMap
from helpdesk.ui.tickets.sending import Sendings
from helpdesk.ui.timer import OwnTimer

if TYPE_CHECKING:
    from helpdesk.client.desk_files import DeskFiles
    from helpdesk.client.remote import RemoteDesk

_POLL_MS = 2_000
_SAFETY_NET_MS = 15_000
"""A server tells its news by itself; this look is for a stream that has silently died."""
_KINDS = (
    "ticket",
    "user",
    "article",
    "article_category",
    "conversation",
    "assistant",
    "notification",
    "channel",
    "team",
    "sla",
    "rule",
    "security",
    "api_key",
    "picture",
    "presence",
    "macro",
    "template",
    "attachments",
    "timer",
)
"""What windows show of the desk."""
_BEHIND_MS = 4_000
"""While something could not be read, the next look must not be far."""


class ChangeFeed(QObject):
    """Tells open windows what changed, whoever changed it: one refresh path for all.

    A commit of this program wakes the feed at once, a commit of another program on the same
    desk is seen by the next look, and a server tells of every change over its stream; whichever
    way, the desk itself says what is new since a cursor.
    """

    changed = pyqtSignal(str, tuple)
    """The kind of thing ("ticket", "user") and the ids that changed; no ids: any may have."""
    signed_out = pyqtSignal(str)
    """The session has ended on the desk's side; the sentence says why."""
    _woken = pyqtSignal(str, tuple)
    _streamed = pyqtSignal(object)

    def __init__(
        self,
        desk: HelpDesk,
        background: Background,
        parent: QObject,
        remote: RemoteDesk | None = None,
    ) -> None:
        """Bind to a signed-in facade, and to the server's stream; `start` begins to look."""
        super().__init__(parent)
        self._desk = desk
        self._background = background
        self._remote = remote
        self._cursor = ""
        self._is_behind = False
        self._is_looking = False
        self._end_stream: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._woken.connect(self._on_woken, Qt.QueuedConnection)  # type: ignore[call-arg]
        self._streamed.connect(self._on_streamed, Qt.QueuedConnection)  # type: ignore[call-arg]

    def start(self) -> None:
        """Look now and from now on."""
        self.look()
        self._pace()
        self._timer.start()
        if self._remote is not None and self._end_stream is None:
            # A session that has just ended has no stream; the look says so.
            with suppress(SignedOut):
                self._end_stream = self._remote.stream(self._streamed.emit)

    def stop(self) -> None:
        """Look no more, and let the stream go."""
        self._timer.stop()
        end, self._end_stream = self._end_stream, None
        if end is not None:
            # It may wait for the stream's thread, which a window must not.
            self._background.run(self, end)

    def wake(self, kind: str, ids: tuple[int, ...]) -> None:
        """Say that this program has committed something; any thread may call it."""
        self._woken.emit(kind, ids)

    def look(self) -> None:
        """Ask the desk what changed since the last look."""
        self._is_looking = True
        job = self._background.latest(self, self._desk.tickets.changes, self._cursor)
        job.then(self._on_looked).failed(self._on_failed)

    def fell_behind(self) -> None:
        """Say that something could not be read because the desk was away.

        As soon as the desk answers again, everything is told to have changed.
        """
        self._is_behind = True
        self._pace()

    def catch_up(self) -> None:
        """Tell that anything may have changed, if something could not be read before."""
        if self._is_behind:
            self._is_behind = False
            self._pace()
            self._tell_everything()

    def _tell_everything(self) -> None:
        for kind in _KINDS:
            self.changed.emit(kind, ())
        for kind in ("sla", "team", "custom_field"):
            self.changed.emit(kind, ())

    def _pace(self) -> None:
        usual = _POLL_MS if self._remote is None else _SAFETY_NET_MS
        self._timer.setInterval(min(usual, _BEHIND_MS) if self._is_behind else usual)

    def _on_woken(self, kind: str, ids: tuple[int, ...]) -> None:
        if kind == "ticket":
            self.look()
        else:
            self.changed.emit(kind, ids)

    def _on_streamed(self, changes: Changes) -> None:
        if self._end_stream is None:
            return
        if changes.ticket_ids or changes.others or changes.everything:
            # What lies before it may not have been told yet: a look under way asks for that.
            if not self._is_looking:
                self._cursor = changes.cursor
            self._on_changes(changes)
        else:
            # It only says where the stream begins: what came before is asked for.
            self.look()

    def _on_looked(self, changes: Changes) -> None:
        self._is_looking = False
        self._cursor = changes.cursor
        self._on_changes(changes)
        self.catch_up()

    def _on_changes(self, changes: Changes) -> None:
        if changes.everything:
            self._tell_everything()
            return
        if changes.ticket_ids:
            self.changed.emit("ticket", changes.ticket_ids)
        for other in changes.others:
            self.changed.emit(other.kind, other.ids)

    def _on_failed(self, error: Exception) -> None:
        self._is_looking = False
        if isinstance(error, SignedOut):
            self.stop()
            self.signed_out.emit(str(error))
        else:
            self.fell_behind()


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
    remote: RemoteDesk | None = None
    files: DeskFiles | None = None
    """Writes the whole desk into a file, where its database is at hand."""
    link: Link = field(default_factory=Link)
    assistant: Assistant = field(default_factory=Assistant)
    look: OwnLook = field(default_factory=OwnLook)
    pictures: Pictures = field(default_factory=Pictures)
    choices: Choices = field(default_factory=Choices)
    presence: PresenceMap = field(default_factory=PresenceMap)
    sendings: Sendings = field(default_factory=Sendings)
    timer: OwnTimer = field(default_factory=OwnTimer)

    @property
    def person(self) -> UserView:
        """Who is signed in."""
        return self.session.user

    def own(self, key: str) -> str:
        """Return where a person's own choice is remembered: the next one has others."""
        place = f"servers/{self.remote.host}/" if self.remote else ""
        return f"{place}people/{self.person.id}/{key}"

    def may(self, permission: Permission) -> bool:
        """Whether the person's role has a right; the desk checks again on each call."""
        return permission.value in self.session.permissions and not self.info.read_only

    def works_on(self, ticket: TicketView) -> bool:
        """Whether the person speaks for the desk on a ticket; the desk decides by the same rule."""
        return self.may(Permission.WORK_TICKET) and ticket.requester.id != self.person.id


def sentence_of(error: Exception) -> str:
    """Return the sentence to show for an error of a job."""
    return str(error) if isinstance(error, DeskError) else "Something went wrong; try again."
