# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands above an article that is written: which one it is, its title and its answer."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.articles import SUMMARY_LIMIT
from helpdesk.ui import theme
from helpdesk.ui.icons import icon
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.elided_label import ElidedLabel


class EditorHead(QFrame):
    """Counts the summary as it is typed; more than fits is said, not cut off."""

    edited = pyqtSignal()
    """Title or summary is another one."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.setProperty("kind", "heading")
        self._build_fields()
        self._name_row = QHBoxLayout()
        self._name_row.addWidget(self.back_button)
        self._name_row.addWidget(self._name)
        self._name_row.addWidget(self._state)
        self._name_row.addStretch(1)
        summary_row = QHBoxLayout()
        summary_row.addWidget(self.summary, 1)
        summary_row.addWidget(self._counter)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 10)
        column.setSpacing(6)
        column.addLayout(self._name_row)
        column.addWidget(self.title)
        column.addWidget(self._errors["title"])
        column.addLayout(summary_row)
        column.addWidget(self._errors["summary"])

    def add_toggle(self, name: str, picture: str, tooltip: str, part: QWidget) -> None:
        """Add a button that shows or hides a part of the editor."""
        button = QToolButton()
        button.setText(name)
        button.setIcon(icon(picture))
        button.setToolButtonStyle(Qt.ToolButtonTextBesideIcon)
        button.setToolTip(tooltip)
        button.setCheckable(True)
        button.setChecked(True)
        button.toggled.connect(part.setVisible)
        self._name_row.addWidget(button)

    def show_name(self, name: str, state: str = "", tone: Tone = "neutral") -> None:
        """Say which article this is, and where it stands."""
        self._name.setText(name)
        self._state.setVisible(bool(state))
        self._state.set_text(state, tone)

    def show_words(self, title: str, summary: str) -> None:
        """Show title and summary from their beginning."""
        for field, text in ((self.title, title), (self.summary, summary)):
            field.setText(text)
            field.setCursorPosition(0)

    def show_error(self, field: str, sentence: str) -> bool:
        """Say what is wrong with a field. Returns whether it is one of these."""
        label = self._errors.get(field)
        if label is None:
            return False
        label.setText(sentence)
        label.show()
        (self.title if field == "title" else self.summary).setFocus()
        return True

    def clear_errors(self) -> None:
        """Take back what was said of the fields."""
        for label in self._errors.values():
            label.hide()

    def _build_fields(self) -> None:
        self.back_button = QToolButton()
        self.back_button.setIcon(icon("left"))
        self.back_button.setToolTip("Back; what you wrote is kept")
        self.back_button.setAccessibleName("Back to reading")
        self._name, self._state = ElidedLabel(role="muted"), Chip()
        self.title = QLineEdit()
        self.title.setFont(theme.current().font("title"))
        self.title.setPlaceholderText("Title: what a reader would ask for")
        self.title.setAccessibleName("Title")
        self.summary = QLineEdit()
        self.summary.setPlaceholderText(
            "The answer in one line; readers see it in lists and while they type a ticket"
        )
        self.summary.setAccessibleName("Summary")
        self._counter = QLabel()
        self._counter.setMinimumWidth(56)
        self._counter.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
        self._errors = {name: error_label() for name in ("title", "summary")}
        self.summary.textChanged.connect(self._show_counter)
        for field in (self.title, self.summary):
            field.textChanged.connect(self.edited)
        self._show_counter()

    def _show_counter(self) -> None:
        length = len(self.summary.text().strip())
        self._counter.setText(f"{length} / {SUMMARY_LIMIT}")
        role = "error" if length > SUMMARY_LIMIT else "secondary"
        if self._counter.property("role") != role:
            self._counter.setProperty("role", role)
            self._counter.style().unpolish(self._counter)
            self._counter.style().polish(self._counter)


def error_label() -> QLabel:
    """Return a hidden label that says what is wrong with the field above it."""
    label = QLabel()
    label.setProperty("role", "error")
    label.setTextFormat(Qt.PlainText)
    label.setWordWrap(True)
    label.hide()
    return label
