# SPDX-License-Identifier: GPL-3.0-or-later
"""How each state of time looks: a ground, a pattern and an ink, told apart without colours too."""

from __future__ import annotations

from typing import Final, NamedTuple

from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QBrush, QPainter

from helpdesk.core.schemas.clocks import SegmentState
from helpdesk.ui import theme


class Look(NamedTuple):
    """Tokens of a ground and of the pattern on it."""

    ground: str
    ink: str
    pattern: Qt.BrushStyle


LOOKS: Final = {
    SegmentState.COUNTED: Look("accent", "accent", Qt.SolidPattern),
    SegmentState.PAUSED: Look("warning_soft", "warning", Qt.BDiagPattern),
    SegmentState.OUT_OF_HOURS: Look("low_soft", "low", Qt.Dense7Pattern),
    SegmentState.STOPPED: Look("success_soft", "success", Qt.VerPattern),
}


def paint_state(painter: QPainter, rect: QRectF, state: SegmentState) -> None:
    """Fill a rectangle as time of this state."""
    look, colours = LOOKS[state], theme.current()
    painter.fillRect(rect, colours.colour(look.ground))
    painter.fillRect(rect, QBrush(colours.colour(look.ink), look.pattern))
