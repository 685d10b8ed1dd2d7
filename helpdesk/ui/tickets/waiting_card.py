# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows below the conversation the reply that is about to leave, with a way to keep it back."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from helpdesk.core.schemas.tickets import NewComment
from helpdesk.core.text import ellipsis, single_line
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.carried import ByMacro
from helpdesk.ui.tickets.sending import Waiting
from helpdesk.ui.widgets.avatar import Avatar
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_SHOWN, _LINES_SHOWN = 240, 5
_STATUS = "Status: "


class WaitingCard(QFrame):
    """One reply that waits, and the seconds that are left."""

    undo_wanted = pyqtSignal()
    send_wanted = pyqtSignal()

    def __init__(self) -> None:
        """Begin hidden."""
        super().__init__()
        self.setProperty("kind", "card-unsent")
        self._avatar = Avatar()
        self._chip = Chip("", "warning")
        # In a line of its own: between the seconds and the buttons it would wrap word by word.
        self._also = ElidedLabel(role="secondary")
        self._body = PlainLabel()
        self.undo_button = QPushButton("Undo")
        self.undo_button.setIcon(icon("undo"))
        self.undo_button.setToolTip("Write on it (Ctrl+Z)")
        self.undo_button.clicked.connect(self.undo_wanted)
        self.now_button = QPushButton("Send now")
        self.now_button.clicked.connect(self.send_wanted)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._avatar)
        head.addWidget(self._chip)
        head.addStretch(1)
        head.addWidget(self.now_button)
        head.addWidget(self.undo_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._also)
        column.addWidget(self._body)
        self.hide()

    @property
    def text(self) -> str:
        """What is said of the time that is left, empty while nothing waits."""
        return "" if self.isHidden() else self._chip.text

    def show_waiting(self, waiting: Waiting | None, author: str) -> None:
        """Show what waits on a ticket, or nothing."""
        if waiting is None:
            self.hide()
            return
        self._avatar.set_name(author)
        left = "Sending…" if waiting.leaves else f"Sending in {waiting.seconds} s"
        self._chip.set_text(left, "warning")
        self._chip.setMinimumWidth(self._chip.sizeHint().width())
        also = _also_set(waiting.new)
        self._also.setText(also)
        self._also.setVisible(bool(also))
        self._body.setText(_beginning(waiting.new.body))
        self.undo_button.setEnabled(not waiting.leaves)
        self.now_button.setEnabled(not waiting.leaves)
        self.setAccessibleName(f"{left}: your reply")
        self.show()


def _also_set(new: NewComment) -> str:
    """Say all that is set with a reply; a status that was chosen goes before a canned one's."""
    if not isinstance(new, ByMacro):
        return f"and set {new.status.label}" if new.status else ""
    own = [f"{_STATUS}{new.status.label}"] if new.status else []
    sets = own + [each for each in new.macro_sets if not (own and each.startswith(_STATUS))]
    return f"and set {', '.join(sets)}" if sets else ""


def _beginning(body: str) -> str:
    """Return the first lines, each paragraph in its own."""
    lines = [line for line in map(single_line, body.splitlines()) if line]
    more = " …" if len(lines) > _LINES_SHOWN else ""
    return ellipsis("\n".join(lines[:_LINES_SHOWN]) + more, _SHOWN)
