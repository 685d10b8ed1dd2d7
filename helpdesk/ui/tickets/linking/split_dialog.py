# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses the replies that become a ticket of their own."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.text import SUBJECT_LIMIT, ellipsis, single_line
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip

_WIDTH, _HEIGHT = 600, 480
_SHOWN = 160


class SplitDialog(Dialog):
    """A subject and the replies to tick; Space ticks, as everywhere."""

    split = pyqtSignal(str, tuple)
    """The subject, and the numbers of the replies."""

    def __init__(self, ticket: TicketView, parent: QWidget) -> None:
        """Offer the replies that are shown; internal notes cannot be split off."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(f"Split {ticket.number}")
        self.subject = QLineEdit(ticket.subject)
        self.subject.setMaxLength(SUBJECT_LIMIT)
        self.subject.textChanged.connect(self._show_choice)
        self.rows = QListWidget()
        self.rows.setWordWrap(True)
        self.rows.setAccessibleName("Replies to split off")
        for comment in ticket.comments:
            if comment.id > 0 and not comment.internal:
                words = f"{comment.author.full_name}: {single_line(comment.body)}"
                item = QListWidgetItem(ellipsis(words, _SHOWN))
                item.setToolTip(plain_tooltip(comment.body[:1_000]))
                item.setFlags(item.flags() | Qt.ItemIsUserCheckable)
                item.setCheckState(Qt.Unchecked)
                item.setData(Qt.UserRole, comment.id)
                self.rows.addItem(item)
        self.rows.setCurrentRow(self.rows.count() - 1)
        self.rows.itemChanged.connect(self._show_choice)
        self.foot = DialogFoot(self, "Split off")
        self.foot.save_button.clicked.connect(self._on_save)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(8)
        column.addWidget(PlainLabel(f"Split {ticket.number}", role="title"))
        asked = ticket.requester.full_name
        words = (
            f"The replies you tick are copied with their files into a new ticket of {asked},"
            " linked with this."
        )
        column.addWidget(PlainLabel(words, role="muted"))
        column.addWidget(FieldLabel("&Subject of the new ticket", self.subject))
        column.addWidget(self.subject)
        column.addWidget(FieldLabel("&Replies", self.rows))
        column.addWidget(self.rows, 1)
        column.addLayout(self.foot)
        self.resize(_WIDTH, _HEIGHT)
        self.rows.setFocus()
        self._show_choice()

    @property
    def ticked(self) -> tuple[int, ...]:
        """The numbers of the replies that are ticked."""
        items = (self.rows.item(row) for row in range(self.rows.count()))
        return tuple(
            item.data(Qt.UserRole) for item in items if item and item.checkState() == Qt.Checked
        )

    def _show_choice(self) -> None:
        self.foot.save_button.setEnabled(bool(self.ticked and self.subject.text().strip()))

    def _on_save(self) -> None:
        subject, ticked = self.subject.text().strip(), self.ticked
        if subject and ticked:
            self.accept()
            self.split.emit(subject, ticked)
