# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds replies back for some seconds before they leave, so that a slip can be undone.

Each that waits lies on disk as a draft all the while, in a place of its own: a program that ends
without a word leaves them there, and they are written into the reply again, the oldest first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt5.QtCore import QDeadlineTimer, QObject, QTimer, pyqtSignal

from helpdesk.core.errors import Pending
from helpdesk.core.schemas.tickets import NewComment, TicketView

if TYPE_CHECKING:
    from helpdesk.ui.attachments.tray import Lent
    from helpdesk.ui.desktop import Desktop
    from helpdesk.ui.drafts import Drafts

CHOICES = (0, 5, 10, 30)
USUAL_SECONDS = 10
_SETTING = "reply/wait"
_TICK_MS = 250


@dataclass(eq=False)
class Waiting:
    """One reply that has not left yet."""

    ticket_id: int
    number: str
    new: NewComment
    place: str
    """Where its draft would lie, which tells the tabs apart."""
    send: Callable[[], TicketView]
    draft: dict[str, str] = field(default_factory=dict)
    """What its draft was, with its files."""
    files: tuple[Lent, ...] = ()
    """Its files, whose copies stay on disk until the desk has taken the reply."""
    ends: QDeadlineTimer = field(default_factory=QDeadlineTimer)
    kept_at: str = ""
    """Where its draft lies while it waits, which no other reply has."""
    leaves: bool = False
    """Whether it is on its way, and can be undone no more."""

    @property
    def seconds(self) -> int:
        """How many seconds are left, rounded up."""
        return max(0, -(-int(self.ends.remainingTime()) // 1000))


class Sendings(QObject):
    """What waits in one window, on whatever tickets."""

    changed = pyqtSignal()
    """Something else waits, or a second has gone."""
    sent = pyqtSignal(object, object)
    """The ``Waiting`` that the desk has taken, and the ``TicketView`` that came of it."""
    failed = pyqtSignal(object, object)
    """The ``Waiting`` that the desk has not taken, and why."""
    undone = pyqtSignal(object)
    """The ``Waiting`` that is a draft again."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin with nothing."""
        super().__init__(parent)
        self._waiting: list[Waiting] = []
        self._returning: list[Waiting] = []
        """What is to be written again as soon as its ticket is shown; till then it is on disk."""
        self._finished: Callable[[], object] | None = None
        self._desktop: Desktop | None = None
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._on_tick)

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """What waits or is on its way, the oldest first."""
        return tuple(self._waiting)

    def of(self, place: str) -> tuple[Waiting, ...]:
        """Return what waits of one place where people write."""
        return tuple(each for each in self._waiting if each.place == place)

    def holds(self, place: str) -> bool:
        """Return whether something of a place is on its way out, or on its way back."""
        return any(each.place == place for each in (*self._waiting, *self._returning))

    def returned(self, place: str) -> tuple[Waiting, ...]:
        """Take what is to be written again where it was written."""
        found = tuple(each for each in self._returning if each.place == place)
        self._returning = [each for each in self._returning if each.place != place]
        for each in found:
            if self._desktop is not None:
                self._desktop.drafts.remove(each.kept_at)
        return found

    def wait(self, desktop: Desktop, waiting: Waiting, seconds: int) -> None:
        """Let a reply leave after some seconds; an older one of the same place leaves now."""
        self._desktop = desktop
        for older in self.of(waiting.place):
            self.send_now(older)
        waiting.kept_at = self._new_place(desktop.drafts, waiting.place)
        desktop.drafts.keep(waiting.kept_at, waiting.draft)
        desktop.drafts.remove(waiting.place)
        waiting.ends = QDeadlineTimer(seconds * 1000)
        self._waiting.append(waiting)
        self._tick.start()
        self.changed.emit()

    def undo(self, waiting: Waiting) -> bool:
        """Make a draft of a reply again; ``False`` where it has left already."""
        if waiting not in self._waiting or waiting.leaves or self._desktop is None:
            return False
        self._forget(waiting)
        self._returning.append(waiting)
        self.undone.emit(waiting)
        return True

    def undo_newest(self) -> bool:
        """Undo what was sent last of all that waits; ``False`` where nothing does."""
        return any(self.undo(each) for each in reversed(self._waiting))

    def send_now(self, waiting: Waiting) -> None:
        """Wait no longer with one reply."""
        if waiting.leaves or self._desktop is None:
            return
        waiting.leaves = True
        job = self._desktop.background.run(self, self._call, self._desktop.drafts, waiting)
        job.then(partial(self._on_sent, waiting)).failed(partial(self._on_failed, waiting))
        self.changed.emit()

    def finish(self, then: Callable[[], object]) -> bool:
        """Send all that waits, and go on when it has left or stayed a draft.

        ``False`` where nothing waits: then nothing is called.
        """
        if not self._waiting:
            return False
        self._finished = then
        for waiting in self.waiting:
            self.send_now(waiting)
        return True

    def _new_place(self, drafts: Drafts, place: str) -> str:
        begin = _kept_in(place)
        taken = {each.kept_at for each in (*self._waiting, *self._returning)}
        taken |= set(drafts.places_in(begin))
        return next(new for n in count(1) if (new := f"{begin}-{n}") not in taken)

    @staticmethod
    def _call(drafts: Drafts, waiting: Waiting) -> TicketView:
        """Send one and forget its draft; runs on a thread of the pool."""
        try:
            ticket = waiting.send()
        except Pending:
            # It lies in the outbox now; as a draft it would be sent twice.
            _forget_kept(drafts, waiting)
            raise
        _forget_kept(drafts, waiting)
        return ticket

    def _on_tick(self) -> None:
        for waiting in self.waiting:
            if waiting.ends.hasExpired():
                self.send_now(waiting)
        self.changed.emit()

    def _on_sent(self, waiting: Waiting, ticket: TicketView) -> None:
        self._forget(waiting)
        self.sent.emit(waiting, ticket)
        self._go_on()

    def _on_failed(self, waiting: Waiting, error: Exception) -> None:
        self._forget(waiting)
        if not isinstance(error, Pending):
            self._returning.append(waiting)
        self.failed.emit(waiting, error)
        self._go_on()

    def _go_on(self) -> None:
        if not self._waiting and self._finished is not None:
            then, self._finished = self._finished, None
            then()

    def _forget(self, waiting: Waiting) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)
        if not self._waiting:
            self._tick.stop()
        self.changed.emit()


def seconds_of(desktop: Desktop) -> int:
    """Return how long replies of this person wait."""
    chosen = desktop.state.value(desktop.own(_SETTING), USUAL_SECONDS, int)
    return chosen if chosen in CHOICES else USUAL_SECONDS


def choose_seconds(desktop: Desktop, seconds: int) -> None:
    """Let replies of this person wait so long from now on."""
    desktop.state.setValue(desktop.own(_SETTING), seconds)


def taken_over(drafts: Drafts, place: str) -> dict[str, str]:
    """Return the draft of a place, with all that waited there when the program ended."""
    kept = drafts.places_in(_kept_in(place))
    if not kept:
        return drafts.load(place)
    whole = _joined([*map(drafts.load, kept), drafts.load(place)])
    drafts.keep(place, whole)
    for each in kept:
        drafts.remove(each)
    return whole


def _joined(drafts: Sequence[dict[str, str]]) -> dict[str, str]:
    """Make one draft of several, the oldest first."""
    seen = [each["seen"] for each in drafts if each.get("seen", "").isdigit()]
    files = [file for each in drafts for file in _files_of(each)]
    # A reply may become a note by this, never the other way round.
    is_note = any(each.get("kind") == "note" for each in drafts)
    return {
        **{name: value for each in drafts for name, value in each.items()},
        "text": "\n\n".join(filter(None, (each.get("text", "") for each in drafts))),
        "kind": "note" if is_note else "reply",
        # Whoever wrote the oldest had not read what came after it.
        **({"seen": min(seen, key=int)} if seen else {}),
        **({"files": json.dumps(files)} if files else {}),
    }


def _files_of(draft: dict[str, str]) -> list[object]:
    try:
        files = json.loads(draft.get("files", "[]"))
    except ValueError:
        return []
    return files if isinstance(files, list) else []


def _forget_kept(drafts: Drafts, waiting: Waiting) -> None:
    """Forget the draft of what the desk has, and the copies of its files."""
    drafts.sent(waiting.kept_at)
    for file in waiting.files:
        if isinstance(file.outgoing.source, Path):
            with suppress(OSError):
                drafts.forget_file(file.outgoing.source)


def _kept_in(place: str) -> str:
    return f"sending-{place}"
