# SPDX-License-Identifier: GPL-3.0-or-later
"""Knows who else has which ticket in front of them, and tells the desk where this window is.

It asks only a server: on a desk of one workstation there is nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.presence import PresenceSign, Present

if TYPE_CHECKING:
    from helpdesk.ui.desktop import Desktop

_SIGN_MS = 20_000
_TYPING_SIGN_MS = 10_000
_TYPING_ENDS_MS = 8_000
_STAYS_MS = 700
"""Whoever goes through the list gives no sign at every ticket."""
_PAUSE_MS = 100


class PresenceMap(QObject):
    """Who else is where; lists and tickets draw it and listen to `changed`."""

    changed = pyqtSignal(tuple)
    """The tickets at which others are now, or were until now."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Know of nobody before it is started."""
        super().__init__(parent)
        self._desktop: Desktop | None = None
        self._there: dict[int, tuple[Present, ...]] = {}
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._expiry = QTimer(self)
        self._expiry.setSingleShot(True)
        self._expiry.timeout.connect(self._ask)

    def of(self, ticket_id: int) -> tuple[Present, ...]:
        """Return who else is at a ticket, by name."""
        return self._there.get(ticket_id, ())

    @property
    def is_on(self) -> bool:
        """Whether others could be there."""
        return self._desktop is not None

    def start(self, desktop: Desktop) -> None:
        """Begin to know, where others can be and the person works with them."""
        if desktop.remote is None or not desktop.may(Permission.WORK_TICKET):
            return
        if self._desktop is None:
            desktop.feed.changed.connect(self._on_changed)
        self._desktop = desktop
        self._pause.start()

    def stop(self) -> None:
        """Ask no more."""
        if self._desktop is not None:
            self._desktop.feed.changed.disconnect(self._on_changed)
        self._desktop = None
        self._pause.stop()
        self._expiry.stop()

    def show(self, present: Iterable[Present]) -> None:
        """Take over who is where."""
        there: dict[int, tuple[Present, ...]] = {}
        for each in present:
            there[each.ticket_id] = (*there.get(each.ticket_id, ()), each)
        before, self._there = self._there, there
        differing = tuple(
            id_
            for id_ in sorted(before.keys() | there.keys())
            if _drawn(before.get(id_, ())) != _drawn(there.get(id_, ()))
        )
        soonest = min((each.expires_in for some in there.values() for each in some), default=0)
        if soonest:
            # Their next sign of life is not told: it is looked for when the last one is over.
            self._expiry.start((soonest + 1) * 1000)
        else:
            self._expiry.stop()
        if differing:
            self.changed.emit(differing)

    def _on_changed(self, kind: str, _ids: tuple[int, ...]) -> None:
        if kind == "presence":
            self._pause.start()

    def _ask(self) -> None:
        if self._desktop is None:
            return
        job = self._desktop.background.latest(self, self._desktop.desk.presence.others)
        job.then(self.show).failed(self._on_failed)

    def _on_failed(self, _error: Exception) -> None:
        """Know of nobody, as long as nobody can be asked; the feed comes back by itself."""
        self.show(())


class PresenceSigns(QObject):
    """Gives the desk signs of the ticket that one pane shows, and of writing on it."""

    def __init__(self, desktop: Desktop, parent: QObject) -> None:
        """Give none before a ticket is shown."""
        super().__init__(parent)
        self._desktop = desktop
        self._ticket_id: int | None = None
        self._told: int | None = None
        self._typing = False
        self._stays = QTimer(self)
        self._stays.setSingleShot(True)
        self._stays.setInterval(_STAYS_MS)
        self._stays.timeout.connect(self._sign)
        self._again = QTimer(self)
        self._again.timeout.connect(self._sign)
        self._typing_ends = QTimer(self)
        self._typing_ends.setSingleShot(True)
        self._typing_ends.setInterval(_TYPING_ENDS_MS)
        self._typing_ends.timeout.connect(self.rests)

    def at(self, ticket_id: int | None) -> None:
        """Be at a ticket, or at none."""
        if ticket_id == self._ticket_id:
            return
        self._leave()
        self._ticket_id = ticket_id
        if ticket_id is not None and self._desktop.presence.is_on:
            self._stays.start()

    def writes(self) -> None:
        """Say that something is being written."""
        if self._ticket_id is None or not self._desktop.presence.is_on:
            return
        self._typing_ends.start()
        if not self._typing:
            self._typing = True
            self._stays.stop()
            self._sign()

    def rests(self) -> None:
        """Say that nothing is being written any more."""
        self._typing_ends.stop()
        if self._typing:
            self._typing = False
            self._sign()

    def _sign(self) -> None:
        if self._ticket_id is None:
            return
        self._told = self._ticket_id
        self._again.start(_TYPING_SIGN_MS if self._typing else _SIGN_MS)
        show, sign = self._desktop.desk.presence.show, PresenceSign(typing=self._typing)
        self._desktop.background.run(self, show, self._ticket_id, sign).failed(_ignore)

    def _leave(self) -> None:
        for timer in (self._stays, self._again, self._typing_ends):
            timer.stop()
        told, self._told, self._typing = self._told, None, False
        if told is not None and self._desktop.presence.is_on:
            self._desktop.background.run(self, self._desktop.desk.presence.leave, told).failed(
                _ignore
            )


def words_of(present: Iterable[Present]) -> str:
    """Return what to say of those who are at a ticket: who writes is named first."""
    people = sorted(present, key=lambda each: not each.typing)
    if not people:
        return ""
    first = people[0]
    does = "is writing…" if first.typing else "is looking"
    name = first.person.full_name.split()[0]
    if len(people) == 1:
        return f"{name} {does}"
    names = " and ".join(each.person.full_name.split()[0] for each in people[:2])
    if len(people) == 2 and first.typing == people[1].typing:
        return f"{names} are {'writing…' if first.typing else 'looking'}"
    return f"{name} {does} · {len(people) - 1} more"


def _drawn(present: Iterable[Present]) -> tuple[tuple[int, bool], ...]:
    return tuple((each.person.id, each.typing) for each in present)


def _ignore(_error: Exception) -> None:
    """Leave it: the next sign says the same."""
