# SPDX-License-Identifier: GPL-3.0-or-later
"""A link with the words of people on it, cut short where the room ends."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QSize, Qt
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QPushButton, QSizePolicy, QWidget

from helpdesk.ui.widgets.plain_label import plain_tooltip

_PADDING, _SLACK = 8, 3
"""Beside the text, and for widths that are no whole pixels."""
_LEAST_WIDTH = 60


class LinkButton(QPushButton):
    """One line to click; the tooltip has all of it when it is too long."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        """Show the text."""
        self._whole = ""
        super().__init__(parent)
        self.setProperty("kind", "link")
        self.setCursor(Qt.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Maximum, QSizePolicy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show another text, as one line."""
        self._whole = " ".join(text.split())
        self.setAccessibleName(self._whole)
        self.updateGeometry()
        self._elide()

    def sizeHint(self) -> QSize:
        """Return the room of the whole text."""
        width = self.fontMetrics().horizontalAdvance(self._whole) + _PADDING + _SLACK
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return the room of its beginning."""
        return QSize(min(_LEAST_WIDTH, self.sizeHint().width()), super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text anew for the new width."""
        super().resizeEvent(event)
        self._elide()

    def changeEvent(self, event: QEvent) -> None:
        """Measure anew when the style sheet has given it its font."""
        super().changeEvent(event)
        if event.type() in (QEvent.FontChange, QEvent.StyleChange):
            self.updateGeometry()
            self._elide()

    def _elide(self) -> None:
        room = max(_LEAST_WIDTH, self.width()) - _PADDING
        shown = self.fontMetrics().elidedText(self._whole, Qt.ElideRight, room)
        super().setText(shown.replace("&", "&&"))
        self.setToolTip(plain_tooltip(self._whole) if shown != self._whole else "")
