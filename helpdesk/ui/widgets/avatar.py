# SPDX-License-Identifier: GPL-3.0-or-later
"""A person in a circle: their picture, or initials in a colour that is theirs for good."""

from __future__ import annotations

from zlib import crc32

from PyQt5.QtCore import QRect, QRectF, QSize, Qt
from PyQt5.QtGui import QFont, QImage, QPainter, QPainterPath, QPaintEvent
from PyQt5.QtWidgets import QSizePolicy, QWidget

from helpdesk.ui import theme

SIZE = 26
# Red is left out: it says that something is urgent.
_COLOURS = ("accent", "success", "warning", "high", "low")


class Avatar(QWidget):
    """The circle as a widget."""

    def __init__(self, name: str = "", size: int = SIZE, parent: QWidget | None = None) -> None:
        """Show the initials of the name in a circle of this diameter."""
        super().__init__(parent)
        self._name = ""
        self._picture: QImage | None = None
        self._size = size
        self.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)
        self.set_name(name)

    def set_name(self, name: str) -> None:
        """Show another person."""
        self._name = name
        self.setAccessibleName(name)
        self.update()

    @property
    def has_picture(self) -> bool:
        """Whether a picture is shown, not initials."""
        return self._picture is not None

    def set_picture(self, picture: QImage | None) -> None:
        """Show a picture, or the initials again."""
        self._picture = picture
        self.update()

    def sizeHint(self) -> QSize:
        """Return the diameter both ways."""
        return QSize(self._size, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the circle."""
        with QPainter(self) as painter:
            paint_avatar(painter, self.rect(), self._name, self._picture)


def paint_avatar(painter: QPainter, rect: QRect, name: str, picture: QImage | None = None) -> None:
    """Paint the circle into a square."""
    if picture is not None:
        _paint_picture(painter, rect, picture)
        return
    look = theme.current()
    font = QFont(look.font("chip"))
    font.setPixelSize(max(8, round(rect.height() * 0.42)))
    painter.save()
    painter.setRenderHint(QPainter.Antialiasing)
    painter.setPen(Qt.NoPen)
    painter.setBrush(look.colour(colour_token(name)))
    painter.drawEllipse(rect)
    painter.setPen(look.colour("on_accent"))
    painter.setFont(font)
    painter.drawText(rect, int(Qt.AlignCenter), initials(name))
    painter.restore()


def _paint_picture(painter: QPainter, rect: QRect, picture: QImage) -> None:
    circle = QPainterPath()
    circle.addEllipse(QRectF(rect))
    painter.save()
    painter.setRenderHints(QPainter.Antialiasing | QPainter.SmoothPixmapTransform)
    # A picture with clear places must not show what it lies on.
    painter.fillPath(circle, theme.current().colour("low_soft"))
    painter.setClipPath(circle)
    painter.drawImage(rect, picture)
    painter.restore()


def colour_token(name: str) -> str:
    """Return the token of the circle of this name."""
    return _COLOURS[(crc32(name.casefold().encode()) >> 11) % len(_COLOURS)]


def initials(name: str) -> str:
    """Return the first letters of the first and the last word, or a question mark."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [word[0] for word in (words if len(words) < 2 else (words[0], words[-1]))]
    return "".join(letters).upper() or "?"
