# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels for words that people wrote: whatever they typed is shown, never interpreted."""

from __future__ import annotations

import html

from PyQt5.QtCore import QPointF, Qt
from PyQt5.QtGui import QFont, QFontMetrics, QResizeEvent, QTextLayout
from PyQt5.QtWidgets import QLabel, QWidget


class PlainLabel(QLabel):
    """Wrapping text that can be selected and copied."""

    def __init__(
        self,
        text: str = "",
        role: str = "",
        parent: QWidget | None = None,
        *,
        max_lines: int | None = None,
    ) -> None:
        """Show the text in a role of the style sheet, such as "muted", on so many lines at most."""
        super().__init__(parent)
        self._whole = ""
        self._max_lines = max_lines
        self.setTextFormat(Qt.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextSelectableByMouse | Qt.TextSelectableByKeyboard)
        self.setProperty("role", role)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show another text."""
        self._whole = text
        super().setText(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text anew for the new width."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        if self._max_lines is None:
            return
        width = self.contentsRect().width()
        shown = first_lines(self._whole, self.font(), width, self._max_lines)
        if shown != self.text():
            super().setText(shown)
        self.setToolTip(plain_tooltip(self._whole) if shown != self._whole else "")


def first_lines(text: str, font: QFont, width: int, lines: int) -> str:
    """Return what of the text fits on so many lines of this width, with an ellipsis."""
    layout = QTextLayout(text.replace("\n", "\u2028"), font)
    layout.beginLayout()
    starts: list[int] = []
    while len(starts) <= lines and (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, 0))
        starts.append(line.textStart())
    layout.endLayout()
    if len(starts) <= lines:
        return text
    start = starts[lines - 1]
    last = " ".join(text[start:].split())
    return text[:start] + QFontMetrics(font).elidedText(f"{last} …", Qt.ElideRight, width)


def plain_tooltip(text: str) -> str:
    """Return a tooltip that shows the text as it is; Qt takes a bare one for markup at times."""
    return f'<span style="white-space: pre-wrap">{html.escape(text)}</span>' if text else ""
