# SPDX-License-Identifier: GPL-3.0-or-later
"""The ring that shows where the keyboard is, on controls that paint themselves."""

from __future__ import annotations

from PyQt5.QtCore import QRect, QRectF, Qt
from PyQt5.QtGui import QPainter, QPen

from helpdesk.ui import theme


def paint_focus_ring(
    painter: QPainter, rect: QRect, radius: float = theme.RADIUS, colour: str = "accent"
) -> None:
    """Paint a ring two pixels wide just inside the rectangle."""
    painter.save()
    painter.setRenderHint(QPainter.Antialiasing)
    painter.setBrush(Qt.NoBrush)
    painter.setPen(QPen(theme.current().colour(colour), 2))
    painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), radius, radius)
    painter.restore()
