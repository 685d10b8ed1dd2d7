# SPDX-License-Identifier: GPL-3.0-or-later
"""One line of text that is cut short where the room ends."""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt
from PyQt5.QtGui import QPainter, QPaintEvent, QResizeEvent
from PyQt5.QtWidgets import QLabel, QSizePolicy, QWidget

from helpdesk.ui.widgets.plain_label import plain_tooltip

_LEAST_CHARACTERS = 4


class ElidedLabel(QLabel):
    """A line that ends in an ellipsis when it is too long; the tooltip then has all of it."""

    def __init__(
        self,
        text: str = "",
        role: str = "",
        parent: QWidget | None = None,
        *,
        cut: Qt.TextElideMode = Qt.ElideRight,
    ) -> None:
        """Show the text in one of the roles of the style sheet, such as "title"."""
        super().__init__(parent)
        self._cut = cut
        self.setTextFormat(Qt.PlainText)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        self.setProperty("role", role)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show another text, as one line."""
        super().setText(" ".join(text.split()))
        self._show_tooltip()

    @property
    def is_elided(self) -> bool:
        """Whether part of the text is cut off."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()

    def minimumSizeHint(self) -> QSize:
        """Return the room of a few characters."""
        least = self.fontMetrics().averageCharWidth() * _LEAST_CHARACTERS
        return QSize(min(least, self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer the tooltip only where something is cut off."""
        super().resizeEvent(event)
        self._show_tooltip()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint as much as there is room for."""
        rect = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._cut, rect.width())
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(rect, int(self.alignment() | Qt.TextSingleLine), text)

    def _show_tooltip(self) -> None:
        self.setToolTip(plain_tooltip(self.text()) if self.is_elided else "")
