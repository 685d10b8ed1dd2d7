# SPDX-License-Identifier: GPL-3.0-or-later
"""Proposes colleagues behind an ``@`` in a reply or a note, by keyboard."""

from __future__ import annotations

import re
from functools import partial

from PyQt5.QtCore import QEvent, QModelIndex, QObject, QStringListModel, Qt
from PyQt5.QtGui import QKeyEvent, QTextCursor
from PyQt5.QtWidgets import QCompleter, QPlainTextEdit, QStyledItemDelegate

from helpdesk.core.schemas.links import Candidate
from helpdesk.ui.desktop import Desktop

_BEGUN = re.compile(r"(?<![\w@.])@([\w.-]{0,40})$")
_CHOOSES = (Qt.Key_Return, Qt.Key_Enter, Qt.Key_Tab, Qt.Key_Escape)
_WIDTH = 280


class Mentions(QObject):
    """Watches a text field; Enter or Tab takes the name that is chosen, Esc none."""

    def __init__(self, desktop: Desktop, text: QPlainTextEdit) -> None:
        """Propose in this field."""
        super().__init__(text)
        self._desktop = desktop
        self._text = text
        self._names: list[str] = []
        self._completer = QCompleter(QStringListModel(self), self)
        self._completer.setWidget(text)
        self._completer.setCompletionMode(QCompleter.UnfilteredPopupCompletion)
        popup = self._completer.popup()
        popup.setItemDelegate(QStyledItemDelegate(popup))
        popup.setAccessibleName("Colleagues to mention")
        self._completer.activated[QModelIndex].connect(self._on_chosen)
        # The completer hands every key to the text first, which would take Enter and Tab.
        popup.installEventFilter(self)
        text.textChanged.connect(self._on_typed)

    @property
    def offered(self) -> list[str]:
        """The user names that are offered at this moment."""
        return self._names if self._completer.popup().isVisible() else []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that choose while the list is open."""
        is_press = event.type() == QEvent.KeyPress
        if is_press and isinstance(event, QKeyEvent) and event.key() in _CHOOSES:
            popup = self._completer.popup()
            chosen = popup.currentIndex()
            popup.hide()
            if event.key() != Qt.Key_Escape:
                self._on_chosen(chosen)
            return True
        return super().eventFilter(watched, event)

    def _begun(self) -> str | None:
        """Return what is typed behind an ``@`` at the cursor, if something is."""
        cursor = self._text.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        match = _BEGUN.search(before)
        return match[1] if match and self._text.hasFocus() else None

    def _on_typed(self) -> None:
        begun = self._begun()
        if begun is None:
            self._completer.popup().hide()
            return
        candidates = self._desktop.desk.watchers.candidates
        job = self._desktop.background.latest(self, candidates, begun)
        job.then(partial(self._show, begun))

    def _show(self, begun: str, found: tuple[Candidate, ...]) -> None:
        own = self._desktop.person.id
        staff = [each for each in found if each.is_staff and each.person.id != own]
        model = self._completer.model()
        if self._begun() != begun or not staff or not isinstance(model, QStringListModel):
            self._completer.popup().hide()
            return
        self._names = [each.username for each in staff]
        model.setStringList([f"{each.person.full_name}  @{each.username}" for each in staff])
        place = self._text.cursorRect()
        place.setWidth(_WIDTH)
        self._completer.complete(place)
        self._completer.popup().setCurrentIndex(self._completer.completionModel().index(0, 0))

    def _on_chosen(self, index: QModelIndex) -> None:
        begun = self._begun()
        if begun is None or not 0 <= index.row() < len(self._names):
            return
        cursor = self._text.textCursor()
        cursor.movePosition(QTextCursor.Left, QTextCursor.KeepAnchor, len(begun))
        cursor.insertText(f"{self._names[index.row()]} ")
