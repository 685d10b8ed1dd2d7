# SPDX-License-Identifier: GPL-3.0-or-later
"""A text that takes another line before it is cut short, such as the subject of a ticket."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QPainter, QPaintEvent, QResizeEvent
from PyQt5.QtWidgets import QWidget

from helpdesk.ui import theme
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.row_text import wrapped


class ClampedLabel(ElidedLabel):
    """As high as its lines are; the last one ends in an ellipsis where there is still more."""

    def __init__(self, role: theme.Role, lines: int, parent: QWidget | None = None) -> None:
        """Show at most some lines in one of the roles of the style sheet."""
        self._role, self._most = role, lines
        super().__init__("", role, parent)

    def setText(self, text: str) -> None:
        """Show another text."""
        super().setText(text)
        self._fit()

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines shown; the last one has all that is left."""
        return wrapped(self.text(), self._role, self.contentsRect().width(), self._most)

    @property
    def is_elided(self) -> bool:
        """Whether part of the text is cut off."""
        last = self.lines[-1] if self.lines else ""
        return self.fontMetrics().horizontalAdvance(last) > self.contentsRect().width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take another line, or give one back."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the lines that there is room for."""
        rect, metrics = self.contentsRect(), self.fontMetrics()
        rect.setHeight(metrics.lineSpacing())
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            for line in self.lines:
                shown = metrics.elidedText(line, Qt.ElideRight, rect.width())
                painter.drawText(rect, int(Qt.AlignLeft | Qt.TextSingleLine), shown)
                rect.translate(0, metrics.lineSpacing())

    def _fit(self) -> None:
        height = max(1, len(self.lines)) * self.fontMetrics().lineSpacing()
        if self.height() != height or self.minimumHeight() != height:
            self.setFixedHeight(height)
