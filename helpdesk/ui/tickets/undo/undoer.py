# SPDX-License-Identifier: GPL-3.0-or-later
"""Undoes deeds from a toast, a key or a list: in steps, with progress where it takes long."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5.QtCore import QObject, Qt, pyqtSignal
from PyQt5.QtWidgets import QProgressDialog, QWidget

from helpdesk.core.schemas.deeds import DeedView, UndoResult
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.refusals import Refusals
from helpdesk.ui.widgets.toast import Toast

_NOTHING = "There is nothing of yours to undo"
_NOTHING_AGAIN = "There is nothing to do again"
_UNDO_SECONDS = 10
DEEDS = "deeds"
"""The topic of toasts about what was done to tickets: what the last one says is true."""
LINKS = "links"
"""That of links and following, which are no deeds: they are undone while their toast stands."""


class Undoer(QObject):
    """Undoes one deed at a time; what is undone stays undone when it is stopped."""

    said = pyqtSignal(str)
    done = pyqtSignal()
    """Whatever came of it, tickets are to be read again."""
    parted = pyqtSignal(int)
    """A ticket whose merge is undone, and which is there by itself again."""

    def __init__(self, desktop: Desktop, over: QWidget) -> None:
        """Tell what comes of it in the window of ``over``."""
        super().__init__(over)
        self._desktop = desktop
        self._over = over
        self._progress: QProgressDialog | None = None
        self._refused = Refusals()
        self._in_vain: set[int] = set()
        """What could not be undone when it was tried: the key goes on to the deed before."""
        self._undone = 0
        self._is_busy = False
        self._is_stopped = False
        self._parts: int | None = None
        """The ticket that is merged no more when the undo of the last deed has gone well."""

    def offer(self, deed_id: int, words: str) -> None:
        """Say what was done, with a way to undo it."""
        undo = partial(self.undo, deed_id)
        Toast.say(self._over.window(), words, "Undo", undo, _UNDO_SECONDS, topic=DEEDS)

    def undo(self, deed_id: int, *, parts: int | None = None) -> None:
        """Undo a deed; of a merge, ``parts`` is the ticket that is by itself again then."""
        self._begin(self._desktop.desk.deeds.undo, deed_id, again=False, parts=parts)

    def redo(self, deed_id: int) -> None:
        """Do a deed again that was undone."""
        self._begin(self._desktop.desk.deeds.redo, deed_id, again=True)

    def undo_last(self) -> None:
        """Undo the last deed of one's own that stands."""
        job = self._desktop.background.run(self, self._desktop.desk.deeds.recent)
        job.then(self._undo_last_of).failed(self._on_failed)

    def redo_last(self) -> None:
        """Do again what was undone last, unless something else was done since."""
        job = self._desktop.background.run(self, self._desktop.desk.deeds.recent)
        job.then(self._redo_last_of).failed(self._on_failed)

    def _undo_last_of(self, deeds: tuple[DeedView, ...]) -> None:
        mine = self._own(deeds)
        stand = (each for each in mine if each.undone_at is None and each.id not in self._in_vain)
        last = next(stand, None)
        if last is None:
            self.said.emit(_NOTHING)
        else:
            parts = last.ticket_id if last.kind is DeedKind.MERGE else None
            self._begin(self._desktop.desk.deeds.undo, last.id, again=False, parts=parts)

    def _redo_last_of(self, deeds: tuple[DeedView, ...]) -> None:
        mine = self._own(deeds)
        undone = [
            (each.undone_at, -each.id)
            for each in mine
            if each.undone_at is not None and each.kind is not DeedKind.MERGE
        ]
        at, last = max(undone, default=(None, 0))
        if at is None or any(each.at > at for each in mine):
            self.said.emit(_NOTHING_AGAIN)
        else:
            self.redo(-last)

    def _own(self, deeds: tuple[DeedView, ...]) -> list[DeedView]:
        return [each for each in deeds if each.by.id == self._desktop.person.id]

    def _begin(
        self,
        call: Callable[[int], UndoResult],
        deed_id: int,
        *,
        again: bool,
        parts: int | None = None,
    ) -> None:
        if self._is_busy:
            self.said.emit("Something is being undone; wait until it is done")
            return
        self._is_busy, self._is_stopped = True, False
        self._refused, self._undone = Refusals(), 0
        self._parts = parts
        self._step(call, deed_id, again=again)

    def _step(self, call: Callable[[int], UndoResult], deed_id: int, *, again: bool) -> None:
        job = self._desktop.background.run(self, call, deed_id)
        job.then(partial(self._on_step, call, again)).failed(self._on_failed)

    def _on_step(self, call: Callable[[int], UndoResult], again: bool, result: UndoResult) -> None:
        self._undone += result.undone
        self._refused.add(result.refused)
        if result.more and not self._is_stopped:
            self._show_progress(result, again=again)
            self._step(call, result.deed_id, again=again)
            return
        if self._refused and not self._undone:
            self._in_vain.add(result.deed_id)
        self._end()
        self._tell(result, again=again)
        if self._parts is not None and self._undone:
            self.parted.emit(self._parts)

    def _show_progress(self, result: UndoResult, *, again: bool) -> None:
        if self._progress is None:
            verb = "Doing again" if again else "Undoing"
            self._progress = QProgressDialog(self._over.window())
            self._progress.setWindowModality(Qt.WindowModal)
            self._progress.setWindowTitle(verb)
            self._progress.setLabelText(f"{verb}: {result.label}")
            self._progress.setCancelButtonText("Stop")
            self._progress.setMinimumDuration(0)
            self._progress.canceled.connect(self._stop)
        self._progress.setMaximum(self._undone + len(self._refused) + result.left)
        self._progress.setValue(self._undone + len(self._refused))

    def _stop(self) -> None:
        self._is_stopped = True

    def _tell(self, result: UndoResult, *, again: bool) -> None:
        verb = "Done again" if again else "Undone"
        words = f"{verb}: {result.label}"
        if result.more:
            words = f"Stopped; {result.left} are still to be undone: {result.label}"
        elif self._refused and not self._undone:
            words = self._refused.sentence
        elif self._refused:
            words += f". {_left_words(self._refused)}"
        back = self.undo if again else self.redo
        # A merge that was undone is made anew, and not done again.
        can_go_back = bool(self._undone) and not result.more and self._parts is None
        if self._undone:
            self.said.emit(words)
        Toast.say(
            self._over.window(),
            words,
            ("Undo" if again else "Redo") if can_go_back else None,
            partial(back, result.deed_id) if can_go_back else None,
            _UNDO_SECONDS,
            topic=DEEDS,
        )

    def _on_failed(self, error: Exception) -> None:
        self._end()
        Toast.say(self._over.window(), sentence_of(error), topic=DEEDS)

    def _end(self) -> None:
        self._is_busy = False
        if self._progress is not None:
            self._progress.canceled.disconnect(self._stop)
            self._progress.close()
            self._progress.deleteLater()
            self._progress = None
        self.done.emit()


def _left_words(refused: Refusals) -> str:
    if len(refused) == 1:
        return refused.sentence
    return f"{len(refused):,} changes were made since and stay, such as: {refused.sentence}"
