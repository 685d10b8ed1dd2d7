# SPDX-License-Identifier: GPL-3.0-or-later
"""What one did to tickets in the last days, each with a way to undo it."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from helpdesk.core.schemas.deeds import DeedView
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.undo.rows import DeedRow, DeedRows, small_button
from helpdesk.ui.tickets.undo.undoer import Undoer
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import relative_time

_WIDTH, _HEIGHT = 640, 520
_HINT = (
    "What others have changed since is left as it is, and mail that has left the desk cannot be"
    " called back."
)


class DeedsDialog(Dialog):
    """One row for each deed, the last first."""

    def __init__(self, desktop: Desktop, parent: QWidget) -> None:
        """Read them, and again whenever a ticket changes."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("What you did")
        self.resize(_WIDTH, _HEIGHT)
        self._desktop = desktop
        self._undoer = Undoer(desktop, parent)
        self._undoer.done.connect(self.load)
        self.rows = DeedRows("What you did")
        self._states = StateView()
        self._states.set_content(self.rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        hint = PlainLabel(_HINT, role="muted")
        hint.setWordWrap(True)
        column.addWidget(hint)
        column.addWidget(self._states, 1)
        desktop.feed.changed.connect(self._on_changed)
        self._states.show_loading()
        self.load()

    def load(self) -> None:
        """Read the list again."""
        recent = self._desktop.desk.deeds.recent
        job = self._desktop.background.latest(self, recent)
        job.then(self._show).failed(self._on_failed)

    def _on_changed(self, kind: str, _ids: tuple[int, ...]) -> None:
        if kind == "ticket":
            self.load()

    def _show(self, deeds: tuple[DeedView, ...]) -> None:
        if not deeds:
            self._states.show_empty(
                "Nothing done lately", "What you change of tickets is listed here for 7 days."
            )
            return
        self.rows.show_rows([self._row(each) for each in deeds])
        self._states.show_content()

    def _row(self, deed: DeedView) -> DeedRow:
        when = relative_time(deed.at, self._desktop.clock())
        told = [when] if deed.tickets == 1 else [when, f"{deed.tickets:,} tickets"]
        if deed.by.id != self._desktop.person.id:
            told.append(deed.by.full_name)
        buttons = []
        if deed.left:
            undo = small_button("Undo", deed.label)
            parts = deed.ticket_id if deed.kind is DeedKind.MERGE else None
            undo.clicked.connect(partial(self._undoer.undo, deed.id, parts=parts))
            buttons.append(undo)
        if deed.undone_at is not None and deed.kind is not DeedKind.MERGE:
            redo = small_button("Redo", deed.label)
            redo.clicked.connect(partial(self._undoer.redo, deed.id))
            buttons.append(redo)
        chip = ("Undone in part" if deed.left else "Undone") if deed.undone_at else ""
        return DeedRow(deed.label, "  ·  ".join(told), chip, buttons)

    def _on_failed(self, error: Exception) -> None:
        self._states.show_failed(sentence_of(error), self.load)
