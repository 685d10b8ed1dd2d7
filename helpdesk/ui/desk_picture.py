# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture by which a desktop tells the program from others: on its windows and by the clock."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QIcon, QPainter, QPixmap

from helpdesk.ui import theme
from helpdesk.ui.icons import paint_icon

_SIZES: Final = (16, 22, 24, 32, 48, 64)


def desk_picture(*, unread: bool, urgent: bool) -> QIcon:
    """Return the desk's picture, with a mark where something is unread."""
    picture = QIcon()
    for size in _SIZES:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.transparent)
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            _paint(painter, size, unread=unread, urgent=urgent)
        picture.addPixmap(pixmap)
    return picture


def _paint(painter: QPainter, size: int, *, unread: bool, urgent: bool) -> None:
    look, whole = theme.current(), QRectF(0, 0, size, size)
    painter.setPen(Qt.NoPen)
    painter.setBrush(look.colour("navigation"))
    painter.drawRoundedRect(whole, size * 0.22, size * 0.22)
    inside = round(size * 0.2)
    place = whole.toRect().adjusted(inside, inside, -inside, -inside)
    paint_icon(painter, place, "tickets", "navigation_strong")
    if unread:
        across = size * (0.5 if urgent else 0.4)
        mark = QRectF(size - across, 0, across, across)
        painter.setBrush(look.colour("navigation"))
        painter.drawEllipse(mark.adjusted(-1, -1, 1, 1))
        painter.setBrush(look.colour("urgent" if urgent else "accent"))
        painter.drawEllipse(mark)
    if urgent:
        # More than its colour tells it from what is merely unread.
        painter.setBrush(look.colour("on_accent"))
        bar = size * 0.08
        painter.drawRect(QRectF(size - across / 2 - bar / 2, across * 0.2, bar, across * 0.35))
        painter.drawRect(QRectF(size - across / 2 - bar / 2, across * 0.65, bar, bar))
