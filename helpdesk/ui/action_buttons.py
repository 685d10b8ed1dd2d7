# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person can do with an action that waits to be sent or was refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QApplication, QHBoxLayout, QPushButton, QWidget

from helpdesk.core.schemas.tickets import TicketChange
from helpdesk.ui.link import Link
from helpdesk.ui.waiting_words import dto_of, text_of, words_of
from helpdesk.ui.widgets.question import Question

if TYPE_CHECKING:
    from helpdesk.client.outbox import PendingAction


class ActionButtons(QWidget):
    """Retry, compare, edit, copy and discard: only what makes sense for the action."""

    left = pyqtSignal()
    """The person goes on somewhere else, with the words or with the change."""

    def __init__(self, link: Link) -> None:
        """Act over a link; `show_action` chooses the action."""
        super().__init__()
        self._link = link
        self._action: PendingAction | None = None
        self.retry_button = self._button("Retry", self._on_retry)
        self.compare_button = self._button("Compare…", self._on_compare)
        self.edit_button = self._button("Edit", self._on_edit)
        self.copy_button = self._button("Copy text", self._on_copy)
        self.discard_button = self._button("Discard", self._on_discard)
        self.discard_button.setProperty("kind", "danger")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for button in (
            self.retry_button,
            self.compare_button,
            self.edit_button,
            self.copy_button,
            self.discard_button,
        ):
            row.addWidget(button)
        row.addStretch(1)

    def show_action(self, action: PendingAction) -> None:
        """Offer what can be done with another action."""
        self._action = action
        dto = dto_of(action)
        refused, is_change = action.sentence is not None, isinstance(dto, TicketChange)
        self.retry_button.setVisible(refused and dto is not None and not is_change)
        self.compare_button.setVisible(refused and is_change)
        self.edit_button.setVisible(refused and bool(text_of(action)))
        self.copy_button.setVisible(bool(text_of(action)))
        what = words_of(action, self._link.categories)
        for button in self.findChildren(QPushButton):
            button.setAccessibleName(f"{button.text().rstrip('…')}: {what}")

    @staticmethod
    def _button(text: str, on_clicked: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: on_clicked())
        return button

    def _on_retry(self) -> None:
        if self._action:
            self._link.retry(self._action)

    def _on_compare(self) -> None:
        if self._action:
            self.left.emit()
            self._link.review_wanted.emit(self._action)

    def _on_edit(self) -> None:
        if self._action:
            self.left.emit()
            self._link.edit_wanted.emit(self._action)

    def _on_copy(self) -> None:
        if self._action:
            QApplication.clipboard().setText(text_of(self._action))

    def _on_discard(self) -> None:
        """Ask first: what was never sent exists nowhere else."""
        action = self._action
        if action is None:
            return
        question = Question(
            title="Discard this?",
            about=words_of(action, self._link.categories),
            consequence="It was never sent and cannot be brought back.",
            agree="Discard",
            keep="Keep",
            parent=self.window(),
        )
        question.agreed.connect(lambda: self._link.discard(action))
        question.open()
