# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a question is typed: the field grows with it, Enter sends it."""

from __future__ import annotations

from math import ceil

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QResizeEvent, QTextCursor
from PyQt5.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.assistant import QUESTION_LIMIT
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.body_edit import BodyEdit
from helpdesk.ui.widgets.plain_label import PlainLabel

_LEAST_LINES, _MOST_LINES = 2, 9
_EDGES = 14
"""What the frame and its padding take above and below the text."""


_INVITATION = "Ask something, or say what is wrong. Enter sends, Shift+Enter begins a new line."


class GrowingEdit(BodyEdit):
    """Plain text as high as what is typed, up to some lines; then it scrolls."""

    entered = pyqtSignal()
    """Enter was pressed, and not to begin a line."""
    paged = pyqtSignal(int)
    """Page up (-1) or down (1) was pressed, for what stands above."""

    def __init__(self) -> None:
        """Begin with room for a short question."""
        super().__init__()
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send on Enter; with Shift it begins a line."""
        if event.key() in (Qt.Key_Return, Qt.Key_Enter):
            if event.modifiers() & Qt.ShiftModifier:
                # Qt's own would be a line separator, which is no line end elsewhere.
                self.insertPlainText("\n")
                self.ensureCursorVisible()
            else:
                self.entered.emit()
            return
        if event.key() in (Qt.Key_PageUp, Qt.Key_PageDown) and not event.modifiers():
            self.paged.emit(-1 if event.key() == Qt.Key_PageUp else 1)
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap anew, which may take other lines."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # This kind of document counts its height in lines.
        lines = round(self.document().size().height())
        shown = max(_LEAST_LINES, min(lines, _MOST_LINES))
        margin = 2 * self.document().documentMargin()
        first = self.document().firstBlock()
        line = self.blockBoundingRect(first).height() / max(1, first.lineCount())
        height = ceil(shown * line + margin) + _EDGES
        if height != self.height():
            self.setFixedHeight(height)


class QuestionBox(QWidget):
    """The field, one button that sends or stops, and a line about either."""

    asked = pyqtSignal(str)
    stop_wanted = pyqtSignal()
    typed = pyqtSignal()

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._busy = False
        self._build()
        self.set_busy(busy=False)

    @property
    def text(self) -> str:
        """What is typed."""
        return str(self.edit.toPlainText())

    def set_text(self, text: str) -> None:
        """Show what was typed before, without telling."""
        blocked = self.edit.blockSignals(True)
        self.edit.setPlainText(text)
        self.edit.moveCursor(QTextCursor.End)
        self.edit.blockSignals(blocked)
        self.show_error("")

    def set_busy(self, *, busy: bool) -> None:
        """Offer to stop while an answer is coming in; one can go on typing."""
        self._busy = busy
        self.send_button.setText("Stop" if busy else "Send")
        self.send_button.setIcon(icon("stop") if busy else icon("send", "on_accent"))
        self.send_button.setToolTip("Esc" if busy else "Enter")
        self.send_button.setProperty("kind", "" if busy else "primary")
        self.send_button.style().unpolish(self.send_button)
        self.send_button.style().polish(self.send_button)

    def show_error(self, sentence: str) -> None:
        """Say what is wrong with what is typed, or nothing."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))

    def show_status(self, sentence: str) -> None:
        """Say where answers come from."""
        self._status.setText(sentence)
        self._status.setVisible(bool(sentence))

    def send(self) -> None:
        """Ask what is typed, unless an answer is coming in."""
        text = self.text
        if self._busy or not text.strip():
            self.edit.setFocus()
        elif len(text) > QUESTION_LIMIT:
            self.show_error(
                f"A question may have {QUESTION_LIMIT:,} characters and this has {len(text):,};"
                " leave out what does not matter, or make a ticket."
            )
        else:
            self.asked.emit(text)

    def _build(self) -> None:
        self.edit = GrowingEdit()
        self.edit.setPlaceholderText(_INVITATION)
        self.edit.setAccessibleName("Your question")
        self.edit.entered.connect(self.send)
        self.edit.textChanged.connect(self._on_typed)
        self.edit.refused.connect(self.show_error)
        self.send_button = QPushButton()
        self.send_button.setIconSize(QSize(16, 16))
        self.send_button.clicked.connect(self._on_clicked)
        self._error = PlainLabel(role="error")
        self._error.hide()
        self._status = PlainLabel(role="secondary")
        self.show_status("")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.edit, 1)
        row.addWidget(self.send_button, 0, Qt.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._error)
        column.addLayout(row)
        column.addWidget(self._status)

    def _on_clicked(self) -> None:
        if self._busy:
            self.stop_wanted.emit()
        else:
            self.send()

    def _on_typed(self) -> None:
        self.show_error("")
        self.typed.emit()
