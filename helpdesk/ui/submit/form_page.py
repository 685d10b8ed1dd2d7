# SPDX-License-Identifier: GPL-3.0-or-later
"""The ticket's form with its cards beside it, or below it where there is little room."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QApplication, QBoxLayout, QFrame, QScrollArea, QWidget

from helpdesk.ui.articles.deflection import Deflection

_FORM_SHARE, _CARDS_SHARE = 3, 2
_NARROW = 720
"""Below this width form and cards side by side would both be too narrow to read."""


class FormPage(QScrollArea):
    """Scrolls as a whole where the height does not do either."""

    def __init__(self, form: QWidget, cards: Deflection) -> None:
        """Arrange the two."""
        super().__init__()
        self._cards = cards
        self.setFrameShape(QFrame.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.NoFocus)
        inside = QWidget()
        inside.setProperty("transparent", "true")
        self._box = QBoxLayout(QBoxLayout.LeftToRight, inside)
        self._box.setContentsMargins(24, 20, 24, 24)
        self._box.setSpacing(24)
        self._box.addWidget(form, _FORM_SHARE)
        self._box.addWidget(cards, _CARDS_SHARE)
        self.setWidget(inside)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the cards where there is room for them."""
        below = self.width() < _NARROW
        self._cards.set_below(below=below)
        self._box.setDirection(QBoxLayout.TopToBottom if below else QBoxLayout.LeftToRight)
        super().resizeEvent(event)

    def _on_focus(self, _before: QWidget | None, focused: QWidget | None) -> None:
        """Follow the focus, also to an article that has just been opened, and back."""
        if focused is not None and self.isVisible() and self.isAncestorOf(focused):
            self._box.activate()
            self.ensureWidgetVisible(focused)
