# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes with a rating: what went wrong, and a comment; both may stay empty."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.ratings import COMMENT_LIMIT, LowReason
from helpdesk.ui.widgets.flow_layout import FlowLayout

_COMMENT_HEIGHT = 56
_LOW_HINT = "What should have gone otherwise? The people of the help desk read it."
_HINT = "What was good, what could be better? The people of the help desk read it."


class RatingForm(QWidget):
    """Reasons for a low rating, a comment, and a button that sends both."""

    typed = pyqtSignal()
    """Something is different from before."""
    sent = pyqtSignal()
    left = pyqtSignal()
    """The person wants to say no more."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._busy = False
        self._build()

    @property
    def reason(self) -> LowReason | None:
        """What went wrong, if it was said."""
        return next((each for each, b in self.reasons.items() if b.isChecked()), None)

    @property
    def text(self) -> str:
        """What was written."""
        return self.comment.toPlainText().strip()

    @property
    def problem(self) -> str:
        """Why it cannot be sent, empty where it can."""
        length = len(self.text)
        if length <= COMMENT_LIMIT:
            return ""
        return f"{length:,} characters; at most {COMMENT_LIMIT:,} fit. Shorten it, please."

    def show_kind(self, *, low: bool) -> None:
        """Ask what went wrong only of a low rating."""
        self._question.setVisible(low)
        self._choices.setVisible(low)
        self.comment.setPlaceholderText(_LOW_HINT if low else _HINT)

    def fill(self, reason: LowReason | None, comment: str) -> None:
        """Show what was said before, or was being written; nobody is told."""
        for each, button in self.reasons.items():
            button.setChecked(each is reason)
        blocked = self.comment.blockSignals(True)
        self.comment.setPlainText(comment)
        self.comment.blockSignals(blocked)
        self._show_send()

    def set_busy(self, *, busy: bool) -> None:
        """Let nothing be sent twice."""
        self._busy = busy
        self._show_send()

    def begin(self, *, low: bool) -> QWidget:
        """Put the keyboard where one goes on, and return where that is."""
        first = next(iter(self.reasons.values())) if low else self.comment
        first.setFocus(Qt.TabFocusReason)
        return first

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter sends, Escape leaves it at that."""
        is_return = event.key() in (Qt.Key_Return, Qt.Key_Enter)
        if is_return and event.modifiers() & Qt.ControlModifier:
            self.send_button.click()
        elif event.key() == Qt.Key_Escape:
            self.leave_button.click()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        self._question = QLabel("What went wrong?")
        self._question.setProperty("role", "strong")
        self.reasons = {reason: self._choice(reason) for reason in LowReason}
        self._choices = QWidget()
        row = FlowLayout(6)
        self._choices.setLayout(row)
        for button in self.reasons.values():
            row.addWidget(button)
        self.comment = QPlainTextEdit()
        # Qt looks for it when a text is set, and not when it is changed later.
        self.comment.setPlaceholderText(_HINT)
        self.comment.setAccessibleName("Comment on the solution")
        self.comment.setTabChangesFocus(True)
        self.comment.setFixedHeight(_COMMENT_HEIGHT)
        self.comment.textChanged.connect(self._on_typed)
        self.send_button = QPushButton("Send")
        self.send_button.setAccessibleName("Send what you chose and wrote")
        self.send_button.clicked.connect(lambda: self.sent.emit())
        self.leave_button = QPushButton("No comment")
        self.leave_button.setProperty("kind", "quiet")
        self.leave_button.clicked.connect(lambda: self.left.emit())
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.leave_button)
        foot.addWidget(self.send_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self._question, self._choices, self.comment):
            column.addWidget(part)
        column.addLayout(foot)

    def _choice(self, reason: LowReason) -> QPushButton:
        button = QPushButton(reason.label)
        button.setProperty("kind", "choice")
        button.setCheckable(True)
        button.clicked.connect(partial(self._on_reason, reason))
        return button

    def _on_reason(self, reason: LowReason, checked: bool) -> None:
        """Keep one at most; what is chosen may be given up again."""
        for each, button in self.reasons.items():
            button.setChecked(checked and each is reason)
        self._on_typed()

    def _on_typed(self) -> None:
        self._show_send()
        self.typed.emit()

    def _show_send(self) -> None:
        said = bool(self.text) or self.reason is not None
        self.send_button.setEnabled(said and not self._busy and not self.problem)
        self.leave_button.setEnabled(not self._busy)
