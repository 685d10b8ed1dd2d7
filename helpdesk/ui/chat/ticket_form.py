# SPDX-License-Identifier: GPL-3.0-or-later
"""The ticket that a conversation becomes, to be looked over before it is submitted."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QShortcut,
    QVBoxLayout,
)

from helpdesk.core.schemas.assistant import TicketProposal
from helpdesk.core.schemas.tickets import CategoryView, NewTicket, Priority, Source
from helpdesk.core.text import SUBJECT_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.tickets.body_edit import BodyEdit
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_TEXT_HEIGHT = 150


class TicketForm(QFrame):
    """Subject, description, category and priority, and what is missing still."""

    submitted = pyqtSignal(object)
    """The ``NewTicket`` as it stands in the form."""
    left = pyqtSignal()
    """The person does not want a ticket now; what is typed is kept."""
    typed = pyqtSignal()

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.setProperty("kind", "suggestion")
        self._build()
        self.hide()

    def show_proposal(
        self,
        proposal: TicketProposal,
        categories: Sequence[CategoryView],
        draft: dict[str, str],
    ) -> None:
        """Offer what was made of the conversation, or what the person made of that before."""
        self.show_error("")
        self.set_busy(busy=False)
        named = [(each.id, each.name) for each in categories]
        self.category.set_choices([(None, "Not sure"), *named])
        self.category.set_key(proposal.category_id)
        self.priority.set_key(Priority.MEDIUM)
        self.subject.setText(draft.get("subject", proposal.subject))
        self.description.setPlainText(draft.get("description", proposal.description))
        if category := draft.get("category"):
            self.category.setCurrentText(category)
        if priority := draft.get("priority"):
            self.priority.setCurrentText(priority)
        self._show_missing(proposal.missing)
        self.show()

    def draft(self) -> dict[str, str]:
        """Return what stands in the form."""
        return {
            "subject": self.subject.text(),
            "description": self.description.toPlainText(),
            "category": self.category.currentText(),
            "priority": self.priority.currentText(),
        }

    def set_busy(self, *, busy: bool) -> None:
        """Let nothing be typed that would not go with the ticket."""
        self.submit_button.setDisabled(busy)
        self.cancel_button.setDisabled(busy)
        self.submit_button.setText("Submitting…" if busy else "Submit ticket")
        self.subject.setReadOnly(busy)
        self.description.setReadOnly(busy)

    def show_error(self, sentence: str) -> None:
        """Say what is wrong, or nothing."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))

    def _build(self) -> None:
        heading = QLabel("A ticket of this conversation")
        heading.setProperty("role", "heading")
        self._missing = PlainLabel(role="waiting")
        self.subject = QLineEdit()
        self.subject.textChanged.connect(self._on_typed)
        self.description = BodyEdit()
        self.description.setFixedHeight(_TEXT_HEIGHT)
        self.description.textChanged.connect(self._on_typed)
        self.description.refused.connect(self.show_error)
        self.category = DropDown()
        self.priority = DropDown([(each, each.label) for each in Priority])
        for choice in (self.category, self.priority):
            choice.activated.connect(self._on_typed)
        self._error = PlainLabel(role="error")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(6)
        column.addWidget(heading)
        column.addWidget(self._missing)
        column.addSpacing(4)
        column.addWidget(FieldLabel("Subject", self.subject))
        column.addWidget(self.subject)
        column.addSpacing(4)
        column.addWidget(FieldLabel("Description", self.description))
        column.addWidget(self.description)
        column.addSpacing(4)
        column.addLayout(self._choices())
        column.addSpacing(4)
        column.addWidget(PlainLabel("The whole conversation goes with it.", role="secondary"))
        column.addWidget(self._error)
        column.addLayout(self._foot())

    def _choices(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        for label, field in (("Category", self.category), ("Priority", self.priority)):
            column = QVBoxLayout()
            column.setSpacing(6)
            column.addWidget(FieldLabel(label, field))
            column.addWidget(field)
            row.addLayout(column, 1)
        return row

    def _foot(self) -> QHBoxLayout:
        self.cancel_button = QPushButton("Back to the conversation")
        self.cancel_button.clicked.connect(lambda: self.left.emit())
        self.submit_button = QPushButton("Submit ticket")
        self.submit_button.setProperty("kind", "primary")
        self.submit_button.setToolTip("Ctrl+Enter")
        self.submit_button.clicked.connect(self._on_submit)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.submit_button.click)
        leave = QShortcut(QKeySequence(Qt.Key_Escape), self)
        leave.setContext(Qt.WidgetWithChildrenShortcut)
        leave.activated.connect(self.cancel_button.click)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.submit_button)
        return row

    def _show_missing(self, missing: Sequence[str]) -> None:
        self._missing.setText(f"Still missing: {', '.join(missing)}." if missing else "")
        self._missing.setVisible(bool(missing))

    def _on_typed(self) -> None:
        self.show_error("")
        self.typed.emit()

    def _on_submit(self) -> None:
        subject = self.subject.text()
        if len(subject) > SUBJECT_LIMIT:
            self.show_error(
                f"The subject may have {SUBJECT_LIMIT} characters;"
                " put the details into the description."
            )
            self.subject.setFocus()
            return
        try:
            new = NewTicket(
                subject=subject,
                description=self.description.toPlainText(),
                category_id=self.category.key,
                priority=self.priority.key,
                source=Source.CHAT,
            )
        except ValidationError as error:
            self.show_error(str(invalid(error)))
            self.subject.setFocus()
            return
        self.submitted.emit(new)
