# SPDX-License-Identifier: GPL-3.0-or-later
"""The box that shows in a row or on a card whether it is marked."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QRect, QRectF, Qt
from PyQt5.QtGui import QPainter, QPen

from helpdesk.ui import theme
from helpdesk.ui.icons import paint_icon

BOX: Final = 16


def paint_mark_box(painter: QPainter, rect: QRect, *, marked: bool) -> None:
    """Paint a box of `BOX` pixels, with a tick if it is marked."""
    look = theme.current()
    painter.save()
    painter.setRenderHint(QPainter.Antialiasing)
    painter.setPen(QPen(look.colour("accent" if marked else "line_strong"), 1))
    painter.setBrush(look.colour("accent") if marked else Qt.NoBrush)
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.restore()
    if marked:
        paint_icon(painter, rect.adjusted(2, 2, -2, -2), "check", "on_accent")
