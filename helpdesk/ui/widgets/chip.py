# SPDX-License-Identifier: GPL-3.0-or-later
"""A short word on a soft ground: a priority, a status, a tag, the time left."""

from __future__ import annotations

from functools import lru_cache

from PyQt5.QtCore import QRect, QSize, Qt
from PyQt5.QtGui import QFontMetrics, QPainter, QPaintEvent
from PyQt5.QtWidgets import QSizePolicy, QWidget

from helpdesk.ui import theme
from helpdesk.ui.tokens import Tone

HEIGHT = 20
_PADDING = 7


class Chip(QWidget):
    """Text in a tone; markup in the text is shown as it was typed."""

    def __init__(self, text: str = "", tone: Tone = "neutral", parent: QWidget | None = None):
        """Show the text in the tone."""
        super().__init__(parent)
        self._text = ""
        self._tone = tone
        self.setSizePolicy(QSizePolicy.Maximum, QSizePolicy.Fixed)
        self.set_text(text)

    @property
    def text(self) -> str:
        """The word shown."""
        return self._text

    @property
    def tone(self) -> Tone:
        """The tone it is shown in."""
        return self._tone

    def set_text(self, text: str, tone: Tone | None = None) -> None:
        """Show another word, and another tone if one is given."""
        self._text = text
        self._tone = tone or self._tone
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room that the whole word takes."""
        return QSize(chip_width(self._text), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the least room, with the word cut short."""
        return QSize(min(chip_width(self._text), 2 * HEIGHT), HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the chip."""
        with QPainter(self) as painter:
            paint_chip(painter, self.rect(), self._text, self._tone)


def paint_chip(
    painter: QPainter, rect: QRect, text: str, tone: Tone, *, at_right: bool = False
) -> int:
    """Paint a chip at the left (or right) edge of ``rect``, in the middle of its height.

    Returns the width it took; a text too long for the rectangle is cut short.
    """
    look = theme.current()
    width = min(chip_width(text), rect.width())
    left = rect.right() + 1 - width if at_right else rect.left()
    chip = QRect(left, rect.top() + (rect.height() - HEIGHT) // 2, width, HEIGHT)
    painter.save()
    painter.setRenderHint(QPainter.Antialiasing)
    painter.setPen(Qt.NoPen)
    painter.setBrush(look.colour(f"{tone}_soft"))
    painter.drawRoundedRect(chip, theme.CHIP_RADIUS, theme.CHIP_RADIUS)
    painter.setPen(look.colour(f"ink_{tone}"))
    painter.setFont(look.font("chip"))
    if width < chip_width(text):
        text = _metrics().elidedText(text, Qt.ElideRight, width - 2 * _PADDING)
    painter.drawText(chip, int(Qt.AlignCenter | Qt.TextSingleLine), text)
    painter.restore()
    return width


@lru_cache(maxsize=1024)
def chip_width(text: str) -> int:
    """Return the width of a chip with this text, in pixels."""
    return _metrics().horizontalAdvance(text) + 2 * _PADDING


def _metrics() -> QFontMetrics:
    return QFontMetrics(theme.current().font("chip"))
