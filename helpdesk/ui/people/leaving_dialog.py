# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to the open tickets of somebody who leaves, asked before anything happens."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.tickets import Assignable
from helpdesk.core.schemas.users import Leaving, UserView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.people.words import tickets_words
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH = 460
_QUEUE = "The queue, until somebody takes them"
_ENDS = (
    "{name} can no longer sign in, every session ends at once, and their API keys are revoked."
    " Their name stays on what they wrote. You can reactivate the account at any time; the tickets"
    " then stay where they are, and the keys revoked."
)
_HAS_LEFT = "{name} is deactivated, and still has {tickets}."
_HAS = "{name} has {tickets}. Who gets them?"
_HAS_NONE = "{name} has no open tickets."
_READING = "Reading who works here…"


class LeavingDialog(Dialog):
    """Asks where the open tickets go, and ends the account."""

    left = pyqtSignal(object, str)
    """The ``UserView`` as it is now, and who has the tickets; empty for the queue."""

    def __init__(self, desktop: Desktop, user: UserView, parent: QWidget) -> None:
        """Ask about ``user``, who may have left already and still have tickets."""
        super().__init__(parent)
        self._desktop = desktop
        self._user = user
        self._names: dict[object, str] = {}
        self.setAttribute(Qt.WA_DeleteOnClose)
        title = f"Deactivate {user.full_name}" if user.active else "Hand on open tickets"
        self.setWindowTitle(title)
        self.setFixedWidth(_WIDTH)
        self.taker = DropDown([(None, _QUEUE)])
        self.taker.setMinimumContentsLength(20)
        self.taker.setMaxVisibleItems(14)
        self._error = PlainLabel(role="error")
        self._error.hide()
        self.agree_button = QPushButton("Deactivate" if user.active else "Hand on")
        self.agree_button.setProperty("kind", "danger" if user.active else "primary")
        self.agree_button.setAutoDefault(False)
        self.agree_button.clicked.connect(self._on_agreed)
        self.keep_button = QPushButton("Cancel")
        self.keep_button.setDefault(True)
        self.keep_button.clicked.connect(self.reject)
        self._build(title)
        if user.open_tickets:
            self._read_staff()
            self.taker.setFocus()
        else:
            self.keep_button.setFocus()

    def _build(self, title: str) -> None:
        user = self._user
        heading = QLabel()
        heading.setTextFormat(Qt.PlainText)
        heading.setProperty("role", "heading")
        heading.setWordWrap(True)
        heading.setText(title)
        tickets = tickets_words(user.open_tickets)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(heading)
        said = _ENDS if user.active else _HAS_LEFT
        column.addWidget(PlainLabel(said.format(name=user.full_name, tickets=tickets)))
        if user.open_tickets:
            if user.active:
                column.addWidget(
                    PlainLabel(_HAS.format(name=user.full_name, tickets=tickets), role="strong")
                )
            column.addWidget(FieldLabel("&Open tickets go to", self.taker))
            column.addWidget(self.taker)
        else:
            column.addWidget(PlainLabel(_HAS_NONE.format(name=user.full_name), role="muted"))
        self._reading = PlainLabel(role="muted")
        self._reading.hide()
        column.addWidget(self._reading)
        column.addWidget(self._error)
        column.addSpacing(8)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.keep_button)
        foot.addWidget(self.agree_button)
        column.addLayout(foot)

    def _read_staff(self) -> None:
        self._reading.setText(_READING)
        self._reading.show()
        job = self._desktop.background.run(self, self._desktop.desk.tickets.assignable)
        job.then(self._offer).failed(self._on_not_read)

    def _offer(self, staff: tuple[Assignable, ...]) -> None:
        self._reading.hide()
        others = [each for each in staff if each.id != self._user.id]
        self._names = {each.id: each.full_name for each in others}
        offered: list[tuple[object, str]] = [(None, _QUEUE)]
        for each in others:
            offered.append((each.id, f"{each.full_name} ({each.open_tickets:,} open)"))
        self.taker.set_choices(offered)

    def _on_not_read(self, error: Exception) -> None:
        # The queue can still be chosen.
        self._reading.hide()
        self._show_error(error)

    def _on_agreed(self) -> None:
        self._error.hide()
        taker_id = self.taker.key
        leaving = Leaving(
            version=self._user.version, tickets_to=taker_id if isinstance(taker_id, int) else None
        )
        for each in (self.agree_button, self.taker):
            each.setEnabled(False)
        many = self._user.open_tickets > 1
        self._reading.setText("Handing on the tickets…" if many else "Deactivating…")
        self._reading.show()
        users = self._desktop.desk.users
        job = self._desktop.background.run(self, users.deactivate, self._user.id, leaving)
        job.then(self._on_left).failed(self._on_failed)

    def _on_left(self, user: UserView) -> None:
        self.left.emit(user, self._names.get(self.taker.key, ""))
        self.accept()

    def _on_failed(self, error: Exception) -> None:
        self._reading.hide()
        for each in (self.agree_button, self.taker):
            each.setEnabled(True)
        self._show_error(error)

    def _show_error(self, error: Exception) -> None:
        self._error.setText(sentence_of(error))
        self._error.show()
        self.adjustSize()
