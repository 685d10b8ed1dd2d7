# SPDX-License-Identifier: GPL-3.0-or-later
"""Offers the templates for new tickets, found as one types, with what each begins with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt5.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.templates import TemplateView
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip

_WIDTH, _HEIGHT, _LIST = 720, 400, 250
_LONGEST = 200
_NOT_FOUND = "No template has these words."


class TemplatePicker(Dialog):
    """Arrows choose, Enter takes, Esc closes; typing finds by name and text, the nearest first."""

    taken = pyqtSignal(object)
    """The ``TemplateView`` to begin with."""

    def __init__(
        self,
        templates: Sequence[TemplateView],
        filled: Callable[[str], str],
        parent: QWidget,
    ) -> None:
        """Offer these templates; ``filled`` puts in what their variables stand for."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Start from a template")
        self._templates, self._filled = templates, filled
        self._build()
        self._show_found()

    @property
    def chosen(self) -> TemplateView | None:
        """The template that is chosen."""
        item = self.rows.currentItem()
        return item.data(Qt.UserRole) if item is not None else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list and take from it while the field keeps the focus."""
        if event.type() == QEvent.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key_Down, Qt.Key_Up):
                row = self.rows.currentRow() + (1 if event.key() == Qt.Key_Down else -1)
                self.rows.setCurrentRow(max(0, min(row, self.rows.count() - 1)))
                return True
            if event.key() in (Qt.Key_Return, Qt.Key_Enter):
                self.use_button.click()
                return True
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find a template")
        self.field.setAccessibleName("Find a template")
        self.field.setMaxLength(_LONGEST)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(lambda _: self._show_found())
        self.rows = QListWidget()
        self.rows.setAccessibleName("Templates")
        self.rows.setFixedWidth(_LIST)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.rows.setTextElideMode(Qt.ElideRight)
        self.rows.installEventFilter(self)
        self.rows.currentItemChanged.connect(lambda *_: self._on_chosen())
        self.rows.itemDoubleClicked.connect(lambda _: self.use_button.click())
        self._name = PlainLabel(role="heading")
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setFocusPolicy(Qt.ClickFocus)
        self._text.setAccessibleName("What a ticket begins with")
        self._note = PlainLabel(role="muted")
        self.use_button = QPushButton("&Use")
        self.use_button.setProperty("kind", "primary")
        self.use_button.setToolTip("Fill the form in with it (Enter)")
        self.use_button.clicked.connect(self._on_use)
        self._lay_out()
        self.resize(_WIDTH, _HEIGHT)

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self._name)
        right.addWidget(self._text, 1)
        middle = QHBoxLayout()
        middle.setSpacing(12)
        middle.addWidget(self.rows)
        middle.addLayout(right, 1)
        hint = QLabel("Enter fills the form in, Esc closes")
        hint.setProperty("role", "secondary")
        foot = QHBoxLayout()
        foot.addWidget(hint, 1)
        foot.addWidget(self.use_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 14)
        column.setSpacing(10)
        column.addWidget(self.field)
        column.addWidget(self._note)
        column.addLayout(middle, 1)
        column.addLayout(foot)
        self.field.setFocus()

    def _show_found(self) -> None:
        words = self.field.text().casefold().split()
        hits = [each for each in self._templates if all(word in _said(each) for word in words)]
        # Those that are as near stay in the order in which the desk offers them.
        hits.sort(key=lambda each: _rank(each.name, words))
        blocked = self.rows.blockSignals(True)
        self.rows.clear()
        for template in hits:
            item = QListWidgetItem(template.name)
            item.setData(Qt.UserRole, template)
            item.setToolTip(plain_tooltip(template.name))
            self.rows.addItem(item)
        self.rows.blockSignals(blocked)
        self._note.setText("" if hits else _NOT_FOUND)
        self._note.setVisible(not hits)
        self.rows.setCurrentRow(0)
        self._on_chosen()

    def _on_chosen(self) -> None:
        template = self.chosen
        self._name.setText(self._filled(template.subject or template.name) if template else "")
        self._text.setPlainText(self._filled(template.description) if template else "")
        self.use_button.setEnabled(template is not None)

    def _on_use(self) -> None:
        template = self.chosen
        if template is not None:
            self.accept()
            self.taken.emit(template)


def _rank(name: str, words: Sequence[str]) -> int:
    """Return how far a name is from what is typed: it, its words, or something in it begins so."""
    own = name.casefold().split()
    if " ".join(own).startswith(" ".join(words)):
        return 0
    if all(any(each.startswith(word) for each in own) for word in words):
        return 1
    return 2 if all(word in name.casefold() for word in words) else 3


def _said(template: TemplateView) -> str:
    tags = " ".join(template.tags)
    return f"{template.name} {template.subject} {template.description} {tags}".casefold()
